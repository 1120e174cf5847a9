"""One phone a contact, as people write it: of the phones of each contact the first that is a full number."""

from __future__ import annotations

from typing import Any

import numpy as np

SHORTEST = 7
"""Digits of a full number at least; fewer are a short code, which nobody can read back as a phone."""


def preferred(lists: Any) -> Any:
    """Of lists of paths of `tel` and `whatsapp` (an Arrow array), the first full number of each with `+`, or null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    paths = lists.flatten()
    full = pc.greater_equal(pc.utf8_length(paths), SHORTEST)
    rows = pc.list_parent_indices(lists).filter(full).to_numpy()
    numbers = paths.filter(full)
    written = pc.if_else(pc.starts_with(numbers, "+"), numbers, pc.binary_join_element_wise("+", numbers, ""))
    found, first = np.unique(rows, return_index=True)
    places = np.full(len(lists), -1, np.int64)
    places[found] = first
    return written.take(pa.array(places, mask=places < 0)).cast(pa.string())
