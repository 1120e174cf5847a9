"""Counts of values: combinations of several properties, and the suggestions for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.entries import Texts
from contacthub.engine.columns.gather import Gathered, gather, parts_of
from contacthub.engine.columns.sets import set_kind
from contacthub.engine.columns.view import View
from contacthub.model.text import fold
from contacthub.query.properties import Property

_DIRECT = 1 << 20
"""Up to so many possible combinations are counted in a table; more are sorted."""


def tally(view: View, ids: BitMap, properties: Sequence[Property]) -> list[tuple[tuple[Any, ...], int]]:
    """Combinations of values and how many contacts have each, most frequent first."""
    counted: Counter[tuple[Any, ...]] = Counter()
    for part in parts_of(view, ids & view.everyone):
        _count([gather(view, part, property) for property in properties], len(part.contacts), counted)
    return sorted(counted.items(), key=_most_first)


def _most_first(item: tuple[tuple[Any, ...], int]) -> tuple[int, list[tuple[bool, str]]]:
    values, count = item
    return -count, [(value is None, str(value)) for value in values]


def _count(gathered: Sequence[Gathered], size: int, counted: Counter[tuple[Any, ...]]) -> None:
    """Add the combinations in one part. A contact with several values has a line for each."""
    contacts = np.arange(size)
    """The contact of each line."""
    codes: list[Array] = []
    for found in gathered:
        lines, code = _lines(found, contacts)
        codes = [known[lines] for known in codes]
        contacts = contacts[lines]
        codes.append(code)
    keys, possible = np.zeros(len(contacts), np.int64), 1
    for found, code in zip(gathered, codes, strict=True):
        width = len(found.entries) + 1
        if possible * width >= 2**62:
            _, keys = np.unique(keys, return_inverse=True)
            possible = len(keys)
        keys, possible = keys * width + code, possible * width
    for line, count in _distinct(keys, possible):
        values = tuple(
            found.entries.value(int(code[line]) - 1) if code[line] else None
            for found, code in zip(gathered, codes, strict=True)
        )
        counted[values] += count


def _lines(found: Gathered, contacts: Array) -> tuple[Array, Array]:
    """Each line again for every value that its contact has: which line it was, and the code of the value."""
    values = np.bincount(found.places, minlength=found.size)
    if values.max(initial=0) <= 1:
        return np.arange(len(contacts)), found.single[contacts]
    first = np.cumsum(values) - values
    times = np.maximum(values[contacts], 1)
    lines = np.repeat(np.arange(len(contacts)), times)
    nth = np.arange(len(lines)) - np.repeat(np.cumsum(times) - times, times)
    contacts = contacts[lines]
    padded = np.append(found.codes, 0).astype(np.int64)
    return lines, np.where(values[contacts] > 0, padded[np.minimum(first[contacts] + nth, len(found.codes))], 0)


def _distinct(keys: Array, possible: int) -> list[tuple[int, int]]:
    """For each key one line that has it, and how many have."""
    if possible <= _DIRECT:
        counts = np.bincount(keys, minlength=possible)
        lines = np.zeros(possible, np.int64)
        lines[keys] = np.arange(len(keys))
        present = np.flatnonzero(counts)
        return list(zip(lines[present].tolist(), counts[present].tolist(), strict=True))
    _, lines, counts = np.unique(keys, return_index=True, return_counts=True)
    return list(zip(lines.tolist(), counts.tolist(), strict=True))


def values(view: View, property: Property, prefix: str, limit: int) -> list[tuple[str, int]]:
    """Texts that start with a prefix, most frequent first. Spellings of one text count together, under the most
    frequent of them; of a property that is no text there are none."""
    spellings: dict[str, Counter[str]] = {}
    for text, count in _spelled(view, property, fold(prefix)):
        spellings.setdefault(fold(text), Counter())[text] += count
    found = [(counts.most_common(1)[0][0], counts.total()) for counts in spellings.values()]
    return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]


def _spelled(view: View, property: Property, prefix: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    kind = set_kind(property)
    if kind is not None:
        catalogue = view.sets.catalogues[kind]
        texts = catalogue.labels.entries
        assert isinstance(texts, Texts)
        low, high = texts.folded.starting(prefix)
        for row in catalogue.labels.index.of((low, high)).tolist():
            code = int(catalogue.labels.codes[row])
            found.append((texts.value(code - 1), len(view.sets.of(catalogue.keys[row]))))
        return found
    for part in view.parts:
        column = part.partition.column(property)
        texts = column.entries
        if not isinstance(texts, Texts):
            return []
        low, high = texts.folded.starting(prefix)
        counts = column.counts[low + 1 : high + 1]
        gone = part.partition.everyone - part.contacts
        if gone:
            _, codes = column.of_rows(part.partition.rows_of(gone))
            counts = counts - np.bincount(codes, minlength=column.distinct + 1)[low + 1 : high + 1]
        often = _most(counts)
        found += [(texts.value(low + int(place)), int(counts[place])) for place in often]
    return found


_CANDIDATES = 1_000
"""Of more texts than these only the most frequent are looked at."""


def _most(counts: Array) -> Array:
    if len(counts) > _CANDIDATES:
        often = np.argpartition(counts, len(counts) - _CANDIDATES)[-_CANDIDATES:]
        return often[counts[often] > 0]
    return np.flatnonzero(counts)
