"""Many texts in one buffer: their UTF-8 bytes end to end, and where each begins.

The buffer may be a piece of a mapped file. Nothing is decoded until a text is asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from contacthub.engine.columns.bits import Array

ENCODING = ("utf-8", "surrogatepass")
"""Lone surrogates, which a DataFrame may hold, survive; UTF-8 sorts as the characters do."""


def encoded(text: str) -> bytes:
    return text.encode(*ENCODING)


class Strings:
    """An immutable sequence of texts. `offsets` has one element more than there are texts."""

    __slots__ = ("bytes", "offsets")

    def __init__(self, offsets: Array, bytes: Array) -> None:
        self.offsets = offsets
        self.bytes = bytes

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        pieces = [encoded(text) for text in texts]
        offsets = np.zeros(len(pieces) + 1, np.int64)
        np.cumsum([len(piece) for piece in pieces], out=offsets[1:])
        if offsets[-1] < 2**32:
            offsets = offsets.astype(np.uint32)
        return cls(offsets, np.frombuffer(b"".join(pieces), np.uint8))

    @classmethod
    def of_arrow(cls, texts: Any) -> Strings:
        """From an Arrow array of large binaries, without nulls, that is not a slice."""
        _, offsets, bytes = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64, len(texts) + 1) if len(texts) else np.zeros(1, np.int64)
        whole = np.frombuffer(bytes, np.uint8, int(bounds[-1])) if bounds[-1] else np.empty(0, np.uint8)
        return cls(bounds.astype(np.uint32) if bounds[-1] < 2**32 else bounds, whole)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def raw(self, index: int) -> bytes:
        return self.bytes[int(self.offsets[index]) : int(self.offsets[index + 1])].tobytes()

    def __getitem__(self, index: int) -> str:
        return self.raw(index).decode(*ENCODING)

    def take(self, indices: Sequence[int] | Array) -> list[str]:
        return [self[int(index)] for index in indices]

    def every(self) -> list[str]:
        """All texts, decoded at once."""
        whole = self.bytes.tobytes()
        bounds = self.offsets.tolist()
        return [whole[start:end].decode(*ENCODING) for start, end in itertools.pairwise(bounds)]

    def repeats(self) -> Array:
        """The indices of the texts that are equal to the one before them."""
        lengths: Array = np.diff(self.offsets.astype(np.int64))
        # Of texts of one length, those whose weighted sums differ differ; only the others are compared.
        weights = np.arange(len(self.bytes)) - np.repeat(self.offsets[:-1].astype(np.int64), lengths) + 1
        sums = np.zeros(len(self), np.int64)
        used = np.flatnonzero(lengths)
        if len(used):
            sums[used] = np.add.reduceat(self.bytes * weights, self.offsets[used].astype(np.int64))
        likely = np.flatnonzero((lengths[1:] == lengths[:-1]) & (sums[1:] == sums[:-1])) + 1
        return np.array([at for at in likely.tolist() if self.raw(at) == self.raw(at - 1)], np.int64)

    # -- in sorted texts ---------------------------------------------------------------------------------------------
    def first(self, holds: Callable[[bytes], bool]) -> int:
        """The first index at which a condition holds that, once true, stays true."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if holds(self.raw(middle)):
                high = middle
            else:
                low = middle + 1
        return low

    def equal(self, text: str) -> tuple[int, int]:
        """The range of indices at which sorted texts equal this one."""
        wanted = encoded(text)
        return self.first(lambda raw: raw >= wanted), self.first(lambda raw: raw > wanted)

    def starting(self, prefix: str) -> tuple[int, int]:
        """The range of indices at which sorted texts start with a prefix."""
        wanted = encoded(prefix)
        size = len(wanted)
        return self.first(lambda raw: raw >= wanted), self.first(lambda raw: raw[:size] > wanted)

    # -- in any texts ------------------------------------------------------------------------------------------------
    def containing(self, part: str) -> Array:
        """The indices of the texts that contain a part, rising."""
        wanted = np.frombuffer(encoded(part), np.uint8)
        size = len(wanted)
        if size == 0:
            return np.arange(len(self))
        if size > len(self.bytes):
            return np.empty(0, np.int64)
        starts = len(self.bytes) - size + 1
        found = self.bytes[:starts] == wanted[0]
        for place in range(1, min(size, 3)):
            found &= self.bytes[place : starts + place] == wanted[place]
        return self.holding(part, np.flatnonzero(found))

    def holding(self, part: str, places: Array) -> Array:
        """The indices of the texts in which a part stands at one of these places of the buffer, rising."""
        wanted = np.frombuffer(encoded(part), np.uint8)
        size = len(wanted)
        at = places[(places >= 0) & (places + size <= len(self.bytes))]
        for place in range(size):
            at = at[self.bytes[at + place] == wanted[place]]
        texts = np.searchsorted(self.offsets, at.astype(self.offsets.dtype), side="right") - 1
        inside = at + size <= self.offsets[texts + 1]
        return np.unique(texts[inside])


def arrow_texts(texts: Sequence[Any]) -> Any:
    """Texts, or None, as an Arrow array of large binaries. Raises `pyarrow.ArrowTypeError` for anything else."""
    import pyarrow as pa

    try:
        return pa.array(texts, pa.large_binary())
    except UnicodeEncodeError:  # lone surrogates
        pieces = [encoded(text) if isinstance(text, str) else text for text in texts]
        return pa.array(pieces, pa.large_binary())


def as_text(binaries: Any) -> Any:
    """The same array, called text. Arrow takes it for UTF-8, which lone surrogates are not: no more than ASCII may be
    asked of it."""
    import pyarrow as pa

    return binaries.view(pa.large_string())


def as_binary(texts: Any) -> Any:
    import pyarrow as pa

    return texts.view(pa.large_binary())
