"""Checked tree → Meaning at an instant: relative dates become moments, names of groups, flows and members become what
stands in contacts, and a dynamic group becomes its own query, so that no evaluator ever sees one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import reduce

from contacthub.errors import QueryError
from contacthub.model.text import WORD_PREFIX, fold, fold_accents, words
from contacthub.query import dates
from contacthub.query.checks import NOT_DIGITS, is_identity, is_number, month, number, phone_key, yes_no
from contacthub.query.meaning import (
    NO_ONE,
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
from contacthub.query.names import Dialect
from contacthub.query.properties import PHONE_KEY, PLACES, Property, attribute
from contacthub.query.schema import GroupName, Resolver
from contacthub.query.tree import AllOf as All
from contacthub.query.tree import AnyOf as Any
from contacthub.query.tree import Condition, Leaf, Node, Operator, Span, height, reduced
from contacthub.query.tree import Not as Negation

ACTIVE_FOR = timedelta(hours=30 * 24)
MAX_DEPTH = 400
"""Groups within groups are expanded, and evaluators may walk the result by recursion."""
MAX_GROUPS = 50
"""Dynamic groups within each other."""
GROUP_DEPTH = 3
"""What a group puts around its query: that its contacts are active."""
MAX_TESTS = 20_000
"""What a query may grow to when its groups are expanded: two groups that each ask for two others double at every
step."""

DynamicQuery = Callable[[str], Node]
"""The checked tree of a dynamic group's query."""


class Binding:
    """One query bound to an instant and to a Resolver."""

    def __init__(
        self, resolver: Resolver | None, dialect: Dialect, now: datetime, parse: DynamicQuery, query: str,
        inside: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.resolver = resolver
        self.now = now
        self.parse = parse
        self.query = query
        self.accents = dialect == "rapidpro"
        self.timezone = resolver.timezone if resolver else "UTC"
        self.date_order = resolver.date_order if resolver else "dmy"
        self.inside = list(inside)
        """The dynamic groups that are being expanded, outermost first."""
        self.expanded: dict[str, tuple[Meaning, int]] = {}
        self.tests = 0
        self.depth = 0

    def meaning(self, tree: Node) -> Meaning:
        """What a tree asks. Raises QueryError: `group_cycle`, `too_complex`, or what is wrong in a group's query."""
        deeper = height(tree) + GROUP_DEPTH
        if self.depth + deeper > MAX_DEPTH or len(self.inside) > MAX_GROUPS:
            raise self._too_complex()
        self.depth += deeper
        try:
            return reduced(tree, self._condition, _joined)
        finally:
            self.depth -= deeper

    def _condition(self, condition: Leaf) -> Meaning:
        if not isinstance(condition, Condition):
            raise TypeError(f"{condition!r} has not been checked")
        self._count(1)
        if condition.operator == "~":
            tests = [self._contains(condition.property, value, condition.typed) for value in condition.values]
        elif condition.operator in ("=", "!="):
            tests = [self._equals(condition, value) for value in condition.values]
        else:
            return self._compares(condition, condition.values[0])
        found = reduce(_either, tests)
        return Not(found) if condition.operator == "!=" else found

    def _count(self, tests: int) -> None:
        self.tests += tests
        if self.tests > MAX_TESTS:
            raise self._too_complex()

    # -- contains -----------------------------------------------------------------------------------------------------
    def _contains(self, property: Property, value: str, typed: bool) -> Meaning:
        if property == attribute("name"):
            found = (word if self.accents else fold_accents(word) for word in words(value))
            return HasWord(property, frozenset(word[:WORD_PREFIX] for word in found if word), self.accents)
        if property == attribute("phone"):
            return HasText(property, NOT_DIGITS.sub("", value))
        if is_identity(property) or self.accents:
            return HasText(property, fold(value))
        return HasText(property, fold_accents(value), accents=False)

    # -- equals -------------------------------------------------------------------------------------------------------
    def _equals(self, condition: Condition, value: str) -> Meaning:
        property = condition.property
        if value == "":
            return self._no_group(condition.span) if property == attribute("group") else Not(IsSet(property))
        if condition.aspect or property.type in ("number", "datetime") or not condition.typed:
            return self._compares(condition, value)
        if property.kind == "attribute":
            match property.key:
                case "group":
                    return self._in_group(value, condition.span)
                case "flow" | "history":
                    name = self.resolver.flow(value) if self.resolver else value
                    return Equals(property, frozenset({fold(name or value)}))
                case "assignee":
                    return self._assigned(value)
                case "active_30d":
                    active = self._in_time(attribute("last_message_on"), ">=", self.now - ACTIVE_FOR)
                    return active if yes_no(value) == "yes" else Not(active)
                case "phone":
                    return Equals(PHONE_KEY, frozenset({fold(phone_key(value, self.resolver))}))
                case "opt_in" | "reachable" | "needs_reply" | "awaiting_reply":
                    return Equals(property, frozenset({yes_no(value, unknown=True) or ""}))
        if property.type in PLACES:
            value = value.rpartition(">")[2]
        return Equals(property, frozenset({fold(value)}))

    def _assigned(self, value: str) -> Meaning:
        handle: str | None = value
        if self.resolver:
            handle = self.resolver.actor if fold(value) == "me" else self.resolver.member(value) or value
        return Equals(attribute("assignee"), frozenset({fold(handle)})) if handle else NO_ONE

    # -- numbers and dates --------------------------------------------------------------------------------------------
    def _compares(self, condition: Condition, value: str) -> Meaning:
        """A number or a date in a relation to a value (`!=` as `=`)."""
        property, operator = condition.property, condition.operator
        if condition.aspect == "month":
            return OnDays(property, dates.month_days(operator, month(value) or 0), self.timezone)
        if condition.aspect:
            return self._anniversary(condition, value)
        if not condition.typed:
            return self._guessed(property, operator, value)
        if property.type == "number":
            return _in_numbers(property, operator, value)
        moment = self._moment(value)
        return self._in_time(property, operator, moment) if moment else NO_ONE

    def _guessed(self, property: Property, operator: Operator, value: str) -> Meaning:
        """A field of unknown type: a value that looks like a number or a date is compared as one, and as text."""
        tests: list[Meaning] = []
        if operator in ("=", "!="):
            tests.append(Equals(property, frozenset({fold(value)})))
        if is_number(value):
            tests.append(_in_numbers(Property("field", property.key, "number"), operator, value))
        elif moment := self._moment(value):
            tests.append(self._in_time(Property("field", property.key, "datetime"), operator, moment))
        return reduce(_either, tests) if tests else NO_ONE

    def _moment(self, value: str) -> date | datetime | None:
        when = dates.read(value, self.date_order, relative=not self.accents)
        return dates.resolved(when, self.now, self.timezone) if when else None

    def _in_time(self, property: Property, operator: Operator, moment: date | datetime) -> InTime:
        if isinstance(moment, datetime):
            around = dates.instant_range(moment, self.timezone)
        else:
            around = dates.whole_day(moment, self.timezone)
        found = dates.compared(operator, around)
        return InTime(property, found.start, found.end, found.first_day, found.end_day)

    def _anniversary(self, condition: Condition, value: str) -> Meaning:
        moment = self._moment(value)
        if moment is None:
            return NO_ONE
        day = dates.local_day(moment, self.timezone) if isinstance(moment, datetime) else moment
        today = dates.local_day(self.now, self.timezone)
        days = dates.anniversary_days(condition.operator, day, today)
        return OnDays(condition.property, days, self.timezone) if days else NO_ONE

    # -- groups -------------------------------------------------------------------------------------------------------
    def _in_group(self, name: str, span: Span) -> Meaning:
        group = self.resolver.group(name) if self.resolver else GroupName(name, name)
        if group is None:
            return NO_ONE
        self._check_cycle(group.name, span)
        if group.query is None:
            return Equals(attribute("group"), frozenset({fold(group.key)}))
        return AllOf((Equals(attribute("status"), frozenset({"active"})), self._expanded(group, span)))

    def _no_group(self, span: Span) -> Meaning:
        """In no group at all, be it static or dynamic. Within a dynamic group this asks for that group too."""
        if self.inside:
            raise self._cycle([self.inside[-1]] * 2, span, 'A condition on group = "" asks for all groups.')
        names = self.resolver.names("group") if self.resolver else ()
        groups = [self.resolver.group(name) for name in names] if self.resolver else []
        dynamic = [group for group in groups if group and group.query is not None]
        parts = [IsSet(attribute("group")), *(self._expanded(group, span) for group in dynamic)]
        if not dynamic:
            return Not(parts[0])
        return Not(AllOf((Equals(attribute("status"), frozenset({"active"})), AnyOf(tuple(parts)))))

    def _expanded(self, group: GroupName, span: Span) -> Meaning:
        """The meaning of a dynamic group's query."""
        key = fold(group.name)
        if key not in self.expanded:
            before = self.tests
            self.inside.append(group.name)
            try:
                found = self.meaning(self._tree_of(group, span))
            finally:
                self.inside.pop()
            self.expanded[key] = (found, self.tests - before)
        else:
            self._count(self.expanded[key][1])
        return self.expanded[key][0]

    def _check_cycle(self, name: str, span: Span) -> None:
        names = [fold(each) for each in self.inside]
        if fold(name) in names:
            raise self._cycle([*self.inside[names.index(fold(name)) :], name], span)

    def _tree_of(self, group: GroupName, span: Span) -> Node:
        try:
            return self.parse(group.query or "")
        except QueryError as error:
            hidden = self.resolver is not None and self.resolver.redact_urns
            query = "" if hidden else f" ({_cut(group.query or '')})"
            raise QueryError(
                f"The group {group.name} cannot be used: its query{query} is no longer valid. {error.message}",
                code=error.code, extra=error.extra, start=span[0], end=span[1], query=self.query,
            ) from error  # fmt: skip

    # -- errors -------------------------------------------------------------------------------------------------------
    def _cycle(self, loop: list[str], span: Span, why: str = "") -> QueryError:
        shown = " → ".join(loop)
        why = why or f"Take the condition on {loop[-1]} out of one of these queries."
        return QueryError(
            f"A group cannot contain itself: {shown}. {why}",
            code="group_cycle", extra={"loop": shown}, start=span[0], end=span[1], query=self.query,
        )  # fmt: skip

    def _too_complex(self) -> QueryError:
        return QueryError(
            "The query is too complex: the dynamic groups that it uses grow too large. Use fewer groups within groups.",
            code="too_complex", start=0, end=len(self.query), query=self.query,
        )  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _joined(node: All | Any | Negation, parts: list[Meaning]) -> Meaning:
    match node:
        case All():
            return AllOf(tuple(parts))
        case Any():
            return AnyOf(tuple(parts))
        case Negation():
            return Not(parts[0])


def _either(one: Meaning, other: Meaning) -> Meaning:
    """One or the other; texts that a property may equal are a single test."""
    if isinstance(one, Equals) and isinstance(other, Equals) and one.property == other.property:
        return Equals(one.property, one.values | other.values)
    parts = one.parts if isinstance(one, AnyOf) else (one,)
    return AnyOf((*parts, other))


def _in_numbers(property: Property, operator: Operator, value: str) -> InNumbers:
    at = number(value)
    match operator:
        case ">":
            return InNumbers(property, at, None, low_included=False)
        case ">=":
            return InNumbers(property, at, None)
        case "<":
            return InNumbers(property, None, at, high_included=False)
        case "<=":
            return InNumbers(property, None, at)
        case _:
            return InNumbers(property, at, at)
