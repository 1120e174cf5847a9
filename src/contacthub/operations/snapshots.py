"""Snapshots of groups: who was in at a time, so that who came and who left since can be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyroaring import BitMap

from contacthub.engine.port import ChangeSet
from contacthub.errors import NotFound
from contacthub.model.values import instant_text
from contacthub.operations.usage import found
from contacthub.query import parse
from contacthub.query.meaning import Equals, InTime, Meaning
from contacthub.query.properties import attribute
from contacthub.session import Session

SNAPSHOTS = "snapshots"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who was in a group at an instant."""

    id: int
    group: str
    """The group's uuid, so that a renamed group keeps its snapshots."""
    at: datetime
    count: int


def group_meaning(session: Session, name: str, now: datetime) -> Meaning:
    """Who is in a group, static or dynamic, as evaluators take it. Raises NotFound."""
    _, document = found(session, "groups", name)
    if document.get("query"):
        return parse('group = "' + document["name"] + '"', session.resolver).meaning(now)
    return Equals(attribute("group"), frozenset({document["uuid"]}))


def take(session: Session, name: str) -> Snapshot:
    """Remember who is in a group now. Raises NotFound."""
    session.require("groups")
    _, document = found(session, "groups", name)
    now = session.now()
    members = session.store.matching(group_meaning(session, name, now))
    with session.store.transaction():
        id = session.store.reserve(SNAPSHOTS, 1)[0]
        stored = {"group": document["uuid"], "at": instant_text(now), "count": len(members), "actor": session.actor}
        changes = ChangeSet(put={SNAPSHOTS: {id: stored}}, blobs={(SNAPSHOTS, id, "members"): members.serialize()})
        session.store.apply(changes)
    return Snapshot(id, document["uuid"], now, len(members))


def snapshots(session: Session, name: str) -> list[Snapshot]:
    """The snapshots of a group, oldest first. Raises NotFound."""
    uuid = found(session, "groups", name)[1]["uuid"]
    return [
        Snapshot(id, uuid, datetime.fromisoformat(document["at"]), document["count"])
        for id, document in session.store.scan(SNAPSHOTS)
        if document["group"] == uuid
    ]


def since(session: Session, name: str, when: datetime | None) -> tuple[BitMap, BitMap]:
    """Who entered and who left a group since the newest snapshot at or before an instant (None: the newest of all).
    Contacts deleted since are in neither. Raises NotFound when there is no such snapshot."""
    taken = [one for one in snapshots(session, name) if when is None or one.at <= when]
    if not taken:
        raise NotFound(
            f"There is no snapshot of {name!r}" + (f" from {when:%Y-%m-%d %H:%M} or before." if when else " yet.")
        )
    data = session.store.blob(SNAPSHOTS, taken[-1].id, "members")
    before = BitMap.deserialize(data) if data else BitMap()
    now = session.store.matching(group_meaning(session, name, session.now()))
    return now - before, before - now


def instant_of(session: Session, text: str) -> datetime:
    """The instant that `-7d`, `yesterday` or a date means, as queries read it. Raises QueryError."""
    meaning = parse(f'created_on >= "{text}"', session.resolver).meaning(session.now())
    assert isinstance(meaning, InTime)
    assert meaning.start is not None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=meaning.start)
