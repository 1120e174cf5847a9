"""Text → tree of bare words and comparisons, by `grammar.lark`. Names and values are not looked at here.

The limits are checked before the parser runs, so a hostile text costs no more than cutting it into tokens.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from contacthub.errors import QueryError
from contacthub.query.tokens import Token, tokens, unquoted
from contacthub.query.tree import (
    NOTHING,
    AllOf,
    AnyOf,
    Bare,
    Comparison,
    Node,
    Operator,
    Span,
    combined,
    leaves,
    negated,
)

MAX_CHARACTERS = 10_000
"""Longer texts are refused before any work is done on them."""
MAX_DEPTH = 100
"""Brackets within brackets; trees are walked by recursion."""
MAX_CONDITIONS = 250
"""Every condition costs each evaluator a pass. Hand-written queries use a handful; generated ones, hundreds."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_tree(text: str, *, rapidpro: bool = False) -> Node:
    """The tree of a query as written. Raises QueryError with the code `syntax` or `too_complex`."""
    if len(text.strip()) > MAX_CHARACTERS:
        raise _too_complex(text, f"it has {len(text.strip()):,} characters, and {MAX_CHARACTERS:,} are the limit")
    if surrogate := _SURROGATE.search(text):
        raise _syntax(text, "Half a character (a lone surrogate) cannot stand in a query.", *surrogate.span())
    found = tokens(text, negation=not rapidpro)
    _check_depth(text, found)
    tree = _parsed(text, found, rapidpro)
    count = sum(1 for _ in leaves(tree))
    if count > MAX_CONDITIONS:
        raise _too_complex(text, f"it has {count} conditions, and {MAX_CONDITIONS} are the limit")
    return tree


def _check_depth(text: str, found: list[Token]) -> None:
    depth = 0
    for token in found:
        depth += (token.type == "_LPAR") - (token.type == "_RPAR")
        if depth > MAX_DEPTH:
            raise _too_complex(text, f"its brackets are more than {MAX_DEPTH} deep")


def _parsed(text: str, found: list[Token], rapidpro: bool) -> Node:
    from lark import Token as LarkToken
    from lark.exceptions import UnexpectedToken

    if not found:
        if rapidpro:
            raise _syntax(text, "An empty text is no query.", 0, len(text))
        return NOTHING
    previous: Token | None = None
    parsing = _grammar().parse_interactive()
    try:
        for token in found:
            if rapidpro and token.type == "_LPAR" and previous and previous.type == "OPERATOR":
                raise _unexpected(text, token, previous, found)
            parsing.feed_token(LarkToken(token.type, token.text, token.start, end_pos=token.end))
            previous = token
        tree: Node = parsing.feed_eof()
    except UnexpectedToken:
        position = len(text.rstrip())
        end = Token("$END", "", position, position)
        here = end if previous is found[-1] else found[found.index(previous) + 1] if previous else found[0]
        raise _unexpected(text, here, previous, found) from None
    return tree


@lru_cache(maxsize=1)
def _grammar() -> Any:
    # lark takes some 40 ms to load and to work out its tables, so not before the first query
    from lark import Lark, Transformer

    class Build(Transformer[Any, Node]):
        """Makes the tree while parsing, so that no step of it is recursive."""

        def start(self, children: list[Node]) -> Node:
            return children[0]

        def any_of(self, children: list[Node]) -> Node:
            return combined(AnyOf, children)

        def all_of(self, children: list[Node]) -> Node:
            return combined(AllOf, children)

        def negation(self, children: list[Any]) -> Node:
            return negated(children[1], _span(children[0]))

        def condition(self, children: list[Any]) -> Node:
            name, operator, *values = children
            spans = tuple(_span(value) for value in values)
            return Comparison(
                name.lower(), cast(Operator, operator.value), tuple(map(_value, values)),
                span=(name.start_pos, spans[-1][1]), name_span=_span(name), value_spans=spans,
            )  # fmt: skip

        def bare(self, children: list[Any]) -> Node:
            return Bare(_value(children[0]), span=_span(children[0]))

        def literal(self, children: list[Any]) -> Any:
            return children[0]

    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", transformer=Build())


def _span(token: Any) -> Span:
    return token.start_pos, token.end_pos


def _value(token: Any) -> str:
    return unquoted(token) if token.type == "STRING" else str(token)


# -- what is wrong, and what would be right --------------------------------------------------------------------------
def _unexpected(text: str, token: Token, previous: Token | None, found: list[Token]) -> QueryError:
    """The error for a token that cannot stand where it does."""
    return _syntax(text, _explained(token, previous, found), token.start, token.end)


def _explained(token: Token, previous: Token | None, found: list[Token]) -> str:
    before = previous.type if previous else ""
    if token.type == "ERROR":
        return _strange(token.text)
    if before == "OPERATOR" and previous:
        missing = f"A value was expected after {previous.text}"
        if token.type == "$END":
            return f'{missing}, but the query ends there. For "no value" write {previous.text} "".'
        return f"{missing}. To use {token.text} as a value, put it in double quotes."
    if token.type == "OPERATOR":
        if before in ("TEXT", "STRING") and previous:
            return (
                f"{previous.text} is no property name, so {token.text} cannot follow it. "
                "Names have letters, digits and _, with fields. or urns. in front where needed."
            )
        return f"A property was expected before {token.text}. To search the word, put it in double quotes."
    if token.type == "_RPAR":
        return "A condition was expected here, not a closing bracket." if before in ("_LPAR", "_AND", "_OR") else (
            "This closing bracket closes nothing." if not _open(found, token) else "A value was expected here."
        )  # fmt: skip
    if token.type == "_COMMA":
        return "A comma only separates the values of a list, as in city = (Recife, Natal)."
    if token.type in ("_AND", "_OR"):
        return f"A condition was expected before {token.text.upper()}. To search the word, put it in double quotes."
    if before in ("_AND", "_OR", "NOT") and previous:
        return f"A condition was expected after {previous.text.upper()}, but the query ends there."
    if token.type == "$END":
        return "A closing bracket was expected: one that was opened is still open."
    return "A comma or a closing bracket was expected here: a list of values is open."


def _open(found: list[Token], until: Token) -> bool:
    depth = 0
    for token in found:
        if token is until:
            break
        depth += (token.type == "_LPAR") - (token.type == "_RPAR")
    return depth > 0


def _strange(character: str) -> str:
    if character == '"':
        return "The string that begins here has no closing double quote."
    if character.isprintable():
        return f'{character} cannot stand here. A value that has it must be in double quotes, such as "a{character}b".'
    name = unicodedata.name(character, "a control character")
    return f"The invisible character U+{ord(character):04X} ({name.lower()}) cannot stand here. Remove it."


def _syntax(text: str, message: str, start: int, end: int) -> QueryError:
    error = QueryError(message, code="syntax", start=start, end=end, query=text)
    where = f"Line {error.line}, column {error.column}: " if "\n" in text else f"Column {error.column}: "
    return QueryError(where + message, code="syntax", start=start, end=end, query=text)


def _too_complex(text: str, why: str) -> QueryError:
    return QueryError(
        f"The query is too complex: {why}. Split it, or use a group for a part of it.",
        code="too_complex", start=0, end=len(text), query=text,
    )  # fmt: skip
