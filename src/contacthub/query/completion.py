"""What can stand at the cursor of a query that is being typed: names, operators, values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from contacthub.errors import QueryError
from contacthub.model.contact import STATUSES
from contacthub.model.text import fold_accents
from contacthub.query.checks import COMPARISONS, is_identity
from contacthub.query.names import PURPOSEFUL, SCHEMES, Named, named
from contacthub.query.printing import value as written
from contacthub.query.properties import ATTRIBUTES, Property
from contacthub.query.schema import Resolver
from contacthub.query.tokens import Token, tokens, unquoted
from contacthub.query.tree import Operator

LIMIT = 20
"""More suggestions are not looked at."""

FIRST = ("name", "tag", "group", "last_seen_on", "opt_in", "reachable", "assignee", "created_on", "phone", "list")
"""Attributes that are asked for most, offered before the others."""

DATES = ("today", "yesterday", "-7d", "-30d", "-1m", "-1y")

Values = Callable[[Property, str], list[tuple[str, int]]]
"""The values of a property that begin with a text, most frequent first, each with its count of contacts."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A suggestion: replace `query[start:end]` with `text`."""

    text: str
    label: str
    """As it is shown."""
    kind: str
    """`attribute`, `scheme`, `field`, `operator`, `word` (AND, OR, NOT) or `value`."""
    count: int | None
    """Of a value, how many contacts have it, where that is known."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the cursor is: what can stand there, after which property and operator, and what is typed already."""

    expects: str
    """`operand`, `operator`, `value`, `joint` (AND and OR, or another operand) or `nothing`."""
    name: str = ""
    operator: str = ""


def complete(text: str, cursor: int, resolver: Resolver, values: Values) -> list[Completion]:
    """Suggestions for the place before the cursor, best first; none where nothing fits. Raises nothing."""
    cursor = max(0, min(cursor, len(text)))
    before, typed, start, end = _split(text, cursor)
    place = _place(before)
    if place.expects == "operator" and typed:
        place = _Place("joint")
    found: Iterator[tuple[str, str, str, int | None]]
    match place.expects:
        case "value":
            found = _values(place, typed, resolver, values)
        case "operator":
            found = _operators(place.name, resolver)
        case "nothing":
            return []
        case "joint":
            found = _chain(_words(typed, ("AND", "OR")), _names(typed, resolver), _words(typed, ("NOT",)))
        case _:
            found = _chain(_names(typed, resolver), _words(typed, ("NOT",)))
    return [Completion(new, label, kind, count, start, end) for new, label, kind, count in islice(found, LIMIT)]


def _split(text: str, cursor: int) -> tuple[list[Token], str, int, int]:
    """The tokens before the piece that is being typed, that piece without its quotes, and what to replace."""
    found: list[Token] = []
    for token in tokens(text, negation=False):
        if token.type == "ERROR" and token.text == '"' and token.start < cursor:
            return found, text[token.start + 1 : cursor], token.start, cursor
        if token.start >= cursor:
            break
        if token.end >= cursor and token.type in ("WORD", "TEXT", "STRING", "_AND", "_OR"):
            typed = text[token.start : cursor]
            if token.type == "STRING":
                typed = unquoted(token.text) if cursor == token.end else typed[1:]
            return found, typed, token.start, token.end
        found.append(token)
    return found, "", cursor, cursor


def _place(before: list[Token]) -> _Place:
    """What can follow these tokens."""
    place, name, operator, listing = _Place("operand"), "", "", False
    for token in before:
        if token.type == "OPERATOR":
            operator = token.text
            place = _Place("value", name, operator)
        elif place.expects == "value" and token.type == "_LPAR":
            listing = True
        elif listing and token.type in ("_COMMA", "_RPAR"):
            listing = token.type == "_COMMA"
            place = _Place("value", name, operator) if listing else _Place("joint")
        elif place.expects == "value":
            place = _Place("nothing" if listing else "joint")
        elif token.type == "WORD" and token.text.lower() != "not":
            name = token.text
            place = _Place("operator", name)
        elif token.type in ("TEXT", "STRING", "_RPAR"):
            place = _Place("joint")
        else:
            place = _Place("operand")
    return place


Suggestion = tuple[str, str, str, int | None]


def _chain(*groups: Iterable[Suggestion]) -> Iterator[Suggestion]:
    for group in groups:
        yield from group


def _fitting(options: Iterable[str], typed: str) -> list[str]:
    """The options that begin with what is typed, then those that contain it."""
    part = fold_accents(typed)
    folded = [(option, fold_accents(option)) for option in options]
    begins = [option for option, text in folded if text.startswith(part)]
    return begins + [option for option, text in folded if part in text and not text.startswith(part)]


def _words(typed: str, offered: tuple[str, ...]) -> Iterator[Suggestion]:
    for word in offered:
        if word.lower().startswith(typed.lower()):
            yield word + " ", word, "word", None


def _names(typed: str, resolver: Resolver) -> Iterator[Suggestion]:
    kinds: dict[str, str] = {}
    for key in resolver.names("field"):
        of = _named(key, resolver)
        kinds[key if of and of.property.kind == "field" else f"fields.{key}"] = "field"
    kinds |= {key: "attribute" for key in (*FIRST, *ATTRIBUTES) if key not in kinds}
    kinds |= {key: "scheme" for key in sorted(SCHEMES) if key not in kinds}
    dates = [name for name in kinds if (of := _named(name, resolver)) and of.property.type == "datetime"]
    purposes = [f"{key}.{purpose}" for key in sorted(PURPOSEFUL) for purpose in resolver.purposes()]
    prefixed = {"anniversary.": dates, "month.": dates, "fields.": resolver.names("field"), "urns.": sorted(SCHEMES)}
    for prefix, keys in prefixed.items():
        if typed.lower().startswith(prefix):
            kinds = {prefix + key: "scheme" if prefix == "urns." else "field" for key in keys}
    if typed.lower().startswith("opt_in"):
        kinds |= dict.fromkeys(purposes, "attribute")
    for name in _fitting(kinds, typed):
        yield name + " ", name, kinds[name], None


def _operators(name: str, resolver: Resolver) -> Iterator[Suggestion]:
    of = _named(name, resolver)
    if of is None:
        yield from _words("", ("AND", "OR"))
        return
    for operator in operators(of):
        yield operator + " ", operator, "operator", None


def operators(of: Named) -> list[Operator]:
    """The operators that a property takes, the likeliest first."""
    known = ATTRIBUTES.get(of.property.key) if of.property.kind == "attribute" else None
    if of.property.type in ("number", "datetime"):
        return ["=", *COMPARISONS, "!="]
    if known and not known.contains:
        return ["=", "!="]
    if is_identity(of.property) or of.property.key == "name":
        return ["~", "=", "!="]
    return ["=", "~", "!="]


def _values(place: _Place, typed: str, resolver: Resolver, values: Values) -> Iterator[Suggestion]:
    of = _named(place.name, resolver)
    if of is None:
        return
    fixed = _fixed(of, resolver)
    if fixed is not None:
        for option in _fitting(fixed, typed):
            yield _bare_or_quoted(option) + " ", option, "value", None
    elif of.property.type not in ("number", "datetime") and not (resolver.redact_urns and is_identity(of.property)):
        for option, count in values(of.property, typed):
            yield _bare_or_quoted(option) + " ", option, "value", count


def _fixed(of: Named, resolver: Resolver) -> Iterable[str] | None:
    """The values there can be, where that is known without looking at contacts."""
    if of.aspect == "month":
        return map(str, range(1, 13))
    if of.property.type == "datetime":
        return ("today", "tomorrow", "+7d", "+30d") if of.aspect else DATES
    if of.property.kind != "attribute":
        return None
    key = of.property.key
    if ATTRIBUTES[key].yes_no:
        return ("yes", "no", "unknown") if key == "opt_in" else ("yes", "no")
    match key:
        case "status":
            return STATUSES
        case "group":
            return resolver.names("group")
        case "assignee":
            return ["me", *resolver.names("member")]
        case "flow" | "history":
            return list(resolver.names("flow")) or None
        case _:
            return None


def _named(name: str, resolver: Resolver) -> Named | None:
    try:
        return named(name, resolver, "contacthub")
    except QueryError:
        return None


def _bare_or_quoted(value: str) -> str:
    """A value as a person would write it: in quotes only where it needs them."""
    found = tokens(value, negation=False)
    plain = len(found) == 1 and found[0].type in ("WORD", "TEXT") and found[0].text == value
    return value if plain else written(value)
