"""Some thousands of documents, taken apart into arrays: by Arrow's reader of JSON, or else from the decoded documents.

Arrow reads what is of one type throughout, which is nearly always. A portion in which something else stands, such as
a number as text because it has many digits, is decoded, and every property whose values are as expected is still
taken as an array.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.collect import micros_of
from contacthub.engine.columns.entries import DAY
from contacthub.engine.columns.strings import arrow_texts, as_text
from contacthub.engine.port import Document
from contacthub.query.properties import Property
from contacthub.query.values import values

Path = tuple[str, ...]
Stored = Literal["text", "number", "texts"]

_NOTHING: Document = {}
_LENGTHS = (25, 32)
"""Lengths of instants as the hub writes them: in UTC, with microseconds or without."""
_FIRST, _END = -62_135_596_800_000_000, 253_402_300_800_000_000
"""The microseconds that Python has dates for: from year 1 to 9999."""
_EXACT = 2.0**53
"""A larger number may be another than the one that was stored."""
_LARGEST = 1 << 30
"""Bytes that Arrow reads at a time."""


class Moments(NamedTuple):
    """One moment a document, or none."""

    has: Array
    micros: Array
    civil: Array


def schema(wanted: Mapping[Path, Stored]) -> Any:
    """What Arrow is to read, by path; everything else in the documents is passed over."""
    import pyarrow as pa

    types = {"text": pa.string(), "number": pa.float64(), "texts": pa.list_(pa.string())}
    inner: dict[str, list[tuple[str, Any]]] = {}
    for path, kind in wanted.items():
        inner.setdefault(path[0], []).append((path[-1], types[kind]))
    whole = {path[0] for path in wanted if len(path) == 1}
    return pa.schema([(key, found[0][1] if key in whole else pa.struct(found)) for key, found in inner.items()])


class Portion:
    """Contacts by rising id, and their documents as they were put."""

    def __init__(self, bodies: Mapping[int, bytes | str], touched: tuple[Array, Array], schema: Any) -> None:
        """`bodies` and `touched`: see `port.Store`."""
        self.ids = np.fromiter(bodies, np.uint32, len(bodies))
        self._bodies = list(bodies.values())
        self._touched = touched
        self._table = _read(self._bodies, schema)
        self._moments: dict[Path, Moments] = {}

    @cached_property
    def documents(self) -> Sequence[Document]:
        return decoded(self._bodies)

    def stored(self, path: Path) -> list[Any]:
        """What each document has at a path, None where there is nothing."""
        documents: Iterable[Document] = self.documents
        for key in path[:-1]:
            documents = [document.get(key) or _NOTHING for document in documents]
        return [document.get(path[-1]) for document in documents]

    def _column(self, path: Path) -> Any:
        import pyarrow.compute as pc

        column = self._table[path[0]].combine_chunks()
        return column if len(path) == 1 else pc.struct_field(column, list(path[1:]))

    def texts(self, path: Path) -> Any:
        """Texts as an Arrow array of large binaries, null where nothing is; None where something else is stored."""
        import pyarrow as pa

        if self._table is not None:
            return self._column(path).cast(pa.large_binary())
        try:
            return arrow_texts(self.stored(path))
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            return None

    def floats(self, path: Path) -> Array | None:
        """Numbers, NaN where nothing is; None where something is stored that no float holds."""
        import pyarrow as pa

        floats: Array
        if self._table is not None:
            floats = self._column(path).to_numpy(zero_copy_only=False)
            if not (np.abs(floats) >= _EXACT).any():
                return floats
        try:
            floats = pa.array(self.stored(path), pa.float64()).to_numpy(zero_copy_only=False)
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            return None
        return floats

    def lists(self, key: str) -> tuple[Array, Any]:
        """The texts in the lists under a key as an Arrow array, and whose they are."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._table is not None:
            lists = self._column((key,))
            counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
            texts = lists.flatten().cast(pa.large_binary())
        else:
            several = [found or () for found in self.stored((key,))]
            counts = np.fromiter(map(len, several), np.int64, len(several))
            texts = arrow_texts(list(chain.from_iterable(several)))
        return np.repeat(self.ids, counts), texts

    def moments(self, property: Property, path: Path) -> Moments:
        """The moments of a property that is what is stored at a path."""
        if path not in self._moments:
            found = self._read_moments(property, path)
            self._moments[path] = self._stamped(found) if path == ("modified_on",) else found
        return self._moments[path]

    def _read_moments(self, property: Property, path: Path) -> Moments:
        texts = self.texts(path)
        found = None if texts is None else _moments(as_text(texts))
        if found is not None:
            return found
        each = [values(document, property) for document in self.documents]
        micros, civil = micros_of([moments[0] if moments else 0 for moments in each])  # type: ignore[misc]
        return Moments(np.fromiter(map(bool, each), np.bool_, len(each)), micros, civil)

    def _stamped(self, found: Moments) -> Moments:
        """With the instants of contacts that entered or left a set after they were put."""
        who, at = self._touched
        places = np.searchsorted(self.ids, who)
        later = ~found.has[places] | (at >= found.micros[places])
        places = places[later]
        has, micros, civil = found.has.copy(), found.micros.copy(), found.civil.copy()
        has[places], micros[places], civil[places] = True, at[later], False
        return Moments(has, micros, civil)


def decoded(bodies: Sequence[bytes | str]) -> list[Document]:
    """The documents of many bodies. Decoding them as one text takes half the time."""
    if all(isinstance(body, bytes) for body in bodies):
        found: list[Document] = msgspec.json.decode(b"[" + b",".join(bodies) + b"]")  # type: ignore[arg-type]
        return found
    return [msgspec.json.decode(body) if isinstance(body, bytes) else json.loads(body) for body in bodies]


def _read(bodies: Sequence[bytes | str], schema: Any) -> Any:
    """A table of what the schema wants of each body; None when something there is not as the schema has it."""
    import pyarrow as pa
    import pyarrow.json as arrow_json

    if not len(schema) or not bodies or not all(isinstance(body, bytes) for body in bodies):
        return None
    lines = b"\n".join(bodies)  # type: ignore[arg-type]
    if len(lines) > _LARGEST:
        return None
    try:
        table = arrow_json.read_json(
            pa.BufferReader(lines),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowInvalid:
        return None
    return table if len(table) == len(bodies) else None


def _moments(texts: Any) -> Moments | None:
    """Moments, if all of these texts are in the forms in which the hub writes them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.binary_length(texts), 0).to_numpy()
    has = lengths > 0
    civil = lengths == 10
    instants = has & ~civil
    micros = np.zeros(len(texts), np.int64)
    try:
        if instants.any():
            written = texts if instants.all() else texts.filter(pa.array(instants))
            if not np.isin(lengths[instants], _LENGTHS).all() or not pc.all(pc.ends_with(written, "+00:00")).as_py():
                return None
            micros[instants] = written.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
        if civil.any():
            days = texts.filter(pa.array(civil)).cast(pa.date32()).cast(pa.int32()).to_numpy()
            micros[civil] = days.astype(np.int64) * DAY
    except pa.ArrowInvalid:
        return None
    return Moments(has, micros, civil) if ((micros >= _FIRST) & (micros < _END)).all() else None
