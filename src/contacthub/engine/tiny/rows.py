"""One table as the mappings that TinyDB works on: `Rows` to read, `EditedRows` to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from contacthub.engine.batches import batched
from contacthub.engine.port import Document
from contacthub.engine.sqlite import SqliteStore
from contacthub.engine.sqlite.documents import LARGEST_ID, decode_all, encode_all_exactly, encode_plain
from contacthub.engine.sqlite.own import OwnChange

WINDOW = 64
"""Documents that are held at a time while a table is changed: few enough to stay in the processor's cache."""


def number(id: object) -> int | None:
    """The number that an id is; None for what cannot be one. TinyDB compares ids as texts: `1.0` is not `1`."""
    text = str(id)
    return int(text) if text.isascii() and text.isdecimal() and str(int(text)) == text else None


def as_id(value: Any) -> int | None:
    """The id that a value equals, as `1.0` equals 1; None where no document may have it."""
    try:
        whole = int(value)
        equal = bool(whole == value)
    except (TypeError, ValueError, OverflowError):
        return None
    return whole if equal and 0 <= whole <= LARGEST_ID else None


class Rows(Mapping[str, Document]):
    """A table to read, keyed by the text of the id, as in TinyDB's storages. Every look is at the present state."""

    def __init__(self, store: SqliteStore, name: str) -> None:
        self.store = store
        self.name = name

    def __getitem__(self, id: str) -> Document:
        wanted = number(id)
        if wanted is None:
            raise KeyError(id)
        found = self.store.get(self.name, [wanted])
        if not found:
            raise KeyError(id)
        return found[wanted]

    def __iter__(self) -> Iterator[str]:
        return iter([str(id) for id in self.store.own.ids(self.name)])

    def __len__(self) -> int:
        return self.store.count(self.name)

    def items(self) -> Iterator[tuple[str, Document]]:  # type: ignore[override]
        """Every document, in bounded memory."""
        return ((str(id), document) for id, document in self.store.scan(self.name))

    def values(self) -> Iterator[Document]:  # type: ignore[override]
        return (document for _, document in self.store.scan(self.name))


class EditedRows(MutableMapping[int, Document]):
    """A table of one's own while it is changed, inside a transaction.

    TinyDB changes documents in place, one after the other. So a window of documents is held, together with their
    bodies as they were; when the window moves on, those whose body has become another are written.
    """

    def __init__(self, change: OwnChange) -> None:
        self._change = change
        self._next_id: int | None = None
        self._in_order = False
        self._documents: dict[int, Document] = {}
        self._bodies: dict[int, bytes | str | None] = {}
        """As stored; None for a document that is new."""
        self._gone: set[int] = set()

    def __getitem__(self, id: int) -> Document:
        if id not in self._documents:
            self._load(id)
        return self._documents[id]

    def __setitem__(self, id: int, document: Document) -> None:
        if not isinstance(id, int):
            raise ValueError(f"{id!r} cannot be the id of a document; ids are whole numbers.")
        if self._next_id is not None and id >= self._next_id:  # or a document without an id would replace this one
            self._next_id = id + 1
        self._make_room()
        self._gone.discard(id)
        self._documents[id] = document
        self._bodies.setdefault(id, None)

    def __delitem__(self, id: int) -> None:
        if id not in self:
            raise KeyError(id)
        self._documents.pop(id, None)
        self._bodies.pop(id, None)
        self._gone.add(int(id))

    def __contains__(self, id: object) -> bool:
        if id in self._documents:
            return True
        known = as_id(id)
        return known is not None and known not in self._gone and bool(self._change.bodies([known]))

    def __iter__(self) -> Iterator[int]:
        self.flush()
        self._in_order = True
        return iter(self._change.ids())

    def __len__(self) -> int:
        self.flush()
        return self._change.count()

    def clear(self) -> None:
        self._documents.clear()
        self._bodies.clear()
        self._gone.clear()
        self._next_id = None
        self._change.clear()

    def next_id(self) -> int:
        """The next id for a document that is put in this transaction."""
        if self._next_id is None:
            self.flush()
            self._next_id = self._change.next_id()
        self._next_id += 1
        return self._next_id - 1

    def flush(self) -> None:
        """Write what has changed, and hold nothing."""
        known: dict[int, Document] = {}
        fresh: dict[int, Document] = {}
        for id, document in self._documents.items():
            (fresh if self._bodies[id] is None else known)[id] = document
        if self._gone:
            self._change.delete(self._gone)
        if known:
            bodies = zip(known, encode_all_exactly(list(known.values())), strict=True)
            self._change.replace([(id, body) for id, body in bodies if body != self._bodies[id]])
        if fresh:
            self._change.put(list(zip(fresh, encode_all_exactly(list(fresh.values())), strict=True)))
        self._documents.clear()
        self._bodies.clear()
        self._gone.clear()

    def _load(self, wanted: int) -> None:
        id = as_id(wanted)
        if id is None or id in self._gone:
            raise KeyError(wanted)
        self._make_room()
        found = self._change.bodies_from(id, WINDOW) if self._in_order else self._change.bodies([id])
        if id not in found:
            raise KeyError(id)
        new = {other: body for other, body in found.items() if not (other in self._documents or other in self._gone)}
        self._documents.update(decode_all(new))
        self._bodies.update(new)

    def _make_room(self) -> None:
        if len(self._documents) + len(self._gone) >= WINDOW:
            self.flush()


def merge(
    change: OwnChange,
    fields: Mapping[str, Any],
    wanted: Callable[[Document], object] | None = None,
    ids: Iterable[int] | None = None,
) -> list[int]:
    """Set the same fields, which JSON holds exactly, on the documents of a table or on some of them; returns their ids.

    What msgspec has stored is exact too, so what comes of both needs no second look, as it does in `EditedRows`.
    """
    merged: list[int] = []
    portions = change.portions(WINDOW) if ids is None else map(change.bodies, batched(ids, WINDOW))
    for bodies in portions:
        documents = decode_all(bodies)
        if wanted is not None:
            documents = {id: document for id, document in documents.items() if wanted(document)}
        for document in documents.values():
            document.update(fields)
        plain = all(isinstance(body, bytes) for body in bodies.values())
        fresh = (encode_plain if plain else encode_all_exactly)(list(documents.values()))
        change.replace([(id, body) for id, body in zip(documents, fresh, strict=True) if body != bodies[id]])
        merged += documents
    return merged
