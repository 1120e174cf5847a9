"""What a file may cost. Beyond it a file is refused, within seconds and a bounded amount of memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of reading, all settings of an import."""

    rows: int = 1_000_000
    """Rows with data. Empty rows after the data are ordinary, even a million."""
    columns: int = 512
    cell: int = 32_767
    """Characters of a cell: what a spreadsheet can hold."""
    unpacked: int = 2 * 1024**3
    """Bytes of a workbook's parts, unpacked; and of a text file."""
    ratio: int = 100
    """Unpacked bytes per packed byte."""
    seconds: float = 120.0
    """Time that a guarded reader may take."""
    memory: int = 2 * 1024**3
    """Bytes of memory that a guarded reader may take."""


DEFAULT = Limits()
