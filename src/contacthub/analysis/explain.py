"""Explaining a query: the funnel of its conditions over everybody, and its verdict on one contact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document
from contacthub.errors import NotFound
from contacthub.model.contact import public
from contacthub.operations.redaction import HIDDEN
from contacthub.operations.snapshots import group_meaning
from contacthub.query import Query
from contacthub.query.checks import is_identity
from contacthub.query.evaluator import matches
from contacthub.query.meaning import IsSet
from contacthub.query.properties import ATTRIBUTES, Property, attribute
from contacthub.query.tree import AllOf, AnyOf, Condition, Node, Not, leaves
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


def explain(session: Session, query: Query, now: datetime | None = None) -> Explanation:
    """Counts of the parts of a query that all have to hold (of a query of alternatives: of its alternatives): each
    alone, together with those before it, and how many contacts have no value for what it asks.

    A NOT or a bracket is one part. Together, alternatives add up.
    """
    store, now = session.store, now or session.now()
    everyone = store.count(CONTACTS)
    alternatives = isinstance(query.tree, AnyOf)
    steps: list[Step] = []
    left: BitMap | None = None
    for part in _parts(query):
        found = store.matching(part.meaning(now))
        left = found if left is None else left | found if alternatives else left & found
        steps.append(Step(str(part), len(found), len(left), _unset(session, part, everyone)))
    total = store.counts([query.meaning(now)])[0]
    return Explanation(str(query), everyone, total, steps, is_funnel=not alternatives)


def _parts(query: Query) -> list[Query]:
    nodes = query.tree.parts if isinstance(query.tree, AllOf | AnyOf) else (query.tree,)
    return [replace(query, tree=node, text="") for node in nodes]


def _unset(session: Session, part: Query, everyone: int) -> int:
    """Of a part that asks about one property which can be unset; otherwise 0."""
    properties = {leaf.property for leaf in leaves(part.tree) if isinstance(leaf, Condition)}
    if len(properties) != 1:
        return 0
    property = properties.pop()
    if property.kind == "attribute" and not ATTRIBUTES[property.key].set_check:
        return 0
    return everyone - session.store.counts([IsSet(property)])[0]


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
    verdicts = []
    for node, leaf in _conditions(query.tree):
        part = replace(query, tree=node, text="")
        verdicts.append(Verdict(str(part), matches(part.meaning(now), shown), _shown(session, leaf.property, shown)))
    return verdicts


def _conditions(node: Node) -> Iterator[tuple[Node, Condition]]:
    """Each condition from left to right, with the NOT right before it."""
    match node:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _conditions(part)
        case Not(Condition() as leaf):
            yield node, leaf
        case Not(part):
            yield from _conditions(part)
        case Condition():
            yield node, node


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _shown(session: Session, property: Property, document: Document) -> tuple[Any, ...]:
    """The values that people may see."""
    if property == attribute("group"):
        return _groups(session, document)
    if property.key == "active_30d":  # depends on the instant; the times of the messages are asked by name
        return ()
    found = tuple(values(document, property))
    if property.type == "datetime":
        return tuple(_EPOCH + timedelta(microseconds=one) if isinstance(one, int) else one for one in found)
    return (HIDDEN,) * len(found) if session.catalogue.redact_urns and is_identity(property) else found


def _groups(session: Session, document: Document) -> tuple[str, ...]:
    """Names of the groups that a contact is in, static and dynamic."""
    now = session.now()
    names = (group["name"] for group in session.catalogue.documents["groups"].values())
    return tuple(sorted(name for name in names if matches(group_meaning(session, name, now), document)))
