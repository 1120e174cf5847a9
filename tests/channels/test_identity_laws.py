"""Whatever networks tell about identities, and people do in between: every identity has one owner, and no message is
lost."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_events import (
    ANA,
    ANA_SHORT,
    ANA_TEL,
    ID_1,
    ID_2,
    ID_3,
    NUMBER,
    PARENT,
    RUI,
    TIME,
    message,
    moved,
    receive,
    status,
)
from standing_clock import Clock

import contacthub as ch
from contacthub.channels import DeliveryStatus, Event, InboundMessage
from contacthub.operations.commit import SUPERSEDED, keys_of

NUMBERS = (ANA, ANA_SHORT, RUI, "whatsapp:351912345678")
IDS = (ID_1, ID_2, ID_3)
times = st.integers(0, 20).map(lambda ago: TIME - 60 * ago)
channels = st.sampled_from([NUMBER, NUMBER, "2"])
people = st.builds(
    lambda number, id, parent: tuple(urn for urn in (number, id, parent) if urn),
    st.sampled_from([*NUMBERS, None]), st.sampled_from([*IDS, None]), st.sampled_from([None, None, PARENT]),
).filter(bool)  # fmt: skip
events = st.one_of(
    st.builds(lambda urns, time, channel: message(*urns, time=time, channel=channel), people, times, channels),
    st.builds(lambda urns, time: status(*urns, time=time, state="read"), people, times),
    st.builds(lambda urns, past, time: moved(*urns, previous=past, time=time), people, people, times),
)
deeds = st.sampled_from(["create", "tag", "edit", "delete", "undo", "merge"])


def do(hub: ch.Hub, deed: str, number: int) -> None:
    contacts = hub.find().page(limit=100)
    try:
        if deed == "create":
            hub.contacts.create(name="Ana", urns=[[ANA_TEL, RUI, ID_2][number % 3]])
        elif deed == "undo":
            done = [
                one
                for one in hub.operations(None)
                if one.kind != "channels" and one.undoes is None and one.undone_by is None
            ]
            if done:
                hub.undo(done[0].id)
        elif contacts:
            contact = contacts[number % len(contacts)]
            if deed == "tag":
                contact.tag("vip")
            elif deed == "edit":
                contact.edit(urns=[*contact.urns[1:], "mailto:ana@example.com"])
            elif deed == "delete":
                hub.contacts.delete(contact)
            elif len(contacts) > 1:
                hub.contacts.merge(contact, contacts[number % len(contacts) - 1])
    except (ch.InvalidValue, ch.Refused):
        pass  # an identity that is somebody else's, or nothing to take back: nothing has changed


def owned(hub: ch.Hub) -> None:
    assert hub.store.check() == []
    live: set[str] = set()
    for id, document in hub.store.scan("contacts"):
        once = {key for key in keys_of(document) if key.startswith(SUPERSEDED)}
        assert hub.store.owners(once).keys() == once
        keys = keys_of(document) - once
        assert hub.store.owners(keys) == dict.fromkeys(keys, id)
        assert live.isdisjoint(keys)
        live |= keys


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events | st.tuples(deeds, st.integers(0, 9)), max_size=14))
def test_every_identity_has_one_owner(happens: list[Any]) -> None:
    with ch.open(":memory:", create=True, actor="bia", clock=(clock := Clock())) as hub:
        hub.channels.create("Support", phone_number_id=NUMBER)
        hub.channels.create("Sister", phone_number_id="2", portfolio="sister")
        for one in happens:
            clock.forward(seconds=1)
            if isinstance(one, Event):
                assert hub.receive(one).outcome != "ignored"
                assert hub.receive(one).outcome == "repeated"
            else:
                do(hub, *one)
        owned(hub)


def told(happens: list[Event], *, at_once: bool) -> list[tuple[Any, ...]]:
    with ch.open(":memory:", create=True, actor="bia", clock=Clock()) as hub:
        hub.channels.create("Support", phone_number_id=NUMBER)
        hub.channels.create("Sister", phone_number_id="2", portfolio="sister")
        receive(hub, happens, at_once=at_once)
        owned(hub)
        return sorted((c.urns, *c.engagement.values()) for c in hub.find().page(limit=100))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, max_size=14))
def test_no_message_is_lost_whether_they_come_one_by_one_or_at_once(happens: list[Event]) -> None:
    contacts = told(happens, at_once=False)
    assert sum(received for _, received, *_ in contacts) == sum(isinstance(event, InboundMessage) for event in happens)
    assert sum(read for *_, read, _ in contacts) == sum(isinstance(event, DeliveryStatus) for event in happens)
    assert told(happens, at_once=True) == contacts
