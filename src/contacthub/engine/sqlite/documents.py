"""Documents as rows: one SQL table a TinyDB table, `(id, key, body)`, the body being JSON.

A body is a BLOB where msgspec wrote it, which is nearly always, and TEXT where it holds what only the standard
library writes and reads back unchanged (NaN, lone surrogates).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, NATURAL_KEY, SET_KINDS, Document
from contacthub.engine.sqlite.failures import Damaged

LARGEST_ID = 2**32 - 1

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder().decode
_decode_document = msgspec.json.Decoder(dict[str, Any]).decode
_decode_documents = msgspec.json.Decoder(list[dict[str, Any]]).decode
_SETS = frozenset(SET_KINDS)


def encode(document: Mapping[str, Any]) -> bytes | str:
    """The body of a document."""
    try:
        return _encode(document)
    except UnicodeEncodeError:
        return json.dumps(document)


def is_exact(document: Mapping[str, Any]) -> bool:
    """Whether a document reads back as what it is, once msgspec has written it."""
    try:
        return bool(_decode(_encode(document)) == document)
    except (TypeError, ValueError, msgspec.DecodeError):
        return False


def encode_exactly(document: Mapping[str, Any]) -> bytes | str:
    """As `encode`, for documents from anywhere: what JSON cannot hold raises TypeError, as it does in TinyDB's own
    storage, instead of being stored as something like it."""
    return _encode(document) if is_exact(document) else json.dumps(document)


def encode_all_exactly(documents: Sequence[Mapping[str, Any]]) -> list[bytes | str]:
    """As `encode_exactly`, of many. That they read back the same is looked at once for all."""
    try:
        bodies = [_encode(document) for document in documents]
        if _decode(b"[" + b",".join(bodies) + b"]") == list(documents):
            return list(bodies)
    except (TypeError, ValueError, msgspec.DecodeError):
        pass
    return [encode_exactly(document) for document in documents]


def encode_plain(documents: Sequence[Mapping[str, Any]]) -> list[bytes | str]:
    """The bodies of documents all of whose values have been read from bodies that msgspec wrote."""
    return [*_encode_lines(documents).split(b"\n")[:-1]]


def decode(body: bytes | str) -> Document:
    """The document of a body. Raises `Damaged` where it is none."""
    try:
        return _decode_document(body) if isinstance(body, bytes) else _of_text(body)
    except (ValueError, TypeError, RecursionError) as error:
        raise Damaged(f"one of its documents cannot be read: {_what(error)}") from error


def decode_all(bodies: Mapping[int, bytes | str]) -> dict[int, Document]:
    """The documents of many bodies, by id. Decoding them as one text takes half the time."""
    try:
        text = b",".join(bodies.values())  # type: ignore[arg-type]
    except TypeError:  # one that only the standard library reads is a str
        return {id: decode(body) for id, body in bodies.items()}
    try:
        return dict(zip(bodies, _decode_documents(b"[" + text + b"]"), strict=True))
    except (ValueError, RecursionError) as error:
        raise Damaged(f"one of its documents cannot be read: {_what(error)}") from error


def _of_text(body: str) -> Document:
    document = json.loads(body)
    if not isinstance(document, dict):
        raise TypeError("it is no object")
    return document


def _what(error: Exception) -> str:
    """What is wrong with a document, without anything that stands in it: messages may end in logs."""
    if isinstance(error, UnicodeDecodeError):
        return "a text in it is none"
    return "it is no object" if isinstance(error, TypeError | msgspec.ValidationError) else "it is no JSON"


def rows_name(table: str) -> str:
    """The SQL table of a TinyDB table. SQL does not tell `A` from `a`; names that are not plain are spelled in hex."""
    return (
        f"rows_{table}" if _PLAIN_NAME.fullmatch(table) else f'"rows_#{table.encode("utf-8", "surrogatepass").hex()}"'
    )


def id_list(ids: Iterable[int]) -> str:
    """Ids as the one parameter of `IN (SELECT value FROM json_each(?))`, so that the statement stays the same."""
    return json.dumps(list(ids))


class Documents:
    """Tables of documents. Methods take the connection, which decides what is seen."""

    def exists(self, connection: sqlite3.Connection, table: str) -> bool:
        """Whether the table was ever written."""
        return connection.execute("SELECT 1 FROM tables WHERE name = ?", (table,)).fetchone() is not None

    def names(self, connection: sqlite3.Connection, *, own: bool | None = None) -> list[str]:
        """Names of all tables, or of the hub's (own=False), or of people's own (own=True)."""
        rows = connection.execute("SELECT name, own FROM tables ORDER BY name")
        return [name for name, is_own in rows if own is None or bool(is_own) == own]

    def create(self, connection: sqlite3.Connection, table: str, *, own: bool = False) -> None:
        if self.exists(connection, table):
            return
        create_rows(connection, table)
        connection.execute("INSERT INTO tables (name, own) VALUES (?, ?)", (table, own))

    def drop(self, connection: sqlite3.Connection, table: str) -> None:
        connection.execute(f"DROP TABLE IF EXISTS {rows_name(table)}")
        connection.execute("DELETE FROM tables WHERE name = ?", (table,))

    def count(self, connection: sqlite3.Connection, table: str) -> int:
        row = connection.execute("SELECT count FROM tables WHERE name = ?", (table,)).fetchone()
        return row[0] if row else 0

    def get(self, connection: sqlite3.Connection, table: str, ids: list[int]) -> dict[int, Document]:
        return {id: decode(body) for id, body in self.bodies(connection, table, ids).items()}

    def bodies(self, connection: sqlite3.Connection, table: str, ids: list[int]) -> dict[int, bytes | str]:
        if not self.exists(connection, table):
            return {}
        rows = rows_name(table)
        if len(ids) == 1:
            found = connection.execute(f"SELECT id, body FROM {rows} WHERE id = ?", ids).fetchall()
        else:
            sql = f"SELECT id, body FROM {rows} WHERE id IN (SELECT value FROM json_each(?))"
            found = connection.execute(sql, (id_list(ids),)).fetchall()
        return dict(found)

    def all_ids(self, connection: sqlite3.Connection, table: str) -> list[int]:
        if not self.exists(connection, table):
            return []
        return [id for (id,) in connection.execute(f"SELECT id FROM {rows_name(table)} ORDER BY id")]

    def scan(
        self, connection: sqlite3.Connection, table: str, after: int = -1, size: int = 256
    ) -> Iterator[list[tuple[int, bytes | str]]]:
        """Bodies by rising id, in batches. Each batch is read whole, so that the table may be written between two.
        Raises `Damaged` where ids do not rise, as where a page lies in the place of another."""
        if not self.exists(connection, table):
            return
        sql = f"SELECT id, body FROM {rows_name(table)} WHERE id > ? ORDER BY id LIMIT {size}"
        while batch := connection.execute(sql, (after,)).fetchall():
            _demand_rising(table, [after, *map(_id_of, batch)])
            yield batch
            after = batch[-1][0]

    def newest(
        self, connection: sqlite3.Connection, table: str, size: int = 64
    ) -> Iterator[list[tuple[int, bytes | str]]]:
        """Bodies by falling id, in batches read whole, as `scan`."""
        if not self.exists(connection, table):
            return
        before = 2**63 - 1
        sql = f"SELECT id, body FROM {rows_name(table)} WHERE id < ? ORDER BY id DESC LIMIT {size}"
        while batch := connection.execute(sql, (before,)).fetchall():
            _demand_rising(table, [before, *map(_id_of, batch)][::-1])
            yield batch
            before = batch[-1][0]

    def ids(self, connection: sqlite3.Connection, table: str, keys: list[str]) -> dict[str, int]:
        if table not in NATURAL_KEY or not self.exists(connection, table):
            return {}
        rows = rows_name(table)
        if len(keys) == 1:
            found = connection.execute(f"SELECT key, id FROM {rows} WHERE key = ?", keys).fetchall()
        else:
            sql = f"SELECT d.key, d.id FROM json_each(?) AS wanted JOIN {rows} AS d ON d.key = wanted.value"
            found = connection.execute(sql, (json.dumps(keys),)).fetchall()
        return dict(found)

    def put(
        self,
        connection: sqlite3.Connection,
        table: str,
        bodies: Iterable[tuple[int, str | None, bytes | str]],
    ) -> int:
        """Store (id, key, body); returns how many were not there before. Ids count as handed out from now on."""
        rows = rows_name(table)
        new = 0
        largest = 0
        for batch in batched(bodies):
            largest = max(largest, *(id for id, _, _ in batch))
            keys = self._keys(connection, rows, [id for id, _, _ in batch])
            if keys:
                moved = [(id,) for id, key, _ in batch if id in keys and keys[id] is not None and keys[id] != key]
                # Two documents may exchange their keys, so the old ones go first.
                connection.executemany(f"UPDATE {rows} SET key = NULL WHERE id = ?", moved)
                connection.executemany(
                    f"UPDATE {rows} SET body = ? WHERE id = ?",
                    [(body, id) for id, key, body in batch if id in keys and keys[id] == key],
                )
                connection.executemany(
                    f"UPDATE {rows} SET key = ?, body = ? WHERE id = ?",
                    [(key, body, id) for id, key, body in batch if id in keys and keys[id] != key],
                )
            fresh = [row for row in batch if row[0] not in keys] if keys else batch
            connection.executemany(f"INSERT INTO {rows} (id, key, body) VALUES (?, ?, ?)", fresh)
            new += len(fresh)
        if new:
            connection.execute(
                "UPDATE tables SET count = count + ?, next_id = max(next_id, ?) WHERE name = ?",
                (new, largest + 1, table),
            )
        return new

    def replace(self, connection: sqlite3.Connection, table: str, bodies: list[tuple[int, bytes | str]]) -> bool:
        """Store bodies of documents without keys that are all there; returns whether they were."""
        sql = f"UPDATE {rows_name(table)} SET body = ? WHERE id = ?"
        return connection.executemany(sql, [(body, id) for id, body in bodies]).rowcount == len(bodies)

    def _keys(self, connection: sqlite3.Connection, rows: str, ids: list[int]) -> dict[int, str | None]:
        """The present keys of those of `ids` that exist."""
        largest = connection.execute(f"SELECT max(id) FROM {rows}").fetchone()[0] or 0
        wanted = [id for id in ids if id <= largest]
        if not wanted:
            return {}
        if len(wanted) == 1:
            return dict(connection.execute(f"SELECT id, key FROM {rows} WHERE id = ?", wanted).fetchall())
        sql = f"SELECT id, key FROM {rows} WHERE id IN (SELECT value FROM json_each(?))"
        return dict(connection.execute(sql, (id_list(wanted),)).fetchall())

    def delete(self, connection: sqlite3.Connection, table: str, ids: Iterable[int]) -> list[int]:
        """Delete; returns the ids that were there."""
        rows = rows_name(table)
        gone: list[int] = []
        for batch in batched(ids):
            gone += self._keys(connection, rows, batch)
        connection.executemany(f"DELETE FROM {rows} WHERE id = ?", ((id,) for id in gone))
        if gone:
            connection.execute("UPDATE tables SET count = count - ? WHERE name = ?", (len(gone), table))
        return gone

    def reserve(self, connection: sqlite3.Connection, table: str, count: int) -> range:
        first: int = connection.execute("SELECT next_id FROM tables WHERE name = ?", (table,)).fetchone()[0]
        if first + count - 1 > LARGEST_ID:
            raise OverflowError(f"The table {table} has no ids left.")
        connection.execute("UPDATE tables SET next_id = ? WHERE name = ?", (first + count, table))
        return range(first, first + count)


def create_rows(connection: sqlite3.Connection, table: str) -> None:
    """Make the SQL table of a table, unless it is there already, as the hub's are from the beginning."""
    rows = rows_name(table)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {rows} (id INTEGER PRIMARY KEY, key TEXT, body NOT NULL)")
    if table in NATURAL_KEY:
        connection.execute(f"CREATE UNIQUE INDEX IF NOT EXISTS keys_{table} ON {rows} (key) WHERE key IS NOT NULL")


_id_of = itemgetter(0)


def _demand_rising(table: str, ids: list[int]) -> None:
    """Raise `Damaged` unless ids rise: where a page lies in the place of another they do not, and who asked for what
    comes after the last would ask for ever."""
    if ids != sorted(ids) or ids[-1] - ids[0] < len(ids) - 1:
        raise Damaged(f"rows of the table {table} are not where they belong")


def hub_bodies(table: str, documents: Mapping[int, Document]) -> Iterator[tuple[int, str | None, bytes | str]]:
    """Rows of the hub's own documents."""
    natural_key = NATURAL_KEY.get(table)
    for id, document in documents.items():
        if not 1 <= id <= LARGEST_ID:
            raise ValueError(f"{id} cannot be the id of a document of {table}; ids go from 1 to {LARGEST_ID}.")
        if table == CONTACTS and not _SETS.isdisjoint(document):
            raise ValueError(f"Contact {id} is put with its {', '.join(_SETS & document.keys())}, which are sets.")
        yield id, document.get(natural_key) if natural_key else None, encode(document)
