"""A Meaning over one contact document: the oracle that every other evaluator is compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from contacthub.model.text import WORD_PREFIX, fold, fold_accents, words
from contacthub.query.dates import zone
from contacthub.query.meaning import (
    AllOf,
    AnyOf,
    Equals,
    HasText,
    HasWord,
    InNumbers,
    InTime,
    IsSet,
    Meaning,
    Not,
    OnDays,
)
from contacthub.query.values import Document, Value, values

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def matches(meaning: Meaning, document: Document) -> bool:
    """Whether a contact is among those that a query asks for."""
    match meaning:
        case AllOf(parts):
            for part in parts:  # noqa: SIM110 -- a loop takes one frame a level, `all` two
                if not matches(part, document):
                    return False
            return True
        case AnyOf(parts):
            for part in parts:  # noqa: SIM110
                if matches(part, document):
                    return True
            return False
        case Not(part):
            return not matches(part, document)
        case IsSet(property):
            return bool(values(document, property))
        case Equals(property, wanted):
            return any(fold(str(value)) in wanted for value in values(document, property))
        case HasText(property, part, accents):
            folded = fold if accents else fold_accents
            return any(part in folded(str(value)) for value in values(document, property))
        case HasWord(property, prefixes, accents):
            return any(_has_word(str(value), prefixes, accents) for value in values(document, property))
        case InNumbers():
            return any(_in_numbers(value, meaning) for value in values(document, meaning.property))
        case InTime():
            return any(_in_time(value, meaning) for value in values(document, meaning.property))
        case OnDays(property, days, timezone):
            return any(_month_day(value, timezone) in days for value in values(document, property))


def _has_word(text: str, prefixes: frozenset[str], accents: bool) -> bool:
    found = (word if accents else fold_accents(word) for word in words(text))
    starts = tuple(prefixes)
    return any(word[:WORD_PREFIX].startswith(starts) for word in found)


def _in_numbers(value: Value, test: InNumbers) -> bool:
    # the repr of a float is the decimal that was meant: 0.1 is one tenth
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)  # type: ignore[arg-type]
    if test.low is not None and not (number >= test.low if test.low_included else number > test.low):
        return False
    return test.high is None or (number <= test.high if test.high_included else number < test.high)


def _in_time(value: Value, test: InTime) -> bool:
    if isinstance(value, date):
        return (test.first_day is None or value >= test.first_day) and (test.end_day is None or value < test.end_day)
    assert isinstance(value, int)
    return (test.start is None or value >= test.start) and (test.end is None or value < test.end)


def _month_day(value: Value, timezone: str) -> int:
    if not isinstance(value, date):
        assert isinstance(value, int)
        value = (_EPOCH + timedelta(microseconds=value)).astimezone(zone(timezone)).date()
    return value.month * 100 + value.day
