"""Dates: how they are read, which days and instants they are, and where clocks and calendars are odd."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from query_schema import NOW, make_schema

from contacthub.query import dates, parse
from contacthub.query.tree import Operator

ABSOLUTE = [
    # order, text, day
    ("dmy", "03-04-2026", date(2026, 4, 3)),
    ("dmy", "3/4/2026", date(2026, 4, 3)),
    ("dmy", "3.4.2026", date(2026, 4, 3)),
    ("mdy", "03-04-2026", date(2026, 3, 4)),
    ("mdy", "12/31/2026", date(2026, 12, 31)),
    ("ymd", "2026/04/03", date(2026, 4, 3)),
    ("ymd", "2026.4.3", date(2026, 4, 3)),
    ("dmy", "2026-04-03", date(2026, 4, 3)),
    ("mdy", "2026-04-03", date(2026, 4, 3)),
    ("dmy", "2026-04-03T23:59:59", date(2026, 4, 3)),
    ("dmy", "2026-04-03 10:30", date(2026, 4, 3)),
    ("dmy", "03/04/2026 10:30 pm", date(2026, 4, 3)),
    ("dmy", "2026-04-03T23:30:00Z", date(2026, 4, 3)),
    ("dmy", "2026-04-03T23:30:00-03:00", date(2026, 4, 4)),
    ("dmy", "2026-04-03T01:30:00.123456+0300", date(2026, 4, 2)),
    ("dmy", "20260403", date(2026, 4, 3)),
    ("mdy", "20260403T23:30:00-03:00", date(2026, 4, 4)),
    ("dmy", "03/04/26", date(2026, 4, 3)),
    ("dmy", "03/04/27", date(1927, 4, 3)),
    ("dmy", "29/02/2024", date(2024, 2, 29)),
    ("dmy", "01-01-0001", date(1, 1, 1)),
]
NO_DATES = [
    ("dmy", "31-02-2026"), ("dmy", "29-02-2026"), ("dmy", "12-31-2026"), ("mdy", "31-12-2026"), ("dmy", "2026/04/03"),
    ("dmy", "3-4"), ("dmy", "3-4-126"), ("dmy", "03-04-20261"), ("dmy", "3-4/2026"), ("dmy", ""), ("dmy", "soon"),
    ("dmy", "2026-04-03T24:00"), ("dmy", "2026-04-03T10"), ("dmy", "2026-04-03 10:30 13pm"), ("dmy", "0000-01-01"),
    ("dmy", "2026-04-03 15:30 pm"), ("dmy", "２０２６-04-03"), ("dmy", "30d"), ("dmy", "+ 30d"), ("dmy", "3 days"),
    ("dmy", "20261331"), ("dmy", "2026043"), ("dmy", "in 3 days ago"), ("dmy", "-1234567d"), ("dmy", "last week"),
]  # fmt: skip

RELATIVE = [
    ("today", date(2026, 11, 21)),
    ("Yesterday", date(2026, 11, 20)),
    ("TOMORROW", date(2026, 11, 22)),
    ("-30d", date(2026, 10, 22)),
    ("+7d", date(2026, 11, 28)),
    ("-0d", date(2026, 11, 21)),
    ("-2w", date(2026, 11, 7)),
    ("-1m", date(2026, 10, 21)),
    ("+3m", date(2027, 2, 21)),
    ("-1y", date(2025, 11, 21)),
    ("3 months ago", date(2026, 8, 21)),
    ("a week ago", date(2026, 11, 14)),
    ("in 2 weeks", date(2026, 12, 5)),
    ("one year from now", date(2027, 11, 21)),
    ("-999999y", date.min),
    ("+999999m", date.max),
    ("now", NOW),
    ("-3h", NOW - timedelta(hours=3)),
    ("an hour ago", NOW - timedelta(hours=1)),
    ("in 48 hours", NOW + timedelta(hours=48)),
]


@pytest.mark.parametrize(("order", "text", "day"), ABSOLUTE)
def test_a_date_is_read_by_the_order(order: str, text: str, day: date) -> None:
    when = dates.read(text, order)
    assert when
    assert dates.resolved(when, NOW, "UTC") == day


@pytest.mark.parametrize(("order", "text"), NO_DATES)
def test_what_is_no_date(order: str, text: str) -> None:
    assert dates.read(text, order) is None


@pytest.mark.parametrize(("text", "moment"), RELATIVE)
def test_a_relative_date_counts_from_now(text: str, moment: date) -> None:
    when = dates.read(text, "dmy")
    assert when
    assert dates.resolved(when, NOW, "UTC") == moment
    assert dates.read(text, "dmy", relative=False) is None


@pytest.mark.parametrize(
    ("day", "count", "unit", "shifted"),
    [
        (date(2026, 3, 31), -1, "m", date(2026, 2, 28)),
        (date(2024, 3, 31), -1, "m", date(2024, 2, 29)),
        (date(2026, 10, 31), 1, "m", date(2026, 11, 30)),
        (date(2026, 12, 31), 2, "m", date(2027, 2, 28)),
        (date(2024, 2, 29), 1, "y", date(2025, 2, 28)),
        (date(2024, 2, 29), 4, "y", date(2028, 2, 29)),
        (date(2026, 1, 15), -13, "m", date(2024, 12, 15)),
    ],
)  # fmt: skip
def test_months_are_clamped(day: date, count: int, unit: dates.Unit, shifted: date) -> None:
    assert dates.shifted(day, count, unit) == shifted


def test_today_is_that_of_the_hub() -> None:
    late = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    seen = {"last_seen_on": "2026-11-21T12:00:00+00:00"}
    assert parse("last_seen_on = today", make_schema(timezone="America/Recife")).matches(seen, late)
    assert not parse("last_seen_on = today", make_schema(timezone="UTC")).matches(seen, late)


DAY_STARTS = [
    # zone, day, the local time at which it starts, in UTC
    ("UTC", date(2026, 11, 21), datetime(2026, 11, 21)),
    ("America/Recife", date(2026, 11, 21), datetime(2026, 11, 21, 3)),
    ("Asia/Kolkata", date(2026, 11, 21), datetime(2026, 11, 20, 18, 30)),
    ("Europe/Lisbon", date(2026, 3, 29), datetime(2026, 3, 29)),
    ("Europe/Lisbon", date(2026, 3, 30), datetime(2026, 3, 29, 23)),
    ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 4)),
    ("America/New_York", date(2026, 11, 2), datetime(2026, 11, 2, 5)),
    # midnight does not exist: the clock jumps from 0:00 to 1:00
    ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3)),
    ("America/Asuncion", date(2023, 10, 1), datetime(2023, 10, 1, 4)),
    # midnight comes twice: the day starts at the first
    ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4)),
    # the clock jumps from 23:30 to 0:30 of the day
    ("America/Toronto", date(1919, 3, 31), datetime(1919, 3, 31, 4, 30)),
    # a day that was skipped altogether starts when the next one does
    ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10)),
    ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10)),
]


@pytest.mark.parametrize(("zone", "day", "start"), DAY_STARTS)
def test_when_a_day_starts(zone: str, day: date, start: datetime) -> None:
    assert dates.day_start(day, zone) == dates.microseconds(start.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Sao_Paulo", "04-11-2018", 23),
        ("America/Sao_Paulo", "17-02-2018", 25),
        ("Europe/Lisbon", "29-03-2026", 23),
        ("Europe/Lisbon", "25-10-2026", 25),
        ("America/Recife", "25-10-2026", 24),
        ("Australia/Lord_Howe", "04-10-2026", 23.5),
        ("Pacific/Apia", "30-12-2011", 0),
    ],
)
def test_a_day_has_as_many_hours_as_the_clock_gives_it(zone: str, day: str, hours: float) -> None:
    schema = make_schema(timezone=zone)
    start = dates.day_start(datetime.strptime(day, "%d-%m-%Y").date(), zone)
    half_hours = [
        instant
        for number in range(-48, 96)
        if parse(f"created_on = {day}", schema).matches(
            {"created_on": (instant := _instant(start + number * 1_800_000_000))}
        )
    ]
    assert len(half_hours) == hours * 2
    assert not half_hours or half_hours[0] == _instant(start)


def _instant(microseconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)).isoformat()


ZONES = ["UTC", "America/Sao_Paulo", "America/Havana", "Europe/Lisbon", "Pacific/Apia", "Asia/Kathmandu",
         "America/St_Johns", "Australia/Lord_Howe"]  # fmt: skip


@given(
    st.sampled_from(ZONES),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC)),
)
def test_comparisons_with_a_day_divide_all_time(zone: str, day: date, instant: datetime) -> None:
    document = {"created_on": instant.isoformat(), "fields": {"dob": instant.date().isoformat()}}
    schema = make_schema(timezone=zone)

    for key in ("created_on", "dob"):
        holds = {
            operator: parse(f"{key} {operator} {day.isoformat()}", schema).matches(document)
            for operator in ("=", "!=", "<", "<=", ">", ">=")
        }
        assert holds["<"] + holds["="] + holds[">"] == 1
        assert holds["<="] == (holds["<"] or holds["="]) == (not holds[">"])
        assert holds[">="] == (holds[">"] or holds["="]) == (not holds["<"])
        assert holds["!="] is not holds["="]


@given(st.sampled_from(ZONES), st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC)))
def test_an_instant_lies_in_the_local_day_it_falls_on(zone: str, instant: datetime) -> None:
    day = dates.local_day(instant, zone)
    span = dates.whole_day(day, zone)
    assert span.start is not None
    assert span.end is not None
    if zone != "America/St_Johns":  # there the clock went back over midnight, so that a day came in two pieces
        assert span.start <= dates.microseconds(instant) < span.end
    assert day == instant.astimezone(ZoneInfo(zone)).date()


def test_a_civil_date_compares_with_an_instant_as_the_start_of_its_day() -> None:
    schema = make_schema(timezone="America/Recife")
    noon = datetime(2026, 11, 21, 15, tzinfo=UTC)
    midnight = datetime(2026, 11, 21, 3, tzinfo=UTC)

    def holds(operator: Operator, day: str, now: datetime) -> bool:
        return parse(f"dob {operator} now", schema).matches({"fields": {"dob": day}}, now)

    assert [holds("<", "2026-11-21", noon), holds(">", "2026-11-21", noon)] == [True, False]
    assert [holds("<", "2026-11-22", noon), holds(">", "2026-11-22", noon)] == [False, True]
    assert [holds("=", "2026-11-21", midnight), holds("=", "2026-11-21", noon)] == [True, False]
    assert [holds(">=", "2026-11-21", midnight), holds("<", "2026-11-21", midnight)] == [True, False]


ANNIVERSARIES: list[tuple[str, str, str, bool]] = [
    # query, birth date, today, found
    ("anniversary.dob = today", "1990-11-21", "2026-11-21", True),
    ("anniversary.dob = today", "1990-11-22", "2026-11-21", False),
    ("anniversary.dob != today", "1990-11-22", "2026-11-21", True),
    ("anniversary.dob = tomorrow", "1990-11-22", "2026-11-21", True),
    ("anniversary.dob = yesterday", "1990-11-20", "2026-11-21", False),
    ("anniversary.dob <= +7d", "1990-11-28", "2026-11-21", True),
    ("anniversary.dob < +7d", "1990-11-28", "2026-11-21", False),
    ("anniversary.dob <= +7d", "1990-11-29", "2026-11-21", False),
    ("anniversary.dob > +7d", "1990-11-29", "2026-11-21", True),
    ("anniversary.dob > +7d", "1990-11-20", "2026-11-21", True),
    ("anniversary.dob <= +14d", "1990-01-02", "2026-12-21", True),
    ("anniversary.dob <= +14d", "1990-01-05", "2026-12-21", False),
    ("anniversary.dob >= +1m", "1990-12-21", "2026-11-21", True),
    ("anniversary.dob = today", "1992-02-29", "2026-02-28", True),
    ("anniversary.dob = today", "1992-02-29", "2028-02-28", False),
    ("anniversary.dob = today", "1992-02-29", "2028-02-29", True),
    ("anniversary.dob = today", "1992-02-28", "2026-02-28", True),
    ("anniversary.dob = today", "1992-02-28", "2028-02-29", False),
    ("anniversary.dob <= +3d", "1992-02-29", "2026-02-27", True),
    ("anniversary.dob <= +3d", "1992-02-29", "2026-03-01", False),
    ("anniversary.dob = 25-12-2026", "1990-12-25", "2026-11-21", True),
    ("anniversary.dob = 25-12-2027", "1990-12-25", "2026-11-21", False),
    ("anniversary.dob = 2026-11-21T12:00:00Z", "1990-11-21", "2026-11-21", True),
    ("anniversary.dob <= +48h", "1990-11-23", "2026-11-21", True),
    ("month.dob = 2", "1992-02-29", "2026-11-21", True),
    ("month.dob >= 11", "1992-11-01", "2026-11-21", True),
    ("month.dob > 11", "1992-11-30", "2026-11-21", False),
]


@pytest.mark.parametrize(("text", "born", "today", "found"), ANNIVERSARIES)
def test_anniversaries(text: str, born: str, today: str, found: bool) -> None:
    now = datetime.fromisoformat(today).replace(hour=12, tzinfo=UTC)
    assert parse(text, make_schema()).matches({"fields": {"dob": born}}, now) is found


def test_the_anniversary_of_an_instant_is_of_its_local_day() -> None:
    document: dict[str, Any] = {"created_on": "2020-11-22T01:00:00+00:00"}
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert parse("anniversary.created_on = today", make_schema(timezone="America/Recife")).matches(document, now)
    assert not parse("anniversary.created_on = today", make_schema(timezone="UTC")).matches(document, now)


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.dates(date(1950, 1, 1), date(2000, 1, 1)))
def test_everybody_has_one_anniversary_in_the_coming_year(today: date, born: date) -> None:
    month_day = born.month * 100 + born.day
    following = dates.next_anniversary(month_day, today)
    assert today <= following <= dates.shifted(today, 1, "y")
    assert month_day in dates.anniversary_days("=", following, today)
    assert month_day in dates.anniversary_days(">=", today, today)
    assert month_day not in dates.anniversary_days("<", today, today)


def test_a_query_moves_with_the_clock() -> None:
    query = parse("last_seen_on > -30d", make_schema())
    seen = {"last_seen_on": "2026-11-21T09:00:00+00:00"}
    assert query.matches(seen, NOW)
    assert query.matches(seen, NOW + timedelta(days=29))
    assert not query.matches(seen, NOW + timedelta(days=30))
