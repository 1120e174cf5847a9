"""duplicates, merge, dossier, forget; backups, dumps and checks."""

import json
from pathlib import Path

import pytest
import tinydb

import contacthub


@pytest.fixture
def twins(hub_path: Path) -> None:
    """A second Ana of the same name and city."""
    with contacthub.open(hub_path) as hub:
        hub.contacts.create(name="Ana Lima", urns=["mailto:ana@example.com"], fields={"city": "Recife", "age": 40})


@pytest.mark.usefixtures("twins")
def test_duplicates_tell_the_reason(run) -> None:
    [found] = json.loads(run("duplicates", "--json").out)
    assert (found["reason"], len(found["contacts"])) == ("same name and city", 2)
    assert "Ana Lima | Ana Lima" in run("duplicates").out


@pytest.mark.usefixtures("twins")
def test_merge_is_shown_done_and_undone(run) -> None:
    keep, other = "tel:+5581987654321", "mailto:ana@example.com"
    plan = json.loads(run("merge", keep, other, "--dry-run", "--json").out)
    assert {"property": "fields.age", "keep": 36, "other": 40, "result": 36} in plan["lines"]
    assert run("count").out == "4\n"
    assert run("merge", keep, other, "--take", "fields.age").code == 0
    [ana] = json.loads(run("find", "Ana", "--json").out)
    assert (ana["urns"], ana["fields"]["age"]) == (["tel:+5581987654321", "mailto:ana@example.com"], 40)
    assert run("undo").code == 0
    assert run("count").out == "4\n"


def test_dossier_holds_the_person_and_the_history(run, tmp_path: Path) -> None:
    record = json.loads(run("dossier", "Ana").out)
    assert record["contact"]["name"] == "Ana Lima"
    page = tmp_path / "ana.html"
    assert run("dossier", "Ana", "--output", str(page)).code == 0
    assert "Ana Lima" in page.read_text("utf-8")
    assert run("dossier", "Ana", "--output", str(page)).code == 1


def test_forget_wants_the_name_and_cannot_be_undone(run) -> None:
    assert run("forget", "Bento").code == 2
    assert run("forget", "Bento", "--confirm", "Bento").code == 1
    assert run("count").out == "3\n"
    assert "backups" in run("forget", "Bento", "--confirm", "Bento Prado").out
    assert run("count").out == "2\n"
    assert "Bento" not in run("history").out


def test_dump_opens_in_plain_tinydb_and_comes_back(program, tmp_path: Path) -> None:
    path, copy = tmp_path / "dump.json", tmp_path / "again" / "copy.hub"
    assert program("dump", str(path)).returncode == 0
    with tinydb.TinyDB(path) as database:
        assert {document["name"] for document in database.table("contacts")} >= {"Ana Lima", "Clara"}
    answer = program("restore", str(path), "--hub", str(copy))
    assert answer.returncode == 0, answer.stderr
    assert program("count", "group = Adults", "--hub", str(copy)).stdout == "1\n"
    assert program("restore", str(path), "--hub", str(copy)).returncode == 1


def test_check_finds_damage_and_doctor_saves_what_it_can(program, hub_path: Path, tmp_path: Path) -> None:
    assert (program("check").returncode, program("check").stdout) == (0, "The hub is whole.\n")
    data = bytearray(hub_path.read_bytes())
    data[8192:12288] = b"\xff" * 4096
    hub_path.write_bytes(data)
    answer = program("check")
    assert answer.returncode == 1
    assert "damaged" in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    saved = tmp_path / "saved.hub"
    rescue = program("doctor", "--rescue", str(saved))
    assert rescue.returncode == 0, rescue.stderr
    assert program("check", "--hub", str(saved)).returncode == 0


def test_quality_reports(run) -> None:
    findings = {row["finding"]: row["count"] for row in json.loads(run("quality", "--json").out)}
    assert findings["active without any identity"] == 0
