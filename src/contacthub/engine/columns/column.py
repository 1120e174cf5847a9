"""One property of many contacts: a small code a row, standing for a value among the distinct ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import BLOCK, Array, bitmap_of_mask, bitmap_of_packed
from contacthub.engine.columns.entries import Entries, Hits, Moments, Numbers, Texts
from contacthub.query.meaning import Test

_FEW = 4
"""Up to so many single values are compared one after the other; more are looked up in a table."""


def narrow(codes: Array, values: int) -> Array:
    """Codes up to `values` in the smallest unsigned integers that hold them."""
    return codes.astype(np.uint8 if values < 2**8 else np.uint16 if values < 2**16 else np.uint32)


class Column:
    """Codes of rows, 0 where there is no value. Code `c` stands for `entries.value(c - 1)`.

    With `owners`, rows may have several values: `codes[i]` is then a value of row `owners[i]`, rising.
    """

    def __init__(self, rows: int, codes: Array, entries: Entries, owners: Array | None = None) -> None:
        self.rows = rows
        self.codes = codes
        self.entries = entries
        self.owners = owners

    def passing(self, test: Test) -> BitMap:
        """The rows of which any value passes a test."""
        return self.having(self.entries.hits(test))

    def having(self, hits: Hits) -> BitMap:
        """The rows that have any of these values."""
        if isinstance(hits, tuple):
            low, high = hits
            if low >= high:
                return BitMap()
            return self._where(_between(low + 1, high, len(self.entries), self.codes.dtype))
        if len(hits) == 0:
            return BitMap()
        if len(hits) <= _FEW:
            return self._where(_any_of((hits + 1).astype(self.codes.dtype)))
        table = np.zeros(len(self.entries) + 1, np.bool_)
        table[hits + 1] = True
        return self._where(lambda codes: table[codes])

    def _where(self, condition: Callable[[Array], Array]) -> BitMap:
        """Rows whose code meets a condition. Taken in blocks that stay in the processor's cache."""
        if self.owners is not None:
            mask = np.zeros(self.rows, np.bool_)
            mask[self.owners[condition(self.codes)]] = True
            return bitmap_of_mask(mask)
        packed = np.empty(-(-self.rows // 8), np.uint8)
        for start in range(0, self.rows, BLOCK):
            bits = np.packbits(condition(self.codes[start : start + BLOCK]), bitorder="little")
            packed[start // 8 : start // 8 + len(bits)] = bits
        return bitmap_of_packed(packed)

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

    def single(self, last: bool = False) -> Array:
        """One code a row: of several values the first in their order, or the last."""
        if self.owners is None:
            return self.codes
        codes = np.zeros(self.rows, self.codes.dtype)
        if len(self.codes):
            owners, starts = np.unique(self.owners, return_index=True)
            codes[owners] = (np.maximum if last else np.minimum).reduceat(self.codes, starts)
        return codes

    @cached_property
    def counts(self) -> Array:
        """How many rows have each value; `counts[c]` belongs to code `c`."""
        return np.bincount(self.codes, minlength=len(self.entries) + 1)

    # -- to keep it --------------------------------------------------------------------------------------------------
    def arrays(self) -> dict[str, Array]:
        kept = {"codes": self.codes} | {f"entries.{name}": array for name, array in self.entries.arrays().items()}
        return kept if self.owners is None else kept | {"owners": self.owners}

    @classmethod
    def from_arrays(cls, rows: int, kind: str, kept: Mapping[str, Array]) -> Column:
        entries = ENTRIES[kind].from_arrays(
            {name.removeprefix("entries."): array for name, array in kept.items() if name.startswith("entries.")}
        )
        return cls(rows, kept["codes"], entries, kept.get("owners"))


ENTRIES: Mapping[str, type[Texts] | type[Numbers] | type[Moments]] = {
    "text": Texts,
    "number": Numbers,
    "datetime": Moments,
    "state": Texts,
    "district": Texts,
    "ward": Texts,
}
"""How the values of each type of property are kept."""


def _between(low: int, high: int, top: int, dtype: np.dtype[np.unsignedinteger]) -> Callable[[Array], Array]:
    """Codes from `low` to `high`, both included; `top` is the highest there is. One pass where one will do."""
    first, last = dtype.type(low), dtype.type(high)
    if low == high:
        return lambda codes: codes == first
    if high == top:
        return lambda codes: codes >= first
    if low == 0:
        return lambda codes: codes <= last
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
