"""The columns find what the evaluator over one contact finds: in memory, after changes, and from a mapped base."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from drawn import FIELDS, GROUPS, SET_NAMES, documents, meanings, ranges_over
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_store import MemoryStore

from contacthub.engine.columns import ColumnSearcher, upkeep
from contacthub.engine.columns.simplify import simplified
from contacthub.engine.port import SetKey
from contacthub.query.evaluator import matches
from contacthub.query.meaning import AllOf, Meaning, Not
from contacthub.query.properties import Property

AGE, DOB = Property("field", "age", "number"), Property("field", "dob", "datetime")
CONTACTS, MEANINGS = 10, 12
"""Each example compares so many contacts with so many queries, twice."""

_LABELS = {**SET_NAMES, "groups": GROUPS}
_KEYS = [SetKey(kind, id) for kind, labels in _LABELS.items() for id in range(1, len(labels) + 1)]  # type: ignore[arg-type]


def hub() -> MemoryStore:
    store = MemoryStore()
    for id, (key, type) in enumerate(FIELDS.items(), 1):
        store.put(id, {"key": key, "type": type}, "fields")
    for kind, labels in _LABELS.items():
        for id, label in enumerate(labels, 1):
            store.put(id, {"name": label, "key": label, "uuid": label}, kind)
    return store


def put(store: MemoryStore, id: int, document: dict[str, Any], sets: set[SetKey]) -> None:
    store.put(id, {"uuid": f"{97 * id % 1000:03}", **document})
    for key in _KEYS:
        (store.join if key in sets else store.leave)(key, [id])


contacts = st.tuples(documents, st.sets(st.sampled_from(_KEYS), max_size=4))


def agree(searcher: ColumnSearcher, store: MemoryStore, asked: list[Meaning]) -> None:
    everyone = {id: store.whole(id) for id in store.tables["contacts"]}
    found = []
    for meaning in asked:
        expected = [id for id, document in everyone.items() if matches(meaning, document)]
        assert list(searcher.matching(meaning)) == sorted(expected), meaning
        found.append(len(expected))
    assert searcher.counts(asked) == found


def compare(folder: Path | None, before: list[Any], after: list[Any], asked: list[Meaning], spread: int) -> None:
    store = hub()
    for place, (document, sets) in enumerate(before, 1):
        put(store, place * spread, document, sets)
    agree(ColumnSearcher(store, folder), store, asked)
    searcher = ColumnSearcher(store, folder)
    searcher.counts(asked[:1])
    for place, (document, sets) in enumerate(after, 1):
        id = place * spread * 3 // 2
        if place % 3 == 0 and id in store.tables["contacts"]:
            store.delete(id)
        else:
            put(store, id, document, sets)
        if place % 4 == 0:
            searcher.counts(asked[:1])
    agree(searcher, store, asked)


arguments = (
    st.lists(contacts, max_size=CONTACTS),
    st.lists(contacts, max_size=CONTACTS),
    st.lists(meanings, min_size=MEANINGS, max_size=MEANINGS),
    st.sampled_from([1, 1_000_000]),
)
quick = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
thorough = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))


@quick
@given(*arguments)
def test_in_memory(before, after, asked, spread) -> None:
    compare(None, before, after, asked, spread)


@quick
@given(*arguments)
def test_from_a_mapped_base(before, after, asked, spread) -> None:
    from_a_mapped_base(before, after, asked, spread)


@pytest.mark.slow
@thorough
@given(*arguments)
def test_in_memory_at_length(before, after, asked, spread) -> None:
    compare(None, before, after, asked, spread)


@pytest.mark.slow
@thorough
@given(*arguments)
def test_from_a_mapped_base_at_length(before, after, asked, spread) -> None:
    from_a_mapped_base(before, after, asked, spread)


def from_a_mapped_base(before, after, asked, spread) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(upkeep, "SMALL", -1)
        compare(Path(folder), before, after, asked, spread)
        assert list(Path(folder).glob("*.arrow"))


ranges = st.lists(ranges_over([AGE], [DOB]), min_size=2, max_size=4)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(documents, ranges, st.booleans())
def test_ranges_joined_into_one_mean_the_same(document, tests, negated) -> None:
    meaning = AllOf((tests[0], AllOf(tuple(tests[1:])), Not(AllOf(tuple(tests))))) if negated else AllOf(tuple(tests))
    assert matches(simplified(meaning), document) == matches(meaning, document)
