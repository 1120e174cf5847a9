"""Snapshots of groups: who was in at a time, so that who came and who left since can be told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from contacthub.engine.port import ChangeSet
from contacthub.errors import InvalidValue, NotFound, QueryError
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
    """Who entered and who left a group since the newest snapshot at or before an instant (None: the newest of all);
    where the group's first snapshot is later, since that one. Raises NotFound when there is none."""
    taken = snapshots(session, name)
    if not taken:
        raise NotFound(f"There is no snapshot of {name!r} yet.")
    chosen = [one for one in taken if when is None or one.at <= when] or taken[:1]
    data = session.store.blob(SNAPSHOTS, chosen[-1].id, "members")
    before = BitMap.deserialize(data) if data else BitMap()
    now = session.store.matching(group_meaning(session, name, session.now()))
    return now - before, before - now


def instant_of(session: Session, when: object) -> datetime:
    """An instant: a datetime (one without a zone is in the hub's), a day, which begins at midnight in the hub's zone,
    or a text that queries read, such as `-7d`, `yesterday` or `2026-05-01`. Raises InvalidValue."""
    if isinstance(when, datetime):
        return (when if when.tzinfo else when.replace(tzinfo=ZoneInfo(session.settings.timezone))).astimezone(UTC)
    if isinstance(when, date):
        when = when.isoformat()
    meaning: Meaning | None = None
    if isinstance(when, str) and not {'"', "\\"} & set(when):
        with suppress(QueryError):
            meaning = parse(f'created_on >= "{when}"', session.resolver).meaning(session.now())
    if not isinstance(meaning, InTime) or meaning.start is None:
        raise InvalidValue(
            f"{when!r} is no date or time; write it like 2026-05-01, -7d or yesterday.",
            code="invalid_date", property="when", value=when,
        )  # fmt: skip
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=meaning.start)
