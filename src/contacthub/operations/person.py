"""Who somebody is to the hub, as the history has it: also a contact that was deleted, and those merged into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document
from contacthub.operations import record
from contacthub.operations.effects import Effects
from contacthub.operations.history import OPERATIONS, Change, contact_changes
from contacthub.session import Session


def past_id(session: Session, uuid: str) -> int | None:
    """The engine's id that a contact had, by its uuid, whether it was deleted or merged away; None if there was never
    such a contact."""
    for _, effects in _removals(session, uuid):
        for id, document in effects.deleted.items():
            if document["uuid"] == uuid:
                return id
    return None


def last_document(session: Session, id: int) -> Document | None:
    """A contact as it was when it went, by the engine's id; None if it is unknown. One that was merged into another
    that went later is that other."""
    uuid = None
    for number in _newest_first(session):
        if id in changed_by(session, number):
            document = effects_of(session, number).deleted.get(id)
            if document is not None:
                uuid = document["uuid"]
                break
    if uuid is None:
        return None
    for _, effects in _removals(session, uuid):
        for document in effects.deleted.values():
            if uuid == document["uuid"] or uuid in (document.get("merged") or ()):
                return document
    return None


def merged_ids(session: Session, id: int, uuids: Iterable[str]) -> BitMap:
    """The engine's ids that contacts had which were merged into one, by their uuids."""
    wanted, ids = set(uuids), BitMap([id])
    if wanted:
        for number in _newest_first(session):
            if changed_by(session, number).intersect(ids):
                gone = effects_of(session, number).deleted.items()
                ids.update(other for other, document in gone if document["uuid"] in wanted)
    return ids - BitMap([id])


def person_changes(
    session: Session, id: int, merged: Iterable[str], property: str | None = None, **filters: object
) -> list[Change]:
    """The changes of a contact and of those merged into it, newest first; see `history.contact_changes`. That these
    went is no change of the person."""
    found = contact_changes(session, id, property, **filters)
    others = merged_ids(session, id, merged)
    if not others:
        return found
    for other in others:
        changes = contact_changes(session, other, property, **filters)
        found += [change for change in changes if (change.property, change.before) != ("contact", "deleted")]
    return sorted(found, key=lambda change: change.operation.id, reverse=True)


def changed_by(session: Session, operation: int) -> BitMap:
    """The contacts that an operation changed."""
    data = session.store.blob(OPERATIONS, operation, "contacts")
    return BitMap.deserialize(data) if data else BitMap()


def effects_of(session: Session, operation: int) -> Effects:
    data = session.store.blob(OPERATIONS, operation, "effects")
    return record.decode(data) if data else Effects()


def contact_of(session: Session, id: int) -> Document | None:
    """A contact as it is, or as it was when it went."""
    return session.store.get(CONTACTS, [id]).get(id) or last_document(session, id)


def _removals(session: Session, uuid: str) -> Iterator[tuple[int, Effects]]:
    """Operations whose effects name a uuid in a document, newest first."""
    needle = uuid.encode()
    for number in _newest_first(session):
        data = session.store.blob(OPERATIONS, number, "effects") or b""
        if needle in data:
            yield number, record.decode(data)


def _newest_first(session: Session) -> list[int]:
    return [number for number, _ in session.store.scan(OPERATIONS)][::-1]
