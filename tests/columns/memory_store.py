"""A store of the least size that columns can be put over: documents in memory, and a feed that forgets nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

import numpy as np
from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, SET_KINDS, SET_LABEL, Changes, Cursor, Document, SetChange, SetKey
from contacthub.engine.sqlite.documents import encode


class MemoryStore:
    """Keeps the reading side of `port.Store`, and a few verbs to change what it holds."""

    def __init__(self, portion: int = 3) -> None:
        self.portion = portion
        """Documents that are read at a time."""
        self.tables: dict[str, dict[int, Document]] = {CONTACTS: {}}
        self.sets: dict[SetKey, BitMap] = {}
        self.log: list[tuple[str, Any, int, bool]] = []
        self.oldest = 0
        """The first state that the feed still reaches back to."""
        self.scans = 0

    # -- changing ----------------------------------------------------------------------------------------------------
    def put(self, id: int, document: Document, table: str = CONTACTS) -> None:
        self.tables.setdefault(table, {})[id] = deepcopy(document)
        self.log.append(("put", table, id, True))

    def delete(self, id: int, table: str = CONTACTS) -> None:
        del self.tables[table][id]
        self.log.append(("deleted", table, id, True))
        if table == CONTACTS:
            for members in self.sets.values():
                members.discard(id)
        elif table in SET_KINDS:
            self.sets.pop(SetKey(table, id), None)

    def join(self, key: SetKey, ids: Iterable[int]) -> None:
        self._move(key, ids, True)

    def leave(self, key: SetKey, ids: Iterable[int]) -> None:
        self._move(key, ids, False)

    def _move(self, key: SetKey, ids: Iterable[int], joins: bool) -> None:
        members = self.sets.setdefault(key, BitMap())
        for id in ids:
            if joins != (id in members):
                (members.add if joins else members.discard)(id)
                self.log.append(("set", key, id, joins))

    # -- reading -----------------------------------------------------------------------------------------------------
    def scan(self, table: str) -> Iterator[tuple[int, Document]]:
        self.scans += table == CONTACTS
        for id in sorted(self.tables.get(table, {})):
            yield id, deepcopy(self.tables[table][id])

    def bodies(self, table: str, ids: BitMap | None = None) -> Iterator[dict[int, bytes | str]]:
        self.scans += table == CONTACTS and ids is None
        held = self.tables.get(table, {})
        wanted = iter(sorted(held if ids is None else ids & BitMap(held)))
        while portion := list(islice(wanted, self.portion)):
            yield {id: encode(held[id]) for id in portion}

    def touched(self, ids: BitMap) -> tuple[Any, Any]:
        return np.empty(0, np.uint32), np.empty(0, np.int64)

    def count(self, table: str) -> int:
        return len(self.tables.get(table, {}))

    def get(self, table: str, ids: Iterable[int]) -> dict[int, Document]:
        held = self.tables.get(table, {})
        return {id: self.whole(id) if table == CONTACTS else deepcopy(held[id]) for id in ids if id in held}

    def whole(self, id: int) -> Document:
        """A contact with its sets merged in."""
        document = deepcopy(self.tables[CONTACTS][id])
        for kind in SET_KINDS:
            labels = [
                self.tables[kind][key.id][SET_LABEL[kind]]
                for key, members in self.sets.items()
                if key.kind == kind and id in members
            ]
            document[kind] = sorted(labels)
        return document

    def members(self, key: SetKey) -> BitMap:
        return BitMap(self.sets.get(key, BitMap()))

    def memberships(self, ids: BitMap) -> dict[SetKey, BitMap]:
        cut = {key: members & ids for key, members in self.sets.items()}
        return {key: members for key, members in cut.items() if members}

    # -- the feed ----------------------------------------------------------------------------------------------------
    def cursor(self) -> Cursor:
        return Cursor(str(len(self.log)))

    def changes(self, since: Cursor) -> Changes:
        changes = Changes(self.cursor())
        if int(since) < self.oldest:
            changes.everything = True
            return changes
        for kind, where, id, joins in self.log[int(since) :]:
            if kind == "set":
                change = changes.sets.setdefault(where, SetChange())
                (change.added if joins else change.removed).add(id)
                (change.removed if joins else change.added).discard(id)
                changes.touched.add(id)
                continue
            present, absent = (changes.put, changes.deleted) if kind == "put" else (changes.deleted, changes.put)
            present.setdefault(where, BitMap()).add(id)
            absent.setdefault(where, BitMap()).discard(id)
            if where == CONTACTS:
                changes.touched.add(id)
        for told in (changes.put, changes.deleted):
            for table in [table for table, ids in told.items() if not ids]:
                del told[table]
        return changes
