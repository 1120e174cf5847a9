"""From documents to columns.

What value a property has in a document is asked of `query.values`, the function that the evaluator over one contact
uses, so both agree by construction. It is asked once per distinct stored value where one stored value decides.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.column import ENTRIES, Column, narrow
from contacthub.engine.port import Document
from contacthub.query.properties import ATTRIBUTES, PHONE_KEY, Property, attribute
from contacthub.query.values import values

_COUNTS: Mapping[str, str] = {
    "messages_received": "received",
    "messages_sent": "sent",
    "messages_delivered": "delivered",
    "messages_read": "read",
    "messages_failed": "failed",
}
_STORED = frozenset(
    {"uuid", "id", "ref", "name", "language", "status", "assignee", "country", "source", "remarks", "flow", "tickets",
     "created_on", "modified_on", "first_seen_on", "last_seen_on", "last_sent_on", "last_message_on"}
)  # fmt: skip
"""Attributes decided by the one value that is stored under their key."""

_NO_COLUMN = frozenset({"tag", "list", "group", "import", "active_30d"})
"""Attributes that are sets, or that a query's meaning asks by other properties."""


def stored_at(property: Property) -> tuple[str, ...]:
    """Where the one stored value is that decides a property; empty when more than one does."""
    if property.kind == "field":
        return ("fields", property.key)
    if property.kind == "attribute" and property.key in _STORED:
        return (property.key,)
    if property.kind == "attribute" and property.key in _COUNTS:
        return ("engagement", _COUNTS[property.key])
    return ()


def attribute_properties() -> list[Property]:
    """The attributes that every hub's columns have."""
    return [attribute(key) for key in ATTRIBUTES if key not in _NO_COLUMN] + [PHONE_KEY]


class Encoder:
    """Makes the column of one property from documents, fed in any number of portions by rising id."""

    def __init__(self, property: Property) -> None:
        self.property = property
        self._path = stored_at(property)
        self._codes: dict[Hashable, int] = {}
        """Stored value → provisional code of its value, 0 for none."""
        self._values: dict[Any, int] = {}
        """Value → provisional code, counted from 1."""
        self._owners: list[Array] = []
        self._found: list[Array] = []
        self._several = False

    def feed(self, ids: Sequence[int], documents: Sequence[Document]) -> None:
        """Take the documents of some ids."""
        if self._path:
            found = self._decided(documents)
            codes = np.array(found, np.uint32)
            owners = np.asarray(ids, np.uint32)
            has = np.flatnonzero(codes)
            self._owners.append(owners[has])
            self._found.append(codes[has])
            return
        owning: list[int] = []
        coded: list[int] = []
        for id, document in zip(ids, documents, strict=True):
            several = values(document, self.property)
            if len(several) > 1:
                several = tuple(dict.fromkeys(several))
                self._several |= len(several) > 1
            for value in several:
                owning.append(id)
                coded.append(self._code(value))
        self._owners.append(np.array(owning, np.uint32))
        self._found.append(np.array(coded, np.uint32))

    def _decided(self, documents: Iterable[Document]) -> list[int]:
        """The provisional code of each document, by its stored value."""
        if len(self._path) == 1:
            key = self._path[0]
            stored = [document.get(key) for document in documents]
        else:
            part, key = self._path
            nothing: Document = {}
            stored = [(document.get(part) or nothing).get(key) for document in documents]
        if self.property.type in ("number", "datetime"):
            known: list[Hashable] = stored
        else:
            # As texts 1 and 1.0 and True differ, as keys they do not.
            known = [value if value.__class__ is str else (value.__class__, value) for value in stored]
        codes = self._codes
        for place, value in enumerate(known):
            if value not in codes:
                codes[value] = self._decide(stored[place])
        return [codes[value] for value in known]

    def _decide(self, stored: Any) -> int:
        document: Any = stored
        for key in reversed(self._path):
            document = {key: document}
        decided = values({} if stored is None else document, self.property)
        return self._code(decided[0]) if decided else 0

    def _code(self, value: Any) -> int:
        return self._values.setdefault(value, len(self._values) + 1)

    def column(self, rows: int, ids: Array | None = None) -> Column:
        """The column of so many rows. A row is an id, or `ids[row]` (rising) is the id of a row."""
        entries, places = ENTRIES[self.property.type].of(list(self._values))
        final = np.concatenate([[0], places + 1])
        owners = np.concatenate(self._owners) if self._owners else np.empty(0, np.uint32)
        if ids is not None:
            owners = np.searchsorted(ids, owners).astype(np.uint32)
        found = final[np.concatenate(self._found)] if self._found else np.empty(0, np.int64)
        kind = self.property.type
        if self._several:
            return Column.of(rows, kind, found, entries, owners)
        codes = narrow(np.zeros(rows, np.uint8), len(entries))
        codes[owners] = found
        return Column.of(rows, kind, codes, entries)


def encode(property: Property, documents: Sequence[Document]) -> Column:
    """The column of a property over some documents, a row each."""
    encoder = Encoder(property)
    encoder.feed(range(len(documents)), documents)
    return encoder.column(len(documents))


_MANY = 4_096


def prepared(property: Property, column: Column) -> Column:
    """The column with what searches of its kind need, to be kept in the base."""
    if property == attribute("name"):
        column = column.with_words()
    wants_index = property.type != "number" and column.distinct > _MANY
    return column.with_index() if wants_index else column
