"""What a query uses and what it may be used for: the answer of `hub.check`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from contacthub.errors import QueryError
from contacthub.model.text import fold
from contacthub.query.names import Dialect
from contacthub.query.query import Query, parse
from contacthub.query.schema import Resolver, with_group
from contacthub.query.tree import Condition, leaves

NOT_IN_RAPIDPRO_GROUPS = frozenset({"id", "ref", "status", "group", "flow", "history"})
NOT_IN_GROUPS = frozenset({"status"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `hub.check` tells of a query. Names are sorted; `reasons` are plain sentences, empty when all is well."""

    canonical: str
    attributes: tuple[str, ...]
    schemes: tuple[str, ...]
    fields: tuple[str, ...]
    groups: tuple[str, ...]
    """Names of groups as the hub spells them."""
    allow_as_group: bool
    """Whether the query may define a dynamic group."""
    portable: bool
    """Whether RapidPro takes the query and means the same by it."""
    group_reasons: tuple[str, ...] = ()
    """Why it may not define a group."""
    portable_reasons: tuple[str, ...] = ()
    """Why it is not portable."""


def inspect(query: Query) -> Inspection:
    """What a query uses and what it may be used for."""
    conditions = [leaf for leaf in leaves(query.tree) if isinstance(leaf, Condition)]
    group_reasons = _why_no_group(query, conditions)
    portable_reasons = _why_not_portable(query)

    def used(kind: str) -> tuple[str, ...]:
        return tuple(sorted({c.property.key for c in conditions if c.property.kind == kind}))

    return Inspection(
        str(query), used("attribute"), used("scheme"), used("field"), _groups(conditions, query.resolver),
        not group_reasons, not portable_reasons, tuple(group_reasons), tuple(portable_reasons),
    )  # fmt: skip


def check(text: str, resolver: Resolver | None = None, dialect: Dialect = "contacthub") -> Inspection:
    """`inspect` of a text. Raises QueryError when it is no query."""
    return inspect(parse(text, resolver, dialect))


def check_group(name: str, text: str, resolver: Resolver) -> Query:
    """The query of a dynamic group that is about to be saved under a name.

    It is kept as `query.saved()`. Raises QueryError when it is no query, `group_cycle` when the group would contain
    itself, `too_complex` when its saved text is, and `not_a_group` when what it asks cannot define a group.
    """
    resolver = with_group(resolver, name, text)
    query = parse(text, resolver)
    reasons = _why_no_group(query, [leaf for leaf in leaves(query.tree) if isinstance(leaf, Condition)])
    if reasons:
        raise QueryError(
            f"This query cannot define a group. {reasons[0]}", code="not_a_group", start=0, end=len(text), query=text
        )
    query.meaning(inside=(name,))
    parse(query.saved(), resolver)
    return query


def _why_no_group(query: Query, conditions: list[Condition]) -> list[str]:
    reasons = []
    if not conditions:
        reasons.append("It has no condition, so everybody would be in it.")
    refused = NOT_IN_GROUPS if query.dialect == "contacthub" else NOT_IN_RAPIDPRO_GROUPS
    used = sorted({c.property.key for c in conditions if c.property.kind == "attribute"} & refused)
    if "status" in used and query.dialect == "contacthub":
        reasons.append("Groups hold active contacts only, so a condition on status says nothing. Leave it out.")
    elif used:
        reasons.append(f"In RapidPro a group may not ask for {', '.join(used)}.")
    if any(c.property.key == "assignee" and any(fold(value) == "me" for value in c.values) for c in conditions):
        reasons.append("me is another person for everybody who looks, and a group is the same for all. Write a name.")
    return reasons


def _why_not_portable(query: Query) -> list[str]:
    """RapidPro takes a query if the `rapidpro` dialect does, and means the same if both are bound alike."""
    now = datetime.now(UTC)
    try:
        there = parse(query.text or str(query), query.resolver, "rapidpro")
    except QueryError as error:
        if error.code == "unknown_property":
            return [f"RapidPro has no property called {error.extra['property']}."]
        return [f"RapidPro does not take it. {error.message}"]
    ours, theirs = query.conditions(now), there.conditions(now)
    if len(ours) != len(theirs):
        return [f"RapidPro reads it as {there}."]
    reasons = []
    for here, away in zip(ours, theirs, strict=True):
        if here.text != away.text:
            reasons.append(f"RapidPro reads {here.text} as {away.text}.")
        elif here.meaning != away.meaning:
            reasons.append(f"In {here.text} accents are ignored here, and RapidPro heeds them.")
    if not reasons and str(query) != str(there):
        reasons.append(f"RapidPro reads it as {there}.")
    return reasons


def _groups(conditions: list[Condition], resolver: Resolver | None) -> tuple[str, ...]:
    names = {
        v for c in conditions if c.property.kind == "attribute" and c.property.key == "group" for v in c.values if v
    }
    found = {name: resolver.group(name) if resolver else None for name in names}
    return tuple(sorted({group.name if group else name for name, group in found.items()}))
