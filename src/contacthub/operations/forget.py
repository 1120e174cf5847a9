"""To forget a person: the right to erasure. It cannot be undone.

What is erased: the contact, its values in the history, its consent events, its place in snapshots of groups, the
columns, and the freed pages of the file. What stays is a keyed hash of each identity, so that a later import of the
same person is skipped and an opt-out is not lost; the secret of the hash is kept outside the hub file, because phone
numbers are few enough to try them all.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, ChangeSet, Document, SetChange
from contacthub.errors import InvalidValue, NotFound
from contacthub.identity.keys import match_key
from contacthub.model.values import instant_text
from contacthub.operations import record
from contacthub.operations.commit import alias, commit
from contacthub.operations.consent import LEDGER
from contacthub.operations.effects import Effects
from contacthub.operations.history import OPERATIONS, Operation
from contacthub.operations.snapshots import SNAPSHOTS
from contacthub.session import Session

FORGOTTEN = "forgotten"
EVENTS = "events"
"""What channels remember of the events they have seen."""
SECRET_VARIABLE = "CONTACTHUB_SECRET"
OUT_OF_REACH = (
    "backups made before, with `contacthub backup` or otherwise",
    "files that were exported, and messages that were sent",
    "tables of your own in the same file",
)
"""What the hub cannot erase, told to whoever asks it to forget."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased, and what is out of reach."""

    operation: Operation
    records: int
    """Entries of the history from which values were taken."""
    out_of_reach: tuple[str, ...] = OUT_OF_REACH


def forget(session: Session, id: int, confirm: str) -> Forgotten:
    """Erase a person. `confirm` is the name as the hub shows it (or the ref of somebody without a name).

    Raises NotAllowed, NotFound, InvalidValue (`confirm`).
    """
    session.require("forget")
    store = session.store
    document = store.get(CONTACTS, [id]).get(id)
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
        memberships = store.memberships(BitMap([id]))
        changes = ChangeSet(
            deleted={CONTACTS: {id}},
            sets={key: SetChange(removed=BitMap([id])) for key in memberships},
            at=session.now(),
        )
        keys = {match_key(urn) for urn in document["urns"]}
        for key in keys | {alias(uuid) for uuid in document.get("merged") or ()}:
            changes.identities_given_up[key] = id
        records = _erase_history(session, id, document, changes)
        _erase_ledger(session, document, changes)
        _erase_events(session, document, changes)
        _erase_snapshots(session, id, changes)
        _remember_hashes(session, document, keys, secret, changes)
        store.apply(changes)
        operation = commit(session, kind="forget", summary="forget a person", effects=Effects())
    store.purge()
    return Forgotten(operation, records)


def forgotten(session: Session, keys: Iterable[str]) -> dict[str, Document]:
    """Which identities, by match key, belong to people who asked to be forgotten, with what they had opted out of."""
    known = {document["hash"]: document for _, document in session.store.scan(FORGOTTEN)}
    if not known:
        return {}
    secret = _secret(session, create=False)
    return {key: known[hash] for key in keys if (hash := _hash(secret, key)) in known}


def _erase_history(session: Session, id: int, document: Document, changes: ChangeSet) -> int:
    """Take the person's values out of every operation that changed her, and her identities out of all."""
    store = session.store
    uuids = {document["uuid"], *(document.get("merged") or ())}
    touched: dict[int, tuple[BitMap, Effects]] = {}
    names = {document["name"], document.get("profile_name")}
    for number, _ in store.scan(OPERATIONS):
        data = store.blob(OPERATIONS, number, "contacts")
        ids = BitMap.deserialize(data) if data else BitMap()
        if id in ids:
            effects = record.decode(store.blob(OPERATIONS, number, "effects") or b"")
            touched[number] = ids, effects
            names.update(effects.values.get("name", {}).get(id, ()))
            names.update(gone["name"] for gone in effects.deleted.values() if gone["uuid"] in uuids)
    paths = {urn.partition(":")[2] for urn in document["urns"]} | uuids | {document["ref"]}
    for number, operation in store.scan(OPERATIONS):
        words = paths | (names if number in touched else set())
        cleaned = _scrubbed(operation, [word for word in words if word])
        if number in touched:
            ids, effects = touched[number]
            if ids == BitMap([id]):
                what = operation["kind"].replace("_", " ")
                cleaned |= {"summary": f"{what}: a forgotten person", "arguments": {}}
            changes.blobs[OPERATIONS, number, "effects"] = record.encode(_without(effects, id, uuids))
            changes.blobs[OPERATIONS, number, "contacts"] = (ids - BitMap([id])).serialize()
        if cleaned != operation:
            changes.put.setdefault(OPERATIONS, {})[number] = cleaned
    return len(touched)


def _scrubbed(value: Any, words: list[str]) -> Any:
    """A document without some words, wherever they stand in its texts as whole words."""
    if isinstance(value, str):
        for word in sorted(words, key=len, reverse=True):
            value = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "a forgotten person", value)
        return value
    if isinstance(value, dict):
        return {key: _scrubbed(item, words) for key, item in value.items()}
    return [_scrubbed(item, words) for item in value] if isinstance(value, list) else value


def _without(effects: Effects, id: int, uuids: set[str]) -> Effects:
    gone = BitMap([id])
    return Effects(
        created={key: value for key, value in effects.created.items() if key != id},
        deleted={key: value for key, value in effects.deleted.items() if value["uuid"] not in uuids},
        values={
            path: kept
            for path, by_id in effects.values.items()
            if (kept := {key: value for key, value in by_id.items() if key != id})
        },
        sets={key: SetChange(change.added - gone, change.removed - gone) for key, change in effects.sets.items()},
        catalogue=effects.catalogue,
        ledger=[event for event in effects.ledger if event.get("contact") not in uuids],
    )


def _erase_ledger(session: Session, document: Document, changes: ChangeSet) -> None:
    uuids = {document["uuid"], *(document.get("merged") or ())}
    events = {id for id, event in session.store.scan(LEDGER) if event.get("contact") in uuids}
    if events:
        changes.deleted[LEDGER] = events


def _erase_events(session: Session, document: Document, changes: ChangeSet) -> None:
    """Messages stay known by the digest of their id alone, so that one which is told again does not make the person
    anew; other events, whose ids are made of identities, go."""
    uuids = {document["uuid"], *(document.get("merged") or ())}
    for id, event in session.store.scan(EVENTS):
        if event.get("contact") not in uuids:
            continue
        if event["kind"] == "other":
            changes.deleted.setdefault(EVENTS, set()).add(id)
        else:
            changes.put.setdefault(EVENTS, {})[id] = {**event, "contact": None, "at": None}


def _erase_snapshots(session: Session, id: int, changes: ChangeSet) -> None:
    for number, _ in session.store.scan(SNAPSHOTS):
        data = session.store.blob(SNAPSHOTS, number, "members")
        members = BitMap.deserialize(data) if data else BitMap()
        if id in members:
            changes.blobs[SNAPSHOTS, number, "members"] = (members - BitMap([id])).serialize()


def _remember_hashes(
    session: Session, document: Document, keys: Iterable[str], secret: bytes, changes: ChangeSet
) -> None:
    hashes = [_hash(secret, key) for key in sorted(keys)]
    opted_out = [purpose for purpose, state in document["opt_in"].items() if state == "no"]
    at = instant_text(session.now())
    documents = [{"hash": hash, "opted_out": opted_out, "at": at} for hash in hashes]
    if documents:
        ids = session.store.reserve(FORGOTTEN, len(documents))
        changes.put[FORGOTTEN] = dict(zip(ids, documents, strict=True))


def _hash(secret: bytes, key: str) -> str:
    return hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()


def _secret(session: Session, *, create: bool) -> bytes:
    """The secret of the hashes: from the environment, or a file beside the hub that only its owner reads."""
    given = os.environ.get(SECRET_VARIABLE)
    if given:
        return given.encode()
    if session.home is None:
        return _IN_MEMORY
    path = Path(f"{session.home}.secret")
    if not path.exists():
        if not create:
            raise NotFound(
                f"The secret of this hub is missing: {path.name} beside the hub file, or the variable "
                f"{SECRET_VARIABLE}. Without it nobody can tell who asked to be forgotten.",
                code="no_secret",
            )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip().encode()


_IN_MEMORY = secrets.token_bytes(32)
"""A hub in memory ends with the program, and so may its secret."""
