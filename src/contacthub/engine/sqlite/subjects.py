"""Whom documents are about: for each table of ABOUT an SQL table with a row for each subject of each document, so that
what concerns one contact is found among millions. All of it follows from the documents, and can be built anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from contacthub.engine.batches import batched
from contacthub.engine.port import ABOUT, Document, Subject
from contacthub.engine.sqlite.bitmaps import unpack
from contacthub.engine.sqlite.documents import Documents, decode, encode, rows_name
from contacthub.engine.sqlite.failures import Damaged

UNSAID = ""
"""The subject of documents that do not say whom they are about."""
FEW = 16
"""Contacts of an operation of form 1 that it names from then on. It stays this, whatever operations do later."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, empty."""
    for table in ABOUT:
        connection.execute(
            f"CREATE TABLE about_{table} (subject TEXT, id INTEGER, PRIMARY KEY (subject, id)) WITHOUT ROWID"
        )


def exists(connection: sqlite3.Connection) -> bool:
    """Whether there are the tables, which a hub of form 1 that is only read has not."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name LIKE 'about_%'").fetchone() is not None


def build(connection: sqlite3.Connection) -> None:
    """Fill the tables, which are empty, from the documents; among which may be some of form 1."""
    _name_few(connection)
    for table in ABOUT:
        for rows in batched(connection.execute(f"SELECT id, body FROM {rows_name(table)}")):
            enter(connection, table, {id: decode(body) for id, body in rows})


def _name_few(connection: sqlite3.Connection) -> None:
    """Operations of form 1 did not name whom they changed. Those that changed few do, as if written today."""
    changed = """SELECT id, content FROM blobs
        WHERE document_table = 'operations' AND name = 'contacts' AND length(content) < 512"""
    for blobs in batched(connection.execute(changed)):
        few = {id: contacts for id, packed in blobs if (contacts := _few(packed)) is not None}
        documents = Documents().get(connection, "operations", list(few))
        named = [(encode({**one, "about": few[id]}), id) for id, one in documents.items() if "about" not in one]
        connection.executemany("UPDATE rows_operations SET body = ? WHERE id = ?", named)


def _few(packed: bytes) -> list[int] | None:
    """Contacts that are few; None of more, and of what is damaged, which is told by whoever looks for damage."""
    try:
        contacts = unpack(packed)
    except Damaged:
        return None
    return list(contacts) if len(contacts) <= FEW else None


def subjects(table: str, document: Document) -> set[str]:
    """Whom a document is about."""
    named = [document[name] for name in ABOUT[table] if name in document]
    if not named:
        return {UNSAID}
    return {str(subject) for one in named for subject in (one if isinstance(one, list) else [one])}


def leave(connection: sqlite3.Connection, documents: Documents, table: str, ids: Iterable[int]) -> None:
    """Before documents are replaced or deleted: those that are there are about nobody any more."""
    if table not in ABOUT:
        return
    newest = connection.execute(f"SELECT max(id) FROM {rows_name(table)}").fetchone()[0] or 0
    for batch in batched(id for id in ids if id <= newest):
        there = documents.get(connection, table, batch)
        connection.executemany(f"DELETE FROM about_{table} WHERE subject = ? AND id = ?", _rows(table, there))


def enter(connection: sqlite3.Connection, table: str, documents: Mapping[int, Document]) -> None:
    """Note whom documents are about that are new."""
    if table in ABOUT:
        # In the order of their b-tree, so that a bulk change walks it once.
        connection.executemany(f"INSERT OR IGNORE INTO about_{table} VALUES (?, ?)", sorted(_rows(table, documents)))


def find(connection: sqlite3.Connection, table: str, wanted: Iterable[Subject]) -> BitMap:
    """The documents that are about any of these, and those that do not say whom they are about."""
    if not exists(connection):
        return BitMap(Documents().all_ids(connection, table))
    found = BitMap()
    sql = f"SELECT about.id FROM json_each(?) AS wanted JOIN about_{table} AS about ON about.subject = wanted.value"
    for batch in batched({UNSAID, *map(str, wanted)}):
        found.update(id for (id,) in connection.execute(sql, (json.dumps(batch),)))
    return found


def _rows(table: str, documents: Mapping[int, Document]) -> list[tuple[str, int]]:
    return [(subject, id) for id, document in documents.items() for subject in subjects(table, document)]
