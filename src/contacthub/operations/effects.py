"""What an operation does, value by value: the form that is planned, applied, recorded, and turned round by an undo.

`Effects` name contacts by the engine's ids and hold old and new values, so the same record tells the history and
makes the undo. Sets change as bitmaps: tagging 100,000 contacts is one entry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import Document, SetChange, SetKey


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """A document of a catalogue (fields, groups, tags, lists, members, settings, …) put, replaced or removed."""

    table: str
    id: int
    before: Document | None
    after: Document | None


@dataclass(slots=True)
class Effects:
    """All that one operation changes."""

    created: dict[int, Document] = field(default_factory=dict)
    """New contacts by id, as stored (without sets; those are in `sets`)."""
    deleted: dict[int, Document] = field(default_factory=dict)
    """Contacts that go, whole as stored; their sets are in `sets`, as removed."""
    values: dict[str, dict[int, tuple[Any, Any]]] = field(default_factory=dict)
    """Property path → contact → (before, after); None is "no value". A path is `name`, `urns`, `fields.age`, …"""
    sets: dict[SetKey, SetChange] = field(default_factory=dict)
    catalogue: list[CatalogueChange] = field(default_factory=list)
    """Ids below zero are those of new documents; `commit` gives them real ones, in `sets` too."""
    ledger: list[Document] = field(default_factory=list)
    """Events for the consent ledger, which is only ever appended to."""

    @property
    def contacts(self) -> BitMap:
        """All contacts that change in any way."""
        touched = BitMap(self.created) | BitMap(self.deleted)
        for changes in self.values.values():
            touched |= BitMap(changes)
        for change in self.sets.values():
            touched |= change.added | change.removed
        return touched

    def __bool__(self) -> bool:
        return bool(self.created or self.deleted or self.values or self.sets or self.catalogue or self.ledger)

    def set_value(self, id: int, path: str, before: Any, after: Any) -> None:
        """Note that a value of an existing contact changes; nothing where it stays the same."""
        if before != after:
            self.values.setdefault(path, {})[id] = (before, after)

    def add_to_set(self, key: SetKey, ids: BitMap) -> None:
        if ids:
            self.sets.setdefault(key, SetChange()).added |= ids

    def remove_from_set(self, key: SetKey, ids: BitMap) -> None:
        if ids:
            self.sets.setdefault(key, SetChange()).removed |= ids
