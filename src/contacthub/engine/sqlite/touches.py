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

from pyroaring import BitMap

from contacthub.model.values import instant_text

ROWS = 64
"""Rows of a block that are read one by one; more are folded."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def text(instant: int) -> str:
    return instant_text(_EPOCH + timedelta(microseconds=instant))


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
        found = connection.execute("SELECT at, members FROM touches WHERE block = ? ORDER BY at DESC", (block,))
        packed = found.fetchall()
        touches = cls(rows=[(at, BitMap.deserialize(members)) for at, members in packed])
        touches.size = sum(256 + len(members) for _, members in packed)
        base = connection.execute("SELECT members, instants FROM touched WHERE block = ?", (block,)).fetchone()
        if base is not None:
            touches.folded = BitMap.deserialize(base[0])
            touches.instants = memoryview(base[1]).cast("q")
            touches.size += 512 + len(base[0]) + len(base[1])
        return touches

    def newest(self, id: int) -> int | None:
        """The instant of the newest touch of a contact, in microseconds since 1970."""
        best = next((at for at, members in self.rows if id in members), None)
        if id in self.folded:
            folded: int = self.instants[self.folded.rank(id) - 1]
            return folded if best is None else max(best, folded)
        return best

    def fold(self) -> tuple[BitMap, array[int]]:
        """Everyone who was ever touched, and the newest instant of each."""
        newest = dict(zip(self.folded, self.instants, strict=True))
        for at, members in reversed(self.rows):
            for id in members:
                newest[id] = max(at, newest.get(id, at))
        everyone = BitMap(newest)
        return everyone, array("q", (newest[id] for id in everyone))


def add(connection: sqlite3.Connection, block: int, at: datetime, members: BitMap) -> None:
    """Note that contacts of one block entered or left a set at an instant."""
    connection.execute("INSERT INTO touches VALUES (?, ?, ?)", (block, microseconds(at), members.serialize()))
    rows = connection.execute("SELECT count(*) FROM touches WHERE block = ?", (block,)).fetchone()[0]
    if rows > ROWS:
        everyone, instants = Touches.read(connection, block).fold()
        connection.execute(
            "INSERT OR REPLACE INTO touched VALUES (?, ?, ?)", (block, everyone.serialize(), instants.tobytes())
        )
        connection.execute("DELETE FROM touches WHERE block = ?", (block,))
