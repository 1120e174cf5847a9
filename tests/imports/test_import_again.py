"""The same file again: there is nothing to do, so nothing is written, and nothing is there to undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import contacthub as ch
from contacthub.cli.app import app
from contacthub.hub import Hub

File = Callable[..., str]
TEXT = "Name,Phone,Tags\nAna,21 98765-4321,vip\nBia,21 98765-4322,vip\n"


def test_same_file_again_writes_nothing(hub: Hub, file: File) -> None:
    first = hub.imports.preview(file(TEXT)).commit()
    before = hub.session.store.cursor()
    again = hub.imports.preview(file(TEXT)).commit()
    assert (again.id, again.operation, again.created, again.updated, again.key) == (0, None, 0, 0, "")
    assert list(again.contacts) == []
    assert hub.session.store.cursor() == before
    assert len(hub.imports.history()) == 1
    with pytest.raises(ch.NotFound):
        hub.undo(again.id)
    hub.undo()
    assert len(hub.contacts) == 0
    assert hub.operations(limit=1)[0].undoes == first.id


def test_rows_left_out_alone_write_nothing(hub: Hub, file: File) -> None:
    assert hub.imports.preview(file("Name,Phone\nAna,x\n")).commit().id == 0
    assert hub.operations() == hub.operations(limit=1)


def test_new_field_is_something_to_do(hub: Hub, file: File) -> None:
    hub.imports.preview(file(TEXT)).commit()
    more = "Name,Phone,Field:City\nAna,21 98765-4321,\nBia,21 98765-4322,\n"
    assert hub.imports.preview(file(more)).commit().id > 0
    assert [field.name for field in hub.fields] == ["City"]
    assert hub.imports.preview(file(more)).commit().id == 0


def test_what_has_changed_meanwhile_stops_it_all_the_same(hub: Hub, file: File) -> None:
    hub.imports.preview(file(TEXT)).commit()
    again = hub.imports.preview(file(TEXT))
    hub.find("name = Ana").edit(name="Ana Maria")
    with pytest.raises(ch.PlanOutdated):
        again.commit()


def test_submitted_and_unchanged_it_is_committed_all_the_same(hub: Hub, file: File) -> None:
    hub.imports.preview(file(TEXT)).commit()
    submission = hub.imports.preview(file(TEXT)).submit()
    assert submission.commit().id == 0
    assert hub.imports.pending() == []
    assert sorted(hub.imports.history()["state"]) == ["committed", "committed"]


def test_command_says_so(tmp_path: Path, file: File) -> None:
    path = tmp_path / "a.hub"
    with ch.open(path, create=True) as hub:
        hub.settings.update(country="BR")
    run = CliRunner().invoke
    command = ["import", file(TEXT), "--yes", "--hub", str(path)]
    assert "takes it back" in run(app, command).output
    again = run(app, command)
    assert again.exit_code == 0
    assert "Nothing was changed, and there is nothing to undo." in again.output
    assert "takes it back" not in again.output
    assert '"operation": null' in run(app, [*command, "--json"]).output
