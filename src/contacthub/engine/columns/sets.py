"""Tags, lists, groups and imports: sets of contacts, each a bitmap. No document is involved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.column import Column
from contacthub.engine.columns.entries import Texts
from contacthub.engine.columns.reading import Documents
from contacthub.engine.port import SET_KINDS, SET_LABEL, Changes, Cursor, SetKey, SetKind
from contacthub.model.shapes import demand
from contacthub.query.meaning import Test
from contacthub.query.properties import Property

_KIND_OF: Mapping[str, SetKind] = {"tag": "tags", "list": "lists", "group": "groups", "import": "imports"}


def set_kind(property: Property) -> SetKind | None:
    """The kind of sets that a property asks about; None when it asks about documents."""
    return _KIND_OF.get(property.key) if property.kind == "attribute" else None


@dataclass(frozen=True)
class Catalogue:
    """The sets of one kind, and a column of their labels: a row a set."""

    keys: Sequence[SetKey]
    labels: Column

    @classmethod
    def read(cls, kind: SetKind, store: Documents) -> Catalogue:
        documents = dict(store.scan(kind))
        demand(kind, documents)
        labels = {SetKey(kind, id): str(document[SET_LABEL[kind]]) for id, document in documents.items()}
        entries, places = Texts.of(list(dict.fromkeys(labels.values())))
        codes = dict(zip(dict.fromkeys(labels.values()), places.tolist(), strict=True))
        column = np.array([codes[label] + 1 for label in labels.values()], np.int64)
        return cls(list(labels), Column.of(len(labels), "text", column, entries))

    def passing(self, test: Test) -> list[SetKey]:
        """The sets whose label passes a test."""
        return [self.keys[row] for row in self.labels.passing(test)]

    @property
    def in_order(self) -> list[SetKey]:
        """The sets by their labels."""
        return [self.keys[row] for row in self.labels.index.rows.tolist()]


@dataclass(frozen=True)
class Sets:
    """The sets of a hub at one moment. Members are read when first asked for."""

    store: Documents
    cursor: Cursor
    catalogues: Mapping[SetKind, Catalogue]
    members: dict[SetKey, BitMap] = field(default_factory=dict)

    @classmethod
    def read(cls, store: Documents, cursor: Cursor) -> Sets:
        return cls(store, cursor, {kind: Catalogue.read(kind, store) for kind in SET_KINDS})

    def changed(self, changes: Changes) -> Sets:
        """The sets after some changes."""
        catalogues = dict(self.catalogues)
        members = dict(self.members)
        for kind in SET_KINDS:
            gone = changes.deleted.get(kind, BitMap())
            if gone or changes.put.get(kind):
                catalogues[kind] = Catalogue.read(kind, self.store)
            for id in gone:
                members.pop(SetKey(kind, id), None)
        for key, change in changes.sets.items():
            if key in members:
                members[key] = (members[key] | change.added) - change.removed
        deleted = changes.deleted.get("contacts")
        if deleted:
            members = {key: found - deleted for key, found in members.items()}
        return Sets(self.store, changes.cursor, catalogues, members)

    def of(self, key: SetKey) -> BitMap:
        """The contacts in a set. Not to be changed by who asked."""
        found = self.members.get(key)
        if found is None:
            found = self.store.members(key)
            # What was read may be newer than this moment. It is kept only if it is not: later changes are told
            # as differences from this moment.
            if not self.store.changes(self.cursor):
                self.members[key] = found
        return found

    def passing(self, kind: SetKind, test: Test) -> BitMap:
        """Contacts in any set of a kind whose label passes a test."""
        return BitMap().union(*(self.of(key) for key in self.catalogues[kind].passing(test)))
