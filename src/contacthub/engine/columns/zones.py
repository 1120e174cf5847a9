"""Days of many instants in a time zone, at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from contacthub.engine.columns.bits import Array

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_STEP = 86_400
"""No zone has changed its offset twice within a day."""
_FIRST, _LAST = -62_135_510_400, 253_402_214_400
"""Seconds from 0001-01-02 to 9999-12-31: what `datetime` can put into any zone."""


def month_and_day(micros: Array, timezone: str) -> Array:
    """Month × 100 + day on which each instant (sorted microseconds since 1970, UTC) falls in a zone."""
    if len(micros) == 0:
        return np.empty(0, np.int64)
    local = micros + _offsets(micros, timezone)
    days = local.view("datetime64[us]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    result: Array = month * 100 + day
    return result


def _offsets(micros: Array, timezone: str) -> Array:
    if timezone == "UTC":
        return np.zeros(len(micros), np.int64)
    first, last = int(micros[0]) // _SECOND, int(micros[-1]) // _SECOND
    # Whole years, so that the table is made once for columns of about the same span.
    year = 366 * _STEP
    starts, offsets = _transitions(timezone, first // year, last // year + 1)
    places = np.searchsorted(starts, micros, side="right") - 1
    found: Array = offsets[np.maximum(places, 0)]
    return found


@lru_cache(maxsize=64)
def _transitions(timezone: str, first_year: int, end_year: int) -> tuple[Array, Array]:
    """From which microsecond on which offset (microseconds) is in force, over years of 366 days since 1970."""
    zone = ZoneInfo(timezone)

    def offset(second: int) -> int:
        found = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
        assert found is not None
        return found // timedelta(microseconds=1)

    at = max(first_year * 366 * _STEP, _FIRST)
    end = min(end_year * 366 * _STEP, _LAST)
    starts, offsets = [at], [offset(at)]
    while at < end:
        ahead = min(at + _STEP, end)
        if offset(ahead) != offsets[-1]:
            low, high = at, ahead
            while high - low > 1:
                middle = (low + high) // 2
                if offset(middle) == offsets[-1]:
                    low = middle
                else:
                    high = middle
            starts.append(high)
            offsets.append(offset(high))
        at = ahead
    return np.array(starts, np.int64) * _SECOND, np.array(offsets, np.int64)
