"""Connections to the file: one that writes, behind a lock, and any number that read and never wait.

A forked child must not touch the connections of its parent, not even close them; it gets new ones.
"""

from __future__ import annotations

import ctypes
import os
import random
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contacthub.engine.sqlite import schema
from contacthub.engine.sqlite.failures import Damaged, Translated, newer
from contacthub.engine.sqlite.holder import Holder
from contacthub.errors import Busy, NotAllowed, StoreError

READ_TIMEOUT = 10.0
IDLE_READERS = 8


def connect(path: Path, *, read_only: bool, durable: bool = True, immutable: bool = False) -> sqlite3.Connection:
    """A connection to a file that exists."""
    mode = "immutable=1" if immutable else "mode=ro" if read_only else "mode=rw"
    connection = sqlite3.connect(
        f"{path.as_uri()}?{mode}",
        uri=True,
        timeout=READ_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
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
    """The connections of one open hub."""

    def __init__(self, path: Path, *, read_only: bool, durable: bool, immutable: bool, timeout: float) -> None:
        self.path = path
        self.read_only = read_only
        self.timeout = timeout
        self._durable = durable
        self._immutable = immutable
        self.translated = Translated(path)
        self._start()
        _open.add(self)

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._owner: int | None = None
        self._depth = 0
        self._writer: sqlite3.Connection | None = None
        self._idle: deque[sqlite3.Connection] = deque()
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
            connection = self._reader()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give_back(connection)

    def _reader(self) -> sqlite3.Connection:
        self._check_open()
        try:
            return self._idle.pop()
        except IndexError:
            connection = connect(self.path, read_only=True, durable=self._durable, immutable=self._immutable)
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cache_size = -8192")
            return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if self._closed or len(self._idle) >= IDLE_READERS:
            connection.close()
        else:
            self._idle.append(connection)

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
            self._check_open()
            with self.translated:
                if self._writer is None:
                    self._writer = connect(self.path, read_only=False, durable=self._durable)
                    self._writer.execute("PRAGMA cache_size = -65536")
                    self._writer.execute("PRAGMA busy_timeout = 0")
                self._wait(self._writer)
                self._check_form(self._writer)
            self._owner = threading.get_ident()
            self._holder.note()
            return self._writer
        except BaseException:
            self._lock.release()
            raise

    def _check_form(self, connection: sqlite3.Connection) -> None:
        """Another program may have brought the hub to a form of which this one knows nothing, while it had it open."""
        form = connection.execute("PRAGMA user_version").fetchone()[0]
        if form > schema.VERSION:
            connection.execute("ROLLBACK")
            raise newer(self.path, form, schema.VERSION)

    def _wait(self, connection: sqlite3.Connection) -> None:
        """Take SQLite's lock, asking again at short, uneven intervals, so that nobody is left out."""
        deadline = time.monotonic() + self.timeout
        pause = 0.0005
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname not in ("SQLITE_BUSY", "SQLITE_BUSY_RECOVERY"):
                    raise
                if time.monotonic() >= deadline:
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
            self._lock.release()

    def empty_log(self) -> None:
        """Bring all of the write-ahead log into the file, and leave nothing in it."""
        with self.transaction():  # the writers' lock, and a connection that writes
            pass
        deadline = time.monotonic() + self.timeout
        with self._lock, self.translated:
            assert self._writer is not None
            while self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() >= deadline:
                    raise Busy(f"{self.path} is being read; its log cannot be emptied now. Try again in a moment.")
                time.sleep(0.02)

    # -- the end -----------------------------------------------------------------------------------------------------
    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self.path} has been closed; open it again.", code="closed")

    def close(self) -> None:
        """Close everything; connections that read at this moment are closed when they are done."""
        if self._closed:
            return
        if self.writing:
            raise StoreError(f"{self.path} cannot be closed inside a transaction.", code="open_transaction")
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            if not self._immutable:
                tidy(self.path, only_if_empty=self.read_only)
            if self.read_only or Path(f"{self.path}-wal").exists():  # others have the hub open
                self._holder.close()
            else:
                self._holder.remove()
        _open.discard(self)

    def after_fork(self) -> None:
        """In a forked child: leave the parent's connections alone for ever, and start anew."""
        for connection in (*self._idle, self._writer):
            if connection is not None:
                # Closing would act on locks and on shared memory that are the parent's, and so would the interpreter's
                # own cleaning up at exit.
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        closed = self._closed
        self._holder.close()
        self._start()
        self._closed = closed


_open: weakref.WeakSet[Connections] = weakref.WeakSet()


def _after_fork() -> None:
    for connections in list(_open):
        connections.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
