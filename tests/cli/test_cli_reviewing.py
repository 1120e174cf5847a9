"""Imports that wait for somebody: submitted, looked at, decided, committed; and the template to fill in."""

import json
from pathlib import Path

import openpyxl
import pytest


@pytest.fixture
def submitted(run, tmp_path: Path) -> str:
    """The id of a submitted import of one new and one changed contact."""
    path = tmp_path / "rows.csv"
    path.write_text("Name;URN:tel;City\nDavi;+5581988114455;Natal\nAna Lima;+5581987654321;Olinda\n", "utf-8")
    run("members", "create", "bia", "--role", "editor")
    answer = run("import", str(path), "--submit", "please check", "--json")
    assert (answer.code, answer.err) == (0, "")
    return str(json.loads(answer.out)["id"])


def test_submitted_import_waits_and_is_shown(run, submitted: str) -> None:
    [waiting] = json.loads(run("imports", "pending", "--json").out)
    assert (waiting["state"], waiting["note"], waiting["summary"]["create"]) == ("pending", "please check", 1)
    assert "please check" in run("imports", "pending").out
    shown = run("imports", "show", submitted).out
    for word in ("Olinda", "create", "pending", "please check"):
        assert word in shown
    assert json.loads(run("imports", "show", submitted, "--json").out)["preview"]["summary"]["update"] == 1
    assert run("count").out == "3\n"


def test_it_is_approved_by_somebody_else_and_committed(run, submitted: str) -> None:
    assert run("imports", "commit", submitted).code == 1
    assert run("imports", "approve", submitted).code == 1
    run("imports", "comment", submitted, "the phones are right", "--actor", "bia")
    assert "approved" in run("imports", "approve", submitted, "--note", "go", "--actor", "bia").out
    done = run("imports", "commit", submitted)
    assert (done.code, "1 created, 1 updated" in done.out) == (0, True), done.err
    assert run("count", "city = (Natal, Olinda)").out == "3\n"
    assert json.loads(run("imports", "pending", "--json").out) == []
    [entry] = json.loads(run("imports", "--json").out)
    assert (entry["state"], entry["file"], entry["created"]) == ("committed", "rows.csv", 1)
    assert "rows.csv" in run("imports").out


def test_what_was_said_is_shown_after_the_commit(run, submitted: str) -> None:
    run("imports", "comment", submitted, "the phones are right", "--actor", "bia")
    run("imports", "approve", submitted, "--actor", "bia")
    listed = run("imports").out
    assert "0.0" not in listed
    assert run("imports", "commit", submitted).code == 0
    shown = run("imports", "show", submitted)
    assert (shown.code, "the phones are right" in shown.out, "committed" in shown.out) == (0, True, True)
    assert json.loads(run("imports", "show", submitted, "--json").out)["state"] == "committed"
    again = run("imports", "commit", submitted)
    assert (again.code, "committed already" in again.err) == (1, True)


def test_the_list_tells_whole_numbers_and_each_import_once(run, submitted: str, tmp_path: Path) -> None:
    path = tmp_path / "direct.csv"
    path.write_text("Name;URN:tel\nIgor;+5581988114400\n", "utf-8")
    run("import", str(path), "--yes")
    direct, waiting = json.loads(run("imports", "--json").out)
    assert (direct["id"], direct["created"], waiting["id"], waiting["operation"]) == (None, 1, int(submitted), None)
    assert ".0" not in run("imports").out


def test_what_is_rejected_is_not_committed(run, submitted: str) -> None:
    assert "rejected" in run("imports", "reject", submitted, "--note", "old file", "--actor", "bia").out
    refused = run("imports", "commit", submitted)
    assert (refused.code, "rejected" in refused.err) == (1, True)
    assert run("imports", "show", "99").code == 1


def test_what_has_changed_since_is_told(run, submitted: str) -> None:
    run("set-field", "Ana", "city", "Natal")
    assert "has changed since" in run("imports", "show", submitted).out


def test_submitting_contradicts_committing(run, tmp_path: Path) -> None:
    answer = run("import", str(tmp_path / "rows.csv"), "--submit", "x", "--yes")
    assert answer.code == 2
    assert "contradict" in answer.err


def test_template_is_written_once(run, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    assert run("template", str(path)).code == 0
    sheet = openpyxl.load_workbook(path).worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    assert {"Name", "URN:Tel", "Field:City"} <= set(headers)
    assert run("template", str(path)).code == 1


def test_an_outdated_submission_is_approved_with_a_warning(run, submitted: str) -> None:
    run("set-field", "Ana", "city", "Natal")
    approved = run("imports", "approve", submitted, "--actor", "bia")
    assert (approved.code, "approved" in approved.out, "submit it again" in approved.err) == (0, True, True)
    assert run("imports", "commit", submitted).code == 1


def test_an_approval_that_holds_has_no_warning(run, submitted: str) -> None:
    assert run("imports", "approve", submitted, "--actor", "bia").err == ""


def test_a_submission_says_who_approves_it(run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Name;URN:tel\nDavi;+5581988114455\n", "utf-8")
    alone = run("import", str(path), "--submit", "x").out
    assert "Somebody else" not in alone
    assert "contacthub imports commit 1" in alone
    assert run("imports", "commit", "1").code == 0
    run("members", "create", "bia", "--role", "editor")
    assert "Somebody else of the team approves it" in run("import", str(path), "--submit", "y").out


def test_empty_lists_of_imports_say_so(run) -> None:
    assert run("imports").out == "There are no imports yet.\n"
    assert run("imports", "pending").out == "No import waits for anybody.\n"
    assert json.loads(run("imports", "--json").out) == []
