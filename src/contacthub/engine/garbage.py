"""Work on very many values, none of which is garbage before the work is done."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """A block, or as a decorator a function, during which Python looks for no cycles.

    Rows and documents come by the thousand and hold none; to look for some again and again takes a third of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
