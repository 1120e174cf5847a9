"""`parse` and `Query`: a checked query, which can be printed, inspected, bound to an instant and asked of a contact."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from contacthub.model.text import fold
from contacthub.query import checks, dates, parser
from contacthub.query.binding import Binding
from contacthub.query.evaluator import matches
from contacthub.query.meaning import Meaning
from contacthub.query.names import Dialect, can_be_shadowed
from contacthub.query.printing import canonical
from contacthub.query.reading import whole_phone
from contacthub.query.schema import Resolver, seeing
from contacthub.query.tree import Condition, Leaf, Node, leaves, mapped

if TYPE_CHECKING:
    from contacthub.query.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Query:
    """A query whose names and values have been checked. Two queries are equal when they ask the same in one dialect.

    `str(query)` is its canonical text; parsing that with the same resolver gives an equal query.
    """

    tree: Node
    dialect: Dialect = "contacthub"
    resolver: Resolver | None = field(default=None, compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)
    """As it was written; the offsets of errors and conditions point into it."""

    def __str__(self) -> str:
        return canonical(self.tree)

    def __repr__(self) -> str:
        return f"Query({str(self)!r}{'' if self.dialect == 'contacthub' else f', dialect={self.dialect!r}'})"

    def _repr_html_(self) -> str:
        return f"<code>{escape(str(self) or 'everyone')}</code>"

    def __bool__(self) -> bool:
        """False for the empty query, which asks nothing and which everybody matches."""
        return any(True for _ in leaves(self.tree))

    def meaning(self, now: datetime | None = None, *, inside: tuple[str, ...] = ()) -> Meaning:
        """What the query asks at an instant (by default this one; without a zone, it is of the hub's).

        `inside` names the dynamic groups that the query is about to define, so that a loop through them is found.
        Raises QueryError: `group_cycle`, `too_complex`, or what is wrong in the query of a dynamic group.
        """
        return self._binding(now, inside).meaning(self.tree)

    def matches(self, document: Mapping[str, Any], now: datetime | None = None) -> bool:
        """Whether the query matches a contact, given as a dict. Bind once with `meaning` to ask it of many."""
        return matches(self.meaning(now), document)

    def conditions(self, now: datetime | None = None) -> list[Part]:
        """The conditions from left to right, each with its text and its own meaning: for explaining a query."""
        binding = self._binding(now)
        return [
            Part(canonical(leaf), leaf, binding.meaning(leaf))
            for leaf in leaves(self.tree)
            if isinstance(leaf, Condition)
        ]

    def inspect(self) -> Inspection:
        """What the query uses, whether it may define a dynamic group, and whether it is portable."""
        from contacthub.query.inspection import inspect

        return inspect(self)

    def saved(self, now: datetime | None = None) -> str:
        """The text under which the query is kept: canonical, with absolute dates in ISO form, so that it means the
        same when the hub reads dates in another order."""
        order = self.resolver.date_order if self.resolver else "dmy"
        timezone = self.resolver.timezone if self.resolver else "UTC"
        at = self._instant(now)

        def dated(leaf: Leaf) -> Node:
            if not isinstance(leaf, Condition) or leaf.property.type != "datetime" or leaf.aspect == "month":
                return leaf
            return replace(leaf, values=tuple(dates.iso(value, order, at, timezone) for value in leaf.values))

        return canonical(mapped(self.tree, dated))

    def renamed(self, key: str, old: str, new: str) -> Query:
        """The query after a tag, list, group or member (`key` is the attribute) has got another name."""

        def changed(leaf: Leaf) -> Node:
            if not isinstance(leaf, Condition) or leaf.property.kind != "attribute" or leaf.property.key != key:
                return leaf
            return replace(leaf, values=tuple(new if fold(value) == fold(old) else value for value in leaf.values))

        return replace(self, tree=mapped(self.tree, changed), text="")

    def spelled_out(self, keys: Collection[str]) -> Query:
        """The query with these attributes written as `contact.tag`, so that it means the same once there is a custom
        field of that name, which would win over the attribute."""

        def changed(leaf: Leaf) -> Node:
            if isinstance(leaf, Condition) and leaf.property.key in keys and can_be_shadowed(leaf.property):
                return replace(leaf, forced=True)
            return leaf

        return replace(self, tree=mapped(self.tree, changed), text="")

    def _binding(self, now: datetime | None, inside: tuple[str, ...] = ()) -> Binding:
        text = self.text or str(self)
        return Binding(self.resolver, self.dialect, self._instant(now), self._group_tree, text, inside)

    def _instant(self, now: datetime | None) -> datetime:
        if now is None:
            return datetime.now(UTC)
        return now if now.tzinfo else now.replace(tzinfo=ZoneInfo(self.resolver.timezone if self.resolver else "UTC"))

    def _group_tree(self, text: str) -> Node:
        return parse(text, seeing(self.resolver)).tree


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a query: its canonical text, where it stands, and what it asks by itself."""

    text: str
    condition: Condition
    meaning: Meaning


def parse(text: str, schema: Resolver | None = None, dialect: Dialect = "contacthub") -> Query:
    """The query that a text is. `schema` knows what names mean; without one no field, group or flow is looked up.

    Raises QueryError with the code, the place and what would be right.
    """
    if dialect not in ("contacthub", "rapidpro"):
        raise ValueError(f"There is no dialect {dialect!r}; the dialects are contacthub and rapidpro.")
    phone = whole_phone(text, schema, dialect)
    tree = phone or parser.parse_tree(text, rapidpro=dialect == "rapidpro")
    return Query(checks.checked(tree, schema, dialect, text), dialect, schema, text)
