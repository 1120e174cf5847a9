"""Copies of a hub: as of one moment, while it is in use, by SQLite's online backup; and a hub from a copy."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from contacthub.engine.port import Progress
from contacthub.engine.sqlite import opening, place
from contacthub.engine.sqlite.failures import Translated, cannot_write
from contacthub.errors import NotFound, Refused

if TYPE_CHECKING:
    from contacthub.engine.sqlite.store import SqliteStore

PAGES = 2048
"""Pages copied between two looks at the progress."""


def backup(store: SqliteStore, target: Path, progress: Progress | None = None) -> None:
    """Copy the hub to a new file. Raises `Refused` where there is something already."""
    with appearing(target) as part, store._connections.reading() as source, Translated(part):
        copy(source, part, progress)


def copy(source: sqlite3.Connection, part: Path, progress: Progress | None = None) -> None:
    """Copy a hub into an empty file, and sync it."""
    target = sqlite3.connect(part, isolation_level=None)
    try:
        target.execute("PRAGMA synchronous = OFF")  # the file is synced as a whole, below
        source.backup(target, pages=PAGES, progress=_told(progress))
        target.execute("PRAGMA journal_mode = DELETE")
    finally:
        target.close()
    sync(part)


def restore(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Make a new hub from a backup or from a dump. It appears whole, or not at all. Raises `NotFound`, `Refused`
    where there is something already, `StoreError` where the source is neither."""
    from contacthub.engine.sqlite import schema
    from contacthub.engine.sqlite.dump import load
    from contacthub.engine.sqlite.store import SqliteStore

    if not source.is_file():
        raise NotFound(f"There is no file {source}.")
    with open(source, "rb") as file:
        is_backup = file.read(len(opening.HEADER)) == opening.HEADER
    place.check_file_system(target.absolute().parent)
    with appearing(target) as part:
        if is_backup:
            with SqliteStore.open(source, read_only=True) as store, store._connections.reading() as connection:
                copy(connection, part, progress)
            with SqliteStore.open(part) as store, store._connections.transaction() as connection:
                schema.new_epoch(connection)
        else:
            with SqliteStore.open(part, create=True) as store:
                load(store, source, progress)
        sync(part)


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A new, private file to fill, which gets its name when the block ends, and is gone if it fails."""
    target = Path(target)
    if target.exists() or target.is_symlink():
        raise Refused(f"{target} exists already. Choose another name, or move it away.")
    part = place.private_file(target.with_name(f"{target.name}.part-{os.getpid()}"))
    try:
        yield part
        _rename(part, target)
        sync(target.parent)
    except FileExistsError:
        raise Refused(f"{target} exists already. Choose another name, or move it away.") from None
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        part.unlink(missing_ok=True)


def _rename(part: Path, target: Path) -> None:
    """Give a file its name, unless another has come there meanwhile."""
    try:
        os.link(part, target)  # unlike a rename, this never replaces a file
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if target.exists():
            raise FileExistsError from None
        part.rename(target)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _told(progress: Progress | None) -> Callable[[int, int, int], object] | None:
    if progress is None:
        return None
    return lambda status, remaining, total: progress(total - remaining, total)
