"""The hub's channels: the addresses at which the organisation is written to. Made and changed by operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from contacthub.engine.port import Document
from contacthub.errors import InvalidValue, NotFound, Refused
from contacthub.identity.urns import SCHEMES
from contacthub.model.contact import new_uuid
from contacthub.model.text import fold
from contacthub.model.values import instant_text, line
from contacthub.operations.commit import commit
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation
from contacthub.session import Session

CHANNELS = "channels"
SCHEMES_OF_TYPE = {
    "whatsapp": ("whatsapp", "tel"),
    "sms": ("tel",),
    "email": ("mailto",),
    "twitter": ("twitter", "twitterid"),
}
"""What people are known by on channels whose type is not itself the name of a scheme."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One address of the organisation."""

    id: int
    uuid: str
    name: str
    type: str
    """`whatsapp`, `telegram`, `sms`, `webchat`, `email`, …"""
    address: str
    """What people write to: a number, a handle, an e-mail address."""
    schemes: tuple[str, ...]
    """The schemes of the identities of people on this channel."""
    phone_number_id: str
    """WhatsApp's own id of the number, by which payloads are routed; empty for other types."""
    portfolio: str
    """The business portfolio that WhatsApp's business-scoped ids belong to; empty for a hub that has only one."""

    @classmethod
    def of(cls, id: int, document: Document) -> Channel:
        values: dict[str, Any] = {key: document[key] for key in cls.__slots__ if key not in ("id", "schemes")}
        return cls(id=id, schemes=tuple(document["schemes"]), **values)


def channels(session: Session) -> list[Channel]:
    """All channels, by name."""
    found = (Channel.of(id, document) for id, document in session.store.scan(CHANNELS))
    return sorted(found, key=lambda channel: fold(channel.name))


class Registry:
    """The channels as they are now, found by uuid, phone number id or name."""

    def __init__(self, session: Session) -> None:
        self.channels = channels(session)
        self._found: dict[str, Channel] = {fold(channel.name): channel for channel in self.channels}
        self._found |= {channel.phone_number_id: channel for channel in self.channels if channel.phone_number_id}
        self._found |= {channel.uuid: channel for channel in self.channels}

    def get(self, reference: str) -> Channel | None:
        return self._found.get(reference) or self._found.get(fold(reference))

    def found(self, reference: str) -> Channel:
        """The channel of a uuid, phone number id or name. Raises NotFound (`unknown_channel`)."""
        channel = self.get(reference)
        if channel is None:
            known = ", ".join(channel.name for channel in self.channels) or "none yet"
            raise NotFound(f"There is no channel {reference!r}. The channels are: {known}.", code="unknown_channel")
        return channel


def create(
    session: Session,
    name: str,
    type: str,
    *,
    address: str = "",
    schemes: Iterable[str] | None = None,
    phone_number_id: str = "",
    portfolio: str = "",
) -> Operation:
    """A new channel. `schemes` are by default those of its type.

    Raises InvalidValue, Refused (`exists`), NotAllowed.
    """
    session.require("settings")
    document = {
        "uuid": new_uuid(),
        "name": line(name, "name", 64, empty=False),
        "type": line(type, "type", 32, empty=False).lower(),
        "address": line(address, "address", 320),
        "schemes": [],
        "phone_number_id": line(phone_number_id, "phone_number_id", 64),
        "portfolio": line(portfolio, "portfolio", 64),
        "created_on": instant_text(session.now()),
    }
    document["schemes"] = _schemes(str(document["type"]), schemes)
    _refuse_existing(session, str(document["name"]), str(document["phone_number_id"]))
    change = CatalogueChange(CHANNELS, -1, None, document)
    return commit(session, kind=CHANNELS, summary=f"create channel {name}", effects=Effects(catalogue=[change]))


def rename(session: Session, name: str, new: str) -> Operation:
    """Give a channel another name. Raises NotFound, InvalidValue, Refused (`exists`), NotAllowed."""
    session.require("settings")
    channel, before = _stored(session, name)
    new = line(new, "name", 64, empty=False)
    if fold(new) != fold(channel.name):
        _refuse_existing(session, new, "")
    change = CatalogueChange(CHANNELS, channel.id, before, {**before, "name": new})
    summary = f"rename channel {channel.name} to {new}"
    return commit(session, kind=CHANNELS, summary=summary, effects=Effects(catalogue=[change]))


def delete(session: Session, name: str) -> Operation:
    """Take a channel away; contacts that wrote to it stay. Raises NotFound, NotAllowed."""
    session.require("settings")
    channel, before = _stored(session, name)
    change = CatalogueChange(CHANNELS, channel.id, before, None)
    summary = f"delete channel {channel.name}"
    return commit(session, kind=CHANNELS, summary=summary, effects=Effects(catalogue=[change]))


def _stored(session: Session, name: str) -> tuple[Channel, Document]:
    channel = Registry(session).found(name)
    return channel, session.store.get(CHANNELS, [channel.id])[channel.id]


def _schemes(type: str, schemes: Iterable[str] | None) -> list[str]:
    wanted = list(SCHEMES_OF_TYPE.get(type, (type,)) if schemes is None else schemes)
    unknown = [scheme for scheme in wanted if scheme not in SCHEMES]
    if unknown or not wanted:
        raise InvalidValue(
            f"There is no scheme {unknown[0] if unknown else ''!r}; give the schemes of the people on this channel, "
            f"of {', '.join(SCHEMES)}.",
            code="unknown_scheme", property="schemes", value=schemes,
        )  # fmt: skip
    return wanted


def _refuse_existing(session: Session, name: str, phone_number_id: str) -> None:
    for channel in channels(session):
        if fold(channel.name) == fold(name):
            raise Refused(f"There is a channel {channel.name!r} already.", code="exists")
        if phone_number_id and channel.phone_number_id == phone_number_id:
            raise Refused(f"The channel {channel.name!r} has the phone number id {phone_number_id}.", code="exists")
