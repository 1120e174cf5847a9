"""Texts that a spreadsheet would run as a formula, and their escape in csv.

A csv cell has no type: `=1+1` written by a stranger runs when somebody opens the file. Such a text gets `'` in front,
which an import takes away again; a text that itself starts with `'` and such a character is escaped the same way, so
that it comes back. `--` alone is no formula, and has an escape of its own (`tables.clearing`).
"""

from __future__ import annotations

import re

from contacthub.tables.clearing import looks_clearing

_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")


def escaped(text: str) -> str:
    """A text as it is written in csv. Plain E.164 numbers and `--` stay as they are; they harm nobody."""
    if _DANGEROUS.match(text) and not _E164.match(text) and not looks_clearing(text):
        return "'" + text
    return text


def unescaped(text: str) -> str:
    """A text as it was before `escaped`."""
    if text.startswith("'") and _DANGEROUS.match(text, 1) and not looks_clearing(text):
        return text[1:]
    return text


def bare(text: str) -> str:
    """A text without any `'` in front that a spreadsheet, or an escape, put there to keep it from being a formula."""
    return text.lstrip("'") if text.startswith("'") and _DANGEROUS.match(text) and not looks_clearing(text) else text
