"""Tree → canonical text: what `str(query)` gives. Parsing it again gives the same tree."""

from __future__ import annotations

import re

from contacthub.query.tokens import quoted
from contacthub.query.tree import AllOf, AnyOf, Bare, Comparison, Condition, Leaf, Node, Not, reduced

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def canonical(node: Node) -> str:
    """The text of a tree: brackets around nested combinations, none around the whole."""
    return reduced(node, _leaf, _joined)


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case Bare(text):
            return value(text)
        case Comparison(name, operator, values):
            return f"{name} {operator} {value_list(values)}"
        case Condition(_, operator, values):
            return f"{label(leaf)} {operator} {value_list(values)}"


def _joined(node: AllOf | AnyOf | Not, texts: list[str]) -> str:
    parts = (node.part,) if isinstance(node, Not) else node.parts
    nested = [f"({text})" if isinstance(part, AllOf | AnyOf) else text for part, text in zip(parts, texts, strict=True)]
    if isinstance(node, Not):
        return "NOT " + nested[0]
    return (" AND " if isinstance(node, AllOf) else " OR ").join(nested)


def label(condition: Condition) -> str:
    """The property as it is written: `fields.age`, `anniversary.fields.dob`, `contact.country`."""
    aspect = f"{condition.aspect}." if condition.aspect else ""
    return aspect + ("contact." if condition.forced else "") + condition.property.label


def value_list(values: tuple[str, ...]) -> str:
    return value(values[0]) if len(values) == 1 else "(" + ", ".join(value(each) for each in values) + ")"


def value(text: str) -> str:
    """A value as it is written: plain decimals bare, all else in double quotes."""
    return text if _NUMBER.fullmatch(text) else quoted(text)
