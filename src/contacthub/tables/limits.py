"""What a file may cost. Beyond it a file is refused, within seconds and a bounded amount of memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from contacthub.errors import FileError
from contacthub.model.settings import Settings

_MB = 1024**2
_CELLS = 48_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of reading. Those that a person may meet are settings of a hub: `import_rows` and so on."""

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
    """Time that a guarded reader may take at most; for a small file it is less."""
    memory: int = 2 * 1024**3
    """Bytes of address space that a guarded reader may take at most; for a small file it is less."""
    cells: int = 1 << 62
    """Cells, blank ones too: rows by columns, each of which takes four bytes. See `for_file`."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of a hub."""
        return cls(
            settings.import_rows, settings.import_columns, settings.import_cell, settings.import_megabytes * _MB,
            settings.import_ratio,
        )  # fmt: skip

    def for_file(self, size: int) -> Self:
        """With as many cells as a file of some bytes may give: short rows under a wide header cost much and hold
        little."""
        return replace(self, cells=_CELLS + 4 * size)

    def check_size(self, rows: int, columns: int, name: str) -> None:
        """Raises FileError `too_many_rows`, `hostile_file`."""
        if rows > self.rows:
            raise FileError(
                f"{name!r} has more than {self.rows:,} rows. Split it, or raise the hub's setting import_rows.",
                code="too_many_rows",
            )
        if columns > self.columns:
            raise FileError(
                f"{name!r} has more than {self.columns:,} columns: that is no table of contacts. If it is one, "
                "raise the hub's setting import_columns.",
                code="hostile_file",
            )
        if rows * columns > self.cells:
            raise FileError(
                f"{name!r} has {rows:,} rows under {columns:,} columns, nearly all of them blank. Take out the columns "
                "that hold nothing, or split it.",
                code="hostile_file",
            )

    def check_bytes(self, size: int, name: str) -> None:
        """Raises FileError `too_many_rows`."""
        if size > self.unpacked:
            raise FileError(
                f"{name!r} is refused: it has more than {self.unpacked // _MB:,} MB. Split it, or raise the hub's "
                "setting import_megabytes.",
                code="too_many_rows",
            )


DEFAULT = Limits()
