"""Files as pandas writes them, which is how many people make theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contacthub.tables.cells import Table
from contacthub.tables.read import read

DAY, MOMENT = datetime(2026, 5, 1), datetime(2026, 5, 1, 13, 30, 15)
FRAME = pd.DataFrame(
    {
        "Name": ["José", "007", None],
        "Phone": [5521987654321, 5521987654322, 5521987654323],
        "Age": [36, None, 4.5],
        "Joined": pd.to_datetime([DAY, None, DAY]),
        "Seen": pd.to_datetime([MOMENT, None, None]),
        "VIP": [True, False, True],
    }
)
TYPED = [
    ["José", 5521987654321, 36, date(2026, 5, 1), MOMENT, True],
    ["007", 5521987654322, None, None, None, False],
    [None, 5521987654323, 4.5, date(2026, 5, 1), None, True],
]
TEXT = [
    ["José", "5521987654321", "36.0", "2026-05-01", "2026-05-01 13:30:15", "True"],
    ["007", "5521987654322", None, None, None, "False"],
    [None, "5521987654323", "4.5", "2026-05-01", None, "True"],
]


def cells(table: Table) -> list[list[object]]:
    return [list(row) for row in zip(*(column.cells() for column in table.columns), strict=True)]


@pytest.mark.parametrize(
    ("write", "format", "expected"),
    [
        (lambda path: FRAME.to_excel(path, index=False, engine="openpyxl"), "xlsx", TYPED),
        (lambda path: FRAME.to_excel(path, engine="openpyxl", sheet_name="Leads", startrow=2), "xlsx", TYPED),
        (lambda path: FRAME.to_excel(path, index=False, engine="odf"), "ods", TYPED),
        (lambda path: FRAME.to_csv(path, index=False), "csv", TEXT),
        (lambda path: FRAME.to_csv(path, index=False, sep=";", encoding="utf-16"), "csv", TEXT),
        (FRAME.to_parquet, "parquet", TYPED),
        (lambda path: FRAME.to_parquet(path, compression="gzip", row_group_size=1), "parquet", TYPED),
        (lambda path: FRAME.astype({"Name": "category"}).to_parquet(path), "parquet", TYPED),
    ],
    ids=["xlsx", "xlsx with an index", "ods", "csv", "csv in UTF-16", "parquet", "parquet of groups", "categories"],
)
def test_a_frame_is_read_as_it_was_written(
    tmp_path: Path, write: Callable[[Any], object], format: str, expected: list[list[object]]
) -> None:
    path = tmp_path / f"people.{format}"
    write(path)
    table = read(path)
    assert table.source.format == format
    start = len(table.headers) - len(FRAME.columns)  # an index is a column without a header
    assert table.headers[start:] == list(FRAME.columns)
    assert [row[start:] for row in cells(table)] == expected


def test_json_lines_of_a_frame(tmp_path: Path) -> None:
    FRAME.to_json(tmp_path / "people", orient="records", lines=True, date_format="iso")
    table = read(tmp_path / "people")
    assert (table.source.format, table.headers) == ("jsonl", list(FRAME.columns))
    assert [row[:3] for row in cells(table)] == [row[:3] for row in TYPED]


def test_what_parquet_can_hold(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 1, 13, 30, tzinfo=UTC)
    frame = pd.DataFrame(
        {
            "Name": pd.Series(["a", "a", "b"] * 3000),
            "List": [["x", "y"], [], None] * 3000,
            "At": pd.Series([moment, None, moment] * 3000).astype("datetime64[ns, America/Recife]"),
            "Price": [Decimal("1.50"), None, Decimal("2.25")] * 3000,
            "Long": pd.Series(["x" * 40_000, None, "y"] * 3000),
            "Wait": pd.to_timedelta([1, None, 2] * 3000, unit="s"),
        }
    )
    frame.to_parquet(tmp_path / "people")
    first, second, third = cells(read(tmp_path / "people"))[-3:]
    assert first[:4] == ["a", ["x", "y"], moment, Decimal("1.50")]
    assert getattr(first[4], "code", None) == "cell_too_long"
    assert second[:5] == ["a", [], None, None, None]
    assert third == ["b", None, moment, Decimal("2.25"), "y", "0:00:02"]
