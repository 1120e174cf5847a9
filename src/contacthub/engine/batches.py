"""Very many things at once: in parts, so that each question to the store is of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
BATCH = 10_000


def batched(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order (as `itertools.batched` of later Pythons)."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
