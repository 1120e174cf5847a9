"""To forget a person: the right to erasure. It cannot be undone.

What is erased: the contact and those merged into it, their values in the history and what names them in any of its
texts, consent events, places in snapshots of groups, imports that wait, the columns, and the freed pages of the file.
Somebody who was deleted is still in the history, and can be forgotten too.

What stays is a keyed hash of each identity, so that a later import of the same person is skipped and an opt-out is not
lost; the secret of the hash is kept outside the hub file, because phone numbers are few enough to try them all.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, ChangeSet, Document, SetChange
from contacthub.errors import InvalidValue, NotFound
from contacthub.identity.keys import match_key
from contacthub.model.contact import ref_of
from contacthub.model.text import fold
from contacthub.model.values import instant_text
from contacthub.operations import record
from contacthub.operations.commit import commit, identity_key, keys_of
from contacthub.operations.effects import Effects
from contacthub.operations.history import OPERATIONS, Operation
from contacthub.operations.ledger import LEDGER, records_of
from contacthub.operations.person import changed_by, contact_of, effects_of, merged_ids, past_id
from contacthub.operations.snapshots import SNAPSHOTS
from contacthub.operations.suggestions import SUGGESTIONS
from contacthub.operations.traces import NOBODY, Traces
from contacthub.query.meaning import Equals, Meaning
from contacthub.query.properties import attribute
from contacthub.session import Session

FORGOTTEN = "forgotten"
EVENTS = "events"
"""What channels remember of the events they have seen."""
QUERIES = {"groups": "group", "searches": "saved search"}
"""What keeps a query that may name somebody."""
SECRET_VARIABLE = "CONTACTHUB_SECRET"
OUT_OF_REACH = (
    "backups made before, with `contacthub backup` or otherwise",
    "files that were exported, and messages that were sent",
    "tables of your own in the same file",
)
"""What the hub cannot erase, told to whoever asks it to forget. Backups that the program itself has kept are named by
their paths besides, where files are known: `hub.contacts.out_of_reach`."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased, and what is left for people to look after."""

    operation: Operation
    records: int
    """Entries of the history from which values were taken."""
    named_in: tuple[str, ...] = ()
    """Dynamic groups and saved searches whose query names the person: somebody has to decide what becomes of them."""
    withdrawn: tuple[str, ...] = ()
    """Files of submitted imports that held the person: they are rejected, and no longer kept."""
    out_of_reach: tuple[str, ...] = OUT_OF_REACH


@dataclass(frozen=True, slots=True)
class Person:
    """Everything by which the hub knew somebody."""

    id: int
    document: Document
    """As it is, or as it was when it was deleted."""
    ids: BitMap
    """Her own id and those of contacts merged into hers."""
    uuids: frozenset[str]
    urns: frozenset[str]
    """All that she ever had and nobody else has now."""
    traces: Traces


def forget(
    session: Session, id: int, confirm: str, withdraw: Callable[[Session, Traces], Sequence[str]] | None = None
) -> Forgotten:
    """Erase a person, be it one who was deleted. `confirm` is the name as the hub shows it (or the ref of somebody
    without a name). `withdraw` is called in the same transaction, for what the floors above keep; it returns what it
    has taken back.

    Raises NotAllowed, NotFound, InvalidValue (`confirm`).
    """
    session.require("forget")
    store = session.store
    document = contact_of(session, id)
    if document is None:
        raise NotFound("This contact is not there any more.")
    shown = document["name"] or document["ref"]
    if confirm != shown:
        raise InvalidValue(
            f"To forget somebody for good, confirm with the name as the hub has it, not {confirm!r}.",
            code="confirm", property="confirm", value=confirm,
        )  # fmt: skip
    secret = _secret(session, create=True)
    with store.transaction():
        person = _person(session, id, contact_of(session, id) or document)
        changes = _gone(session, person)
        records = _erase_history(session, person, changes)
        _erase_ledger(session, person, changes)
        _erase_events(session, person, changes)
        _erase_suggestions(session, person, changes)
        _erase_snapshots(session, person, changes)
        _remember_hashes(session, person, secret, changes)
        store.apply(changes)
        withdrawn = tuple(withdraw(session, person.traces)) if withdraw else ()
        operation = commit(session, kind="forget", summary="forget a person", effects=Effects())
    store.purge()
    return Forgotten(operation, records, _named_in(session, person.traces), withdrawn)


def _person(session: Session, id: int, document: Document) -> Person:
    """Collect from the history by what the hub has known somebody."""
    live = session.store.ids(CONTACTS, [document["uuid"]]).get(document["uuid"])
    id = live if live is not None else past_id(session, document["uuid"]) or id
    uuids = {document["uuid"], *(document.get("merged") or ())}
    ids = merged_ids(session, id, uuids) | BitMap([id])
    names, urns = {document["name"], document.get("profile_name")}, set(_urns(document))
    for number, _ in session.store.scan(OPERATIONS):
        if not changed_by(session, number).intersect(ids):
            continue
        effects = effects_of(session, number)
        for one in ids:
            for path in ("name", "profile_name"):
                names.update(effects.values.get(path, {}).get(one, ()))
            for path in ("urns", "identities"):
                for value in effects.values.get(path, {}).get(one, ()):
                    urns.update(value or ())
        for gone in effects.deleted.values():
            if gone["uuid"] in uuids:
                names.update((gone["name"], gone.get("profile_name")))
                urns.update(_urns(gone))
    owners = session.store.owners({match_key(urn) for urn in urns})
    urns = {urn for urn in urns if owners.get(match_key(urn), id) in ids}
    known = {name for name in names if name}
    shared = {name for name in known if session.store.matching(_named(name)) - ids}
    return Person(
        id, document, ids, frozenset(uuids), frozenset(urns),
        Traces(uuids=uuids, refs=map(ref_of, uuids), urns=urns, names=known - shared, shared=shared),
    )  # fmt: skip


def _urns(document: Document) -> list[str]:
    return [*document["urns"], *document["identities"]]


def _named(name: str) -> Meaning:
    return Equals(attribute("name"), frozenset({fold(name)}))


def _gone(session: Session, person: Person) -> ChangeSet:
    """The contact leaves, if it is there."""
    changes = ChangeSet(at=session.now())
    if session.store.get(CONTACTS, [person.id]):
        memberships = session.store.memberships(BitMap([person.id]))
        changes.deleted = {CONTACTS: {person.id}}
        changes.sets = {key: SetChange(removed=BitMap([person.id])) for key in memberships}
        changes.identities_given_up = dict.fromkeys(keys_of(person.document), person.id)
    return changes


def forgotten(session: Session, keys: Iterable[str]) -> dict[str, Document]:
    """Which identities, by match key, belong to people who asked to be forgotten, with what they had opted out of."""
    known = {document["hash"]: document for _, document in session.store.scan(FORGOTTEN)}
    if not known:
        return {}
    secret = _secret(session, create=False)
    return {key: known[hash] for key in keys if (hash := _hash(secret, key)) in known}


def _erase_history(session: Session, person: Person, changes: ChangeSet) -> int:
    """Take the person's values out of every operation that changed her, and what names her out of all."""
    store, traces = session.store, person.traces
    taken = 0
    needles = [urn.partition(":")[2].encode() for urn in person.urns]
    live = {
        (table, id)
        for table in QUERIES
        for id, document in session.catalogue.documents[table].items()
        if traces.name_her(document.get("query") or "", "query")
    }
    for number, operation in store.scan(OPERATIONS):
        ids = changed_by(session, number)
        hers = bool(ids.intersect(person.ids))
        told = {key: operation[key] for key in ("summary", "arguments")}
        cleaned = traces.scrubbed(told, "hers" if hers else "anywhere")
        taken += hers
        if hers and ids.issubset(person.ids):
            what = operation["kind"].replace("_", " ")
            cleaned = {"summary": f"{what}: {NOBODY}", "arguments": {}}
        data = store.blob(OPERATIONS, number, "effects") or b""  # none of one so old that it was pruned
        if data and (hers or b'"query"' in data or any(needle in data for needle in needles)):
            left = _without(record.decode(data), person, live)
            changes.blobs[OPERATIONS, number, "effects"] = record.encode(left)
            if hers and not left:
                cleaned["undoable"] = False
        if hers and "about" in operation:
            cleaned["about"] = [id for id in operation["about"] if id not in person.ids]
        if any(operation.get(key) != value for key, value in cleaned.items()):
            changes.put.setdefault(OPERATIONS, {})[number] = operation | cleaned
        if hers:
            changes.blobs[OPERATIONS, number, "contacts"] = (ids - person.ids).serialize()
    return taken


def _without(effects: Effects, person: Person, live: Collection[tuple[str, int]]) -> Effects:
    """Effects without the person. Queries that still name her are told to people, and keep their history till then."""
    ids = person.ids
    values = {
        path: {
            id: tuple(_without_urns(value, person) for value in pair) if path in ("urns", "identities") else pair
            for id, pair in by_id.items()
            if id not in ids
        }
        for path, by_id in effects.values.items()
    }
    return Effects(
        created={id: document for id, document in effects.created.items() if id not in ids},
        deleted={
            id: document | {path: _without_urns(document[path], person) for path in ("urns", "identities")}
            for id, document in effects.deleted.items()
            if id not in ids
        },
        values={path: by_id for path, by_id in values.items() if by_id},
        sets={
            key: SetChange(change.added - ids, change.removed - ids)
            for key, change in effects.sets.items()
            if not (change.added | change.removed).issubset(ids)
        },
        catalogue=[
            change
            if (change.table, change.id) in live
            else replace(
                change,
                before=person.traces.scrubbed(change.before) if change.table in QUERIES else change.before,
                after=person.traces.scrubbed(change.after) if change.table in QUERIES else change.after,
            )
            for change in effects.catalogue
        ],
        ledger=[left for event in effects.ledger if (left := _statement_without(event, person)) is not None],
    )


def _without_urns(value: Any, person: Person) -> Any:
    """Identities, or what is kept beside them, of somebody else who had one that is the person's."""
    if not value or person.urns.isdisjoint(value):
        return value
    if isinstance(value, dict):
        return {urn: note for urn, note in value.items() if urn not in person.urns}
    return [urn for urn in value if urn not in person.urns]


def _named_in(session: Session, traces: Traces) -> tuple[str, ...]:
    return tuple(
        f"{what} {document['name']!r}: {document['query']}"
        for table, what in QUERIES.items()
        for document in session.catalogue.documents[table].values()
        if traces.name_her(document.get("query") or "", "query")
    )


def _erase_ledger(session: Session, person: Person, changes: ChangeSet) -> None:
    for id, event in session.store.get(LEDGER, session.store.about(LEDGER, person.uuids)).items():
        left = _statement_without(event, person)
        if left is None:
            changes.deleted.setdefault(LEDGER, set()).add(id)
        elif left != event:
            changes.put.setdefault(LEDGER, {})[id] = left


def _statement_without(event: Document, person: Person) -> Document | None:
    """A statement of the ledger that is somebody else's too: of who was merged with her, and is apart again."""
    about = records_of(event)
    others = [uuid for uuid in about if uuid not in person.uuids]
    if len(others) == len(about):
        return event
    if not others:
        return None
    left = event | {"contact": others[0], "merged": others[1:]}
    if person.traces.name_her(left.get("identity") or ""):
        left["identity"] = None
    return left


def _erase_events(session: Session, person: Person, changes: ChangeSet) -> None:
    """Messages stay known by the digest of their id alone, so that one which is told again does not make the person
    anew; other events, whose ids are made of identities, go."""
    for id, event in session.store.scan(EVENTS):
        if event.get("contact") not in person.uuids:
            continue
        if event["kind"] == "other":
            changes.deleted.setdefault(EVENTS, set()).add(id)
        else:
            changes.put.setdefault(EVENTS, {})[id] = {**event, "contact": None, "at": None}


def _erase_suggestions(session: Session, person: Person, changes: ChangeSet) -> None:
    """Merges that were suggested name the contacts."""
    gone = {id for id, one in session.store.scan(SUGGESTIONS) if not person.uuids.isdisjoint(one["contacts"])}
    if gone:
        changes.deleted[SUGGESTIONS] = gone


def _erase_snapshots(session: Session, person: Person, changes: ChangeSet) -> None:
    for number, _ in session.store.scan(SNAPSHOTS):
        data = session.store.blob(SNAPSHOTS, number, "members")
        members = BitMap.deserialize(data) if data else BitMap()
        if members.intersect(person.ids):
            changes.blobs[SNAPSHOTS, number, "members"] = (members - person.ids).serialize()


def _remember_hashes(session: Session, person: Person, secret: bytes, changes: ChangeSet) -> None:
    """Of each identity that she has or had, unless it is somebody else's by now."""
    document = person.document
    notes = document["identities"]
    mine = [*document["urns"], *(urn for urn, note in notes.items() if "superseded" in note)]
    keys = {identity_key(urn, notes.get(urn)) for urn in mine}
    owners = session.store.owners(keys)
    hashes = [_hash(secret, key) for key in sorted(keys) if owners.get(key, person.id) == person.id]
    opted_out = [purpose for purpose, state in document["opt_in"].items() if state == "no"]
    at = instant_text(session.now())
    documents = [{"hash": hash, "opted_out": opted_out, "at": at} for hash in hashes]
    if documents:
        ids = session.store.reserve(FORGOTTEN, len(documents))
        changes.put[FORGOTTEN] = dict(zip(ids, documents, strict=True))


def _hash(secret: bytes, key: str) -> str:
    return hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()


def _secret(session: Session, *, create: bool) -> bytes:
    """The secret of the hashes: from the environment, or a file beside the hub that is for whom the hub is for."""
    given = os.environ.get(SECRET_VARIABLE)
    if given:
        return given.encode()
    if session.home is None:
        return _IN_MEMORY
    hub = Path(session.home).resolve()  # by whatever link it was opened
    path = hub.with_name(f"{hub.name}.secret")
    if not path.exists():
        if not create:
            raise NotFound(
                f"The secret of this hub is missing: {path.name} beside the hub file, or the variable "
                f"{SECRET_VARIABLE}. Without it nobody can tell who asked to be forgotten.",
                code="no_secret",
            )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if os.name == "posix" and (of := hub.stat()).st_mode & 0o060:  # made for a Unix group
                os.fchown(descriptor, -1, of.st_gid)
                os.fchmod(descriptor, 0o660)
            file.write(secrets.token_hex(32))
    return path.read_text().strip().encode()


_IN_MEMORY = secrets.token_bytes(32)
"""A hub in memory ends with the program, and so may its secret."""
