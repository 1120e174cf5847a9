"""Names that strangers made up, through every screen."""

from __future__ import annotations

import pytest
from textual.widgets import Input
from tui_driver import make_app, press, run, screen_text, settle

import contacthub as ch
from contacthub.tui.contact import ContactScreen

OBEYED = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u202e", "\u202d", "\u2067", "\u2069"}


def harmless(app) -> str:
    text = screen_text(app).replace("\n", "")
    assert not OBEYED & set(text)
    return text


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)])
def test_no_name_breaks_the_list_or_the_card(hostile_hub: ch.Hub, size: tuple[int, int]) -> None:
    app = make_app(hostile_hub)

    async def script(pilot) -> None:
        text = harmless(app)
        if size[0] >= 80:
            assert "[/x] [bold" in text
            assert "invoice⟨RLO⟩" in text
        for _ in range(len(hostile_hub.contacts)):
            await pilot.press("j")
        await settle(pilot)
        harmless(app)

    run(app, script, size)


def test_no_name_breaks_the_contact_the_form_or_a_question(hostile_hub: ch.Hub) -> None:
    app = make_app(hostile_hub)

    async def script(pilot) -> None:
        await press(pilot, "enter")
        for _ in range(len(hostile_hub.contacts)):
            await press(pilot, "n")
            assert isinstance(app.screen, ContactScreen)
            harmless(app)
        for key in ("e", "D", "escape", "asterisk", "D"):
            await press(pilot, key)
            harmless(app)
            await press(pilot, "escape")

    run(app, script)


def test_a_form_saves_a_hostile_name_as_it_is(hostile_hub: ch.Hub) -> None:
    """What is shown is not what is saved: an edit of the city must not write `⟨RLO⟩` into the name."""
    app = make_app(hostile_hub)
    contact = next(contact for contact in hostile_hub.find("") if "\u202e" in contact.name)
    name = contact.name

    async def script(pilot) -> None:
        while app.screen.table.row.key != contact.uuid:
            await press(pilot, "j")
        await press(pilot, "e")
        app.screen.query_one("#entry-fields-city", Input).value = "Recife"
        await press(pilot, "ctrl+s")
        assert hostile_hub.contacts.get(contact.uuid).name == name
        assert hostile_hub.contacts.get(contact.uuid).fields["city"] == "Recife"

    run(app, script)


@pytest.mark.parametrize("name", ["vip\x1b[31m", "[/bold]", "a\u202eb", "\\[x]"])
def test_no_tag_breaks_the_tree_or_a_list_of_names(hub: ch.Hub, name: str) -> None:
    hub.contacts.by_urn("tel:+5521987654321").tag(name)
    app = make_app(hub)

    async def script(pilot) -> None:
        harmless(app)
        await press(pilot, "T")
        harmless(app)
        await press(pilot, "escape", "slash")
        await pilot.press(*"tag")
        await settle(pilot)
        harmless(app)

    run(app, script, (120, 36))


def test_right_to_left_names_stay_in_their_order(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        text = screen_text(app)
        assert "محمد علي" in text
        assert "שלום כהן" in text

    run(app, script)
