"""The words of texts: a sorted dictionary of words cut to 8 characters, and the texts that each stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.strings import Strings
from contacthub.model.text import WORD_PREFIX, fold_accents, words

_SIMPLE = re.compile(r"[A-Za-z0-9 ]*").fullmatch
"""Texts of which the Unicode rules make the words that `split` makes."""


def word_heads(text: str, accents: bool) -> set[str]:
    """The words of a text cut to 8 characters: what a prefix of a query is compared with."""
    if _SIMPLE(text):
        return {word[:WORD_PREFIX] for word in text.lower().split() if len(word) >= 2}
    found = words(text)
    return {word[:WORD_PREFIX] for word in (found if accents else map(fold_accents, found))}


class Words:
    """Words and their texts: those of word `i` are `texts[starts[i]:starts[i + 1]]`."""

    def __init__(self, heads: Strings, starts: Array, texts: Array) -> None:
        self.heads = heads
        self.starts = starts
        self.texts = texts

    @classmethod
    def of(cls, texts: Iterable[str], accents: bool) -> Words:
        numbers: dict[str, int] = {}
        found: list[int] = []
        owners: list[int] = []
        for index, text in enumerate(texts):
            for head in word_heads(text, accents):
                found.append(numbers.setdefault(head, len(numbers)))
                owners.append(index)
        order = sorted(numbers)
        places = np.empty(len(order), np.int64)
        places[[numbers[head] for head in order]] = np.arange(len(order))
        codes = places[found] if found else np.empty(0, np.int64)
        sorting = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[sorting], np.arange(len(order) + 1))
        return cls(Strings.of(order), starts.astype(np.uint32), np.array(owners, np.uint32)[sorting])

    def starting(self, prefixes: Iterable[str]) -> Array:
        """Indices of the texts that have a word starting with one of the prefixes, rising."""
        pieces = []
        for prefix in prefixes:
            low, high = self.heads.starting(prefix)
            pieces.append(self.texts[int(self.starts[low]) : int(self.starts[high])])
        return np.unique(np.concatenate(pieces)) if pieces else np.empty(0, np.uint32)
