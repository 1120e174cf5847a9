"""Times come as text or integer, seconds or milliseconds; the future is now."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from contacthub.channels.events import instant
from contacthub.errors import InvalidValue

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
THEN = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
SECONDS = int(THEN.timestamp())


@pytest.mark.parametrize(
    "time",
    [
        SECONDS,
        float(SECONDS),
        str(SECONDS),
        f" {SECONDS} ",
        SECONDS * 1000,
        str(SECONDS * 1000),
        "2026-11-01T09:30:00Z",
        "2026-11-01T06:30:00-03:00",
        THEN,
        THEN.replace(tzinfo=None),
        THEN.astimezone(timezone(timedelta(hours=-3))),
    ],
)
def test_ways_to_tell_one_time(time: Any) -> None:
    assert instant(time, NOW) == THEN


@pytest.mark.parametrize("time", [SECONDS + 10**8, str((SECONDS + 10**8) * 1000), "2031-01-01T00:00:00Z"])
def test_the_future_is_now(time: Any) -> None:
    assert instant(time, NOW) == NOW


@pytest.mark.parametrize(
    "time", ["", "soon", "1e400", "-5", -5, float("nan"), float("inf"), 10**400, True, None, "١٢٣"]
)
def test_what_is_no_time_is_refused(time: Any) -> None:
    with pytest.raises(InvalidValue, match="is no time") as caught:
        instant(time, NOW)
    assert caught.value.code == "invalid_time"
