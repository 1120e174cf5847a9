"""The words of texts: a sorted dictionary of words cut to 8 characters, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.index import Index
from contacthub.engine.columns.strings import Strings
from contacthub.model.text import WORD_PREFIX, fold, fold_accents, words

_SIMPLE = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ÿ ]*").fullmatch
"""Texts of which the Unicode rules make the words that `split` makes."""


def word_heads(text: str, accents: bool) -> set[str]:
    """The words of a text cut to 8 characters: what a prefix of a query is compared with."""
    if _SIMPLE(text):
        return {head for word in text.split(" ") if (head := _head(word, accents))}
    found = words(text)
    return {word[:WORD_PREFIX] for word in (found if accents else map(fold_accents, found))}


@lru_cache(maxsize=65_536)
def _head(word: str, accents: bool) -> str:
    folded = fold(word)
    return "" if len(folded) < 2 else (folded if accents else fold_accents(folded))[:WORD_PREFIX]


class Words:
    """Words, and the places they stand in: those of word `i` are `places[starts[i]:starts[i + 1]]`."""

    def __init__(self, heads: Strings, index: Index) -> None:
        self.heads = heads
        self.index = index

    @classmethod
    def of(cls, texts: Iterable[str], accents: bool) -> Words:
        """The words of some texts. A place is the index of a text."""
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
        starts = np.searchsorted(codes, np.arange(len(order) + 1), sorter=sorting)
        return cls(Strings.of(order), Index(np.array(owners, np.uint32)[sorting], starts.astype(np.uint32)))

    def standing_in(self, texts: Index) -> Words:
        """The same words, when each text stands in several places of its own."""
        counts = texts.starts[1:].astype(np.int64) - texts.starts[:-1]
        ends = np.concatenate([[0], np.cumsum(counts[self.index.rows])])
        return Words(self.heads, Index(texts.of(self.index.rows), ends[self.index.starts].astype(np.uint32)))

    def starting(self, prefixes: Iterable[str]) -> Array:
        """The places of words that start with one of the prefixes, not sorted; some may come twice."""
        pieces = [self.index.of(self.heads.starting(prefix)) for prefix in prefixes]
        return np.concatenate(pieces) if pieces else np.empty(0, np.uint32)

    def arrays(self) -> dict[str, Array]:
        return {
            "offsets": self.heads.offsets,
            "bytes": self.heads.bytes,
            "rows": self.index.rows,
            "starts": self.index.starts,
        }

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Array]) -> Words:
        return cls(Strings(kept["offsets"], kept["bytes"]), Index(kept["rows"], kept["starts"]))
