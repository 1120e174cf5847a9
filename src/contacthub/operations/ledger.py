"""The ledger of consent: an append-only list of what people said, and the fold of it that contacts hold.

A statement is about one identity (an opt-out word comes from a number), or about the whole contact (a form). Per
identity, channel and purpose the newest `occurred_at` decides, at equal times an opt-out; what is said of the whole
contact is said of each of its identities. A contact's state is `no` if any of them is opted out, else `yes` if any is
in. What was said under an identity that the contact no longer has still counts: it was the same person.

An undo appends a `void` that names an event; to take the void back, the event is appended again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from contacthub.engine.port import CONTACTS, Document, Store
from contacthub.identity.keys import match_key
from contacthub.model.contact import MARKETING
from contacthub.model.shapes import demand
from contacthub.model.values import instant_text
from contacthub.operations.effects import Effects
from contacthub.session import Session

LEDGER = "consent"
FOLDED = ("opt_in", "opt_in_on", "opt_in_source")
"""What a contact's document holds of its ledger, each by purpose."""


class Standing(NamedTuple):
    """Where a contact stands for one purpose, by the statement that decides."""

    state: str
    """`yes` or `no`; where nothing was said there is no standing."""
    since: str
    source: str


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
    identity: str | None = None,
    channel: str | None = None,
    merged: Iterable[str] = (),
) -> Document:
    """A statement for the ledger. `contact` is a uuid, `merged` the uuids that lead to it: it is said of them too, also
    when they come apart again."""
    document: Document = {
        "key": str(uuid4()),
        "contact": contact,
        "identity": identity,
        "channel": channel,
        "purpose": purpose,
        "event": "opt_in" if state == "yes" else "opt_out",
        "source": source,
        "occurred_at": occurred_at,
        "recorded_at": instant_text(session.now()),
        "proof": proof,
        "actor": session.actor,
        "note": note,
    }
    return document | {"merged": list(merged)} if merged else document


def void(session: Session, voided: Document) -> Document:
    """What an undo appends: the event of that key does not count any more."""
    document: Document = {"void": voided["key"], "recorded_at": instant_text(session.now()), "actor": session.actor}
    return document | {key: voided[key] for key in ("contact", "merged", "purpose") if key in voided}


def records_of(event: Document) -> tuple[str, ...]:
    """The uuids of the contacts that a statement, or a void, is about."""
    return (event["contact"], *event.get("merged", ())) if "contact" in event else ()


def uuids_of(document: Document) -> tuple[str, ...]:
    """The uuids under which a contact's statements stand in the ledger."""
    return (document["uuid"], *(document.get("merged") or ()))


def live(events: Iterable[Document]) -> Iterator[Document]:
    """Statements without those that are void, in the order of the ledger."""
    standing: dict[str, Document] = {}
    for one in events:
        if "void" in one:
            standing.pop(one["void"], None)
        else:
            standing[one["key"]] = one
    return iter(standing.values())


def by_contact(
    store: Store, appended: Iterable[Document] = (), wanted: set[str] | None = None
) -> dict[str, list[Document]]:
    """What counts of the ledger, with events about to be appended, by uuid (of all contacts, or those wanted)."""
    return _grouped(_about(store, appended, wanted))


def _grouped(events: Iterable[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = defaultdict(list)
    for one in live(events):
        for uuid in records_of(one):
            found[uuid].append(one)
    return found


def _about(store: Store, appended: Iterable[Document], wanted: set[str] | None) -> Iterator[Document]:
    if wanted is None:
        yield from (one for _, one in store.scan(LEDGER))
    else:
        yield from store.get(LEDGER, store.about(LEDGER, wanted)).values()
    yield from (one for one in appended if wanted is None or not wanted.isdisjoint(records_of(one)))


def events_of(session: Session, *contacts: str) -> list[Document]:
    """The statements of a contact and of those merged into it, by uuid, oldest first, without what is void."""
    return list(live(_about(session.store, (), set(contacts))))


def held(document: Document, name: str) -> dict[str, str]:
    """One of FOLDED in a contact's document, also in one that was written before there was a ledger."""
    values: dict[str, str] = document.get(name) or {}
    return values


def fold(events: Iterable[Document], until: str | None = None) -> dict[str, Standing]:
    """Where a contact stands by its statements, per purpose: those that occurred until an instant, or all."""
    by_purpose: dict[str, dict[str, Document]] = defaultdict(dict)
    for one in events:
        if until is None or one["occurred_at"] <= until:
            by_purpose[one["purpose"]][one["key"]] = one
    return {purpose: _standing(list(said.values())) for purpose, said in by_purpose.items()}


def _standing(said: list[Document]) -> Standing:
    deciding = max((max(about, key=_newest) for about in _by_subject(said)), key=_strictest)
    return Standing("yes" if deciding["event"] == "opt_in" else "no", deciding["occurred_at"], deciding["source"])


def _newest(event: Document) -> tuple[str, bool]:
    return event["occurred_at"], event["event"] == "opt_out"


def _strictest(event: Document) -> tuple[bool, str]:
    return event["event"] == "opt_out", event["occurred_at"]


def _by_subject(said: list[Document]) -> list[list[Document]]:
    """Statements for one purpose by whom they are about: each identity on a channel, with what was said of the whole
    contact that it belongs to; and each contact of which only the whole was spoken of."""
    if len(said) == 1:
        return [said]
    own: dict[tuple[str, str | None], list[Document]] = defaultdict(list)
    whole = [one for one in said if not one.get("identity")]
    for one in said:
        if one.get("identity"):
            own[match_key(one["identity"]), one.get("channel")].append(one)
    subjects = []
    heard: set[str] = set()
    for about in own.values():
        records = {uuid for one in about for uuid in records_of(one)}
        heard |= records
        subjects.append(about + [one for one in whole if not records.isdisjoint(records_of(one))])
    silent = {uuid for one in whole for uuid in records_of(one)} - heard
    subjects += [[one for one in whole if uuid in records_of(one)] for uuid in silent]
    return subjects


def state_at(session: Session, contacts: Iterable[str], purpose: str, when: datetime) -> str:
    """What the consent of a contact, and of those merged into it, was for a purpose at an instant: yes, no or
    unknown."""
    standing = fold(events_of(session, *contacts), instant_text(when)).get(purpose)
    return standing.state if standing else "unknown"


def folded(standings: Mapping[str, Standing]) -> dict[str, dict[str, str]]:
    """Standings as a contact's document holds them."""
    return {
        "opt_in": {MARKETING: "unknown"} | {purpose: one.state for purpose, one in standings.items()},
        "opt_in_on": {purpose: one.since for purpose, one in standings.items()},
        "opt_in_source": {purpose: one.source for purpose, one in standings.items()},
    }


def note(session: Session, document: Document, entry: Document, pending: Iterable[Document]) -> None:
    """Bring a document to what follows from one more statement; `pending` are those not yet in the ledger, the
    statement among them. The ledger is read only where the newest alone does not decide."""
    purpose, at = entry["purpose"], entry["occurred_at"]
    since, state = held(document, "opt_in_on").get(purpose), held(document, "opt_in").get(purpose)
    decides = since is None or (state == "yes" and (at > since or (at == since and entry["event"] == "opt_out")))
    if decides:
        said = {purpose: _standing([entry])}
        document.update({name: {**held(document, name), **values} for name, values in _told(said).items()})
        return
    uuids = uuids_of(document)
    found = by_contact(session.store, pending, set(uuids))
    document.update(folded(fold(one for uuid in uuids for one in found.get(uuid, ()))))


def _told(standings: Mapping[str, Standing]) -> dict[str, dict[str, str]]:
    return {name: {purpose: values[purpose] for purpose in standings} for name, values in folded(standings).items()}


def settle(session: Session, effects: Effects, *, restored: bool) -> None:
    """Make what contacts say of their consent the fold of the ledger as it will be after these effects, whatever they
    say of it themselves. `restored` tells that created contacts have been there before, and may have statements.

    Call it under the writers' lock. A contact about which something was said is noted as changed, also when an older
    statement leaves it as it stands.
    """
    store = session.store
    said = _said(store, effects.ledger)
    moved = {id for path, by_id in effects.values.items() if _is_folded(path) or path == "merged" for id in by_id}
    ids = (moved | said.keys()) - effects.deleted.keys()
    effects.values = {path: by_id for path, by_id in effects.values.items() if not _is_folded(path)}
    spoken = {uuid for one in effects.ledger for uuid in records_of(one)}
    new = {id: document for id, document in effects.created.items() if restored or document["uuid"] in spoken}
    if not ids and not new:
        return
    current = store.get(CONTACTS, ids)
    demand(CONTACTS, current)
    merges = effects.values.get("merged", {})
    uuids = {
        id: uuids_of({**document, "merged": merges[id][1]} if id in merges else document)
        for id, document in (current | new).items()
    }
    if restored or merges or any(held(document, "opt_in_on") for document in current.values()):
        found = by_contact(store, effects.ledger, {uuid for each in uuids.values() for uuid in each})
    else:
        found = _grouped(effects.ledger)
    for id, names in uuids.items():
        now = folded(fold(one for uuid in names for one in found.get(uuid, ())))
        if id in new:
            effects.created[id] = {**new[id], **now}
        else:
            _note_change(effects, id, current[id], now, said.get(id, set()))


def _note_change(effects: Effects, id: int, current: Document, now: dict[str, dict[str, str]], said: set[str]) -> None:
    for name, values in now.items():
        for purpose in {**held(current, name), **values}:
            before, after = held(current, name).get(purpose), values.get(purpose)
            if before != after or (name == "opt_in" and purpose in said):
                effects.values.setdefault(f"{name}.{purpose}", {})[id] = (before, after)


def _said(store: Store, events: Iterable[Document]) -> dict[int, set[str]]:
    """The purposes of which events speak, by the contacts that their uuids lead to now."""
    spoken: dict[str, set[str]] = defaultdict(set)
    for one in events:
        for uuid in records_of(one):
            spoken[uuid].add(one["purpose"])
    said: dict[int, set[str]] = defaultdict(set)
    for uuid, id in contacts_of(store, spoken).items():
        said[id] |= spoken[uuid]
    return said


def contacts_of(store: Store, uuids: Iterable[str]) -> dict[str, int]:
    """The contacts that uuids lead to, those of merged contacts to the survivor; who is gone is left out."""
    there = store.ids(CONTACTS, uuids)
    aliases = {alias(uuid): uuid for uuid in uuids if uuid not in there}
    return there | {aliases[key]: id for key, id in store.owners(aliases).items()}


def _is_folded(path: str) -> bool:
    return path.partition(".")[0] in FOLDED


def alias(uuid: str) -> str:
    """The match key under which the uuid of a contact that was merged away leads to its survivor."""
    return f"uuid:{uuid}"
