"""What SQLite says, in words for people: each failure of file or disk is a StoreError with its own code."""

from __future__ import annotations

import errno
import shlex
import sqlite3
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from contacthub.errors import Busy, HubError, StoreError

SMALLEST = 4096
"""Bytes of a file in which there may be something of a hub: one page."""


class Damaged(sqlite3.DatabaseError):
    """Something in the file that SQLite takes for sound, and that is not what a hub writes there. It is an error of
    SQLite's kind, so that whoever expects damage of pages meets it too, and that people are told the same."""

    sqlite_errorname = "SQLITE_CORRUPT"


def name_of(error: sqlite3.Error) -> str:
    """The name that SQLite gives to an error. Python's own errors about what is in the file have none."""
    name: str = getattr(error, "sqlite_errorname", "") or ""
    if not name and str(error).startswith("Could not decode to UTF-8"):
        return "SQLITE_CORRUPT"
    return name


def store_error(error: sqlite3.Error, path: Path) -> HubError:
    """The error for people that an error of SQLite stands for."""
    name = name_of(error)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy(f"{path} is in use by another program, which does not let go of it. Try again in a moment.")
    if name.startswith("SQLITE_NOTADB"):
        return not_a_hub(path)
    gone = name == "SQLITE_ERROR" and str(error).startswith(("no such table", "no such column"))
    if name.startswith("SQLITE_CORRUPT") or name == "SQLITE_IOERR_SHORT_READ" or gone:
        return corrupt(path, "it holds a text that is none" if "UTF-8" in str(error) else str(error))
    if name == "SQLITE_IOERR_SHMSIZE":
        return StoreError(
            f"{path} cannot be opened: the disk is full, or a limit is reached, and even to be read a hub that is in "
            "use needs some room beside it. Nothing was changed; make room and try again.",
            code="disk_full",
        )
    if name in ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE"):
        return StoreError(
            f"{path} cannot grow: the disk is full, or a limit is reached. Nothing of this change was kept; "
            "make room and try again.",
            code="disk_full",
        )
    if name.startswith("SQLITE_READONLY"):
        return StoreError(
            f"{path} cannot be written: the file or its folder is read-only for you. What only reads it "
            "works: find, show, backup; in Python open(…, read_only=True). Ask for the right to write it for the rest.",
            code="read_only",
        )
    if name.startswith("SQLITE_CANTOPEN"):
        return StoreError(
            f"{path} cannot be opened. Its folder must be one that you may read and write.", code="cannot_open"
        )
    return StoreError(f"{path} cannot be used: {error}.", code="store_error")


def not_a_hub(path: Path, *, rescued: bool = False) -> StoreError:
    """The error for what is no hub. A file may be one whose first page is damaged, unless a `rescued` one was sought in
    it in vain."""
    message = f"{path} is not a contact hub. Give the path of a hub, or another path to create one."
    with suppress(OSError):
        if not rescued and path.is_file() and path.stat().st_size >= SMALLEST:
            message += f" If it was one, it is damaged: save what can be read with {_rescue(path)}."
    return StoreError(message, code="not_a_hub")


def newer(path: Path, form: int, known: int) -> StoreError:
    return StoreError(
        f"{path} was written by a newer contacthub (form {form}; this program knows {known}). "
        "Update contacthub to open it.",
        code="newer_hub",
    )


def corrupt(path: Path, what: str) -> StoreError:
    return StoreError(
        f"{path} is damaged ({what}). Make a new hub from a backup with `contacthub restore BACKUP --hub NEW_HUB`, or "
        f"save what can be read with {_rescue(path)}.",
        code="corrupt_hub",
    )


def _rescue(path: Path) -> str:
    return f"`contacthub doctor --hub {shlex.quote(str(path))} --rescue NEW_HUB`"


def cannot_write(path: Path, error: OSError) -> StoreError:
    """The error for people where a file beside the hub cannot be written."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return StoreError(
        f"{path} cannot be written: {error.strerror or error}.", code="disk_full" if full else "cannot_write"
    )


class Translated:
    """A block in which errors of SQLite become those of the hub. One object serves any number of blocks at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, sqlite3.Error):
            raise store_error(error, self.path) from error
