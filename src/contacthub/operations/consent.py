"""Consent: an append-only ledger of opt-ins and opt-outs, and the state that follows from it.

The state of an identity, channel and purpose is its newest `occurred_at`; at equal times an opt-out wins. What a
contact's document holds (`opt_in`, `opt_in_on`, `opt_in_source`) is the fold of its events, kept for searching.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document, Progress
from contacthub.errors import InvalidValue
from contacthub.model.values import instant_text
from contacthub.operations.effects import Effects
from contacthub.operations.plan import Draft
from contacthub.query.meaning import Equals
from contacthub.query.properties import attribute
from contacthub.session import Session

LEDGER = "consent"
SOURCES = ("import", "keyword", "preference", "send_error", "member", "form", "api")


def event(
    session: Session,
    contact: str,
    state: str,
    purpose: str,
    *,
    source: str,
    proof: str | None = None,
    note: str | None = None,
    occurred_at: str,
) -> Document:
    """An event of the ledger."""
    return {
        "key": str(uuid4()),
        "contact": contact,
        "purpose": purpose,
        "event": "opt_in" if state == "yes" else "opt_out",
        "source": source,
        "occurred_at": occurred_at,
        "recorded_at": instant_text(session.now()),
        "proof": proof,
        "actor": session.actor,
        "note": note,
    }


def note_state(
    effects: Effects, id: int, document: Document, state: str, purpose: str, occurred_at: str, source: str
) -> None:
    """Set the folded state in a contact; both at the same instant, an opt-out wins."""
    effects.set_value(id, f"opt_in.{purpose}", document["opt_in"].get(purpose), state)
    effects.set_value(id, f"opt_in_on.{purpose}", document["opt_in_on"].get(purpose), occurred_at)
    effects.set_value(id, f"opt_in_source.{purpose}", document["opt_in_source"].get(purpose), source)


def supersedes(document: Document, state: str, purpose: str, occurred_at: str) -> bool:
    """Whether an event of that time decides the contact's state: it is newer than what decided it so far."""
    since = document["opt_in_on"].get(purpose)
    return since is None or occurred_at > since or (occurred_at == since and state == "no")


def draft(
    session: Session,
    ids: BitMap,
    state: str,
    purpose: str,
    *,
    proof: str | None = None,
    occurred_at: datetime | str | None = None,
    source: str = "member",
    note: str | None = None,
) -> Draft:
    """The plan of an opt-in or opt-out of contacts."""
    if purpose not in session.catalogue.purposes():
        raise InvalidValue(
            f"There is no purpose {purpose!r}; the purposes are {', '.join(session.catalogue.purposes())}.",
            code="invalid_purpose", property="opt_in", value=purpose,
        )  # fmt: skip
    if source not in SOURCES:
        raise InvalidValue(
            f"{source!r} is no source of consent; the sources are {', '.join(SOURCES)}.",
            code="invalid_source", property="opt_in_source", value=source,
        )  # fmt: skip
    when = _instant(session, occurred_at)
    already = ids & session.store.matching(Equals(attribute("opt_in", purpose), frozenset({state})))
    later = BitMap(
        id
        for id, document in session.store.get(CONTACTS, ids - already).items()
        if not supersedes(document, state, purpose, when)
    )

    def effects(change: BitMap, progress: Progress | None) -> Effects:
        done = Effects()
        for id, document in session.store.get(CONTACTS, change).items():
            note_state(done, id, document, state, purpose, when, source)
            done.ledger.append(
                event(
                    session, document["uuid"], state, purpose, source=source, proof=proof, note=note, occurred_at=when
                )
            )
        if progress:
            progress(len(change), len(change))
        return done

    return Draft(ids - already - later, already, {"a later statement decides": later}, effects)


def _instant(session: Session, value: datetime | str | None) -> str:
    if value is None:
        return instant_text(session.now())
    from contacthub.model.values import moment

    text = moment(value, "occurred_at", session.settings.timezone)
    instant = datetime.fromisoformat(text) if len(text) > 10 else None
    if instant is None:
        from zoneinfo import ZoneInfo

        instant = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(session.settings.timezone))
    return instant_text(min(instant, session.now()))


def events_of(session: Session, *contacts: str) -> Iterable[Document]:
    """The ledger of a contact and of those merged into it, by uuid, oldest first, without what an undo has voided."""
    events: dict[str, Document] = {}
    for _, document in session.store.scan(LEDGER):
        if "void" in document:
            events.pop(document["void"], None)
        elif document["contact"] in contacts:
            events[document["key"]] = document
    return events.values()


def state_at(session: Session, contacts: Iterable[str], purpose: str, when: datetime) -> str:
    """What the consent of a contact, and of those merged into it, was for a purpose at an instant: yes, no or
    unknown."""
    deciding: dict[str, Any] | None = None
    for document in events_of(session, *contacts):
        if document["purpose"] != purpose or document["occurred_at"] > instant_text(when):
            continue
        if (
            deciding is None
            or document["occurred_at"] > deciding["occurred_at"]
            or (document["occurred_at"] == deciding["occurred_at"] and document["event"] == "opt_out")
        ):
            deciding = document
    return "unknown" if deciding is None else "yes" if deciding["event"] == "opt_in" else "no"
