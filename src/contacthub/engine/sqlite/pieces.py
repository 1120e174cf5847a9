"""Bytes beside documents on their way into a dump and out of it: piece by piece, since what one operation changed may
be larger than all that fits into memory."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator

from contacthub.engine.port import Document
from contacthub.engine.sqlite.failures import Damaged

PIECE = 3 << 18
"""Bytes of a piece: 1 MiB of base64."""

Key = tuple[str, int, str]
"""Table and id of the document, and the name of the bytes."""


def pieces(connection: sqlite3.Connection) -> Iterator[Document]:
    """The rows of a dump: one for bytes that are few; for others one a piece, which says where it begins (`at`) and
    how many bytes there are in all (`size`)."""
    found = connection.execute(
        "SELECT rowid, document_table, id, name, typeof(content), length(content) FROM blobs ORDER BY rowid"
    )
    for row, table, id, name, kind, size in found:
        if kind != "blob":
            raise Damaged("bytes beside one of its documents are none")
        about = {"table": table, "id": id, "name": name}
        with connection.blobopen("blobs", "content", row, readonly=True) as content:
            if size <= PIECE:
                yield about | {"content": _text_of(content.read())}
                continue
            for at in range(0, size, PIECE):
                yield about | {"size": size, "at": at, "content": _text_of(content.read(PIECE))}


def _text_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


class Joining:
    """Stores bytes whose pieces come one after the other. Raises ValueError where one is missing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._key: Key | None = None
        self._row = 0
        self._size = 0
        self._filled = 0

    def add(self, key: Key, size: int, at: int, content: bytes) -> None:
        if at == 0:
            self.finish()
            place = "?" if size == len(content) else "zeroblob(?)"
            inserted = self._connection.execute(
                f"INSERT INTO blobs VALUES (?, ?, ?, {place})", (*key, content if size == len(content) else size)
            )
            self._key, self._row, self._size, self._filled = key, inserted.lastrowid or 0, size, 0
        if key != self._key or at != self._filled or at + len(content) > self._size:
            raise ValueError("bytes beside a document are not whole, or not in their order")
        if size != len(content):
            with self._connection.blobopen("blobs", "content", self._row) as stored:
                stored.seek(at)
                stored.write(content)
        self._filled += len(content)

    def finish(self) -> None:
        """Demand that the last bytes are whole."""
        if self._filled != self._size:
            raise ValueError("bytes beside a document end too early")
