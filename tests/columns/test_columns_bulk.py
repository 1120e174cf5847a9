"""Columns made of many documents at once hold, document by document, what `query.values` tells."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import FIELDS, documents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_store import MemoryStore
from pyroaring import BitMap

from contacthub.engine.columns.build import build, of_changed, read
from contacthub.engine.columns.bulk import encoders
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.entries import Moments
from contacthub.engine.columns.portion import Portion, schema
from contacthub.engine.port import ChangeSet, SetChange, SetKey
from contacthub.engine.sqlite.store import open_store
from contacthub.query.properties import ATTRIBUTES, PHONE_KEY, Property, attribute
from contacthub.query.values import values

_SETS = ("tag", "list", "group", "import", "active_30d")
PROPERTIES = [attribute(key) for key in ATTRIBUTES if key not in _SETS] + [PHONE_KEY]
PROPERTIES += [Property("field", key, type) for key, type in FIELDS.items()]  # type: ignore[arg-type]
PROPERTIES += [Property("scheme", key) for key in ("tel", "whatsapp", "mailto", "ext", "telegram", "odd", "")]
ADDED = [attribute("opt_in", "utility"), attribute("opt_in_on", "utility"), Property("field", "other", "number")]

_moments = st.sampled_from(
    [
        "2026-05-01T12:00:00+00:00", "2026-05-01T12:00:00.000001+00:00", "2026-05-01", "2026-05-01T12:00:00-03:00",
        "2026-05-01 12:00:00+00:00", "20260501T120000.123+00:00", "2026-W18-5", "2026-02-30", "0000-01-01",
        "0000-05-01T12:00:00+00:00", "0001-01-01", "9999-12-31T23:59:59.999999+00:00", "2026-05-01T24:00:00+00:00",
        "2026-05-01T12:00:00Z", "2026-05-01T12:00", "tomorrow", "", 5, None, True,
    ]
)  # fmt: skip
_numbers = st.sampled_from(
    [0, 1, -1, 1.0, -0.0, 0.1, 36, 2**53 - 1, 2**53, 2**53 + 1, 2**70, 1e300, "12.50", "0.1", "x", "", "NaN", True,
     None, float("nan"), "12345678901234567890.5", "36"]
)  # fmt: skip
_texts = st.sampled_from(
    ["", " ", "Recife", " recife ", "RECIFE", "ção", "\ud800", "a\x00b", "X > Y > z ", ">", 5, 5.0, True, None, "K",
     "ß", "\x1cx\x1f", "\x85x"]
)  # fmt: skip
_urns = st.sampled_from(
    ["tel:+5521987654321", "whatsapp:552187654321", "whatsapp:5521987654321", "tel:+", "tel:++55", "tel:123",
     "tel:\uff11\uff12", "whatsapp:BR.1a2b", "odd", "odd:", ":x", "mailto:a:b@x", "ext:é", "telegram:\ud800"]
)  # fmt: skip
_odd = st.fixed_dictionaries(
    {},
    optional={
        "name": _texts.filter(lambda text: text is None or isinstance(text, str)),
        "id": st.sampled_from([7, "7", None]),
        "status": st.sampled_from(["active", "blocked", "", None]),
        "urns": st.none() | st.lists(_urns, max_size=4),
        "opt_in": st.none() | st.fixed_dictionaries({}, optional={"marketing": st.sampled_from(["yes", "no"])}),
        "opt_in_on": st.fixed_dictionaries({}, optional={"marketing": _moments, "utility": _moments}),
        "engagement": st.none()
        | st.fixed_dictionaries(
            {}, optional={key: st.sampled_from([0, 3, 7, None]) for key in ("received", "sent", "read", "delivered")}
        ),
        "tickets": st.sampled_from([None, 0, 2]),
        "created_on": _moments,
        "modified_on": _moments,
        "last_seen_on": _moments,
        "last_sent_on": _moments,
        "flow_history": st.none() | st.lists(st.sampled_from(["A", "b", ""]), max_size=3),
        "fields": st.none()
        | st.fixed_dictionaries(
            {}, optional={"city": _texts, "place": _texts, "age": _numbers, "dob": _moments, "other": _numbers}
        ),
    },
)


def held(column: Column, row: int) -> Counter[Any]:
    """The values in one row, each with how often it is there; moments as `query.values` has them."""
    _, codes = column.of_rows(np.array([row]))
    found = []
    for code in codes.tolist():
        value = column.entries.value(code - 1)
        if isinstance(column.entries, Moments) and isinstance(value, datetime):
            value = (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        found.append(comparable(value))
    return Counter(found)


def comparable(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def expected(document: dict[str, Any], property: Property) -> Counter[Any]:
    return Counter(map(comparable, dict.fromkeys(values(document, property))))


def hub_of(several: list[dict[str, Any]], spread: int) -> tuple[MemoryStore, dict[int, dict[str, Any]]]:
    store = MemoryStore()
    for id, (key, type) in enumerate(FIELDS.items(), 1):
        store.put(id, {"key": key, "type": type}, "fields")
    for place, document in enumerate(several, 1):
        store.put(place * spread, document)
    return store, {place * spread: document for place, document in enumerate(several, 1)}


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.lists(_odd | documents, max_size=8), st.sampled_from([1, 100_000]), st.booleans())
def test_each_document_has_its_values(several: list[dict[str, Any]], spread: int, changed: bool) -> None:
    store, by_id = hub_of(several, spread)
    partition = of_changed(store, BitMap(by_id)) if changed else build(store)
    partition.prepare(PROPERTIES[::2])
    for property in PROPERTIES + ADDED:
        column = partition.column(property)
        for row in range(partition.rows):
            (id,) = partition.ids_of(np.array([row])).tolist()
            wanted = expected(by_id[id], property) if id in by_id else Counter()
            assert held(column, row) == wanted, (property, by_id.get(id))


def test_a_portion_is_read_by_arrow_unless_something_unusual_is_stored() -> None:
    made = encoders([Property("field", "age", "number")])
    wanted = schema({path: kind for one in made for path, kind in one.reads.items()})
    touched = (np.empty(0, np.uint32), np.empty(0, np.int64))

    def read(*several: dict[str, Any]) -> bool:
        bodies = {id: json.dumps(document).encode() for id, document in enumerate(several)}
        return Portion(bodies, touched, wanted)._table is not None

    usual = {"name": "Ana", "urns": ["tel:1"], "fields": {"age": 36}, "opt_in": {"marketing": "yes"}, "new": [1]}
    assert read(usual, {"fields": None}, {})
    assert not read(usual, {"fields": {"age": "12345678901234567890"}})
    assert not read(usual, {"name": 5})


def test_a_contact_is_modified_when_it_last_entered_a_set(tmp_path: Path) -> None:
    put, later, earlier = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 2))
    key = SetKey("tags", 1)
    with open_store(tmp_path / "a.hub", create=True) as store:
        contact = {"uuid": "a", "modified_on": put.isoformat()}
        store.apply(ChangeSet(put={"contacts": {id: {**contact, "uuid": str(id)} for id in range(1, 5)}}))
        store.apply(ChangeSet(sets={key: SetChange(BitMap([2, 4]))}, at=later))
        store.apply(ChangeSet(sets={key: SetChange(BitMap([3]))}, at=earlier))
        documents = store.get("contacts", range(1, 5))
        modified = attribute("modified_on")
        for partition in (build(store), of_changed(store, BitMap([1, 2, 3, 4]))):
            column = partition.column(modified)
            made = read(store, partition, [modified])[modified]
            for row in partition.rows_of(BitMap([1, 2, 3, 4])).tolist():
                id = int(partition.ids_of(np.array([row]))[0])
                assert held(column, row) == held(made, row) == expected(documents[id], modified)
        who, at = store.touched(BitMap([1, 2, 3]))
        assert who.tolist() == [2, 3]
        assert at.tolist() == [int(instant.timestamp() * 1e6) for instant in (later, earlier)]


@pytest.mark.parametrize("ids", [None, BitMap([1, 3, 9])])
def test_bodies_come_as_they_were_put(tmp_path: Path, ids: BitMap | None) -> None:
    with open_store(tmp_path / "a.hub", create=True) as store:
        store.apply(ChangeSet(put={"contacts": {id: {"uuid": str(id), "name": "Ana"} for id in range(1, 5)}}))
        store.apply(ChangeSet(sets={SetKey("tags", 1): SetChange(BitMap([1]))}, at=datetime(2026, 1, 1, tzinfo=UTC)))
        found = {id: json.loads(body) for bodies in store.bodies("contacts", ids) for id, body in bodies.items()}
    assert found == {id: {"uuid": str(id), "name": "Ana"} for id in (range(1, 5) if ids is None else (1, 3))}
