"""What the documents of a hub's tables must hold for the hub to work with them: the properties that every form of a
hub has written, and of which kind they are.

It is for files that are damaged where nothing else notices. Contacts, which are many, are not looked at when they are
read, only by a check of the hub and by a rescue; what is read in smaller numbers is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from contacthub.errors import StoreError
from contacthub.model.settings import Settings


class _Contact(msgspec.Struct):
    uuid: str
    urns: list[str]
    name: str | None = None
    status: str | None = None
    identities: dict[str, dict[str, Any]] | None = None
    merged: list[str] | None = None
    opt_in: dict[str, str] | None = None
    opt_in_on: dict[str, str] | None = None
    opt_in_source: dict[str, str] | None = None
    fields: dict[str, Any] | None = None
    engagement: dict[str, int | float | None] | None = None
    created_on: datetime | None = None
    modified_on: datetime | None = None


class _Field(msgspec.Struct):
    key: str
    name: str
    type: str = "text"
    featured: bool = False
    position: int = 0


class _Named(msgspec.Struct):
    key: str
    name: str


class _Group(msgspec.Struct):
    uuid: str
    name: str
    query: str | None = None


class _Search(msgspec.Struct):
    name: str
    query: str


class _Member(msgspec.Struct):
    handle: str
    role: Literal["viewer", "agent", "editor", "admin"]
    name: str | None = None
    email: str | None = None


class _Operation(msgspec.Struct):
    kind: str
    summary: str
    actor: str
    surface: str
    at: datetime
    count: int
    action: str | None = None
    arguments: dict[str, Any] | None = None
    undoes: int | None = None
    undone_by: int | None = None
    about: list[int] = []


class _Statement(msgspec.Struct):
    key: str
    purpose: str
    event: Literal["opt_in", "opt_out"]
    source: str
    occurred_at: str
    contact: str = ""
    identity: str | None = None
    channel: str | None = None
    merged: list[str] = []


class _Void(msgspec.Struct):
    void: str
    contact: str = ""
    purpose: str = ""
    merged: list[str] = []


class _Import(msgspec.Struct):
    key: str


_SHAPES: Mapping[str, type] = {
    "contacts": _Contact,
    "fields": _Field,
    "tags": _Named,
    "lists": _Named,
    "groups": _Group,
    "searches": _Search,
    "members": _Member,
    "settings": Settings,
    "operations": _Operation,
    "consent": _Statement,
    "imports": _Import,
}

SHAPED = tuple(_SHAPES)
"""The tables of whose documents something is known."""


def is_whole(table: str, document: Mapping[str, Any]) -> bool:
    """Whether a document holds what the documents of its table must hold. Tables that are not the hub's may hold
    anything."""
    shape = _Void if table == "consent" and "void" in document else _SHAPES.get(table)
    if shape is None:
        return True
    try:
        msgspec.convert(document, shape)
    except msgspec.ValidationError:
        return False
    return True


def demand(table: str, documents: Mapping[int, Mapping[str, Any]]) -> None:
    """Raise `StoreError` (`corrupt_hub`) unless documents hold what those of their table must hold."""
    for id, document in documents.items():
        if not is_whole(table, document):
            raise StoreError(
                f"The hub is damaged: document {id} of {table} lacks what it must hold. Make a new hub from a backup "
                "with `contacthub restore BACKUP --hub NEW_HUB`, or save what can be read with `contacthub doctor "
                "--rescue NEW_HUB`.",
                code="corrupt_hub",
            )
