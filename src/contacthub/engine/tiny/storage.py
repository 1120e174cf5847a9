"""TinyDB's Storage over the sqlite engine. What it reads is lazy, and what it writes is only what differs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from tinydb.storages import Storage

from contacthub.engine.batches import batched
from contacthub.engine.sqlite import SqliteStore
from contacthub.engine.sqlite.documents import encode_exactly
from contacthub.engine.tiny.rows import Rows


class Tables(MutableMapping[str, Mapping[str, Any]]):
    """All tables at the moment of reading, each read when it is looked at."""

    def __init__(self, store: SqliteStore) -> None:
        self._tables: dict[str, Mapping[str, Any]] = {name: Rows(store, name) for name in store.own.names()}

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self._tables[name]

    def __setitem__(self, name: str, table: Mapping[str, Any]) -> None:
        self._tables[name] = table

    def __delitem__(self, name: str) -> None:
        del self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


class SqliteStorage(Storage):
    """`SqliteStorage(store)` over a store that is open, or `SqliteStorage(path)`, which creates it if need be."""

    def __init__(self, store: SqliteStore | str | os.PathLike[str]) -> None:
        super().__init__()
        self._opened = not isinstance(store, SqliteStore)
        self.store = store if isinstance(store, SqliteStore) else SqliteStore.open(os.fspath(store), create=True)

    def read(self) -> Tables | None:  # type: ignore[override]
        """All tables; None if there is none."""
        return Tables(self.store) or None

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the tables what `data` says. Those that come as they were read stay as they are; the hub's own cannot
        be written, replaced or dropped."""
        with self.store.transaction():
            for name in self.store.own.names():
                if name not in data:
                    self.store.own.drop(name)
            for name, table in data.items():
                if isinstance(table, Rows) and table.store is self.store and table.name == name:
                    continue
                with self.store.own.writing(name) as change:
                    change.clear()
                    for batch in batched(table.items()):
                        change.put([(int(id), encode_exactly(document)) for id, document in batch])

    def close(self) -> None:
        """Close the store, if it was opened here."""
        if self._opened:
            self.store.close()
