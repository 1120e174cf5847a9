"""Between arrays of truth values and bitmaps.

A bitmap of a million rows is built from a boolean array in a tenth of a millisecond by writing its serialized form
(the RoaringFormatSpec: a container for 65,536 rows, a sorted array of up to 4,096 of them or else a plain bit set);
adding row by row would take a hundred times longer.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

Array = NDArray[Any]

BLOCK = 65_536
"""Rows in one container of a bitmap."""

_COOKIE = 12_346
_ARRAY_LIMIT = 4_096


def bitmap_of_mask(mask: Array) -> BitMap:
    """The positions at which a boolean array is true."""
    return bitmap_of_packed(np.packbits(mask, bitorder="little"))


def bitmap_of_packed(packed: Array) -> BitMap:
    """The positions of the bits that are set, lowest bit of each byte first."""
    blocks = -(-len(packed) * 8 // BLOCK)
    if blocks == 0:
        return BitMap()
    full = blocks * (BLOCK // 8)
    if len(packed) != full:
        packed = np.concatenate([packed, np.zeros(full - len(packed), np.uint8)])
    rows = packed.reshape(blocks, BLOCK // 8)
    counts = np.bitwise_count(rows.view(np.uint64)).sum(axis=1, dtype=np.int64)
    used = np.flatnonzero(counts)
    if len(used) == 0:
        return BitMap()
    containers: list[bytes] = []
    for block in used.tolist():
        if counts[block] > _ARRAY_LIMIT:
            containers.append(rows[block].tobytes())
        else:
            bits = np.unpackbits(rows[block], bitorder="little")
            containers.append(np.flatnonzero(bits).astype("<u2").tobytes())
    header = np.empty((len(used), 2), "<u2")
    header[:, 0] = used
    header[:, 1] = counts[used] - 1
    sizes = np.array([len(container) for container in containers], "<u4")
    first = 8 + 8 * len(used)
    offsets = (first + np.concatenate([[0], np.cumsum(sizes[:-1])])).astype("<u4")
    head = struct.pack("<II", _COOKIE, len(used)) + header.tobytes() + offsets.tobytes()
    return BitMap.deserialize(head + b"".join(containers))


def array_of(bitmap: BitMap) -> Array:
    """The members of a bitmap, rising, as unsigned 32-bit integers."""
    return np.frombuffer(bitmap.to_array(), np.uint32) if bitmap else np.empty(0, np.uint32)


def mask_of(bitmap: BitMap, rows: int) -> Array:
    """A boolean array of `rows` places, true at the members of the bitmap (all of them below `rows`)."""
    mask = np.zeros(rows, np.bool_)
    mask[array_of(bitmap)] = True
    return mask
