"""Columns of all contacts from one pass over their documents."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pyroaring import BitMap

from contacthub.engine.columns.bits import array_of
from contacthub.engine.columns.bulk import Encoder, encoder, encoders
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.partition import Partition, dense, rows_for
from contacthub.engine.columns.portion import Portion, schema
from contacthub.engine.columns.reading import Documents
from contacthub.engine.port import CONTACTS, Progress
from contacthub.query.properties import Property


def build(store: Documents, progress: Progress | None = None) -> Partition:
    """A partition of every contact, with the columns of all properties that the hub knows."""
    return _built(store, None, progress)


def build_of(store: Documents, contacts: BitMap) -> Partition:
    """A partition of some contacts, too many to keep their documents at hand."""
    return _built(store, contacts, None)


def _built(store: Documents, contacts: BitMap | None, progress: Progress | None) -> Partition:
    fields = [Property("field", document["key"], document["type"]) for _, document in store.scan("fields")]
    made = encoders(fields)
    everyone = _fed(store, contacts, made, progress)
    ids_of_rows = None if dense(everyone) else array_of(everyone)
    rows = rows_for(everyone) if ids_of_rows is None else len(ids_of_rows)
    columns: dict[Property, Column] = {}
    while made:  # what an encoder holds is let go of once its columns are made
        columns.update(made.pop(0).columns(rows, ids_of_rows))
    return Partition(everyone, columns, lambda partition, property: add(store, partition, property), ids_of_rows)


def add(store: Documents, partition: Partition, property: Property) -> Column:
    """The column of a property that a partition was built without. A contact that is gone has no value in it."""
    made = encoder(property)
    if property.kind != "scheme":  # the build made a column of every scheme there is
        _fed(store, partition.everyone, [made], None)
    ((_, column),) = made.columns(partition.rows, partition.ids)
    return column


def _fed(store: Documents, contacts: BitMap | None, made: Iterable[Encoder], progress: Progress | None) -> BitMap:
    """Put the documents of contacts through encoders; returns who there was."""
    everyone = BitMap()
    total = store.count(CONTACTS) if progress is not None else None
    wanted = schema({path: kind for one in made for path, kind in one.reads.items()})
    with _no_collection():
        for bodies in store.bodies(CONTACTS, contacts):
            here = BitMap(bodies)
            everyone |= here
            portion = Portion(bodies, store.touched(here), wanted)
            for one in made:
                one.feed(portion)
            if progress is not None:
                progress(len(everyone), total)
    return everyone


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
