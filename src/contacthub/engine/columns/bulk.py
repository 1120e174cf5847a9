"""From very many documents to the columns of all properties, in one pass.

Asking `query.values` for every property of every document takes a minute for a million. Here it is asked once per
distinct stored value, or once per distinct group of them, where these alone decide the property; `Decided` has the
list. The tests compare what comes out with the plain way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.encode import Coder, add_values
from contacthub.engine.port import Document
from contacthub.query.properties import ATTRIBUTES, PHONE_KEY, Property, attribute
from contacthub.query.values import PHONE_SCHEMES, values

Path = tuple[str, ...]

_STORED = frozenset(
    {"uuid", "id", "ref", "name", "language", "status", "assignee", "country", "source", "remarks", "flow", "tickets",
     "created_on", "modified_on", "first_seen_on", "last_seen_on", "last_sent_on", "last_message_on"}
)  # fmt: skip
"""Attributes decided by what is stored under their own key."""

_COUNTED: Mapping[str, tuple[str, ...]] = {
    "messages_received": ("received",),
    "messages_sent": ("sent",),
    "messages_delivered": ("delivered",),
    "messages_read": ("read",),
    "messages_failed": ("failed",),
    "reply_rate": ("received", "sent"),
    "read_rate": ("read", "delivered"),
}
_BY_PURPOSE = frozenset({"opt_in", "opt_in_on", "opt_in_source"})
_NO_COLUMN = frozenset({"tag", "list", "group", "import", "active_30d", "urn", "phone"})
"""Sets; what a query's meaning asks by other properties; and what `Urns` makes."""

_UTC = "+00:00"


class Encoder(Protocol):
    """Takes portions of documents, by rising id, and makes columns of them."""

    def feed(self, ids: Sequence[int], documents: Sequence[Document]) -> None: ...
    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]: ...


def encoders(fields: Iterable[Property], purposes: Iterable[str] = ()) -> list[Encoder]:
    """Encoders of every attribute, these custom fields, and all URN schemes there are."""
    attributes = [attribute(key) for key in ATTRIBUTES if key not in _NO_COLUMN]
    attributes += [attribute(key, purpose) for key in sorted(_BY_PURPOSE) for purpose in purposes]
    return [Urns(), *(encoder(property) for property in [*attributes, *fields])]


def encoder(property: Property) -> Encoder:
    """The quickest encoder for one property."""
    paths = deciding(property)
    return Decided(property, paths) if paths else Plain(property)


def deciding(property: Property) -> tuple[Path, ...]:
    """Where the stored values are that alone decide a property; empty when it is not as simple as that."""
    if property.kind == "field":
        return (("fields", property.key),)
    if property.kind == "scheme":
        return ()
    if property.key in _STORED:
        return ((property.key,),)
    if property.key in _BY_PURPOSE:
        return ((property.key, property.qualifier or "marketing"),)
    return tuple(("engagement", part) for part in _COUNTED.get(property.key, ()))


class Plain:
    """Asks for the values of each document."""

    def __init__(self, property: Property) -> None:
        self._coder = Coder(property)

    def feed(self, ids: Sequence[int], documents: Sequence[Document]) -> None:
        add_values(self._coder, ids, documents)

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._coder.property, self._coder.column(rows, ids)


class Decided:
    """Asks once per distinct stored value, or tuple of them."""

    def __init__(self, property: Property, paths: tuple[Path, ...]) -> None:
        self._coder = Coder(property)
        self._paths = paths
        self._known: dict[Hashable, int] = {}
        """What is stored → the number of its value, 0 for none."""

    def feed(self, ids: Sequence[int], documents: Sequence[Document]) -> None:
        stored = [stored_at(path, documents) for path in self._paths]
        keys: list[Hashable] = stored[0] if len(stored) == 1 else list(zip(*stored, strict=True))
        if len(stored) == 1 and self._coder.property.type not in ("number", "datetime"):
            keys = _as_text_keys(keys)
        new = set(keys).difference(self._known)
        if self._coder.property.type == "datetime":
            new.difference_update(self._instants(new))
        elif len(self._paths) == 1:
            new.difference_update(self._as_stored(new))
        for key in new:
            self._known[key] = self._decide(key)
        self._coder.add(ids, list(map(self._known.__getitem__, keys)))

    def _decide(self, key: Any) -> int:
        parts = (key,) if len(self._paths) == 1 else key
        document: Document = {}
        for path, part in zip(self._paths, parts, strict=True):
            stored = part.stored if isinstance(part, _Other) else part
            if stored is not None:
                _put(document, path, stored)
        found = values(document, self._coder.property)
        return self._coder.number(found[0]) if found else 0

    def _instants(self, keys: set[Hashable]) -> Sequence[Hashable]:
        """Number the instants among the keys that are in the form the hub writes; returns them."""
        texts = [key for key in keys if isinstance(key, str) and len(key) in (25, 32) and key.endswith(_UTC)]
        parsed = np.array([text[:-6] for text in texts], "datetime64[us]").astype(np.int64).tolist()
        self._coder.number_all(set(parsed))
        self._known.update(zip(texts, map(self._coder.numbers.__getitem__, parsed), strict=True))
        return texts

    def _as_stored(self, keys: set[Hashable]) -> Sequence[Hashable]:
        """Number the values among the keys that are what is stored, as nearly all are; returns them."""
        type = self._coder.property.type
        found: list[Hashable]
        if type == "text":
            found = [key for key in keys if key.__class__ is str and key]
        elif type == "number":
            found = [key for key in keys if key.__class__ is int or key.__class__ is float]
        else:
            return []
        self._coder.number_all(set(found))
        self._known.update(zip(found, map(self._coder.numbers.__getitem__, found), strict=True))
        return found

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        yield self._coder.property, self._coder.column(rows, ids)


def stored_at(path: Path, documents: Sequence[Document]) -> list[Any]:
    """What each document has at a path, None where there is nothing."""
    if len(path) == 1:
        key = path[0]
        return [document.get(key) for document in documents]
    part, key = path
    nothing: Document = {}
    return [document.get(part, nothing).get(key) for document in documents]


def _put(document: Document, path: Path, stored: Any) -> None:
    for key in path[:-1]:
        document = document.setdefault(key, {})
    document[path[-1]] = stored


class _Other:
    """A stored value that is no text: 1, 1.0 and True are equal, and yet different texts."""

    __slots__ = ("key", "stored")

    def __init__(self, stored: Any) -> None:
        self.stored = stored
        self.key = (stored.__class__, stored)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Other) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def _as_text_keys(stored: list[Any]) -> list[Hashable]:
    if {str, type(None)}.issuperset(set(map(type, stored))):
        return stored
    return [value if value is None or value.__class__ is str else _Other(value) for value in stored]


class Urns:
    """The columns of everything that is told by URNs: any path, each scheme's, phones and their match keys."""

    _DERIVED = (attribute("urn"), attribute("phone"), PHONE_KEY)

    def __init__(self) -> None:
        self._urn, self._phone, self._phone_key = (Coder(property) for property in self._DERIVED)
        self._schemes: dict[str, Coder] = {}
        self._known: dict[str, list[tuple[Coder, int]]] = {}

    def feed(self, ids: Sequence[int], documents: Sequence[Document]) -> None:
        owners: dict[Coder, list[int]] = {}
        found: dict[Coder, list[int]] = {}
        known = self._known
        for id, document in zip(ids, documents, strict=True):
            urns = document.get("urns")
            if not urns:
                continue
            several = len(urns) > 1
            seen: set[tuple[Coder, int]] = set()
            for urn in urns:
                for pair in known.get(urn) or self._decide(urn):
                    if several:
                        if pair in seen:
                            continue
                        seen.add(pair)
                    coder, number = pair
                    if coder not in owners:
                        owners[coder], found[coder] = [], []
                    owners[coder].append(id)
                    found[coder].append(number)
        for coder, numbers in found.items():
            coder.add(owners[coder], numbers)

    def _decide(self, urn: str) -> list[tuple[Coder, int]]:
        scheme, _, path = urn.partition(":")
        coder = self._schemes.get(scheme)
        if coder is None:
            coder = self._schemes[scheme] = Coder(Property("scheme", scheme))
        found = [(self._urn, self._urn.number(path)), (coder, coder.number(path))]
        if scheme in PHONE_SCHEMES:
            document = {"urns": [urn]}
            for phone in (self._phone, self._phone_key):
                found += [(phone, phone.number(value)) for value in values(document, phone.property)]
        self._known[urn] = found
        return found

    def columns(self, rows: int, ids: Array | None) -> Iterable[tuple[Property, Column]]:
        for coder in (self._urn, self._phone, self._phone_key, *self._schemes.values()):
            yield coder.property, coder.column(rows, ids)
