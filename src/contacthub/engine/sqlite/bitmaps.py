"""Bitmaps of ids, as they lie in the file."""

from __future__ import annotations

from pyroaring import BitMap

from contacthub.engine.sqlite.failures import Damaged


def pack(members: BitMap) -> bytes:
    members.run_optimize()
    packed: bytes = members.serialize()
    return packed


def unpack(packed: bytes) -> BitMap:
    """Raises `Damaged` where it is no bitmap."""
    try:
        return BitMap.deserialize(packed)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise Damaged("one of its sets of contacts cannot be read") from error
