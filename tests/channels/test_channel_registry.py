"""Channels are made, renamed and taken away by operations."""

from pathlib import Path

import pytest
from made_events import ANA, NUMBER, message

import contacthub as ch
from contacthub.errors import InvalidValue, NotAllowed, NotFound, Refused


def test_a_channel_is_found_by_name_uuid_and_number(hub: ch.Hub) -> None:
    channel = hub.channels.get("support")
    assert hub.channels.get(NUMBER) == hub.channels.get(channel.uuid) == channel
    assert ("Support" in hub.channels, "Sales" in hub.channels, len(hub.channels)) == (True, False, 1)
    assert (channel.type, channel.schemes) == ("whatsapp", ("whatsapp", "tel"))


@pytest.mark.parametrize(
    ("type", "schemes"),
    [("telegram", ("telegram",)), ("sms", ("tel",)), ("email", ("mailto",)), ("Webchat", ("webchat",))],
)
def test_schemes_follow_from_the_type(hub: ch.Hub, type: str, schemes: tuple[str, ...]) -> None:
    assert hub.channels.create("Other", type).schemes == schemes


def test_changes_of_channels_are_undone(hub: ch.Hub) -> None:
    hub.channels.rename("Support", "Help")
    assert [channel.name for channel in hub.channels] == ["Help"]
    hub.channels.delete("Help")
    assert list(hub.channels) == []
    hub.undo()
    hub.undo()
    assert hub.channels.get(NUMBER).name == "Support"


@pytest.mark.parametrize(("name", "number"), [("support", "8"), ("Sales", NUMBER)])
def test_names_and_numbers_are_unique(hub: ch.Hub, name: str, number: str) -> None:
    with pytest.raises(Refused) as caught:
        hub.channels.create(name, phone_number_id=number)
    assert caught.value.code == "exists"


def test_a_type_that_says_no_scheme_needs_one(hub: ch.Hub) -> None:
    with pytest.raises(InvalidValue, match="give the schemes"):
        hub.channels.create("Door", "doorbell")
    assert hub.channels.create("Door", "doorbell", schemes=["ext"]).schemes == ("ext",)


def test_only_an_admin_makes_channels(tmp_path: Path) -> None:
    with ch.open(tmp_path / "team.hub", create=True, actor="bia") as hub:
        hub.members.create("bia")
        hub.members.create("leo", role="editor")
    with ch.open(tmp_path / "team.hub", actor="leo") as hub, pytest.raises(NotAllowed):
        hub.channels.create("Sales")


def test_an_event_of_an_unknown_channel_is_refused(hub: ch.Hub) -> None:
    with pytest.raises(NotFound, match="The channels are: Support") as caught:
        hub.receive(message(ANA, channel="Sales"))
    assert caught.value.code == "unknown_channel"


def test_an_event_of_people_of_another_kind_is_refused(hub: ch.Hub) -> None:
    with pytest.raises(InvalidValue, match="are known by whatsapp or tel, not by mailto"):
        hub.receive(message("mailto:ana@example.com"))
    assert len(hub.contacts) == 0
