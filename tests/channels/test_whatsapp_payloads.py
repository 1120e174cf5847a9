"""Payloads of WhatsApp's Cloud API, as its documentation shows them, and as nobody would expect them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_events import NUMBER, payload

from contacthub.channels import (
    DeliveryStatus,
    IdentityChange,
    InboundMessage,
    PreferenceChange,
    whatsapp,
)
from contacthub.errors import InvalidValue

WA, BSUID, OLD, PARENT = "5581987654321", "BR.1000000000000001", "BR.1000000000000000", "BR.ENT.2000000000000001"
TIME = "1793456422"


def written(**message: Any) -> dict[str, Any]:
    return {"from": WA, "id": "wamid.1", "timestamp": TIME, "type": "text", **message}


def only(value: dict[str, Any], field: str = "messages") -> Any:
    [event] = whatsapp.events(payload(value, field))
    return event


def test_a_text_message() -> None:
    contacts = [{"profile": {"name": "Ana", "username": "@ana"}, "wa_id": WA, "user_id": BSUID}]
    event = only({"contacts": contacts, "messages": [written(text={"body": "oi"})]})
    assert event == InboundMessage(
        channel=NUMBER,
        id="wamid.1",
        time=TIME,
        identities=(f"whatsapp:{WA}", f"whatsapp:{BSUID}"),
        profile_name="Ana",
        text="oi",
    )


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"type": "image", "image": {"id": "1"}}, None),
        ({"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "👍"}}, None),
        ({"type": "button", "button": {"text": "Sair", "payload": "x"}}, "Sair"),
        ({"type": "interactive", "interactive": {"button_reply": {"id": "1", "title": "Parar"}}}, "Parar"),
        ({"type": "interactive", "interactive": {"list_reply": {"id": "1", "title": "Parar"}}}, None),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, None),
        ({"type": "something of next year"}, None),
    ],
)
def test_messages_of_every_type(message: dict[str, Any], text: str | None) -> None:
    event = only({"messages": [written(**message)]})
    assert (type(event), event.text, event.identities) == (InboundMessage, text, (f"whatsapp:{WA}",))


def test_somebody_without_a_visible_number() -> None:
    message = {"from_user_id": BSUID, "from_parent_user_id": PARENT, "id": "wamid.1", "timestamp": TIME}
    contacts = [{"profile": {"name": "Manu"}, "user_id": BSUID}]
    event = only({"contacts": contacts, "messages": [message]})
    assert (event.identities, event.profile_name) == ((f"whatsapp:{BSUID}", f"whatsapp:{PARENT}"), "Manu")


def test_each_message_gets_the_profile_of_its_sender() -> None:
    contacts = [{"profile": {"name": "Ana"}, "wa_id": WA}, {"profile": {"name": "Rui"}, "wa_id": "351912345678"}]
    messages = [written(**{"from": "351912345678"}), written(id="wamid.2"), written(id="wamid.3", **{"from": "1"})]
    found = whatsapp.events(payload({"contacts": contacts, "messages": messages}))
    assert [event.profile_name for event in found] == ["Rui", "Ana", None]


def test_states_of_a_message_of_ours() -> None:
    said = {"id": "wamid.9", "status": "read", "timestamp": TIME, "recipient_id": WA, "recipient_user_id": BSUID}
    assert only({"statuses": [said]}) == DeliveryStatus(
        channel=NUMBER,
        id="wamid.9",
        time=TIME,
        identities=(f"whatsapp:{WA}", f"whatsapp:{BSUID}"),
        state="read",
    )


@pytest.mark.parametrize(("code", "stopped"), [(131050, True), (131026, False), ("131050", False)])
def test_an_error_says_that_somebody_stopped_marketing(code: Any, stopped: bool) -> None:
    said = {"id": "wamid.9", "status": "failed", "timestamp": TIME, "recipient_id": WA, "errors": [{"code": code}]}
    assert only({"statuses": [said]}).stopped_marketing is stopped


@pytest.mark.parametrize(("value", "state"), [("stop", "no"), ("resume", "yes")])
def test_preferences(value: str, state: str) -> None:
    said = {"wa_id": WA, "category": "marketing_messages", "value": value, "timestamp": 1793456422}
    event = only({"contacts": [{"wa_id": WA, "user_id": BSUID}], "user_preferences": [said]}, "user_preferences")
    assert (type(event), event.state, event.time, event.profile_name) == (PreferenceChange, state, 1793456422, None)
    assert event.identities == (f"whatsapp:{WA}", f"whatsapp:{BSUID}")


NEW = "5581999990001"


@pytest.mark.parametrize(
    ("message", "previous", "now"),
    [
        ({"from": WA, "system": {"type": "user_changed_number", "wa_id": NEW}}, [WA], [NEW]),
        ({"from": WA, "system": {"type": "user_changed_number", "new_wa_id": NEW}}, [WA], [NEW]),
        (
            {
                "from": WA,
                "system": {
                    "type": "user_changed_number", "wa_id": NEW, "user_id": BSUID, "previous_user_id": OLD,
                },
            },
            [WA, OLD],
            [NEW, BSUID],
        ),
        (
            {"from_user_id": BSUID, "system": {
                "type": "user_changed_user_id", "user_id": BSUID, "previous_user_id": OLD, "parent_user_id": PARENT,
            }},
            [OLD],
            [BSUID, PARENT],
        ),
        ({"from_user_id": OLD, "system": {"type": "user_changed_user_id", "user_id": BSUID}}, [OLD], [BSUID]),
    ],
)  # fmt: skip
def test_system_messages_tell_changed_identities(message: dict[str, Any], previous: list[str], now: list[str]) -> None:
    event = only({"messages": [{"id": "wamid.1", "timestamp": TIME, "type": "system", **message}]})
    assert isinstance(event, IdentityChange)
    assert event.previous == tuple(f"whatsapp:{path}" for path in previous)
    assert event.identities == tuple(f"whatsapp:{path}" for path in now)


def test_the_older_form_of_a_changed_id() -> None:
    update = {"wa_id": WA, "user_id": {"previous": OLD, "current": BSUID}, "timestamp": TIME}
    value = {"contacts": [{"profile": {"name": "Ana"}, "wa_id": WA}], "user_id_update": [update]}
    event = only(value, "user_id_update")
    assert (event.previous, event.identities) == ((f"whatsapp:{OLD}",), (f"whatsapp:{WA}", f"whatsapp:{BSUID}"))
    assert event.profile_name == "Ana"


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [written(group_id="1203")]},
        {"statuses": [{"id": "1", "status": "read", "recipient_id": "1203", "recipient_type": "group"}]},
        {"messages": [{"id": "wamid.1", "timestamp": TIME, "type": "text"}]},
        {"messages": [written(id="")]},
        {"messages": [written(type="system", system={"type": "user_identity_changed"})]},
        {"messages": [written(type="system", system={"type": "user_changed_number"})]},
        {"user_preferences": [{"wa_id": WA, "category": "marketing_messages", "value": "maybe", "timestamp": 1}]},
        {"user_preferences": [{"wa_id": WA, "category": "else", "value": "stop", "timestamp": 1}]},
        {"user_id_update": [{"wa_id": WA, "user_id": BSUID}]},
        {"message_template_status_update": {}},
    ],
)
def test_what_is_about_nobody_is_counted_and_passed_over(value: dict[str, Any]) -> None:
    read = whatsapp.read(payload(value))
    assert (read.events, read.ignored) == ([], 1)


def test_a_change_without_a_number_is_passed_over() -> None:
    assert whatsapp.read(payload({"messages": [written()]}, number=None)).ignored == 1


def test_several_changes_are_routed_each_by_its_own_number() -> None:
    both = payload({"messages": [written()]})
    both["entry"] += payload({"messages": [written()]}, number="2")["entry"]
    assert [event.channel for event in whatsapp.events(both)] == [NUMBER, "2"]


@pytest.mark.parametrize("wrong", [{}, [], "x", None, 7, {"object": "page"}])
def test_what_is_no_payload_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        whatsapp.events(wrong)
    assert caught.value.code == "not_whatsapp"


NAMES = st.sampled_from(
    ["entry", "changes", "value", "metadata", "phone_number_id", "messages", "statuses", "contacts", "profile", "name",
     "from", "id", "timestamp", "type", "system", "user_id", "user_id_update", "user_preferences", "errors", "wa_id"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("system")
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=30
)


@given(ANYTHING)
def test_no_payload_makes_it_stumble(value: Any) -> None:
    odd = {"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]}
    assert isinstance(whatsapp.read(odd).ignored, int)
    if isinstance(value, dict):
        whatsapp.read(payload(value))
    whatsapp.read({"object": "whatsapp_business_account", "entry": value})
