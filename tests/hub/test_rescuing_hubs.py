"""A damaged hub is rescued into one that is whole, above its engine too."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import contacthub as ch
from contacthub.hub.care import rescue

PEOPLE = [("Ana", "+55 21 98765-4321"), ("Bia", "+55 21 98765-4322"), ("Caio", "+55 11 98765-4323")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "audience.hub"
    with ch.open(path, create=True) as hub:
        hub.settings.update(country="BR")
        hub.fields.create("Age", type="number")
        hub.groups.create("Adults", query="age > 18")
        for name, phone in PEOPLE:
            hub.contacts.create(name=name, urns=[f"tel:{phone}"], fields={"age": 36})
        first, second, _ = hub.find("", sort="name")
        hub.find("name = Caio").tag("vip")
        hub.contacts.get(first.uuid).opt_in(proof="form")
        second.edit(name="Beatriz")
        hub.undo()
        assert hub.verify() == []
    return path


def damaged(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def rescued(path: Path) -> tuple[ch.Hub, list[str]]:
    target = path.with_name("saved.hub")
    told = [str(problem) for problem in rescue(path, target)]
    hub = ch.open(target)
    assert hub.verify() == []
    return hub, told


def test_a_sound_hub_loses_nothing(path: Path) -> None:
    hub, told = rescued(path)
    with hub:
        assert told == []
        assert [contact.name for contact in hub.find("", sort="name")] == ["Ana", "Bia", "Caio"]


def without_root(path: Path, table: str) -> None:
    """Zeros in the place of the page at which the tree of a table begins."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (f"rows_{table}",)).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))


@pytest.mark.parametrize("table", ["contacts", "operations", "consent"])
def test_documents_are_found_without_the_tree_that_leads_to_them(tmp_path: Path, table: str) -> None:
    path = tmp_path / "audience.hub"
    with ch.open(path, create=True) as hub:
        for number in range(60):
            contact = hub.contacts.create(
                name=f"Ana {number}", remarks="ã" * 500 * (number % 9)
            )  # some over many pages
            contact.opt_out() if number % 2 else contact.opt_in(proof="form")
        contact.delete()
        people, history = seen(hub)
    without_root(path, table)
    hub, told = rescued(path)
    with hub:
        assert told == []
        assert seen(hub) == (people, history)


def seen(hub: ch.Hub) -> tuple[list[dict[str, object]], list[str]]:
    return [contact.as_dict() for contact in hub.find("").page(limit=100)], [
        str(one) for one in hub.operations(limit=None)
    ]


def test_what_follows_from_lost_members_and_settings_is_told(path: Path) -> None:
    with ch.open(path) as hub:
        hub.members.create("leo", role="viewer")
    without_root(path, "members")
    without_root(path, "settings")
    hub, told = rescued(path)
    with hub:
        assert any("everybody who opens the hub may do everything" in line for line in told)
        assert any("who sees identities are as in a new hub" in line for line in told)


def test_of_tables_that_were_never_used_nothing_is_lost(path: Path) -> None:
    for table in ("channels", "events", "snapshots"):
        without_root(path, table)
    hub, told = rescued(path)
    with hub:
        assert told == []


def test_whom_statements_and_operations_are_about_is_built_again(path: Path) -> None:
    damaged(path, "DELETE FROM about_consent", "UPDATE about_operations SET subject = '99'")
    with ch.open(path) as hub:
        assert len(hub.verify()) == 2
    hub, _ = rescued(path)
    with hub:
        ana = hub.contacts.by_urn("tel:+5521987654321")
        assert ana is not None
        assert ana.opt_in_at("now") == "yes"
        assert ana.history()


def test_an_operation_names_again_whom_it_changed(path: Path) -> None:
    damaged(
        path,
        "UPDATE rows_operations SET body = CAST(replace(CAST(body AS TEXT), '\"about\":[2]', '\"about\":[9]') AS BLOB)",
    )
    with ch.open(path) as hub:
        assert any("names other contacts" in str(problem) for problem in hub.verify())
    hub, told = rescued(path)
    with hub:
        assert told == []
        bia = hub.contacts.by_urn("tel:+5521987654322")
        assert bia is not None
        assert [change.property for change in bia.history("name")] == ["name", "name"]


def test_identities_are_built_again_from_the_contacts(path: Path) -> None:
    damaged(path, "DELETE FROM identities", "INSERT INTO identities VALUES ('phone:5521987650000', 2)")
    with ch.open(path) as hub:
        assert {problem.code for problem in hub.verify()} == {"identity"}
    hub, told = rescued(path)
    with hub:
        table = path.with_name("again.csv")
        table.write_text("name,phone\n" + "".join(f"{name} again,{phone}\n" for name, phone in PEOPLE))
        hub.imports.preview(table).commit()
        assert sorted(contact.name for contact in hub.find("")) == ["Ana again", "Bia again", "Caio again"]
        assert hub.contacts.by_urn("tel:+5521987650000") is None
        assert told == []


@pytest.mark.parametrize("table_is_lost", [False, True])
def test_an_identity_that_two_contacts_have_is_told_and_stays_with_one(path: Path, table_is_lost: bool) -> None:
    damaged(
        path,
        "UPDATE rows_contacts SET body = CAST(replace(body, '987654322', '987654321') AS BLOB) WHERE id = 2",
        "DELETE FROM identities WHERE match_key = 'phone:5521987654322'",
    )
    with ch.open(path) as hub:
        assert [problem.code for problem in hub.verify()] == ["two_owners"]
    if table_is_lost:
        damaged(path, "DELETE FROM identities")
    hub, told = rescued(path)
    with hub:
        assert ["1 and 2 had the same identity" in line for line in told] == [True]
        assert "98765" not in told[0]
        found = hub.contacts.by_urn("tel:+5521987654321")
        assert found is not None
        assert found.name == "Ana"
        assert list(hub.find("name = Bia").at(0).urns) == []


def test_operations_and_groups_that_lost_what_they_need_are_told_and_stay(path: Path) -> None:
    everybody = 'UPDATE rows_contacts SET body = replace(body, \'"fields":{"age":36}\', \'"fields":{}\')'
    damaged(path, "DELETE FROM blobs", "DELETE FROM rows_fields", "DELETE FROM rows_operations WHERE id = 9", everybody)
    hub, told = rescued(path)
    with hub:
        assert any("cannot be undone any more" in line for line in told)
        assert any("fields.age > 18" in line for line in told)
        assert len(hub.contacts) == 3
        hub.find("").tag("later")
        hub.undo()
        assert hub.verify() == []


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [("cidade", '"Recife"', "text"), ("ag5", "36", "number"), ("a#e", "36", ""), ("age_", "36", ""), ("ag5", "[]", "")],
)
def test_a_value_whose_field_is_not_there_is_told_and_kept_where_it_can_be(
    path: Path, key: str, value: str, kept: str
) -> None:
    damaged(
        path,
        f"""UPDATE rows_contacts SET body = replace(body, '"age":36', '"{key}":{value}') WHERE id = 2""",
    )
    with ch.open(path) as hub:
        assert [problem.code for problem in hub.verify()] == ["field"]
        assert repr(key) in hub.verify()[0].message
    hub, [told] = rescued(path)
    with hub:
        assert key in told
        assert {field.key: field.type for field in hub.fields} == {"age": "number"} | ({key: kept} if kept else {})
        assert dict(hub.contacts.by_urn("tel:+5521987654322").fields).keys() == ({key} if kept else set())


def test_a_field_that_is_lost_is_made_anew_from_its_values(path: Path) -> None:
    damaged(path, "DELETE FROM rows_fields")
    hub, told = rescued(path)
    with hub:
        assert told == ["The name and type of the field age; it is made anew as 'Age', number (contacts: 3)."]
        assert hub.find("group = Adults").count == 3


def test_consent_outlives_its_ledger(path: Path) -> None:
    with ch.open(path) as hub:
        hub.find("name = Bia").opt_in(proof="form")
        hub.find("name = Bia").opt_out()
        before = {contact.name: (contact.opt_in, contact.opt_in_on) for contact in hub.find("")}
        assert {state["marketing"] for state, _ in before.values()} == {"yes", "no", "unknown"}
    damaged(path, "DELETE FROM rows_consent WHERE id <> 2")  # Bia's opt-in is left
    with ch.open(path) as hub:
        assert {problem.code for problem in hub.verify()} >= {"consent"}
    hub, told = rescued(path)
    with hub:
        assert len(told) == 2
        assert {contact.name: (contact.opt_in, contact.opt_in_on) for contact in hub.find("")} == before
        hub.find("").opt_out()
        assert hub.verify() == []


def test_only_that_of_which_something_is_left_can_be_rescued(path: Path) -> None:
    with ch.open(path) as hub:
        tables = hub.store.own.names()
    damaged(path, *[f"UPDATE rows_{table} SET body = x'7b'" for table in tables])
    with pytest.raises(ch.errors.StoreError) as caught:
        rescue(path, path.with_name("saved.hub"))
    assert caught.value.code == "corrupt_hub"
    assert not path.with_name("saved.hub").exists()


def test_what_the_message_of_a_damaged_hub_advises_can_be_run(path: Path, tmp_path: Path) -> None:
    (tmp_path / "with a space").mkdir()
    path = path.rename(tmp_path / "with a space" / "my audience.hub")
    with ch.open(path) as hub:
        hub.backup(tmp_path / "BACKUP")
    leaves = sqlite3.connect(path).execute("SELECT pageno FROM dbstat WHERE name = 'rows_contacts'").fetchall()
    with open(path, "r+b") as file:
        file.seek((leaves[-1][0] - 1) * 4096)
        file.write(b"\xa5" * 4096)
    with ch.open(path) as hub, pytest.raises(ch.errors.StoreError) as caught:
        list(hub.store.scan("contacts"))
    restore, doctor = [part for part in str(caught.value).split("`") if part.startswith("contacthub ")]
    for number, command in enumerate((restore, doctor)):
        words = shlex.split(command.replace("NEW_HUB", f"new-{number}.hub"))
        program = Path(sys.executable).with_name(words[0])
        ran = subprocess.run([program, *words[1:]], capture_output=True, text=True, timeout=60, cwd=tmp_path)
        with ch.open(tmp_path / f"new-{number}.hub") as hub:
            assert hub.verify() == [], ran.stderr
            assert len(hub.contacts) == (3 if number == 0 else 0)


def test_of_a_hub_whose_first_page_is_gone_the_rescue_is_told(path: Path, tmp_path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(bytes(4096))
    program = Path(sys.executable).with_name("contacthub")
    for command in ("count", "check", "doctor"):
        ran = subprocess.run([program, command, "--hub", path], capture_output=True, text=True, timeout=60)
        assert f"`contacthub doctor --hub {path} --rescue NEW_HUB`" in " ".join((ran.stdout + ran.stderr).split())
    hub, told = rescued(path)
    with hub:
        assert (len(hub.contacts), told) == (3, [])


@pytest.mark.parametrize("content", [b"Nome;Telefone\n" * 10, b"Nome;Telefone\n" * 1_000])
def test_what_was_never_a_hub_is_said_to_be_none_by_the_rescue_too(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(ch.StoreError, match="is not a contact hub") as opened:
        ch.open(path)
    assert ("--rescue" in str(opened.value)) == (len(content) > 4096)
    with pytest.raises(ch.StoreError) as caught:
        rescue(path, tmp_path / "saved.hub")
    assert caught.value.code == "not_a_hub"
    assert "--rescue" not in str(caught.value)


def test_the_doctor_looks_at_the_pages_and_check_tells_much_of_one_kind_shortly(path: Path) -> None:
    program = Path(sys.executable).with_name("contacthub")
    damaged(path, "DELETE FROM identities", "INSERT INTO identities VALUES ('phone:1', 1), ('phone:2', 2)")
    check = subprocess.run([program, "check", "--hub", path], capture_output=True, text=True, timeout=60)
    assert check.returncode == 1
    assert check.stdout.splitlines()[-1] == "… and 2 more like these."
    assert len(check.stdout.splitlines()) == 4
    leaves = sqlite3.connect(path).execute("SELECT pageno FROM dbstat WHERE name = 'rows_operations'").fetchall()
    with open(path, "r+b") as file:
        file.seek((leaves[-1][0] - 1) * 4096)
        file.write(b"\xa5" * 4096)
    doctor = subprocess.run([program, "doctor", "--hub", path], capture_output=True, text=True, timeout=60)
    assert doctor.returncode == 1
    assert "is damaged" in doctor.stdout
