"""Instants and civil dates as operators read them: in the hub's time zone, year first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


class Clock:
    """Knows the hub's time zone, and what time it is; tests give it a fixed `now`."""

    def __init__(self, timezone: str = "UTC", now: Callable[[], datetime] | None = None) -> None:
        self._zone = ZoneInfo(timezone)
        self._now = now or (lambda: datetime.now(UTC))

    def day(self, value: str | datetime | None) -> str:
        """`2026-11-21`; the time of day for today; empty for None."""
        at = self._local(value)
        if at is None:
            return "" if value is None else str(value)
        return at.strftime("%H:%M") if at.date() == self._now().astimezone(self._zone).date() else at.date().isoformat()

    def minute(self, value: str | datetime | None) -> str:
        """`2026-11-21 09:12`; empty for None."""
        at = self._local(value)
        if at is None:
            return "" if value is None else str(value)
        return at.strftime("%Y-%m-%d %H:%M")

    def value(self, value: Any, type: str) -> str:
        """The value of a custom field: civil dates and texts as they are, instants in local time."""
        if value is None:
            return ""
        if type == "datetime":
            return self.minute(value)
        return str(value)

    def _local(self, value: str | datetime | None) -> datetime | None:
        """None for what is no instant: None, and civil dates, which have no zone."""
        if isinstance(value, str):
            if len(value) <= 10:
                return None
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return None
        if value is None:
            return None
        return value.astimezone(self._zone) if value.tzinfo else value
