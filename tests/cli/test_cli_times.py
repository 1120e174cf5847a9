"""Instants: people read them in the hub's time zone, which is named; programs get them in UTC."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import contacthub
from contacthub.engine.port import ChangeSet

ZONE = "America/Recife"  # three hours behind UTC all the year


@pytest.fixture(scope="module")
def visited(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small hub, where Ana came at half past eleven in the evening, which was the next day in UTC."""
    path = tmp_path_factory.mktemp("visited") / "visited.hub"
    path.write_bytes(template.read_bytes())
    rows = path.with_name("rows.csv")
    rows.write_text("Name;URN:tel;Field:Visit\nDavi;+5581988114455;2026-05-03 21:10\n", "utf-8")
    with contacthub.open(path) as hub:
        hub.fields.create("Visit", type="datetime")
        hub.fields.create("Words")
        ana = hub.find("Ana").at(0)
        ana.edit(fields={"visit": "2026-05-01 23:30", "words": "2026-05-02T02:30:00+00:00"})
        hub.find("Ana").opt_in("marketing", proof="form", occurred_at="2026-04-01 22:00")
        hub.find("Clara").at(0).edit(fields={"visit": "2026-06-01"})
        hub.groups.snapshot("Friends")
        hub.imports.preview(rows).submit(note="new")
    return path


def local(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (("show", "Ana"), "Visit 2026-05-01 23:30"),
        (("show", "Ana"), "opt_in_on marketing: 2026-04-01 22:00"),
        (("show", "Ana", "--history"), "opt_in_on.marketing 2026-04-01 22:00"),
        (("history", "--contact", "Ana"), "2026-05-01 23:30"),
        (("find", "Ana", "-c", "name,visit"), "2026-05-01 23:30"),
        (("find", "Ana", "-c", "fields.visit"), "2026-05-01 23:30"),
        (("find", "-c", "name,visit"), "2026-06-01"),
        (("counts", "", "visit"), "2026-05-01 23:30"),
        (("explain", "visit > 2026-01-01", "--contact", "Ana"), "2026-05-01 23:30"),
        (("edit", "Ana", "--field", "visit=2026-07-01 01:00", "--dry-run"), "2026-05-01 23:30"),
        (("merge", "Clara", "Ana", "--dry-run"), "2026-05-01 23:30"),
        (("imports", "show", "1"), "2026-05-03 21:10"),
    ],
)
@pytest.mark.parametrize("terminal", [False, True])
def test_people_read_times_in_the_zone_of_the_hub_which_is_named_once(
    run, at_a_terminal, visited: Path, command: tuple[str, ...], shown: str, terminal: bool
) -> None:
    out = (
        at_a_terminal(*command, "--hub", str(visited), columns=200)
        if terminal
        else run(*command, "--hub", str(visited)).out
    )
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert shown in " ".join(plain.split())
    assert plain.count("Times are in America/Recife.") == 1 or not terminal
    assert ZONE in plain
    assert not re.search(r"\d\dT\d\d:", plain.replace("2026-05-02T02:30:00+00:00", ""))


@pytest.mark.parametrize(
    ("command", "key", "column"),
    [
        (("history",), "at", "when"),
        (("history", "--contact", "Ana"), "at", "when"),
        (("imports",), "at", "at"),
        (("imports", "pending"), "at", "at"),
        (("groups", "snapshots", "Friends"), "at", "at"),
        (("find", "-c", "created_on"), "created_on", "created_on"),
    ],
)
def test_programs_get_times_in_utc(run, visited: Path, command: tuple[str, ...], key: str, column: str) -> None:
    records = json.loads(run(*command, "--json", "--hub", str(visited)).out)
    assert {record[key][-6:] for record in records} == {"+00:00"}
    lines = run(*command, "--hub", str(visited)).out.splitlines()
    assert f"{column} ({ZONE})" in lines[0]
    assert all(local(record[key]) in line for record, line in zip(records, lines[1:], strict=True))


def test_exports_hold_times_in_utc(run, visited: Path, tmp_path: Path) -> None:
    for name, command in (
        ("all.csv", ("export", "{}", "-c", "name,visit")),
        ("history.csv", ("history", "--export", "{}")),
        ("ana.csv", ("history", "--contact", "Ana", "--export", "{}")),
    ):
        path = tmp_path / name
        assert run(*(word.format(path) for word in command), "--hub", str(visited)).code == 0
        assert "+00:00" in path.read_text("utf-8-sig")
    assert "2026-05-02T02:30:00+00:00" in (tmp_path / "all.csv").read_text("utf-8-sig")


def test_a_civil_date_and_a_text_stay_what_they_are(run, visited: Path) -> None:
    lines = run("find", "-c", "name,visit,words", "--hub", str(visited)).out.splitlines()
    assert lines[0].split() == ["name", "visit", f"({ZONE})", "words"]
    assert [line.split() for line in lines[1:]] == [
        ["Clara", "2026-06-01"],
        ["Bento", "Prado"],
        ["Ana", "Lima", "2026-05-01", "23:30", "2026-05-02T02:30:00+00:00"],
    ]


def test_nothing_is_said_of_a_zone_where_there_are_no_times(run, at_a_terminal, visited: Path) -> None:
    assert ZONE not in run("find", "-c", "name,city", "--hub", str(visited)).out
    assert ZONE not in at_a_terminal("find", "--columns", "name,city", "--hub", str(visited))


@pytest.fixture
def elsewhere(visited: Path, tmp_path: Path) -> Path:
    """A hub in a time zone that this machine does not know, as one is that was set where there is newer data."""
    path = tmp_path / "elsewhere.hub"
    with contacthub.open(visited) as hub:
        hub.backup(path)
    with contacthub.open(path) as hub:
        [(id, settings)] = hub.store.scan("settings")
        hub.store.apply(ChangeSet(put={"settings": {id: {**settings, "timezone": "Mars/Olympus"}}}))
    return path


def test_a_zone_that_this_machine_does_not_know_is_told_once_and_times_are_in_utc(run, elsewhere: Path) -> None:
    shown = run("show", "Ana", "--history", "--hub", str(elsewhere))
    assert (shown.code, shown.err.count("Mars/Olympus"), shown.err.count("\n")) == (0, 1, 1)
    assert "2026-05-02 02:30" in shown.out
    assert "Times are in UTC." in shown.out
    programs = run("find", "--json", "--hub", str(elsewhere))
    assert (programs.code, programs.err) == (0, "")


def test_another_zone_is_set_where_the_hub_has_one_that_this_machine_does_not_know(run, elsewhere: Path) -> None:
    needed = run("count", "visit > 2026-05-01", "--hub", str(elsewhere))
    assert (needed.code, "needs the hub's time zone" in needed.err) == (1, True)
    assert run("settings", f"timezone={ZONE}", "--hub", str(elsewhere)).code == 0
    counted = run("count", "visit > 2026-05-01", "--hub", str(elsewhere))
    assert (counted.code, counted.out, counted.err) == (0, "1\n", "")
