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


def test_the_backup_that_a_hub_has_kept_itself_is_named_to_whoever_forgets(run, older_hub: Path) -> None:
    who = ("forget", 'name = "Ana"', "--hub", str(older_hub), "--actor", "bia")
    kept = older_hub.with_name("older.hub.form-1.backup")
    for answer in (run(*who, "--dry-run"), run(*who, "--confirm", "Ana")):
        assert answer.code == 0, answer.err
        assert f"  {kept}: the hub as it was before its form changed\n" in answer.out
    assert b"Ana" in kept.read_bytes()
    kept.unlink()
    told = json.loads(run("forget", 'name = "Bia"', *who[2:], "--confirm", "Bia", "--json").out)
    assert not any(str(older_hub) in place for place in told["out_of_reach"])


def test_dump_opens_in_plain_tinydb_and_comes_back(run, tmp_path: Path) -> None:
    path, copy = tmp_path / "dump.json", tmp_path / "copy.hub"
    assert run("dump", str(path)).code == 0
    with tinydb.TinyDB(path) as database:
        assert {document["name"] for document in database.table("contacts")} >= {"Ana Lima", "Clara"}
    answer = run("restore", str(path), "--hub", str(copy))
    assert answer.code == 0, answer.err
    assert run("count", "group = Adults", "--hub", str(copy)).out == "1\n"
    assert run("restore", str(path), "--hub", str(copy)).code == 1


def test_check_finds_damage_and_doctor_saves_what_it_can(run, hub_path: Path, tmp_path: Path) -> None:
    assert (run("check").code, run("check").out) == (0, "The hub is whole.\n")
    data = bytearray(hub_path.read_bytes())
    data[8192:12288] = b"\xff" * 4096
    hub_path.write_bytes(data)
    answer = run("check")
    assert answer.code == 1
    assert "damaged" in answer.out + answer.err
    assert "Traceback" not in answer.err
    saved = tmp_path / "saved.hub"
    rescue = run("doctor", "--rescue", str(saved))
    assert rescue.code == 0, rescue.err
    assert run("check", "--hub", str(saved)).code == 0


def test_quality_reports(run) -> None:
    findings = {row["finding"]: row["count"] for row in json.loads(run("quality", "--json").out)}
    assert findings["active without any identity"] == 0


def test_deleted_person_is_looked_up_and_forgotten(run) -> None:
    [bento] = json.loads(run("find", "Bento", "--json").out)
    assert run("delete", bento["uuid"]).code == 0
    told = json.loads(run("history", "--contact", bento["uuid"], "--json").out)
    assert [operation["kind"] for operation in told] == ["delete", "create"]
    assert run("forget", bento["uuid"], "--confirm", "Bento Prado").code == 0
    assert run("history", "--contact", bento["uuid"]).code == 1
    assert run("undo", str(told[0]["id"])).code == 1
    assert run("count").out == "2\n"
