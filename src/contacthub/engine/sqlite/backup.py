"""A copy of a hub as of one moment, while it is in use: SQLite's online backup."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from contacthub.engine.port import Progress
from contacthub.engine.sqlite import place
from contacthub.engine.sqlite.connections import connect
from contacthub.engine.sqlite.failures import Translated
from contacthub.errors import Refused

if TYPE_CHECKING:
    from contacthub.engine.sqlite.store import SqliteStore

PAGES = 2048
"""Pages copied between two looks at the progress."""


def backup(store: SqliteStore, target: Path, progress: Progress | None = None) -> None:
    """Copy the hub to a new file. The copy appears whole under its name, or not at all. Raises `Refused` where there
    is something already."""
    if target.exists() or target.is_symlink():
        raise Refused(f"{target} exists already. Give the backup another name.")
    part = place.make(target.with_name(f"{target.name}.part-{os.getpid()}"))
    try:
        with store._connections.reading() as source, Translated(part):
            copy = sqlite3.connect(part, isolation_level=None)
            try:
                copy.execute("PRAGMA synchronous = OFF")  # the file is synced as a whole, below
                source.backup(copy, pages=PAGES, progress=_told(progress))
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()
        _sync(part)
        os.link(part, target)  # unlike a rename, this never replaces a file that has come meanwhile
    except FileExistsError:
        raise Refused(f"{target} exists already. Give the backup another name.") from None
    finally:
        part.unlink()
    _sync(target.parent)


def _told(progress: Progress | None):  # type: ignore[no-untyped-def]
    if progress is None:
        return None
    return lambda status, remaining, total: progress(total - remaining, total)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


__all__ = ["backup", "connect"]
