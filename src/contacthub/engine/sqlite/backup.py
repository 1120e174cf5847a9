"""Copies of a hub: as of one moment, while it is in use, by SQLite's online backup; and a hub from a copy."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from contacthub.engine.port import Problem, Progress
from contacthub.engine.sqlite import opening, place
from contacthub.engine.sqlite.appearing import appearing, sync
from contacthub.engine.sqlite.check import check_file
from contacthub.engine.sqlite.failures import Translated, corrupt, store_error
from contacthub.errors import NotFound

if TYPE_CHECKING:
    from contacthub.engine.sqlite.store import SqliteStore

PAGES = 2048
"""Pages copied between two looks at the progress."""


def backup(store: SqliteStore, target: Path, progress: Progress | None = None) -> None:
    """Copy the hub to a new file. Raises `Refused` where there is something already, and `StoreError` where the hub is
    damaged, so that no copy of damage takes the place of an older one that is sound."""
    with appearing(target) as part, store._connections.reading() as source, Translated(target):
        copy(source, part, store.path, progress)
        with Translated(store.path), closing(sqlite3.connect(part)) as copied:
            _demand_whole(check_file(copied), store.path)


def copy(source: sqlite3.Connection, part: Path, path: Path, progress: Progress | None = None) -> None:
    """Copy the hub at `path` into an empty file, and sync it. Raises `StoreError` where the copy, and so the hub, is
    damaged: a backup that cannot be restored must not be taken for one."""
    target = sqlite3.connect(part, isolation_level=None)
    try:
        target.execute("PRAGMA synchronous = OFF")  # the file is synced as a whole, below
        source.backup(target, pages=PAGES, progress=_told(progress))
        target.execute("PRAGMA journal_mode = DELETE")
        check_quickly(target, path)
    finally:
        target.close()
    sync(part)


def check_quickly(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `StoreError` where SQLite's quick check of its pages finds damage."""
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise store_error(error, path) from error
    if found != "ok":
        raise corrupt(path, found.splitlines()[-1])


def _demand_whole(problems: list[Problem], path: Path) -> None:
    if problems:
        raise corrupt(path, " ".join(str(problem).rstrip(".") + ";" for problem in problems[:3])[:-1])


def restore(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Make a new hub from a backup or from a dump. It appears whole, or not at all. Raises `NotFound`, `Refused`
    where there is something already, `StoreError` where the source is neither."""
    from contacthub.engine.sqlite import schema
    from contacthub.engine.sqlite.dump import load
    from contacthub.engine.sqlite.store import SqliteStore

    if not source.is_file():
        raise NotFound(f"There is no file {source}.")
    header = opening.header_of(source)
    is_backup = header is None or header.startswith(opening.HEADER)
    place.check_file_system(target.absolute().parent)
    with appearing(target) as part:
        if is_backup:
            with (
                SqliteStore.open(source, read_only=True) as store,
                store._connections.reading() as connection,
                Translated(target),
            ):
                copy(connection, part, source, progress)
            opening.bring_up(part)
            with SqliteStore.open(part) as store:
                _demand_whole(store.check(), source)
                with store._connections.transaction() as connection:
                    schema.new_epoch(connection)
        else:
            with SqliteStore.open(part, create=True) as store:
                load(store, source, progress)
        sync(part)


def _told(progress: Progress | None) -> Callable[[int, int, int], object] | None:
    if progress is None:
        return None
    return lambda status, remaining, total: progress(total - remaining, total)
