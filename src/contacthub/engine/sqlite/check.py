"""Is a hub whole? SQLite's own check of the file, then what must be true of documents, sets, identities and feed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyroaring import BitMap

from contacthub.engine.port import ABOUT, CONTACTS, NATURAL_KEY, SET_KINDS, Problem
from contacthub.engine.sqlite import feed, subjects
from contacthub.engine.sqlite.bitmaps import unpack
from contacthub.engine.sqlite.documents import decode, rows_name
from contacthub.engine.sqlite.failures import Damaged, name_of
from contacthub.engine.sqlite.sets import BLOCK
from contacthub.engine.sqlite.touches import Touches, text

if TYPE_CHECKING:
    from contacthub.engine.sqlite.store import SqliteStore

NAMED = 5
"""Ids that a message names; the rest is counted."""


def check(store: SqliteStore) -> list[Problem]:
    """Everything that is wrong, as of one moment; an empty list is a hub that is whole."""
    with store._connections.reading() as connection:
        return check_file(connection)


def check_file(connection: sqlite3.Connection) -> list[Problem]:
    """As `check`, of the file of a connection."""
    try:
        damage = [row[0] for row in connection.execute("PRAGMA integrity_check(100)")]
        if damage != ["ok"]:
            return [Problem("damaged_file", f"The file is damaged: {line}.") for line in damage]
        present = {str(table): BitMap() for (table,) in connection.execute("SELECT name FROM tables")}
        problems: list[Problem] = []
        for table, ids in present.items():
            problems += _readable(f"the table {table}", _documents(connection, table, ids))
        contacts = present.get(CONTACTS, BitMap())
        problems += _readable("sets", _sets(connection, present))
        problems += _readable("the times of changes of sets", _touches(connection, contacts))
        problems += _readable("identities", _identities(connection, contacts))
        problems += _readable("bytes beside documents", _blobs(connection, present))
        problems += _readable("whom documents are about", _subjects(connection))
        problems += _readable("the feed", _feed(connection))
        return problems
    except sqlite3.DatabaseError as error:
        if name_of(error).startswith("SQLITE_CORRUPT"):
            return [Problem("damaged_file", f"The file is damaged: {error}.")]
        raise


def _readable(what: str, found: Iterator[Problem]) -> Iterator[Problem]:
    """What is found; and, where rows hold what is not even of the kind that a hub writes, that."""
    try:
        yield from found
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        yield Problem("unreadable_rows", f"Rows of {what} are not what a hub writes there ({type(error).__name__}).")


def some(ids: BitMap | list[str]) -> str:
    """Ids for a message: the first few, and how many more."""
    shown = ", ".join(str(id) for id, _ in zip(ids, range(NAMED), strict=False))
    return f"{shown} and {len(ids) - NAMED} more" if len(ids) > NAMED else shown


def _documents(connection: sqlite3.Connection, table: str, ids: BitMap) -> Iterator[Problem]:
    natural_key = NATURAL_KEY.get(table)
    unreadable, other_key = BitMap(), BitMap()
    rows = rows_name(table)
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (rows.strip('"'),)).fetchone():
        yield Problem("lost_table", f"The table {table} is gone.")
        return
    for id, key, body in connection.execute(f"SELECT id, key, body FROM {rows}"):
        ids.add(id)
        try:
            document = decode(body)
        except Damaged:
            unreadable.add(id)
            continue
        if natural_key and document.get(natural_key) != key:
            other_key.add(id)
    if unreadable:
        yield Problem("unreadable_document", f"Documents of {table} are no JSON: {some(unreadable)}.")
    if other_key:
        yield Problem("wrong_key", f"Documents of {table} are listed under another {natural_key}: {some(other_key)}.")
    count, next_id = connection.execute("SELECT count, next_id FROM tables WHERE name = ?", (table,)).fetchone()
    if count != len(ids):
        yield Problem("wrong_count", f"The table {table} has {len(ids)} documents, but counts {count}.")
    if ids and next_id <= ids.max():
        yield Problem("wrong_next_id", f"The next id of {table} is {next_id}, but {ids.max()} is in use.")


def _sets(connection: sqlite3.Connection, present: dict[str, BitMap]) -> Iterator[Problem]:
    nameless: set[str] = set()
    strangers: dict[str, int] = {}
    known = {block for (block,) in connection.execute("SELECT block FROM blocks")}
    for kind, id, block, packed in connection.execute("SELECT kind, id, block, members FROM sets"):
        name = f"{kind} {id}"
        try:
            members = unpack(packed)
        except Damaged:
            yield Problem("unreadable_set", f"Block {block} of the set {name} cannot be read.")
            continue
        if not members or members.min() // BLOCK != block or members.max() // BLOCK != block or block not in known:
            yield Problem("wrong_block", f"Block {block} of the set {name} holds contacts of another block, or none.")
        if kind not in SET_KINDS or id not in present.get(kind, ()):
            nameless.add(name)
        lost = members - present.get(CONTACTS, BitMap())
        if lost:
            strangers[name] = strangers.get(name, 0) + len(lost)
    if nameless:
        yield Problem("nameless_set", f"Sets without a name: {some(sorted(nameless))}.")
    for name, count in strangers.items():
        yield Problem("set_of_nobody", f"The set {name} holds {count} contacts that do not exist.")


def _touches(connection: sqlite3.Connection, contacts: BitMap) -> Iterator[Problem]:
    for (block,) in connection.execute("SELECT block FROM touches UNION SELECT block FROM touched").fetchall():
        try:
            for instant in set(Touches.read(connection, block).newest(contacts).values()):
                text(instant)
        except Damaged as error:
            yield Problem("unreadable_touches", f"When contacts of block {block} changed sets cannot be read: {error}.")


def _identities(connection: sqlite3.Connection, contacts: BitMap) -> Iterator[Problem]:
    lost = [key for key, id in connection.execute("SELECT match_key, contact FROM identities") if id not in contacts]
    if lost:
        # Not the keys themselves: messages may end in logs, which hold no phone numbers.
        yield Problem("identity_of_nobody", f"{len(lost)} identities belong to contacts that do not exist.")


def _blobs(connection: sqlite3.Connection, present: dict[str, BitMap]) -> Iterator[Problem]:
    lost: dict[str, BitMap] = {}
    for table, id in connection.execute("SELECT DISTINCT document_table, id FROM blobs"):
        if id not in present.get(table, ()):
            lost.setdefault(table, BitMap()).add(id)
    for table, ids in lost.items():
        yield Problem("blob_of_nothing", f"Bytes are kept for documents of {table} that do not exist: {some(ids)}.")


def _subjects(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Documents are listed under whom they are about. Sums of hashes tell, however many there are."""
    for table in ABOUT if subjects.exists(connection) else ():
        listed = sum(hash(row) for row in connection.execute(f"SELECT subject, id FROM about_{table}"))
        for id, body in connection.execute(f"SELECT id, body FROM {rows_name(table)}"):
            try:
                listed -= sum(hash((subject, id)) for subject in subjects.subjects(table, decode(body)))
            except Damaged:  # which is told already
                listed = 0
                break
        if listed:
            yield Problem("wrong_subjects", f"Documents of {table} are not listed under whom they are about.")


def _feed(connection: sqlite3.Connection) -> Iterator[Problem]:
    previous: int | None = None
    for version, body in connection.execute("SELECT version, body FROM feed ORDER BY version"):
        if previous is not None and version != previous + 1:
            yield Problem("gap_in_feed", f"The feed has a gap after change {previous}.")
        previous = version
        try:
            feed.decode(body)
        except Damaged:
            yield Problem("unreadable_feed", f"Change {version} of the feed cannot be read.")
    later = connection.execute(
        "SELECT max(version) FROM (SELECT version FROM blocks UNION ALL SELECT version FROM tables)"
    ).fetchone()[0]
    if previous is None or (later or 0) > previous:
        yield Problem("cut_feed", "The feed does not reach the newest change.")
