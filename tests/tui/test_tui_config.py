"""The operator's own configuration, and the errors it may hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from tui_driver import NOW, press, run, screen_text

import contacthub as ch
from contacthub.errors import FileError
from contacthub.tui import config
from contacthub.tui.app import ContactsApp
from contacthub.tui.ask import Pick, Tell
from contacthub.tui.browse import BrowseScreen


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert config.load(tmp_path / "tui.toml") == config.Config()


def test_keys_and_theme_are_taken(hub: ch.Hub, tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    path.write_text('theme = "ansi-dark"\n[keys]\n"contact.tag" = "f5"\n', "utf-8")
    app = ContactsApp(hub, settings=config.load(path), now=lambda: NOW)

    async def script(pilot) -> None:
        assert app.theme == "ansi-dark"
        await press(pilot, "t")
        assert isinstance(app.screen, BrowseScreen)
        await press(pilot, "f5")
        assert isinstance(app.screen, Pick)
        await press(pilot, "escape", "question_mark")
        assert "f5  Add a tag." in screen_text(app)

    run(app, script, (80, 60))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("theme = ", "cannot be read"),
        ('theme = "pink"', "the themes are"),
        ('[keys]\n"contact.fly" = "f"', "there is no key 'contact.fly'"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(FileError, match=told):
        config.load(path)


def test_a_bug_is_told_in_a_sentence_and_logged(hub: ch.Hub, tmp_path: Path) -> None:
    app = ContactsApp(hub, settings=config.Config(), now=lambda: NOW)

    async def script(pilot) -> None:
        app.show_error(ValueError("an internal matter"))
        await pilot.pause()
        assert isinstance(app.screen, Tell)
        assert "Traceback" not in screen_text(app)
        app.bugs.clear()

    run(app, script)
    log = tmp_path / "state" / "contacthub" / "tui.log"
    assert "an internal matter" in log.read_text("utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
