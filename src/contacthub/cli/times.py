"""Which of a contact's values are instants: for people, who read them in the hub's time zone.

Programs get values as they are kept, in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contacthub.hub import Hub

_CIVIL_DATE = len("2026-11-22")


class Times:
    """Knows the properties of a hub that hold instants."""

    def __init__(self, hub: Hub, new_fields: Iterable[str] = ()) -> None:
        """`new_fields` are keys of fields of instants that an import would make."""
        keys = (*(field.key for field in hub.fields if field.type == "datetime"), *new_fields)
        self._fields = frozenset(f"fields.{key}" for key in keys)

    def of(self, property: str, value: Any) -> Any:
        """A value of a property (`last_seen_on`, `opt_in_on.marketing`, `fields.visit`), with instants as such. Civil
        dates, which are of no zone, stay; so does a text that looks like an instant."""
        if property not in self._fields and (property.startswith("fields.") or not _is_time(property)):
            return value
        if isinstance(value, dict):
            return {key: _instant(one) for key, one in value.items()}
        return _instant(value)


def _is_time(attribute: str) -> bool:
    return attribute.partition(".")[0].endswith("_on")


def _instant(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= _CIVIL_DATE:
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value
