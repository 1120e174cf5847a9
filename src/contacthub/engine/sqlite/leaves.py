"""Documents of a damaged hub, page by page, without the tree that leads to their pages: where its root is lost, or what
lies between, the leaves are whole and nobody finds them.

A leaf does not say of which table it is, so a document is taken for one of a table by what it holds. What was deleted
does not come back: SQLite's `secure_delete` has written zeros over it.
See "B-tree Pages" and "Record Format" in SQLite's description of its file format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from contacthub.engine.port import NATURAL_KEY
from contacthub.engine.sqlite.documents import LARGEST_ID, decode
from contacthub.engine.sqlite.failures import Damaged

PAGE = 4096
LEAF = 13
LARGEST = PAGE - 35
"""Bytes of a row that lie in its leaf. Of more, the rest lies in pages of its own."""
SMALLEST = (PAGE - 12) * 32 // 255 - 23
"""Bytes that stay in the leaf, at least, of a row that does not fit."""
NULL = 0

SIGNS: Mapping[str, tuple[frozenset[str], ...]] = {
    "contacts": (frozenset({"uuid", "ref", "urns", "engagement"}),),
    "operations": (frozenset({"kind", "summary", "actor", "surface", "at", "count"}),),
    "consent": (frozenset({"purpose", "event", "occurred_at"}), frozenset({"void", "recorded_at"})),
    "members": (frozenset({"handle", "role"}),),
    "settings": (frozenset({"country", "timezone", "purposes"}),),
    "fields": (frozenset({"key", "name", "type", "position"}),),
}
"""What only documents of a table hold, together. Those of other tables are not told apart."""


def rows(path: Path, table: str) -> Iterator[tuple[int, bytes | str]]:
    """The ids and bodies that seem to be of a table, in the order of their pages; one may come twice."""
    signs = SIGNS.get(table, ())
    natural_key = NATURAL_KEY.get(table, "")
    with open(path, "rb") as file:
        pages = _Pages(file)
        for number in range(1, pages.count + 1) if signs else ():
            for id, key, body in pages.rows(number):
                try:
                    document = decode(body)
                except Damaged:
                    continue
                if any(sign <= document.keys() for sign in signs) and document.get(natural_key) == key:
                    yield id, body


class _Pages:
    """The pages of a file, by number from 1."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.count = file.seek(0, 2) // PAGE

    def rows(self, number: int) -> Iterator[tuple[int, str | None, bytes | str]]:
        """The rows (id, key, body) of a page, if it is a leaf of documents."""
        page = self._page(number)
        start = 100 if number == 1 else 0
        if page[start] != LEAF:
            return
        cells = int.from_bytes(page[start + 3 : start + 5], "big")
        for position in range(start + 8, min(start + 8 + 2 * cells, PAGE), 2):
            try:
                row = self._row(page, int.from_bytes(page[position : position + 2], "big"))
            except (LookupError, UnicodeDecodeError):  # it points outside of the page, or to no row
                continue
            if row is not None:
                yield row

    def _row(self, page: bytes, at: int) -> tuple[int, str | None, bytes | str] | None:
        size, at = _varint(page, at)
        id, at = _varint(page, at)
        if not 0 < id <= LARGEST_ID or size > self.count * PAGE:
            return None
        record = self._record(page, at, size)
        head, after = _varint(record, 0)
        kinds = []
        while after < head:
            kind, after = _varint(record, after)
            kinds.append(kind)
        if len(kinds) != 3 or kinds[0] != NULL or (kinds[1] != NULL and kinds[1] % 2 == 0) or kinds[2] < 12:
            return None  # of a table of something else
        key, at = _content(record, head, kinds[1])
        body, _ = _content(record, at, kinds[2])
        if isinstance(key, bytes) or body is None:
            return None
        return id, key, body

    def _record(self, page: bytes, at: int, size: int) -> bytes:
        """What a row holds, gathered from the pages that it goes on in."""
        if size <= LARGEST:
            return page[at : at + size]
        here = SMALLEST + (size - SMALLEST) % (PAGE - 4)
        if here > LARGEST:
            here = SMALLEST
        parts, missing = [page[at : at + here]], size - here
        following = int.from_bytes(page[at + here : at + here + 4], "big")
        while missing > 0 and 0 < following <= self.count:
            more = self._page(following)
            parts.append(more[4 : 4 + missing])
            missing -= PAGE - 4
            following = int.from_bytes(more[:4], "big")
        return b"".join(parts)

    def _page(self, number: int) -> bytes:
        self._file.seek((number - 1) * PAGE)
        return self._file.read(PAGE)


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """SQLite's number of one to nine bytes, and where it ends. Raises LookupError beyond the end."""
    value = 0
    for position in range(at, at + 8):
        byte = content[position]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, position + 1
    return value << 8 | content[at + 8], at + 9


def _content(record: bytes, at: int, kind: int) -> tuple[bytes | str | None, int]:
    """A text or bytes of a record, or None for NULL, and where it ends. Raises LookupError where the record is cut."""
    if kind == NULL:
        return None, at
    end = at + (kind - 12) // 2
    if end > len(record):
        raise IndexError(end)
    return (record[at:end].decode() if kind % 2 else record[at:end]), end
