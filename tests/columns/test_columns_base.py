"""The base file: kept, mapped, shared, and never trusted more than it deserves."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from memory_store import MemoryStore
from pyroaring import BitMap

from contacthub.engine.columns import ColumnSearcher, base, encode, sort, upkeep, view
from contacthub.engine.columns import searcher as searcher_module
from contacthub.engine.port import Sort
from contacthub.query.meaning import EVERYONE, Equals, HasWord, Meaning
from contacthub.query.properties import Property, attribute

NAME = attribute("name")
CITY = Property("field", "city")
RECIFE = Equals(CITY, frozenset({"recife"}))


@pytest.fixture(autouse=True)
def _keep_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "SMALL", 10)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(portion=50)
    store.put(1, {"key": "city", "type": "text"}, "fields")
    for id in range(1, 301):
        city = ("Recife", "Natal", "Olinda")[id % 3]
        store.put(id, {"uuid": f"{id:04}", "name": f"Ana {id}", "status": "active", "fields": {"city": city}})
    return store


def found(store: MemoryStore, folder: Path, meaning: Meaning = RECIFE) -> list[int]:
    return list(ColumnSearcher(store, folder).matching(meaning))


def the_file(folder: Path) -> Path:
    (path,) = folder.glob("*.arrow")
    return path


def test_is_built_once_and_read_by_the_next(store: MemoryStore, tmp_path: Path) -> None:
    expected = list(range(3, 301, 3))
    assert found(store, tmp_path) == expected
    assert found(store, tmp_path) == expected
    assert store.scans == 1


def test_a_small_hub_needs_none(tmp_path: Path) -> None:
    store = MemoryStore()
    store.put(1, {"uuid": "1"})
    assert found(store, tmp_path, EVERYONE) == [1]
    assert not list(tmp_path.glob("*.arrow"))


def test_takes_up_what_changed_since_it_was_written(store: MemoryStore, tmp_path: Path) -> None:
    found(store, tmp_path)
    store.put(7, {"uuid": "7", "fields": {"city": "RECIFE"}})
    store.delete(3)
    assert found(store, tmp_path) == sorted({7, *range(6, 301, 3)})
    assert store.scans == 1


def test_is_private_and_opens_as_arrow(store: MemoryStore, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    found(store, folder)
    path = the_file(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_stream(file).read_all()
    assert len(table["fields.city/text/codes"][0]) == 301


@pytest.mark.parametrize("size", [0, 1, 30, 0.5, 0.99, -1])
def test_a_truncated_one_is_built_again(store: MemoryStore, tmp_path: Path, size: float) -> None:
    expected = found(store, tmp_path)
    path = the_file(tmp_path)
    whole = path.stat().st_size
    os.truncate(path, int(whole * size) if 0 < size < 1 else whole - 1 if size < 0 else int(size))
    assert found(store, tmp_path) == expected
    assert store.scans == 2
    assert the_file(tmp_path) != path


def test_a_damaged_one_is_built_again_whatever_byte_is_wrong(store: MemoryStore, tmp_path: Path) -> None:
    asked = [RECIFE, HasWord(NAME, frozenset({"ana"})), EVERYONE]
    expected = [found(store, tmp_path, meaning) for meaning in asked]
    good = the_file(tmp_path).read_bytes()
    for place in range(0, len(good), len(good) // 30):
        the_file(tmp_path).write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
        searcher = ColumnSearcher(store, tmp_path)
        assert [list(searcher.matching(meaning)) for meaning in asked] == expected
        assert searcher.ordered(searcher.matching(RECIFE), Sort(NAME), limit=2) == [102, 105]


def test_one_of_another_state_of_the_hub_is_built_again(store: MemoryStore, tmp_path: Path) -> None:
    found(store, tmp_path)
    store.oldest = len(store.log) + 1
    store.put(7, {"uuid": "7", "fields": {"city": "RECIFE"}})
    store.delete(3)
    assert found(store, tmp_path) == sorted({7, *range(6, 301, 3)})
    assert store.scans == 2


def test_can_be_deleted_while_in_use(store: MemoryStore, tmp_path: Path) -> None:
    searcher = ColumnSearcher(store, tmp_path)
    expected = list(searcher.matching(RECIFE))
    the_file(tmp_path).unlink()
    assert list(searcher.matching(RECIFE)) == expected


def test_what_a_killed_builder_left_is_cleared_away(store: MemoryStore, tmp_path: Path) -> None:
    left = tmp_path / "columns-1-dead.unfinished"
    left.write_bytes(b"half")
    found(store, tmp_path)
    assert not left.exists()


def test_where_nothing_may_be_written_it_is_done_without(store: MemoryStore, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert found(store, blocked / "folder") == list(range(3, 301, 3))


def test_two_who_come_at_once_build_one(store: MemoryStore, tmp_path: Path) -> None:
    answers: list[list[int]] = []
    threads = [threading.Thread(target=lambda: answers.append(found(store, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [list(range(3, 301, 3))] * 4
    assert store.scans == 1


def test_erased_columns_leave_no_file(store: MemoryStore, tmp_path: Path) -> None:
    searcher = ColumnSearcher(store, tmp_path)
    searcher.matching(RECIFE)
    searcher.erase()
    assert base.newest(tmp_path) is None
    assert list(searcher.matching(RECIFE)) == list(range(3, 301, 3))


def test_a_new_one_is_made_in_the_background_when_much_has_changed(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher_module, "_OUTDATED", 20)
    searcher = ColumnSearcher(store, tmp_path)
    searcher.matching(RECIFE)
    path = the_file(tmp_path)
    for id in range(1, 101):
        store.put(id, {"uuid": f"{id:04}", "fields": {"city": "Olinda"}})
    expected = list(range(102, 301, 3))
    assert list(searcher.matching(RECIFE)) == expected
    renewal = searcher._renewal
    assert renewal is not None
    renewal._thread.join()
    assert the_file(tmp_path) != path
    assert list(searcher.matching(RECIFE)) == expected
    assert searcher._views[0].outdated == 0
    searcher.close()


def test_closing_gives_up_what_is_being_made(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher_module, "_OUTDATED", 20)
    searcher = ColumnSearcher(store, tmp_path)
    searcher.matching(RECIFE)
    for id in range(1, 101):
        store.put(id, {"uuid": f"{id:04}", "fields": {"city": "Olinda"}})
    searcher.matching(RECIFE)
    searcher.close()
    assert not list(tmp_path.glob("*.unfinished"))
    assert found(store, tmp_path) == list(range(102, 301, 3))


def test_more_changes_than_fit_in_memory_are_found_too(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "AT_HAND", 5)
    searcher = ColumnSearcher(store, tmp_path)
    searcher.matching(RECIFE)
    for id in range(1, 101):
        store.put(id, {"uuid": f"{id:04}", "name": "Rui", "fields": {"city": "Olinda", "new": "x"}})
        if id % 30 == 0:
            assert len(searcher.matching(RECIFE)) == 100 - id // 3
    assert list(searcher.matching(RECIFE)) == list(range(102, 301, 3))
    assert len(searcher.matching(Equals(Property("field", "new"), frozenset({"x"})))) == 100
    assert len(searcher.matching(HasWord(NAME, frozenset({"rui"})))) == 100


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("step", [1, 7, 1_024])
def test_pages_along_a_kept_order_are_those_of_a_full_sort(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, descending: bool, step: int
) -> None:
    monkeypatch.setattr(sort, "_STEP", step)
    monkeypatch.setattr(encode, "_MANY", 1)
    joined = Property("field", "joined", "datetime")
    store.put(2, {"key": "joined", "type": "datetime"}, "fields")
    for id in range(1, 301):
        fields = {"city": ("Recife", "recife", "Natal")[id % 3], "joined": f"2026-01-{id * 7 % 28 + 1:02}"}
        store.put(id, {"uuid": f"{id * 37 % 1000:04}", "fields": fields if id % 5 else {}})
    kept, plain = ColumnSearcher(store, tmp_path), ColumnSearcher(store)
    for ids in (BitMap(range(1, 301)), BitMap(range(3, 301, 4)), BitMap([5, 10, 11])):
        for property in (joined, CITY):
            order = Sort(property, descending)
            whole = plain.ordered(ids, order)
            for offset, limit in ((0, 1), (0, 10), (5, 40), (100, 100), (290, 20)):
                assert kept.ordered(ids, order, offset, limit) == whole[offset : offset + limit]
