"""Explaining a query: the funnel of its conditions over everybody, and its verdict on one contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document
from contacthub.errors import NotFound
from contacthub.model.contact import public
from contacthub.operations.redaction import HIDDEN
from contacthub.query import Query
from contacthub.query.checks import is_identity
from contacthub.query.evaluator import matches
from contacthub.query.meaning import IsSet
from contacthub.query.properties import Property
from contacthub.query.values import values
from contacthub.session import Session


@dataclass(frozen=True, slots=True)
class Step:
    """One condition of a query: how many contacts it gives alone, and how many are left with those before it."""

    condition: str
    alone: int
    together: int
    unset: int
    """Contacts that have no value for the property it asks about."""


@dataclass(frozen=True)
class Explanation:
    """How a query comes to its count."""

    query: str
    everyone: int
    matches: int
    steps: list[Step]
    is_funnel: bool
    """Whether the conditions all have to hold, so that `together` of the last one is `matches`."""

    def __repr__(self) -> str:
        width = max((len(step.condition) for step in self.steps), default=8)
        lines = [f"{'':{width}}  {'alone':>10} {'together':>10} {'unset':>10}"]
        lines += [f"{s.condition:{width}}  {s.alone:>10,} {s.together:>10,} {s.unset:>10,}" for s in self.steps]
        return "\n".join([f"{self.matches:,} of {self.everyone:,}: {self.query or 'everyone'}", *lines])

    def to_pandas(self) -> Any:
        """The steps as a DataFrame."""
        import pandas as pd

        rows = [(s.condition, s.alone, s.together, s.unset) for s in self.steps]
        return pd.DataFrame(rows, columns=["condition", "alone", "together", "unset"])


def explain(session: Session, query: Query) -> Explanation:
    """Counts of each condition alone, of the conditions in their order, and of contacts without a value."""
    store, now = session.store, session.now()
    steps: list[Step] = []
    everyone = store.count(CONTACTS)
    left: BitMap | None = None
    for part in query.conditions(now):
        found = store.matching(part.meaning)
        left = found if left is None else left & found
        unset = everyone - store.counts([IsSet(part.condition.property)])[0]
        steps.append(Step(part.text, len(found), len(left), unset))
    total = store.counts([query.meaning(now)])[0]
    return Explanation(str(query), everyone, total, steps, is_funnel=left is None or len(left) == total)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition and one contact."""

    condition: str
    holds: bool
    values: tuple[Any, ...]
    """What the contact has for the property; empty when it has nothing."""


def why(session: Session, contact: int, query: Query) -> list[Verdict]:
    """Each condition of a query for one contact, with the values that decided. Raises NotFound."""
    document = session.store.get(CONTACTS, [contact]).get(contact)
    if document is None:
        raise NotFound("This contact is not in the hub any more.")
    shown, now = public(contact, document), session.now()
    return [
        Verdict(part.text, matches(part.meaning, shown), _shown(session, part.condition.property, shown))
        for part in query.conditions(now)
    ]


def _shown(session: Session, property: Property, document: Document) -> tuple[Any, ...]:
    """The values that people may see."""
    found = tuple(values(document, property))
    return (HIDDEN,) * len(found) if session.catalogue.redact_urns and is_identity(property) else found
