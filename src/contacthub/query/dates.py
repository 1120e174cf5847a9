"""Dates in queries: absolute ones by the hub's order, relative ones and English phrases, days in a time zone.

A `When` is what a text means before it is known what time it is. `at(now)` then gives a whole day, or an instant.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from contacthub.query.tree import Operator

Unit = Literal["h", "d", "w", "m", "y"]

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000

_NUMBERS = {"a": 1, "an": 1, "one": 1}
_WORDS: dict[str, tuple[int, Unit]] = {"now": (0, "h"), "today": (0, "d"), "yesterday": (-1, "d"), "tomorrow": (1, "d")}
_SHIFT = re.compile(r"([+-])([0-9]{1,6})([hdwmy])")
_PHRASE = re.compile(
    r"(?P<ahead>in )?(?P<count>[0-9]{1,6}|an?|one) (?P<unit>hour|day|week|month|year)s?(?P<tail> ago| from now)?"
)
_ISO = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})(?P<time>[T ].*)?", re.IGNORECASE)
_BASIC_ISO = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<time>T.*)?", re.IGNORECASE)
_ORDERS = {
    "dmy": re.compile(r"(?P<d>[0-9]{1,2})([-/.])(?P<m>[0-9]{1,2})\2(?P<y>[0-9]{4}|[0-9]{2})(?P<time>[T ].*)?", re.I),
    "mdy": re.compile(r"(?P<m>[0-9]{1,2})([-/.])(?P<d>[0-9]{1,2})\2(?P<y>[0-9]{4}|[0-9]{2})(?P<time>[T ].*)?", re.I),
    "ymd": re.compile(r"(?P<y>[0-9]{4}|[0-9]{2})([-/.])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})(?P<time>[T ].*)?", re.I),
}
_TIME = re.compile(
    r"[T ] *(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})([.,](?P<fraction>[0-9]{1,9}))?)?"
    r" *(?P<half>[ap]m)? *(?P<zone>Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shift:
    """So many units from now: hours give an instant, all others a day."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Absolute:
    """A date as written; `short` if its year has two digits. One that tells its zone is an `instant`."""

    year: int
    month: int
    day: int
    short: bool = False
    instant: datetime | None = None


When = Shift | Absolute


@dataclass(frozen=True, slots=True)
class Moments:
    """A half-open range in both forms that a property may have: instants (microseconds since 1970, UTC) and civil
    days. None is open."""

    start: int | None
    end: int | None
    first_day: date | None
    end_day: date | None


NEVER = Moments(0, 0, date.min, date.min)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


# -- reading ---------------------------------------------------------------------------------------------------------
def read(text: str, order: str, *, relative: bool = True) -> When | None:
    """What a text means as a date, or None when it is none. `relative` allows what RapidPro has not: `-30d`, `today`,
    `3 months ago`, and ISO 8601 without hyphens."""
    text = text.strip()
    if relative and (found := _relative(" ".join(text.lower().split()))):
        return found
    return _absolute(
        _ISO.fullmatch(text) or (relative and _BASIC_ISO.fullmatch(text)) or _ORDERS[order].fullmatch(text)
    )


def is_relative(text: str) -> bool:
    """Whether a text is a relative date, whose meaning changes with the clock."""
    return _relative(" ".join(text.lower().split())) is not None


def _relative(text: str) -> Shift | None:
    if text in _WORDS:
        return Shift(*_WORDS[text])
    if match := _SHIFT.fullmatch(text):
        return Shift(int(match[1] + match[2]), match[3])  # type: ignore[arg-type]
    match = _PHRASE.fullmatch(text)
    if not match or bool(match["ahead"]) == bool(match["tail"]):
        return None
    count = _NUMBERS.get(match["count"]) or int(match["count"])
    return Shift(-count if match["tail"] == " ago" else count, match["unit"][0])  # type: ignore[arg-type]


def _absolute(match: re.Match[str] | None) -> Absolute | None:
    if not match:
        return None
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    short = len(match["y"]) == 2
    try:
        date(2000 if short else year, month, day)
        if not match["time"]:
            return Absolute(year, month, day, short)
        clock = _TIME.fullmatch(match["time"])
        return clock and _with_time(Absolute(year, month, day, short), clock)
    except (ValueError, OverflowError):
        return None


def _with_time(read: Absolute, clock: re.Match[str]) -> Absolute:
    """The date with its time part, which matters only if it says its zone: a comparison is by whole days."""
    hour = int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a half day")
        hour = hour % 12 + (12 if clock["half"].lower() == "pm" else 0)
    at = time(hour, int(clock["minute"]), int(clock["second"] or 0))
    if not clock["zone"] or read.short:
        return read
    digits = re.sub("[^0-9]", "", clock["zone"]).ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    naive = datetime.combine(date(read.year, read.month, read.day), at)
    instant = (naive + offset if clock["zone"].startswith("-") else naive - offset).replace(tzinfo=UTC)
    return Absolute(read.year, read.month, read.day, instant=instant)


# -- meaning at an instant -------------------------------------------------------------------------------------------
def resolved(when: When, now: datetime, timezone: str) -> date | datetime:
    """The day (or, with hours and `now`, the instant) that is meant at `now`."""
    if isinstance(when, Absolute):
        return _day_of(when, now, timezone)
    if when.unit == "h":
        try:
            return now + timedelta(hours=when.count)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC) if when.count > 0 else datetime.min.replace(tzinfo=UTC)
    return shifted(local_day(now, timezone), when.count, when.unit)


def _day_of(when: Absolute, now: datetime, timezone: str) -> date:
    if when.instant is not None:
        return local_day(when.instant, timezone)
    if not when.short:
        return date(when.year, when.month, when.day)
    # RapidPro's rule: a year of two digits is of this century unless it would lie ahead
    this = local_day(now, timezone).year
    year = this - this % 100 + when.year - (100 if when.year > this % 100 else 0)
    return date(year, when.month, min(when.day, calendar.monthrange(year, when.month)[1]))


def iso(text: str, order: str, now: datetime, timezone: str) -> str:
    """An absolute date in ISO form, which every date order reads alike; any other text as it is."""
    when = read(text, order)
    return _day_of(when, now, timezone).isoformat() if isinstance(when, Absolute) else text


def shifted(day: date, count: int, unit: Unit) -> date:
    """A day so many days, weeks, months or years later. Months and years keep the day of the month, clamped to the
    last one there is; what lies beyond the calendar is its first or last day."""
    try:
        if unit in ("d", "w"):
            return day + timedelta(days=count * (7 if unit == "w" else 1))
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        return date.max if count > 0 else date.min


def local_day(instant: datetime, timezone: str) -> date:
    """The civil day of an instant in a time zone."""
    try:
        return instant.astimezone(zone(timezone)).date()
    except OverflowError:
        return date.max if instant.year > 5000 else date.min


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (instant - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=4096)
def day_start(day: date, timezone: str) -> int:
    """The first instant of a day in a time zone, in microseconds since 1970.

    Where clocks go forward over midnight the day starts later than 0:00; where 0:00 comes twice, at the first.
    """
    naive = (day.toordinal() - _EPOCH_DAY) * _DAY
    if not 2 < day.toordinal() < date.max.toordinal() - 2:
        return naive  # at the ends of the calendar there is no room for an offset
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(timezone))
    before, after = (_offset(midnight.replace(fold=fold)) for fold in (0, 1))
    if before >= after:
        return naive - before
    # 0:00 is skipped: the day starts when the clock jumps, between 0:00 by the new and by the old offset
    low, high = naive - after, naive - before
    while high - low > 1:
        middle = (low + high) // 2
        at = (_EPOCH + timedelta(microseconds=middle)).astimezone(zone(timezone))
        low, high = (low, middle) if _offset(at) == after else (middle, high)
    return high


def _offset(at: datetime) -> int:
    offset = at.utcoffset()
    return 0 if offset is None else offset // _MICROSECOND


def whole_day(day: date, timezone: str) -> Moments:
    """A day as a range."""
    end = day + timedelta(days=1) if day < date.max else None
    return Moments(day_start(day, timezone), day_start(end, timezone) if end else None, day, end)


def instant_range(instant: datetime, timezone: str) -> Moments:
    """An instant as a range of one microsecond. A civil day compares with it as the instant at which it starts."""
    at = microseconds(instant)
    day = local_day(instant, timezone)
    following = day + timedelta(days=1) if day < date.max else day
    starts_here = day_start(day, timezone) == at
    return Moments(at, at + 1, day if starts_here else following, following)


def compared(operator: Operator, range: Moments) -> Moments:
    """The moments that stand in a relation to a range (`=` and `!=`: inside it)."""
    match operator:
        case ">":
            return Moments(range.end, None, range.end_day, None) if range.end is not None else NEVER
        case ">=":
            return Moments(range.start, None, range.first_day, None)
        case "<":
            return Moments(None, range.start, None, range.first_day)
        case "<=":
            return Moments(None, range.end, None, range.end_day)
        case _:
            return range


# -- anniversaries ---------------------------------------------------------------------------------------------------
LEAP_DAY = 229
_ALL_DAYS = tuple(
    month * 100 + day for month in range(1, 13) for day in range(1, calendar.monthrange(2000, month)[1] + 1)
)

_RELATIONS: dict[str, Callable[[date, date], bool]] = {
    "=": date.__eq__, "!=": date.__eq__, ">": date.__gt__, ">=": date.__ge__, "<": date.__lt__, "<=": date.__le__,
}  # fmt: skip


def next_anniversary(month_day: int, today: date) -> date:
    """When a day of the year (month × 100 + day) comes round next, today included; 29 February on the 28th in other
    years."""
    for year in (today.year, today.year + 1):
        falls = 228 if month_day == LEAP_DAY and not calendar.isleap(year) else month_day
        if year <= date.max.year and (day := date(year, *divmod(falls, 100))) >= today:
            return day
    return date.max


def anniversary_days(operator: Operator, day: date, today: date) -> frozenset[int]:
    """The days of the year whose next anniversary stands in a relation to `day` (`!=` as `=`, to be negated)."""
    holds = _RELATIONS[operator]
    return frozenset(each for each in _ALL_DAYS if holds(next_anniversary(each, today), day))


def month_days(operator: Operator, month: int) -> frozenset[int]:
    """The days of the year whose month stands in a relation to `month` (`!=` as `=`, to be negated)."""
    holds = _RELATIONS[operator]
    return frozenset(each for each in _ALL_DAYS if holds(date(2000, each // 100, 1), date(2000, month, 1)))
