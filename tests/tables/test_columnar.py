"""A csv written column by column is the one written row by row, byte for byte."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacthub.tables import columnar, write
from contacthub.tables.columnar import Cells

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(
        [
            "=1+1",
            "'=1",
            "+5521987654321",
            "+55 21",
            "-1",
            "@a",
            "\t",
            "'x",
            'a "b"',
            "a,b",
            "a\nb",
            "a\tb",
            "--",
            "'--",
            "--\n",
        ]
    ),
)
PLAIN = st.one_of(
    st.none(),
    TEXTS,
    st.integers(),
    st.booleans(),
    st.dates(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-1_000_000, 1_000_000).map(lambda number: number / 1000),
)


def coded(cells: list[Any]) -> Cells:
    distinct = list({(type(cell), cell): cell for cell in cells if cell is not None}.values())
    places = {(type(cell), cell): number for number, cell in enumerate(distinct)}
    codes = [None if cell is None else places[type(cell), cell] for cell in cells]
    return Cells(distinct, pyarrow.array(codes, pyarrow.int64()))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.tuples(st.none() | TEXTS, PLAIN), max_size=6),
    order=st.randoms(use_true_random=False),
    format=st.sampled_from(["csv", "tsv"]),
    narrow=st.booleans(),
)
def test_columns_and_rows_make_the_same_file(
    tmp_path: Path, table: list[tuple[Any, Any]], order: Any, format: str, narrow: bool
) -> None:
    headers = ["Name", "=Value, or"][: 1 if narrow else 2]
    places = list(range(len(table)))
    order.shuffle(places)
    columns = [
        Cells(pyarrow.array([row[0] for row in table], pyarrow.string())),
        coded([row[1] for row in table]),
    ][: len(headers)]
    in_order = np.array(places, np.int64)
    rows = [table[place][: len(headers)] for place in places]
    write.write(tmp_path / "rows", format, headers, rows)
    columnar.write_csv(tmp_path / "columns", headers, columns, in_order, delimiter=write.DELIMITERS[format])
    assert (tmp_path / "columns").read_bytes() == (tmp_path / "rows").read_bytes()
    assert list(columnar.rows(columns, in_order)) == rows


@pytest.mark.parametrize("count", [0, 1, 50_000, 50_001])
def test_parts_join_without_a_seam(tmp_path: Path, count: int) -> None:
    cells = Cells([date(2026, 5, 1), 7], pyarrow.array([number % 2 for number in range(count)], pyarrow.int64()))
    told: list[int] = []
    columnar.write_csv(
        tmp_path / "all.csv", ["X"], [cells], np.arange(count), progress=lambda done, total: told.append(done)
    )
    lines = (tmp_path / "all.csv").read_text("utf-8-sig").splitlines()
    assert lines == ["X"] + ["2026-05-01", "7"] * (count // 2) + ["2026-05-01"] * (count % 2)
    assert told[-1:] == [count][: bool(count)]
