"""The connections that this process has open, and what becomes of them when it is forked.

SQLite keeps one table of open files for the whole process, with the locks that it holds on each. A forked child
inherits the table and not the locks: its parent would then delete the log under it. So whoever forks first closes every
connection that is idle, and waits a little for those that other threads are using. A child that inherits one
nevertheless must not use the file at all, nor any other, if a thread that is not there may have held SQLite's own
locks.

The same locks end when any handle of the file is closed in the process, so a file that is open here must not be read
past SQLite; see `gate` and `is_open`.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
import threading
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from contacthub.errors import StoreError

PATIENCE = 2.0
"""Seconds that a fork waits for other threads to be done with what they are reading or writing."""
CLOSED, OPEN = 0.1, 0.02
"""Seconds that threads are stopped meanwhile, and may go on, in turn."""

File = tuple[int, int]


def identity(path: Path | str) -> File | None:
    """Which file is at a path, whatever it is called; None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Connection(sqlite3.Connection):
    """A connection that is known here until it is closed."""

    file: File | None = None
    user: int | None = None
    """The thread that is using it."""

    def close(self) -> None:
        super().close()
        with gate:
            _connections.pop(id(self), None)
            gate.changed()


class Opener(Protocol):
    """What has connections, some of them idle."""

    def close_idle(self) -> None: ...

    def after_fork(self) -> None:
        """In the child, where all connections that were idle are closed."""


class _Gate:
    """Held for an instant by who begins or ceases to use a connection, and throughout by who forks."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._forking: int | None = None

    def __enter__(self) -> None:
        self._condition.acquire()
        while self._forking not in (None, threading.get_ident()) and not _uses(threading.get_ident()):
            self._condition.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._condition.release()

    def changed(self) -> None:
        """Something is no longer used."""
        if self._forking is not None:
            self._condition.notify_all()

    def close(self) -> None:
        """Let nobody begin to use a connection, and wait for those who do.

        Who is stopped here may have something that those wait for; so all may pass for a moment now and then.
        """
        self._condition.acquire()
        me = self._forking = threading.get_ident()
        deadline = time.monotonic() + PATIENCE
        while not self._condition.wait_for(lambda: all(one.user in (None, me) for one in _known()), CLOSED):
            if time.monotonic() >= deadline:
                return
            self._forking = None
            self._condition.notify_all()
            self._condition.wait(OPEN)
            self._forking = me

    def open(self) -> None:
        self._forking = None
        self._condition.notify_all()
        self._condition.release()

    def renew(self) -> None:
        """In the child, where nobody is waiting."""
        self._condition = threading.Condition()
        self._forking = None


gate = _Gate()
_connections: dict[int, weakref.ref[Connection]] = {}
_openers: weakref.WeakSet[Any] = weakref.WeakSet()
_inherited: list[Connection] = []
"""Those in use at the fork. In a child they are kept for ever: closing them would act on what is the parent's."""
_unsafe: set[File | None] = set()
"""What a child must not use; None stands for every file."""


def _known() -> list[Connection]:
    """All that are open. In one step, since the end of a scan that was given up may come at any time and close one."""
    return [one for reference in list(_connections.values()) if (one := reference()) is not None]


def _uses(thread: int) -> bool:
    return any(one.user == thread for one in _known())


def connect(path: Path, uri: str, *, timeout: float) -> Connection:
    """A connection, in use by this thread. Raises `StoreError` (`forked`) where this process may not use the file."""
    with gate:
        file = identity(path)
        if is_unsafe(file):
            raise forked(path)
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            factory=Connection,
        )
        connection.file, connection.user = file, threading.get_ident()
        key = id(connection)
        _connections[key] = weakref.ref(connection, lambda _: _connections.pop(key, None))
        return connection


def is_open(path: Path) -> bool:
    """Whether this process has the file open. True for as long as the gate is held at most."""
    file = identity(path)
    return any(one.file == file for one in _known())


def keep(opener: Opener) -> None:
    """Tell it of forks from now on."""
    with gate:
        _openers.add(opener)


def is_unsafe(file: File | None) -> bool:
    """Whether this is a forked child that inherited connections to the file in use."""
    return None in _unsafe or file in _unsafe


def forked(path: Path) -> StoreError:
    return StoreError(
        f"{path} cannot be used in this process, which was forked while a hub was in use: in a transaction, while its "
        "contacts were read one by one, or by another thread. Open the hub in a new process (multiprocessing's "
        '"spawn"), or fork when nothing is going on.',
        code="forked",
    )


def _before_fork() -> None:
    gate.close()
    for opener in list(_openers):
        opener.close_idle()
    _inherited.extend(_known())


def _in_parent() -> None:
    _inherited.clear()
    gate.open()


def _in_child() -> None:
    gate.renew()
    _connections.clear()
    me = threading.get_ident()
    for connection in _inherited:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))  # nor may the interpreter close it when it ends
        _unsafe.add(connection.file)
        if connection.user == me:
            connection.set_authorizer(_nothing)
        else:
            _unsafe.add(None)
    _inherited.clear()
    for opener in list(_openers):
        opener.after_fork()


def _nothing(*_: object) -> int:
    return sqlite3.SQLITE_DENY


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
