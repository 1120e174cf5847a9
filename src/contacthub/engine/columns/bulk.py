"""From very many documents to the columns of all properties, in one pass.

Asking `query.values` for every property of every document takes minutes for a million. Here what is stored goes into
arrays as it is where the value is just that, and `query.values` is asked once per distinct stored value, or only
about documents that hold something unusual. The tests compare what comes out with the plain way, document by document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.collect import (
    CollectedMoments,
    CollectedNumbers,
    CollectedTexts,
    Collector,
    collector,
)
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.portion import Path, Portion
from contacthub.engine.columns.strings import ENCODING, arrow_texts, as_binary, as_text
from contacthub.identity.keys import is_phone, match_key
from contacthub.query.properties import ATTRIBUTES, PHONE_KEY, PLACES, Property, attribute
from contacthub.query.values import MESSAGING_SCHEMES, PHONE_SCHEMES, values

_STORED = frozenset(
    {"uuid", "id", "ref", "name", "language", "status", "assignee", "country", "source", "remarks", "flow",
     "created_on", "modified_on", "first_seen_on", "last_seen_on", "last_sent_on", "last_message_on"}
)  # fmt: skip
"""Attributes that are what is stored under their own key."""

_COUNTED: Mapping[str, Path] = {
    "tickets": ("tickets",),
    "messages_received": ("engagement", "received"),
    "messages_sent": ("engagement", "sent"),
    "messages_delivered": ("engagement", "delivered"),
    "messages_read": ("engagement", "read"),
    "messages_failed": ("engagement", "failed"),
}
_RATES: Mapping[str, tuple[Path, Path]] = {
    "reply_rate": (("engagement", "received"), ("engagement", "sent")),
    "read_rate": (("engagement", "read"), ("engagement", "delivered")),
}
_BY_PURPOSE = frozenset({"opt_in", "opt_in_on", "opt_in_source"})
_NO_COLUMN = frozenset({"tag", "list", "group", "import", "active_30d", "urn", "phone", "reachable"})
"""Sets; what a query's meaning asks by other properties; and what `Urns` makes."""

_YES_NO = ("no", "yes")


class Encoder(Protocol):
    """Takes portions of documents, by rising id, and makes columns of them."""

    def feed(self, portion: Portion) -> None: ...
    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]: ...


def encoders(fields: Iterable[Property], purposes: Iterable[str] = ()) -> list[Encoder]:
    """Encoders of every attribute, these custom fields, and all URN schemes there are."""
    attributes = [attribute(key) for key in ATTRIBUTES if key not in _NO_COLUMN]
    attributes += [attribute(key, purpose) for key in sorted(_BY_PURPOSE) for purpose in purposes]
    return [Urns(), *(encoder(property) for property in [*attributes, *fields])]


def encoder(property: Property) -> Encoder:
    """The quickest encoder for one property."""
    path = stored_path(property)
    if path and property.type == "datetime":
        return StoredMoments(property, path)
    if path and property.type == "number":
        return StoredNumbers(property, path)
    if path:
        as_it_is = property.type not in PLACES and property.key != "opt_in"
        return StoredTexts(property, path) if as_it_is else Decided(property, path)
    if property.kind == "attribute":
        if property.key in _COUNTED:
            return Counts(property, _COUNTED[property.key])
        if property.key in _RATES:
            return Rates(property, *_RATES[property.key])
        if property.key in ("needs_reply", "awaiting_reply"):
            return SpokeLast(property)
    return Plain(property)


def stored_path(property: Property) -> Path:
    """Where that is stored which alone decides a property; empty when it is not as simple as that."""
    if property.kind == "field":
        return ("fields", property.key)
    if property.kind == "attribute" and property.key in _STORED:
        return (property.key,)
    if property.kind == "attribute" and property.key in _BY_PURPOSE:
        return (property.key, property.qualifier or "marketing")
    return ()


class Plain:
    """Asks for the values of each document."""

    def __init__(self, property: Property) -> None:
        self._property = property
        self._collector: Collector = collector(property)

    def feed(self, portion: Portion) -> None:
        if self._property.key != "history" or "flow_history" in portion.keys:
            ask_each(self._collector, self._property, portion)

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._property, self._collector.column(rows, ids)


def ask_each(collected: Collector, property: Property, portion: Portion) -> None:
    """Take the values of each document, as `query.values` has them."""
    owners: list[int] = []
    found: list[Any] = []
    for id, document in zip(portion.ids.tolist(), portion.documents, strict=True):
        for value in values(document, property):
            owners.append(id)
            found.append(value)
    collected.add_each(owners, found)


class StoredTexts:
    """Texts that are what is stored. An attribute that is the empty text is not set."""

    def __init__(self, property: Property, path: Path) -> None:
        self._property = property
        self._path = path
        self._collected = CollectedTexts(property.type)

    def feed(self, portion: Portion) -> None:
        stored = portion.stored(self._path)
        if stored is None:
            return
        texts = texts_or_none(stored)
        if texts is None:
            ask_each(self._collected, self._property, portion)
            return
        has = texts.is_valid().to_numpy(zero_copy_only=False)
        if len(self._path) == 1:
            import pyarrow.compute as pc

            has &= pc.fill_null(pc.binary_length(texts), 0).to_numpy() > 0
        self._collected.add(portion.ids[has], texts if has.all() else texts.filter(has))

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._property, self._collected.column(rows, ids)


def texts_or_none(stored: Sequence[Any]) -> Any:
    """An Arrow array of texts and nulls; None where something else is stored."""
    import pyarrow as pa

    try:
        return arrow_texts(stored)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None


class Decided:
    """Texts that one stored text decides: asks about each distinct one in a portion."""

    def __init__(self, property: Property, path: Path) -> None:
        self._property = property
        self._path = path
        self._collected = CollectedTexts(property.type)

    def feed(self, portion: Portion) -> None:
        stored = portion.stored(self._path) or [None] * len(portion.documents)
        if not {str, type(None)}.issuperset(set(map(type, stored))):
            ask_each(self._collected, self._property, portion)
            return
        part, key = self._path
        distinct = list(dict.fromkeys(stored))
        meant = [values({part: {} if text is None else {key: text}}, self._property) for text in distinct]
        place_of = {
            text: place if found else -1 for place, (text, found) in enumerate(zip(distinct, meant, strict=True))
        }
        places = np.fromiter(map(place_of.__getitem__, stored), np.int64, len(stored))
        has = places >= 0
        texts = arrow_texts([found[0] if found else "" for found in meant])
        self._collected.add_places(portion.ids[has], places[has], texts)

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._property, self._collected.column(rows, ids)


class StoredMoments:
    """Moments that are what is stored."""

    def __init__(self, property: Property, path: Path) -> None:
        self._property = property
        self._path = path
        self._collected = CollectedMoments(property.type)

    def feed(self, portion: Portion) -> None:
        found = portion.moments(self._property, self._path)
        self._collected.add(portion.ids[found.has], found.micros[found.has], found.civil[found.has])

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._property, self._collected.column(rows, ids)


class Calculated:
    """Numbers that some stored numbers decide."""

    def __init__(self, property: Property, *paths: Path) -> None:
        self._property = property
        self._paths = paths
        self._collected = CollectedNumbers(property.type)

    def feed(self, portion: Portion) -> None:
        stored = [floats_or_none(portion, path) for path in self._paths]
        if any(one is None for one in stored):
            ask_each(self._collected, self._property, portion)
            return
        found = self.calculate(*(one for one in stored if one is not None))
        has = np.isfinite(found)
        self._collected.add(portion.ids[has], found[has])

    def calculate(self, *stored: Array) -> Array:
        """A number a document, from floats that are NaN where nothing is stored; NaN for none."""
        raise TypeError("A kind of number tells how it is calculated.")

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._property, self._collected.column(rows, ids)


class StoredNumbers(Calculated):
    def calculate(self, *stored: Array) -> Array:
        return stored[0]


class Counts(Calculated):
    def calculate(self, *stored: Array) -> Array:
        return np.nan_to_num(stored[0], nan=0.0)


class Rates(Calculated):
    def calculate(self, *stored: Array) -> Array:
        part, whole = (np.nan_to_num(one, nan=0.0) for one in stored)
        rates: Array = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)
        return rates


def floats_or_none(portion: Portion, path: Path) -> Array | None:
    """What is stored at a path as floats, NaN where nothing is; None where something is that no float holds."""
    import pyarrow as pa

    stored = portion.stored(path)
    if stored is None:
        return np.full(len(portion.documents), np.nan)
    try:
        floats: Array = pa.array(stored, pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None
    return floats


class SpokeLast:
    """Whether the newest message is theirs, or ours."""

    def __init__(self, property: Property) -> None:
        self._property = property
        self._collected = CollectedTexts(property.type)

    def feed(self, portion: Portion) -> None:
        theirs, ours = (portion.moments(attribute(key), (key,)) for key in ("last_seen_on", "last_sent_on"))
        we = ours.has & (~theirs.has | (ours.micros > theirs.micros))
        yes = we if self._property.key == "awaiting_reply" else ~we & (theirs.has | ours.has)
        self._collected.add_places(portion.ids, yes.astype(np.int64), arrow_texts(_YES_NO))

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._property, self._collected.column(rows, ids)


class Urns:
    """The columns of what is told by URNs: any path, each scheme's, phones and their match keys, who is reachable."""

    _DERIVED = (attribute("urn"), attribute("phone"), PHONE_KEY, attribute("reachable"))

    def __init__(self) -> None:
        self._collected = {property: CollectedTexts(property.type) for property in self._DERIVED}

    def feed(self, portion: Portion) -> None:
        owners, urns = portion.urns
        places, schemes, paths = split(urns)
        self._collected[attribute("urn")].add(owners, paths)
        messaging = np.zeros(len(urns), np.bool_)
        phones = np.zeros(len(urns), np.bool_)
        for place, scheme in enumerate(schemes):
            of_scheme = places == place
            column = self._collected.setdefault(Property("scheme", scheme), CollectedTexts("text"))
            column.add(owners[of_scheme], paths.filter(of_scheme))
            if scheme in MESSAGING_SCHEMES:
                messaging |= of_scheme
            if scheme in PHONE_SCHEMES:
                phones |= of_scheme
        self._feed_phones(owners, urns, paths, np.flatnonzero(phones))
        self._feed_reachable(portion, owners[messaging])

    def _feed_phones(self, owners: Array, urns: Sequence[str], paths: Any, places: Array) -> None:
        are = [is_phone(urns[place]) for place in places.tolist()]
        places = places[np.array(are, np.bool_)]
        self._collected[attribute("phone")].add(owners[places], paths.take(places))
        keys = [match_key(urns[place]) for place in places.tolist()]
        self._collected[PHONE_KEY].add(owners[places], arrow_texts(keys))

    def _feed_reachable(self, portion: Portion, messaging: Array) -> None:
        yes = np.isin(portion.ids, messaging)
        for path, wanted in ((("status",), "active"), (("opt_in", "marketing"), "yes")):
            stored = portion.stored(path)
            yes &= stored is not None and np.fromiter((one == wanted for one in stored), np.bool_, len(stored))
        self._collected[attribute("reachable")].add_places(portion.ids, yes.astype(np.int64), arrow_texts(_YES_NO))

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        for property, collected in self._collected.items():
            yield property, collected.column(rows, ids)


def split(urns: Sequence[str]) -> tuple[Array, list[str], Any]:
    """Of URNs the places of their schemes in a list, that list, and their paths as an Arrow array."""
    import pyarrow.compute as pc

    parts = pc.split_pattern(as_text(arrow_texts(urns)), ":", max_splits=1)
    if not pc.all(pc.equal(pc.list_value_length(parts), 2)).as_py():  # without a colon, all of it is the scheme
        parts = as_text(arrow_texts([part for urn in urns for part in urn.partition(":")[::2]]))
    else:
        parts = parts.flatten()
    encoded = parts.take(np.arange(0, len(parts), 2)).dictionary_encode()
    paths = as_binary(parts.take(np.arange(1, len(parts), 2)))
    return (
        encoded.indices.to_numpy(),
        [raw.decode(*ENCODING) for raw in as_binary(encoded.dictionary).to_pylist()],
        paths,
    )
