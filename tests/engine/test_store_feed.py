"""The feed: its cost, its end, and what stays true when it is compacted."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta

import pytest
from hubs import EVENING, MORNING, NEW, NOON, VIP, catalogues, contact, entering, leaving, people
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

import contacthub
from contacthub.engine.port import ChangeSet, Cursor
from contacthub.engine.sqlite import feed, open_store, touches


@pytest.fixture
def hub(store):
    store.apply(catalogues())
    store.apply(people(100))
    return store


def compact(hub, rows):
    with hub._connections.transaction() as connection:
        feed.compact(connection, rows=rows)


def test_a_compacted_feed_answers_newer_cursors_and_tells_older_ones_to_look_at_everything(hub):
    cursors = [hub.cursor()]
    for id in range(1, 11):
        hub.apply(entering(VIP, id))
        cursors.append(hub.cursor())
    compact(hub, rows=4)
    for age, cursor in enumerate(reversed(cursors)):
        changes = hub.changes(cursor)
        assert changes.cursor == cursors[-1]
        if age < 4:
            assert not changes.everything
            assert changes.touched == BitMap(range(11 - age, 11))
        else:
            assert changes.everything
            assert not changes.touched


def test_the_newest_change_outlives_any_compaction(hub):
    cursor = hub.cursor()
    compact(hub, rows=0)
    assert hub.cursor() == cursor
    hub.apply(entering(VIP, 1))
    assert hub.changes(cursor).touched == BitMap([1])


def test_a_feed_that_is_too_large_loses_its_oldest_changes(hub):
    first = hub.cursor()
    hub.apply(entering(VIP, *range(1, 20_000, 3)))
    hub.apply(entering(NEW, 1))
    second = hub.cursor()
    hub.apply(entering(NEW, 2))
    with hub._connections.transaction() as connection:
        feed.compact(connection, size=1000)
    assert hub.changes(first).everything
    assert hub.changes(second).touched == BitMap([2])


def test_the_feed_is_compacted_while_one_works(hub, monkeypatch):
    monkeypatch.setattr(feed, "COMPACT_EVERY", 10)
    monkeypatch.setattr(feed, "compact", lambda connection, compact=feed.compact: compact(connection, rows=20))
    for id in range(60):
        hub.apply(ChangeSet(put={"contacts": {1: contact(1, name=str(id))}}))
    with hub._connections.reading() as connection:
        assert connection.execute("SELECT count(*) FROM feed").fetchone()[0] <= 30


def test_modified_on_outlives_the_feed(hub):
    hub.apply(entering(VIP, 1, at=EVENING))
    compact(hub, rows=0)
    assert hub.get("contacts", [1])[1]["modified_on"] == EVENING.isoformat()


def test_a_copy_that_went_its_own_way_is_not_taken_for_the_hub(hub, hub_path, tmp_path):
    """Somebody puts a backup in the place of the hub: versions that have the same number are not the same."""
    hub.backup(tmp_path / "copy.hub")
    hub.apply(entering(VIP, 1))
    seen = hub.cursor()
    hub.close()
    (tmp_path / "copy.hub").rename(hub_path)
    with open_store(hub_path) as copy:
        assert copy.changes(seen).everything
        copy.apply(entering(VIP, 2))
        assert copy.changes(seen).everything


ODD = ["", "x", "..", "{epoch}", "{epoch}.", "{epoch}..", "{epoch}.{version}.", "{epoch}.-1.{mark}", "{epoch}.².{mark}",
       "{epoch}.{version}.{mark}.1", "{epoch}.1e3.{mark}", "other.{version}.{mark}", "{epoch}.{version}.1",
       "{epoch}.{later}.{mark}", "{epoch}.{huge}.{mark}", "{epoch}.{version}.{huge}", "{epoch}.{endless}.{mark}",
       "{epoch}.{beyond}.{mark}", "{epoch}.{version}.{mark} ", "\ud800", "\0"]  # fmt: skip


@pytest.mark.parametrize("cursor", ODD)
def test_a_cursor_that_is_none_or_from_the_future_is_told_to_look_at_everything(hub, cursor):
    epoch, version, mark = hub.cursor().split(".")
    hub.apply(entering(VIP, 1))
    odd = cursor.format(
        epoch=epoch, version=version, mark=mark, later=int(version) + 5, huge=10**30, beyond=2**63, endless="9" * 5000
    )
    changes = hub.changes(Cursor(odd))
    assert changes.everything
    assert changes.cursor == hub.cursor()


def test_a_cursor_from_inside_a_transaction_that_was_rolled_back_is_told_to_look_at_everything(hub):
    before, inside = hub.cursor(), None
    with contextlib.suppress(ZeroDivisionError), hub.transaction():
        hub.apply(entering(VIP, 1))
        inside = hub.cursor()
        raise ZeroDivisionError
    assert hub.cursor() == before
    assert hub.changes(inside).everything
    hub.apply(entering(VIP, 2))
    assert inside.split(".")[1] == hub.cursor().split(".")[1]  # the same number, and another change
    assert hub.changes(inside).everything
    assert hub.changes(before).touched == BitMap([2])


def test_after_a_rollback_nothing_of_it_is_found_in_names_searches_or_the_history(hub_path):
    with contacthub.open(hub_path, create=True) as hub:
        hub.fields.create("Age", type="number")
        hub.contacts.create(name="Ana", fields={"age": 1})
        contact = hub.contacts.create(name="Ana Maria", fields={"age": 2})
        hub.find("name ~ Ana").tag("old")
        before = hub.store.cursor()
        watcher = hub.watch()

        def seen():
            return (
                [hub.find(query).count for query in ("name ~ Ana", "age > 0", "tag = old", "age = 9")],
                [[one.name for one in names] for names in (hub.tags, hub.groups, hub.fields)],
                [operation.id for operation in hub.operations()],
                hub.contacts.get(contact.uuid).as_dict(),
            )

        first = seen()
        with contextlib.suppress(ZeroDivisionError), hub.store.transaction():
            hub.fields.create("Zip")
            hub.groups.create("Team")
            hub.contacts.create(name="Ana Clara", fields={"age": 9, "zip": "1"})
            hub.contacts.edit(contact.uuid, name="Bia")
            hub.find("age = 1").tag("fresh")
            inside = seen()
            assert [hub.find(query).count for query in ("tag = fresh", "fields.zip = 1", "name ~ Bia")] == [1, 1, 1]
            hub.undo()
            raise ZeroDivisionError
        assert inside != first
        assert seen() == first
        assert hub.store.cursor() == before
        with pytest.raises(contacthub.QueryError):
            hub.find("fields.zip = 1").count
        assert hub.find("name ~ Bia").count == 0
        watcher.poll()
        assert watcher.poll() is None
        assert hub.verify() == []


def test_other_processes_see_a_change_through_the_feed(hub, hub_path):
    with open_store(hub_path) as other:
        before = other.cursor()
        assert other.get("contacts", [1])[1]["tags"] == []
        hub.apply(entering(VIP, 1))
        assert other.changes(before).touched == BitMap([1])
        assert other.get("contacts", [1])[1]["tags"] == ["VIP"]
        hub.apply(ChangeSet(put={"tags": {1: {"key": "best", "name": "Best"}}}))
        assert other.get("contacts", [1])[1]["tags"] == ["Best"]
        hub.apply(ChangeSet(deleted={"tags": {1}}))
        assert other.get("contacts", [1])[1]["tags"] == []


def test_a_change_costs_what_it_changes(store):
    """Counted in steps of SQLite's machine, which do not depend on the clock."""

    def steps(do):
        count = 0

        def step():
            nonlocal count
            count += 1

        with store._connections.transaction() as connection:
            connection.set_progress_handler(step, 1)
            do()
            connection.set_progress_handler(None, 0)
        return count

    def edit(id):
        return steps(lambda: store.apply(ChangeSet(put={"contacts": {id: contact(id, name="new")}})))

    store.apply(catalogues())
    store.apply(people(300))
    small = edit(150), steps(lambda: store.changes(store.cursor())), steps(lambda: store.get("contacts", [7]))
    store.apply(people(20_000, first=301))
    large = edit(15_000), steps(lambda: store.changes(store.cursor())), steps(lambda: store.get("contacts", [7]))
    assert large <= tuple(count * 1.2 for count in small)


# -- the instants of set changes ---------------------------------------------------------------------------------------
@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.frozensets(st.integers(0, 40), min_size=1, max_size=5)),
        min_size=touches.ROWS,
        max_size=3 * touches.ROWS,
    )
)
def test_folding_the_instants_of_set_changes_loses_none(moves):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE touches (block, at, members)")
    connection.execute("CREATE TABLE touched (block INTEGER PRIMARY KEY, members, instants)")
    expected: dict[int, int] = {}
    for hours, ids in moves:
        at = MORNING + timedelta(hours=hours)
        touches.add(connection, 0, at, BitMap(ids))
        for id in ids:
            expected[id] = max(touches.microseconds(at), expected.get(id, 0))
    found = touches.Touches.read(connection, 0)
    assert len(found.rows) <= touches.ROWS
    assert found.newest(BitMap(range(41))) == expected
    assert all(found.newest(BitMap([id])) == {id: at} for id, at in expected.items())
    connection.close()


def test_many_single_set_changes_keep_their_own_instants(hub):
    for id in range(1, 100):
        hub.apply(entering(VIP, id, at=NOON + timedelta(minutes=id)))
    hub.apply(leaving(VIP, 5, at=MORNING))  # applied late: newest wins
    found = {id: document["modified_on"] for id, document in hub.scan("contacts")}
    assert found[100] == MORNING.isoformat()
    assert all(found[id] == (NOON + timedelta(minutes=id)).isoformat() for id in range(1, 100))
