"""An error of a query as a picture: the line, and a caret under the place. For terminals and their screens."""

from __future__ import annotations

import unicodedata

from contacthub.errors import QueryError

WIDTH = 100
"""Longer lines are cut around the place."""


def caret(error: QueryError, width: int = WIDTH) -> str:
    """The line of the query that an error is in, and below it carets under the place; empty without a query."""
    if not error.query:
        return ""
    begin = error.query.rfind("\n", 0, error.start) + 1
    end = error.query.find("\n", error.start)
    line = error.query[begin : end if end >= 0 else None]
    start, stop = error.start - begin, min(max(error.end, error.start + 1) - begin, len(line) + 1)
    cut = max(0, start - width // 2) if len(line) > width else 0
    shown = line[cut : cut + width]
    left, right = ("…" if cut else ""), ("…" if cut + width < len(line) else "")
    stop = min(stop, cut + len(shown) + 1)
    pointer = " " * (_columns(left) + _columns(line[cut:start])) + "^" * max(1, _columns(line[start:stop]))
    return f"{left}{_plain(shown)}{right}\n{pointer}"


def _plain(text: str) -> str:
    """Each character visible and of its own width: a tab as a blank, what cannot be printed as `�`."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def _columns(text: str) -> int:
    """How many columns a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in _plain(text)
    )
