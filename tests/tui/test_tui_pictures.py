"""How the main screens look, kept as pictures. `pytest --snapshot-update` takes new ones, to be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input
from tui_driver import make_app, press, settle, write

import contacthub as ch

SMALL, LARGE = (80, 24), (120, 36)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x36"])
def test_first_screen(hub: ch.Hub, snap_compare, size: tuple[int, int]) -> None:
    async def look(pilot) -> None:
        await settle(pilot)
        await press(pilot, "j", "space", "space", "k", "k", "k")

    assert snap_compare(make_app(hub), terminal_size=size, run_before=look)


def test_wrong_query(hub: ch.Hub, snap_compare) -> None:
    async def look(pilot) -> None:
        await settle(pilot)
        await press(pilot, "slash")
        pilot.app.screen.query_one(Input).cursor_blink = False
        await write(pilot, "agge > 18")
        await press(pilot, "enter")

    assert snap_compare(make_app(hub), terminal_size=SMALL, run_before=look)


def test_hostile_names(hostile_hub: ch.Hub, snap_compare) -> None:
    async def look(pilot) -> None:
        await settle(pilot)

    assert snap_compare(make_app(hostile_hub), terminal_size=LARGE, run_before=look)


def test_form(hub: ch.Hub, snap_compare) -> None:
    async def look(pilot) -> None:
        await settle(pilot)
        await press(pilot, "e")
        for box in pilot.app.screen.query(Input):
            box.cursor_blink = False
        pilot.app.screen.query_one("#entry-fields-age", Input).value = "old"
        await press(pilot, "ctrl+s")

    assert snap_compare(make_app(hub), terminal_size=SMALL, run_before=look)


def test_import_preview(hub: ch.Hub, snap_compare, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Name;WhatsApp;City\nAna Lima;+5521987654321;Natal\nDavi;(21) 98888-0001;Recife\n", "utf-8")

    async def look(pilot) -> None:
        await settle(pilot)
        await press(pilot, "I")
        pilot.app.screen.query_one(Input).value = str(path)
        await press(pilot, "enter")
        await settle(pilot)

    assert snap_compare(make_app(hub), terminal_size=SMALL, run_before=look)
