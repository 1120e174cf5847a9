"""When a contact last entered or left a set: the `modified_on` of changes that rewrite no document.

A set change adds one row a block: the instant and who. Once a block has many rows they are folded into one: who, and
an instant for each of them. So a bulk change stays cheap, a read looks at few rows, and nothing is lost when the feed
is compacted.
"""

from __future__ import annotations

import sqlite3
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyroaring import BitMap

from contacthub.engine.sqlite.bitmaps import unpack
from contacthub.engine.sqlite.failures import Damaged
from contacthub.model.values import instant_text

if TYPE_CHECKING:
    import numpy as np

ROWS = 64
"""Rows of a block that are read one by one; more are folded."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def text(instant: int) -> str:
    """As documents hold it. Raises `Damaged` for one that no calendar has."""
    try:
        return instant_text(_EPOCH + timedelta(microseconds=instant))
    except (OverflowError, TypeError) as error:
        raise Damaged("an instant in it is none") from error


@dataclass(slots=True)
class Touches:
    """The touches of one block."""

    rows: list[tuple[int, BitMap]] = field(default_factory=list)
    """Newest first."""
    folded: BitMap = field(default_factory=BitMap)
    instants: memoryview = field(default_factory=lambda: memoryview(array("q")))
    size: int = 0

    @classmethod
    def read(cls, connection: sqlite3.Connection, block: int) -> Touches:
        """Raises `Damaged` where they are not what was written."""
        found = connection.execute("SELECT at, members FROM touches WHERE block = ? ORDER BY at DESC", (block,))
        packed = found.fetchall()
        if not all(isinstance(at, int) for at, _ in packed):
            raise Damaged("an instant in it is none")
        touches = cls(rows=[(at, unpack(members)) for at, members in packed])
        touches.size = sum(256 + len(members) for _, members in packed)
        base = connection.execute("SELECT members, instants FROM touched WHERE block = ?", (block,)).fetchone()
        if base is not None:
            touches.folded = unpack(base[0])
            if not isinstance(base[1], bytes) or len(base[1]) != 8 * len(touches.folded):
                raise Damaged(f"the instants of block {block} are not whole")
            touches.instants = memoryview(base[1]).cast("q")
            touches.size += 512 + len(base[0]) + len(base[1])
        return touches

    def newest(self, ids: BitMap) -> dict[int, int]:
        """The instant of the newest touch of each contact that has one, in microseconds since 1970."""
        found: dict[int, int] = {}
        left = ids
        for at, members in self.rows:
            hit = left & members
            if hit:
                found.update(dict.fromkeys(hit, at))
                left = left - hit
                if not left:
                    break
        for id in ids & self.folded:
            at = self.instants[self.folded.rank(id) - 1]
            found[id] = max(at, found.get(id, at))
        return found

    def among(self, ids: BitMap) -> tuple[np.ndarray[Any, np.dtype[np.uint32]], np.ndarray[Any, np.dtype[np.int64]]]:
        """As `newest`, of very many contacts: who has one, rising, and the instants."""
        import numpy as np

        everyone, instants = self.fold()
        wanted = np.frombuffer((everyone & ids).to_array(), np.uint32)
        places = np.searchsorted(np.frombuffer(everyone.to_array(), np.uint32), wanted)
        return wanted, np.frombuffer(instants, np.int64)[places]

    def fold(self) -> tuple[BitMap, bytes]:
        """Everyone who was ever touched, and the newest instant of each."""
        import numpy as np

        everyone = BitMap.union(self.folded, *(members for _, members in self.rows))
        first = everyone.min() if everyone else 0
        newest = np.full(everyone.max() - first + 1 if everyone else 0, np.iinfo(np.int64).min)
        newest[_places(self.folded, first)] = self.instants
        for at, members in self.rows:
            places = _places(members, first)
            newest[places] = np.maximum(newest[places], at)
        return everyone, newest[_places(everyone, first)].tobytes()


def _places(ids: BitMap, first: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    import numpy as np

    return np.frombuffer(ids.to_array(), np.uint32).astype(np.int64) - first


def add(connection: sqlite3.Connection, block: int, at: datetime, members: BitMap) -> None:
    """Note that contacts of one block entered or left a set at an instant."""
    connection.execute("INSERT INTO touches VALUES (?, ?, ?)", (block, microseconds(at), members.serialize()))
    rows = connection.execute("SELECT count(*) FROM touches WHERE block = ?", (block,)).fetchone()[0]
    if rows > ROWS:
        everyone, instants = Touches.read(connection, block).fold()
        connection.execute("INSERT OR REPLACE INTO touched VALUES (?, ?, ?)", (block, everyone.serialize(), instants))
        connection.execute("DELETE FROM touches WHERE block = ?", (block,))
