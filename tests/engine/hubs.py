"""Small contents for stores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import ChangeSet, Document, SetChange, SetKey

MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 21, 18, tzinfo=UTC)

VIP = SetKey("tags", 1)
NEW = SetKey("tags", 2)
SALES = SetKey("lists", 1)
TEAM = SetKey("groups", 1)
MONDAY = SetKey("imports", 1)


def contact(number: int, **properties: Any) -> Document:
    return {"uuid": f"uuid-{number}", "name": f"Ana {number}", "modified_on": MORNING.isoformat(), **properties}


def people(count: int, first: int = 1) -> ChangeSet:
    """Contacts with the ids `first` and following, each with one identity."""
    ids = range(first, first + count)
    return ChangeSet(
        put={"contacts": {id: contact(id) for id in ids}},
        identities_taken={f"tel:{id}": id for id in ids},
        at=MORNING,
    )


def catalogues() -> ChangeSet:
    return ChangeSet(
        put={
            "tags": {1: {"key": "vip", "name": "VIP"}, 2: {"key": "new", "name": "new"}},
            "lists": {1: {"key": "sales", "name": "Sales"}},
            "groups": {1: {"uuid": "group-1", "name": "Team"}},
            "imports": {1: {"key": "monday", "name": "monday.csv"}},
        },
        at=MORNING,
    )


def entering(key: SetKey, *ids: int, at: datetime = NOON) -> ChangeSet:
    return ChangeSet(sets={key: SetChange(added=BitMap(ids))}, at=at)


def leaving(key: SetKey, *ids: int, at: datetime = NOON) -> ChangeSet:
    return ChangeSet(sets={key: SetChange(removed=BitMap(ids))}, at=at)
