"""Numbers, dates and booleans in text: what a column's way of writing them is, and what each text means.

`1.234` and `03/04/2026` mean two things; which, is decided by all the values of their column. Where these leave it
open, the hub's setting decides, and the preview says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from contacthub.model.text import fold_accents

# -- numbers ----------------------------------------------------------------------------------------------------------

_SPACES = str.maketrans("", "", " \t\u00a0\u202f\u2009'’")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}\Z")
_FIGURE = re.compile(r"[+-]?(\d[\d.,]*|[.,]\d+)([eE][+-]?\d+)?\Z")
_SIGN = r"R\$|US\$|U\$S|\$|€|£|BRL|USD|EUR|GBP"
_MONEY = re.compile(rf"\s*([+\-\u2212]?)\s*(?:({_SIGN})([^A-Z]*)|([^A-Z]*?)({_SIGN}))\s*\Z", re.IGNORECASE)


def plain_figure(text: str) -> str:
    """A number's text without spaces; "" when it has no figure's form."""
    figure = text.strip().translate(_SPACES).replace("\u2212", "-")
    return figure if _FIGURE.match(figure) else ""


def money(text: str) -> tuple[str, str]:
    """The figure of an amount of money and the sign of its currency, in front or behind; "" and "" for what is none."""
    match = _MONEY.match(text)
    if match is None:
        return "", ""
    figure = plain_figure(match[1] + (match[3] or match[4] or "").strip())
    return (figure, (match[2] or match[5]).upper()) if figure else ("", "")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a column writes numbers."""

    comma: bool
    """Whether the comma is the decimal sign, and the point parts thousands."""
    open: bool = False
    """Whether the values left it open, and the hub's setting was taken."""
    currency: str = ""
    """The sign that amounts of money have, which is left out. Where a column has several, none is: they would be
    added up."""


def number_style(texts: Iterable[str], default_comma: bool) -> NumberStyle:
    """The decimal sign of a column, by the values that leave no choice."""
    comma = point = 0
    ambiguous = False
    currencies: set[str] = set()
    for text in texts:
        figure = plain_figure(text)
        if not figure:
            figure, currency = money(text)
            if currency:
                currencies.add(currency)
        commas, points = figure.count(","), figure.count(".")
        if not commas and not points:
            continue
        if commas and points:
            if figure.rindex(",") > figure.rindex("."):
                comma += 1
            else:
                point += 1
        elif commas > 1:
            point += 1
        elif points > 1:
            comma += 1
        elif _GROUPED.match(figure):
            ambiguous = True
        elif commas:
            comma += 1
        else:
            point += 1
    currency = currencies.pop() if len(currencies) == 1 else ""
    if comma != point:
        return NumberStyle(comma > point, currency=currency)
    return NumberStyle(default_comma, open=ambiguous, currency=currency)


def number(text: str, style: NumberStyle) -> Decimal | None:
    """The exact number that a text writes in a style; None when it writes none."""
    figure = plain_figure(text)
    if not figure and style.currency:
        figure, currency = money(text)
        if currency != style.currency:
            return None
    if not figure:
        return None
    decimal, thousands = (",", ".") if style.comma else (".", ",")
    whole, _, rest = figure.partition(decimal)
    if decimal in rest or thousands in rest:
        return None
    if thousands in whole:
        first, *groups = whole.lstrip("+-").split(thousands)
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
            return None
    try:
        value = Decimal(figure.replace(thousands, "").replace(decimal, "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 300 else None


# -- dates ------------------------------------------------------------------------------------------------------------

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january jan janeiro enero ene", "february feb fevereiro fev febrero", "march mar marco marzo",
            "april apr abril abr", "may maio mai mayo", "june jun junho junio", "july jul julho julio",
            "august aug agosto ago", "september sep sept setembro set septiembre setiembre",
            "october oct outubro out octubre", "november nov novembro noviembre",
            "december dec dezembro dez diciembre dic",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = r"(?:[T ,]+(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?\s*([ap]\.?\s?m\.?)?)?"
_NUMERIC = re.compile(rf"(\d{{1,4}})([/.\-])(\d{{1,2}})\2(\d{{1,4}}){_TIME}\Z", re.IGNORECASE)
_COMPACT = re.compile(r"(19|20)\d{6}\Z")
_WORDED = re.compile(
    rf"(?:\w+,\s*)?(?:(\d{{1,2}})(?:st|nd|rd|th|º|°)?[\s\-/.]+(?:de\s+)?([a-z]+)\.?|([a-z]+)\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?)"
    rf",?[\s\-/.]+(?:de\s+|del\s+)?(\d{{4}}){_TIME}\Z"
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:?\d{2}.*)?\Z")


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a column writes dates in figures: `dmy`, `mdy` or `ymd`."""

    order: str
    open: bool = False


def date_style(texts: Iterable[str], default: str) -> DateStyle:
    """The order of day and month of a column, by the values that leave no choice."""
    day_first = month_first = 0
    ambiguous = False
    for text in texts:
        match = _NUMERIC.match(text.strip())
        if not match or len(match[1]) == 4:
            continue
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            day_first += 1
        elif second > 12 >= first:
            month_first += 1
        elif first != second:
            ambiguous = True
    if day_first != month_first:
        return DateStyle("dmy" if day_first > month_first else "mdy")
    return DateStyle(default, open=ambiguous or bool(day_first))


def moment(text: str, style: DateStyle) -> date | datetime | None:
    """The civil date, or the date with its time of day (and zone, where it is written), that a text means."""
    text = text.strip()
    if _ISO.match(text):
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
        except ValueError:
            pass
    if match := _NUMERIC.match(text):
        return _numeric(match, style)
    if _COMPACT.match(text):
        return _civil(int(text[:4]), int(text[4:6]), int(text[6:]))
    if match := _WORDED.match(fold_accents(text)):
        day, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        if month in _MONTHS:
            return _with_time(_civil(int(match[5]), _MONTHS[month], int(day)), match.groups()[5:])
    return None


def _numeric(match: re.Match[str], style: DateStyle) -> date | datetime | None:
    first, second, third = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) >= 3:
        year, month, day = first, second, third
    elif style.order == "ymd" and len(match[4]) <= 2:
        year, month, day = _century(first), second, third
    else:
        year = _century(third) if len(match[4]) <= 2 else third
        month, day = (first, second) if style.order == "mdy" else (second, first)
    return _with_time(_civil(year, month, day), match.groups()[4:])


def _century(year: int) -> int:
    """Two figures of a year as spreadsheets read them: 00 to 29 are of this century."""
    return year + (2000 if year < 30 else 1900)


def _civil(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= 1000 else None
    except ValueError:
        return None


def _with_time(day: date | None, parts: tuple[str | None, ...]) -> date | datetime | None:
    hour, minute, second, fraction, half = parts
    if day is None or hour is None or minute is None:
        return day
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        moment = time(hours, int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        return None
    return datetime.combine(day, moment)


# -- booleans ---------------------------------------------------------------------------------------------------------

_YES = frozenset(
    ("true", "yes", "y", "sim", "s", "si", "x", "1", "verdadeiro", "verdadero", "on", "t", "v", "opt-in", "subscribed",
     "inscrito", "suscrito")
)  # fmt: skip
_NO = frozenset(("false", "no", "n", "nao", "0", "falso", "off", "f", "opt-out", "unsubscribed"))


def boolean(text: str) -> bool | None:
    """Yes or no, in three languages; None for anything else."""
    word = fold_accents(text)
    return True if word in _YES else False if word in _NO else None
