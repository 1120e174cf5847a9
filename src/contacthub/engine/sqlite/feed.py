"""The feed: what each change changed, by rising version, so that "what is new since" costs what is new.

A row holds bitmaps of ids, never a value of a document. Old rows are dropped; whoever asks from before them is told
that everything may have changed.
"""

from __future__ import annotations

import secrets
import sqlite3

import msgspec
from pyroaring import BitMap

from contacthub.engine.port import Changes, Cursor, SetChange, SetKey
from contacthub.engine.sqlite.bitmaps import unpack
from contacthub.engine.sqlite.failures import Damaged

KEPT_ROWS = 50_000
KEPT_BYTES = 64 << 20
COMPACT_EVERY = 1024
"""Changes between two looks at whether the feed has grown too long."""


class Entry(msgspec.Struct, omit_defaults=True):
    """One change. Bitmaps are serialised."""

    put: dict[str, bytes] = {}
    deleted: dict[str, bytes] = {}
    sets: list[tuple[str, int, bytes, bytes]] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def decode(body: bytes) -> Entry:
    """Raises `Damaged` where it is no entry."""
    try:
        return _decode(body)
    except (ValueError, TypeError) as error:
        raise Damaged("an entry of its feed of changes cannot be read") from error


def version(connection: sqlite3.Connection) -> int:
    """The version of the newest change."""
    newest: int | None = connection.execute("SELECT max(version) FROM feed").fetchone()[0]
    if not isinstance(newest, int):
        raise Damaged("its feed of changes is empty")
    return newest


def cursor(connection: sqlite3.Connection) -> Cursor:
    """The present state: which hub, which version, and its mark."""
    row = connection.execute(
        "SELECT value || '.' || version || '.' || mark FROM hub, feed "
        "WHERE name = 'epoch' ORDER BY version DESC LIMIT 1"
    ).fetchone()
    if row is None or not isinstance(row[0], str):
        raise Damaged("its feed of changes is empty")
    return Cursor(row[0])


def append(
    connection: sqlite3.Connection,
    version: int,
    put: dict[str, BitMap],
    deleted: dict[str, BitMap],
    sets: dict[SetKey, SetChange],
) -> None:
    entry = Entry(
        put={table: ids.serialize() for table, ids in put.items() if ids},
        deleted={table: ids.serialize() for table, ids in deleted.items() if ids},
        sets=[(*key, change.added.serialize(), change.removed.serialize()) for key, change in sets.items()],
    )
    connection.execute("INSERT INTO feed VALUES (?, ?, ?)", (version, secrets.randbits(48), _encode(entry)))
    if version % COMPACT_EVERY == 0:
        compact(connection)


def compact(connection: sqlite3.Connection, rows: int = KEPT_ROWS, size: int = KEPT_BYTES) -> None:
    """Drop what is older than `rows` changes, or beyond `size` bytes; the newest change always stays."""
    newest = version(connection)
    oldest = newest - rows + 1
    total = 0
    lengths = "SELECT version, length(body) FROM feed WHERE version >= ? ORDER BY version DESC"
    for number, length in connection.execute(lengths, (oldest,)):
        total += length
        if total > size:
            oldest = min(number + 1, newest)
            break
    connection.execute("DELETE FROM feed WHERE version < ?", (min(oldest, newest),))


def changes(connection: sqlite3.Connection, since: Cursor) -> Changes:
    """What changed since; the connection must see one state throughout."""
    now = cursor(connection)
    if since == now:
        return Changes(cursor=now)
    epoch, _, rest = since.partition(".")
    number, _, mark = rest.partition(".")
    known = (
        now.startswith(f"{epoch}.")
        and _is_integer(number)
        and _is_integer(mark)
        and connection.execute("SELECT 1 FROM feed WHERE version = ? AND mark = ?", (int(number), int(mark))).fetchone()
    )
    if not known:
        return Changes(cursor=now, everything=True)
    found = Changes(cursor=now)
    for (body,) in connection.execute("SELECT body FROM feed WHERE version > ? ORDER BY version", (int(number),)):
        _merge(found, decode(body))
    found.sets = {key: change for key, change in found.sets.items() if change.added or change.removed}
    found.put = {table: ids for table, ids in found.put.items() if ids}
    found.deleted = {table: ids for table, ids in found.deleted.items() if ids}
    return found


def _is_integer(text: str) -> bool:
    """Whether this can be a number of SQLite's: a cursor may come from anywhere."""
    return text.isdecimal() and len(text) <= 18


def _merge(found: Changes, entry: Entry) -> None:
    """Add a later entry. Ids put again after a deletion are put; a contact that entered and left did neither."""
    for table, packed in entry.deleted.items():
        ids = unpack(packed)
        found.put[table] = found.put.get(table, BitMap()) - ids
        found.deleted[table] = found.deleted.get(table, BitMap()) | ids
    for table, packed in entry.put.items():
        ids = unpack(packed)
        found.deleted[table] = found.deleted.get(table, BitMap()) - ids
        found.put[table] = found.put.get(table, BitMap()) | ids
    for kind, id, packed_added, packed_removed in entry.sets:
        added, removed = unpack(packed_added), unpack(packed_removed)
        net = found.sets.setdefault(SetKey(kind, id), SetChange())  # type: ignore[arg-type]
        net.added, net.removed = (
            (net.added - removed) | (added - net.removed),
            (net.removed - added) | (removed - net.added),
        )
        found.touched |= added | removed
    for part in (entry.put, entry.deleted):
        if "contacts" in part:
            found.touched |= unpack(part["contacts"])
