"""Values of Python, numpy and pandas become cells that are kept and come back equal."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from contacthub.errors import InvalidValue
from contacthub.imports.packing import pack, unpack
from contacthub.tables.limits import DEFAULT
from contacthub.tables.read import read
from contacthub.tables.values import given, plain


class Kind(enum.StrEnum):
    VIP = "vip"


RECIFE = timezone(timedelta(hours=-3))
CASES: list[tuple[Any, Any]] = [
    (np.float64(1.5), 1.5),
    (np.float32(1.5), 1.5),
    (np.longdouble(1.5), 1.5),
    (np.int64(7), 7),
    (np.bool_(True), True),
    (np.str_("Ana"), "Ana"),
    (np.datetime64("2026-05-01T10:00", "ns"), datetime(2026, 5, 1, 10)),
    (np.datetime64("2026-05-01"), date(2026, 5, 1)),
    (np.datetime64("NaT"), None),
    (pd.NA, None),
    (pd.NaT, None),
    (float("nan"), None),
    (Decimal("nan"), None),
    (Decimal("1.50"), Decimal("1.50")),
    (pd.Timestamp("2026-05-01"), date(2026, 5, 1)),
    (pd.Timestamp("2026-05-01 10:00", tz="America/Recife"), datetime(2026, 5, 1, 10, tzinfo=RECIFE)),
    (datetime(2026, 5, 1, 10, tzinfo=ZoneInfo("America/Recife")), datetime(2026, 5, 1, 10, tzinfo=RECIFE)),
    (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
    (time(10, fold=1), time(10)),
    (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    (PurePosixPath("a/b"), "a/b"),
    (Kind.VIP, "vip"),
    ("A\ud83dna é", "Ana é"),
    (10**40, 10**40),
    (("a", np.int64(1)), ["a", 1]),
    ({"b", "a"}, ["a", "b"]),
    (np.array([1, 2]), [1, 2]),
]


@pytest.mark.parametrize(("value", "cell"), CASES, ids=lambda value: type(value).__name__)
def test_a_value_becomes_a_cell_that_is_kept(value: Any, cell: Any) -> None:
    for made in (plain(value), given(value, "X")):
        assert repr(made) == repr(cell)
    frame = pd.DataFrame({"Name": ["Ana"], "X": pd.Series([value], dtype=object)})
    column = read(frame, limits=DEFAULT).columns[1]
    assert repr(column.values) == repr([cell])
    assert repr(unpack(pack(read(frame)))) == repr(read(frame))


@pytest.mark.parametrize("value", [object(), {"a": 1}, b"x", ["a", object()], pd.Timedelta(days=1), 1j])
def test_what_is_no_cell_is_refused(value: Any) -> None:
    with pytest.raises(InvalidValue, match="A cell of 'Age' holds") as error:
        given(value, "Age")
    assert error.value.code == "invalid_cell"


def test_in_a_frame_it_is_its_text() -> None:
    frame = pd.DataFrame(
        {"Name": ["Ana", "Bia"], "X": pd.Series([pd.Period("2026-05"), {1: np.int64(2)}], dtype=object)}
    )
    assert read(frame).columns[1].values == ["2026-05", {"1": 2}]
    assert repr(unpack(pack(read(frame)))) == repr(read(frame))
