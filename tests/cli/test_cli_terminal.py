"""What a person at a terminal sees: a fitted table of one screenful, colours unless they are unwanted."""

import os
import re
import threading
from pathlib import Path

import pytest

import contacthub
from contacthub.cli.output import LONG, Output
from contacthub.engine.port import ChangeSet
from contacthub.model.contact import new_document


@pytest.fixture
def crowd(hub_path: Path) -> Path:
    with contacthub.open(hub_path) as hub:
        for number in range(60):
            hub.contacts.create(name=f"Somebody with a rather long name, number {number}", remarks="x" * 200)
    return hub_path


@pytest.mark.usefixtures("crowd")
def test_a_screenful_is_shown_and_the_rest_is_counted(at_a_terminal) -> None:
    shown = at_a_terminal("find", "--columns", "name,remarks,uuid", NO_COLOR="1")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).strip().splitlines()
    assert lines[-1] == "63 contacts, the first 50 shown; --limit 0 shows all"
    assert len(lines) == 2 + 50 + 1
    assert max(map(len, lines)) <= 80
    assert "…" in lines[2]


def test_colours_are_there_unless_unwanted(at_a_terminal) -> None:
    assert "\x1b[" in at_a_terminal("find")
    assert "\x1b[3" not in at_a_terminal("find", NO_COLOR="1")


@pytest.mark.parametrize(("reply", "count"), [("y\n", 4), ("n\n", 3), ("\n", 3)])
def test_import_asks(at_a_terminal, hub_path: Path, tmp_path: Path, reply: str, count: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Nome;Celular\nDavi;(81) 98811-4455\n", "utf-8")
    assert "Import 1 row? [y/N]" in at_a_terminal("import", str(path), typed=reply)
    with contacthub.open(hub_path) as hub:
        assert len(hub.contacts) == count


@pytest.mark.parametrize(("reply", "left"), [("n\n", True), ("\n", True), ("y\n", False)])
def test_deleting_several_asks_first(at_a_terminal, hub_path: Path, reply: str, left: bool) -> None:
    with contacthub.open(hub_path) as hub:
        before = len(hub.contacts)
    assert before > 1
    assert "Delete them? [y/N]" in at_a_terminal("delete", "", typed=reply)
    with contacthub.open(hub_path) as hub:
        assert len(hub.contacts) == (before if left else 0)


def test_forget_asks_for_the_name(at_a_terminal, hub_path: Path) -> None:
    assert "Type the name" in at_a_terminal("forget", "Bento", typed="Bento Prado\n")
    with contacthub.open(hub_path) as hub:
        assert len(hub.contacts) == 2


def test_who_waits_for_the_columns_of_a_large_hub_is_told_why(at_a_terminal, hub_path: Path) -> None:
    with contacthub.open(hub_path) as hub:
        ids = hub.store.reserve("contacts", LONG)
        now = hub.session.now()
        many = {id: new_document(name=f"Ana {id}", now=now, source="import") for id in ids}
        hub.store.apply(ChangeSet(put={"contacts": many}))
    assert "Preparing 50,003 contacts for searching" in at_a_terminal("count", "name ~ ana")
    assert "Preparing" not in at_a_terminal("count", "name ~ ana")


def test_who_waits_for_another_program_is_told_for_whom(
    at_a_terminal, hub_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, told, say = threading.Event(), threading.Event(), Output.waiting

    def hold() -> None:
        with contacthub.open(hub_path) as hub, hub.store.transaction():
            held.set()
            told.wait(20)

    def waiting(self: Output, who: str) -> None:
        say(self, who)
        told.set()

    monkeypatch.setattr(Output, "waiting", waiting)
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    shown = at_a_terminal("tag", "name ~ ana", "summer")
    holder.join()
    assert f"(process {os.getpid()} on " in " ".join(shown.split())
    assert "tag summer: 1 contact" in shown
