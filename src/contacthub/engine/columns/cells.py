"""The cells of a column of a DataFrame as values of contacts, whatever its dtype."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.query.properties import Type
from contacthub.query.values import moment

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Cells:
    """Rows and what stands in them: row `rows[i]` has the value `distinct[codes[i]]`; empty cells are left out."""

    rows: Array
    codes: Array
    distinct: Sequence[Any]


def cells(series: pd.Series[Any], type: Type, timezone: str) -> Cells:
    """The cells of a column, read as values of a type. What cannot be read as one counts as empty."""
    found = _stored(series)
    civil = type == "datetime" and _all_civil(found.distinct)
    readings: list[Any] = []
    places = np.full(len(found.distinct), -1, np.int64)
    for place, cell in enumerate(found.distinct):
        value = _read(cell, type, timezone, civil)
        if value is not None:
            places[place] = len(readings)
            readings.append(value)
    codes = places[found.codes]
    has = codes >= 0
    return Cells(found.rows[has], codes[has], readings)


def cell_type(series: pd.Series[Any]) -> Type:
    """The type that a column is read as when nobody says which."""
    import pandas as pd

    kind = pd.api.types.infer_dtype(_stored(series).distinct, skipna=True)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        return "number"
    if kind in ("datetime64", "datetime", "date", "period"):
        return "datetime"
    return "text"


def _stored(series: pd.Series[Any]) -> Cells:
    """The distinct cells as they are; a cell with several values counts as several."""
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy().astype(np.int64)
        distinct = list(series.cat.categories)
    elif dtype == np.object_ or isinstance(dtype, pd.ArrowDtype | pd.SparseDtype):
        return _one_by_one(series)
    else:
        codes, uniques = pd.factorize(series)
        # As an index, short floats would come out as long ones, which show other decimals.
        distinct = list(np.asarray(uniques) if dtype in (np.float32, np.float16) else uniques)
    rows = np.flatnonzero(codes >= 0)
    return Cells(rows, codes[rows], distinct)


def _one_by_one(series: pd.Series[Any]) -> Cells:
    numbers: dict[Any, int] = {}
    distinct: list[Any] = []
    rows: list[int] = []
    codes: list[int] = []
    for row, cell in enumerate(series.array):
        several = isinstance(cell, list | tuple | set | frozenset | np.ndarray)
        for value in cell if several else (cell,):
            if _empty(value):
                continue
            try:
                key = (value.__class__, value)  # 1, 1.0 and True are equal, and yet not the same text
                number = numbers.setdefault(key, len(distinct))
            except TypeError:  # a dict, a list in a list
                number = numbers.setdefault((str, str(value)), len(distinct))
            if number == len(distinct):
                distinct.append(value)
            rows.append(row)
            codes.append(number)
    return Cells(np.array(rows, np.int64), np.array(codes, np.int64), distinct)


def _empty(cell: Any) -> bool:
    import pandas as pd

    if isinstance(cell, float | Decimal):
        return math.isnan(cell)
    return cell is None or cell is pd.NA or cell is pd.NaT


def _read(cell: Any, type: Type, timezone: str, civil: bool) -> Any:
    if _empty(cell):
        return None
    if type == "number":
        return _number(cell)
    if type == "datetime":
        return _moment(cell, timezone, civil)
    return _text(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() and cell.tzinfo is None else cell.isoformat()
    return str(cell)


def _number(cell: Any) -> int | float | Decimal | None:
    if isinstance(cell, bool | np.bool_ | np.integer):
        return int(cell)
    if isinstance(cell, np.floating) and not isinstance(cell, np.float64):
        return float(str(cell))  # the decimal that a short float stands for
    if isinstance(cell, int | Decimal):
        return cell
    if isinstance(cell, float):
        return float(cell)
    try:
        number = Decimal(str(cell).strip())
    except InvalidOperation:
        return None
    return None if number.is_nan() else number


def _moment(cell: Any, timezone: str, civil: bool) -> int | date | None:
    import pandas as pd

    if isinstance(cell, pd.Period):
        cell, civil = cell.start_time.to_pydatetime(), True
    elif isinstance(cell, np.datetime64):
        cell = pd.Timestamp(cell)
    if isinstance(cell, datetime):
        if cell.tzinfo is None:
            if civil:
                return cell.date()
            cell = cell.replace(tzinfo=ZoneInfo(timezone))
        return moment(cell.astimezone(UTC).isoformat())
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str):
        return None
    try:
        return moment(cell.strip())
    except (ValueError, OverflowError):
        return None


def _all_civil(distinct: Sequence[Any]) -> bool:
    """Whether datetimes without a zone are days: all of them are midnights."""
    import pandas as pd

    naive = (pd.Timestamp(cell) if isinstance(cell, np.datetime64) else cell for cell in distinct)
    return all(cell.time() == time() for cell in naive if isinstance(cell, datetime) and cell.tzinfo is None)
