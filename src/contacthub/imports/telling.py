"""Telling how far a plan is: several steps of one work, as rows of the file out of all its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import Protocol, TypeVar

from contacthub.engine.port import Progress

T_co = TypeVar("T_co", covariant=True)
_EVERY = 5_000
"""Things between two words at most: some hundredths of a second."""


class Many(Iterable[T_co], Sized, Protocol[T_co]):
    """Things that can be counted before they are gone through."""


class Telling:
    """Tells rows done out of all rows, while steps of any length go by. A step raises Cancelled if `progress` does."""

    def __init__(self, progress: Progress | None, rows: int) -> None:
        self._progress = progress
        self._rows = rows
        self._done = 0.0

    def over(self, things: Many[T_co], share: float) -> Iterator[T_co]:
        """The things, telling as they go by; all of them are this share (0 to 1) of the
        whole work, or what is left of it."""
        if self._progress is None:
            yield from things
            return
        begin, count = self._done, len(things)
        share = min(share, 1 - begin)
        every = min(_EVERY, max(1, count // 20))
        for number, thing in enumerate(things):
            if number % every == 0:
                self._tell(begin + share * number / count)
            yield thing
        self._tell(begin + share)

    def _tell(self, done: float) -> None:
        self._done = done
        if self._progress is not None:
            self._progress(min(round(done * self._rows), self._rows), self._rows)
