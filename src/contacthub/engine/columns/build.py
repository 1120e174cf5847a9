"""Columns of all contacts from one pass over their documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.encode import Encoder, attribute_properties
from contacthub.engine.columns.partition import Partition, dense
from contacthub.engine.columns.reading import Documents
from contacthub.engine.port import CONTACTS, Document, Progress
from contacthub.query.properties import Property

_PORTION = 20_000
"""Documents held at a time."""


def build(store: Documents, progress: Progress | None = None) -> Partition:
    """A partition of every contact. The columns of all properties that the hub knows are made in one pass."""
    properties = known_properties(store)
    everyone, columns, ids = _encode(store, properties, None, progress)
    return Partition(everyone, columns, lambda partition, property: add(store, partition, property), ids)


def add(store: Documents, partition: Partition, property: Property) -> Column:
    """The column of a property that a partition was built without. A contact that is gone has no value in it."""
    return _encode(store, [property], partition, None)[1][property]


def known_properties(store: Documents) -> list[Property]:
    """The attributes, and the custom fields by the types they have now."""
    fields = [Property("field", document["key"], document["type"]) for _, document in store.scan("fields")]
    return attribute_properties() + fields


def _encode(
    store: Documents, properties: Iterable[Property], partition: Partition | None, progress: Progress | None
) -> tuple[BitMap, dict[Property, Column], Array | None]:
    encoders = [Encoder(property) for property in properties]
    everyone = BitMap()
    done = 0
    for ids, documents in _portions(store):
        if partition is not None:
            kept = [place for place, id in enumerate(ids) if id in partition.everyone]
            ids, documents = [ids[place] for place in kept], [documents[place] for place in kept]  # noqa: PLW2901
        everyone.update(ids)
        for encoder in encoders:
            encoder.feed(ids, documents)
        done += len(ids)
        if progress is not None:
            progress(done, None)
    if partition is not None:
        ids_of_rows, rows = partition.ids, partition.rows
    elif dense(everyone):
        ids_of_rows, rows = None, int(everyone.max()) + 1 if everyone else 0
    else:
        ids_of_rows = np.array(everyone, np.uint32)
        rows = len(ids_of_rows)
    columns = {encoder.property: encoder.column(rows, ids_of_rows) for encoder in encoders}
    return everyone, columns, ids_of_rows


def _portions(store: Documents) -> Iterator[tuple[list[int], list[Document]]]:
    scanned = iter(store.scan(CONTACTS))
    while portion := list(islice(scanned, _PORTION)):
        yield [id for id, _ in portion], [document for _, document in portion]
