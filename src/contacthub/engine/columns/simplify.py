"""A query in fewer tests: ranges of one property that must hold together become one range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contacthub.engine.columns.gather import has_several
from contacthub.query.meaning import AllOf, AnyOf, InNumbers, InTime, Meaning, Not
from contacthub.query.properties import Property


def simplified(meaning: Meaning) -> Meaning:
    """A query that matches the same contacts and costs less. Not for sources whose rows may have several numbers."""
    match meaning:
        case AllOf(parts=parts):
            return AllOf(tuple(_joined(map(simplified, _flat(parts)))))
        case AnyOf(parts=parts):
            return AnyOf(tuple(map(simplified, parts)))
        case Not(part=part):
            return Not(simplified(part))
    return meaning


def _flat(parts: Iterable[Meaning]) -> Iterable[Meaning]:
    for part in parts:
        if isinstance(part, AllOf):
            yield from _flat(part.parts)
        else:
            yield part


def _joined(parts: Iterable[Meaning]) -> list[Meaning]:
    found: list[Meaning] = []
    places: dict[tuple[type, Property], int] = {}
    for part in parts:
        if isinstance(part, InNumbers | InTime) and not has_several(part.property):
            key = (type(part), part.property)
            if key in places:
                before = found[places[key]]
                found[places[key]] = _numbers(before, part) if isinstance(part, InNumbers) else _times(before, part)
                continue
            places[key] = len(found)
        found.append(part)
    return found


def _numbers(one: Any, other: InNumbers) -> InNumbers:
    """The numbers that are in both ranges. At an equal bound, the one that leaves it out decides."""
    lower = max(
        (part for part in (one, other) if part.low is not None),
        key=lambda part: (part.low, not part.low_included),
        default=one,
    )
    higher = min(
        (part for part in (one, other) if part.high is not None),
        key=lambda part: (part.high, part.high_included),
        default=one,
    )
    return replace(
        other,
        low=lower.low,
        low_included=lower.low_included,
        high=higher.high,
        high_included=higher.high_included,
    )


def _times(one: Any, other: InTime) -> InTime:
    """The moments that are in both ranges."""
    return replace(
        other,
        start=_of(max, one.start, other.start),
        end=_of(min, one.end, other.end),
        first_day=_of(max, one.first_day, other.first_day),
        end_day=_of(min, one.end_day, other.end_day),
    )


def _of(choose: Any, one: Any, other: Any) -> Any:
    return choose((bound for bound in (one, other) if bound is not None), default=None)
