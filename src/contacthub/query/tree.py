"""The tree of a query: immutable, and equal when it asks the same, wherever it stood in the text.

A parsed text first holds `Bare` words and `Comparison`s, whose names are only text; `checks` turns both into
`Condition`s, whose property is known. `AllOf`, `AnyOf` and `Not` are the same before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from contacthub.query.properties import Property

Operator = Literal["=", "!=", "~", ">", ">=", "<", "<="]
Aspect = Literal["", "anniversary", "month"]
Span = tuple[int, int]
"""Where something stands in the query: start and end, in characters."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A word or string by itself, before it is read as a condition."""

    text: str
    span: Span = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`name operator values` as written, before the name is looked up."""

    name: str
    operator: Operator
    values: tuple[str, ...]
    span: Span = field(default=(0, 0), compare=False)
    name_span: Span = field(default=(0, 0), compare=False)
    value_spans: tuple[Span, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about one property; several `values` mean any of them (`!=`: none of them)."""

    property: Property
    operator: Operator
    values: tuple[str, ...]
    aspect: Aspect = ""
    """`anniversary` asks when a date comes round next, `month` in which month it lies."""
    forced: bool = False
    """The attribute is written with `contact.`, since a custom field has the same key."""
    typed: bool = True
    """False for a field of which nobody told the type: each value is then compared as what it looks like."""
    span: Span = field(default=(0, 0), compare=False)
    name_span: Span = field(default=(0, 0), compare=False)
    value_spans: tuple[Span, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """AND; without parts it asks nothing."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR; without parts it asks nothing."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: Node
    span: Span = field(default=(0, 0), compare=False)


Leaf = Bare | Comparison | Condition
Node = Leaf | AllOf | AnyOf | Not

T = TypeVar("T")

NOTHING = AllOf()
"""The tree of an empty query."""


def combined(kind: type[AllOf] | type[AnyOf], parts: list[Node]) -> Node:
    """`parts` under AND or OR in its simplest form: nested combinations of the same kind flattened, empty ones gone,
    a single part by itself."""
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        elif part not in (AllOf(), AnyOf()):
            flat.append(part)
    return flat[0] if len(flat) == 1 else kind(tuple(flat)) if flat else NOTHING


def negated(part: Node, span: Span = (0, 0)) -> Node:
    """NOT in its simplest form: of NOT x it is x, of nothing it is nothing."""
    if isinstance(part, Not):
        return part.part
    return part if part in (AllOf(), AnyOf()) else Not(part, span)


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions, from left to right."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case AllOf(parts) | AnyOf(parts):
                waiting.extend(reversed(parts))
            case Not(part):
                waiting.append(part)
            case leaf:
                yield leaf


def reduced(node: Node, leaf: Callable[[Leaf], T], join: Callable[[AllOf | AnyOf | Not, list[T]], T]) -> T:
    """One value for a whole tree: `leaf` gives that of a condition, `join` that of a node from those of its parts.

    Works without recursion: a hundred brackets may be three hundred nodes deep, and callers stand deep already.
    """
    results: list[T] = []
    waiting: list[tuple[Node, bool]] = [(node, False)]
    while waiting:
        here, parts_done = waiting.pop()
        match here:
            case AllOf() | AnyOf() | Not():
                parts = (here.part,) if isinstance(here, Not) else here.parts
                if parts_done:
                    first = len(results) - len(parts)
                    results[first:] = [join(here, results[first:])]
                else:
                    waiting.append((here, True))
                    waiting.extend((part, False) for part in reversed(parts))
            case _:
                results.append(leaf(here))
    return results[0]


def mapped(node: Node, change: Callable[[Leaf], Node]) -> Node:
    """The tree with each condition changed, in its simplest form."""

    def join(here: AllOf | AnyOf | Not, parts: list[Node]) -> Node:
        return negated(parts[0], here.span) if isinstance(here, Not) else combined(type(here), parts)

    return reduced(node, change, join)


def simplified(node: Node) -> Node:
    """A tree made by hand in the form that parsing gives."""
    return mapped(node, lambda leaf: leaf)


def height(node: Node) -> int:
    """How many nodes are above the deepest condition."""
    return reduced(node, lambda _: 0, lambda _, parts: 1 + max(parts, default=0))
