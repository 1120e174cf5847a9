"""Some contacts as columns: the base, or a handful that changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from pyroaring import BitMap

from contacthub.engine import locks
from contacthub.engine.columns.bits import Array, array_of
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.encode import encode
from contacthub.engine.port import Document
from contacthub.query.meaning import Test
from contacthub.query.properties import Property

Make = Callable[["Partition", Sequence[Property]], Mapping[Property, Column]]
"""Makes columns of a partition: those asked for, and others that came with them."""


class Partition:
    """Rows of contacts, which never change, and their columns, made when first asked for.

    Where ids are dense a row *is* an id, so that bitmaps of rows are bitmaps of contacts; otherwise `ids[row]` tells.
    """

    def __init__(
        self,
        everyone: BitMap,
        columns: Mapping[Property, Column],
        make: Make,
        ids: Array | None = None,
    ) -> None:
        self.everyone = everyone
        self.ids = ids
        self.rows = rows_for(everyone) if ids is None else len(ids)
        self._columns = dict(columns)
        self.make = make
        self._lock = locks.reentrant_lock()
        self._origin: Partition | None = None
        """Whose columns the others are, where one has been replaced."""

    @classmethod
    def of_documents(cls, documents: Mapping[int, Document]) -> Partition:
        """A few contacts, with their documents at hand."""
        ordered = sorted(documents)
        at_hand: Sequence[Document] = [documents[id] for id in ordered]
        ids = np.array(ordered, np.uint32)

        def make(_: Partition, properties: Sequence[Property]) -> Mapping[Property, Column]:
            return {property: encode(property, at_hand) for property in properties}

        return cls(BitMap(ordered), {}, make, ids)

    @property
    def columns(self) -> Mapping[Property, Column]:
        """Those made so far."""
        return self._columns

    def column(self, property: Property) -> Column:
        if property not in self._columns:
            self.prepare([property])
        return self._columns[property]

    def prepare(self, properties: Iterable[Property]) -> None:
        """Make the columns of some properties, all together if they are not there yet."""
        wanted = list(properties)
        if all(property in self._columns for property in wanted):
            return
        with self._lock:
            missing = [property for property in wanted if property not in self._columns]
            if missing:
                self._columns.update(self.make(self, missing))

    def with_column(self, property: Property, column: Column) -> Partition:
        """The same rows with another column of one property."""
        origin = self._origin or self
        replaced = {name: known for name, known in self._columns.items() if self._origin} | {property: column}

        def make(_: Partition, properties: Sequence[Property]) -> Mapping[Property, Column]:
            origin.prepare(properties)
            return {other: origin.column(other) for other in properties}

        made = Partition(self.everyone, replaced, make, self.ids)
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
