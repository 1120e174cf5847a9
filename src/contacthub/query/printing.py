"""Tree → canonical text: what `str(query)` gives. Parsing it again gives the same tree."""

from __future__ import annotations

import re

from contacthub.query.tokens import quoted
from contacthub.query.tree import AllOf, AnyOf, Bare, Comparison, Condition, Node, Not

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def canonical(node: Node) -> str:
    """The text of a tree: brackets around nested combinations, none around the whole."""
    match node:
        case AllOf(parts):
            return " AND ".join(_nested(part) for part in parts)
        case AnyOf(parts):
            return " OR ".join(_nested(part) for part in parts)
        case Not(part):
            return "NOT " + _nested(part)
        case Bare(text):
            return value(text)
        case Comparison(name, operator, values):
            return f"{name} {operator} {value_list(values)}"
        case Condition(_, operator, values):
            return f"{label(node)} {operator} {value_list(values)}"


def label(condition: Condition) -> str:
    """The property as it is written: `fields.age`, `anniversary.fields.dob`, `contact.country`."""
    aspect = f"{condition.aspect}." if condition.aspect else ""
    return aspect + ("contact." if condition.forced else "") + condition.property.label


def value_list(values: tuple[str, ...]) -> str:
    return value(values[0]) if len(values) == 1 else "(" + ", ".join(value(each) for each in values) + ")"


def value(text: str) -> str:
    """A value as it is written: plain decimals bare, all else in double quotes."""
    return text if _NUMBER.fullmatch(text) else quoted(text)


def _nested(node: Node) -> str:
    text = canonical(node)
    return f"({text})" if isinstance(node, AllOf | AnyOf) else text
