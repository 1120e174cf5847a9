"""What a table of contacts has no column for, derived from the columns that it has, by the rules of a contact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contacthub.query.properties import Property, attribute
from contacthub.query.values import values

COUNTS = ("received", "sent", "delivered", "read", "failed")
DEFAULTED = frozenset({"opt_in", "tickets", *(f"messages_{count}" for count in COUNTS)})
"""Attributes that every contact has a value for: an empty cell is that of a new contact."""
_SPOKEN = frozenset({"needs_reply", "awaiting_reply"})
_RATES = frozenset({"reply_rate", "read_rate"})
DERIVED = DEFAULTED | _SPOKEN | _RATES | {"reachable"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ByRow = Mapping[int, Any]
"""The value of a property in each row that has one."""


def derived(property: Property, rows: int, column: Callable[[Property], ByRow | None], urns: ByRow) -> list[Any]:
    """A value per row, or None. `column` gives what a table has of a property, None where it has no such column."""
    documents = _documents(property, rows, column, urns)
    return [next(iter(values(document, property)), None) for document in documents]


def _documents(
    property: Property, rows: int, column: Callable[[Property], ByRow | None], urns: ByRow
) -> Iterator[dict[str, Any]]:
    """The part of each contact's document that a derived property is made from."""
    key = property.key
    if key in _SPOKEN:
        theirs, ours = column(attribute("last_seen_on")), column(attribute("last_sent_on"))
        if ours is None:  # the newest message is ours if it came after their last one
            ours = column(attribute("last_message_on"))
        for row in range(rows):
            yield {"last_seen_on": _moment(theirs, row), "last_sent_on": _moment(ours, row)}
    elif key in _RATES or key.startswith("messages_"):
        counts = {count: column(attribute(f"messages_{count}")) or {} for count in COUNTS}
        for row in range(rows):
            yield {"engagement": {count: of.get(row) for count, of in counts.items()}}
    elif key == "tickets":
        tickets = column(property) or {}
        for row in range(rows):
            yield {"tickets": tickets.get(row)}
    else:
        states = column(attribute("opt_in", property.qualifier)) or {}
        statuses = column(attribute("status"))
        purpose = property.qualifier or "marketing"
        for row in range(rows):
            yield {
                "status": "active" if statuses is None else statuses.get(row),
                "opt_in": {purpose: states[row].casefold()} if row in states else {},
                "urns": urns.get(row, ()),
            }


def _moment(of: ByRow | None, row: int) -> date | datetime | None:
    found = of.get(row) if of else None
    return _EPOCH + timedelta(microseconds=found) if isinstance(found, int) else found
