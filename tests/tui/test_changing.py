"""Verbs, forms, undo: what a person changes, and how she is asked first."""

from __future__ import annotations

import json
from pathlib import Path

from textual.events import Key
from textual.widgets import Input
from tui_driver import make_app, press, run, screen_text, settle, write

import contacthub as ch
from contacthub.tui.ask import Confirm, Pick, Tell, TypeCount
from contacthub.tui.browse import BrowseScreen
from contacthub.tui.form import FormScreen
from contacthub.tui.table import LazyTable


def ana(hub: ch.Hub) -> ch.Contact:
    contact = hub.contacts.by_urn("tel:+5521987654321")
    assert contact is not None
    return contact


def table(app) -> LazyTable:
    return app.screen.query_one(LazyTable)


def test_a_tag_goes_to_the_row_under_the_cursor_and_u_takes_it_back(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "t")
        await write(pilot, "summer")
        assert "a new tag" in screen_text(app)
        await press(pilot, "enter")
        assert ana(hub).tags == ["fair-2026", "summer", "vip"]
        assert "summer" in screen_text(app)
        await press(pilot, "u")
        assert ana(hub).tags == ["fair-2026", "vip"]
        await press(pilot, "ctrl+r")
        assert "summer" in ana(hub).tags

    run(app, script, (120, 36))


def test_a_change_of_several_is_confirmed_with_count_and_names(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "space", "space", "space", "t")
        await write(pilot, "vip")
        await press(pilot, "enter")
        assert isinstance(app.screen, Confirm)
        text = screen_text(app)
        assert "1 will change: Bruno Souza" in text
        assert "2 are so already" in text
        await press(pilot, "n")
        assert len(hub.find("tag = vip")) == 3
        await press(pilot, "t")
        await write(pilot, "vip")
        await press(pilot, "enter", "y")
        assert len(hub.find("tag = vip")) == 4

    run(app, script)


def test_all_but_one_are_changed(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "asterisk", "space", "t")
        await write(pilot, "all")
        await press(pilot, "enter", "y")
        assert len(hub.find("tag = all")) == 7
        assert "all" not in ana(hub).tags

    run(app, script)


def test_a_name_in_the_list_is_taken_without_finishing_it(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "j", "t")
        await write(pilot, "fa")
        assert isinstance(app.screen, Pick)
        await press(pilot, "enter")
        assert "fair-2026" in hub.contacts.by_urn("tel:+5521987654322").tags

    run(app, script)


VERBS = (
    ("T enter", lambda hub: ana(hub).tags == ["vip"]),
    ("plus 'Friends' enter", lambda hub: hub.groups.get("Friends").count == 1),
    ("minus 'Friends' enter", lambda hub: hub.groups.get("Friends").count == 0),
    ("plus 'Fresh' enter", lambda hub: hub.groups.get("Fresh").count == 1),
    ("L a enter", lambda hub: ana(hub).lists == ["Sales"]),
    ("L r enter", lambda hub: ana(hub).lists == []),
    ("m", lambda hub: ana(hub).assignee == "bia"),
    ("A 'nobody' enter", lambda hub: ana(hub).assignee is None),
    ("A 'bia' enter", lambda hub: ana(hub).assignee == "bia"),
    ("s b", lambda hub: ana(hub).status == "blocked"),
    ("s a", lambda hub: ana(hub).status == "active"),
    ("s s", lambda hub: ana(hub).status == "stopped"),
    ("s x", lambda hub: ana(hub).status == "archived"),
    ("s escape", lambda hub: ana(hub).status == "archived"),
    ("o y enter escape", lambda hub: ana(hub).as_dict()["opt_in"]["marketing"] == "unknown"),
    ("o y 'form' enter", lambda hub: ana(hub).as_dict()["opt_in"]["marketing"] == "yes"),
    ("o n 'call' enter", lambda hub: ana(hub).as_dict()["opt_in"]["marketing"] == "no"),
    ("R 'hello' enter", lambda hub: ana(hub).remarks == "hello"),
)
"""Keys, with what is typed in quotes, and what is so afterwards; one after the other on the first contact."""


def test_each_verb_does_what_its_key_says(hub: ch.Hub) -> None:
    hub.members.create("bia", name="Bia", role="admin")
    app = make_app(hub)

    async def script(pilot) -> None:
        for keys, check in VERBS:
            for key in keys.split():
                if key.startswith("'"):
                    await write(pilot, key.strip("'"))
                else:
                    await press(pilot, key)
            assert isinstance(app.screen, BrowseScreen), keys
            assert check(hub), keys

    run(app, script)


def test_the_count_is_typed_before_a_delete(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "space", "space", "D")
        assert isinstance(app.screen, TypeCount)
        assert "Ana Lima, Bruno Souza" in screen_text(app)
        await press(pilot, "3", "enter")
        assert isinstance(app.screen, TypeCount)
        assert len(hub.contacts) == 8
        await press(pilot, "backspace", "2", "enter")
        assert len(hub.contacts) == 6
        assert "Ana Lima" not in screen_text(app).splitlines()[3]
        await press(pilot, "u")
        assert "Delete, 2 contacts" in screen_text(app)
        await press(pilot, "y")
        assert len(hub.contacts) == 8
        assert "Ana Lima" in screen_text(app)

    run(app, script)


def test_letters_that_are_pasted_change_nothing_that_cannot_be_undone(hub: ch.Hub) -> None:
    before = {contact.uuid for contact in hub.find("")}
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, *"Dear Ana, see you")
        assert {contact.uuid for contact in hub.find("")} == before

    run(app, script)


def test_a_contact_is_edited_and_only_what_changed_is_sent(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "e")
        assert isinstance(app.screen, FormScreen)
        app.screen.query_one("#entry-fields-city", Input).value = "Natal"
        ana(hub).edit(name="Ana de Lima")
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, BrowseScreen)
        assert (ana(hub).name, ana(hub).fields["city"], ana(hub).fields["age"]) == ("Ana de Lima", "Natal", 36)

    run(app, script)


def test_an_error_stands_under_its_field(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "e")
        app.screen.query_one("#entry-fields-age", Input).value = "old"
        await press(pilot, "ctrl+s")
        assert app.screen.query_one("#entry-fields-age-error").display
        assert app.focused is app.screen.query_one("#entry-fields-age")
        app.screen.query_one("#entry-fields-age", Input).value = ""
        app.screen.query_one("#entry-urns-0", Input).value = "12"
        await press(pilot, "ctrl+s")
        assert app.screen.query_one("#entry-urns-0-error").display
        assert ana(hub).fields["age"] == 36

    run(app, script)


def test_a_new_contact_is_written(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "a")
        await write(pilot, "Davi")
        await press(pilot, "tab")
        await write(pilot, "(21) 98765-0001")
        await press(pilot, "tab")
        await write(pilot, "davi@example.org")
        await press(pilot, "ctrl+s")
        contact = hub.contacts.by_urn("tel:+5521987650001")
        assert contact is not None
        assert contact.urns == ["tel:+5521987650001", "mailto:davi@example.org"]
        assert "Davi" in screen_text(app)

    run(app, script)


def test_a_draft_survives_a_dropped_line(hub: ch.Hub, tmp_path: Path) -> None:
    first = make_app(hub)

    async def drops(pilot) -> None:
        await press(pilot, "e")
        await write(pilot, "X")
        await settle(pilot)

    run(first, drops)
    drafts = list((tmp_path / "state").rglob("drafts/*.json"))
    assert [json.loads(draft.read_text()) for draft in drafts] == [{"name": "Ana LimaX"}]
    assert drafts[0].stat().st_mode & 0o777 == 0o600
    second = make_app(hub)

    async def comes_back(pilot) -> None:
        await press(pilot, "e")
        assert "Ana LimaX" in screen_text(second)
        await press(pilot, "ctrl+s")
        assert ana(hub).name == "Ana LimaX"

    run(second, comes_back)
    assert not drafts[0].exists()


def test_leaving_a_form_asks_where_something_was_written(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "e", "escape")
        assert isinstance(app.screen, BrowseScreen)
        await press(pilot, "e", "X", "escape")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "y")
        assert ana(hub).name == "Ana Lima"

    run(app, script)


def test_the_history_undoes_any_operation(hub: ch.Hub) -> None:
    ana(hub).tag("first")
    ana(hub).tag("second")
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "H", "j")
        assert "tag second" in screen_text(app)
        await press(pilot, "u")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "y")
        assert ana(hub).tags == ["fair-2026", "second", "vip"]
        assert "undone" in screen_text(app)

    run(app, script)


def test_an_undo_in_part_says_what_was_kept(hub: ch.Hub) -> None:
    operation = ana(hub).edit(name="Anna")
    ana(hub).edit(name="Anna Lima")
    hub.undo()
    ana(hub).edit(name="Somebody else")
    app = make_app(hub)

    async def script(pilot) -> None:
        rows = [op.id for op in hub.operations()]
        await press(pilot, "H", *["j"] * rows.index(operation.id), "u", "y")
        assert isinstance(app.screen, Tell)
        assert "Kept:" in screen_text(app)
        assert ana(hub).name == "Somebody else"

    run(app, script)


def test_nothing_to_undo_is_a_sentence(empty_hub: ch.Hub) -> None:
    for _ in empty_hub.operations():
        empty_hub.undo()
    app = make_app(empty_hub)

    async def script(pilot) -> None:
        await press(pilot, "u")
        assert isinstance(app.screen, Tell)
        assert "nothing that bia could undo" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, BrowseScreen)

    run(app, script)


def test_a_read_only_session_has_no_keys_that_change(hub: ch.Hub) -> None:
    app = make_app(hub, read_only=True)

    async def script(pilot) -> None:
        assert "read-only" in screen_text(app)
        assert "Edit" not in screen_text(app).splitlines()[-1]
        await press(pilot, "t", "e", "a", "m", "s", "D", "u", "plus")
        assert isinstance(app.screen, BrowseScreen)
        assert hub.operations()[0].kind != "assign"
        await press(pilot, "question_mark")
        assert "Delete" not in screen_text(app)

    run(app, script)


def test_what_a_role_may_not_do_is_told(hub: ch.Hub, path: Path) -> None:
    hub.members.create("bia", name="Bia", role="admin")
    hub.members.create("vera", role="viewer")
    with ch.open(path, actor="vera") as viewed:
        app = make_app(viewed)

        async def script(pilot) -> None:
            text = screen_text(app)
            assert "+55" not in text
            assert ana(hub).ref in text
            await press(pilot, "t", "enter")
            assert isinstance(app.screen, Tell)
            assert "viewer" in screen_text(app)

        run(app, script, (80, 24))


def test_the_phone_is_copied_and_shown(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "y")
        assert app.clipboard == "+5521987654321"
        await press(pilot, "Y")
        assert json.loads(app.clipboard)["name"] == "Ana Lima"

    run(app, script)


def test_the_query_is_saved_as_a_group(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "slash")
        await write(pilot, "age > 30")
        await press(pilot, "enter", "S")
        await write(pilot, "Over 30")
        await press(pilot, "enter")
        assert hub.groups.get("Over 30").query == "fields.age > 30"
        assert "≈ Over 30" in screen_text(app)

    run(app, script, (120, 36))


def test_keys_that_come_in_a_burst_reach_what_they_were_meant_for(hub: ch.Hub) -> None:
    """Over a slow line `t`, the name of a tag and enter arrive at once; no letter may act as a command."""
    app = make_app(hub)

    async def script(pilot) -> None:
        operations = len(hub.operations())
        for key in ["slash", *"agent", "escape", "escape", "t", *"mease", "enter", "e", "end", *"amT", "ctrl+s"]:
            character = key if len(key) == 1 else None
            app.post_message(Key(key, character))
        await settle(pilot)
        await settle(pilot)
        assert isinstance(app.screen, BrowseScreen)
        assert "mease" in ana(hub).tags
        assert ana(hub).name == "Ana LimaamT"
        assert len(hub.operations()) == operations + 2

    run(app, script)


def test_undo_asks_before_it_walks_back_into_work_of_another_session(hub: ch.Hub) -> None:
    hub.find("tag = vip").tag("summer")
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "t")
        await write(pilot, "here")
        await press(pilot, "enter", "u")
        assert "here" not in ana(hub).tags
        await press(pilot, "u")
        assert isinstance(app.screen, Confirm)
        assert "Tag summer, 3 contacts" in screen_text(app)
        await press(pilot, "n")
        assert len(hub.find("tag = summer")) == 3
        await press(pilot, "u", "y")
        assert len(hub.find("tag = summer")) == 0
        assert [note.message for note in app._notifications] == ["Undone: tag summer, 3 contacts. ctrl+r redoes it."]

    run(app, script)


def test_a_note_makes_room_for_a_dialog(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "m")
        assert len(app._notifications) == 1
        await press(pilot, "s")
        assert not app._notifications

    run(app, script)


def test_one_contact_is_deleted_by_a_yes(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "D")
        assert "Delete Ana Lima?" in screen_text(app)
        await press(pilot, "n")
        assert len(hub.contacts) == 8
        await press(pilot, "D", "y")
        assert len(hub.contacts) == 7

    run(app, script)


def test_a_new_hub_says_how_it_is_begun(empty_hub: ch.Hub) -> None:
    app = make_app(empty_hub)

    async def script(pilot) -> None:
        assert "No contacts yet: a writes one, I imports a file." in screen_text(app)
        assert "country=" not in screen_text(app)
        await press(pilot, "t")
        assert [note.message for note in app._notifications] == ["No contact here."]
        empty_hub.settings.update(country="")
        await press(pilot, "r")
        assert "contacthub settings country=BR" in screen_text(app)

    run(app, script)


def test_who_is_alone_is_offered_as_owner(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "A")
        assert "yourself" in screen_text(app)
        await press(pilot, "enter")
        assert ana(hub).assignee == "bia"

    run(app, script)


def test_two_marked_contacts_become_one(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "M")
        assert "Mark the two contacts" in screen_text(app)
        await press(pilot, "enter", "space", "space", "M")
        assert "Which contact stays?" in screen_text(app)
        await press(pilot, "1")
        asked = []
        while not isinstance(app.screen, Confirm):
            asked.append(screen_text(app))
            await press(pilot, "2" if "City" in asked[-1] else "1")
        assert any("Recife" in text and "Olinda" in text for text in asked)
        assert "Merge Bruno Souza into Ana Lima?" in screen_text(app)
        assert "Created on" not in screen_text(app)
        await press(pilot, "y")
        assert len(hub.contacts) == 7
        assert ana(hub).fields["city"] == "Olinda"
        assert ana(hub).fields["age"] == 36
        assert ana(hub).urns == ["whatsapp:5521987654321", "tel:+5521987654322"]
        assert ana(hub).tags == ["fair-2026", "lead", "vip"]

    run(app, script)
