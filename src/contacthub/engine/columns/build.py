"""Columns of all contacts from one pass over their documents."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from pyroaring import BitMap

from contacthub.engine.columns.bits import array_of
from contacthub.engine.columns.bulk import encoder, encoders
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.partition import Partition, dense, rows_for
from contacthub.engine.columns.reading import Documents
from contacthub.engine.port import CONTACTS, Document, Progress
from contacthub.query.properties import Property

_PORTION = 20_000
"""Documents held at a time."""


def build(store: Documents, progress: Progress | None = None) -> Partition:
    """A partition of every contact, with the columns of all properties that the hub knows."""
    return _built(store, _portions(store.scan(CONTACTS)), progress)


def build_of(store: Documents, contacts: BitMap) -> Partition:
    """A partition of some contacts, too many to keep their documents at hand."""
    return _built(store, portions_of(store, contacts), None)


def _built(
    store: Documents, portions: Iterator[tuple[list[int], list[Document]]], progress: Progress | None
) -> Partition:
    fields = [Property("field", document["key"], document["type"]) for _, document in store.scan("fields")]
    made = encoders(fields)
    everyone = BitMap()
    with _no_collection():
        for ids, documents in portions:
            everyone.update(ids)
            for one in made:
                one.feed(ids, documents)
            if progress is not None:
                progress(len(everyone), None)
    ids_of_rows = None if dense(everyone) else array_of(everyone)
    rows = rows_for(everyone) if ids_of_rows is None else len(ids_of_rows)
    columns = {property: column for one in made for property, column in one.columns(rows, ids_of_rows)}
    return Partition(everyone, columns, lambda partition, property: add(store, partition, property), ids_of_rows)


def add(store: Documents, partition: Partition, property: Property) -> Column:
    """The column of a property that a partition was built without. A contact that is gone has no value in it."""
    if property.kind == "scheme":
        return _nothing(partition, property)  # the build made a column of every scheme there is
    made = encoder(property)
    for ids, documents in portions_of(store, partition.everyone):
        made.feed(ids, documents)
    ((_, column),) = made.columns(partition.rows, partition.ids)
    return column


def _nothing(partition: Partition, property: Property) -> Column:
    ((_, column),) = encoder(property).columns(partition.rows, partition.ids)
    return column


def _portions(documents: Iterable[tuple[int, Document]]) -> Iterator[tuple[list[int], list[Document]]]:
    rest = iter(documents)
    while portion := list(islice(rest, _PORTION)):
        yield [id for id, _ in portion], [document for _, document in portion]


def portions_of(store: Documents, contacts: BitMap) -> Iterator[tuple[list[int], list[Document]]]:
    """The documents of some contacts by rising id, some thousands at a time; who is gone is left out."""
    rest = iter(contacts)
    while wanted := list(islice(rest, _PORTION)):
        found = store.get(CONTACTS, wanted)
        ids = sorted(found)
        yield ids, [found[id] for id in ids]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Documents come by the thousand and hold no cycles; looking for some again and again takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
