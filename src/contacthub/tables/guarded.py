"""Readers of workbooks and Parquet in a process of their own: a file can take down that process, and no other.

python-calamine reads xlsx ten times faster than openpyxl, and xls, xlsb and ods too; on some broken files it aborts the
process or asks for all memory, and so may pyarrow. openpyxl stays alive, and takes its time. So they run in a child
under limits of memory and time, which grow with the file: a few kilobytes must not cost what a large file may.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from contacthub.errors import FileError
from contacthub.tables.cells import Cell
from contacthub.tables.limits import Limits

_CHILD = Path(__file__).with_name("guarded_child.py")
_MB = 1024**2
_ALLOWED = {
    "sheets": (288, 64, 2.0, 2.0),
    "rows": (288, 64, 2.0, 2.0),
    "slow rows": (384, 64, 2.0, 5.0),
    "parquet": (576, 64, 3.0, 1.0),
}
"""Job → megabytes of address space, and more for each megabyte of the file; seconds, or those for each megabyte beyond
a half. For ordinary files the readers need less than half of it; pyarrow begins at 280 MB, of which it uses 60."""
_SAFE = {
    *(("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")),
    ("decimal", "Decimal"),
    ("uuid", "UUID"),
    ("uuid", "SafeUUID"),
}
_ENVIRONMENT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Address space that would be asked for and not used."""


class _Messages(pickle.Unpickler):
    """Takes values from the child, and nothing that acts: it may have been made to say anything."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _SAFE:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no value of a cell")


def sheets(path: Path, limits: Limits) -> list[tuple[str, str]]:
    """The worksheets of a workbook with their state. Raises FileError."""
    for message in messages("sheets", path, limits):
        if message[0] == "sheets":
            found: list[tuple[str, str]] = message[1]
            return found
    raise damaged(path)


class GuardedSheet:
    """A sheet that is read in a child process; `slowly` by openpyxl, for what the quick reader does not understand."""

    def __init__(self, path: Path, sheet: str, limits: Limits, *, slowly: bool = False) -> None:
        self._messages = messages("slow rows" if slowly else "rows", path, limits, sheet)
        _, first, merged, marks = next(self._messages)
        self._left = first[1]  # rows begin at the sheet's first, and their cells at the first column in use
        self.merged: list[tuple[int, int, int, int]] = merged or []
        """First row, first column, last row, last column, from 1."""
        self.marks: dict[str, Any] | None = marks
        """What `open_document.marks` saw; None in other formats."""

    def batches(self) -> Iterator[list[list[Cell]]]:
        """All rows from the first of the sheet, in batches; blank cells as "" or None. Raises FileError."""
        left: list[Cell] = [""] * self._left
        for message in self._messages:
            if message[0] == "rows":
                yield [left + row for row in message[1]] if left else message[1]


def messages(job: str, path: Path, limits: Limits, sheet: str = "") -> Iterator[tuple[Any, ...]]:
    """What the child says, up to its end. Raises FileError for a child that fails, dies or takes too long."""
    size = path.stat().st_size / _MB
    base, more, first, further = _ALLOWED[job]
    memory = min(limits.memory, int((base + more * size) * _MB))
    seconds = min(limits.seconds, max(first, further * (size - 0.5)))
    arguments = [job, str(path), sheet, str(memory), str(int(seconds + 0.5)), str(limits.columns), str(limits.cell)]
    inherited = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    child = subprocess.Popen(
        [sys.executable, "-I", str(_CHILD), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=inherited | _ENVIRONMENT,
    )
    assert child.stdout is not None
    try:
        while True:
            message = _next(child.stdout, path)
            match message[0]:
                case "end":
                    return
                case "memory":
                    raise hostile(path, f"reading it takes more than {memory // _MB:,} MB of memory")
                case "far":
                    raise hostile(
                        path,
                        f"it has cells in column {message[1]:,}; the limit is {limits.columns} columns "
                        "(the hub's setting import_columns)",
                    )
                case "error":
                    raise _protected(path) if message[1] == "PasswordError" else damaged(path)
            yield message
    finally:
        child.stdout.close()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()


def _next(stream: IO[bytes], path: Path) -> tuple[Any, ...]:
    try:
        message: tuple[Any, ...] = _Messages(stream).load()
    except (EOFError, pickle.UnpicklingError, ValueError, AttributeError) as error:
        raise hostile(path, "reading it takes the reader down, or more time and memory than such a file needs") from (
            error
        )
    return message


def damaged(path: Path) -> FileError:
    return FileError(
        f"{path.name!r} is damaged and cannot be read as a workbook. Open it in a spreadsheet, save it again, "
        "or ask for a new copy.",
        code="corrupt_file", path=str(path),
    )  # fmt: skip


def _protected(path: Path) -> FileError:
    return FileError(
        f"{path.name!r} is protected by a password. Save a copy without one.", code="encrypted_file", path=str(path)
    )


def hostile(path: Path, why: str) -> FileError:
    return FileError(f"{path.name!r} is refused: {why}.", code="hostile_file", path=str(path))
