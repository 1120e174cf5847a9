"""TinyDB's face: what it adds to TinyDB, and what it keeps from it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from datetime import datetime
from decimal import Decimal

import hypothesis.strategies as st
import numpy as np
import pytest
from hubs import VIP, catalogues, entering, people
from hypothesis import given, settings
from tinydb import Query, TinyDB, where
from tinydb.operations import increment
from tinydb.table import Document

from contacthub.engine import tiny
from contacthub.engine.port import ChangeSet
from contacthub.engine.tiny.rows import WINDOW
from contacthub.engine.tiny.table import CACHED_RESULTS
from contacthub.errors import NotAllowed


@pytest.fixture
def store(hub_path):
    with tiny.open(hub_path, create=True) as store:
        store.apply(catalogues())
        store.apply(people(5))
        store.apply(entering(VIP, 2, 3))
        yield store


@pytest.fixture
def notes(store):
    return store.db.table("notes")


def test_tinydb_is_imported_when_it_is_first_used():
    code = "import sys, contacthub.engine.tiny as t; s = t.open(':memory:'); assert 'tinydb' not in sys.modules; s.db"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, timeout=60).returncode == 0


def test_contacts_are_tinydb_documents_with_their_sets(store):
    contacts = store.db.table("contacts")
    assert isinstance(store.db, TinyDB)
    assert len(contacts) == 5
    found = contacts.search(Query().tags.any(["VIP"]))
    assert [(document.doc_id, document["name"]) for document in found] == [(2, "Ana 2"), (3, "Ana 3")]
    assert contacts.get(doc_id=2) == store.get("contacts", [2])[2]
    assert [document.doc_id for document in contacts] == [1, 2, 3, 4, 5]
    assert contacts.get(where("uuid") == "uuid-4").doc_id == 4
    assert contacts.contains(doc_id=5)
    assert not contacts.contains(doc_id=6)


@pytest.mark.parametrize(
    "write",
    [
        lambda table: table.insert({}),
        lambda table: table.insert_multiple([{}]),
        lambda table: table.update({"name": "x"}),
        lambda table: table.update({"name": "x"}, doc_ids=[1]),
        lambda table: table.upsert(Document({"name": "x"}, doc_id=1)),
        lambda table: table.remove(doc_ids=[1]),
        lambda table: table.truncate(),
    ],
)
@pytest.mark.parametrize("name", ["contacts", "tags", "settings", "operations"])
def test_the_hubs_tables_are_changed_by_its_verbs_only(store, name, write):
    before = (store.cursor(), dict(store.scan(name)))
    with pytest.raises(NotAllowed, match=r"hub\."):
        write(store.db.table(name))
    assert (store.cursor(), dict(store.scan(name))) == before


def test_the_hubs_tables_cannot_be_dropped(store):
    store.db.table("notes").insert({"a": 1})
    for drop in (lambda: store.db.drop_table("contacts"), store.db.drop_tables):
        with pytest.raises(NotAllowed):
            drop()
    assert store.count("contacts") == 5
    assert store.count("notes") == 1
    store.db.drop_table("notes")
    assert "notes" not in store.db.tables()


@pytest.mark.parametrize("name", ["notes", "Notes", "sqlite_master", 'quo"ted; --', "ÁNA", "", "rows_contacts", "0"])
def test_tables_of_ones_own_may_have_any_name(store, name):
    table = store.db.table(name)
    assert table.insert({"name": name}) == 1
    assert table.all() == [{"name": name}]
    assert name in store.db.tables()
    store.db.drop_table(name)
    assert name not in store.db.tables()


def test_names_that_differ_in_case_are_different_tables(store):
    store.db.table("a").insert({"x": 1})
    store.db.table("A").insert({"x": 2})
    assert store.db.table("a").all() == [{"x": 1}]


def test_large_tables_are_changed_as_tinydb_would(store, notes):
    """More documents than are held at a time."""
    count = 3 * WINDOW + 7
    assert notes.insert_multiple({"n": n, "even": n % 2 == 0} for n in range(count)) == list(range(1, count + 1))
    assert len(notes.update(increment("n"), where("even") == True)) == count // 2 + 1  # noqa: E712
    assert sum(document["n"] for document in notes) == sum(n + (n % 2 == 0) for n in range(count))
    assert notes.update({"even": None}, doc_ids=[1, 5, 10**6]) == [1, 5]
    assert len(notes.remove(where("even") == True)) == count // 2 - 1  # noqa: E712
    assert len(notes) == len(list(notes)) == count // 2 + 2
    assert notes.upsert({"n": 1, "new": True}, where("n") == 1) == [1, 2]
    assert notes.upsert({"n": -5}, where("n") == -5) == [count + 1]
    assert notes.update_multiple([({"n": 0}, where("n") == 1), ({"z": 1}, where("n") == 0)]) == [1, 1, 2, 2]
    assert notes.get(doc_ids=[2, 1, 99_999]) == [{"n": 0, "even": None, "new": True, "z": 1}] * 1 + [
        {"n": 0, "even": False, "new": True, "z": 1}
    ]
    notes.truncate()
    assert notes.insert({}) == 1
    assert store.check() == []


def test_a_change_is_whole_or_not_at_all(store, notes):
    notes.insert_multiple({"n": n} for n in range(2 * WINDOW))
    before = store.cursor()

    def fail_late(document):
        document["n"] += 1
        if document["n"] == 2 * WINDOW:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        notes.update(fail_late)
    with pytest.raises(TypeError):
        notes.insert_multiple([{"good": 1}, {"bad": object()}])
    with pytest.raises(ValueError, match="already exists"):
        notes.insert(Document({}, doc_id=7))
    assert [document["n"] for document in notes] == list(range(2 * WINDOW))
    assert store.cursor() == before


def test_a_change_of_many_documents_is_one_entry_of_the_feed(store, notes):
    notes.insert_multiple({"n": n} for n in range(2 * WINDOW))
    before = store.cursor()
    notes.update({"n": -1})
    after = store.cursor()
    assert int(after.split(".")[1]) == int(before.split(".")[1]) + 1
    assert len(store.changes(before).put["notes"]) == 2 * WINDOW


def test_an_update_that_changes_nothing_writes_nothing(store, notes):
    notes.insert_multiple({"n": n} for n in range(10))
    before = store.cursor()
    assert len(notes.update({}, where("n") < 5)) == 5
    assert notes.remove(where("n") == 99) == []
    assert store.cursor() == before


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), b"bytes", {1, 2}, object()], ids=type)
def test_what_json_cannot_hold_is_refused_and_not_stored_as_something_like_it(notes, value):
    with pytest.raises(TypeError):
        notes.insert({"value": value})
    assert len(notes) == 0


@pytest.mark.parametrize("value", [2**70, float("inf"), "\ud800", "👩‍🚀", [[]], {"": {}}, -0.0, 1e-320], ids=repr)
def test_what_json_can_hold_comes_back_and_can_be_updated(store, notes, value):
    notes.insert({"value": value})
    notes.update({"other": 1})
    assert notes.all() == [{"value": value, "other": 1}]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abc"), JSON_VALUES, max_size=3)


@settings(max_examples=200, deadline=None)
@given(
    documents=st.lists(DOCUMENTS, max_size=5),
    updates=st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abc"), JSON_VALUES | st.just((1, 2)), max_size=2),
            st.none()
            | st.lists(
                st.integers(-1, 7) | st.sampled_from(["1", 2**64, True, 1.0, 2.5, float("nan"), None]), max_size=4
            ),
            st.none() | st.sampled_from("abc"),
        ),
        max_size=3,
    ),
)
def test_updates_do_what_stock_tinydb_does(documents, updates):
    with tempfile.TemporaryDirectory() as folder, tiny.open(":memory:") as store, TinyDB(f"{folder}/stock.json") as db:
        stock, own = db.table("notes"), store.db.table("notes")
        assert own.insert_multiple(documents) == stock.insert_multiple(documents)
        for fields, ids, key in updates:
            cond = None if key is None else where(key).exists()
            assert own.update(fields, cond, ids) == stock.update(fields, cond, ids)
        assert repr(own.all()) == repr(stock.all())


def test_an_update_with_what_json_cannot_hold_is_refused_whole(store, notes):
    notes.insert_multiple([{"n": 1}, {"n": 2}])
    with pytest.raises(TypeError):
        notes.update({"when": datetime(2026, 1, 1)})
    assert notes.all() == [{"n": 1}, {"n": 2}]


def test_the_query_cache_knows_of_other_processes_and_of_rollbacks(store, notes, hub_path):
    query = where("n") == 1
    notes.insert({"n": 1})
    assert len(notes.search(query)) == 1
    with tiny.open(hub_path) as other:
        other.db.table("notes").insert({"n": 1})
    assert len(notes.search(query)) == 2

    def fail():
        with store.transaction():
            notes.insert({"n": 1})
            assert notes.count(query) == 3
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert notes.count(query) == 2


def test_the_query_cache_sees_renamed_tags(store):
    contacts = store.db.table("contacts")
    query = Query().tags.any(["Best"])
    assert contacts.search(query) == []
    store.apply(ChangeSet(put={"tags": {1: {"key": "best", "name": "Best"}}}))
    assert len(contacts.search(query)) == 2


def test_large_results_are_not_kept(notes):
    notes.insert_multiple({"n": 1} for _ in range(CACHED_RESULTS + 1))
    query = where("n") == 1
    assert len(notes.search(query)) == CACHED_RESULTS + 1
    assert query not in notes._query_cache


def test_several_tables_change_in_one_transaction(store):
    def fail():
        with store.transaction():
            store.db.table("one").insert({"a": 1})
            store.db.table("two").insert({"b": 1})
            store.apply(entering(VIP, 1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.db.tables().isdisjoint({"one", "two"})
    assert len(store.members(VIP)) == 2


def test_ids_are_not_handed_out_twice_by_two_processes(store, notes, hub_path):
    with tiny.open(hub_path) as other:
        theirs = other.db.table("notes")
        ids = [table.insert({}) for _ in range(10) for table in (notes, theirs)]
    assert ids == list(range(1, 21))


@pytest.mark.parametrize("id", ["1", 1.0, float("nan"), -1, None, "x"], ids=repr)
def test_odd_ids_are_looked_up_as_in_tinydb(notes, tmp_path, id):
    notes.insert({"a": 1})
    with TinyDB(tmp_path / "stock.json") as stock:
        stock.insert({"a": 1})
        if id is not None:
            assert notes.get(doc_id=id) == stock.get(doc_id=id)
            assert notes.get(doc_ids=[id]) == stock.get(doc_ids=[id])


@pytest.mark.parametrize("id", ["5", 1.5, None, (1,), -3, 2**40], ids=repr)
def test_what_cannot_be_an_id_is_refused_and_said(notes, id):
    for insert in (notes.insert, lambda document: notes.insert_multiple([document]), notes.upsert):
        with pytest.raises(ValueError, match="cannot be the id of a document"):
            insert(Document({"a": 1}, doc_id=id))
    assert len(notes) == 0


@pytest.mark.parametrize("name", [5, None, "\ud800", "half \udc00"], ids=repr)
def test_what_cannot_be_the_name_of_a_table_is_refused_and_said(store, name):
    before, tables = store.cursor(), dict(store.db.storage.read())
    for use in (store.db.table, lambda name: store.db.storage.write({**tables, name: {"1": {}}})):
        with pytest.raises(ValueError, match="cannot be the name of a table"):
            use(name)
    assert store.cursor() == before


@pytest.mark.parametrize("id", [1.0, True, Decimal(1), np.int64(1)], ids=repr)
def test_an_id_that_equals_a_number_is_that_number(notes, tmp_path, id):
    with TinyDB(tmp_path / "stock.json") as stock:
        for table in (notes, stock):
            table.insert_multiple([{"a": 1}, {"a": 2}])
        assert notes.update({"a": 5}, doc_ids=[id]) == stock.update({"a": 5}, doc_ids=[id]) == [1]
        assert notes.update(increment("a"), doc_ids=[id]) == stock.update(increment("a"), doc_ids=[id]) == [1]
        assert notes.all() == stock.all() == [{"a": 6}, {"a": 2}]
        assert notes.remove(doc_ids=[id]) == stock.remove(doc_ids=[id]) == [1]
        assert notes.all() == stock.all() == [{"a": 2}]


def test_documents_with_and_without_ids_do_not_replace_each_other(store, notes):
    documents = [{"n": 1}, Document({"n": 2}, doc_id=3), *({"n": n} for n in range(3, 9)), Document({"n": 9}, doc_id=2)]
    assert notes.insert_multiple(documents) == [1, 3, 4, 5, 6, 7, 8, 9, 2]
    assert sorted(document["n"] for document in notes) == list(range(1, 10))
    assert notes.insert({}) == 10
    assert store.check() == []


def test_a_search_that_another_thread_overtakes_leaves_no_old_result_in_the_cache(notes):
    table = notes
    table.insert({"value": 1})
    started, go_on = threading.Event(), threading.Event()

    def slow(document):
        if threading.current_thread() is searching:
            started.set()
            go_on.wait(10)
        return True

    searching = threading.Thread(target=lambda: table.search(slow))
    searching.start()
    started.wait(10)
    table.update({"value": 2})
    table.search(where("value") == 99)  # this thread sees the later state
    go_on.set()
    searching.join()
    assert table.search(slow) == [{"value": 2}]
