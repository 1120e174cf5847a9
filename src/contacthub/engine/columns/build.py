"""Columns of all contacts from one pass over their documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyroaring import BitMap

from contacthub.engine.columns.bits import array_of
from contacthub.engine.columns.bulk import Encoder, Urns, encoder, encoders, told_by_urns
from contacthub.engine.columns.collect import collector
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.partition import Make, Partition, dense, rows_for
from contacthub.engine.columns.portion import Portion, schema
from contacthub.engine.columns.reading import Documents
from contacthub.engine.garbage import without_collection
from contacthub.engine.port import CONTACTS, Progress
from contacthub.model.settings import PURPOSES
from contacthub.model.shapes import demand
from contacthub.query.properties import Property

_READING = 0.6
"""The share of reading the documents in the time that a build takes."""


def build(store: Documents, progress: Progress | None = None) -> Partition:
    """A partition of every contact, with the columns of all properties that the hub knows."""
    fields = [Property("field", document["key"], document["type"]) for _, document in store.scan("fields")]
    purposes = [purpose for _, document in store.scan("settings") for purpose in document["purposes"]]
    made = encoders(fields, [*PURPOSES[1:], *purposes])
    count = store.count(CONTACTS)
    everyone = _fed(store, None, made, share(progress, count, 0, _READING))
    ids = None if dense(everyone) else array_of(everyone)
    rows = rows_for(everyone) if ids is None else len(ids)
    columns: dict[Property, Column] = {}
    told, every = share(progress, count, _READING, 1), len(made)
    while made:  # what an encoder holds is let go of once its columns are made
        columns.update(made.pop().columns(rows, ids))
        if told is not None:
            told(every - len(made), every)
    return Partition(everyone, columns, maker(store), ids)


def of_changed(store: Documents, contacts: BitMap) -> Partition:
    """A partition of some contacts, too many to keep their documents at hand: read when a column is asked for."""

    def make(partition: Partition, properties: Sequence[Property]) -> Mapping[Property, Column]:
        return read(store, partition, properties)

    return Partition(contacts, {}, make, array_of(contacts))


def maker(store: Documents) -> Make:
    """Makes the columns that a partition was built without."""

    def make(partition: Partition, properties: Sequence[Property]) -> Mapping[Property, Column]:
        schemes = [property for property in properties if property.kind == "scheme"]
        # The build made a column of every scheme there is.
        columns = {property: _nothing(partition, property) for property in schemes}
        return columns | read(store, partition, [property for property in properties if property not in columns])

    return make


def read(store: Documents, partition: Partition, properties: Sequence[Property]) -> dict[Property, Column]:
    """The columns of some properties, and what comes with them. A contact that is gone has no value in them."""
    single = [property for property in properties if not told_by_urns(property)]
    made = list(map(encoder, single))
    if len(single) < len(properties):
        made.append(Urns())
    if made:
        _fed(store, partition.everyone, made, None)
    columns = {property: column for one in made for property, column in one.columns(partition.rows, partition.ids)}
    return columns | {property: _nothing(partition, property) for property in properties if property not in columns}


def _nothing(partition: Partition, property: Property) -> Column:
    return collector(property).column(partition.rows, partition.ids)


def share(progress: Progress | None, whole: int, start: float, end: float) -> Progress | None:
    """Who is told of a part of the work as of progress in the whole, from `start` to `end` of it."""
    if progress is None:
        return None

    def told(done: int, total: int | None) -> None:
        part = min(done / total, 1) if total else 1
        progress(round(whole * (start + (end - start) * part)), whole)

    return told


def _fed(store: Documents, contacts: BitMap | None, made: Iterable[Encoder], progress: Progress | None) -> BitMap:
    """Put the documents of contacts through encoders; returns who there was."""
    everyone = BitMap()
    total = store.count(CONTACTS) if progress is not None else None
    wanted = schema({path: kind for one in made for path, kind in one.reads.items()})
    with without_collection():
        for bodies in store.bodies(CONTACTS, contacts):
            here = BitMap(bodies)
            everyone |= here
            try:
                portion = Portion(bodies, store.touched(here), wanted)
                for one in made:
                    one.feed(portion)
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
                # If documents are damaged, reading them one by one says so, in an error for people.
                demand(CONTACTS, store.get(CONTACTS, here))
                raise
            if progress is not None:
                progress(len(everyone), total)
    return everyone
