"""The history narrowed, of one contact, and in a file; consent as of a time."""

import csv
import json
from pathlib import Path

import openpyxl
import pytest


@pytest.fixture
def worked(run) -> None:
    """Ana moved and was tagged; Bento was renamed by somebody else."""
    run("members", "create", "bia", "--role", "agent")
    run("set-field", "Ana", "city", "Natal")
    run("tag", "Ana", "summer")
    run("edit", "Bento", "--name", "Bento Reis", "--actor", "bia")


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (("--by", "bia"), ["edit"]),
        (("--kind", "set-field"), ["set_field"]),
        (("--since", "tomorrow"), []),
        (("--until", "-1d"), []),
        (("--since", "today", "--by", "bia", "--kind", "edit"), ["edit"]),
        (("--by", "me", "--limit", "2"), ["tag", "set_field"]),
        (("--limit", "1", "--offset", "1"), ["tag"]),
    ],
)
def test_history_is_narrowed(run, options: tuple[str, ...], kinds: list[str]) -> None:
    assert [one["kind"] for one in json.loads(run("history", *options, "--json").out)] == kinds


@pytest.mark.usefixtures("worked")
def test_history_of_one_contact_has_old_and_new_values(run) -> None:
    changes = json.loads(run("history", "--contact", "Ana", "--json", "--limit", "2").out)
    assert [(change["property"], change["before"], change["after"]) for change in changes] == [
        ("tags", None, "summer"),
        ("fields.city", "Recife", "Natal"),
    ]
    assert "Recife" in run("history", "--contact", "tel:+5581987654321").out
    assert json.loads(run("history", "--contact", "Ana", "--by", "bia", "--json").out) == []


@pytest.mark.usefixtures("worked")
def test_history_is_written_to_a_file(run, tmp_path: Path) -> None:
    operations, changes = tmp_path / "operations.csv", tmp_path / "changes.xlsx"
    assert "1 line is in" in run("history", "--by", "bia", "--export", str(operations)).out
    with operations.open(encoding="utf-8-sig", newline="") as file:
        [line] = csv.DictReader(file)
    assert (line["actor"], line["kind"], line["count"]) == ("bia", "edit", "1")
    assert run("history", "--contact", "Ana", "--export", str(changes)).code == 0
    sheet = openpyxl.load_workbook(changes).active
    assert sheet is not None
    assert ["fields.city", "Recife", "Natal"] in [list(row)[5:] for row in sheet.iter_rows(values_only=True)]
    assert run("history", "--export", str(changes)).code == 1
    assert run("history", "--export", str(tmp_path / "new.xlsx"), "--actor", "bia").code == 1


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_wrong_time_is_wrong_use(run, option: str) -> None:
    answer = run("history", option, "soon")
    assert answer.code == 2
    assert option in answer.err
    assert "no date" in answer.err


def test_consent_is_told_as_of_a_time(run) -> None:
    assert run("opt-in", "Ana", "--proof", "form 7", "--occurred-at", "2026-01-10").code == 0
    assert run("opt-out", "Ana", "--occurred-at", "2026-03-01").code == 0

    def state(*options: str) -> str:
        consent: dict[str, str] = json.loads(run("consent", "Ana", "--json", *options).out)["opt_in"]
        return consent["marketing"]

    assert [state("--at", day) for day in ("2026-01-01", "2026-02-01", "2026-03-02")] == ["unknown", "yes", "no"]
    assert state() == "no"
    assert run("consent", "Ana", "--purpose", "marketing").out.splitlines()[-1].split() == ["marketing", "no"]
    assert run("consent", "Ana", "--purpose", "gossip").code == 1
