"""From documents to columns.

What value a property has in a document is asked of `query.values`, the function that the evaluator over one contact
uses, so both agree by construction. `bulk` asks it less often where there are many documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.column import ENTRIES, Column, narrow
from contacthub.engine.columns.entries import Entries
from contacthub.engine.port import Document
from contacthub.query.properties import Property, attribute
from contacthub.query.values import values

_MANY = 4_096
"""A column of more distinct values than this is searched by its index; of fewer, comparing all codes is as quick."""


class Coder:
    """Gives each distinct value of a property a number, and in the end makes the column.

    A *number* here is provisional, counted from 1 in the order of appearance; codes are in the order of the values.
    """

    def __init__(self, property: Property) -> None:
        self.property = property
        self.numbers: dict[Any, int] = {}
        self._ids: list[Array] = []
        self._found: list[Array] = []

    def number(self, value: Any) -> int:
        return self.numbers.setdefault(value, len(self.numbers) + 1)

    def number_all(self, values: set[Any]) -> None:
        """Number many values at once."""
        new = values.difference(self.numbers)
        self.numbers.update(zip(new, range(len(self.numbers) + 1, len(self.numbers) + 1 + len(new)), strict=True))

    def add(self, ids: Sequence[int] | Array, numbers: Sequence[int] | Array) -> None:
        """Contacts, by rising id, and the number of a value of each; 0 for none."""
        found = np.asarray(numbers, np.uint32)
        has = np.flatnonzero(found)
        self._ids.append(np.asarray(ids, np.uint32)[has])
        self._found.append(found[has])

    def column(self, rows: int, ids: Array | None = None) -> Column:
        """The column of so many rows. A row is an id, or `ids[row]` (rising) is the id of a row."""
        entries, places = ENTRIES[self.property.type].of(list(self.numbers))
        codes = np.concatenate([[0], places + 1])
        owners = np.concatenate(self._ids) if self._ids else np.empty(0, np.uint32)
        found = codes[np.concatenate(self._found)] if self._found else np.empty(0, np.int64)
        return placed(self.property.type, rows, ids, owners, found, entries)


def placed(kind: str, rows: int, ids: Array | None, owners: Array, codes: Array, entries: Entries) -> Column:
    """The column of so many rows in which owners, by rising id, have codes. What one has twice counts once."""
    if ids is not None:
        owners = np.searchsorted(ids, owners).astype(np.uint32)
    if (owners[1:] == owners[:-1]).any():
        pairs = owners.astype(np.int64) << 32 | codes
        distinct, first = np.unique(pairs, return_index=True)
        if len(distinct) < len(pairs):
            first.sort()
            owners, codes = owners[first], codes[first]
    if (owners[1:] == owners[:-1]).any():
        return Column.of(rows, kind, codes, entries, owners)
    single = narrow(np.zeros(rows, np.uint8), len(entries))
    single[owners] = codes
    return Column.of(rows, kind, single, entries)


def encode(property: Property, documents: Sequence[Document]) -> Column:
    """The column of a property over some documents, a row each."""
    coder = Coder(property)
    add_values(coder, range(len(documents)), documents)
    return coder.column(len(documents))


def add_values(coder: Coder, ids: Sequence[int], documents: Sequence[Document]) -> None:
    """Take each value of each document. What a document has twice counts once."""
    owners: list[int] = []
    found: list[int] = []
    for id, document in zip(ids, documents, strict=True):
        for value in dict.fromkeys(values(document, coder.property)):
            owners.append(id)
            found.append(coder.number(value))
    coder.add(owners, found)


def prepared(property: Property, column: Column) -> Column:
    """The column with what searches of its kind need, to be kept in the base."""
    if property == attribute("name"):
        column = column.with_words()
    if column.distinct <= _MANY or property.type == "number":
        return column
    told_by_urns = property.kind == "scheme" or property in (attribute("urn"), attribute("phone"))
    return column.with_index().with_grams() if told_by_urns else column.with_index()
