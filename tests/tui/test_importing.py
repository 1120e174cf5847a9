"""Import and export through the terminal interface."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input
from tui_driver import make_app, press, run, screen_text, settle, write

import contacthub as ch
from contacthub.tui.ask import Confirm, Line, Tell
from contacthub.tui.browse import BrowseScreen
from contacthub.tui.files import completed
from contacthub.tui.importing import ImportScreen
from contacthub.tui.jobs import Job, JobsScreen

LEADS = """Name;WhatsApp;City;Tags
Ana Lima;+55 21 98765-4321;Natal;vip
Davi Rocha;(21) 98888-0001;Recife;lead, fair
Elisa;12;Olinda;
;;;
"""


@pytest.fixture
def conflict(tmp_path: Path) -> Path:
    """A file in which somebody else has Ana's number."""
    path = tmp_path / "names.csv"
    path.write_text("Name;WhatsApp\nZélia Prado;+5521987654321\n", "utf-8")
    return path


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text(LEADS, "utf-8")
    return path


async def open_preview(pilot, path: Path) -> None:
    await press(pilot, "I")
    pilot.app.screen.query_one(Input).value = str(path)
    await press(pilot, "enter")
    await settle(pilot)


def test_a_file_is_looked_at_then_committed_then_undone(hub: ch.Hub, leads: Path) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, leads)
        assert isinstance(app.screen, ImportScreen)
        text = screen_text(app)
        assert "1 create   1 update   1 error" in text
        assert "New tags: fair" in text
        assert len(hub.contacts) == 8
        await press(pilot, "tab", "tab")
        assert "Natal" in screen_text(app)
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, Confirm)
        assert "1 row in conflict or error is left out" in screen_text(app)
        await press(pilot, "y")
        assert isinstance(app.screen, BrowseScreen)
        assert len(hub.contacts) == 9
        assert "Davi Rocha" in screen_text(app)
        await press(pilot, "u", "y")
        assert len(hub.contacts) == 8

    run(app, script)


def test_leaving_the_preview_changes_nothing(hub: ch.Hub, leads: Path) -> None:
    operations = len(hub.operations())
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, leads)
        await press(pilot, "escape")
        assert isinstance(app.screen, BrowseScreen)
        assert len(hub.operations()) == operations

    run(app, script)


def test_a_column_is_given_another_meaning(hub: ch.Hub, leads: Path) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, leads)
        await press(pilot, "j", "j", "enter")
        await write(pilot, "ignore")
        await press(pilot, "enter")
        await settle(pilot)
        assert app.screen._shown.preview.mapping["City"].ignored
        assert "1 create   1 unchanged   1 error" in screen_text(app)

    run(app, script)


def test_a_wrong_cell_is_mended_in_the_preview(hub: ch.Hub, leads: Path) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, leads)
        await press(pilot, "shift+tab", "enter")
        assert isinstance(app.screen, Line)
        assert "WhatsApp" in screen_text(app)
        app.screen.query_one(Input).value = "+55 21 98888-0002"
        await press(pilot, "enter")
        await settle(pilot)
        assert "2 create   1 update" in screen_text(app)

    run(app, script)


def test_a_conflict_is_decided_by_a_person(hub: ch.Hub, conflict: Path) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, conflict)
        assert "1 conflict" in screen_text(app)
        await press(pilot, "tab", "enter", "u")
        await settle(pilot)
        assert "1 update" in screen_text(app)

    run(app, script)


def test_a_conflict_is_decided_where_its_problem_stands(hub: ch.Hub, conflict: Path) -> None:
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, conflict)
        await press(pilot, "tab", "tab", "tab", "enter")
        assert "it is the same person" in screen_text(app)
        await press(pilot, "c")
        await settle(pilot)
        assert "1 create" in screen_text(app)

    run(app, script)


def test_rows_of_one_contact_are_taken_by_the_chosen_way(hub: ch.Hub, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("Name;WhatsApp;City\nDavi;+5521988880001;Natal\nDavi;+5521988880001;Recife\n", "utf-8")
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, path)
        await press(pilot, "d", "f")
        await settle(pilot)
        assert "1 skipped" in screen_text(app)
        await press(pilot, "ctrl+s", "y")
        assert hub.contacts.by_urn("tel:+5521988880001").fields["city"] == "Natal"

    run(app, script)


def test_a_file_that_cannot_be_read_is_a_sentence(hub: ch.Hub, tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    app = make_app(hub)

    async def script(pilot) -> None:
        await open_preview(pilot, tmp_path / "none.csv")
        assert "There is no file" in screen_text(app)
        await press(pilot, "escape")
        await open_preview(pilot, path)
        assert isinstance(app.screen, Tell)
        assert "broken.xlsx" in screen_text(app)
        assert "Traceback" not in screen_text(app)

    run(app, script)


def test_marked_contacts_are_exported(hub: ch.Hub, tmp_path: Path) -> None:
    app = make_app(hub)
    target = tmp_path / "two.csv"

    async def script(pilot) -> None:
        await press(pilot, "space", "space", "X")
        assert "Export 2 contacts" in screen_text(app)
        app.screen.query_one(Input).value = str(tmp_path / "two.doc")
        await press(pilot, "enter")
        assert "The ending is one of" in screen_text(app)
        app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter")
        await settle(pilot)
        assert len(target.read_text("utf-8-sig").splitlines()) == 3
        await press(pilot, "J")
        assert isinstance(app.screen, JobsScreen)
        assert "Export to two.csv" in screen_text(app)
        assert [job.progress() for job in app.jobs.all] == ["done"]

    run(app, script)


def test_a_file_is_not_replaced_unasked(hub: ch.Hub, tmp_path: Path) -> None:
    app = make_app(hub)
    target = tmp_path / "all.csv"
    target.write_text("precious", "utf-8")

    async def script(pilot) -> None:
        await press(pilot, "X")
        app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter", "n")
        assert target.read_text("utf-8") == "precious"
        await press(pilot, "X")
        app.screen.query_one(Input).value = str(target)
        await press(pilot, "enter", "y")
        await settle(pilot)
        assert len(target.read_text("utf-8-sig").splitlines()) == 9

    run(app, script)


def test_a_cancelled_job_changes_nothing(hub: ch.Hub, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("Name;WhatsApp\n" + "".join(f"P{n};+552198{n:07}\n" for n in range(3000)), "utf-8")
    app = make_app(hub)

    async def script(pilot) -> None:
        original = app.jobs._reporter

        def cancelled_at_once(job: Job):
            job.cancel()
            return original(job)

        app.jobs._reporter = cancelled_at_once
        await open_preview(pilot, path)
        assert isinstance(app.screen, BrowseScreen)
        assert app.jobs.all[0].state == "cancelled"
        await press(pilot, "J")
        assert "cancelled, nothing was changed" in screen_text(app)
        assert len(hub.contacts) == 8

    run(app, script)


def test_a_job_tells_how_far_it_is() -> None:
    job = Job("Import")
    assert job.summary() == "Import …"
    job.done, job.total = 25, 100
    assert job.summary(bar=8).startswith("Import  ━━──────  25%")
    job.started -= 30
    assert job.seconds_left == pytest.approx(90, abs=1)
    assert "about 2 min left" in job.summary() or "about 90 s left" in job.summary()
    job.cancel()
    assert job.summary() == "Import: stopping"


def test_paths_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leads.csv").touch()
    (tmp_path / "lists").mkdir()
    (tmp_path / ".hidden").touch()
    monkeypatch.chdir(tmp_path)
    assert completed("le") == "leads.csv"
    assert completed("li") == "lists/"
    assert completed(f"{tmp_path}/le") == f"{tmp_path}/leads.csv"
    assert completed(f"{tmp_path}/") == f"{tmp_path}/leads.csv"
    assert completed(".h") == ".hidden"
    assert completed("x") is None
    assert completed("no/such/folder/x") is None
