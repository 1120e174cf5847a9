"""The values of very many contacts, taken in portion by portion as arrays, and in the end the column of them.

What `encode.Coder` does with Python values, these do with Arrow's texts and numpy's numbers. Arrow is loaded when the
first portion comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.encode import placed
from contacthub.engine.columns.entries import Entries, Moments, Numbers, Texts, midnight
from contacthub.engine.columns.strings import arrow_texts
from contacthub.query.properties import Property


class Collector(Protocol):
    """Takes values by rising id of who has them."""

    def add_each(self, owners: Sequence[int], values: Sequence[Any]) -> None:
        """Values as `query.values` gives them."""

    def column(self, rows: int, ids: Array | None) -> Column: ...


def collector(property: Property) -> CollectedTexts | CollectedNumbers | CollectedMoments:
    """An empty one for the values of a property."""
    if property.type == "number":
        return CollectedNumbers(property.type)
    return CollectedMoments(property.type) if property.type == "datetime" else CollectedTexts(property.type)


class CollectedTexts:
    """Texts; where they repeat, each distinct one of a portion is held once."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._owners: list[Array] = []
        self._places: list[Array] = []
        self._texts: list[Any] = []
        self._repeat = True
        """Whether it is worth while to look for texts that are equal within a portion."""

    def add(self, owners: Array, texts: Any) -> None:
        """Texts as an Arrow array of binaries without nulls."""
        if not self._repeat:
            self.add_places(owners, np.arange(len(owners), dtype=np.int32), texts)
        elif len(owners):
            encoded = texts.dictionary_encode()
            self.add_places(owners, encoded.indices.to_numpy(), encoded.dictionary)
            self._repeat = 2 * len(encoded.dictionary) < len(owners)

    def add_places(self, owners: Array, places: Array, texts: Any) -> None:
        """Of each owner the place of its text in an array."""
        self._owners.append(owners)
        self._places.append(places.astype(np.int32, copy=False))
        self._texts.append(texts)

    def add_each(self, owners: Sequence[int], values: Sequence[Any]) -> None:
        self.add(np.asarray(owners, np.uint32), arrow_texts(values))

    def column(self, rows: int, ids: Array | None) -> Column:
        import pyarrow as pa

        texts = pa.chunked_array(self._texts, pa.large_binary()).combine_chunks().dictionary_encode()
        entries, places = Texts.of_arrow(texts.dictionary)
        codes = places[texts.indices.to_numpy()] + 1
        firsts = np.cumsum([0, *map(len, self._texts)])
        found = [codes[first:][some] for first, some in zip(firsts, self._places, strict=False)]
        return placed(self._kind, rows, ids, _joined(self._owners, np.uint32), _joined(found, np.int64), entries)


class CollectedNumbers:
    """Numbers; those that no binary float holds are kept as they are."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._owners: list[Array] = []
        self._floats: list[Array] = []
        self._exact: list[tuple[int, int | float | Decimal]] = []

    def add(self, owners: Array, floats: Array) -> None:
        self._owners.append(owners)
        self._floats.append(floats)

    def add_each(self, owners: Sequence[int], values: Sequence[int | float | Decimal]) -> None:
        self._exact += zip(owners, values, strict=True)

    def column(self, rows: int, ids: Array | None) -> Column:
        owners = _joined(self._owners, np.uint32)
        floats, codes = np.unique(_joined(self._floats, np.float64), return_inverse=True)
        entries: Entries = Numbers(floats, {})
        if self._exact:
            values = [*floats.tolist(), *dict.fromkeys(value for _, value in self._exact)]
            distinct = list(dict.fromkeys(values))  # a float and a decimal may be equal
            entries, places = Numbers.of(distinct)
            place_of = dict(zip(distinct, places.tolist(), strict=True))
            found = [place_of[value] for _, value in self._exact]
            codes = np.append(np.array([place_of[value] for value in values], np.int64)[codes], found)
            owners = np.append(owners, np.array([owner for owner, _ in self._exact], np.uint32))
            order = np.argsort(owners, kind="stable")
            owners, codes = owners[order], codes[order]
        return placed(self._kind, rows, ids, owners, codes + 1, entries)


class CollectedMoments:
    """Instants and civil dates."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._owners: list[Array] = []
        self._keys: list[Array] = []

    def add(self, owners: Array, micros: Array, civil: Array | None = None) -> None:
        """Microseconds since 1970, UTC, and which of them are the midnights of civil dates."""
        self._owners.append(owners)
        # A civil date stands before the instant of its midnight.
        self._keys.append(micros * 2 + (1 if civil is None else ~civil))

    def add_each(self, owners: Sequence[int], values: Sequence[int | date]) -> None:
        micros, civil = micros_of(values)
        self.add(np.asarray(owners, np.uint32), micros, civil)

    def column(self, rows: int, ids: Array | None) -> Column:
        keys, codes = np.unique(_joined(self._keys, np.int64), return_inverse=True)
        civil = keys % 2 == 0
        entries = Moments(keys >> 1, civil if civil.any() else None)
        return placed(self._kind, rows, ids, _joined(self._owners, np.uint32), codes + 1, entries)


def micros_of(values: Sequence[int | date]) -> tuple[Array, Array]:
    """Moments as `query.values` gives them: their microseconds, and which of them are civil dates."""
    civil = np.fromiter((not isinstance(value, int) for value in values), np.bool_, len(values))
    whole = (value if isinstance(value, int) else midnight(value) for value in values)
    return np.fromiter(whole, np.int64, len(values)), civil


def _joined(arrays: Iterable[Array], dtype: Any) -> Array:
    return np.concatenate([np.empty(0, dtype), *arrays])
