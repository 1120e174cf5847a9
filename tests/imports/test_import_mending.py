"""Mended cells: whatever value is given, the preview is reported, submitted and committed, or the value is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

import contacthub as ch
from contacthub.errors import InvalidValue
from contacthub.hub import Hub
from contacthub.imports import review

File = Callable[[str], str]
ROWS = "Name,Phone,Age,Code\nAna,21 98765-4321,36,a\nBia,98765,37,b\n"


@pytest.mark.parametrize(
    "value",
    [
        np.float64(1.5), np.int64(2), np.bool_(True), np.datetime64("2026-05-01T10:00:00"), np.str_("Ana"), pd.NA,
        pd.Timestamp("2026-05-01"), pd.Timestamp("2026-05-01 10:00", tz="America/Recife"), UUID(int=7), 10**400,
        Decimal("1.23456789012345678"), float("inf"), "a\ud83db", "a\x01b", "a\ufffeb", ["a", "b"], time(10),
        datetime(2026, 5, 1, tzinfo=UTC), None,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
@pytest.mark.parametrize("column", ["Age", "Code"])
def test_a_mended_preview_is_reported_submitted_and_committed(
    hub: Hub, file: File, tmp_path: Path, column: str, value: Any
) -> None:
    hub.fields.create("Age", type="number")
    preview = hub.imports.preview(file(ROWS))
    preview.mend(2, column, value)
    preview.mend(3, column, value)
    preview.export(tmp_path / "report.xlsx")
    preview.export(tmp_path / "report.html")
    for ending in ("xlsx", "csv", "jsonl", "parquet"):
        preview.export_problems(tmp_path / f"problems.{ending}")
    again = hub.imports.preview(tmp_path / "problems.xlsx")
    assert again.rows["name"].tolist()[-1:] == ["Bia"]
    submission = preview.submit()
    opened = review.get(hub.session, submission.id)
    assert opened.preview().hash == preview.hash
    opened.approve("go")
    opened.commit()
    assert len(hub.contacts) == (preview.summary["create"])


@pytest.mark.parametrize("value", [object(), {"a": 1}, b"x", [object()]])
def test_what_is_no_cell_is_refused(hub: Hub, file: File, value: Any) -> None:
    preview = hub.imports.preview(file(ROWS))
    before = preview.hash
    with pytest.raises(InvalidValue) as error:
        preview.mend(2, "Code", value)
    assert error.value.code == "invalid_cell"
    assert preview.hash == before


def test_a_frame_of_awkward_values_is_reported(hub: Hub, tmp_path: Path) -> None:
    hub.fields.create("Age", type="number")
    awkward = [
        np.float64(2.5),
        datetime(2026, 5, 1, tzinfo=UTC),
        time(10),
        Decimal("1.5"),
        10**30,
        float("inf"),
        "\x0b",
    ]
    frame = pd.DataFrame(
        {"URN:Tel": ["98"] * len(awkward), "Age": pd.Series([np.float64(1.5)] * len(awkward), dtype=object),
         "X": pd.Series(awkward, dtype=object)}
    )  # fmt: skip
    preview = hub.imports.preview(frame)
    preview.export(tmp_path / "report.xlsx")
    for ending in ("xlsx", "csv", "tsv", "jsonl", "parquet"):
        preview.export_problems(tmp_path / f"problems.{ending}")
        again = hub.imports.preview(tmp_path / f"problems.{ending}")
        assert len(again.rows) == len(awkward)


def test_numbers_of_numpy_are_numbers(hub: ch.Hub) -> None:
    hub.fields.create("Age", type="number")
    frame = pd.DataFrame({"Name": ["Ana"], "URN:Ext": ["1"], "Age": pd.Series([np.float64(36.5)], dtype=object)})
    hub.imports.preview(frame).commit()
    assert hub.contacts.by_urn("ext:1").fields == {"age": 36.5}
