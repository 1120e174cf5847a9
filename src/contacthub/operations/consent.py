"""Opt-ins and opt-outs of contacts, as a verb: each is a statement for the ledger, whatever the state is so far.

An older statement enters too: it tells what the consent was then, and leaves what a later one decided.
"""

from __future__ import annotations

from datetime import datetime

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Progress
from contacthub.errors import InvalidValue
from contacthub.model.values import instant_text
from contacthub.operations.effects import Effects
from contacthub.operations.ledger import LEDGER, by_contact, event, events_of, held, state_at, uuids_of
from contacthub.operations.plan import Draft
from contacthub.query.meaning import Equals
from contacthub.query.properties import attribute
from contacthub.session import Session

__all__ = ["LEDGER", "SOURCES", "draft", "events_of", "state_at"]

SOURCES = ("import", "keyword", "preference", "send_error", "member", "form", "api")


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
    already = _said_already(session, ids, state, purpose, when)

    def effects(change: BitMap, progress: Progress | None) -> Effects:
        done = Effects()
        for id, document in session.store.get(CONTACTS, change).items():
            uuid, *merged = uuids_of(document)
            done.ledger.append(
                event(
                    session, uuid, state, purpose,
                    source=source, proof=proof, note=note, occurred_at=when, merged=merged,
                )
            )  # fmt: skip
            # What follows from it is settled when it is committed; until then, that it changes is known.
            done.set_value(id, f"opt_in.{purpose}", held(document, "opt_in").get(purpose), state)
        if progress:
            progress(len(change), len(change))
        return done

    return Draft(ids - already, already, effects=effects)


def _said_already(session: Session, ids: BitMap, state: str, purpose: str, when: str) -> BitMap:
    """The contacts of which the same was said at that very instant. Of an older one only the ledger knows."""
    spoken = ids - session.store.matching(Equals(attribute("opt_in", purpose), frozenset({"unknown"})))
    documents = session.store.get(CONTACTS, spoken)
    since = {id: held(document, "opt_in_on").get(purpose, "") for id, document in documents.items()}
    already = BitMap(
        id for id, at in since.items() if at == when and held(documents[id], "opt_in").get(purpose) == state
    )
    older = {id: uuids_of(documents[id]) for id, at in since.items() if at > when}
    if older:
        kind = "opt_in" if state == "yes" else "opt_out"
        said = by_contact(session.store, (), {uuid for uuids in older.values() for uuid in uuids})
        already |= BitMap(
            id
            for id, uuids in older.items()
            if any(
                (one["purpose"], one["event"], one["occurred_at"]) == (purpose, kind, when)
                for one in said.get(uuids[0], ())
            )
        )
    return already


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
