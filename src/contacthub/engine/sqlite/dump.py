"""A hub as plain TinyDB JSON, and back without loss, in bounded memory.

The hub's tables come as TinyDB would write them, contacts with their sets merged in, so that plain TinyDB opens the
file. What TinyDB has no place for is in tables whose names begin with `_contacthub`; a restore builds on those.
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, NATURAL_KEY, SET_KINDS, Document, Progress
from contacthub.engine.sqlite.appearing import appearing
from contacthub.engine.sqlite.documents import batches, decode, encode, encode_exactly
from contacthub.engine.sqlite.jsonstream import documents_of
from contacthub.engine.sqlite.sets import pack
from contacthub.errors import StoreError

if TYPE_CHECKING:
    import sqlite3

    from contacthub.engine.sqlite.store import SqliteStore

FORMAT = 1
HEAD = "_contacthub"
SETS = "_contacthub_sets"
IDENTITIES = "_contacthub_identities"
BLOBS = "_contacthub_blobs"
_OWN = (HEAD, SETS, IDENTITIES, BLOBS)
_BATCH = 2000


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
            {"kind": kind, "id": id, "members": list(BitMap.deserialize(packed))}
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
    yield (
        BLOBS,
        _numbered(
            {"table": table, "id": id, "name": name, "content": base64.b64encode(content).decode()}
            for table, id, name, content in connection.execute("SELECT * FROM blobs")
        ),
    )


def _documents(store: SqliteStore, connection: sqlite3.Connection, table: str, told: Any) -> Iterator[tuple[int, str]]:
    done = 0
    for batch in store._documents.scan(connection, table):
        if table == CONTACTS:
            documents = {id: decode(body) for id, body in batch}
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
    """Fill a new, empty hub from a dump, in one transaction."""
    size = source.stat().st_size
    with (
        open(source, "rb") as file,
        io.TextIOWrapper(file, encoding="utf-8") as text,
        store._connections.transaction() as connection,
    ):
        rows = _checked(documents_of(text), source)
        for number, batch in enumerate(batches(rows, _BATCH)):
            with store._connections.translated:
                _load(store, connection, batch)
            if progress is not None and number % 10 == 0:
                progress(min(file.tell(), size), size)
        with store._connections.translated:
            connection.execute("INSERT OR IGNORE INTO blocks SELECT DISTINCT block, 0 FROM sets")


def _checked(rows: Iterator[tuple[str, str, Any]], source: Path) -> Iterator[tuple[str, int, Document]]:
    """The rows of a dump that is one; the head comes first."""
    first = True
    try:
        for table, id, document in rows:
            if first and (table != HEAD or document.get("format") != FORMAT):
                raise StoreError(
                    f"{source} is not the dump of a hub that this program can read: it does not begin with the table "
                    f"{HEAD} of format {FORMAT}.",
                    code="not_a_dump",
                )
            first = False
            yield table, int(id), document
    except (ValueError, TypeError, AttributeError) as error:
        raise StoreError(f"{source} is not the dump of a hub, or is damaged: {error}.", code="not_a_dump") from error
    if first:
        raise StoreError(f"{source} is empty; it is not the dump of a hub.", code="not_a_dump")


def _load(store: SqliteStore, connection: sqlite3.Connection, batch: list[tuple[str, int, Document]]) -> None:
    by_table: dict[str, dict[int, Document]] = {}
    for table, id, document in batch:
        by_table.setdefault(table, {})[id] = document
    for table, documents in by_table.items():
        if table == HEAD:
            for name, about in documents[1]["tables"].items():
                store._documents.create(connection, name, own=about["own"])
                connection.execute("UPDATE tables SET next_id = ? WHERE name = ?", (about["next_id"], name))
        elif table == SETS:
            connection.executemany(
                "INSERT INTO sets VALUES (?, ?, ?, ?)",
                [(s["kind"], s["id"], s["members"][0] >> 16, pack(BitMap(s["members"]))) for s in documents.values()],
            )
        elif table == IDENTITIES:
            connection.executemany(
                "INSERT INTO identities VALUES (?, ?)", [(i["match_key"], i["contact"]) for i in documents.values()]
            )
        elif table == BLOBS:
            connection.executemany(
                "INSERT INTO blobs VALUES (?, ?, ?, ?)",
                [(b["table"], b["id"], b["name"], base64.b64decode(b["content"])) for b in documents.values()],
            )
        else:
            if table == CONTACTS:
                for document in documents.values():
                    for kind in SET_KINDS:
                        document.pop(kind, None)
            key = NATURAL_KEY.get(table, "")
            bodies = ((id, document.get(key), encode_exactly(document)) for id, document in documents.items())
            store._documents.create(connection, table, own=True)
            store._documents.put(connection, table, bodies)
