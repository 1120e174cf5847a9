"""Typed tables of contacts, from codes and without a Python value each.

Text is a string, or a dictionary of strings where values repeat; numbers are int64, double, or exact decimals where
no double will do; moments are timestamps in UTC, or dates where all are civil dates (among instants, a date is its
midnight UTC); of a property with several values a row holds a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array, array_of
from contacthub.engine.columns.entries import DAY, Moments, Numbers, Texts
from contacthub.engine.columns.gather import Gathered, gather, has_several, parts_of
from contacthub.engine.columns.strings import Strings
from contacthub.engine.columns.view import View
from contacthub.query.properties import Property, attribute

if TYPE_CHECKING:
    import pyarrow

_UUID = attribute("uuid")


def table(view: View, ids: BitMap, properties: Sequence[Property]) -> pyarrow.Table:
    """A row a contact by rising id: the uuid, then the properties."""
    import pyarrow as pa

    parts = list(parts_of(view, ids & view.everyone))
    order = np.argsort(np.concatenate([array_of(part.contacts) for part in parts])) if parts else np.empty(0, np.int64)
    columns, names = [], []
    for property in (_UUID, *properties):
        found = [gather(view, part, property) for part in parts]
        column = _several(found) if has_several(property) else _single(found, property)
        columns.append(column if len(parts) <= 1 else column.take(pa.array(order)))
        names.append(property.label if property is not _UUID else "uuid")
    return pa.table(columns, names=names)


def _single(found: Sequence[Gathered], property: Property) -> Any:
    if property.type == "number":
        return _numbers(found)
    if property.type == "datetime":
        return _moments(found)
    return _texts(found)


def _texts(found: Sequence[Gathered]) -> Any:
    import pyarrow as pa

    chunks = []
    for part in found:
        codes, places = np.unique(part.codes, return_inverse=True)
        indices = np.zeros(part.size, np.int32)
        indices[part.places] = places
        unset = np.ones(part.size, np.bool_)
        unset[part.places] = False
        dictionary = _spelled(part).take(pa.array(codes.astype(np.int64) - 1))
        chunks.append(pa.DictionaryArray.from_arrays(pa.array(indices, mask=unset), dictionary))
    if not chunks:
        return pa.array([], pa.string())
    whole = pa.chunked_array(chunks).unify_dictionaries().combine_chunks()
    return whole.dictionary_decode() if 2 * len(whole.dictionary) > len(whole) else whole


def _spelled(part: Gathered) -> Any:
    assert isinstance(part.entries, Texts)
    return strings(part.entries.spelled)


def strings(texts: Strings) -> Any:
    """Texts as an Arrow array, without a copy where their buffer is a small one."""
    import pyarrow as pa

    if len(texts.bytes) < 2**31:
        offsets = pa.py_buffer(np.ascontiguousarray(texts.offsets).astype(np.int32))
        return pa.StringArray.from_buffers(len(texts), offsets, pa.py_buffer(texts.bytes))
    offsets = pa.py_buffer(texts.offsets.astype(np.int64))
    return pa.LargeStringArray.from_buffers(len(texts), offsets, pa.py_buffer(texts.bytes))


def _several(found: Sequence[Gathered]) -> Any:
    import pyarrow as pa

    chunks = []
    for part in found:
        values = _spelled(part).take(pa.array(part.codes.astype(np.int64) - 1))
        offsets = np.append(0, np.cumsum(np.bincount(part.places, minlength=part.size))).astype(np.int32)
        chunks.append(pa.ListArray.from_arrays(pa.array(offsets), values))
    return pa.chunked_array(chunks, pa.list_(pa.string())).combine_chunks()


def _numbers(found: Sequence[Gathered]) -> Any:
    import pyarrow as pa

    entries = [part.entries for part in found if isinstance(part.entries, Numbers)]
    if any(part.exact for part in entries):
        return _decimals(found)
    whole = all(bool((part.floats == np.trunc(part.floats)).all()) for part in entries)
    arrays = []
    for part in found:
        assert isinstance(part.entries, Numbers)
        arrays.append(np.append(np.nan, part.entries.floats)[part.single])
    floats = np.concatenate(arrays) if arrays else np.empty(0)
    unset = np.isnan(floats)
    whole = whole and bool((np.abs(floats[~unset]) < 2.0**63).all())
    return pa.array(np.where(unset, 0, floats).astype(np.int64) if whole else floats, mask=unset)


def _decimals(found: Sequence[Gathered]) -> Any:
    import pyarrow as pa

    values = [part.entries.sort_key(code - 1) if code else None for part in found for code in part.single.tolist()]
    try:
        return pa.array(values)
    except pa.ArrowInvalid:  # more digits than any decimal type has
        return pa.array([None if value is None else format(value, "f") for value in values], pa.string())


def _moments(found: Sequence[Gathered]) -> Any:
    import pyarrow as pa

    micros: list[Array] = []
    unset: list[Array] = []
    dates = bool(found)
    for part in found:
        assert isinstance(part.entries, Moments)
        civil = part.entries.civil
        dates = dates and (len(part.entries) == 0 or (civil is not None and bool(civil.all())))
        micros.append(np.append(0, part.entries.micros)[part.single])
        unset.append(part.single == 0)
    instants = np.concatenate(micros) if micros else np.empty(0, np.int64)
    mask = np.concatenate(unset) if unset else np.empty(0, np.bool_)
    if dates and not mask.all():
        return pa.array((instants // DAY).astype(np.int32), pa.date32(), mask=mask)
    return pa.array(instants, pa.timestamp("us", "UTC"), mask=mask)
