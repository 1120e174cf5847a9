"""Between arrays of truth values and bitmaps.

A bitmap of a million rows is built from a boolean array in a tenth of a millisecond by writing its serialized form
(the RoaringFormatSpec: a container for 65,536 rows, a plain bit set where it has more than 4,096 of them); adding row
by row would take a hundred times longer.
"""

from __future__ import annotations

import struct
from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

Array = NDArray[Any]

BLOCK = 65_536
"""Rows in one container of a bitmap."""

_COOKIE = 12_346
_SPARSE = 4_096
"""A container of up to so many rows is a sorted array."""
_BYTES = BLOCK // 8


def bitmap_of_mask(mask: Array) -> BitMap:
    """The positions at which a boolean array is true."""
    return bitmap_of_packed(np.packbits(mask, bitorder="little"))


def bitmap_of_packed(packed: Array) -> BitMap:
    """The positions of the bits that are set, lowest bit of each byte first."""
    blocks = -(-len(packed) // _BYTES)
    if len(packed) != blocks * _BYTES:
        packed = np.concatenate([packed, np.zeros(blocks * _BYTES - len(packed), np.uint8)])
    by_block = packed.reshape(blocks, _BYTES)
    counts = np.bitwise_count(by_block.view(np.uint64)).sum(axis=1, dtype=np.int64)
    full = np.flatnonzero(counts > _SPARSE)
    if len(full) == len(np.flatnonzero(counts)):
        return _of_full(by_block, counts, full)
    sparse = by_block.copy()
    sparse[full] = 0
    found = bitmap_of_rows(_positions(sparse.reshape(-1)))
    return found | _of_full(by_block, counts, full) if len(full) else found


def _of_full(by_block: Array, counts: Array, full: Array) -> BitMap:
    """The bitmap of blocks that are all to be bit sets."""
    if len(full) == 0:
        return BitMap()
    header = np.empty((len(full), 2), "<u2")
    header[:, 0] = full
    header[:, 1] = counts[full] - 1
    offsets = (8 + 8 * len(full) + _BYTES * np.arange(len(full))).astype("<u4")
    head = struct.pack("<II", _COOKIE, len(full)) + header.tobytes() + offsets.tobytes()
    return BitMap.deserialize(head + by_block[full].tobytes())


def _positions(packed: Array) -> Array:
    """The positions of few bits, rising: first the words that have any, then their bytes, then the bits."""
    # Truth values are many times quicker to look through than the numbers they are.
    words = np.flatnonzero(packed.view(np.uint64) != 0)
    of_words = packed.reshape(-1, 8)[words].reshape(-1)
    inner = np.flatnonzero(of_words != 0)
    bytes_at = words[inner >> 3] * 8 + (inner & 7)
    bits = np.flatnonzero(np.unpackbits(of_words[inner], bitorder="little").view(np.bool_))
    found: Array = bytes_at[bits >> 3] * 8 + (bits & 7)
    return found


def bitmap_of_rows(rows: Array) -> BitMap:
    """The bitmap of some rows, in any order; sorted ones are quickest."""
    return BitMap(array("I", rows.astype(np.uint32, copy=False).tobytes()))


def array_of(bitmap: BitMap) -> Array:
    """The members of a bitmap, rising, as unsigned 32-bit integers."""
    return np.frombuffer(bitmap.to_array(), np.uint32) if bitmap else np.empty(0, np.uint32)


def mask_of(bitmap: BitMap, rows: int) -> Array:
    """A boolean array of `rows` places, true at the members of the bitmap (all of them below `rows`)."""
    mask = np.zeros(rows, np.bool_)
    mask[array_of(bitmap)] = True
    return mask
