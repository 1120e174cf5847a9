"""What can happen on a channel, as plain data: a message, its delivery, a preference, a changed identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from contacthub.errors import InvalidValue

Time = datetime | int | float | str
"""An instant: a datetime, seconds or milliseconds since 1970 as number or text, or ISO 8601."""

MILLISECONDS_FROM = 100_000_000_000
"""A number from here on is milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973."""

STATES = ("sent", "delivered", "read")
"""Delivery states in the order in which they rise."""
FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened on a channel. Use one of the classes below."""

    channel: str
    """The channel's uuid or name, or for WhatsApp its phone number id."""
    id: str
    """Unique in its channel. For messages the message's own id; for a delivery status that of the message it tells
    about."""
    time: Time
    """When it happened; a datetime without a zone is in UTC. The future is taken for now."""
    identities: tuple[str, ...] = ()
    """URNs of the person, all that the provider sent."""
    profile_name: str | None = None
    """The name that the person gave to the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage(Event):
    """The person wrote."""

    text: str | None = None
    """The whole text, or that of a button that was pressed; None for anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage(Event):
    """We wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus(Event):
    """What became of a message of ours: `sent`, `delivered`, `read` or `failed`; another state is ignored."""

    state: str
    stopped_marketing: bool = False
    """The message failed because the person has stopped marketing messages: an opt-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceChange(Event):
    """The person asked for messages of a purpose, or asked for no more."""

    state: Literal["yes", "no"]
    purpose: str = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange(Event):
    """The network says that a person has other identities from now on: `identities` instead of `previous`."""

    previous: tuple[str, ...] = ()


def instant(time: Time, now: datetime) -> datetime:
    """The instant of an event, in UTC, not later than `now`. Raises InvalidValue (`invalid_time`)."""
    try:
        moment = _moment(time)
    except (ValueError, OverflowError, OSError, TypeError) as error:
        raise InvalidValue(
            f"{str(time)[:40]!r} is no time; write seconds or milliseconds since 1970, or 2026-05-01T12:00:00Z.",
            code="invalid_time", property="time", value=time,
        ) from error  # fmt: skip
    return min(moment, now)


def _moment(time: Time) -> datetime:
    if isinstance(time, bool):
        raise TypeError("a truth value is no time")
    if isinstance(time, str):
        text = time.strip()
        digits = text.isascii() and text.replace(".", "", 1).isdigit()
        time = float(text) if digits else datetime.fromisoformat(text)
    if isinstance(time, datetime):
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    if time < 0:
        raise ValueError("before 1970")
    return datetime.fromtimestamp(time / 1000 if time >= MILLISECONDS_FROM else time, UTC)
