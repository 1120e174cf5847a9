"""The hub as a whole: backup, restore, dump, check, doctor."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hubs import EVENING, MONDAY, NEW, SALES, TEAM, VIP, catalogues, contact, entering, leaving, people
from pyroaring import BitMap
from tinydb import TinyDB, where

from contacthub.engine.port import ChangeSet
from contacthub.engine.sqlite import doctor, open_store, restore
from contacthub.engine.sqlite.jsonstream import documents_of
from contacthub.engine.sqlite.pieces import PIECE
from contacthub.errors import Cancelled, NotAllowed, NotFound, Refused, StoreError

FAR = 200_000


@pytest.fixture
def full(store):
    """A hub with something of everything."""
    store.apply(catalogues())
    store.apply(people(50))
    store.apply(people(3, first=FAR))
    for key in (VIP, NEW, SALES, TEAM, MONDAY):
        store.apply(entering(key, 1, 2, key.id + 2, FAR))
    store.apply(leaving(VIP, 2, at=EVENING))
    store.apply(
        ChangeSet(
            put={
                "operations": {1: {"summary": "ok", "big": 2**70, "about": [7]}},
                "contacts": {7: contact(7, name='Zoë "\\\n👩‍🚀')},
            },
            deleted={"contacts": {50}},
            blobs={("operations", 1, "effects"): bytes(range(256)), ("operations", 1, "empty"): b""},
        )
    )
    with store.own.writing("my notes") as change:
        change.put([(0, b'{"text": "hello"}'), (9, '{"odd": NaN}')])
    return store


def contents(store):
    """All that a hub holds, through the port."""
    tables = ("contacts", "tags", "lists", "groups", "imports", "operations", "my notes")
    everyone = BitMap(id for id, _ in store.scan("contacts"))
    return {
        "documents": {table: repr(dict(store.scan(table))) for table in tables},
        "counts": {table: store.count(table) for table in tables},
        "sets": store.memberships(everyone),
        "members": {key: store.members(key) for key in (VIP, NEW, SALES, TEAM, MONDAY)},
        "identities": store.owners(f"tel:{id}" for id in (*range(60), FAR)),
        "blobs": [store.blob("operations", 1, name) for name in ("effects", "empty", "none")],
        "next": [list(store.reserve(table, 1)) for table in ("contacts", "operations")] if not store.read_only else [],
        "problems": store.check(),
    }


def test_a_backup_made_in_use_is_the_same_hub(full, tmp_path):
    told = []
    full.backup(tmp_path / "copy.hub", progress=lambda done, total: told.append((done, total)))
    assert stat.S_IMODE((tmp_path / "copy.hub").stat().st_mode) == 0o600
    assert told[-1][0] == told[-1][1] > 0
    expected = contents(full)
    restore(tmp_path / "copy.hub", tmp_path / "again.hub")
    with open_store(tmp_path / "again.hub") as again:
        assert contents(again) == expected
        assert again.changes(full.cursor()).everything


def test_a_dump_and_a_restore_lose_nothing(full, tmp_path):
    full.dump(tmp_path / "dump.json")
    restore(tmp_path / "dump.json", tmp_path / "again.hub")
    with open_store(tmp_path / "again.hub") as again:
        assert contents(again) == contents(full)
        again.apply(entering(VIP, 3, at=EVENING))
        assert again.members(VIP) == full.members(VIP) | BitMap([3])
        assert again.own.names() == full.own.names()
        with again.own.writing("my notes"):  # still one's own
            pass


LARGE = {"one": PIECE, "two": PIECE + 1, "many": 3 * PIECE + 7, "exactly": 2 * PIECE}
"""Bytes beside a document: what an operation changed may be larger than one piece of a dump."""


@pytest.fixture
def large(full):
    bytes_of = random.Random(1).randbytes
    full.apply(ChangeSet(blobs={("operations", 1, name): bytes_of(size) for name, size in LARGE.items()}))
    return full


def dumped(store, path):
    """What a dump holds, and its rows for bytes."""
    store.dump(path)
    held = json.loads(path.read_text())
    return held, held["_contacthub_blobs"]


def test_large_bytes_are_in_pieces_in_a_dump_and_whole_again_in_the_hub(large, tmp_path):
    _, rows = dumped(large, tmp_path / "dump.json")
    assert max(len(row["content"]) for row in rows.values()) <= 4 * PIECE / 3
    restore(tmp_path / "dump.json", tmp_path / "again.hub")
    with open_store(tmp_path / "again.hub") as again:
        for name in LARGE:
            assert again.blob("operations", 1, name) == large.blob("operations", 1, name)
        assert dumped(again, tmp_path / "again.json")[1] == rows


def test_bytes_that_are_whole_in_a_dump_are_read_however_many_they_are(large, tmp_path):
    held, rows = dumped(large, tmp_path / "dump.json")
    content = large.blob("operations", 1, "many")
    of_it = [number for number, row in rows.items() if row["name"] == "many"]
    for number in of_it:
        del rows[number]
    rows[of_it[0]] = {"table": "operations", "id": 1, "name": "many", "content": base64.b64encode(content).decode()}
    (tmp_path / "dump.json").write_text(json.dumps(held))
    restore(tmp_path / "dump.json", tmp_path / "again.hub")
    with open_store(tmp_path / "again.hub") as again:
        assert again.blob("operations", 1, "many") == content


@pytest.mark.parametrize(
    "change", ["first gone", "middle gone", "last gone", "twice", "exchanged", "of another", "long"]
)
def test_a_dump_in_which_a_piece_of_bytes_is_not_in_its_place_is_refused(large, tmp_path, change):
    held, rows = dumped(large, tmp_path / "dump.json")
    *_, first, second, third, last = (number for number, row in rows.items() if row["name"] == "many")
    match change:
        case "first gone" | "middle gone" | "last gone":
            del rows[{"first gone": first, "middle gone": third, "last gone": last}[change]]
        case "twice":
            rows[third] = rows[second]
        case "exchanged":
            rows[second], rows[third] = rows[third], rows[second]
        case "of another":
            rows[second]["name"] = "two"
        case "long":
            rows[last]["content"] = rows[first]["content"]
    (tmp_path / "dump.json").write_text(json.dumps(held))
    with pytest.raises(StoreError, match="bytes beside a document") as caught:
        restore(tmp_path / "dump.json", tmp_path / "new.hub")
    assert caught.value.code == "not_a_dump"
    assert not list(tmp_path.glob("new.hub*"))


def test_plain_tinydb_opens_a_dump_and_what_it_writes_can_be_restored(full, tmp_path):
    full.dump(tmp_path / "dump.json")
    with TinyDB(tmp_path / "dump.json") as plain:
        contacts = plain.table("contacts")
        assert contacts.get(doc_id=1) == full.get("contacts", [1])[1]
        assert len(contacts) == full.count("contacts")
        assert [found.doc_id for found in contacts.search(where("tags").any(["new"]))] == [1, 2, 4, FAR]
        plain.table("other").insert({"a": 1})  # TinyDB writes the whole file again, on one line
    restore(tmp_path / "dump.json", tmp_path / "again.hub")
    with open_store(tmp_path / "again.hub") as again:
        assert again.get("other", [1]) == {1: {"a": 1}}
        assert contents(again) == contents(full)


def test_documents_larger_than_a_piece_of_the_stream_are_read(tmp_path):
    document = {"text": "x" * 3_000_000, "number": 1}
    path = tmp_path / "large.json"
    path.write_text(json.dumps({"a": {"1": document, "2": {}}, "b": {}}))
    with open(path) as file:
        assert list(documents_of(file)) == [("a", "1", document), ("a", "2", {})]


WHOLE = '{"_contacthub": {"1": {"format": 1, "tables": {}}}'


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "not json", "{}", '{"_default": {"1": {"a": 1}}}', '{"_contacthub": {"1": {"format": 99}}}',
        '{"_contacthub": {"1": 5}}',
        '{"_contacthub": {"2": {"format": 1, "tables": {}}}}',
        '{"_contacthub": {"1": {"format": 1}}}',
        '{"_contacthub": {"1": {"format": 1, "tables": {"x": 3}}}}',
        '{"_contacthub": {"1": {"format": 1, "tables": {"x": {"own": 1, "next_id": "a"}}}}}',
        WHOLE,
        WHOLE + "} more",
        WHOLE + "}}",
        WHOLE + ' "a": {"1": {}}}',
        WHOLE + ', "a": {"1": {} "2": {}}}',
        WHOLE + ', "a": {"1": {},}}',
        WHOLE + ', "a": {1: {}}}',
        WHOLE + ', "a": {"-4": {}}}',
        WHOLE + ', "a": {"99999999999999": {}}}',
        WHOLE + ', "a": {"x": {}}}',
        WHOLE + ', "a": ' + "[" * 100_000 + "}",
        WHOLE + ', "contacts": {"1": {"uuid": "a"}, "2": {"uuid": "a"}}}',
        WHOLE + ', "contacts": {"1": 5}}',
        WHOLE + ', "contacts": {"1": {"uuid": 7}}}',
        WHOLE + ', "contacts": {"0": {"uuid": "a"}}}',
        WHOLE + ', "_contacthub_sets": {"1": {}}}',
        WHOLE + ', "_contacthub_sets": {"1": {"kind": "tags", "id": 1, "members": []}}}',
        WHOLE + ', "_contacthub_sets": {"1": {"kind": "tags", "id": 1, "members": [1]}}}',
        WHOLE + ', "_contacthub_sets": {"1": {"kind": "tags", "id": 1, "members": [-1]}}}',
        WHOLE + ', "_contacthub_identities": {"1": {"match_key": "x", "contact": 7}}}',
        WHOLE + ', "_contacthub_blobs": {"1": {"table": "a", "id": 1, "name": "b", "content": "?"}}}',
        WHOLE + ', "_contacthub_blobs": {"1": {"table": "a", "id": 1, "name": "", "content": "", "size": 4000000000}}}',
        WHOLE + ', "_contacthub_blobs": {"1": {"table": "a", "id": 1, "name": "b", "content": "", "at": 1}}}',
        WHOLE + ', "_contacthub_others": {"1": {}}}',
    ],
)  # fmt: skip
def test_what_is_no_dump_is_refused_and_leaves_no_hub(tmp_path, text):
    (tmp_path / "dump.json").write_text(text)
    with pytest.raises(StoreError) as caught:
        restore(tmp_path / "dump.json", tmp_path / "new.hub")
    assert caught.value.code == "not_a_dump"
    assert str(tmp_path / "dump.json") in str(caught.value)
    assert os.listdir(tmp_path) == ["dump.json"]


def test_a_dump_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "dump.json").write_bytes(b'{"_contacthub": \xff')
    with pytest.raises(StoreError) as caught:
        restore(tmp_path / "dump.json", tmp_path / "new.hub")
    assert caught.value.code == "not_a_dump"


def test_a_table_of_ones_own_cannot_be_called_as_those_of_a_dump(full):
    for name in ("_contacthub", "_contacthub_sets", "_contacthub notes"):
        with pytest.raises(NotAllowed, match="another name"), full.own.writing(name):
            pass


def test_nothing_that_exists_is_overwritten(full, tmp_path):
    (tmp_path / "taken").write_text("mine")
    full.dump(tmp_path / "dump.json")
    for write in (
        lambda: full.backup(tmp_path / "taken"),
        lambda: full.dump(tmp_path / "taken"),
        lambda: restore(tmp_path / "dump.json", tmp_path / "taken"),
        lambda: doctor(full.path, tmp_path / "taken"),
    ):
        with pytest.raises(Refused, match="exists already"):
            write()
    assert (tmp_path / "taken").read_text() == "mine"
    with pytest.raises(NotFound):
        restore(tmp_path / "nothing", tmp_path / "new.hub")


def test_a_cancelled_backup_leaves_nothing(full, tmp_path):
    def cancel(done, total):
        raise Cancelled("Cancelled.")

    before = sorted(os.listdir(tmp_path))
    for write in (full.backup, full.dump):
        with pytest.raises(Cancelled):
            write(tmp_path / "copy", progress=cancel)
    assert sorted(os.listdir(tmp_path)) == before
    assert full.check() == []


def test_a_hub_in_use_is_whole(full):
    assert full.check() == []


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE tables SET count = count + 1 WHERE name = 'contacts'", "wrong_count"),
        ("UPDATE tables SET next_id = 3 WHERE name = 'contacts'", "wrong_next_id"),
        ("UPDATE rows_contacts SET body = x'7b' WHERE id = 4", "unreadable_document"),
        ("UPDATE rows_contacts SET key = 'other' WHERE id = 4", "wrong_key"),
        ("UPDATE sets SET members = x'00' WHERE kind = 'tags'", "unreadable_set"),
        ("UPDATE sets SET block = 7 WHERE kind = 'lists' AND block = 0", "wrong_block"),
        ("UPDATE sets SET id = 99 WHERE kind = 'groups'", "nameless_set"),
        ("DELETE FROM rows_contacts WHERE id = 1", "set_of_nobody"),
        ("UPDATE identities SET contact = 99999 WHERE match_key = 'tel:5'", "identity_of_nobody"),
        ("INSERT INTO blobs VALUES ('operations', 77, 'x', x'00')", "blob_of_nothing"),
        ("DELETE FROM about_operations", "wrong_subjects"),
        ("UPDATE about_operations SET subject = '8'", "wrong_subjects"),
        ("INSERT INTO about_consent VALUES ('nobody', 1)", "wrong_subjects"),
        ("DELETE FROM feed WHERE version = 3", "gap_in_feed"),
        ("UPDATE feed SET body = x'ff' WHERE version = 3", "unreadable_feed"),
        ("DELETE FROM feed WHERE version > 5", "cut_feed"),
        ("DROP INDEX sets_of_block", None),
    ],
)
def test_check_tells_what_is_wrong(full, hub_path, damage, code):
    full.close()
    connection = sqlite3.connect(hub_path)
    connection.execute(damage)
    connection.commit()
    connection.close()
    with open_store(hub_path) as store:
        codes = {problem.code for problem in store.check()}
    assert codes == set() if code is None else code in codes


def test_messages_of_check_hold_no_identities(full, hub_path):
    full.close()
    connection = sqlite3.connect(hub_path)
    connection.execute("UPDATE identities SET contact = 99999")
    connection.commit()
    connection.close()
    with open_store(hub_path) as store:
        assert not any("tel:" in str(problem) for problem in store.check())


# -- doctor ------------------------------------------------------------------------------------------------------------
def overwrite(path, page, content=b"\xa5" * 4096):
    with open(path, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(content)


def pages(path, table):
    """The leaf pages of a table, by SQLite's own account."""
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (table,))
    numbers = [number for (number,) in found]
    connection.close()
    return numbers


def test_the_doctor_of_a_whole_hub_loses_nothing(full, tmp_path):
    assert doctor(full.path, tmp_path / "well.hub") == []
    with open_store(tmp_path / "well.hub") as well:
        assert contents(well) == contents(full)


def test_the_doctor_saves_all_but_the_damaged_pages(full, hub_path, tmp_path):
    full.apply(people(2000, first=1000))
    full.apply(entering(NEW, *range(1000, 3000)))
    full.close()
    leaves = pages(hub_path, "rows_contacts")
    overwrite(hub_path, leaves[len(leaves) // 2])
    with open_store(hub_path) as hurt:
        assert [problem.code for problem in hurt.check()] != []
    problems = doctor(hub_path, tmp_path / "well.hub")
    assert any("ids from" in str(problem) for problem in problems)
    with open_store(tmp_path / "well.hub") as well:
        assert well.check() == []
        assert 2000 < well.count("contacts") < 2052
        saved = BitMap(id for id, _ in well.scan("contacts"))
        assert well.members(NEW) == (BitMap(range(1000, 3000)) | BitMap([1, 2, 4, FAR])) & saved
        assert well.owners(["tel:1", f"tel:{FAR}"]) == {"tel:1": 1, f"tel:{FAR}": FAR}


@pytest.mark.parametrize("table", ["rows_tags", "sets", "identities", "blobs", "touches", "tables", "feed", "hub"])
def test_the_doctor_saves_the_contacts_whatever_else_is_damaged(full, hub_path, tmp_path, table):
    full.close()
    for page in pages(hub_path, table):
        overwrite(hub_path, page)
    problems = doctor(hub_path, tmp_path / "well.hub")
    with open_store(tmp_path / "well.hub") as well:
        assert well.count("contacts") == 52
        assert well.check() == []
        if table == "rows_tags":
            assert well.get("contacts", [4])[4]["tags"] == ["recovered tags 2"]
            assert any("recovered tags 2" in str(problem) for problem in problems)
        assert len(well.owners(f"tel:{id}" for id in range(60))) == 49  # the index of identities holds them too
    assert bool(problems) == (table in ("rows_tags", "sets", "blobs", "touches"))


@pytest.mark.parametrize("share", [0.9, 0.6, 0.3])
def test_the_doctor_saves_what_is_left_of_a_hub_that_is_cut_off(full, hub_path, tmp_path, share):
    full.apply(people(9000, first=1000))
    full.close()
    with open(hub_path, "r+b") as file:
        file.truncate(int(hub_path.stat().st_size * share))
    assert doctor(hub_path, tmp_path / "well.hub") != []
    with open_store(tmp_path / "well.hub") as well:
        assert well.check() == []
        assert 52 + 9000 * share / 2 < well.count("contacts") <= 9052


def test_the_doctor_writes_the_header_of_a_hub_anew(full, hub_path, tmp_path):
    full.close()
    with open(hub_path, "r+b") as file:
        file.write(b"\xa5" * 100)
    doctor(hub_path, tmp_path / "well.hub")
    with open_store(tmp_path / "well.hub") as well:
        assert well.check() == []
        assert well.count("contacts") == 52


@pytest.mark.parametrize("content", [b"\xa5" * 4096, bytes(4096), b"\xa5" * 100 + bytes(3996)])
def test_a_hub_whose_table_of_contents_is_gone_loses_what_is_not_the_hubs_own(full, hub_path, tmp_path, content):
    full.apply(people(3000, first=1000))
    expected = {table: dict(full.scan(table)) for table in ("contacts", "tags", "operations")}
    full.close()
    overwrite(hub_path, 1, content)
    problems = doctor(hub_path, tmp_path / "well.hub")
    assert [str(problem) for problem in problems] == ["The table my notes."]
    with open_store(tmp_path / "well.hub") as well:
        assert well.check() == []
        assert {table: dict(well.scan(table)) for table in expected} == expected
        assert sorted(well.members(VIP)) == [1, 3, FAR]


def test_a_hub_is_rescued_whichever_page_of_its_table_of_contents_is_gone(full, hub_path, tmp_path):
    full.close()
    sound = hub_path.read_bytes()
    for page in pages(hub_path, "sqlite_schema"):
        overwrite(hub_path, page)
        assert [str(problem) for problem in doctor(hub_path, tmp_path / f"well-{page}.hub")] in (
            [],
            ["The table my notes."],
        )
        with open_store(tmp_path / f"well-{page}.hub") as well:
            assert well.check() == []
            assert well.count("contacts") == 52
        hub_path.write_bytes(sound)


def test_the_table_of_contents_lies_where_it_is_not_cut_off(full, hub_path):
    for number in range(40):
        full.apply(people(500, first=1000 + 500 * number))
    full.reserve("recipes", 1)  # tables that a hub uses late
    full.reserve("forgotten", 1)
    full.close()
    assert max(pages(hub_path, "sqlite_schema")) < 50 < hub_path.stat().st_size / 4096 / 10


def test_a_hub_from_before_its_tables_were_made_at_once_goes_on(hub_path, tmp_path):
    hub_path.write_bytes(gzip.decompress((Path(__file__).parent / "data" / "form-1.hub.gz").read_bytes()))
    with open_store(hub_path) as store:
        assert store.reserve("recipes", 1)[0] == 1
        store.apply(ChangeSet(put={"recipes": {1: {"a": 1}}}))
        names, contacts = store.own.names(), dict(store.scan("contacts"))
        assert store.check() == []
    assert doctor(hub_path, tmp_path / "well.hub") == []
    with open_store(tmp_path / "well.hub") as well:
        assert (well.own.names(), dict(well.scan("contacts"))) == (names, contacts)
    overwrite(hub_path, 1, hub_path.read_bytes()[:100] + bytes(3996))
    with pytest.raises(StoreError, match="table of contents is damaged") as caught:
        doctor(hub_path, tmp_path / "lost.hub")
    assert caught.value.code == "corrupt_hub"
    assert "--rescue" not in str(caught.value)
    assert not (tmp_path / "lost.hub").exists()


def test_the_doctor_refuses_what_is_no_hub(tmp_path):
    (tmp_path / "text").write_text("hello " * 1000)
    with pytest.raises(StoreError) as caught:
        doctor(tmp_path / "text", tmp_path / "new.hub")
    assert caught.value.code == "not_a_hub"
    with pytest.raises(NotFound):
        doctor(tmp_path / "nothing", tmp_path / "new.hub")
    assert os.listdir(tmp_path) == ["text"]


def test_what_was_deleted_cannot_be_found_in_the_files(full, hub_path):
    full.apply(ChangeSet(put={"contacts": {60: contact(60, name="Forgotten Person")}}))
    full.apply(ChangeSet(deleted={"contacts": {60}}))
    full.purge()
    for path in hub_path.parent.iterdir():
        assert b"Forgotten Person" not in path.read_bytes()


def test_the_doctor_of_a_hub_in_use_sees_one_moment_of_it(full, hub_path, tmp_path):
    worker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("store_worker.py")), "crash", str(hub_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        worker.stdout.readline()  # it is at work, and in each transaction imports 50 and notes one operation
        for number in range(4):
            target = tmp_path / f"well-{number}.hub"
            assert doctor(hub_path, target) == []
            with open_store(target) as well:
                assert well.check() == []
                assert well.count("contacts") == 52 + 50 * (well.count("operations") - 1)
    finally:
        worker.kill()
        worker.communicate()
