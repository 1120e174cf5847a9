"""Text → tokens, in linear time whatever the text: words, texts, strings, operators, brackets.

What cannot be a token becomes one of type ERROR, so that the parser reports errors in the order of the text.
"""

from __future__ import annotations

from typing import NamedTuple

import regex

_TOKEN = regex.compile(
    r"""
      (?P<space>\s+)
    | (?P<_LPAR>\()
    | (?P<_RPAR>\))
    | (?P<_COMMA>,)
    | (?P<OPERATOR>!=|>=|<=|[=~<>])
    | (?P<STRING>"(?:\\.|[^"\\])*+"|"(?:\\"|[^"])*")
    | (?P<TEXT>[\p{L}\p{M}\p{Nd}_.\-+/'@:]++)
    | (?P<ERROR>.)
    """,
    regex.VERBOSE | regex.DOTALL,
)
# The second form of STRING is for a backslash that escapes nothing, as in "C:\".

_WORD = regex.compile(r"[\p{L}\p{M}\p{Nd}_]++(?:\.[\p{L}\p{M}\p{Nd}_]++)*+")
_NAMED = {"and": "_AND", "or": "_OR", "is": "OPERATOR", "has": "OPERATOR"}
_ALIASES = {"is": "=", "has": "~"}
_OPERAND = {"WORD", "TEXT", "STRING", "_LPAR", "NOT"}
"""What a condition can begin with."""

_ESCAPE = regex.compile(
    r"\\(?:(?P<one>[abfnrtv\\\"])|x(?P<hex>[0-9a-fA-F]{2})|u(?P<hex>[0-9a-fA-F]{4})"
    r"|U(?P<hex>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2})|(?P<bad>.|$))",
    regex.DOTALL,
)
_SINGLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


class Token(NamedTuple):
    """A piece of the query and where it stands. `text` of an operator is its symbol, else as written."""

    type: str
    text: str
    start: int
    end: int


def tokens(text: str, *, negation: bool) -> list[Token]:
    """The tokens of a query; with `negation`, NOT in front of an operand is one of its own."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, piece = match.lastgroup, match.group()
        if kind == "space":
            continue
        if kind == "TEXT" and _WORD.fullmatch(piece):
            lower = piece.lower()
            kind = _NAMED.get(lower, "WORD")
            piece = _ALIASES.get(lower, piece) if kind == "OPERATOR" else piece
        found.append(Token(str(kind), piece, match.start(), match.end()))
    return _with_negation(found) if negation else found


def _with_negation(found: list[Token]) -> list[Token]:
    """Mark the words NOT that have an operand behind them. `will not` ends in a name, `name = not` in a value."""
    for index in range(len(found) - 1, -1, -1):
        token = found[index]
        if token.type == "WORD" and token.text.lower() == "not":
            before = found[index - 1].type if index else ""
            behind = found[index + 1].type if index + 1 < len(found) else ""
            if behind in _OPERAND and before not in ("OPERATOR", "_COMMA"):
                found[index] = token._replace(type="NOT")
    return found


def unquoted(text: str) -> str:
    """What a quoted string stands for: its escapes undone, or, where one of them is none, as it stands."""
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    pieces: list[str] = []
    position = 0
    for match in _ESCAPE.finditer(inner):
        pieces.append(inner[position : match.start()])
        position = match.end()
        if match["one"]:
            pieces.append(_SINGLE[match["one"]])
            continue
        code = int(match["hex"], 16) if match["hex"] else int(match["octal"], 8) if match["octal"] else -1
        if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            return inner
        pieces.append(chr(code))
    return "".join([*pieces, inner[position:]])


def quoted(value: str) -> str:
    """A string that stands for `value`, in which nothing is invisible: the opposite of `unquoted`."""
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _escaped(character: str) -> str:
    for letter, meant in _SINGLE.items():
        if character == meant:
            return "\\" + letter
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
