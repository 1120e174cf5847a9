"""The value of a property in a contact document: the one place that tells, for every evaluator.

Text comes as it is stored, unfolded; places as their last part; numbers as int, float or Decimal; moments as an int
(an instant, microseconds since 1970, UTC) or a `date` (a civil date without a zone).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from contacthub.identity.keys import is_phone, match_key
from contacthub.query.properties import PLACES, Property

Value = str | int | float | Decimal | date
Document = Mapping[str, Any]

PHONE_SCHEMES = ("tel", "whatsapp")
"""Schemes whose path is a phone number, unless it is a business-scoped WhatsApp id."""

MESSAGING_SCHEMES = frozenset(
    {"tel", "whatsapp", "mailto", "telegram", "facebook", "instagram", "twitter", "twitterid", "viber", "line",
     "webchat", "jiochat", "fcm", "slack", "vk", "wechat", "rocketchat", "freshchat", "discord"}
)  # fmt: skip
"""Schemes one can write to; `ext` only refers to a record elsewhere."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str) -> int | date:
    """A stored moment: `2026-05-01` is a civil date, anything longer an instant in ISO 8601 with its offset."""
    if len(text) == 10:
        return date.fromisoformat(text)
    return microseconds(datetime.fromisoformat(text))


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970, UTC; an instant without a zone is in UTC."""
    difference = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - _EPOCH
    return (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds


def values(document: Document, property: Property) -> tuple[Value, ...]:
    """All values of a property in a contact; empty when it has none."""
    if property.kind == "field":
        return _field(document, property)
    if property.kind == "scheme":
        return _paths(document, lambda scheme: scheme == property.key)
    return _ATTRIBUTE[property.key](document, property)


def _field(document: Document, property: Property) -> tuple[Value, ...]:
    value = (document.get("fields") or {}).get(property.key)
    if value is None:
        return ()
    if property.type == "number":
        return _number(value)
    if property.type == "datetime":
        return _moments(value)
    text = str(value)
    return (text.rpartition(">")[2].strip() if property.type in PLACES else text,)


def _number(value: Any) -> tuple[Value, ...]:
    """A number as it is stored; a document from elsewhere may hold what is none, and then it has no value."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except InvalidOperation:
            return ()
    return (value,) if isinstance(value, int | float | Decimal) and isfinite(value) else ()


def _moments(value: Any) -> tuple[Value, ...]:
    """A moment as it is stored; a document from elsewhere may hold a date itself, or what is none."""
    if isinstance(value, datetime):
        return (microseconds(value),)
    if isinstance(value, date):
        return (value,)
    try:
        return (moment(value),) if isinstance(value, str) and value else ()
    except ValueError:
        return ()


def _paths(document: Document, wanted: Callable[[str], bool]) -> tuple[str, ...]:
    parts = (urn.partition(":") for urn in document.get("urns") or ())
    return tuple(path for scheme, _, path in parts if wanted(scheme))


def _text(document: Document, property: Property) -> tuple[Value, ...]:
    value = document.get(property.key)
    return () if value is None or value == "" else (value,)


def _moment(document: Document, property: Property) -> tuple[Value, ...]:
    return _moments(document.get(property.key))


def _several(key: str) -> Callable[[Document, Property], tuple[Value, ...]]:
    return lambda document, _: tuple(document.get(key) or ())


def _count(key: str) -> Callable[[Document, Property], tuple[Value, ...]]:
    return lambda document, _: ((document.get("engagement") or {}).get(key) or 0,)


def _rate(part: str, whole: str) -> Callable[[Document, Property], tuple[Value, ...]]:
    def rate(document: Document, _: Property) -> tuple[Value, ...]:
        counts = document.get("engagement") or {}
        return ((counts.get(part) or 0) / counts[whole],) if counts.get(whole) else ()

    return rate


def _instant(value: Any) -> int | None:
    for found in _moments(value):
        if isinstance(found, date):
            return microseconds(datetime(found.year, found.month, found.day, tzinfo=UTC))
        if isinstance(found, int):
            return found
    return None


def _spoke_last(document: Document, ours: bool) -> tuple[Value, ...]:
    """Whether the newest message is ours (or theirs); no message at all is neither."""
    theirs, sent = (_instant(document.get(key)) for key in ("last_seen_on", "last_sent_on"))
    if theirs is None and sent is None:
        return ("no",)
    we = sent is not None and (theirs is None or sent > theirs)
    return ("yes" if we == ours else "no",)


def _reachable(document: Document, _: Property) -> tuple[Value, ...]:
    return (
        "yes"
        if document.get("status") == "active"
        and (document.get("opt_in") or {}).get("marketing") == "yes"
        and any(urn.partition(":")[0] in MESSAGING_SCHEMES for urn in document.get("urns") or ())
        else "no",
    )


def _opt_in(document: Document, property: Property) -> tuple[Value, ...]:
    return ((document.get("opt_in") or {}).get(property.qualifier or "marketing", "unknown"),)


def _consent(key: str) -> Callable[[Document, Property], tuple[Value, ...]]:
    def newest(document: Document, property: Property) -> tuple[Value, ...]:
        value = (document.get(key) or {}).get(property.qualifier or "marketing")
        return _moments(value) if property.type == "datetime" else () if value is None else (value,)

    return newest


_ATTRIBUTE: dict[str, Callable[[Document, Property], tuple[Value, ...]]] = {
    "uuid": _text,
    "id": lambda document, property: tuple(str(value) for value in _text(document, property)),
    "ref": _text,
    "name": _text,
    "language": _text,
    "status": _text,
    "assignee": _text,
    "country": _text,
    "source": _text,
    "remarks": _text,
    "avatar": _text,
    "flow": _text,
    "urn": lambda document, _: _paths(document, lambda _: True),
    "phone": lambda document, _: tuple(urn.partition(":")[2] for urn in document.get("urns") or () if is_phone(urn)),
    "phone_key": lambda document, _: tuple(match_key(urn) for urn in document.get("urns") or () if is_phone(urn)),
    "group": lambda document, _: tuple(document.get("groups") or ()) if document.get("status") == "active" else (),
    "urns": _several("urns"),
    "tag": _several("tags"),
    "list": _several("lists"),
    "import": _several("imports"),
    "history": _several("flow_history"),
    "tickets": lambda document, _: (document.get("tickets") or 0,),
    "created_on": _moment,
    "modified_on": _moment,
    "first_seen_on": _moment,
    "last_seen_on": _moment,
    "last_sent_on": _moment,
    "last_message_on": _moment,
    "opt_in": _opt_in,
    "opt_in_on": _consent("opt_in_on"),
    "opt_in_source": _consent("opt_in_source"),
    "reachable": _reachable,
    "messages_received": _count("received"),
    "messages_sent": _count("sent"),
    "messages_delivered": _count("delivered"),
    "messages_read": _count("read"),
    "messages_failed": _count("failed"),
    "reply_rate": _rate("received", "sent"),
    "read_rate": _rate("read", "delivered"),
    "needs_reply": lambda document, _: _spoke_last(document, ours=False),
    "awaiting_reply": lambda document, _: _spoke_last(document, ours=True),
}
