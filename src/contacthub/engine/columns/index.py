"""Which rows have which value: the way from a value to its rows, as codes are the way from a row to its value."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from contacthub.engine.columns.bits import Array

Hits = tuple[int, int] | Array
"""Distinct values, by their places: a range where the order allows it, otherwise rising indices."""


class Index(NamedTuple):
    """The rows of each value: those of the value at `i` are `rows[starts[i]:starts[i + 1]]`."""

    rows: Array
    starts: Array

    def count(self, hits: Hits) -> int:
        """How many rows have these values."""
        if isinstance(hits, tuple):
            return int(self.starts[hits[1]]) - int(self.starts[hits[0]])
        return int((self.starts[hits + 1].astype(np.int64) - self.starts[hits]).sum())

    def of(self, hits: Hits) -> Array:
        """The rows that have any of these values, not sorted."""
        if isinstance(hits, tuple):
            return self.rows[int(self.starts[hits[0]]) : int(self.starts[hits[1]])]
        first = self.starts[hits].astype(np.int64)
        counts = self.starts[hits + 1] - first
        total = np.cumsum(counts)
        places = np.arange(total[-1] if len(total) else 0) + np.repeat(first - total + counts, counts)
        found: Array = self.rows[places]
        return found
