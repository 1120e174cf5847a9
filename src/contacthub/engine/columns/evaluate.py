"""The evaluator: a `Meaning` over a `Source`, by the algebra of bitmaps."""

from __future__ import annotations

from typing import Protocol

from pyroaring import BitMap

from contacthub.query.meaning import AllOf, AnyOf, Meaning, Not, Test


class Source(Protocol):
    """Rows that tests can be put to: the contacts of a hub, or the rows of a DataFrame."""

    @property
    def everyone(self) -> BitMap:
        """All rows."""

    def passing(self, test: Test) -> BitMap:
        """The rows that pass a test. Not to be changed by who asked."""


def evaluate(meaning: Meaning, source: Source) -> BitMap:
    """The rows that a query matches."""
    match meaning:
        case AllOf(parts=parts):
            return _all(parts, source)
        case AnyOf(parts=parts):
            return BitMap().union(*(evaluate(part, source) for part in parts))
        case Not(part=part):
            return source.everyone - evaluate(part, source)
    return source.passing(meaning)


def _all(parts: tuple[Meaning, ...], source: Source) -> BitMap:
    """What all parts match; it is over as soon as nothing is left."""
    found: BitMap | None = None
    for part in parts:
        if isinstance(part, Not):
            rest = source.everyone if found is None else found
            found = rest - evaluate(part.part, source)
        else:
            matched = evaluate(part, source)
            found = matched if found is None else found & matched
        if not found:
            return BitMap()
    return source.everyone.copy() if found is None else found
