"""The columns over the embedded engine: other connections, transactions, and what is loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyroaring import BitMap

from contacthub.engine.columns import ColumnSearcher, upkeep
from contacthub.engine.port import ChangeSet, SetChange, SetKey, Sort
from contacthub.engine.sqlite.store import SqliteStore, open_store
from contacthub.errors import Cancelled
from contacthub.query.meaning import EVERYONE, Equals, InTime
from contacthub.query.properties import Property, attribute

CITY = Property("field", "city")
RECIFE = Equals(CITY, frozenset({"recife"}))
VIP = SetKey("tags", 1)
TAGGED = Equals(attribute("tag"), frozenset({"vip"}))
MODIFIED = attribute("modified_on")


def contact(id: int, city: str) -> dict[str, object]:
    stamp = f"2026-01-{id % 28 + 1:02}T00:00:00+00:00"
    return {"uuid": f"{id:04}", "name": f"Ana {id}", "status": "active", "fields": {"city": city}, "modified_on": stamp}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(upkeep, "SMALL", 10)
    path = tmp_path / "audience.hub"
    with open_store(path, create=True) as store:
        store.apply(
            ChangeSet(
                put={
                    "fields": {1: {"key": "city", "type": "text"}},
                    "tags": {1: {"key": "vip", "name": "VIP"}},
                    "contacts": {id: contact(id, ("Recife", "Natal")[id % 2]) for id in range(1, 101)},
                },
                sets={VIP: SetChange(BitMap(range(1, 11)))},
            )
        )
    return path


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with open_store(path) as store:
        yield store


def test_sees_what_another_connection_changes(store: SqliteStore, path: Path) -> None:
    assert len(store.matching(RECIFE)) == 50
    with open_store(path) as other:
        other.apply(ChangeSet(put={"contacts": {1: contact(1, "Recife")}}, deleted={"contacts": {2}}))
        other.apply(ChangeSet(sets={VIP: SetChange(BitMap([50]), BitMap([1]))}))
        assert len(other.matching(RECIFE)) == 50
    assert list(store.matching(RECIFE) & BitMap([1, 2, 3, 4])) == [1, 4]
    assert list(store.matching(TAGGED)) == [*range(3, 11), 50]


def test_sees_its_own_transaction_and_forgets_it_when_it_is_rolled_back(store: SqliteStore) -> None:
    assert len(store.matching(RECIFE)) == 50

    def give_up() -> None:
        with store.transaction():
            store.apply(ChangeSet(put={"contacts": {1: contact(1, "Recife")}}))
            store.apply(ChangeSet(sets={VIP: SetChange(removed=BitMap([1]))}))
            assert (len(store.matching(RECIFE)), len(store.matching(TAGGED))) == (51, 9)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    assert (len(store.matching(RECIFE)), len(store.matching(TAGGED))) == (50, 10)
    store.apply(ChangeSet(put={"contacts": {3: contact(3, "Recife")}}))
    assert list(store.matching(RECIFE) & BitMap([1, 2, 3, 4])) == [2, 3, 4]


def test_who_entered_a_set_was_modified_then(store: SqliteStore) -> None:
    assert store.ordered(store.matching(EVERYONE), Sort(MODIFIED, descending=True), limit=2) == [27, 55]
    at = datetime(2026, 6, 1, tzinfo=UTC)
    store.apply(ChangeSet(sets={VIP: SetChange(BitMap([40]))}, at=at))
    assert store.ordered(store.matching(EVERYONE), Sort(MODIFIED, descending=True), limit=2) == [40, 27]
    since_may = InTime(MODIFIED, 1_777_593_600_000_000, None, None, None)
    assert list(store.matching(since_may)) == [40]
    assert store.arrow(BitMap([40]), [MODIFIED])["modified_on"].to_pylist() == [at]


def test_a_restored_hub_is_not_searched_by_the_columns_of_another(path: Path, tmp_path: Path) -> None:
    with open_store(path) as store:
        assert len(store.matching(RECIFE)) == 50
        store.backup(tmp_path / "copy.hub")
        store.apply(ChangeSet(put={"contacts": {1: contact(1, "Recife")}}))
        assert len(store.matching(RECIFE)) == 51
    (tmp_path / "copy.hub").replace(path)
    for left in tmp_path.glob("audience.hub-*"):
        if left.is_file():
            left.unlink()
    with open_store(path) as store:
        assert len(store.matching(RECIFE)) == 50


def test_neither_pandas_nor_pyarrow_is_loaded_to_search_a_base(path: Path) -> None:
    with open_store(path) as store:
        store.matching(RECIFE)
    assert list(Path(f"{path}-columns").glob("*.arrow"))
    program = f"""
import sys
from contacthub.engine.sqlite.store import open_store
from contacthub.engine.port import Sort
from contacthub.query.meaning import Equals
from contacthub.query.properties import Property, attribute
with open_store({str(path)!r}) as store:
    found = store.matching(Equals(Property("field", "city"), frozenset(["recife"])))
    print(len(found), store.ordered(found, Sort(attribute("name")), limit=1))
    store.tally(found, [Property("field", "city")])
    store.values(attribute("name"), "ana")
print(sorted({{"pandas", "pyarrow"}} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["50 [10]", "[]"]


def test_several_threads_search_while_one_changes(store: SqliteStore) -> None:
    from concurrent.futures import ThreadPoolExecutor

    searcher = ColumnSearcher(store)

    def search(_: int) -> bool:
        found = searcher.matching(RECIFE)
        return 50 <= len(found) <= 100

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(search, range(80))
        for id in range(1, 100, 2):
            store.apply(ChangeSet(put={"contacts": {id: contact(id, "Recife")}}))
        assert all(answers)
    assert len(searcher.matching(RECIFE)) == 100


def test_those_modified_at_one_instant_are_in_the_order_of_uuids(store: SqliteStore) -> None:
    order = Sort(MODIFIED, descending=True)
    store.ordered(store.matching(EVERYONE), order)
    for ids, at in ((BitMap([40, 50]), 28), (BitMap([55, 60, 70]), 28), (BitMap([90]), 27)):
        store.apply(ChangeSet(sets={VIP: SetChange(ids)}, at=datetime(2026, 1, at, tzinfo=UTC)))
        page = store.ordered(store.matching(EVERYONE), order)
        documents = store.get("contacts", range(1, 101))
        by_uuid = sorted(documents, key=lambda id: documents[id]["uuid"])
        assert page == sorted(by_uuid, key=lambda id: documents[id]["modified_on"], reverse=True)


def test_who_opens_a_hub_is_told_how_far_its_columns_are(path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with open_store(path, progress=lambda done, total: told.append((done, total))) as store:
        assert len(store.matching(RECIFE)) == 50
        assert told == sorted(told)
        assert (told[0][1], told[-1]) == (100, (100, 100))
        told.clear()
        store.matching(TAGGED)
    with open_store(path, progress=lambda done, total: told.append((done, total))) as store:
        assert len(store.matching(RECIFE)) == 50
    assert told == []


def test_a_build_can_be_given_up_and_begun_again(path: Path) -> None:
    def give_up(done: int, total: int | None) -> None:
        raise Cancelled("Enough.")

    with open_store(path, progress=give_up) as store:
        with pytest.raises(Cancelled):
            store.matching(RECIFE)
        assert not list(Path(f"{path}-columns").glob("*.arrow"))
        store.progress = None
        assert len(store.matching(RECIFE)) == 50
