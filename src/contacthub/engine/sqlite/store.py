"""The store: the port's `Store` over one SQLite file."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pyroaring import BitMap

from contacthub.engine.batches import batched
from contacthub.engine.port import (
    CONTACTS,
    SET_KINDS,
    Changes,
    ChangeSet,
    Cursor,
    Document,
    IdentityTaken,
    Problem,
    Progress,
    Searcher,
    SetChange,
    SetKey,
    Sort,
    Subject,
)
from contacthub.engine.sqlite import feed, opening, place, touches
from contacthub.engine.sqlite.connections import Connections
from contacthub.engine.sqlite.contacts import Contacts
from contacthub.engine.sqlite.documents import Documents, decode, hub_bodies, id_list
from contacthub.engine.sqlite.own import OwnTables
from contacthub.engine.sqlite.sets import Sets, in_blocks
from contacthub.engine.sqlite.subjects import enter, find, leave

if TYPE_CHECKING:
    import numpy as np
    import pyarrow
    from numpy.typing import NDArray

    from contacthub.query.meaning import Meaning
    from contacthub.query.properties import Property

SearcherFactory = Callable[["SqliteStore"], Searcher]
_log = logging.getLogger(__name__)
TIMEOUT = 30.0
TOGETHER = 256
"""Documents that are read at a time: few enough to stay in the processor's cache."""
IN_BULK = 10_000
"""Documents that are read at a time by who reads very many: enough that little is done per batch."""


def open_store(
    path: Path | str,
    *,
    create: bool = False,
    read_only: bool = False,
    group: str | None = None,
    timeout: float = TIMEOUT,
    searcher_factory: SearcherFactory | None = None,
    progress: Progress | None = None,
) -> SqliteStore:
    """Open the hub at a path, see `SqliteStore.open`."""
    return SqliteStore.open(
        path,
        create=create,
        read_only=read_only,
        group=group,
        timeout=timeout,
        searcher_factory=searcher_factory,
        progress=progress,
    )


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # not in a forked child
        shutil.rmtree(folder, ignore_errors=True)


class SqliteStore:
    """Documents, sets, identities and their feed in one file. Safe to use from several threads and processes."""

    def __init__(
        self,
        ready: opening.Ready,
        *,
        read_only: bool,
        in_memory: bool,
        timeout: float,
        searcher_factory: SearcherFactory | None,
        progress: Progress | None,
    ) -> None:
        """Use `SqliteStore.open`."""
        self.path = ready.copied_from or ready.file
        self.read_only = read_only
        self.progress = progress
        """Told while the columns of a large hub are built, before the first search can be answered. May be set."""
        self._connections = Connections(
            ready.file,
            told_as=self.path,
            read_only=read_only,
            durable=not in_memory,
            immutable=ready.immutable,
            timeout=timeout,
        )
        self._documents = Documents()
        self._sets = Sets()
        self._contacts = Contacts(self._documents, self._sets)
        self._searcher_factory = searcher_factory
        self._made_searcher: Searcher | None = None
        self._columns = None if ready.temporary else Path(f"{ready.file}-columns")
        self._remove_files: Callable[[], object] = lambda: None
        if ready.temporary is not None:
            self._remove_files = weakref.finalize(self, _remove, ready.temporary, os.getpid())
        self.own = OwnTables(self._connections, self._documents)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        create: bool = False,
        read_only: bool = False,
        group: str | None = None,
        timeout: float = TIMEOUT,
        searcher_factory: SearcherFactory | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Open the hub at a path; with `create`, make it if there is none. `:memory:` is a new hub of this process
        only, in a private temporary file that ends with it.

        `group` is a Unix group that may use the new hub too. `timeout`, in seconds, is how long a writer waits for
        another. `progress` is told while a search waits for its columns to be built.

        Raises `NotFound`, and `StoreError` with the codes `not_a_hub`, `corrupt_hub`, `newer_hub`,
        `older_hub`, `read_only`, `no_wal`, `disk_full`, `cannot_open`, `group`.
        """
        memory = str(path) == ":memory:"
        if memory:
            ready = opening.in_memory()
        else:
            ready = opening.prepare(Path(path), create=create, read_only=read_only, group=group)
        return cls(
            ready,
            read_only=read_only,
            in_memory=memory,
            timeout=timeout,
            searcher_factory=searcher_factory,
            progress=progress,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}{' read-only' if self.read_only else ''}>"

    def when_waiting(self, tell: Callable[[str], object]) -> None:
        """Call `tell` with who holds the hub when a writer waits for another, once it has for a moment."""
        self._connections.waiting = tell

    # -- reading -----------------------------------------------------------------------------------------------------
    def get(self, table: str, ids: Iterable[int]) -> dict[int, Document]:
        wanted = list(ids)
        if not wanted:
            return {}
        result: dict[int, Document] = {}
        with self._connections.reading() as connection:
            for batch in batched(wanted, TOGETHER):
                found = self._documents.get(connection, table, batch)
                if table == CONTACTS and found:
                    self._contacts.complete(connection, found, keep=not self._connections.writing)
                result.update((id, found[id]) for id in batch if id in found)
        return result

    def scan(self, table: str) -> Iterator[tuple[int, Document]]:
        with self._connections.reading() as connection:
            for batch in self._documents.scan(connection, table):
                documents = {id: decode(body) for id, body in batch}
                if table == CONTACTS:
                    self._contacts.complete(connection, documents, keep=not self._connections.writing)
                yield from documents.items()

    def bodies(self, table: str, ids: BitMap | None = None) -> Iterator[dict[int, bytes | str]]:
        with self._connections.reading() as connection:
            if ids is None:
                yield from map(dict, self._documents.scan(connection, table, size=IN_BULK))
                return
            for batch in batched(ids, IN_BULK):
                found = self._documents.bodies(connection, table, batch)
                yield {id: found[id] for id in batch if id in found}

    def touched(self, ids: BitMap) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        with self._connections.reading() as connection:
            return self._sets.touched(connection, ids, keep=not self._connections.writing)

    def newest(self, table: str) -> Iterator[tuple[int, Document]]:
        with self._connections.reading() as connection:
            for batch in self._documents.newest(connection, table):
                documents = {id: decode(body) for id, body in batch}
                if table == CONTACTS:
                    self._contacts.complete(connection, documents, keep=not self._connections.writing)
                yield from documents.items()

    def about(self, table: str, subjects: Iterable[Subject]) -> BitMap:
        with self._connections.reading() as connection:
            return find(connection, table, subjects)

    def count(self, table: str) -> int:
        with self._connections.reading() as connection:
            return self._documents.count(connection, table)

    def ids(self, table: str, keys: Iterable[str]) -> dict[str, int]:
        wanted = list(keys)
        if not wanted:
            return {}
        with self._connections.reading() as connection:
            return self._documents.ids(connection, table, wanted)

    def owners(self, match_keys: Iterable[str]) -> dict[str, int]:
        with self._connections.reading() as connection:
            return _owners(connection, match_keys)

    def identities(self, contacts: Iterable[int]) -> dict[int, set[str]]:
        sql = "SELECT contact, match_key FROM identities WHERE contact IN (SELECT value FROM json_each(?))"
        found: dict[int, set[str]] = {}
        with self._connections.reading() as connection:
            for batch in batched(contacts):
                for id, key in connection.execute(sql, (id_list(batch),)):
                    found.setdefault(id, set()).add(key)
        return found

    def members(self, key: SetKey) -> BitMap:
        with self._connections.reading() as connection:
            return self._sets.members(connection, key)

    def memberships(self, ids: BitMap) -> dict[SetKey, BitMap]:
        with self._connections.reading() as connection:
            return self._sets.memberships(connection, ids, keep=not self._connections.writing)

    def blob(self, table: str, id: int, name: str) -> bytes | None:
        sql = "SELECT content FROM blobs WHERE document_table = ? AND id = ? AND name = ?"
        with self._connections.reading() as connection:
            row = connection.execute(sql, (table, id, name)).fetchone()
        return row[0] if row else None

    @property
    def writing(self) -> bool:
        """Whether this thread is in a transaction."""
        return self._connections.writing

    # -- changing ----------------------------------------------------------------------------------------------------
    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connections.transaction():
            yield

    def apply(self, changes: ChangeSet) -> None:
        with self._connections.transaction() as connection, self._connections.translated:
            self._apply(connection, changes)

    def reserve(self, table: str, count: int) -> range:
        with self._connections.transaction() as connection, self._connections.translated:
            self._documents.create(connection, table)
            return self._documents.reserve(connection, table, count)

    def _apply(self, connection: sqlite3.Connection, changes: ChangeSet) -> None:
        version = feed.version(connection) + 1
        for table, ids in changes.deleted.items():
            leave(connection, self._documents, table, ids)
        deleted = {
            table: BitMap(self._documents.delete(connection, table, ids))
            for table, ids in changes.deleted.items()
            if ids and self._documents.exists(connection, table)
        }
        gone = deleted.get(CONTACTS, BitMap())
        put: dict[str, BitMap] = {}
        for table, documents in changes.put.items():
            self._documents.create(connection, table)
            if documents:
                leave(connection, self._documents, table, documents)
                self._documents.put(connection, table, hub_bodies(table, documents))
                enter(connection, table, documents)
                put[table] = BitMap(documents)
        sets = self._sets.apply(connection, self._set_changes(connection, changes.sets, deleted))
        self._change_identities(connection, changes, gone)
        self._change_blobs(connection, changes, deleted)
        if not (put or any(deleted.values()) or sets):
            return
        self._note_touches(connection, changes, sets, put.get(CONTACTS, BitMap()) | gone, version)
        catalogues = [(version, kind) for kind in SET_KINDS if kind in put or deleted.get(kind)]
        connection.executemany("UPDATE tables SET version = ? WHERE name = ?", catalogues)
        feed.append(connection, version, put, deleted, sets)

    def _set_changes(
        self, connection: sqlite3.Connection, asked: Mapping[SetKey, SetChange], deleted: Mapping[str, BitMap]
    ) -> Mapping[SetKey, SetChange]:
        """The changes asked for, and those that follow from deletions."""
        if not any(deleted.values()):
            return asked
        gone = deleted.get(CONTACTS, BitMap())
        changes = {key: SetChange(change.added - gone, change.removed.copy()) for key, change in asked.items()}
        for key, members in self._sets.memberships(connection, gone, keep=False).items():
            changes.setdefault(key, SetChange()).removed |= members
        for kind in SET_KINDS:
            for id in deleted.get(kind, ()):
                key = SetKey(kind, id)
                changes[key] = SetChange(removed=self._sets.members(connection, key))
        return changes

    def _change_identities(self, connection: sqlite3.Connection, changes: ChangeSet, gone: BitMap) -> None:
        connection.executemany("DELETE FROM identities WHERE contact = ?", ((id,) for id in gone))
        connection.executemany(
            "DELETE FROM identities WHERE match_key = ? AND contact = ?", changes.identities_given_up.items()
        )
        taken = changes.identities_taken
        owners = _owners(connection, taken)
        for key, owner in owners.items():
            if owner != taken[key]:
                raise IdentityTaken(key, owner, taken[key])
        # In the order of their b-tree, so that a bulk import walks it once.
        fresh = sorted(item for item in taken.items() if item[0] not in owners)
        connection.executemany("INSERT INTO identities VALUES (?, ?)", fresh)

    def _change_blobs(self, connection: sqlite3.Connection, changes: ChangeSet, deleted: Mapping[str, BitMap]) -> None:
        for table, ids in deleted.items():
            connection.executemany("DELETE FROM blobs WHERE document_table = ? AND id = ?", ((table, id) for id in ids))
        for key, content in changes.blobs.items():
            if content is None:
                connection.execute("DELETE FROM blobs WHERE document_table = ? AND id = ? AND name = ?", key)
            else:
                connection.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)", (*key, content))

    def _note_touches(
        self,
        connection: sqlite3.Connection,
        changes: ChangeSet,
        sets: Mapping[SetKey, SetChange],
        written: BitMap,
        version: int,
    ) -> None:
        """Contacts that were only put into sets or taken out get their `modified_on` from the change."""
        if not sets:
            return
        moved = BitMap.union(*(ids for change in sets.values() for ids in (change.added, change.removed)))
        if changes.at is not None:
            for block, members in in_blocks(moved - written):
                touches.add(connection, block, changes.at, members)
        self._sets.mark(connection, (block for block, _ in in_blocks(moved)), version)

    # -- the feed ----------------------------------------------------------------------------------------------------
    def cursor(self) -> Cursor:
        with self._connections.reading() as connection:
            return feed.cursor(connection)

    def changes(self, since: Cursor) -> Changes:
        with self._connections.reading() as connection:
            return feed.changes(connection, since)

    # -- searching, by the columns -----------------------------------------------------------------------------------
    @property
    def _searcher(self) -> Searcher:
        if self._made_searcher is None:
            self._made_searcher = (self._searcher_factory or _column_searcher)(self)
        return self._made_searcher

    def matching(self, meaning: Meaning) -> BitMap:
        return self._searcher.matching(meaning)

    def counts(self, meanings: Sequence[Meaning]) -> list[int]:
        return self._searcher.counts(meanings)

    def ordered(self, ids: BitMap, sort: Sort, offset: int = 0, limit: int | None = None) -> list[int]:
        return self._searcher.ordered(ids, sort, offset, limit)

    def tally(self, ids: BitMap, properties: Sequence[Property]) -> list[tuple[tuple[Any, ...], int]]:
        return self._searcher.tally(ids, properties)

    def arrow(self, ids: BitMap, properties: Sequence[Property]) -> pyarrow.Table:
        return self._searcher.arrow(ids, properties)

    def values(self, property: Property, prefix: str = "", limit: int = 20) -> list[tuple[str, int]]:
        return self._searcher.values(property, prefix, limit)

    # -- the whole ---------------------------------------------------------------------------------------------------
    def backup(self, target: Path, progress: Progress | None = None) -> None:
        from contacthub.engine.sqlite.backup import backup

        backup(self, Path(target), progress)

    def dump(self, target: Path, progress: Progress | None = None) -> None:
        """Everything as plain TinyDB JSON, in a new file; `restore` makes a hub of it again, without loss."""
        from contacthub.engine.sqlite.dump import dump

        dump(self, Path(target), progress)

    def check(self) -> list[Problem]:
        """Everything that is wrong with the file or its contents; an empty list is a hub that is whole."""
        from contacthub.engine.sqlite.check import check

        return check(self)

    def check_pages(self) -> None:
        """SQLite's quick check of the file. Raises `StoreError` (`corrupt_hub`) where a page is damaged."""
        from contacthub.engine.sqlite.backup import check_quickly

        with self._connections.reading() as connection:
            check_quickly(connection, self.path)

    def purge(self) -> None:
        """Make what was deleted unreadable. Freed pages hold zeros already (SQLite's `secure_delete`); what is left
        is the write-ahead log, which is emptied, and the columns, which are dropped and made again when one searches.
        Raises `Busy` while others go on reading, `StoreError` where the columns cannot be deleted."""
        self._close_searcher()
        if self._columns is not None:
            place.remove_folder(self._columns)
        self._connections.empty_log()

    def close(self) -> None:
        self._close_searcher()
        self._connections.close()
        self._remove_files()

    def _close_searcher(self) -> None:
        close = getattr(self._made_searcher, "close", None)
        self._made_searcher = None
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _column_searcher(store: SqliteStore) -> Searcher:
    from contacthub.engine.columns import ColumnSearcher

    folder = store._columns
    if folder is not None and not place.is_own_folder(folder):
        _log.warning("Searching in memory: %s is a link, or not a folder of the hub's owner alone.", folder)
        folder = None

    def progress(done: int, total: int | None) -> None:
        if store.progress is not None:
            store.progress(done, total)

    return ColumnSearcher(store, folder, progress)


def _owners(connection: sqlite3.Connection, match_keys: Iterable[str]) -> dict[str, int]:
    import json

    found: dict[str, int] = {}
    sql = "SELECT match_key, contact FROM json_each(?) AS wanted JOIN identities ON match_key = wanted.value"
    for batch in batched(match_keys):
        found.update(connection.execute(sql, (json.dumps(batch),)).fetchall())
    return found
