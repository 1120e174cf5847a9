"""From very many documents to the columns of all properties, in one pass.

Asking `query.values` for every property of every document takes minutes for a million. Here what is stored goes into
arrays as it is where the value is just that, and `query.values` is asked once per distinct stored value, or only
about documents that hold something unusual. The tests compare what comes out with the plain way, document by document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import compress
from typing import Any, Protocol

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.collect import (
    CollectedMoments,
    CollectedNumbers,
    CollectedTexts,
    collector,
)
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.portion import Path, Portion, Stored
from contacthub.engine.columns.strings import ENCODING, arrow_texts, as_binary, as_text
from contacthub.identity.keys import is_phone, match_key
from contacthub.query.properties import ATTRIBUTES, AVATAR, PHONE_KEY, PLACES, Property, attribute
from contacthub.query.values import MESSAGING_SCHEMES, PHONE_SCHEMES, values

_STORED = frozenset(
    {"uuid", "id", "ref", "name", "language", "status", "assignee", "country", "source", "remarks", "avatar", "flow",
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

_OF_URNS = (attribute("urn"), attribute("phone"), PHONE_KEY, attribute("reachable"))
_NO_YES = ("no", "yes")


class Encoder(Protocol):
    """Takes portions of documents, by rising id, and makes columns of them."""

    @property
    def reads(self) -> Mapping[Path, Stored]:
        """What it asks portions for, besides decoded documents."""

    def feed(self, portion: Portion) -> None: ...
    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]: ...


def encoders(fields: Iterable[Property], purposes: Iterable[str] = ()) -> list[Encoder]:
    """Encoders of every attribute, these custom fields, consents for these purposes besides marketing, and all URN
    schemes there are."""
    attributes = [*(attribute(key) for key in ATTRIBUTES if key not in _NO_COLUMN), AVATAR]
    attributes += [attribute(key, purpose) for key in sorted(_BY_PURPOSE) for purpose in purposes]
    return [Urns(), *(encoder(property) for property in [*attributes, *fields])]


def told_by_urns(property: Property) -> bool:
    """Whether the column of a property is one that `Urns` makes."""
    return property.kind == "scheme" or property in _OF_URNS


def encoder(property: Property) -> Encoder:
    """The quickest encoder for one property."""
    path = stored_path(property)
    if path and property.type == "datetime":
        return Moments(property, path)
    if path and property.type == "number":
        return Numbers(property, as_stored, path)
    if path:
        return Decided(property, path) if property.type in PLACES or property.key == "opt_in" else Texts(property, path)
    if property.kind == "attribute":
        if property.key in _COUNTED:
            return Numbers(property, count, _COUNTED[property.key])
        if property.key in _RATES:
            return Numbers(property, rate, *_RATES[property.key])
        if property.key in ("needs_reply", "awaiting_reply"):
            return SpokeLast(property)
        if property.key == "history":
            return SeveralTexts(property, "flow_history")
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


class _Single:
    """An encoder of one property."""

    reads: Mapping[Path, Stored]

    def __init__(self, property: Property, reads: Mapping[Path, Stored]) -> None:
        self.property = property
        self.reads = reads
        self.collected = collector(property)

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self.property, self.collected.column(rows, ids)

    def ask_each(self, portion: Portion) -> None:
        """Take the values of each document, as `query.values` has them."""
        owners: list[int] = []
        found: list[Any] = []
        for id, document in zip(portion.ids.tolist(), portion.documents, strict=True):
            for value in values(document, self.property):
                owners.append(id)
                found.append(value)
        self.collected.add_each(owners, found)


class Plain(_Single):
    """Asks for the values of each document."""

    def __init__(self, property: Property) -> None:
        super().__init__(property, {})

    def feed(self, portion: Portion) -> None:
        self.ask_each(portion)


class Texts(_Single):
    """Texts that are what is stored. An attribute that is the empty text is not set."""

    collected: CollectedTexts

    def __init__(self, property: Property, path: Path) -> None:
        super().__init__(property, {path: "text"})
        self._path = path

    def feed(self, portion: Portion) -> None:
        texts = portion.texts(self._path)
        if texts is None:
            self.ask_each(portion)
            return
        has = texts.is_valid().to_numpy(zero_copy_only=False)
        if len(self._path) == 1:
            import pyarrow.compute as pc

            has &= pc.fill_null(pc.binary_length(texts), 0).to_numpy() > 0
        if has.all():
            self.collected.add(portion.ids, texts)
        else:
            self.collected.add(portion.ids[has], texts.filter(has))


class Decided(_Single):
    """Texts that one stored text decides: asks about each distinct one in a portion."""

    collected: CollectedTexts

    def __init__(self, property: Property, path: Path) -> None:
        super().__init__(property, {path: "text"})
        self._path = path

    def feed(self, portion: Portion) -> None:
        texts = portion.texts(self._path)
        if texts is None:
            self.ask_each(portion)
            return
        part, key = self._path
        stored = texts.dictionary_encode()
        distinct = [{key: raw.decode(*ENCODING)} for raw in stored.dictionary.to_pylist()]
        meant = [values({part: inner}, self.property) for inner in [*distinct, {}]]
        places = stored.indices.fill_null(len(distinct)).to_numpy()
        has = np.fromiter(map(bool, meant), np.bool_, len(meant))[places]
        self.collected.add_places(portion.ids[has], places[has], arrow_texts([(*found, "")[0] for found in meant]))


class SeveralTexts(_Single):
    """The texts of a stored list."""

    collected: CollectedTexts

    def __init__(self, property: Property, key: str) -> None:
        super().__init__(property, {(key,): "texts"})
        self._key = key

    def feed(self, portion: Portion) -> None:
        self.collected.add(*portion.lists(self._key))


class Moments(_Single):
    """Moments that are what is stored."""

    collected: CollectedMoments

    def __init__(self, property: Property, path: Path) -> None:
        super().__init__(property, {path: "text"})
        self._path = path

    def feed(self, portion: Portion) -> None:
        found = portion.moments(self.property, self._path)
        if found.has.all():
            self.collected.add(portion.ids, found.micros, found.civil)
        else:
            self.collected.add(portion.ids[found.has], found.micros[found.has], found.civil[found.has])


class Numbers(_Single):
    """Numbers that stored numbers decide: floats in, NaN where nothing is stored, and out, NaN for no value."""

    collected: CollectedNumbers

    def __init__(self, property: Property, calculate: Callable[..., Array], *paths: Path) -> None:
        super().__init__(property, dict.fromkeys(paths, "number"))
        self._calculate = calculate

    def feed(self, portion: Portion) -> None:
        stored = [floats for path in self.reads if (floats := portion.floats(path)) is not None]
        if len(stored) < len(self.reads):
            self.ask_each(portion)
            return
        found = self._calculate(*stored)
        has = np.isfinite(found)
        self.collected.add(portion.ids if has.all() else portion.ids[has], found[has])


def as_stored(stored: Array) -> Array:
    return stored


def count(stored: Array) -> Array:
    return np.nan_to_num(stored, nan=0.0)


def rate(part: Array, whole: Array) -> Array:
    part, whole = count(part), count(whole)
    rates: Array = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)
    return rates


class SpokeLast(_Single):
    """Whether the newest message is theirs, or ours."""

    collected: CollectedTexts

    def __init__(self, property: Property) -> None:
        super().__init__(property, {("last_seen_on",): "text", ("last_sent_on",): "text"})

    def feed(self, portion: Portion) -> None:
        theirs, ours = (portion.moments(attribute(key), (key,)) for (key,) in self.reads)
        we = ours.has & (~theirs.has | (ours.micros > theirs.micros))
        yes = we if self.property.key == "awaiting_reply" else ~we & (theirs.has | ours.has)
        self.collected.add_places(portion.ids, yes.astype(np.int64), arrow_texts(_NO_YES))


class Urns:
    """The columns of what is told by URNs: any path, each scheme's, phones and their match keys, who is reachable."""

    reads: Mapping[Path, Stored] = {("urns",): "texts", ("status",): "text", ("opt_in", "marketing"): "text"}

    def __init__(self) -> None:
        self._collected = {property: CollectedTexts(property.type) for property in _OF_URNS}

    def feed(self, portion: Portion) -> None:
        owners, urns = portion.lists("urns")
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

    def _feed_phones(self, owners: Array, urns: Any, paths: Any, places: Array) -> None:
        texts = [raw.decode(*ENCODING) for raw in urns.take(places).to_pylist()]
        are = list(map(is_phone, texts))
        places = places[np.array(are, np.bool_)]
        self._collected[attribute("phone")].add(owners[places], paths.take(places))
        keys = list(map(match_key, compress(texts, are)))
        self._collected[PHONE_KEY].add(owners[places], arrow_texts(keys))

    def _feed_reachable(self, portion: Portion, messaging: Array) -> None:
        import pyarrow.compute as pc

        yes = np.isin(portion.ids, messaging)
        for path, wanted in ((("status",), b"active"), (("opt_in", "marketing"), b"yes")):
            texts = portion.texts(path)
            if texts is None:
                yes &= np.array([one == wanted.decode() for one in portion.stored(path)], np.bool_)
            else:
                yes &= pc.fill_null(pc.equal(texts, wanted), False).to_numpy(zero_copy_only=False)
        self._collected[attribute("reachable")].add_places(portion.ids, yes.astype(np.int64), arrow_texts(_NO_YES))

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        for property, collected in self._collected.items():
            yield property, collected.column(rows, ids)


def split(urns: Any) -> tuple[Array, list[str], Any]:
    """Of an Arrow array of URNs the places of their schemes in a list, that list, and an Arrow array of their paths."""
    import pyarrow.compute as pc

    pairs = pc.split_pattern(as_text(urns), ":", max_splits=1)
    if pc.all(pc.equal(pc.list_value_length(pairs), 2)).as_py():
        parts = as_binary(pairs.flatten())
    else:  # without a colon, all of it is the scheme
        texts = [raw.decode(*ENCODING) for raw in urns.to_pylist()]
        parts = arrow_texts([part for urn in texts for part in urn.partition(":")[::2]])
    schemes = parts.take(np.arange(0, len(parts), 2)).dictionary_encode()
    paths = parts.take(np.arange(1, len(parts), 2))
    return schemes.indices.to_numpy(), [raw.decode(*ENCODING) for raw in schemes.dictionary.to_pylist()], paths
