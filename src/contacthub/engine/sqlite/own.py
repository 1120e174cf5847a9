"""Tables of people's own, made and written through TinyDB. The hub's tables are refused here, by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pyroaring import BitMap

from contacthub.engine.sqlite import feed, schema
from contacthub.engine.sqlite.connections import Connections
from contacthub.engine.sqlite.documents import LARGEST_ID, Documents, rows_name
from contacthub.errors import NotAllowed

HUB_TABLES = frozenset(schema.ROWS)
"""Names that the hub keeps for itself, whether or not it has used them yet."""

OF_DUMPS = "_contacthub"
"""How the names of the tables begin that a dump has beside those of the hub."""

VERBS = {
    "contacts": "hub.contacts.create(…), .edit(…), .delete(…) or a verb such as hub.find(…).tag(…)",
    "fields": "hub.fields.create(…), .rename(…), .delete(…)",
    "groups": "hub.groups.create(…), .rename(…), .delete(…)",
    "tags": "hub.tags.create(…), .rename(…), .delete(…)",
    "lists": "hub.lists.create(…), .rename(…), .delete(…)",
    "members": "hub.members.create(…)",
    "settings": "hub.settings.update(…)",
    "imports": "hub.imports.preview(…)",
    "submissions": "hub.imports.preview(…).submit()",
    "channels": "hub.channels.create(…)",
    "operations": "hub.undo(…)",
    "consent": "hub.find(…).opt_in(…) or .opt_out(…)",
}


class OwnChange:
    """A change of one table of people's own, inside a transaction: one entry of the feed, however many documents."""

    def __init__(self, documents: Documents, connection: sqlite3.Connection, table: str) -> None:
        self._documents = documents
        self._connection = connection
        self._table = table
        self._put = BitMap()
        self._deleted = BitMap()

    def put(self, bodies: list[tuple[int, bytes | str]]) -> None:
        """Store bodies by id; what has an id already is replaced."""
        if not bodies:
            return
        for id, _ in bodies:
            if not 0 <= id <= LARGEST_ID:
                raise ValueError(f"{id} cannot be the id of a document; ids go from 0 to {LARGEST_ID}.")
        self._documents.put(self._connection, self._table, ((id, None, body) for id, body in bodies))
        ids = BitMap([id for id, _ in bodies])
        self._put |= ids
        self._deleted -= ids

    def replace(self, bodies: list[tuple[int, bytes | str]]) -> None:
        """As `put`, of documents that were there when they were read."""
        if bodies and not self._documents.replace(self._connection, self._table, bodies):
            self.put(bodies)  # one of them has been deleted since, inside this transaction
        self._put |= BitMap([id for id, _ in bodies])

    def delete(self, ids: Iterable[int]) -> None:
        gone = BitMap(self._documents.delete(self._connection, self._table, ids))
        self._deleted |= gone
        self._put -= gone

    def clear(self) -> None:
        """Delete every document; ids begin again at 1, as in TinyDB."""
        self._deleted |= BitMap(self.ids())
        self._put = BitMap()
        self._connection.execute(f"DELETE FROM {rows_name(self._table)}")
        self._connection.execute("UPDATE tables SET count = 0, next_id = 1 WHERE name = ?", (self._table,))

    def next_id(self) -> int:
        row = self._connection.execute("SELECT next_id FROM tables WHERE name = ?", (self._table,)).fetchone()
        return row[0] if row else 1

    def reserve(self) -> int:
        """The next id, which nobody else gets."""
        return self._documents.reserve(self._connection, self._table, 1)[0]

    def ids(self) -> list[int]:
        return self._documents.all_ids(self._connection, self._table)

    def count(self) -> int:
        return self._documents.count(self._connection, self._table)

    def bodies(self, ids: list[int]) -> dict[int, bytes | str]:
        return self._documents.bodies(self._connection, self._table, ids)

    def bodies_from(self, id: int, count: int) -> dict[int, bytes | str]:
        """The next documents by rising id, from `id` on."""
        return dict(next(self._documents.scan(self._connection, self._table, after=id - 1, size=count), []))

    def portions(self, size: int) -> Iterator[dict[int, bytes | str]]:
        """All documents by rising id, so many at a time; they may be replaced meanwhile."""
        return map(dict, self._documents.scan(self._connection, self._table, size=size))

    def note(self) -> None:
        """Tell the feed."""
        if self._put or self._deleted:
            version = feed.version(self._connection) + 1
            feed.append(self._connection, version, {self._table: self._put}, {self._table: self._deleted}, {})


class OwnTables:
    """The door to tables that are not the hub's."""

    def __init__(self, connections: Connections, documents: Documents) -> None:
        self._connections = connections
        self._documents = documents

    def names(self) -> list[str]:
        """All tables, the hub's too."""
        with self._connections.reading() as connection:
            return self._documents.names(connection)

    def ids(self, table: str) -> list[int]:
        """All ids of a table, rising."""
        with self._connections.reading() as connection:
            return self._documents.all_ids(connection, table)

    @contextmanager
    def writing(self, table: str) -> Iterator[OwnChange]:
        """A change of one table, made if it is not there. Raises `NotAllowed` for the hub's tables."""
        with self._connections.transaction() as connection, self._connections.translated:
            _check(connection, table)
            self._documents.create(connection, table, own=True)
            change = OwnChange(self._documents, connection, table)
            yield change
            change.note()

    def drop(self, table: str) -> None:
        """Delete a table with all that is in it."""
        with self.writing(table) as change:
            change.clear()
        with self._connections.transaction() as connection, self._connections.translated:
            self._documents.drop(connection, table)


def check_name(table: object) -> None:
    """Raise `ValueError` for what cannot be the name of a table."""
    if not isinstance(table, str):
        raise ValueError(f"{table!r} cannot be the name of a table, which is a text.")
    if not table.isascii() and any("\ud800" <= character <= "\udfff" for character in table):
        raise ValueError(f"{table!r} cannot be the name of a table: half a character (a surrogate) is in it.")


def _check(connection: sqlite3.Connection, table: str) -> None:
    check_name(table)
    if table.startswith(OF_DUMPS):
        raise NotAllowed(f"Tables whose names begin with {OF_DUMPS} are those of dumps; choose another name.")
    row = connection.execute("SELECT own FROM tables WHERE name = ?", (table,)).fetchone()
    if table in HUB_TABLES or row == (0,):
        verb = VERBS.get(table, "the hub's verbs")
        raise NotAllowed(
            f"The table {table} is the hub's own and can only be read here. Change it with {verb}, so that it is "
            "checked, recorded and can be undone. Tables of other names are yours."
        )
