"""Where each three bytes stand in a buffer of texts, so that a part of a phone is found without reading a million.

Three bytes are hashed to 16 bits. What a hash finds is only a candidate: its bytes are compared before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.strings import Strings, encoded

SIZE = 3
_HASHES = 1 << 16
_FACTOR = np.uint32(2_654_435_761)
"""Knuth's multiplier: neighbouring digits end in different hashes."""


class Grams:
    """The places of each hash: those of `h` are `places[starts[h]:starts[h + 1]]`, rising."""

    def __init__(self, starts: Array, places: Array) -> None:
        self.starts = starts
        self.places = places

    @classmethod
    def of(cls, texts: Strings) -> Grams:
        hashes = _hashes(texts.bytes)
        starts = np.zeros(_HASHES + 1, np.uint32)
        np.cumsum(np.bincount(hashes, minlength=_HASHES), out=starts[1:])
        return cls(starts, np.argsort(hashes, kind="stable").astype(np.uint32))

    def containing(self, part: str, texts: Strings) -> Array:
        """The indices of the texts that contain a part of three bytes or more, rising."""
        hashes = _hashes(np.frombuffer(encoded(part), np.uint8)).astype(np.int64)
        counts = self.starts[hashes + 1].astype(np.int64) - self.starts[hashes]
        rarest = int(np.argmin(counts))
        first, end = int(self.starts[hashes[rarest]]), int(self.starts[hashes[rarest] + 1])
        return texts.holding(part, self.places[first:end].astype(np.int64) - rarest)

    def arrays(self) -> dict[str, Array]:
        return {"starts": self.starts, "places": self.places}

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Array]) -> Grams:
        return cls(kept["starts"], kept["places"])


def _hashes(bytes: Array) -> Array:
    """The hash of the three bytes at each place; the last two places have none."""
    if len(bytes) < SIZE:
        return np.empty(0, np.uint16)
    wide = bytes.astype(np.uint32)
    three = wide[:-2] | wide[1:-1] << np.uint32(8) | wide[2:] << np.uint32(16)
    found: Array = (three * _FACTOR >> np.uint32(16)).astype(np.uint16)
    return found
