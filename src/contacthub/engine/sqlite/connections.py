"""Connections to the file: one that writes, behind a lock, and any number that read and never wait.

What a fork means for them is in `opened`.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from contacthub.engine.sqlite import opened, schema
from contacthub.engine.sqlite.failures import Damaged, Translated, newer
from contacthub.engine.sqlite.holder import Holder
from contacthub.engine.sqlite.opened import Connection, gate, identity
from contacthub.errors import Busy, NotAllowed, StoreError

READ_TIMEOUT = 10.0
SHORT = 1.0
"""Seconds that a writer waits for another without a word."""
IDLE_READERS = 8


def connect(path: Path, *, read_only: bool, durable: bool = True, immutable: bool = False) -> Connection:
    """A connection to a file that exists."""
    mode = "immutable=1" if immutable else "mode=ro" if read_only else "mode=rw"
    connection = opened.connect(path, f"{path.as_uri()}?{mode}", timeout=READ_TIMEOUT)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
    except UnicodeDecodeError as error:  # what SQLite says of a damaged schema quotes it
        connection.close()
        raise Damaged("its table of contents cannot be read") from error
    except BaseException:
        connection.close()
        raise
    return connection


def tidy(path: Path, *, only_if_empty: bool) -> None:
    """Delete the log and its index, which connections that only read make and cannot delete, where nobody else has the
    hub open. What a program that was killed has left in the log is brought into the file, unless `only_if_empty`."""
    log = Path(f"{path}-wal")
    if not log.exists() or (only_if_empty and log.stat().st_size):
        return
    with suppress(sqlite3.Error):  # who may not write here leaves two empty files; the hub is as whole as before
        connection = connect(path, read_only=False)
        try:
            connection.execute("PRAGMA schema_version").fetchone()  # opens the log, which the last to go deletes
        finally:
            connection.close()


class Connections:
    """The connections of one open hub. Errors tell of it as `told_as`, of which the file may be a private copy."""

    def __init__(
        self, path: Path, *, told_as: Path, read_only: bool, durable: bool, immutable: bool, timeout: float
    ) -> None:
        self.path = path
        self.read_only = read_only
        self.timeout = timeout
        self.waiting: Callable[[str], object] = lambda who: None
        """Told once, by a writer that waits for another longer than a moment, who holds the hub. May be set."""
        self._told_as = told_as
        self._durable = durable
        self._immutable = immutable
        self.translated = _Translated(told_as)
        self._file = identity(path)
        self._start()
        opened.keep(self)

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._owner: int | None = None
        self._depth = 0
        self._writer: Connection | None = None
        self._log: opened.File | None = None
        self._idle: deque[Connection] = deque()
        self._holder = Holder(Path(f"{self.path}-writer"))
        self._generation = object()
        self._closed = False

    # -- reading -----------------------------------------------------------------------------------------------------
    @property
    def writing(self) -> bool:
        """Whether this thread is in a transaction."""
        return self._owner == threading.get_ident()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state until the block ends: that of the transaction, if this thread is in one."""
        if self.writing:
            assert self._writer is not None
            with self.translated:
                yield self._writer
            return
        with self.translated:
            connection, generation = self._reader(), self._generation
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if generation is self._generation:  # else this is a child, and the connection its parent's
                    self._give_back(connection)

    def _reader(self) -> Connection:
        with gate:
            self._check_open()
            if self._idle:
                connection = self._idle.pop()
                connection.user = threading.get_ident()
                return connection
        self._check_place()  # before too: where nothing is any more, SQLite only says that it cannot open it
        connection = connect(self.path, read_only=True, durable=self._durable, immutable=self._immutable)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cache_size = -8192")
            self._check_place()
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
        with gate:
            if not self._closed and len(self._idle) < IDLE_READERS:
                self._idle.append(connection)
                connection.user = None
                gate.changed()
                return
        connection.close()

    # -- writing -----------------------------------------------------------------------------------------------------
    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The one connection that writes. Blocks nest: an exception undoes the block that it leaves."""
        if self.writing:
            with self._nested() as connection:
                yield connection
            return
        generation = self._generation
        connection = self._begin()
        try:
            yield connection
        except BaseException:
            if generation is self._generation:
                self._end("ROLLBACK")
            raise
        if generation is self._generation:  # else this is a child forked inside the block: not its transaction
            self._end("COMMIT")

    @contextmanager
    def _nested(self) -> Iterator[sqlite3.Connection]:
        connection, generation = self._writer, self._generation
        assert connection is not None
        self._depth += 1
        name = f"nested_{self._depth}"
        try:
            connection.execute(f"SAVEPOINT {name}")
            try:
                yield connection
            except BaseException:
                if generation is self._generation and connection.in_transaction:
                    connection.execute(f"ROLLBACK TO {name}")
                    connection.execute(f"RELEASE {name}")
                raise
            if generation is self._generation:
                with self.translated:
                    connection.execute(f"RELEASE {name}")
        finally:
            if generation is self._generation:
                self._depth -= 1

    def _begin(self) -> sqlite3.Connection:
        if self.read_only:
            raise NotAllowed("This hub was opened read-only; nothing can be changed in it.")
        if not self._lock.acquire(timeout=self.timeout):
            raise Busy(f"Another part of this program has been changing {self.path} for {self.timeout:g} s.")
        try:
            with self.translated:
                writer = self._take_writer()
                try:
                    self._wait(writer)
                    self._check_place()
                    self._check_log()
                    self._check_form(writer)
                except BaseException:
                    if writer.in_transaction:
                        writer.execute("ROLLBACK")
                    self._release(writer)
                    raise
            self._owner = threading.get_ident()
            self._holder.note()
            return writer
        except BaseException:
            self._lock.release()
            raise

    def _take_writer(self) -> Connection:
        with gate:
            self._check_open()
            if self._writer is not None:
                self._writer.user = threading.get_ident()
                return self._writer
        self._check_place()
        writer = connect(self.path, read_only=False, durable=self._durable)
        try:
            writer.execute("PRAGMA cache_size = -65536")
            writer.execute("PRAGMA busy_timeout = 0")
        except BaseException:
            writer.close()
            raise
        self._writer, self._log = writer, None
        return writer

    def _release(self, writer: Connection) -> None:
        with gate:
            writer.user = None
            gate.changed()

    def _check_form(self, connection: sqlite3.Connection) -> None:
        """Another program may have brought the hub to a form of which this one knows nothing, while it had it open."""
        form = connection.execute("PRAGMA user_version").fetchone()[0]
        if form > schema.VERSION:
            raise newer(self.path, form, schema.VERSION)

    def _check_place(self) -> None:
        """What is written to a file that is no longer at its path would be found by nobody."""
        if identity(self.path) != self._file:
            raise StoreError(
                f"{self.path} was moved, deleted or replaced by another file while it was open. Nothing of this change "
                "was kept. Close the hub, bring the file back to its place if it was moved, and open it again.",
                code="moved",
            )

    def _check_log(self) -> None:
        """Nor would what is written to a log that is no longer there."""
        log = identity(f"{self.path}-wal")
        if self._log is None:
            self._log = log
        if log != self._log or log is None:
            raise StoreError(
                f"The log of {self.path} was deleted or replaced by another program while the hub was open. Nothing of "
                "this change was kept. Close the hub and open it again.",
                code="moved",
            )

    def _wait(self, connection: sqlite3.Connection) -> None:
        """Take SQLite's lock, asking again at short, uneven intervals, so that nobody is left out."""
        began, told = time.monotonic(), False
        pause = 0.0005
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname not in ("SQLITE_BUSY", "SQLITE_BUSY_RECOVERY"):
                    raise
                waited = time.monotonic() - began
                if waited >= SHORT and not told:
                    told = True
                    self.waiting(self._holder.who())
                if waited >= self.timeout:
                    raise Busy(
                        f"{self.path} has been held for {self.timeout:g} s by {self._holder.who()}. "
                        "Try again when it is done."
                    ) from error
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 1.5, 0.02)

    def _end(self, statement: str) -> None:
        connection = self._writer
        assert connection is not None
        try:
            with self.translated:
                if statement == "COMMIT" or connection.in_transaction:  # some errors have rolled back already
                    connection.execute(statement)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        finally:
            self._holder.clear()
            self._owner = None
            self._depth = 0
            self._release(connection)
            self._lock.release()

    def empty_log(self) -> None:
        """Bring all of the write-ahead log into the file, and leave nothing in it."""
        with self.transaction():  # the hub may be written, and is where it was
            pass
        deadline = time.monotonic() + self.timeout
        with self._lock, self.translated:
            writer = self._take_writer()
            try:
                while writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    if time.monotonic() >= deadline:
                        raise Busy(f"{self.path} is being read; its log cannot be emptied now. Try again in a moment.")
                    time.sleep(0.02)
            finally:
                self._release(writer)

    # -- the end -----------------------------------------------------------------------------------------------------
    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self._told_as} has been closed; open it again.", code="closed")

    def close(self) -> None:
        """Close everything; connections that read at this moment are closed when they are done."""
        if self._closed:
            return
        if self.writing:
            raise StoreError(f"{self._told_as} cannot be closed inside a transaction.", code="open_transaction")
        if opened.is_unsafe(self._file):
            self._closed = True
            return
        with self._lock:
            self._closed = True
            self.close_idle()
            if identity(self.path) != self._file:  # what is there now, and what is beside it, is another's
                self._holder.close()
                return
            if not self._immutable:
                tidy(self.path, only_if_empty=self.read_only)
            if self.read_only or Path(f"{self.path}-wal").exists():  # others have the hub open
                self._holder.close()
            else:
                self._holder.remove()

    def close_idle(self) -> None:
        """Close the connections that nobody uses; new ones are made when they are wanted."""
        with gate:
            closing = list(self._idle)
            self._idle.clear()
            if self._writer is not None and self._writer.user is None:
                closing.append(self._writer)
                self._writer = None
                self._holder.close()
            for connection in closing:
                connection.user = threading.get_ident()
        for connection in closing:
            connection.close()

    def after_fork(self) -> None:
        """In a forked child: what it inherited is its parent's; start anew."""
        closed = self._closed
        self._holder.close()
        self._start()
        self._closed = closed


class _Translated(Translated):
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if getattr(error, "sqlite_errorname", None) == "SQLITE_AUTH":  # `opened` forbids everything to a child
            raise opened.forked(self.path) from error
        super().__exit__(kind, error, trace)
