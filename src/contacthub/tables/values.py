"""Values of Python, numpy and pandas as cells. What is a cell here is written to a file and kept in a hub without loss,
and comes back equal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import PurePath
from typing import Any
from uuid import UUID

import numpy as np

from contacthub.errors import InvalidValue
from contacthub.tables.cells import Cell

_SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no file holds."""


def plain(value: Any) -> Cell:
    """A value of a frame: NaN, NaT and NA are blank, numbers of numpy are Python's; what is no cell is its text."""
    return _cell(value, _text)


def given(value: Any, column: str) -> Cell:
    """A value that a person puts into a cell. Raises InvalidValue (`invalid_cell`) for what is none."""

    def refuse(part: Any) -> Cell:
        raise InvalidValue(
            f"A cell of {column!r} holds a text, a number, a date, yes or no, or several of them; "
            f"a {type(part).__name__} is none of these.",
            code="invalid_cell", property=column, value=value,
        )  # fmt: skip

    return _cell(value, refuse)


def _cell(value: Any, other: Callable[[Any], Cell]) -> Cell:
    kind = value.__class__
    if kind is str:
        return value if value.isascii() else _SURROGATES.sub("", value)
    if value is None or kind is int or kind is bool:
        return value  # type: ignore[no-any-return]
    if isinstance(value, float):  # that of numpy too
        return None if value != value else float(value)  # noqa: PLR0124 (only a NaN differs from itself)
    if isinstance(value, tuple | list | np.ndarray):
        return [_cell(part, other) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((_cell(part, other) for part in value), key=repr)
    if isinstance(value, np.generic):
        return _of_numpy(value, other)
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if isinstance(value, date):  # NaT is one too
        return None if _is_missing(value) else _day(value)
    if isinstance(value, time):
        return time.fromisoformat(value.isoformat())
    if isinstance(value, str | UUID | PurePath):
        return _cell(str.__str__(value) if isinstance(value, str) else str(value), other)
    if isinstance(value, int):
        return int(value)
    return None if _is_missing(value) else other(value)


def _text(value: Any) -> Cell:
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    return plain(str(value))


def _of_numpy(value: np.generic, other: Callable[[Any], Cell]) -> Cell:
    import pandas

    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer) and not isinstance(value, np.timedelta64):
        return int(value)
    if isinstance(value, np.floating):
        return _cell(float(value), other)
    if isinstance(value, np.datetime64):
        return _cell(pandas.Timestamp(value), other)
    return _cell(str(value), other) if isinstance(value, np.str_) else other(value)


def _day(value: date) -> Cell:
    """A civil date, or a datetime with the offset of its zone: the zone itself is kept nowhere."""
    if not isinstance(value, datetime):
        return value if value.__class__ is date else date(value.year, value.month, value.day)
    if value.__class__ is not datetime:
        import pandas

        if isinstance(value, pandas.Timestamp):
            moment = value.to_pydatetime(warn=False)
            return moment.date() if value.tz is None and value == value.normalize() else _day(moment)
    return datetime.fromisoformat(value.isoformat())


def _is_missing(value: Any) -> bool:
    import pandas

    return value is pandas.NaT or value is pandas.NA
