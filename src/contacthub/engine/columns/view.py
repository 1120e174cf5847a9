"""All contacts at one moment: the base, what changed since, and the sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.build import of_changed
from contacthub.engine.columns.collect import CollectedMoments
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.entries import Moments
from contacthub.engine.columns.partition import Partition
from contacthub.engine.columns.reading import Documents
from contacthub.engine.columns.sets import Sets, set_kind
from contacthub.engine.port import CONTACTS, Changes, Cursor
from contacthub.query.meaning import Equals, Test
from contacthub.query.properties import Property, attribute

_PARTITIONS = 8
"""Partitions of changed contacts before they become one: each costs every search a little."""

AT_HAND = 10_000
"""Up to so many changed contacts are kept as documents. Those of more are read again when a column is asked for."""

_MODIFIED = attribute("modified_on")
_STATUS = attribute("status")
_ACTIVE = Equals(_STATUS, frozenset({"active"}))


@dataclass(frozen=True)
class Part:
    """A partition, and which of its contacts still stand: the others were changed or deleted since."""

    partition: Partition
    contacts: BitMap


@dataclass(frozen=True)
class View:
    """A `Source` of contacts. A view never changes; `changed` makes the next one."""

    cursor: Cursor
    base: Part
    newer: Sequence[Part]
    sets: Sets
    restamped: BitMap
    """Contacts whose `modified_on` has changed with their sets, and is not yet in a partition."""

    @property
    def parts(self) -> list[Part]:
        return [self.base, *self.newer]

    @property
    def outdated(self) -> int:
        """How many contacts are not as the base has them."""
        return sum(len(part.contacts) for part in self.newer)

    @cached_property
    def everyone(self) -> BitMap:
        return BitMap().union(*(part.contacts for part in self.parts))

    @cached_property
    def active(self) -> BitMap:
        """Contacts whose status is exactly `active`: only they have groups."""
        found = BitMap()
        for part in self.parts:
            column = part.partition.column(_STATUS)
            low, high = column.entries.hits(_ACTIVE)
            exactly = next((at for at in range(low, high) if column.entries.value(at) == "active"), None)
            if exactly is not None:
                found |= part.partition.contacts(column.having((exactly, exactly + 1))) & part.contacts
        return found

    def prepare(self, properties: Iterable[Property]) -> None:
        """Make the columns of some properties where they are missing, all together."""
        wanted = {property if set_kind(property) is None else _STATUS for property in properties}
        for part in self.parts:
            part.partition.prepare(wanted)

    def passing(self, test: Test) -> BitMap:
        kind = set_kind(test.property)
        if kind is not None:
            found = self.sets.passing(kind, test)
            return found & self.active if kind == "groups" else found & self.everyone
        first, *newer = self.parts
        found = first.partition.passing(test) & first.contacts
        for part in newer:
            found |= part.partition.passing(test) & part.contacts
        return found

    def changed(self, changes: Changes, store: Documents) -> View:
        """The view after some changes."""
        put = changes.put.get(CONTACTS, BitMap())
        deleted = changes.deleted.get(CONTACTS, BitMap())
        base, newer = self._replaced(put | deleted, put, store)
        restamped = ((self.restamped | changes.touched) - put) - deleted
        return View(changes.cursor, base, newer, self.sets.changed(changes), restamped)

    def stamped(self, store: Documents) -> View:
        """The view in which every `modified_on` is true. No document is read for it."""
        base, *newer = [_stamped(part, part.contacts & self.restamped, store) for part in self.parts]
        return View(self.cursor, base, newer, self.sets, BitMap())

    def _replaced(self, gone: BitMap, put: BitMap, store: Documents) -> tuple[Part, list[Part]]:
        if not gone:
            return self.base, list(self.newer)
        base = Part(self.base.partition, self.base.contacts - gone)
        newer = [Part(part.partition, part.contacts - gone) for part in self.newer]
        newer = [part for part in newer if part.contacts]
        small = [part for part in newer if len(part.contacts) <= AT_HAND]
        if len(small) >= _PARTITIONS:
            put = put.union(*(part.contacts for part in small))
            newer = [part for part in newer if len(part.contacts) > AT_HAND]
        if put:
            few = len(put) <= AT_HAND
            partition = Partition.of_documents(store.get(CONTACTS, put)) if few else of_changed(store, put)
            newer.append(Part(partition, partition.everyone))
        return base, newer


def _stamped(part: Part, contacts: BitMap, store: Documents) -> Part:
    """A part with the present `modified_on` of some of its contacts."""
    if not contacts:
        return part
    who, at = store.touched(contacts)
    rows = part.partition.rows_of(BitMap(who))
    column = touched(part.partition.column(_MODIFIED), rows, at)
    return Part(part.partition.with_column(_MODIFIED, column), part.contacts)


def touched(column: Column, rows: Array, at: Array) -> Column:
    """A column of moments, one a row, with later ones (microseconds since 1970) in some rows."""
    entries = column.entries
    assert isinstance(entries, Moments)
    micros = np.append(np.iinfo(np.int64).min, entries.micros)
    civil = np.append(False, np.zeros(len(entries), np.bool_) if entries.civil is None else entries.civil)
    has = column.codes > 0
    micros, civil = micros[column.codes], civil[column.codes]
    later = at >= micros[rows]
    rows, at = rows[later], at[later]
    has[rows], micros[rows], civil[rows] = True, at, False
    collected = CollectedMoments(column.kind)
    collected.add(np.flatnonzero(has).astype(np.uint32), micros[has], civil[has])
    return collected.column(column.rows, None)
