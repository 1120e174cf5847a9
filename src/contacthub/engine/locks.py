"""Locks that a forked child finds open: the threads that held them in its parent are not there to open them.

What they guard is a copy of something that is true elsewhere, put in its place in one step, so it is never found half.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threading import RLock as ReentrantLock

_made: weakref.WeakSet[Any] = weakref.WeakSet()
_making = threading.Lock()


def lock() -> threading.Lock:
    made = threading.Lock()
    with _making:
        _made.add(made)
    return made


def reentrant_lock() -> ReentrantLock:
    made = threading.RLock()
    with _making:
        _made.add(made)
    return made


def _renew() -> None:
    _making.release()
    for made in _made:
        made._at_fork_reinit()  # as the standard library does with its own locks


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_making.acquire, after_in_parent=_making.release, after_in_child=_renew)
