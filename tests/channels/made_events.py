"""Events and payloads for tests, with what does not matter filled in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import contacthub as ch
from contacthub import channels
from contacthub.channels.receive import Checker, receive_all

NUMBER = "800000000000001"
ANA, ANA_SHORT, ANA_TEL = "whatsapp:5581987654321", "whatsapp:558187654321", "tel:+5581987654321"
RUI = "whatsapp:5581999990001"
ID_1, ID_2, ID_3 = (f"whatsapp:BR.100000000000000{n}" for n in (1, 2, 3))
PARENT = "whatsapp:BR.ENT.2000000000000001"
TIME = 1_795_262_400
"""2026-11-21 12:00 UTC, the time of the tests' clock."""

_numbers = count()


def _values(identities: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    return {"channel": NUMBER, "id": f"event-{next(_numbers)}", "time": TIME, "identities": identities} | values


def message(*identities: str, **values: Any) -> channels.InboundMessage:
    return channels.InboundMessage(**_values(identities, values))


def answer(*identities: str, **values: Any) -> channels.OutboundMessage:
    return channels.OutboundMessage(**_values(identities, values))


def status(*identities: str, **values: Any) -> channels.DeliveryStatus:
    return channels.DeliveryStatus(**_values(identities, values))


def preference(*identities: str, **values: Any) -> channels.PreferenceChange:
    return channels.PreferenceChange(**_values(identities, values))


def moved(*identities: str, **values: Any) -> channels.IdentityChange:
    return channels.IdentityChange(**_values(identities, values))


def payload(value: dict[str, Any], field: str = "messages", number: str | None = NUMBER) -> dict[str, Any]:
    metadata = {"metadata": {"phone_number_id": number}} if number else {}
    change = {"field": field, "value": {"messaging_product": "whatsapp", **metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]}


def receive(hub: ch.Hub, events: Sequence[channels.Event], *, at_once: bool) -> None:
    """Receive events in one operation, as `ingest` does with many, or one by one."""
    if at_once:
        checker = Checker(hub.session)
        receive_all(hub.session, [checker.check(event) for event in events])
    else:
        for event in events:
            hub.receive(event)
