"""Pages of contacts in an order: by one property, those without a value last both ways, ties by uuid ascending."""

from __future__ import annotations

from heapq import merge
from itertools import islice
from typing import Any

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.partition import Partition
from contacthub.engine.columns.sets import set_kind
from contacthub.engine.columns.view import Part, View
from contacthub.engine.port import Sort
from contacthub.query.properties import attribute

_UUID = attribute("uuid")


def page(view: View, ids: BitMap, sort: Sort, offset: int, limit: int | None) -> list[int]:
    """The ids from `offset` on, at most `limit`. Only as much is sorted as the page needs."""
    ids = ids & view.everyone
    end = len(ids) if limit is None else min(len(ids), offset + limit)
    if offset >= end:
        return []
    if set_kind(sort.property) is not None:
        return _by_set(view, ids, sort, end)[offset:]
    parts = [Part(part.partition, part.contacts & ids) for part in view.parts]
    parts = [part for part in parts if part.contacts]
    if len(parts) == 1:
        partition = parts[0].partition
        rows = _first(partition, parts[0].contacts, sort, end)[offset:]
        return [int(id) for id in partition.ids_of(rows)]
    runs = [_keyed(part.partition, _first(part.partition, part.contacts, sort, end), sort) for part in parts]
    return [id for _, _, id in islice(merge(*runs), offset, end)]


def _first(partition: Partition, contacts: BitMap, sort: Sort, wanted: int) -> Array:
    """The first rows of some contacts, in order."""
    rows = _near(partition, contacts, sort, wanted)
    keys = _places(partition.column(sort.property), sort, rows)
    if wanted < len(rows):
        # All that could be among the first: those before the key at which there are enough, and its equals.
        bound = np.partition(keys, wanted - 1)[wanted - 1]
        near = np.flatnonzero(keys <= bound)
        rows, keys = rows[near], keys[near]
    order = np.lexsort((partition.column(_UUID).single()[rows], keys))
    found: Array = rows[order[:wanted]]
    return found


def _near(partition: Partition, contacts: BitMap, sort: Sort, wanted: int) -> Array:
    """Rows of these contacts among which the first are. Where the column keeps its rows in order, they are found by
    walking along it; otherwise, or when that takes too long, all rows are given."""
    column = partition.column(sort.property)
    if "index.rows" in column.kept and column.owners is None and wanted < len(contacts):
        ordered = column.index.rows[::-1] if sort.descending else column.index.rows
        found: list[int] = []
        last = None
        for start in range(0, min(len(ordered), max(_WALK, 8 * wanted)), _STEP):
            step = ordered[start : start + _STEP]
            here = [
                row for row, id in zip(step.tolist(), partition.ids_of(step).tolist(), strict=True) if id in contacts
            ]
            if last is not None:
                # There are enough; only those that stand equal with the last are still to come.
                equal = [row for row in here if _place(column, sort, row) == last]
                found += equal
                if _place(column, sort, int(step[-1])) != last:
                    return np.array(found, np.int64)
                continue
            found += here
            if len(found) >= wanted:
                last = _place(column, sort, found[-1])
                if _place(column, sort, int(step[-1])) != last:
                    return np.array(found, np.int64)
    return partition.rows_of(contacts)


_STEP = 1_024
_WALK = 32_768
"""Rows looked at one by one before all are compared at once."""


def _place(column: Column, sort: Sort, row: int) -> int:
    return int(_places(column, sort, np.array([row]))[0])


def _places(column: Column, sort: Sort, rows: Array) -> Array:
    """For each of some rows a number by which it is sorted."""
    codes = column.single(last=sort.descending)[rows].astype(np.int64)
    ranks = column.entries.ranks
    places = codes if ranks is None else np.concatenate([[0], ranks + 1])[codes]
    last = column.distinct + 1
    found: Array = np.where(codes == 0, last, last - places if sort.descending else places)
    return found


class _Descending:
    """A key that sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(other.key == self.key)

    __hash__ = None  # type: ignore[assignment]


def _keyed(partition: Partition, rows: Array, sort: Sort) -> list[tuple[tuple[bool, Any], bytes, int]]:
    """Rows that are in order, with keys that compare with those of other partitions."""
    column, uuids = partition.column(sort.property), partition.column(_UUID)
    codes, uuid_codes = column.single(last=sort.descending)[rows].tolist(), uuids.single()[rows].tolist()
    found = []
    for code, uuid, id in zip(codes, uuid_codes, partition.ids_of(rows).tolist(), strict=True):
        key = column.entries.sort_key(code - 1) if code else None
        if sort.descending and code:
            key = _Descending(key)
        found.append(((code == 0, key), uuids.entries.sort_key(uuid - 1) if uuid else b"", id))
    return found


def _by_set(view: View, ids: BitMap, sort: Sort, wanted: int) -> list[int]:
    """By the first (or last) label of the sets a contact is in; set after set, so only as far as the page needs."""
    kind = set_kind(sort.property)
    assert kind is not None
    by_uuid = Sort(_UUID)
    members = view.active if kind == "groups" else view.everyone
    keys = view.sets.catalogues[kind].in_order
    rest = ids
    found: list[int] = []
    for key in reversed(keys) if sort.descending else keys:
        if len(found) >= wanted:
            return found[:wanted]
        here = rest & view.sets.of(key) & members
        found += page(view, here, by_uuid, 0, None)
        rest = rest - here
    return (found + page(view, rest, by_uuid, 0, wanted - len(found) if wanted > len(found) else 0))[:wanted]
