"""What can still be read of a damaged hub, brought into a new one; and what could not, said.

Rows are read by rising id. Where a page is damaged, reading fails; then the next id that can be read is looked for,
and the ids between are counted as lost, unless their documents are found on their own pages (`leaves`). What refers to
something lost is left out, so that the new hub is whole.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from pyroaring import BitMap

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, NATURAL_KEY, SET_KINDS, SET_LABEL, Document, Problem, SetKey
from contacthub.engine.sqlite import leaves, schema, subjects
from contacthub.engine.sqlite.appearing import appearing, sync
from contacthub.engine.sqlite.bitmaps import pack, unpack
from contacthub.engine.sqlite.check import some
from contacthub.engine.sqlite.connections import connect, tidy
from contacthub.engine.sqlite.contents import PAGE, UNREADABLE, open_damaged
from contacthub.engine.sqlite.documents import LARGEST_ID, decode, encode_exactly, rows_name
from contacthub.engine.sqlite.failures import Damaged, name_of, newer, not_a_hub, store_error
from contacthub.engine.sqlite.opening import HEADER
from contacthub.engine.sqlite.own import HUB_TABLES
from contacthub.engine.sqlite.sets import BLOCK, in_blocks
from contacthub.engine.sqlite.store import SqliteStore
from contacthub.engine.sqlite.touches import Touches, text
from contacthub.errors import NotFound, StoreError

ROWS = 500
ODD = (*UNREADABLE, ValueError, TypeError, LookupError, OverflowError)
"""What is raised besides where something was read that a hub does not write."""

Mend = Callable[[SqliteStore], Iterable[str]]
"""Puts right, in the new hub, what the floors above keep in it; tells what was lost by it."""
IsWhole = Callable[[str, Document], bool]
"""Whether a document of a table holds what the floors above need of it."""


def doctor(
    path: Path, target: Path, mend: Mend = lambda store: (), is_whole: IsWhole = lambda table, document: True
) -> list[Problem]:
    """Save what can be read of the hub at `path` into a new hub at `target`; returns what could not be saved.

    The damaged file is not touched. Raises `NotFound`, `Refused` where there is a target already, and `StoreError`
    (`not_a_hub`, `corrupt_hub`, `newer_hub`) where nothing at all can be read, or nothing needs to be rescued.
    """
    if path.is_dir():
        raise not_a_hub(path)
    if not path.is_file():
        raise NotFound(f"There is no hub at {path}.")
    path = path.resolve()
    with appearing(target) as part, tempfile.TemporaryDirectory(prefix=f"{part.name}-", dir=part.parent) as folder:
        patient = Path(folder) / "patient.hub"
        _take(path, patient, target)
        connection = open_damaged(patient)
        try:
            with SqliteStore.open(part, create=True) as store:
                rescue = _Rescue(connection, store, is_whole)
                rescue.run(path)
                rescue.problems += [Problem("lost", what) for what in mend(store)]
        finally:
            connection.close()
        sync(part)
    return rescue.problems


def _take(path: Path, patient: Path, target: Path) -> None:
    """A copy to work on: as of one moment, by SQLite's online backup, since somebody may be using the hub; and byte for
    byte where SQLite cannot open the file, so that nobody else does either."""
    empty = path.stat().st_size == 0
    if not empty:  # opening an empty file, SQLite deletes the log beside it
        try:
            with closing(connect(path, read_only=True)) as source, closing(sqlite3.connect(patient)) as copied:
                source.backup(copied)
            tidy(path, only_if_empty=True)
            return
        except sqlite3.DatabaseError as error:
            if name_of(error).startswith(("SQLITE_FULL", "SQLITE_IOERR_WRITE")):
                raise store_error(error, target) from error
            if name_of(error).startswith("SQLITE_BUSY"):
                raise store_error(error, path) from error
    for suffix in ("", "-journal"):
        Path(f"{patient}{suffix}").unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        taken = Path(f"{path}{suffix}")
        if not taken.is_file():
            continue
        try:
            shutil.copyfile(taken, f"{patient}{suffix}")
        except OSError as error:
            if str(error.filename) == str(taken):
                raise StoreError(f"{taken} cannot be read: {error.strerror}.", code="cannot_open") from error
            raise
    if empty:
        patient.write_bytes(bytes(PAGE))
    _write_header(patient)


def _write_header(patient: Path) -> None:
    """Put SQLite's header of a hub in the place of one that is damaged, if what follows is the root of a b-tree."""
    with open(patient, "r+b") as file:
        page = file.read(PAGE)
        if len(page) == PAGE and page[: len(HEADER)] != HEADER and page[100] in (5, 13):
            file.seek(0)
            # The page size, WAL's mark and fixed fractions; counters and free pages; the schema's and the text's forms.
            file.write(struct.pack(">16sHBBBBBB", HEADER, PAGE, 2, 2, 0, 64, 32, 32) + bytes(16))
            file.write(struct.pack(">8I", 1, 4, 0, 0, 1, schema.VERSION, 0, schema.APPLICATION_ID) + bytes(28))


class _Rescue:
    def __init__(self, patient: sqlite3.Connection, store: SqliteStore, is_whole: IsWhole) -> None:
        self._patient = patient
        self._store = store
        self._is_whole = is_whole
        self._saved: dict[str, BitMap] = {}
        self.problems: list[Problem] = []

    def run(self, path: Path) -> None:
        self._refuse_newer(path)
        try:
            names = [name for (name,) in self._patient.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        except UNREADABLE as error:
            if isinstance(error, sqlite3.Error) and name_of(error).startswith("SQLITE_NOTADB"):
                raise not_a_hub(path, rescued=True) from error
            raise StoreError(
                f"Nothing of {path} can be read: its table of contents is damaged. Restore a backup.",
                code="corrupt_hub",
            ) from error
        tables = [table for name in names if isinstance(name, str) and (table := _table_of(name)) is not None]
        if not tables:
            raise not_a_hub(path, rescued=True)
        touched = self._touched()
        known = self._known_tables()
        for table in sorted(known - set(tables)):
            self._lost(f"The table {table}.")
        with self._store._connections.transaction() as new:
            for table in sorted(tables):
                if known and table not in known:  # which was never used
                    continue
                self._documents(new, table, table in known, touched if table == CONTACTS else {})
            if self.problems and not any(self._saved.values()):
                raise StoreError(
                    f"Nothing of {path} can be read: not one of its documents is whole. Restore a backup.",
                    code="corrupt_hub",
                )
            self._sets(new)
            self._identities(new)
            self._blobs(new)
            subjects.build(new)

    def _refuse_newer(self, path: Path) -> None:
        """A hub of a newer program is not damaged, and would lose what is new in it. Where it is damaged too, its form
        may be what is, so this is told."""
        try:
            form = self._patient.execute("PRAGMA user_version").fetchone()[0]
            if form <= schema.VERSION:
                return
            if self._patient.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok":
                raise newer(path, form, schema.VERSION)
        except UNREADABLE:
            return
        self._lost(f"What a newer program keeps in a hub of form {form}; this one knows {schema.VERSION}.")

    def _known_tables(self) -> set[str]:
        """The tables that were in use; the hub's others are there and empty."""
        found = set()
        with suppress(*UNREADABLE):
            for (name,) in self._patient.execute("SELECT name FROM tables"):
                found.add(name)
        return {name for name in found if isinstance(name, str)}

    def _lost(self, what: str) -> None:
        self.problems.append(Problem("lost", what))

    # -- documents ---------------------------------------------------------------------------------------------------
    def _documents(self, new: sqlite3.Connection, table: str, in_use: bool, touched: dict[int, Touches]) -> None:
        if in_use:
            self._store._documents.create(new, table, own=table not in HUB_TABLES)
        told = len(self.problems)
        saved = self._saved.setdefault(table, BitMap())
        odd = self._save(new, table, self._rows(rows_name(table), "body", f"documents of {table}"), touched)
        if len(self.problems) > told:
            before = len(saved)
            strays = ((id, body) for id, body in leaves.rows(self._file(), table) if id not in saved and id not in odd)
            odd |= self._save(new, table, strays, touched)
            if len(saved) == self._count(table):
                del self.problems[told:]
            elif len(saved) > before:
                self._lost(f"But of these documents of {table}, {len(saved) - before:,} were found all the same.")
        if odd:
            self._lost(f"Documents of {table} that are damaged inside: {some(odd)}.")
        new.execute("UPDATE tables SET next_id = max(next_id, ?) WHERE name = ?", (self._next_id(table), table))

    def _file(self) -> Path:
        """The file that is rescued, with all that was in its log, as far as that can be read."""
        with suppress(*UNREADABLE):
            self._patient.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(self._patient.execute("PRAGMA database_list").fetchone()[2])

    def _save(
        self, new: sqlite3.Connection, table: str, found: Iterable[tuple[int, Any]], touched: dict[int, Touches]
    ) -> BitMap:
        """Put the documents of these bodies into the new hub, if they are whole; returns those that are not."""
        key = NATURAL_KEY.get(table, "")
        saved = self._saved[table]
        unreadable = BitMap()
        for rows in batched(found, ROWS):
            documents: dict[int, Document] = {}
            for id, body in rows:
                try:
                    document = decode(body)
                    if not isinstance(document.get(key), str | None) or not self._is_whole(table, document):
                        raise Damaged
                except Damaged:
                    unreadable.add(id)
                    continue
                documents[id] = document
            for id in self._twice(new, table, documents):
                del documents[id]
                unreadable.add(id)
            for number, ids in in_blocks(BitMap(documents)) if touched else ():
                for id, newest in touched.get(number, Touches()).newest(ids).items():
                    documents[id]["modified_on"] = max(text(newest), documents[id].get("modified_on") or "")
            with self._store._connections.translated:
                bodies = [(id, document.get(key), encode_exactly(document)) for id, document in documents.items()]
                if bodies:
                    self._store._documents.create(new, table, own=table not in HUB_TABLES)
                    self._store._documents.put(new, table, bodies)
            saved |= BitMap(documents)
        return unreadable

    def _twice(self, new: sqlite3.Connection, table: str, documents: dict[int, Document]) -> list[int]:
        """Documents whose natural key another document has that is saved already, or comes before."""
        key = NATURAL_KEY.get(table, "")
        keys = [document[key] for document in documents.values() if document.get(key) is not None]
        seen = set(self._store._documents.ids(new, table, keys)) if keys else set()
        twice = []
        for id, document in documents.items():
            if document.get(key) in seen:
                twice.append(id)
            elif document.get(key) is not None:
                seen.add(document[key])
        return twice

    def _count(self, table: str) -> int | None:
        """How many documents there were; None where that is lost too."""
        with suppress(*UNREADABLE):
            row = self._patient.execute("SELECT count FROM tables WHERE name = ?", (table,)).fetchone()
            return row[0] if row and isinstance(row[0], int) else None
        return None

    def _next_id(self, table: str) -> int:
        try:
            row = self._patient.execute("SELECT next_id FROM tables WHERE name = ?", (table,)).fetchone()
        except UNREADABLE:
            row = None
        return row[0] if row and isinstance(row[0], int) and 0 < row[0] <= LARGEST_ID + 1 else 1

    def _rows(self, rows: str, column: str, what: str) -> Iterator[tuple[int, Any]]:
        """All rows that can be read, by rising id."""
        sql = f"SELECT rowid, {column} FROM {rows} WHERE rowid >= ? ORDER BY rowid LIMIT ?"
        start, size = 0, ROWS
        while start <= LARGEST_ID:
            try:
                found = self._patient.execute(sql, (start, size)).fetchall()
                numbers = [start - 1, *(id for id, _ in found)]
                if numbers != sorted(set(numbers)):
                    raise Damaged("rows are not where they belong")
            except UNREADABLE:
                if size > 1:
                    size = max(1, size // 8)
                    continue
                following = self._readable_from(sql, start)
                if following is None:
                    self._lost(f"{what[:1].upper()}{what[1:]} from id {start} on.")
                    return
                self._lost(f"{what[:1].upper()}{what[1:]} with ids from {start} to {following - 1}.")
                start = following
                continue
            yield from (row for row in found if row[0] <= LARGEST_ID)
            if len(found) < size:
                return
            start, size = found[-1][0] + 1, min(ROWS, size * 2)

    def _readable_from(self, sql: str, start: int) -> int | None:
        """The first row after `start` that can be read, by ever larger steps and then by halving the last."""
        low, step = start, 1
        while (first := self._first(sql, low + step)) is None:
            low += step
            step *= 2
            if low > LARGEST_ID:
                return None
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            found = self._first(sql, middle)
            if found is None:
                low = middle
            else:
                high, first = middle, found
        return first

    def _first(self, sql: str, start: int) -> int | None:
        try:
            row = self._patient.execute(sql, (start, 1)).fetchone()
        except UNREADABLE:
            return None
        if row is None:
            return LARGEST_ID + 1
        return row[0] if row[0] >= start else None

    # -- what refers to documents ------------------------------------------------------------------------------------
    def _touched(self) -> dict[int, Touches]:
        found: dict[int, Touches] = {}
        lost = False
        for block in self._touched_blocks():
            try:
                touches = Touches.read(self._patient, block)
                for instant in {*(at for at, _ in touches.rows), *touches.instants}:
                    text(instant)
                found[block] = touches
            except ODD:
                lost = True
        if lost:
            self._lost("When some contacts last entered or left a set.")
        return found

    def _touched_blocks(self) -> Iterator[int]:
        """The blocks that contacts lie in, whether or not SQLite can still list those that were touched."""
        try:
            sql = "SELECT block FROM touches UNION SELECT block FROM touched"
            blocks = [block for (block,) in self._patient.execute(sql)]
        except UNREADABLE:
            blocks = []
            self._lost("When contacts last entered or left a set.")
        return (block for block in blocks if isinstance(block, int) and 0 <= block <= LARGEST_ID // BLOCK)

    def _sets(self, new: sqlite3.Connection) -> None:
        contacts = self._saved.get(CONTACTS, BitMap())
        sets: dict[SetKey, BitMap] = {}
        for row, kind in self._rows("sets", "kind", "blocks of sets"):
            if kind not in SET_KINDS:
                continue
            try:
                found = self._patient.execute("SELECT id, members FROM sets WHERE rowid = ?", (row,)).fetchone()
                key, members = SetKey(kind, int(found[0])), unpack(found[1])
                if not 0 < key.id <= LARGEST_ID:
                    raise Damaged
            except ODD:
                self._lost(f"A block of one of the {kind}.")
                continue
            sets[key] = sets.get(key, BitMap()) | members
        for key, members in sets.items():
            if key.id not in self._saved.get(key.kind, BitMap()):
                self._name(new, key)
            for block, kept in in_blocks(members & contacts):
                new.execute("INSERT INTO sets VALUES (?, ?, ?, ?)", (*key, block, pack(kept)))
                new.execute("INSERT OR IGNORE INTO blocks VALUES (?, 0)", (block,))

    def _name(self, new: sqlite3.Connection, key: SetKey) -> None:
        """A name for a set whose own is lost, so that its members are not."""
        name = f"recovered {key.kind} {key.id}"
        document = {NATURAL_KEY[key.kind]: name, SET_LABEL[key.kind]: name, "name": name}
        self._store._documents.create(new, key.kind)
        self._store._documents.put(new, key.kind, [(key.id, name, encode_exactly(document))])
        self._saved.setdefault(key.kind, BitMap()).add(key.id)
        self._lost(f"The name of one of the {key.kind}; it is now called {name!r}.")

    def _identities(self, new: sqlite3.Connection) -> None:
        """From the table and from its index, which holds the same: what one has lost the other may have."""
        contacts = self._saved.get(CONTACTS, BitMap())
        lost = BitMap()
        complete = False
        for sql in (
            "SELECT match_key, contact FROM identities NOT INDEXED ORDER BY match_key",
            "SELECT match_key, contact FROM identities NOT INDEXED ORDER BY match_key DESC",
            "SELECT match_key, contact FROM identities INDEXED BY identities_of_contact ORDER BY contact",
            "SELECT match_key, contact FROM identities INDEXED BY identities_of_contact ORDER BY contact DESC",
        ):
            try:
                for rows in batched(self._patient.execute(sql), ROWS):
                    # Those that are something else were read from a page of something else.
                    found = [row for row in rows if isinstance(row[0], str) and isinstance(row[1], int)]
                    kept = [row for row in found if 0 < row[1] <= LARGEST_ID and row[1] in contacts]
                    new.executemany("INSERT OR IGNORE INTO identities VALUES (?, ?)", kept)
                    lost |= BitMap([row[1] for row in found if 0 < row[1] <= LARGEST_ID]) - contacts
                complete = True
                break
            except UNREADABLE:
                continue
        if not complete:
            self._lost("Some identities, perhaps.")
        if lost:
            self._lost(f"The identities of {len(lost)} contacts that are lost: {some(lost)}.")

    def _blobs(self, new: sqlite3.Connection) -> None:
        for id, _ in self._rows("blobs", "rowid", "bytes beside documents"):
            try:
                row = self._patient.execute("SELECT * FROM blobs WHERE rowid = ?", (id,)).fetchone()
                known = row is not None and row[1] in self._saved.get(row[0], BitMap())
                if known and not (isinstance(row[2], str) and isinstance(row[3], bytes)):
                    raise Damaged
            except ODD:
                self._lost("Bytes beside one document.")
                continue
            if known:
                new.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?, ?, ?)", row)


def _table_of(rows: str) -> str | None:
    """The table whose rows an SQL table holds; None for one that holds something else."""
    name = rows.removeprefix("rows_")
    if name == rows:
        return None
    try:
        return bytes.fromhex(name[1:]).decode("utf-8", "surrogatepass") if name.startswith("#") else name
    except ValueError:  # a name that is damaged
        return None
