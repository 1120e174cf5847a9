"""Queries over DataFrames of any kind: `ch.mask`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawn import documents, meanings_over
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacthub.engine.columns import mask
from contacthub.engine.columns.frame import infer_schema
from contacthub.errors import QueryError
from contacthub.query import Schema
from contacthub.query.evaluator import matches
from contacthub.query.properties import Property, attribute


def rows(frame: pd.DataFrame, query: Any, schema: Schema | None = None, **options: Any) -> list[int]:
    found = mask(frame, query, schema, **options)
    assert found.index.equals(frame.index)
    assert found.dtype == bool
    return np.flatnonzero(found.to_numpy()).tolist()


PEOPLE = pd.DataFrame(
    {
        "Name": ["Ana Lima", "João", None, "Bob"],
        "City": ["Recife", "recife ", "Natal", ""],
        "Age": [36, 17, np.nan, 50],
        "vip": [True, False, True, False],
        "joined": pd.to_datetime(["2026-05-01", "2026-05-02", None, "2025-01-01"]),
        "seen": pd.to_datetime(["2026-05-01T23:30", "2026-05-02T00:10", None, "2025-01-01T00:00"], utc=True),
        "tags": [["promo", "vip"], (), None, {"VIP"}],
        "tel": ["+5521987654321", None, "+552133334444", ""],
        "level": pd.Categorical(["gold", "silver", None, "gold"]),
    },
    index=["a", "b", "b", 7],
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("name ~ lim", [0]),
        ("name ~ joao", [1]),
        ('name = ""', [2]),
        ("city = RECIFE", [0, 1]),
        ("age > 18", [0, 3]),
        ("age > 18 AND city ~ recife", [0]),
        ("NOT age > 18", [1, 2]),
        ('age = ""', [2]),
        ("age != 36", [1, 2, 3]),
        ("vip = yes", [0, 2]),
        ("joined = 01/05/2026", [0]),
        ("joined >= 2026-05-01", [0, 1]),
        ("seen = 2026-05-01", [0]),
        ("tag = vip", [0, 3]),
        ('tag = ""', [1, 2]),
        ("tel ~ 3333", [2]),
        ('tel != ""', [0, 2]),
        ("level = (gold, bronze)", [0, 3]),
        ("fields.age < 20", [1]),
    ],
)
def test_finds_rows(query: str, found: list[int]) -> None:
    assert rows(PEOPLE, query) == found


def test_instants_fall_on_the_days_of_the_time_zone() -> None:
    schema = Schema(fields={"seen": "datetime"}, timezone="America/Recife")
    assert rows(PEOPLE, "seen = 2026-05-01", schema) == [0, 1]


def test_relative_dates_are_counted_from_now() -> None:
    assert rows(PEOPLE, "joined > -1d", now=datetime(2026, 5, 2, 12, tzinfo=UTC)) == [1]


def test_an_unknown_column_is_an_error() -> None:
    with pytest.raises(QueryError) as caught:
        mask(PEOPLE, "ctiy = Recife")
    assert caught.value.code == "unknown_property"


@pytest.mark.parametrize(
    ("values", "type"),
    [
        ([1, 2], "number"),
        ([1.5, None], "number"),
        (pd.array([1, None], "Int64"), "number"),
        ([Decimal("1.5")], "number"),
        ([True, False], "text"),
        (["1", "2"], "text"),
        ([datetime(2026, 1, 1)], "datetime"),
        ([date(2026, 1, 1), None], "datetime"),
        (pd.period_range("2026-01", periods=2, freq="D"), "datetime"),
        (pd.Categorical([1, 2]), "number"),
        (pd.Categorical(["x"]), "text"),
        ([None, None], "text"),
        ([], "text"),
        ([[1, 2], []], "number"),
        ([{"a": 1}], "text"),
        ([1, "x"], "text"),
    ],
)
def test_infers_the_type_of_a_column(values: Any, type: str) -> None:
    assert infer_schema(pd.DataFrame({"x": values})).field("x") == type


AWKWARD: dict[str, pd.DataFrame] = {
    "no rows": pd.DataFrame({"name": [], "age": []}),
    "no columns": pd.DataFrame(index=[1, 2, 3]),
    "nothing": pd.DataFrame(),
    "one column": pd.DataFrame({"name": ["Ana"]}),
    "columns without names": pd.DataFrame([[1, "Ana"], [2, "Bob"]]),
    "names twice": pd.DataFrame([["Ana", "x"], ["Bob", "Ana"]], columns=["name", "name"]),
    "several levels of names": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
    "several levels of index": PEOPLE.set_index(["City", "Age"]),
    "index twice": PEOPLE.set_axis([1, 1, 1, 1]),
    "dates as index": PEOPLE.set_axis(pd.date_range("2026-01-01", periods=4)),
    "missing integers": pd.DataFrame({"name": ["Ana", None], "age": pd.array([1, None], "Int64")}),
    "arrow": PEOPLE[["Name", "Age"]].convert_dtypes(dtype_backend="pyarrow"),
    "sparse": pd.DataFrame({"name": ["Ana", "Bob"], "age": pd.arrays.SparseArray([0.0, 1.0])}),
    "complex": pd.DataFrame({"name": ["Ana"], "z": [1 + 2j]}),
    "timedelta": pd.DataFrame({"name": ["Ana"], "waited": pd.to_timedelta(["1h"])}),
    "interval": pd.DataFrame({"name": ["Ana"], "age": pd.arrays.IntervalArray.from_breaks([0, 1])}),
    "infinite": pd.DataFrame({"name": ["Ana", "Bob"], "age": [np.inf, -np.inf]}),
    "huge": pd.DataFrame({"name": ["Ana"], "age": [2**80]}),
    "short floats": pd.DataFrame({"name": ["Ana"], "age": np.array([0.1], np.float32)}),
    "nested": pd.DataFrame({"name": ["Ana"], "x": [{"a": [1]}], "tags": [[["deep"], "vip"]]}),
    "bytes": pd.DataFrame({"name": [b"Ana"], "x": [b"\xff"]}),
    "lone surrogates": pd.DataFrame({"name": ["Ana \ud800", "\udfff"]}, dtype=object),
    "everything missing": pd.DataFrame({"name": [None, np.nan, pd.NaT, pd.NA]}),
    "zones": pd.DataFrame({"name": ["Ana"], "t": pd.to_datetime(["2026-01-01T00:00+05:45"])}),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_takes_awkward_frames(name: str) -> None:
    frame = AWKWARD[name]
    schema = infer_schema(frame)
    assert rows(frame, "") == list(range(len(frame)))
    expected = [row for row in range(len(frame)) if row in rows(frame, "name ~ ana")]
    assert rows(frame, "NOT name ~ ana") == [row for row in range(len(frame)) if row not in expected]
    for key, type in schema.fields.items():
        unset = rows(frame, f'fields.{key} = ""')
        assert rows(frame, f'fields.{key} != ""') == [row for row in range(len(frame)) if row not in unset]
        if type == "number":
            assert set(rows(frame, f"fields.{key} > 0")) | set(rows(frame, f"fields.{key} <= 0")) == (
                set(range(len(frame))) - set(unset)
            )


def test_of_two_columns_of_one_name_a_row_has_both_values() -> None:
    assert rows(AWKWARD["names twice"], "name ~ ana") == [0, 1]


def test_short_floats_are_the_decimals_they_show() -> None:
    assert rows(AWKWARD["short floats"], "age = 0.1") == [0]


def test_the_frame_is_left_as_it_was() -> None:
    before = PEOPLE.copy(deep=True)
    mask(PEOPLE, "age > 18 AND tag = vip")
    pd.testing.assert_frame_equal(PEOPLE, before)


PLAIN = ["name", "status", "language", "remarks", "assignee", "country", "source", "created_on", "last_seen_on", "urns"]
KEYS = {"city": "text", "place": "state", "age": "number", "dob": "datetime"}
over_frames = meanings_over(
    [attribute(key) for key in ("name", "status", "language", "remarks", "assignee", "urn", "phone")]
    + [Property("field", "city"), Property("field", "place", "state"), Property("scheme", "tel")],
    [Property("field", "age", "number")],
    [attribute("created_on"), attribute("last_seen_on"), Property("field", "dob", "datetime")],
)


arguments = (st.lists(documents, max_size=8), st.lists(over_frames, min_size=6, max_size=6))


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(*arguments)
def test_agrees_with_the_evaluator_over_one_contact(people, asked) -> None:
    agree(people, asked)


# At least 25 × 30 × 30 pairs of a row and a query.
@pytest.mark.slow
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.lists(documents, min_size=30, max_size=40), st.lists(over_frames, min_size=30, max_size=40))
def test_agrees_with_the_evaluator_over_one_contact_at_length(people, asked) -> None:
    agree(people, asked)


def agree(people: list[dict[str, Any]], asked: list[Any]) -> None:
    fields = [document.get("fields", {}) for document in people]
    frame = pd.DataFrame(
        {key: pd.Series([document.get(key) for document in people], dtype=object) for key in PLAIN}
        | {f"fields.{key}": pd.Series([values.get(key) for values in fields], dtype=object) for key in KEYS}
    )
    for meaning in asked:
        expected = [row for row, document in enumerate(people) if matches(meaning, document)]
        assert rows(frame, meaning) == expected, meaning
