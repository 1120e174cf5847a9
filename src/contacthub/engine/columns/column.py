"""One property of many contacts: a small code a row, standing for a value among the distinct ones.

A column is nothing but named arrays (`kept`), so one made from documents and one mapped from the base are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import BLOCK, Array, bitmap_of_mask, bitmap_of_packed, bitmap_of_rows
from contacthub.engine.columns.entries import Entries, Moments, Numbers, Texts
from contacthub.engine.columns.grams import SIZE, Grams
from contacthub.engine.columns.index import Hits, Index
from contacthub.engine.columns.strings import Strings, encoded
from contacthub.engine.columns.words import Words
from contacthub.query.meaning import HasText, HasWord, Test

ENTRIES: Mapping[str, type[Texts] | type[Numbers] | type[Moments]] = {
    "text": Texts,
    "number": Numbers,
    "datetime": Moments,
    "state": Texts,
    "district": Texts,
    "ward": Texts,
}
"""How the values of each type of property are kept."""

_FEW = 4
"""Up to so many single values are compared one after the other; more are looked up in a table."""
_SELECTIVE = 32
"""Rows are fetched by the index when they are at most one in so many; otherwise all rows are compared."""
_SELECTIVE_TABLE = 4
"""The same, where comparing means to look up each row in a table, which is slower."""


def narrow(codes: Array, values: int) -> Array:
    """Codes up to `values` in the smallest unsigned integers that hold them."""
    return codes.astype(np.uint8 if values < 2**8 else np.uint16 if values < 2**16 else np.uint32, copy=False)


class Column:
    """Codes of rows, 0 where there is no value. Code `c` stands for `entries.value(c - 1)`.

    With `owners`, rows may have several values: `codes[i]` is then a value of row `owners[i]`, rising.
    """

    def __init__(self, rows: int, distinct: int, kind: str, kept: Mapping[str, Array]) -> None:
        self.rows = rows
        self.distinct = distinct
        """How many distinct values there are: `len(entries)`."""
        self.kind = kind
        """The property's type."""
        self.kept = kept
        self.codes = kept["codes"]
        self.owners = kept["owners"] if "owners" in kept else None  # noqa: SIM401 - a mapped array is read when asked for
        self._words: dict[bool, Words] = {}

    @classmethod
    def of(cls, rows: int, kind: str, codes: Array, entries: Entries, owners: Array | None = None) -> Column:
        kept = {"codes": narrow(codes, len(entries))}
        kept |= {f"entries.{name}": array for name, array in entries.arrays().items()}
        if owners is not None:
            kept["owners"] = owners
        return cls(rows, len(entries), kind, kept)

    @cached_property
    def entries(self) -> Entries:
        """The distinct values."""
        return ENTRIES[self.kind].from_arrays(Prefixed(self.kept, "entries."))

    # -- searching ---------------------------------------------------------------------------------------------------
    def passing(self, test: Test) -> BitMap:
        """The rows of which any value passes a test."""
        if isinstance(test, HasWord):
            return self._of_rows(self.words(test.accents).starting(test.prefixes))
        if isinstance(test, HasText) and "grams.starts" in self.kept and len(encoded(test.part)) >= SIZE:
            texts = self._gram_texts
            if not test.accents or self.entries.folded is texts:  # type: ignore[attr-defined]
                return self.having(self._grams.containing(test.part, texts))
        return self.having(self.entries.hits(test))

    def having(self, hits: Hits) -> BitMap:
        """The rows that have any of these values."""
        if isinstance(hits, tuple):
            low, high = hits
            if low >= high:
                return BitMap()
            condition, selective = _between(low + 1, high, self.distinct, self.codes.dtype), _SELECTIVE
        elif len(hits) == 0:
            return BitMap()
        elif len(hits) <= _FEW:
            condition, selective = _any_of((hits + 1).astype(self.codes.dtype)), _SELECTIVE
        else:
            condition, selective = _in_table(hits + 1, self.distinct + 1), _SELECTIVE_TABLE
        if "index.rows" in self.kept and self.index.count(hits) * selective <= self.rows:
            return self._of_rows(self.index.of(hits))
        return self._where(condition)

    def _where(self, condition: Callable[[Array], Array]) -> BitMap:
        """Rows whose code meets a condition. Taken in blocks that stay in the processor's cache."""
        if self.owners is not None:
            return self._of_rows(self.owners[condition(self.codes)])
        packed = np.empty(-(-self.rows // 8), np.uint8)
        for start in range(0, self.rows, BLOCK):
            bits = np.packbits(condition(self.codes[start : start + BLOCK]), bitorder="little")
            packed[start // 8 : start // 8 + len(bits)] = bits
        return bitmap_of_packed(packed)

    def _of_rows(self, rows: Array) -> BitMap:
        """The bitmap of rows in any order, which may repeat."""
        if len(rows) * _SELECTIVE <= self.rows:
            return bitmap_of_rows(np.sort(rows))
        mask = np.zeros(self.rows, np.bool_)
        mask[rows] = True
        return bitmap_of_mask(mask)

    @cached_property
    def _grams(self) -> Grams:
        return Grams.from_arrays(Prefixed(self.kept, "grams."))

    @property
    def _gram_texts(self) -> Strings:
        """The form of the texts that the grams are of: without accents."""
        assert isinstance(self.entries, Texts)
        return self.entries.plain

    def words(self, accents: bool) -> Words:
        """The words of the values, and the rows they stand in."""
        if accents not in self._words:
            name = "words" if accents else "plain_words"
            if f"{name}.starts" in self.kept:
                self._words[accents] = Words.from_arrays(Prefixed(self.kept, f"{name}."))
            else:
                assert isinstance(self.entries, Texts)
                if not accents and self.entries.plain is self.entries.folded:
                    return self.words(True)
                found = Words.of(self.entries.spelled.every(), accents)
                self._words[accents] = found.standing_in(self.index)
        return self._words[accents]

    @cached_property
    def index(self) -> Index:
        if "index.rows" in self.kept:
            return Index(self.kept["index.rows"], self.kept["index.starts"])
        order = np.argsort(self.codes, kind="stable")
        starts = np.searchsorted(self.codes, np.arange(1, self.distinct + 2), sorter=order)
        first = int(starts[0])
        rows = order if self.owners is None else self.owners[order]
        return Index(rows[first:].astype(np.uint32), (starts - first).astype(np.uint32))

    # -- reading -----------------------------------------------------------------------------------------------------
    def of_rows(self, rows: Array) -> tuple[Array, Array]:
        """The values of some rows (rising), as (place in `rows`, code) pairs; rows without a value are left out."""
        if self.owners is None:
            codes = self.codes[rows]
            places = np.flatnonzero(codes)
            return places, codes[places]
        first, end = np.searchsorted(self.owners, rows), np.searchsorted(self.owners, rows, side="right")
        counts = end - first
        places = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        return places, self.codes[np.repeat(first, counts) + within]

    @cached_property
    def counts(self) -> Array:
        """How many rows have each value; `counts[c]` belongs to code `c`."""
        return np.bincount(self.codes, minlength=self.distinct + 1)

    def single(self, last: bool = False) -> Array:
        """One code a row: of several values the first in their order, or the last."""
        if self.owners is None:
            return self.codes
        codes = np.zeros(self.rows, self.codes.dtype)
        if len(self.codes):
            owners, starts = np.unique(self.owners, return_index=True)
            codes[owners] = (np.maximum if last else np.minimum).reduceat(self.codes, starts)
        return codes

    # -- keeping -----------------------------------------------------------------------------------------------------
    def with_index(self) -> Column:
        """The same column with its index kept."""
        return self._with({"index.rows": self.index.rows, "index.starts": self.index.starts})

    def with_words(self) -> Column:
        """The same column with its words kept."""
        arrays = {f"words.{name}": array for name, array in self.words(True).arrays().items()}
        if self.words(False) is not self.words(True):
            arrays |= {f"plain_words.{name}": array for name, array in self.words(False).arrays().items()}
        return self._with(arrays)

    def with_grams(self) -> Column:
        """The same column with the places of every three bytes of its texts kept."""
        return self._with({f"grams.{name}": array for name, array in Grams.of(self._gram_texts).arrays().items()})

    def _with(self, arrays: Mapping[str, Array]) -> Column:
        return Column(self.rows, self.distinct, self.kind, {**self.kept, **arrays})


class Prefixed(Mapping[str, Array]):
    """Those arrays whose names begin alike, by the rest of their names. An array is fetched when asked for."""

    def __init__(self, kept: Mapping[str, Array], prefix: str) -> None:
        self._kept = kept
        self._prefix = prefix

    def __getitem__(self, name: str) -> Array:
        return self._kept[self._prefix + name]

    def __contains__(self, name: object) -> bool:
        return f"{self._prefix}{name}" in self._kept

    def __iter__(self) -> Iterator[str]:
        return (name.removeprefix(self._prefix) for name in self._kept if name.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _between(low: int, high: int, top: int, dtype: np.dtype[np.unsignedinteger]) -> Callable[[Array], Array]:
    """Codes from `low` to `high`, both included; `top` is the highest there is. One pass where one will do."""
    first = dtype.type(low)
    if low == high:
        return lambda codes: codes == first
    if high == top:
        return lambda codes: codes >= first
    width = dtype.type(high - low)
    # Unsigned numbers below `low` wrap round to the top, so one comparison does for both bounds.
    return lambda codes: codes - first <= width


def _any_of(wanted: Array) -> Callable[[Array], Array]:
    def condition(codes: Array) -> Array:
        found: Array = codes == wanted[0]
        for code in wanted[1:]:
            found |= codes == code
        return found

    return condition


def _in_table(wanted: Array, size: int) -> Callable[[Array], Array]:
    table = np.zeros(size, np.bool_)
    table[wanted] = True
    return lambda codes: np.take(table, codes)
