"""Merge suggestions: two contacts that a message showed to be one person, where it is for people to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contacthub.engine.port import CONTACTS, Document
from contacthub.model.values import instant_text
from contacthub.operations.commit import alias
from contacthub.session import Session

SUGGESTIONS = "merges"


def suggestion(session: Session, one: Document, other: Document, reason: str) -> Document:
    """The document of a suggestion; the same two contacts are suggested once."""
    uuids = sorted((one["uuid"], other["uuid"]))
    return {
        "key": "|".join(uuids),
        "contacts": uuids,
        "reason": reason,
        "recorded_at": instant_text(session.now()),
    }


def suggestions(session: Session) -> Iterator[tuple[tuple[str, ...], str]]:
    """Suggestions still to be decided: the uuids of two contacts that are there and apart, and the reason."""
    for _, document in session.store.scan(SUGGESTIONS):
        one, other = document["contacts"]
        there = session.store.ids(CONTACTS, [one, other])
        if len(there) == 2:
            yield (one, other), document["reason"]


def survivor(session: Session, uuid: str) -> int | None:
    """The engine's id of a contact by its uuid, or of the one it was merged into; None if both are gone."""
    found: dict[str, Any] = session.store.ids(CONTACTS, [uuid]) or session.store.owners([alias(uuid)])
    return next(iter(found.values()), None)
