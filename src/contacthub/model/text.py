"""Text as the hub keeps and compares it.

Folding is done here, in Python, and its results are stored, because the engines disagree about `ÁNA`, `straße`, `İ`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

WORD_PREFIX = 8
"""Words of names match by their first 8 characters (RapidPro's rule)."""

_WORD = regex.compile(r"\b\w.*?\b", regex.WORD | regex.DOTALL)
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\uFFFE\uFFFF--[\n\t]]", regex.VERSION1)
"""U+FFFE and U+FFFF are no characters; a workbook with one cannot be opened."""


def clean(text: str) -> str:
    """Text as it is stored: NFC, trimmed, `\\n` line ends, no control characters, no lone surrogates and
    nothing else that is no character."""
    if text.isascii() and text.isprintable():
        return text.strip()
    # Controls go first: one between a letter and its accent would keep them from composing.
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text).strip()


def clean_line(text: str) -> str:
    """As `clean`, on one line: every run of white space is a single space."""
    return " ".join(clean(text).split())


def fold(text: str) -> str:
    """The form in which texts are equal: trimmed and case-folded. Accents matter."""
    return text.strip().casefold() if text.isascii() else unicodedata.normalize("NFC", text.strip().casefold())


def fold_accents(text: str) -> str:
    """`fold`, with accents taken off too: the form in which `~` compares in the contacthub dialect."""
    if text.isascii():
        return text.strip().casefold()
    decomposed = unicodedata.normalize("NFD", text.strip().casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


@lru_cache(maxsize=65_536)
def words(text: str) -> tuple[str, ...]:
    """Folded words of two or more characters, by Unicode word segmentation (UAX 29)."""
    return tuple(word for word in _WORD.findall(fold(text)) if len(word) >= 2)
