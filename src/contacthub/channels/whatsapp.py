"""Payloads of WhatsApp's Cloud API as events.

A payload may hold several entries and changes, for several numbers: each event names the phone number id of its change.
Field names are those of Meta's documentation of webhooks, business-scoped user ids included. Nothing here trusts a
payload: what is missing or of another kind than documented is passed over and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contacthub.channels.events import (
    DeliveryStatus,
    Event,
    IdentityChange,
    InboundMessage,
    PreferenceChange,
)
from contacthub.errors import InvalidValue

STOPPED_MARKETING = 131050
"""The error of a message to somebody who has stopped marketing messages."""

Part = Mapping[str, Any]


@dataclass(slots=True)
class Read:
    """What a payload says."""

    events: list[Event] = field(default_factory=list)
    ignored: int = 0
    """Entries that are about no contact: group traffic, other fields, entries without sender or id."""


def events(payload: Part) -> list[Event]:
    """The events of a payload. Raises InvalidValue (`not_whatsapp`) for what is none."""
    return read(payload).events


def read(payload: Part) -> Read:
    """The events of a payload, and how many of its entries are none. Raises InvalidValue (`not_whatsapp`)."""
    if not isinstance(payload, Mapping) or payload.get("object") != "whatsapp_business_account":
        raise InvalidValue(
            'This is no payload of WhatsApp\'s Cloud API, which has "object": "whatsapp_business_account".',
            code="not_whatsapp", property="payload", value=None,
        )  # fmt: skip
    result = Read()
    for entry in _parts(payload, "entry"):
        for change in _parts(entry, "changes"):
            _read_change(change, result)
    return result


def _read_change(change: Part, result: Read) -> None:
    value = _part(change, "value")
    channel = _text(_part(value, "metadata"), "phone_number_id")
    found = 0
    for name, reader in READERS.items():
        for part in _parts(value, name):
            found += 1
            event = reader(part, value, channel) if channel else None
            if event is None or not event.id:
                result.ignored += 1
            else:
                result.events.append(event)
    if not found:
        result.ignored += 1


# -- one entry --------------------------------------------------------------------------------------------------------


def _message(message: Part, value: Part, channel: str) -> Event | None:
    if message.get("group_id"):
        return None
    if message.get("type") == "system":
        return _system(message, value, channel)
    sender = _identities(message, "from", "from_user_id", "from_parent_user_id")
    contact = _contact(value, sender)
    identities = _joined(sender, _identities(contact, "wa_id", "user_id", "parent_user_id"))
    if not identities:
        return None
    return InboundMessage(
        channel=channel,
        id=_text(message, "id"),
        time=_time(message),
        identities=identities,
        profile_name=_profile_name(contact),
        text=_said(message),
    )


def _system(message: Part, value: Part, channel: str) -> Event | None:
    """Somebody has another number, or another business-scoped id."""
    system = _part(message, "system")
    if system.get("type") not in ("user_changed_number", "user_changed_user_id", "customer_changed_number"):
        return None
    now = _identities({"wa_id": system.get("wa_id") or system.get("new_wa_id"), **_ids(system)}, *_NOW)
    before = _joined(
        _identities(message, "from", "from_user_id", "from_parent_user_id"),
        _identities(system, "customer", "previous_user_id", "previous_parent_user_id"),
    )
    previous = tuple(urn for urn in before if urn not in now)
    if not now or not previous:
        return None
    return IdentityChange(
        channel=channel,
        id=_text(message, "id"),
        time=_time(message),
        identities=now,
        previous=previous,
        profile_name=_profile_name(_contact(value, _joined(now, before))),
    )


def _status(status: Part, value: Part, channel: str) -> Event | None:
    if status.get("recipient_type") == "group" or status.get("group_id"):
        return None
    recipient = _identities(status, "recipient_id", "recipient_user_id", "recipient_parent_user_id")
    contact = _contact(value, recipient)
    return DeliveryStatus(
        channel=channel,
        id=_text(status, "id"),
        time=_time(status),
        identities=_joined(recipient, _identities(contact, "wa_id", "user_id", "parent_user_id")),
        profile_name=_profile_name(contact),
        state=_text(status, "status"),
        stopped_marketing=any(error.get("code") == STOPPED_MARKETING for error in _parts(status, "errors")),
    )


def _preference(preference: Part, value: Part, channel: str) -> Event | None:
    identities = _identities(preference, *_NOW)
    contact = _contact(value, identities)
    identities = _joined(identities, _identities(contact, *_NOW))
    said = _text(preference, "value")
    if not identities or said not in ("stop", "resume") or preference.get("category") != "marketing_messages":
        return None
    return PreferenceChange(
        channel=channel,
        id=f"preference/{identities[0]}/{said}/{_time(preference)}",
        time=_time(preference),
        identities=identities,
        profile_name=_profile_name(contact),
        state="no" if said == "stop" else "yes",
    )


def _user_id_update(update: Part, value: Part, channel: str) -> Event | None:
    """The older form of a changed business-scoped id, of before August 2026."""
    own, parent = _part(update, "user_id"), _part(update, "parent_user_id")
    phone = update.get("wa_id")
    now = _identities({"wa_id": phone, "user_id": own.get("current"), "parent_user_id": parent.get("current")}, *_NOW)
    previous = _identities({"user_id": own.get("previous"), "parent_user_id": parent.get("previous")}, *_NOW)
    if not now or not previous:
        return None
    return IdentityChange(
        channel=channel,
        id=f"user_id_update/{'/'.join((*previous, *now))}",
        time=_time(update),
        identities=now,
        previous=previous,
        profile_name=_profile_name(_contact(value, now)),
    )


READERS: Mapping[str, Callable[[Part, Part, str], Event | None]] = {
    "messages": _message,
    "statuses": _status,
    "user_preferences": _preference,
    "user_id_update": _user_id_update,
}
"""What each list of a change holds."""


# -- parts of an entry ------------------------------------------------------------------------------------------------

_NOW = ("wa_id", "user_id", "parent_user_id")


def _ids(part: Part) -> dict[str, Any]:
    return {key: part.get(key) for key in _NOW[1:]}


def _identities(part: Part, *keys: str) -> tuple[str, ...]:
    """URNs of those of these keys that are there: a number without its `+`, or a business-scoped id."""
    paths = (_text(part, key) for key in keys)
    return tuple(dict.fromkeys(f"whatsapp:{path}" for path in paths if path))


def _joined(*some: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(urn for urns in some for urn in urns))


def _contact(value: Part, identities: tuple[str, ...]) -> Part:
    """What the change says of the person with one of these identities; of the only one, if it names none."""
    contacts = list(_parts(value, "contacts"))
    for contact in contacts:
        if set(_identities(contact, *_NOW)) & set(identities):
            return contact
    if len(contacts) == 1 and not (identities and _identities(contacts[0], *_NOW)):
        return contacts[0]
    return {}


def _profile_name(contact: Part) -> str | None:
    return _text(_part(contact, "profile"), "name") or None


def _said(message: Part) -> str | None:
    """The text of a message, or of the button that was pressed."""
    for name, key in (("text", "body"), ("button", "text")):
        if said := _text(_part(message, name), key):
            return said
    interactive = _part(message, "interactive")
    return _text(_part(interactive, "button_reply"), "title") or None


def _time(part: Part) -> int | float | str:
    """A time as text or number; an empty text, which is none, where it is missing."""
    time = part.get("timestamp")
    return time if isinstance(time, int | float | str) else ""


def _text(part: Part, key: str) -> str:
    """A text, or a number as text; empty for anything else."""
    value = part.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def _part(part: Part, key: str) -> Part:
    value = part.get(key)
    return value if isinstance(value, Mapping) else {}


def _parts(part: Part, key: str) -> Iterator[Part]:
    values = part.get(key)
    return (value for value in (values if isinstance(values, list) else ()) if isinstance(value, Mapping))
