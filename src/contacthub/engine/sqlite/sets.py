"""Sets of contacts as roaring bitmaps, in blocks of 65,536 ids.

A block of one set is one row of at most 8 KB, so a bulk change of 100,000 contacts rewrites a few dozen rows, and all
sets of one contact are found by reading the rows of its block. Blocks that were read are kept, for as long as the
version of the block stays the same.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyroaring import BitMap

from contacthub.engine import locks
from contacthub.engine.port import SetChange, SetKey
from contacthub.engine.sqlite.bitmaps import pack, unpack
from contacthub.engine.sqlite.touches import Touches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1 << 16
KEPT_BYTES = 16 << 20


@dataclass(slots=True)
class Block:
    """All sets of the contacts of one block, and when they last entered or left one. Never changed once read."""

    version: int = 0
    sets: dict[SetKey, BitMap] = field(default_factory=dict)
    touches: Touches = field(default_factory=Touches)
    size: int = 0


def in_blocks(ids: BitMap) -> Iterator[tuple[int, BitMap]]:
    """The ids of each block, by rising block."""
    position = ids.next_set_bit(0) if ids else None
    while position is not None:
        block = position // BLOCK
        start, end = block * BLOCK, (block + 1) * BLOCK
        yield block, ids & BitMap(range(start, end))
        position = ids.next_set_bit(end) if ids.max() >= end else None


class Sets:
    """Methods take the connection, which decides what is seen."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        self._size = 0
        self._lock = locks.lock()

    def members(self, connection: sqlite3.Connection, key: SetKey) -> BitMap:
        rows = connection.execute("SELECT members FROM sets WHERE kind = ? AND id = ?", key).fetchall()
        return BitMap.union(*(unpack(packed) for (packed,) in rows)) if rows else BitMap()

    def memberships(self, connection: sqlite3.Connection, ids: BitMap, *, keep: bool) -> dict[SetKey, BitMap]:
        found: dict[SetKey, BitMap] = {}
        for number, wanted in in_blocks(ids):
            for key, members in self.block(connection, number, keep=keep).sets.items():
                if common := members & wanted:
                    found[key] = found[key] | common if key in found else common
        return found

    def touched(
        self, connection: sqlite3.Connection, ids: BitMap, *, keep: bool
    ) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Who ever entered or left a set, rising, and when each did so last, in microseconds since 1970."""
        import numpy as np

        found = [self.block(connection, number, keep=keep).touches.among(wanted) for number, wanted in in_blocks(ids)]
        who = [np.empty(0, np.uint32), *(who for who, _ in found)]
        return np.concatenate(who), np.concatenate([np.empty(0, np.int64), *(at for _, at in found)])

    def block(self, connection: sqlite3.Connection, number: int, *, keep: bool) -> Block:
        """A block as the connection sees it. `keep=False` where what it sees may yet be rolled back."""
        row = connection.execute("SELECT version FROM blocks WHERE block = ?", (number,)).fetchone()
        if row is None:
            return Block()
        with self._lock:
            kept = self._blocks.get(number)
            if kept is not None and kept.version == row[0]:
                self._blocks.move_to_end(number)
                return kept
        block = Block(version=row[0], touches=Touches.read(connection, number))
        block.size = 1024 + block.touches.size
        for kind, id, packed in connection.execute("SELECT kind, id, members FROM sets WHERE block = ?", (number,)):
            block.sets[SetKey(kind, id)] = unpack(packed)
            block.size += 256 + len(packed)
        if keep:
            self._keep(number, block)
        return block

    def _keep(self, number: int, block: Block) -> None:
        with self._lock:
            kept = self._blocks.get(number)
            if kept is not None:
                if kept.version > block.version:  # read by somebody who sees an older state
                    return
                self._size -= kept.size
            self._blocks[number] = block
            self._blocks.move_to_end(number)
            self._size += block.size
            while self._size > KEPT_BYTES and len(self._blocks) > 1:
                self._size -= self._blocks.popitem(last=False)[1].size

    def apply(self, connection: sqlite3.Connection, changes: Mapping[SetKey, SetChange]) -> dict[SetKey, SetChange]:
        """Apply changes; returns those that changed anything: who really entered and left."""
        effective: dict[SetKey, SetChange] = {}
        for key, change in changes.items():
            if not change.added.isdisjoint(change.removed):
                raise ValueError(f"A contact is both added to and removed from {key}.")
            added, removed = BitMap(), BitMap()
            for number, wanted in in_blocks(change.added | change.removed):
                row = connection.execute(
                    "SELECT rowid, members FROM sets WHERE kind = ? AND id = ? AND block = ?", (*key, number)
                ).fetchone()
                before = unpack(row[1]) if row else BitMap()
                entered = (wanted & change.added) - before
                left = wanted & change.removed & before
                if not entered and not left:
                    continue
                added |= entered
                removed |= left
                after = (before | entered) - left
                if row is None:
                    connection.execute("INSERT INTO sets VALUES (?, ?, ?, ?)", (*key, number, pack(after)))
                elif after:
                    connection.execute("UPDATE sets SET members = ? WHERE rowid = ?", (pack(after), row[0]))
                else:
                    connection.execute("DELETE FROM sets WHERE rowid = ?", (row[0],))
            if added or removed:
                effective[key] = SetChange(added, removed)
        return effective

    def mark(self, connection: sqlite3.Connection, blocks: Iterable[int], version: int) -> None:
        """Note that blocks have changed, so that nobody goes on with what was kept."""
        connection.executemany(
            "INSERT INTO blocks VALUES (?, ?) ON CONFLICT (block) DO UPDATE SET version = excluded.version",
            [(block, version) for block in blocks],
        )
