"""Some thousands of documents, taken apart into arrays as often as columns need them and once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.collect import micros_of
from contacthub.engine.columns.strings import arrow_texts, as_text
from contacthub.engine.port import Document
from contacthub.query.properties import Property
from contacthub.query.values import values

Path = tuple[str, ...]

_NOTHING: Document = {}
_LENGTHS = (25, 32)
"""Lengths of instants as the hub writes them: in UTC, with microseconds or without."""
_FIRST, _END = -62_135_596_800_000_000, 253_402_300_800_000_000
"""The microseconds that Python has dates for: from year 1 to 9999."""
_DAY = 86_400_000_000


class Moments(NamedTuple):
    """One moment a document, or none."""

    has: Array
    micros: Array
    civil: Array


class Portion:
    """Contacts by rising id, and their documents as they were put."""

    def __init__(self, documents: Mapping[int, Document], touched: tuple[Array, Array]) -> None:
        """`touched`: see `port.Store.touched`."""
        self.ids = np.fromiter(documents, np.uint32, len(documents))
        self.documents: Sequence[Document] = list(documents.values())
        self._touched = touched
        self._inner: dict[str, Sequence[Document]] = {}
        self._moments: dict[Path, Moments] = {}

    @cached_property
    def keys(self) -> frozenset[str]:
        """Everything that any document has."""
        return frozenset().union(*self.documents)

    def stored(self, path: Path) -> list[Any] | None:
        """What each document has at a path, None where there is nothing; None when no document has the first key."""
        if path[0] not in self.keys:
            return None
        if len(path) == 1:
            return [document.get(path[0]) for document in self.documents]
        part, key = path
        if part not in self._inner:
            self._inner[part] = [document.get(part) or _NOTHING for document in self.documents]
        return [inner.get(key) for inner in self._inner[part]]

    def moments(self, property: Property, path: Path) -> Moments:
        """The moments of a property that is what is stored at a path."""
        if path not in self._moments:
            found = self._read_moments(property, path)
            self._moments[path] = self._stamped(found) if path == ("modified_on",) else found
        return self._moments[path]

    def _read_moments(self, property: Property, path: Path) -> Moments:
        stored = self.stored(path)
        size = len(self.documents)
        if stored is None:
            return Moments(np.zeros(size, np.bool_), np.zeros(size, np.int64), np.zeros(size, np.bool_))
        found = _quickly(stored)
        if found is not None:
            return found
        each = [values(document, property) for document in self.documents]
        micros, civil = micros_of([moments[0] if moments else 0 for moments in each])  # type: ignore[misc]
        return Moments(np.fromiter(map(bool, each), np.bool_, size), micros, civil)

    def _stamped(self, found: Moments) -> Moments:
        """With the instants of contacts that entered or left a set after they were put."""
        who, at = self._touched
        places = np.searchsorted(self.ids, who)
        later = ~found.has[places] | (at >= found.micros[places])
        places = places[later]
        has, micros, civil = found.has.copy(), found.micros.copy(), found.civil.copy()
        has[places], micros[places], civil[places] = True, at[later], False
        return Moments(has, micros, civil)

    @cached_property
    def urns(self) -> tuple[Array, list[str]]:
        """Every URN, and whose it is."""
        if "urns" not in self.keys:
            return np.empty(0, np.uint32), []
        several = [document.get("urns") or () for document in self.documents]
        owners = np.repeat(self.ids, np.fromiter(map(len, several), np.int64, len(several)))
        return owners, list(chain.from_iterable(several))


def _quickly(stored: Sequence[Any]) -> Moments | None:
    """Moments, if all that is stored is in the forms in which the hub writes them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        texts = as_text(arrow_texts(stored))
        lengths = pc.fill_null(pc.binary_length(texts), 0).to_numpy()
        has = lengths > 0
        civil = lengths == 10
        instants = has & ~civil
        micros = np.zeros(len(stored), np.int64)
        if instants.any():
            written = texts.filter(pa.array(instants))
            if not np.isin(lengths[instants], _LENGTHS).all() or not pc.all(pc.ends_with(written, "+00:00")).as_py():
                return None
            micros[instants] = written.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
        if civil.any():
            days = texts.filter(pa.array(civil)).cast(pa.date32()).cast(pa.int32()).to_numpy()
            micros[civil] = days.astype(np.int64) * _DAY
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return Moments(has, micros, civil) if ((micros >= _FIRST) & (micros < _END)).all() else None
