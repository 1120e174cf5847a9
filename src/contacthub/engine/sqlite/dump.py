"""A hub as plain TinyDB JSON, and back without loss, in bounded memory.

The hub's tables come as TinyDB would write them, contacts with their sets merged in, so that plain TinyDB opens the
file. What TinyDB has no place for is in tables whose names begin with `_contacthub`; a restore builds on those.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pyroaring import BitMap

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, NATURAL_KEY, SET_KINDS, Document, Progress
from contacthub.engine.sqlite import subjects
from contacthub.engine.sqlite.appearing import appearing
from contacthub.engine.sqlite.bitmaps import pack, unpack
from contacthub.engine.sqlite.documents import LARGEST_ID, decode, encode, encode_exactly
from contacthub.engine.sqlite.jsonstream import documents_of
from contacthub.engine.sqlite.own import HUB_TABLES, OF_DUMPS
from contacthub.engine.sqlite.pieces import Joining, Key, pieces
from contacthub.errors import StoreError

if TYPE_CHECKING:
    from contacthub.engine.sqlite.store import SqliteStore

FORMAT = 2
"""Of a dump that is written. Before 2, large bytes were not in pieces; those are read as well."""
HEAD = OF_DUMPS
SETS = "_contacthub_sets"
IDENTITIES = "_contacthub_identities"
BLOBS = "_contacthub_blobs"
_OWN = (HEAD, SETS, IDENTITIES, BLOBS)
_BATCH = 2000
_FEW = {SETS: 4, BLOBS: 1}
"""Rows that are read at a time, where one may be megabytes."""
NOTE = (
    "Tags, lists, groups and imports of contacts are restored from _contacthub_sets, and identities from "
    "_contacthub_identities: what is changed of them in the contacts here, and who is deleted here, is not."
)
"""For whoever reads a dump, or changes it with TinyDB."""
LEFT_BEHIND = frozenset({"set_of_nobody", "identity_of_nobody", "blob_of_nothing", "nameless_set"})
"""What is wrong in a dump out of which documents were deleted."""


def dump(store: SqliteStore, target: Path, progress: Progress | None = None) -> None:
    """Write the hub, as of one moment, to a new file. Raises `Refused` where there is something already."""
    with appearing(target) as part, open(part, "w", encoding="utf-8") as file:
        with store._connections.reading() as connection:
            tables = _tables(store, connection, progress)
            _write(file, tables)
        file.flush()
        os.fsync(file.fileno())


def _tables(
    store: SqliteStore, connection: sqlite3.Connection, progress: Progress | None
) -> Iterator[tuple[str, Iterator[tuple[int | str, str]]]]:
    """Every table of the dump: its name, and its documents as JSON."""
    known = connection.execute("SELECT name, own, next_id, count FROM tables ORDER BY name").fetchall()
    head = {
        "format": FORMAT,
        "note": NOTE,
        "tables": {name: {"own": bool(own), "next_id": next_id} for name, own, next_id, _ in known},
    }
    yield HEAD, iter([(1, json.dumps(head))])
    total = sum(count for *_, count in known)
    done = 0
    for name, *_ in known:
        yield name, _documents(store, connection, name, lambda more, start=done: _tell(progress, start + more, total))
        done += sum(count for other, *_, count in known if other == name)
    yield (
        SETS,
        _numbered(
            {"kind": kind, "id": id, "members": list(unpack(packed))}
            for kind, id, packed in connection.execute("SELECT kind, id, members FROM sets ORDER BY kind, id, block")
        ),
    )
    yield (
        IDENTITIES,
        _numbered(
            {"match_key": key, "contact": id}
            for key, id in connection.execute("SELECT match_key, contact FROM identities ORDER BY match_key")
        ),
    )
    yield BLOBS, _numbered(pieces(connection))


def _documents(store: SqliteStore, connection: sqlite3.Connection, table: str, told: Any) -> Iterator[tuple[int, str]]:
    done = 0
    for batch in store._documents.scan(connection, table):
        documents = {id: decode(body) for id, body in batch}  # of all tables: one that is damaged must not get in
        if table == CONTACTS:
            store._contacts.complete(connection, documents, keep=False)
            bodies = [(id, encode(document)) for id, document in documents.items()]
        else:
            bodies = batch
        for id, body in bodies:
            yield id, body if isinstance(body, str) else body.decode()
        done += len(bodies)
        told(done)


def _numbered(documents: Iterator[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    return ((number, json.dumps(document)) for number, document in enumerate(documents, 1))


def _write(file: IO[str], tables: Iterator[tuple[str, Iterator[tuple[int | str, str]]]]) -> None:
    """One document a line: readable by people, and by tools that go line by line."""
    file.write("{")
    for position, (name, documents) in enumerate(tables):
        file.write(f"{',' if position else ''}\n{json.dumps(name)}: {{")
        for number, (id, body) in enumerate(documents):
            file.write(f'{"," if number else ""}\n"{id}": {body}')
        file.write("}")
    file.write("\n}\n")


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def load(store: SqliteStore, source: Path, progress: Progress | None = None) -> None:
    """Fill a new, empty hub from a dump, in one transaction. Raises `StoreError` (`not_a_dump`) where it is none, or
    what it holds is no whole hub."""
    size = source.stat().st_size
    with (
        open(source, "rb") as file,
        io.TextIOWrapper(file, encoding="utf-8") as text,
        store._connections.transaction() as connection,
        store._connections.translated,
    ):
        try:
            joining = Joining(connection)
            for number, (table, documents) in enumerate(_portions(_with_head(documents_of(text)))):
                _load(store, connection, table, documents, joining)
                if progress is not None and number % 10 == 0:
                    progress(min(file.tell(), size), size)
            joining.finish()
        except (LookupError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise _not_a_dump(source, _in_words(error)) from error
        except sqlite3.IntegrityError as error:
            raise _not_a_dump(source, "something that may be there once comes again") from error
        except sqlite3.DataError as error:
            raise _not_a_dump(source, "something in it is larger than a hub can hold") from error
        connection.execute("INSERT OR IGNORE INTO blocks SELECT DISTINCT block, 0 FROM sets")
        subjects.build(connection)
    problems = store.check()
    if problems:
        told = " ".join(map(str, problems[:5])).rstrip(".")
        if not LEFT_BEHIND.isdisjoint(problem.code for problem in problems):
            told += (
                ". Perhaps documents were deleted in it, to which its other tables still lead: restore it as it was "
                "written, and delete them in the hub"
            )
        raise _not_a_dump(source, told)


def _not_a_dump(source: Path, what: str) -> StoreError:
    return StoreError(f"{source} is not the whole dump of a hub, or is damaged: {what}.", code="not_a_dump")


def _in_words(error: Exception) -> str:
    """What an error of reading says, for people."""
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return "something in it is no JSON"
    if isinstance(error, KeyError):
        return f"something in it has no {error}"
    if isinstance(error, RecursionError):
        return "something in it is nested too deeply"
    return str(error) if type(error) is ValueError else "something in it is not of the kind that it should be"


def _with_head(rows: Iterator[tuple[str, str, Any]]) -> Iterator[tuple[str, int, Document]]:
    """The rows of a dump that is one; the head comes first."""
    table, id, document = next(rows, ("", "", dict[str, Any]()))
    if table != HEAD or id != "1" or document.get("format") not in range(1, FORMAT + 1):
        raise ValueError(f"it does not begin with the table {HEAD} of a format up to {FORMAT}")
    yield table, 1, document
    for table, id, document in rows:
        if table == HEAD or (table.startswith(HEAD) and table not in _OWN):
            raise ValueError(f"the table {table!r} has no place there")
        if not isinstance(document, dict):
            raise ValueError(f"{document!r:.40} in the table {table!r} is no document")
        if not (id.isascii() and id.isdecimal() and (table in HUB_TABLES) <= int(id) <= LARGEST_ID):
            raise ValueError(f"{id!r} in the table {table!r} is no id")
        yield table, int(id), document


def _portions(rows: Iterator[tuple[str, int, Document]]) -> Iterator[tuple[str, dict[int, Document]]]:
    """The documents of one table each, as many as fit well into memory."""
    for table, of_table in groupby(rows, key=itemgetter(0)):
        for batch in batched(of_table, _FEW.get(table, _BATCH)):
            yield table, {id: document for _, id, document in batch}


def _load(
    store: SqliteStore, connection: sqlite3.Connection, table: str, documents: dict[int, Document], joining: Joining
) -> None:
    if table == HEAD:
        for name, about in documents[1]["tables"].items():
            store._documents.create(connection, name, own=bool(about["own"]))
            connection.execute("UPDATE tables SET next_id = ? WHERE name = ?", (_number(about["next_id"]), name))
    elif table == SETS:
        connection.executemany("INSERT INTO sets VALUES (?, ?, ?, ?)", map(_block, documents.values()))
    elif table == IDENTITIES:
        identities = ((_text(one["match_key"]), _number(one["contact"])) for one in documents.values())
        connection.executemany("INSERT INTO identities VALUES (?, ?)", identities)
    elif table == BLOBS:
        for document in documents.values():
            joining.add(*_piece(document))
    else:
        if table == CONTACTS:
            for document in documents.values():
                for kind in SET_KINDS:
                    document.pop(kind, None)
        key = NATURAL_KEY.get(table)
        store._documents.create(connection, table, own=table not in HUB_TABLES)
        bodies = (
            (id, _text(document[key]) if key and document.get(key) is not None else None, encode_exactly(document))
            for id, document in documents.items()
        )
        store._documents.put(connection, table, bodies)


def _block(row: Document) -> tuple[str, int, int, bytes]:
    members = BitMap(row["members"])
    return _text(row["kind"]), _number(row["id"]), members.min() >> 16, pack(members)


def _piece(row: Document) -> tuple[Key, int, int, bytes]:
    content = base64.b64decode(row["content"], validate=True)
    key = _text(row["table"]), _number(row["id"]), _text(row["name"])
    return key, _number(row.get("size", len(content))), _number(row.get("at", 0)), content


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.40} is no text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_ID + 1:
        raise ValueError(f"{value!r:.40} is no number of a document")
    return value
