"""The searcher over a store that changes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from memory_store import MemoryStore
from pyroaring import BitMap

from contacthub.engine.columns import ColumnSearcher
from contacthub.engine.port import SetKey, Sort
from contacthub.query.meaning import EVERYONE, NO_ONE, AllOf, AnyOf, Equals, HasText, HasWord, InNumbers, IsSet, Not
from contacthub.query.properties import Property, attribute

NAME, CITY, AGE = attribute("name"), Property("field", "city"), Property("field", "age", "number")
TAG, GROUP, STATUS = attribute("tag"), attribute("group"), attribute("status")
VIP, TEAM = SetKey("tags", 1), SetKey("groups", 1)


def adult(low: int | str) -> InNumbers:
    return InNumbers(AGE, Decimal(low), None)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.put(1, {"key": "city", "type": "text"}, "fields")
    store.put(2, {"key": "age", "type": "number"}, "fields")
    store.put(1, {"name": "VIP", "key": "vip"}, "tags")
    store.put(1, {"name": "Team", "uuid": "g1"}, "groups")
    store.put(1, {"uuid": "d", "name": "Ana Lima", "status": "active", "fields": {"city": "Recife", "age": 36}})
    store.put(2, {"uuid": "c", "name": "João Ávila", "status": "active", "fields": {"city": "RECIFE", "age": 12.5}})
    store.put(3, {"uuid": "b", "name": "Bob Smithwick", "status": "blocked", "fields": {"age": "12345678901234567890"}})
    store.put(5, {"uuid": "a", "name": "", "status": "active", "fields": {"city": ""}})
    store.join(VIP, [1, 3])
    store.join(TEAM, [2, 3])
    return store


@pytest.mark.parametrize(
    ("meaning", "found"),
    [
        (EVERYONE, [1, 2, 3, 5]),
        (NO_ONE, []),
        (Equals(CITY, frozenset({"recife"})), [1, 2]),
        (Not(Equals(CITY, frozenset({"recife"}))), [3, 5]),
        (Equals(CITY, frozenset({"recife", ""})), [1, 2, 5]),
        (IsSet(CITY), [1, 2, 5]),
        (IsSet(NAME), [1, 2, 3]),
        (adult(18), [1, 3]),
        (adult("12.5"), [1, 2, 3]),
        (adult("12345678901234567890"), [3]),
        (adult("12345678901234567891"), []),
        (InNumbers(AGE, Decimal("12.5"), Decimal(36), low_included=False), [1]),
        (InNumbers(AGE, Decimal("12.5"), Decimal(36), high_included=False), [2]),
        (HasWord(NAME, frozenset({"smithwic"})), [3]),
        (HasWord(NAME, frozenset({"joao"})), []),
        (HasWord(NAME, frozenset({"joao"}), accents=False), [2]),
        (HasText(NAME, "a l"), [1]),
        (HasText(NAME, "avi", accents=False), [2]),
        (Equals(TAG, frozenset({"vip"})), [1, 3]),
        (IsSet(TAG), [1, 3]),
        (Equals(GROUP, frozenset({"g1"})), [2]),
        (AllOf((adult(1), Not(IsSet(TAG)))), [2]),
        (AnyOf((Equals(STATUS, frozenset({"blocked"})), Equals(CITY, frozenset({"recife"})))), [1, 2, 3]),
    ],
)
def test_finds_what_a_query_means(store: MemoryStore, meaning, found: list[int]) -> None:
    assert list(ColumnSearcher(store).matching(meaning)) == found


def test_counts_as_many_as_it_finds(store: MemoryStore) -> None:
    assert ColumnSearcher(store).counts([EVERYONE, adult(18), Equals(TAG, frozenset({"vip"}))]) == [4, 2, 2]


def test_sees_what_changed(store: MemoryStore) -> None:
    searcher = ColumnSearcher(store)
    assert list(searcher.matching(adult(18))) == [1, 3]
    store.put(2, {"uuid": "c", "status": "active", "fields": {"age": 40}})
    store.delete(3)
    store.put(70_000, {"uuid": "e", "status": "active", "fields": {"age": 50}})
    store.join(VIP, [2])
    assert list(searcher.matching(adult(18))) == [1, 2, 70_000]
    assert list(searcher.matching(Equals(TAG, frozenset({"vip"})))) == [1, 2]
    assert store.scans == 1


def test_starts_over_when_the_feed_no_longer_reaches_back(store: MemoryStore) -> None:
    searcher = ColumnSearcher(store)
    searcher.matching(EVERYONE)
    store.delete(1)
    store.oldest = len(store.log)
    assert list(searcher.matching(EVERYONE)) == [2, 3, 5]
    assert store.scans == 2


def test_a_renamed_tag_is_found_by_its_new_name(store: MemoryStore) -> None:
    searcher = ColumnSearcher(store)
    searcher.matching(IsSet(TAG))
    store.put(1, {"name": "Gold", "key": "gold"}, "tags")
    assert list(searcher.matching(Equals(TAG, frozenset({"gold"})))) == [1, 3]
    assert list(searcher.matching(Equals(TAG, frozenset({"vip"})))) == []


def test_a_retyped_field_is_read_anew(store: MemoryStore) -> None:
    searcher = ColumnSearcher(store)
    assert list(searcher.matching(adult(36))) == [1, 3]
    assert list(searcher.matching(Equals(Property("field", "age"), frozenset({"36"})))) == [1]


def test_what_is_found_may_be_changed_by_the_caller(store: MemoryStore) -> None:
    searcher = ColumnSearcher(store)
    searcher.matching(IsSet(TAG)).clear()
    searcher.matching(EVERYONE).clear()
    assert list(searcher.matching(IsSet(TAG))) == [1, 3]
    assert list(searcher.matching(EVERYONE)) == [1, 2, 3, 5]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort(AGE), [2, 1, 3, 5]),
        (Sort(AGE, descending=True), [3, 1, 2, 5]),
        (Sort(NAME), [1, 3, 2, 5]),
        (Sort(NAME, descending=True), [2, 3, 1, 5]),
        (Sort(CITY), [5, 2, 1, 3]),
        (Sort(STATUS), [5, 2, 1, 3]),
        (Sort(TAG), [3, 1, 5, 2]),
        (Sort(GROUP, descending=True), [2, 5, 3, 1]),
    ],
)
@pytest.mark.parametrize("edited", [(), (1,), (2, 3), (1, 2, 3, 5)])
def test_sorts_with_the_unset_last_and_ties_by_uuid(
    store: MemoryStore, sort: Sort, order: list[int], edited: tuple[int, ...]
) -> None:
    searcher = ColumnSearcher(store)
    everyone = searcher.matching(EVERYONE)
    for id in edited:
        store.put(id, store.tables["contacts"][id])
    assert searcher.ordered(everyone, sort) == order
    for offset in range(5):
        for limit in range(5):
            assert searcher.ordered(everyone, sort, offset, limit) == order[offset : offset + limit]
    assert searcher.ordered(BitMap([2, 5, 99]), sort) == [id for id in order if id in (2, 5)]
