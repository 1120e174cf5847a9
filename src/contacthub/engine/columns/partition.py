"""Some contacts as columns: the base, or a handful that changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import RLock

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array, array_of
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.encode import encode
from contacthub.engine.port import Document
from contacthub.query.meaning import Test
from contacthub.query.properties import Property


class Partition:
    """Rows of contacts, which never change, and their columns, made when first asked for.

    Where ids are dense a row *is* an id, so that bitmaps of rows are bitmaps of contacts; otherwise `ids[row]` tells.
    """

    def __init__(
        self,
        everyone: BitMap,
        columns: Mapping[Property, Column],
        make: Callable[[Partition, Property], Column],
        ids: Array | None = None,
    ) -> None:
        self.everyone = everyone
        self.ids = ids
        self.rows = rows_for(everyone) if ids is None else len(ids)
        self._columns = dict(columns)
        self.make = make
        self._lock = RLock()
        self._origin: Partition | None = None
        """Whose columns the others are, where one has been replaced."""

    @classmethod
    def of_documents(cls, documents: Mapping[int, Document]) -> Partition:
        """A few contacts, with their documents at hand."""
        ordered = sorted(documents)
        at_hand: Sequence[Document] = [documents[id] for id in ordered]
        ids = np.array(ordered, np.uint32)
        return cls(BitMap(ordered), {}, lambda _, property: encode(property, at_hand), ids)

    @property
    def columns(self) -> Mapping[Property, Column]:
        """Those made so far."""
        return self._columns

    def column(self, property: Property) -> Column:
        column = self._columns.get(property)
        if column is None:
            with self._lock:
                column = self._columns.get(property)
                if column is None:
                    column = self._columns[property] = self.make(self, property)
        return column

    def with_column(self, property: Property, column: Column) -> Partition:
        """The same rows with another column of one property."""
        origin = self._origin or self
        replaced = {name: known for name, known in self._columns.items() if self._origin} | {property: column}
        made = Partition(self.everyone, replaced, lambda _, other: origin.column(other), self.ids)
        made._origin = origin
        return made

    def passing(self, test: Test) -> BitMap:
        """The contacts that pass a test."""
        return self.contacts(self.column(test.property).passing(test))

    def contacts(self, rows: BitMap) -> BitMap:
        """The contacts at some rows."""
        return rows if self.ids is None else BitMap(self.ids[array_of(rows)])

    def rows_of(self, contacts: BitMap) -> Array:
        """The rows of some contacts, all of them here, rising."""
        ids = array_of(contacts)
        return ids if self.ids is None else np.searchsorted(self.ids, ids)

    def ids_of(self, rows: Array) -> Array:
        return rows if self.ids is None else self.ids[rows]


def rows_for(everyone: BitMap) -> int:
    """How many rows are needed when a row is an id."""
    return int(everyone.max()) + 1 if everyone else 0


def dense(everyone: BitMap) -> bool:
    """Whether ids are close enough together to serve as rows."""
    return rows_for(everyone) <= 2 * len(everyone) + 1_024
