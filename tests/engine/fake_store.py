"""The port in a hundred lines of plain Python: what every engine must do, without files, locks or speed.

It keeps the port honest: what cannot be said here is not in the port. Searching is left to the columns' own tests.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from pyroaring import BitMap

from contacthub.engine.port import (
    ABOUT,
    CONTACTS,
    NATURAL_KEY,
    SET_KINDS,
    SET_LABEL,
    Changes,
    ChangeSet,
    Cursor,
    Document,
    IdentityTaken,
    Problem,
    SetChange,
    SetKey,
)
from contacthub.query.values import microseconds


@dataclass
class State:
    documents: dict[str, dict[int, Document]] = field(default_factory=dict)
    next_ids: dict[str, int] = field(default_factory=dict)
    sets: dict[SetKey, set[int]] = field(default_factory=dict)
    identities: dict[str, int] = field(default_factory=dict)
    blobs: dict[tuple[str, int, str], bytes] = field(default_factory=dict)
    touched: dict[int, str] = field(default_factory=dict)
    log: list[tuple[dict[str, set[int]], dict[str, set[int]], dict[SetKey, tuple[set[int], set[int]]]]] = field(
        default_factory=list
    )


class FakeStore:
    read_only = False

    def __init__(self) -> None:
        self.state = State()

    # -- reading -----------------------------------------------------------------------------------------------------
    def get(self, table: str, ids: Iterable[int]) -> dict[int, Document]:
        documents = self.state.documents.get(table, {})
        return {id: self._seen(table, id) for id in ids if id in documents}

    def scan(self, table: str) -> Iterator[tuple[int, Document]]:
        yield from [(id, self._seen(table, id)) for id in sorted(self.state.documents.get(table, {}))]

    def newest(self, table: str) -> Iterator[tuple[int, Document]]:
        yield from reversed(list(self.scan(table)))

    def bodies(self, table: str, ids: BitMap | None = None) -> Iterator[dict[int, bytes | str]]:
        held = self.state.documents.get(table, {})
        yield {id: json.dumps(held[id]) for id in sorted(held) if ids is None or id in ids}

    def touched(self, ids: BitMap) -> tuple[np.ndarray, np.ndarray]:
        who = [id for id in sorted(self.state.touched) if id in ids]
        instants = [microseconds(datetime.fromisoformat(self.state.touched[id])) for id in who]
        return np.array(who, np.uint32), np.array(instants, np.int64)

    def _seen(self, table: str, id: int) -> Document:
        document = copy.deepcopy(self.state.documents[table][id])
        if table == CONTACTS:
            for kind in SET_KINDS:
                document[kind] = sorted(
                    self.state.documents[kind][key.id][SET_LABEL[kind]]
                    for key, members in self.state.sets.items()
                    if key.kind == kind and id in members and key.id in self.state.documents.get(kind, {})
                )
            if id in self.state.touched:
                document["modified_on"] = max(self.state.touched[id], document.get("modified_on") or "")
        return document

    def about(self, table: str, subjects: Iterable[str | int]) -> BitMap:
        wanted = set(map(str, subjects))
        found = BitMap()
        for id, document in self.state.documents.get(table, {}).items():
            said = [document[name] for name in ABOUT[table] if name in document]
            named = {str(one) for value in said for one in (value if isinstance(value, list) else [value])}
            if not said or named & wanted:
                found.add(id)
        return found

    def count(self, table: str) -> int:
        return len(self.state.documents.get(table, {}))

    def ids(self, table: str, keys: Iterable[str]) -> dict[str, int]:
        found = {document.get(NATURAL_KEY[table]): id for id, document in self.state.documents.get(table, {}).items()}
        return {key: found[key] for key in keys if key in found}

    def owners(self, match_keys: Iterable[str]) -> dict[str, int]:
        return {key: self.state.identities[key] for key in match_keys if key in self.state.identities}

    def identities(self, contacts: Iterable[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for key, owner in self.state.identities.items():
            if owner in set(contacts):
                found.setdefault(owner, set()).add(key)
        return found

    def members(self, key: SetKey) -> BitMap:
        return BitMap(self.state.sets.get(key, ()))

    def memberships(self, ids: BitMap) -> dict[SetKey, BitMap]:
        cut = {key: BitMap(members) & ids for key, members in self.state.sets.items()}
        return {key: members for key, members in cut.items() if members}

    def blob(self, table: str, id: int, name: str) -> bytes | None:
        return self.state.blobs.get((table, id, name))

    # -- changing ----------------------------------------------------------------------------------------------------
    @contextmanager
    def transaction(self) -> Iterator[None]:
        before = copy.deepcopy(self.state)
        try:
            yield
        except BaseException:
            self.state = before
            raise

    def reserve(self, table: str, count: int) -> range:
        first = self.state.next_ids.get(table, 1)
        self.state.next_ids[table] = first + count
        return range(first, first + count)

    def apply(self, changes: ChangeSet) -> None:
        with self.transaction():
            self._apply(changes)

    def _apply(self, changes: ChangeSet) -> None:
        state = self.state
        deleted = {
            table: {id for id in ids if state.documents.get(table, {}).pop(id, None) is not None}
            for table, ids in changes.deleted.items()
        }
        for table, documents in changes.put.items():
            state.documents.setdefault(table, {}).update(copy.deepcopy(documents))
            state.next_ids[table] = max(state.next_ids.get(table, 1), *(id + 1 for id in documents), 1)
        gone = deleted.get(CONTACTS, set())
        flips: dict[SetKey, tuple[set[int], set[int]]] = {}
        dropped = {SetKey(kind, id) for kind in SET_KINDS for id in deleted.get(kind, ())}
        for key in {*state.sets, *changes.sets}:
            before = state.sets.get(key, set())
            change = changes.sets.get(key, SetChange())
            after = set() if key in dropped else (before | set(change.added)) - set(change.removed) - gone
            state.sets[key] = after
            if after != before:
                flips[key] = (after - before, before - after)
        state.sets = {key: members for key, members in state.sets.items() if members}
        state.identities = {
            key: owner
            for key, owner in state.identities.items()
            if owner not in gone and changes.identities_given_up.get(key) != owner
        }
        for key, owner in changes.identities_taken.items():
            if state.identities.setdefault(key, owner) != owner:
                raise IdentityTaken(key, state.identities[key], owner)
        state.blobs = {key: content for key, content in state.blobs.items() if key[1] not in deleted.get(key[0], ())}
        for blob, content in changes.blobs.items():
            state.blobs.pop(blob, None)
            if content is not None:
                state.blobs[blob] = content
        written = set(changes.put.get(CONTACTS, ())) | gone
        for entered, left in flips.values():
            for id in (entered | left) - written:
                if changes.at is not None:
                    instant = changes.at.astimezone(UTC).isoformat()
                    state.touched[id] = max(instant, state.touched.get(id, ""))
        put = {table: set(documents) for table, documents in changes.put.items() if documents}
        deleted = {table: ids for table, ids in deleted.items() if ids}
        if put or deleted or flips:
            state.log.append((put, deleted, flips))

    # -- the feed ----------------------------------------------------------------------------------------------------
    def cursor(self) -> Cursor:
        return Cursor(str(len(self.state.log)))

    def changes(self, since: Cursor) -> Changes:
        if not since.isdecimal() or int(since) > len(self.state.log):
            return Changes(cursor=self.cursor(), everything=True)
        found = Changes(cursor=self.cursor())
        put: dict[str, set[int]] = {}
        deleted: dict[str, set[int]] = {}
        before: dict[tuple[SetKey, int], bool] = {}
        after: dict[tuple[SetKey, int], bool] = {}
        for entry_put, entry_deleted, flips in self.state.log[int(since) :]:
            for table, ids in entry_deleted.items():
                put[table] = put.get(table, set()) - ids
                deleted[table] = deleted.get(table, set()) | ids
            for table, ids in entry_put.items():
                deleted[table] = deleted.get(table, set()) - ids
                put[table] = put.get(table, set()) | ids
            found.touched |= BitMap(entry_put.get(CONTACTS, ())) | BitMap(entry_deleted.get(CONTACTS, ()))
            for key, (entered, left) in flips.items():
                found.touched |= BitMap(entered | left)
                for id in entered | left:
                    before.setdefault((key, id), id in left)
                    after[key, id] = id in entered
        found.put = {table: BitMap(ids) for table, ids in put.items() if ids}
        found.deleted = {table: BitMap(ids) for table, ids in deleted.items() if ids}
        for (key, id), member in after.items():
            if member != before[key, id]:
                change = found.sets.setdefault(key, SetChange())
                (change.added if member else change.removed).add(id)
        return found

    # -- the whole ---------------------------------------------------------------------------------------------------
    def check(self) -> list[Problem]:
        everybody = set(self.state.documents.get(CONTACTS, ()))
        lost = [key for key, owner in self.state.identities.items() if owner not in everybody]
        return [Problem("identity_of_nobody", f"{len(lost)} identities belong to nobody.")] if lost else []

    def check_pages(self) -> None:
        """There are none."""

    def close(self) -> None:
        pass
