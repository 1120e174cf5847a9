"""A native reader of workbooks in a process of its own: fast, and unable to take the hub down with it.

python-calamine reads xlsx eight times faster than openpyxl, and xls, xlsb and ods too; on some broken files it aborts
the process or asks for all memory. So it runs in a child, under limits of memory and time, and sends back columns.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contacthub.errors import FileError
from contacthub.tables.cells import Cell
from contacthub.tables.limits import Limits

_CHILD = Path(__file__).with_name("guarded_child.py")


def sheets(path: Path, limits: Limits) -> list[tuple[str, str]]:
    """The worksheets of a workbook with their state. Raises FileError."""
    for message in _messages(path, "", limits):
        if message[0] == "sheets":
            found: list[tuple[str, str]] = message[1]
            return found
    raise _damaged(path)


class GuardedSheet:
    """A sheet that is read in a child process."""

    def __init__(self, path: Path, sheet: str, limits: Limits) -> None:
        self._messages = _messages(path, sheet, limits)
        _, first, merged = next(self._messages)
        self._left = first[1]  # rows begin at the sheet's first, and their cells at the first column in use
        self.merged: list[tuple[int, int, int, int]] = merged or []
        """First row, first column, last row, last column, from 1."""

    def batches(self) -> Iterator[list[list[Cell]]]:
        """All rows from the first of the sheet, in batches; blank cells as "". Raises FileError."""
        left: list[Cell] = [""] * self._left
        for message in self._messages:
            if message[0] == "rows":
                yield [left + row for row in message[1]] if left else message[1]


def _messages(path: Path, sheet: str, limits: Limits) -> Iterator[tuple[Any, ...]]:
    """What the child says, up to its end. Raises FileError for a child that fails, dies or takes too long."""
    arguments = [str(path), sheet, str(limits.memory), str(int(limits.seconds)), str(limits.columns)]
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    child = subprocess.Popen(
        [sys.executable, "-I", str(_CHILD), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert child.stdout is not None
    try:
        while True:
            try:
                message = pickle.load(child.stdout)
            except (EOFError, pickle.UnpicklingError, ValueError) as error:
                raise _hostile(path, "reading it takes the reader down") from error
            if message[0] == "end":
                return
            if message[0] == "memory":
                raise _hostile(path, f"reading it takes more than {limits.memory // 1024**2:,} MB of memory")
            if message[0] == "far":
                raise _hostile(path, f"it has cells in column {message[1]:,}; the limit is {limits.columns} columns")
            if message[0] == "error":
                raise _protected(path) if message[1] == "PasswordError" else _damaged(path)
            yield message
    finally:
        child.stdout.close()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()


def _damaged(path: Path) -> FileError:
    return FileError(
        f"{path.name!r} is damaged and cannot be read as a workbook. Open it in a spreadsheet, save it again, "
        "or ask for a new copy.",
        code="corrupt_file", path=str(path),
    )  # fmt: skip


def _protected(path: Path) -> FileError:
    return FileError(
        f"{path.name!r} is protected by a password. Save a copy without one.", code="encrypted_file", path=str(path)
    )


def _hostile(path: Path, why: str) -> FileError:
    return FileError(f"{path.name!r} is refused: {why}.", code="hostile_file", path=str(path))
