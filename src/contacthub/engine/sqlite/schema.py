"""The physical form of a hub: its tables, and the steps that lead here from older forms."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable

from contacthub.engine.port import ABOUT
from contacthub.engine.sqlite import subjects
from contacthub.engine.sqlite.documents import create_rows

APPLICATION_ID = 0x43487562
"""`CHub`, in SQLite's header: what makes a SQLite file a hub."""

VERSION = 2
"""The form that this program writes, in SQLite's `user_version`."""

READABLE = 1
"""The oldest form that this program reads as it is. Count it up with a form that reading cannot do without."""

LAYOUT = 1
"""In the table `hub` of a hub that was made with all of ROWS. Count it up whenever `create` makes another table before
the last of them, or makes them in another order. What comes after them can be made anew from them, and a rescue does
not read it. Hubs of before have none."""

ROWS = (
    "contacts", "fields", "groups", "tags", "lists", "members", "settings", "operations", "consent", "imports",
    "channels", "events", "merges", "searches", "snapshots", "recipes", "submissions", "previews", "forgotten",
)  # fmt: skip
"""The tables of documents that every hub has, used or not, in the order in which they are made."""

TABLES = """
CREATE TABLE hub (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE tables (
    name TEXT PRIMARY KEY,
    own INTEGER NOT NULL DEFAULT 0,      -- made by people through TinyDB, not by the hub
    next_id INTEGER NOT NULL DEFAULT 1,
    count INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0   -- of the last change of a catalogue
);
CREATE TABLE sets (
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    block INTEGER NOT NULL,              -- ids block * 65536 to block * 65536 + 65535
    members BLOB NOT NULL,               -- a roaring bitmap of whole ids
    UNIQUE (kind, id, block)
);
CREATE INDEX sets_of_block ON sets (block);
CREATE TABLE touches (                   -- when contacts last entered or left a set, newest row wins
    block INTEGER NOT NULL,
    at INTEGER NOT NULL,                 -- microseconds since 1970
    members BLOB NOT NULL
);
CREATE INDEX touches_of_block ON touches (block, at);
CREATE TABLE touched (                   -- the touches of a block folded together, once they are many
    block INTEGER PRIMARY KEY,
    members BLOB NOT NULL,
    instants BLOB NOT NULL               -- of each member, microseconds as 64-bit integers
);
CREATE TABLE blocks (block INTEGER PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE identities (match_key TEXT PRIMARY KEY, contact INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX identities_of_contact ON identities (contact);
CREATE TABLE blobs (
    document_table TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (document_table, id, name)
);
CREATE TABLE feed (
    version INTEGER PRIMARY KEY,
    mark INTEGER NOT NULL,               -- random: tells a version from that of another copy of this hub
    body BLOB NOT NULL
);
"""


def _add_subjects(connection: sqlite3.Connection) -> None:
    """Form 2 knows whom statements of consent and operations are about."""
    for table in ABOUT:
        create_rows(connection, table)  # the first hubs of form 1 made a table when it was first needed
    subjects.create(connection)
    subjects.build(connection)


Migration = Callable[[sqlite3.Connection], None]
MIGRATIONS: dict[int, Migration] = {1: _add_subjects}
"""Form → what makes the next form of it, in one transaction. Add one with each new VERSION, and a test on a file of
the older form."""


def create(connection: sqlite3.Connection) -> None:
    """Make an empty hub in an empty file, in the transaction that is open.

    All of the hub's tables are made, so that SQLite's table of contents lies at the beginning of the file, where it is
    not lost when the file is cut off; and always in the same order, so that they lie where they lie in every hub of
    this layout, and a rescue can do without the table of contents.
    """
    for statement in TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    for table in ROWS:
        create_rows(connection, table)
    subjects.create(connection)
    new_epoch(connection)
    connection.execute("INSERT INTO hub VALUES ('layout', ?)", (LAYOUT,))
    connection.execute("INSERT INTO feed VALUES (0, ?, x'80')", (secrets.randbits(48),))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def new_epoch(connection: sqlite3.Connection) -> None:
    """Make cursors of before, and of other copies of this hub, mean that everything may have changed."""
    connection.execute("INSERT OR REPLACE INTO hub VALUES ('epoch', ?)", (secrets.token_hex(8),))
