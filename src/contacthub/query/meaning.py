"""What a checked query asks, at one instant: the form that all evaluators take.

A `Meaning` has no names left to look up, no relative date, no dynamic group and no dialect: those are decided when it
is made (`Query.meaning(now)`). It is a small closed algebra, so an evaluator is a `match` of a dozen cases, and three
of them can be compared on any input. Every test is two-valued: a test on a property without a value is false, and
`x != 5` is `Not(x = 5)`, hence true without a value.

What value a property has in a contact is told by `contacthub.query.values` and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contacthub.query.properties import Property


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is; without parts, for everyone."""

    parts: tuple[Meaning, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when any part is; without parts, for no one."""

    parts: tuple[Meaning, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """True when the part is not."""

    part: Meaning


@dataclass(frozen=True, slots=True)
class IsSet:
    """The property has a value. A stored empty string is a value."""

    property: Property


@dataclass(frozen=True, slots=True)
class Equals:
    """Any value of the property, folded (`model.text.fold`), is one of `values`."""

    property: Property
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasText:
    """Any value of the property contains `part`, both folded; without `accents`, both by `fold_accents`."""

    property: Property
    part: str
    accents: bool = True


@dataclass(frozen=True, slots=True)
class HasWord:
    """Any word of the property, cut to 8 characters, starts with one of `prefixes` (folded words cut to 8 characters;
    without `accents`, both sides by `fold_accents`)."""

    property: Property
    prefixes: frozenset[str]
    accents: bool = True


@dataclass(frozen=True, slots=True)
class InNumbers:
    """Any number of the property lies between `low` and `high`; None is open. Decimals, compared exactly."""

    property: Property
    low: Decimal | None
    high: Decimal | None
    low_included: bool = True
    high_included: bool = True


@dataclass(frozen=True, slots=True)
class InTime:
    """Any moment of the property lies in a half-open range.

    An instant is compared with `start` and `end` (microseconds since 1970, UTC); a civil date, which has no time
    zone, with `first_day` and `end_day`. None is open. Both forms of one range are always given.
    """

    property: Property
    start: int | None
    end: int | None
    first_day: date | None
    end_day: date | None


@dataclass(frozen=True, slots=True)
class OnDays:
    """Any moment of the property falls, in the hub's `timezone`, on one of `days` (month × 100 + day), whatever the
    year. 29 February is asked as day 229; whether 228 was meant to include it has been decided before."""

    property: Property
    days: frozenset[int]
    timezone: str


Test = IsSet | Equals | HasText | HasWord | InNumbers | InTime | OnDays
Meaning = AllOf | AnyOf | Not | Test

EVERYONE = AllOf()
NO_ONE = AnyOf()
