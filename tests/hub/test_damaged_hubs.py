"""A hub that is damaged where SQLite does not notice: errors for people, never a fault of the program's own."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from damage import full_hub, in_time, pages_of, swap

import contacthub as ch
from contacthub.cli import main


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "audience.hub"
    full_hub(path, 300)
    with ch.open(path) as hub:  # what is in its log comes into the file
        assert hub.verify() == []
    return path.read_bytes()


@pytest.fixture
def path(sound: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "audience.hub"
    path.write_bytes(sound)
    return path


def damaged(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        assert connection.execute(statement).rowcount
    connection.commit()
    connection.close()


UNREADABLE = ["x'7b'", "x'7b22a5a5a522'", "x'5b5d'", "'[]'", "'{'", "5", "1.5", "x'ff'"]


@pytest.mark.parametrize("body", UNREADABLE)
@pytest.mark.parametrize("command", ["check", "find", "dump", "doctor"])
def test_a_contact_that_cannot_be_read_is_damage_and_no_fault_of_the_program(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, body: str
) -> None:
    damaged(path, f"UPDATE rows_contacts SET body = {body} WHERE id = 4")
    arguments = {"find": ["Ana"], "dump": [str(tmp_path / "dump.json")]}.get(command, [])
    code = main([command, *arguments, "--hub", str(path)])
    told = capsys.readouterr()
    assert code == (0 if command == "doctor" else 1)
    assert "fault of its own" not in told.err
    assert ("contacts are no JSON: 4" in told.out) == (command == "check")
    assert not (tmp_path / "dump.json").exists()


@pytest.mark.parametrize("table", ["settings", "fields", "groups", "operations", "tags", "consent"])
@pytest.mark.parametrize("command", ["check", "history", "dump", "doctor", "find"])
def test_whatever_document_cannot_be_read_people_are_told(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, table: str
) -> None:
    damaged(path, f"UPDATE rows_{table} SET body = x'7b' WHERE id = (SELECT max(id) FROM rows_{table})")
    arguments = {"find": ["age > 3"], "dump": [str(tmp_path / "dump.json")]}.get(command, [])
    code = main([command, *arguments, "--hub", str(path)])
    told = capsys.readouterr()
    assert code == 0 or "is damaged" in told.err + told.out or f"{table} are no JSON" in told.out
    assert code == 1 or command not in ("check", "dump")
    assert "fault of its own" not in told.err


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE touches SET members = x'00'",
        "UPDATE touches SET members = 5",
        "UPDATE touches SET at = 'never'",
        "UPDATE touches SET at = 9223372036854775807",
        "UPDATE touched SET instants = x'0000'",
        "UPDATE touched SET instants = substr(instants, 1, 80)",
        "UPDATE touched SET instants = 7",
        "UPDATE touched SET members = 'a'",
        "UPDATE sets SET members = x'00' WHERE kind = 'tags'",
        "UPDATE sets SET members = 7 WHERE kind = 'tags'",
        "UPDATE sets SET id = 'a' WHERE kind = 'tags'",
        "UPDATE tables SET count = 'many'",
        "UPDATE tables SET next_id = x'00'",
        "UPDATE tables SET name = 'gone' WHERE name = 'tags'",
        "UPDATE feed SET body = x'ff' WHERE version = (SELECT max(version) FROM feed)",
        "UPDATE identities SET contact = 'x'",
        "UPDATE blobs SET id = -5 WHERE rowid = (SELECT max(rowid) FROM blobs)",
        "UPDATE rows_contacts SET key = CAST(x'ff' AS TEXT) WHERE id = 4",
        "UPDATE rows_tags SET body = CAST(replace(body, 'vip', 7) AS BLOB)",
        "UPDATE rows_contacts SET body = CAST(replace(body, 'urns', 'urnt') AS BLOB) WHERE id = 4",
        "UPDATE rows_fields SET body = CAST(replace(body, 'key', 'kez') AS BLOB)",
        "UPDATE rows_consent SET body = CAST(replace(body, 'occurred_at', 'occurred_au') AS BLOB)",
        "UPDATE rows_operations SET body = CAST(replace(body, 'summary', 'summarz') AS BLOB)",
        "UPDATE rows_contacts SET id = -4 WHERE id = 4",
        "DELETE FROM feed",
        "DELETE FROM hub",
    ],
)
def test_check_tells_what_is_not_as_a_hub_writes_it(
    path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged(path, damage)
    assert main(["check", "--hub", str(path)]) == 1
    told = capsys.readouterr()
    assert told.out or "is damaged" in told.err
    assert "fault of its own" not in told.err


def test_a_page_in_the_place_of_another_is_damage_and_not_read_for_ever(path: Path, tmp_path: Path) -> None:
    leaves = pages_of(path, "rows_contacts")
    refused = 0
    for other in leaves[1:]:
        swap(path, leaves[0], other)
        with ch.open(path, read_only=True) as hub, in_time():
            assert [problem.code for problem in hub.verify()][:1] == ["damaged_file"]
            for read in (
                lambda hub=hub: list(hub.store.scan("contacts")),
                lambda hub=hub: list(hub.store.newest("contacts")),
                lambda hub=hub: hub.dump(tmp_path / "dump.json"),
            ):
                with suppress(ch.errors.StoreError):
                    read()
                    refused -= 1
                refused += 1
        (tmp_path / "dump.json").unlink(missing_ok=True)
        swap(path, leaves[0], other)
    assert refused > len(leaves) * 2


LACKING = [
    ("contacts", "uuid"), ("contacts", "urns"), ("fields", "key"), ("fields", "name"), ("tags", "name"),
    ("groups", "uuid"), ("operations", "at"), ("operations", "kind"), ("consent", "key"), ("consent", "purpose"),
    ("consent", "occurred_at"), ("searches", "name"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "property"), LACKING)
@pytest.mark.parametrize("command", ["check", "find", "show", "edit", "history"])
def test_a_document_that_lacks_what_it_must_hold_is_damage(
    path: Path, capsys: pytest.CaptureFixture[str], command: str, table: str, property: str
) -> None:
    """A single letter of a key, changed on the disk: the document is still JSON."""
    other = property[:-1] + "~"
    damaged(path, f"""UPDATE rows_{table} SET body = CAST(replace(body, '"{property}":', '"{other}":') AS BLOB)""")
    arguments = {
        "find": ["Ana"],
        "show": ["tel:+5521900000004"],
        "edit": ["tel:+5521900000004", "--name", "Bia"],
    }.get(command, [])
    code = main([command, *arguments, "--hub", str(path)])
    told = capsys.readouterr()
    assert "fault of its own" not in told.err
    assert code == 1 or (command != "check" and (table != "contacts" or command == "history"))
    assert code == 0 or "damaged" in told.err or f"of {table}" in told.out or command == "show"


def test_an_empty_hub_option_is_not_ones_own_hub(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for command in (["check"], ["init"], ["restore", "backup.hub"], ["doctor", "--rescue", "new.hub"], ["find", "Ana"]):
        for before in ([], ["--hub", str(tmp_path / "other.hub")]):
            assert main([*before, *command, "--hub", ""]) == 1
            assert "--hub is empty" in capsys.readouterr().err


def test_what_check_finds_is_not_backed_up(path: Path, tmp_path: Path) -> None:
    damaged(path, "DELETE FROM identities", "UPDATE tables SET count = 7 WHERE name = 'tags'")
    with ch.open(path) as hub:
        with pytest.raises(ch.errors.StoreError, match="counts 7") as caught:
            hub.backup(tmp_path / "new.hub")
        assert caught.value.code == "corrupt_hub"
    assert not (tmp_path / "new.hub").exists()


@pytest.mark.parametrize("body", UNREADABLE)
def test_what_cannot_be_read_is_neither_backed_up_nor_restored(path: Path, tmp_path: Path, body: str) -> None:
    with ch.open(path) as hub:
        hub.backup(tmp_path / "earlier.hub")
    for name in ("audience.hub", "earlier.hub"):
        damaged(tmp_path / name, f"UPDATE rows_contacts SET body = {body} WHERE id = 4")
    for work, source in (
        (lambda: main(["backup", str(tmp_path / "new.hub"), "--hub", str(path)]), path),
        (lambda: main(["restore", str(tmp_path / "earlier.hub"), "--hub", str(tmp_path / "new.hub")]), tmp_path),
    ):
        assert work() == 1, source
        assert sorted(file.name for file in tmp_path.glob("*.hub")) == ["audience.hub", "earlier.hub"]
    with pytest.raises(ch.errors.StoreError, match=r"earlier\.hub is damaged") as caught:
        ch.restore(tmp_path / "earlier.hub", tmp_path / "new.hub")
    assert caught.value.code == "corrupt_hub"


@pytest.mark.parametrize("body", UNREADABLE)
@pytest.mark.parametrize(
    "command", [["find", "age > 5"], ["find", "name ~ Bia"], ["export"], ["quality"], ["duplicates"]]
)
def test_columns_are_not_made_of_what_cannot_be_read(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], body: str
) -> None:
    damaged(path, f"UPDATE rows_contacts SET body = {body} WHERE id = 4")
    arguments = [*command, str(tmp_path / "people.csv")] if command == ["export"] else command
    code = main([*arguments, "--hub", str(path)])
    told = capsys.readouterr()
    assert "fault of its own" not in told.err
    assert code == 0 or "damaged" in told.err
