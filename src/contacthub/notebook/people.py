"""An audience as rows of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from contacthub.notebook.cells import Badge, Cell, Chips, Person, Text
from contacthub.notebook.rows import Column, Row, counted

if TYPE_CHECKING:
    from contacthub.hub import Audience, Contact, Hub
    from contacthub.model.field import Field

COLUMNS = (
    Column("name", "Name", 24, sort=True),
    Column("phone", "Phone", 20, whole=True),
    Column("tags", "Tags", 16),
    Column("language", "Language", 10, sort=True),
    Column("opt_in", "Opt-in", 9, sort=True),
    Column("last_seen_on", "Last seen", 12, sort=True),
)
MOST_FIELDS = 3
"""Columns of custom fields: a table wider than the notebook is read by nobody."""
FEW = 50
"""Keys that are read with their contacts; more come from the columns, forty times as fast for 100,000."""

_OPT_IN = {"yes": Badge("yes", "good"), "no": Badge("no", "bad")}


class AudienceRows:
    """Contacts of an audience: who they are, how they are reached, and the fields that the query asks about."""

    def __init__(self, hub: Hub, audience: Audience, fields: Sequence[str] = ()) -> None:
        """`fields` are keys of custom fields to show first."""
        self.audience = audience
        self._zone = ZoneInfo(hub.settings.timezone)
        known = {field.key: field for field in hub.fields}
        self._fields = [known[key] for key in dict.fromkeys([*fields, *known]) if key in known][:MOST_FIELDS]
        self.columns: Sequence[Column] = [*COLUMNS[:3], *map(_column, self._fields), *COLUMNS[3:]]

    def count(self) -> int:
        return self.audience.count

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        return [Row(contact.uuid, self._cells(contact)) for contact in self.audience.page(offset=start, limit=n)]

    def keys(self, start: int, n: int) -> Iterator[str]:
        if n <= FEW:
            return (contact.uuid for contact in self.audience.page(offset=start, limit=n))
        return iter(self.audience.to_arrow([]).column("uuid").slice(start, n).to_pylist())

    def caption(self, count: int) -> str:
        return counted(count, "contact") if count else "Nobody matches."

    def _cells(self, contact: Contact) -> list[Cell]:
        status, consent = contact.status, contact.as_dict()["opt_in"].get("marketing", "unknown")
        return [
            Person(contact.display_name, contact.initials, contact.uuid),
            Text(contact.phone),
            Chips((*((status,) if status != "active" else ()), *contact.tags)),
            *(Text(self._value(contact.fields.get(field.key), field.type)) for field in self._fields),
            Text(contact.language or "", "muted"),
            _OPT_IN.get(consent, Text(consent, "muted")),
            Text(self._moment(contact.last_seen_on), "muted"),
        ]

    def _value(self, value: Any, type: str) -> str:
        if value is None:
            return ""
        if type == "datetime":
            return self._moment(value)
        return str(value).rpartition(">")[2].strip() if type in ("state", "district", "ward") else str(value)

    def _moment(self, value: str | datetime | date | None) -> str:
        """A civil date as it is; an instant by the clock of the hub's time zone."""
        if value is None or value == "":
            return ""
        if isinstance(value, str):
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        if not isinstance(value, datetime):
            return value.isoformat()
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


def _column(field: Field) -> Column:
    number = field.type == "number"
    return Column(f"fields.{field.key}", field.name, 9 if number else 12, "end" if number else "start", sort=True)
