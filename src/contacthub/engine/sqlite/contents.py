"""SQLite's table of contents, which says where in the file which table is. Where that of a damaged hub is lost, that of
a new hub stands in for it, whose tables lie where those of every hub of its layout do."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from contextlib import suppress
from pathlib import Path

from contacthub.engine.sqlite import schema
from contacthub.engine.sqlite.documents import rows_name
from contacthub.engine.sqlite.store import SqliteStore

PAGE = 4096
"""The size of a page, which SQLite chose for every hub."""
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises. What SQLite says of one may itself be no text."""

_INSIDE = {"hub", "tables", "sets", "touches", "touched", "blocks", "identities", "blobs", "feed"}
_EXPECTED = _INSIDE | {rows_name(table) for table in schema.ROWS}


def open_damaged(path: Path) -> sqlite3.Connection:
    """A connection to a private copy of a damaged hub; with the table of contents of a new hub, if its own cannot be
    read or lacks something, and it is of this layout."""
    connection = _open(path)
    names = _names(connection)
    if names is None or not names >= _EXPECTED:
        with suppress(*UNREADABLE):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        mended = _mended(path)
        if mended is not None:
            connection.close()
            return mended
    return connection


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    with suppress(*UNREADABLE):
        connection.execute("PRAGMA writable_schema = ON")  # or SQLite will not look at a file that is cut off
    return connection


def _names(connection: sqlite3.Connection) -> set[str] | None:
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except UNREADABLE:
        return None


def _mended(path: Path) -> sqlite3.Connection | None:
    new, mended = path.with_name("new.hub"), path.with_name("mended.hub")
    SqliteStore.open(new, create=True).close()
    shutil.copyfile(path, mended)
    content = new.read_bytes()
    with open(mended, "r+b") as file:
        for number in _pages(content):
            file.seek((number - 1) * PAGE)
            file.write(content[(number - 1) * PAGE : number * PAGE])
        file.seek(24)
        file.write(bytes(16))  # how often it was changed, how long it is, and what is free: SQLite finds out itself
        file.seek(92)
        file.write(bytes(4))
    connection = _open(mended)
    with suppress(*UNREADABLE):
        if connection.execute("SELECT value FROM hub WHERE name = 'layout'").fetchone() == (schema.LAYOUT,):
            return connection
    connection.close()
    return None


def _pages(content: bytes) -> list[int]:
    """The pages of a table of contents: the first, and those to which it points."""
    if content[100] != 5:  # it is on one page
        return [1]
    (count,) = struct.unpack_from(">H", content, 103)
    (last,) = struct.unpack_from(">I", content, 108)
    cells = struct.unpack_from(f">{count}H", content, 112)
    return [1, *(struct.unpack_from(">I", content, cell)[0] for cell in cells), last]
