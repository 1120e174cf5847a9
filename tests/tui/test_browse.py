"""The list, the tree, the search and the card, on a real hub."""

from __future__ import annotations

import pytest
from textual.widgets import Input
from tui_driver import make_app, press, run, screen_text, settle, write

import contacthub as ch
from contacthub.tui.browse import BrowseScreen
from contacthub.tui.card import ContactCard
from contacthub.tui.contact import ContactScreen
from contacthub.tui.help import HelpScreen
from contacthub.tui.search import SearchBar
from contacthub.tui.table import LazyTable

WIDE = (120, 36)


def table(app) -> LazyTable:
    return app.screen.query_one(LazyTable)


def test_the_first_screen_lists_who_is_available(hub: ch.Hub) -> None:
    hub.contacts.by_urn("tel:+5521987654322").block()
    app = make_app(hub)

    async def script(pilot) -> None:
        text = screen_text(app)
        assert "Horizonte › Available" in text
        assert "7 contacts" in text
        assert "Ana Lima" in text
        assert "wa +5521987654321" in text
        assert "fair-2026, vip" in text
        assert "Bruno" not in text
        assert "no name" in text

    run(app, script, (80, 24))


@pytest.mark.parametrize(("size", "panes"), [((80, 24), 1), ((109, 30), 1), ((110, 30), 3), ((200, 50), 3)])
def test_the_panes_depend_on_the_width(hub: ch.Hub, size: tuple[int, int], panes: int) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        shown = [pane for pane in app.screen.query("#sidebar, #list, #detail") if pane.display]
        assert len(shown) == panes
        assert "Ana Lima" in screen_text(app)

    run(app, script, size)


def test_the_tree_opens_and_closes_where_there_is_no_room_for_it(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "backslash")
        assert "Opted out" in screen_text(app)
        await press(pilot, "backslash")
        assert "Opted out" not in screen_text(app)
        assert app.focused is table(app)

    run(app, script, (80, 24))


def test_choosing_a_group_in_the_tree_shows_its_contacts_and_its_query(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        sidebar = app.screen.sidebar
        line = next(n for n in range(40) if "Adults" in str(sidebar.get_node_at_line(n).label))
        sidebar.cursor_line = line
        await press(pilot, "1", "enter")
        assert 'group = "Adults"' in screen_text(app)
        assert table(app).count == 4
        assert app.focused is table(app)

    run(app, script, WIDE)


def test_the_tree_counts_and_marks_dynamic_groups(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        lines = [line[:27] for line in screen_text(app).splitlines()]
        assert any("≈ Adults" in line and line.rstrip().endswith("4") for line in lines)
        assert any("Friends" in line and "≈" not in line for line in lines)
        assert any("vip" in line and line.rstrip().endswith("3") for line in lines)

    run(app, script, WIDE)


def test_the_count_is_live_and_the_list_follows_at_enter(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "slash")
        await write(pilot, "tag = vip")
        assert str(app.screen.query_one("#search-count").content) == "3"
        assert table(app).count == 8
        await press(pilot, "enter")
        assert table(app).count == 3
        assert app.focused is table(app)
        assert "Horizonte › Search" in screen_text(app)

    run(app, script)


def test_a_wrong_query_is_pointed_at_and_the_list_stays(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "slash")
        await write(pilot, "agge > 18")
        await press(pilot, "enter")
        lines = screen_text(app).splitlines()
        assert lines[1].index("agge") == lines[2].index("^^^^")
        assert "agge" in lines[3]
        assert table(app).count == 8
        assert isinstance(app.focused, Input)
        await press(pilot, "escape", "escape")
        assert "^" not in screen_text(app)
        assert "status = active" in screen_text(app).splitlines()[1]

    run(app, script, (80, 24))


def test_the_only_hit_of_a_search_is_opened(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "slash")
        await write(pilot, "name ~ ana")
        await press(pilot, "enter")
        assert isinstance(app.screen, ContactScreen)
        assert "Ana Lima" in screen_text(app)

    run(app, script)


def test_completion_offers_properties_then_their_values(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "slash")
        await write(pilot, "cit")
        assert "city" in screen_text(app)
        await press(pilot, "tab")
        box = app.screen.query_one("#search-input", Input)
        assert box.value.startswith("city")
        await write(pilot, " = " if not box.value.endswith("= ") else "")
        await write(pilot, "Rec")
        await press(pilot, "tab", "enter")
        assert table(app).count == 3

    run(app, script)


def test_escape_leaves_the_box_then_the_marks_then_the_query(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "slash")
        await write(pilot, "tag = vip")
        await press(pilot, "enter", "space", "slash", "escape")
        assert app.focused is table(app)
        assert table(app).marks.count(3) == 1
        await press(pilot, "escape")
        assert table(app).marks.count(3) == 0
        assert table(app).count == 3
        await press(pilot, "escape")
        assert table(app).count == 8
        await press(pilot, "escape")
        assert app.is_running

    run(app, script)


def test_marks_ranges_inversion_and_all(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        marked = lambda: table(app).marks.count(table(app).count)  # noqa: E731
        await press(pilot, "space", "space")
        assert (marked(), table(app).cursor) == (2, 2)
        await press(pilot, "v", "j", "j", "v")
        assert marked() == 5
        await press(pilot, "i")
        assert marked() == 3
        await press(pilot, "asterisk")
        assert marked() == 8
        assert "8 marked" in screen_text(app)
        await press(pilot, "g", "space")
        assert marked() == 7

    run(app, script)


def test_the_card_follows_the_cursor(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "j", "k")
        card = app.screen.query_one(ContactCard)
        assert card.data is not None
        assert card.data.contact.name == "Ana Lima"
        assert "never asked" in screen_text(app)
        assert "≈ dynamic" in screen_text(app)

    run(app, script, WIDE)


def test_a_contact_is_opened_and_the_next_ones_follow(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "enter")
        assert "1 of 8" in screen_text(app)
        assert "created  (bia)" in screen_text(app)
        await press(pilot, "n")
        assert "2 of 8" in screen_text(app)
        await press(pilot, "p", "p")
        assert "1 of 8" in screen_text(app)
        await press(pilot, "n", "escape")
        assert isinstance(app.screen, BrowseScreen)
        assert table(app).cursor == 1

    run(app, script, (80, 40))


def test_the_list_is_sorted(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "O", "n")
        assert "name A to Z" in screen_text(app)
        names = [table(app).row_at(n).cells[1] for n in range(3)]
        assert names == sorted(names, key=str)

    run(app, script)


def test_changes_of_others_appear_in_place(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "j", "j", "space")
        cursor = table(app).cursor
        hub.contacts.by_urn("whatsapp:5521987654321").edit(name="Ana of Recife")
        hub.contacts.create(name="Newcomer", urns=["tel:+5521987650000"])
        app.screen._poll()
        await settle(pilot)
        text = screen_text(app)
        assert "Ana of Recife" in text
        assert "1 new, r to show" in text
        assert "Newcomer" not in text
        assert table(app).cursor == cursor
        assert table(app).marks.count(8) == 1
        await press(pilot, "r")
        assert "Newcomer" in screen_text(app)
        assert "r to show" not in screen_text(app)

    run(app, script)


def test_help_shows_every_key_and_the_signs(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        text = screen_text(app)
        assert "Mark all contacts of the query." in text
        assert "✕ blocked" in text
        await press(pilot, "escape")
        assert isinstance(app.screen, BrowseScreen)

    run(app, script, (100, 140))


def test_the_palette_runs_commands(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await press(pilot, "colon")
        await write(pilot, "invert")
        await press(pilot, "enter", "enter")
        for _ in range(3):
            await settle(pilot)
        assert app.screen_stack[1].query_one(LazyTable).marks.everything

    run(app, script)


def test_columns_grow_with_the_width(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        assert "Assignee" not in screen_text(app).splitlines()[2]
        await pilot.resize_terminal(200, 40)
        await settle(pilot)
        assert "Assignee" in screen_text(app)

    run(app, script, (80, 24))


def test_the_search_box_keeps_up_with_a_fast_typist(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await pilot.press("slash")
        await write(pilot, "city = Recife OR city = Olinda")
        bar = app.screen.query_one(SearchBar)
        assert bar.query_one("#search-input", Input).value == "city = Recife OR city = Olinda"
        assert str(bar.query_one("#search-count").content) == "4"

    run(app, script)


def test_a_list_beside_the_tree_gives_up_columns_before_names(hub: ch.Hub) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        assert "Tags" in screen_text(app)
        await press(pilot, "backslash")
        await settle(pilot)
        assert "Number             S O" in screen_text(app).splitlines()[2]
        assert "Last seen" not in screen_text(app)
        await press(pilot, "backslash")
        await settle(pilot)
        assert "Last seen" in screen_text(app)

    run(app, script)
