"""Counts, suggestions and tables are what the documents say."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from drawn import documents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_store import MemoryStore
from pyroaring import BitMap
from test_columns_agree import contacts, hub, put

from contacthub.engine.columns import ColumnSearcher
from contacthub.engine.port import SetKey
from contacthub.query.meaning import EVERYONE
from contacthub.query.properties import Property, attribute
from contacthub.query.values import values as values_of

CITY, AGE = Property("field", "city"), Property("field", "age", "number")
DOB, SEEN = Property("field", "dob", "datetime"), attribute("last_seen_on")
TAG, GROUP, URN, STATUS = attribute("tag"), attribute("group"), attribute("urn"), attribute("status")


@pytest.fixture
def store() -> MemoryStore:
    store = hub()
    store.put(1, {"uuid": "a", "status": "active", "fields": {"city": "Recife", "age": 36, "dob": "1990-05-17"}})
    store.put(
        2, {"uuid": "b", "status": "active", "fields": {"city": "recife", "age": 1.5}, "urns": ["tel:1", "ext:2"]}
    )
    store.put(3, {"uuid": "c", "status": "blocked", "fields": {"city": "Recife"}})
    store.put(4, {"uuid": "d", "status": "active", "last_seen_on": "2026-11-21T12:00:00+00:00"})
    store.join(SetKey("tags", 1), [1, 2])
    store.join(SetKey("tags", 3), [1])
    store.join(SetKey("groups", 1), [1, 3])
    return store


@pytest.fixture(params=["base", "changed since"])
def searcher(request: pytest.FixtureRequest, store: MemoryStore) -> ColumnSearcher:
    searcher = ColumnSearcher(store)
    if request.param == "changed since":
        searcher.matching(EVERYONE)
        for id in (2, 3):
            store.put(id, store.tables["contacts"][id])
    return searcher


ALL = BitMap([1, 2, 3, 4])


def test_counts_of_one_property_are_the_most_frequent_first(searcher: ColumnSearcher) -> None:
    assert searcher.tally(ALL, [CITY]) == [(("Recife",), 2), (("recife",), 1), ((None,), 1)]
    assert searcher.tally(BitMap([1, 2]), [CITY, STATUS]) == [(("Recife", "active"), 1), (("recife", "active"), 1)]


def test_a_contact_counts_under_each_of_its_values(searcher: ColumnSearcher) -> None:
    assert searcher.tally(ALL, [TAG]) == [(("vip",), 2), ((None,), 2), (("promoção",), 1)]
    assert (("vip", "Recife"), 1) in searcher.tally(ALL, [TAG, CITY])
    assert (("promoção", "Recife"), 1) in searcher.tally(ALL, [TAG, CITY])


def test_those_who_are_not_active_have_no_group(searcher: ColumnSearcher) -> None:
    assert searcher.tally(ALL, [GROUP])[0] == ((None,), 3)


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(st.lists(contacts, max_size=8), st.lists(documents, max_size=3), st.data())
def test_counts_agree_with_the_documents(before, after, data) -> None:
    properties = data.draw(
        st.lists(st.sampled_from([CITY, AGE, DOB, TAG, GROUP, URN, STATUS, SEEN]), min_size=1, max_size=3)
    )
    store = hub()
    for id, (document, sets) in enumerate(before, 1):
        put(store, id, document, sets)
    searcher = ColumnSearcher(store)
    searcher.matching(EVERYONE)
    for id, document in enumerate(after, 1):
        store.put(id * 2, {"uuid": str(id), **document})
    ids = BitMap(data.draw(st.sets(st.sampled_from(sorted(store.tables["contacts"]) or [1]))))
    expected: Counter[Any] = Counter()
    for id in ids & BitMap(store.tables["contacts"]):
        document = store.whole(id)
        values = [list(map(as_stored, dict.fromkeys(values_of(document, one)))) or [None] for one in properties]
        expected.update(product(*values))
    found = {tuple(map(as_stored, key)): count for key, count in searcher.tally(ids, properties)}
    assert found == expected


def as_stored(value: Any) -> Any:
    """A moment as `query.values` has it; a number as the decimal that it stands for."""
    if isinstance(value, float | Decimal):
        return Decimal(str(value))
    if isinstance(value, datetime):
        difference = value - datetime(1970, 1, 1, tzinfo=UTC)
        return (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds
    return value


@pytest.mark.parametrize(
    ("property", "prefix", "found"),
    [
        (CITY, "", [("Recife", 3)]),
        (CITY, "REC", [("Recife", 3)]),
        (CITY, "x", []),
        (TAG, "", [("vip", 2), ("promoção", 1), ("Straße", 0), ("VIP 2", 0)]),
        (TAG, "Vi", [("vip", 2), ("VIP 2", 0)]),
        (STATUS, "", [("active", 3), ("blocked", 1)]),
        (AGE, "", []),
    ],
)
def test_suggests_values(searcher: ColumnSearcher, property: Property, prefix: str, found: list[Any]) -> None:
    assert searcher.values(property, prefix) == found


def test_suggests_at_most_as_many_as_asked(searcher: ColumnSearcher) -> None:
    assert searcher.values(TAG, limit=1) == [("vip", 2)]


def test_a_table_is_typed_and_in_the_order_of_ids(searcher: ColumnSearcher) -> None:
    table = searcher.arrow(ALL, [CITY, AGE, DOB, SEEN, TAG, GROUP, URN])
    assert table.column_names == [
        "uuid",
        "fields.city",
        "fields.age",
        "fields.dob",
        "last_seen_on",
        "tag",
        "group",
        "urn",
    ]
    assert table["uuid"].to_pylist() == ["a", "b", "c", "d"]
    assert table["fields.city"].to_pylist() == ["Recife", "recife", "Recife", None]
    assert table["fields.age"].to_pylist() == [36, 1.5, None, None]
    assert table["fields.dob"].to_pylist() == [date(1990, 5, 17), None, None, None]
    assert table["last_seen_on"].to_pylist()[3] == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert table["last_seen_on"].type == pa.timestamp("us", "UTC")
    assert table["tag"].to_pylist() == [["promoção", "vip"], ["vip"], [], []]
    assert [len(groups) for groups in table["group"].to_pylist()] == [1, 0, 0, 0]
    assert table["urn"].to_pylist() == [[], ["1", "2"], [], []]


def test_a_table_of_some_is_cut_to_them(searcher: ColumnSearcher) -> None:
    assert searcher.arrow(BitMap([2, 4, 77]), [CITY]).to_pylist() == [
        {"uuid": "b", "fields.city": "recife"},
        {"uuid": "d", "fields.city": None},
    ]


def test_a_table_of_nobody_has_its_columns(searcher: ColumnSearcher) -> None:
    table = searcher.arrow(BitMap(), [CITY, AGE, DOB, TAG])
    assert (table.num_rows, table.num_columns) == (0, 5)


def test_whole_numbers_stay_whole_and_long_ones_exact(store: MemoryStore) -> None:
    store.put(2, {"uuid": "b", "fields": {"age": 7}})
    searcher = ColumnSearcher(store)
    assert searcher.arrow(ALL, [AGE])["fields.age"].type == pa.int64()
    store.put(2, {"uuid": "b", "fields": {"age": "12345678901234567890.5"}})
    assert searcher.arrow(ALL, [AGE])["fields.age"].to_pylist()[1] == Decimal("12345678901234567890.5")
