"""The searcher of the embedded engines: contacts found by columns, kept true by the feed of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pyroaring import BitMap

from contacthub.engine import locks
from contacthub.engine.columns.arrow import table
from contacthub.engine.columns.base import Damaged, delete
from contacthub.engine.columns.evaluate import Source, evaluate
from contacthub.engine.columns.reading import Documents
from contacthub.engine.columns.simplify import simplified
from contacthub.engine.columns.sort import page
from contacthub.engine.columns.tally import tally, values
from contacthub.engine.columns.upkeep import Renewal, first_view, outgrown
from contacthub.engine.columns.view import View
from contacthub.engine.port import Progress, Sort
from contacthub.query.meaning import AllOf, AnyOf, Meaning, Not, Test
from contacthub.query.properties import Property

if TYPE_CHECKING:
    import pyarrow

Answer = TypeVar("Answer")

_KNOWN = 3
"""Views kept, the newest first."""
_OUTDATED = 5_000
"""Contacts that may differ from the base before a new one is made; in a large hub, one in twenty."""


class ColumnSearcher:
    """A `port.Searcher` over any store's documents, sets and feed. Safe to use from several threads.

    `folder` is where the base is kept between runs; None keeps it in memory only. `progress` is told while a base is
    built, which takes seconds for a million contacts.
    """

    def __init__(self, store: Documents, folder: Path | None = None, progress: Progress | None = None) -> None:
        self._store = store
        self._folder = folder
        self._progress = progress
        self._lock = locks.reentrant_lock()
        self._views: list[View] = []
        """The newest known first, then some earlier ones."""
        self._renewal: Renewal | None = None

    # -- port.Searcher -----------------------------------------------------------------------------------------------
    def matching(self, meaning: Meaning) -> BitMap:
        # What passes a single test may be the set itself, which others read: hence the copy.
        asked = simplified(meaning)
        return self._answer(lambda: evaluate(asked, self._view(properties_of(asked))).copy())

    def counts(self, meanings: Sequence[Meaning]) -> list[int]:
        def count() -> list[int]:
            source = Remembering(self._view({property for meaning in meanings for property in properties_of(meaning)}))
            return [len(evaluate(simplified(meaning), source)) for meaning in meanings]

        return self._answer(count)

    def ordered(self, ids: BitMap, sort: Sort, offset: int = 0, limit: int | None = None) -> list[int]:
        return self._answer(lambda: page(self._view({sort.property}), ids, sort, offset, limit))

    def tally(self, ids: BitMap, properties: Sequence[Property]) -> list[tuple[tuple[Any, ...], int]]:
        return self._answer(lambda: tally(self._view(properties), ids, properties))

    def arrow(self, ids: BitMap, properties: Sequence[Property]) -> pyarrow.Table:
        return self._answer(lambda: table(self._view(properties), ids, properties))

    def values(self, property: Property, prefix: str = "", limit: int = 20) -> list[tuple[str, int]]:
        return self._answer(lambda: values(self._view({property}), property, prefix, limit))

    # -- being up to date --------------------------------------------------------------------------------------------
    def _view(self, properties: Iterable[Property] = ()) -> View:
        """The contacts as they are now."""
        with self._lock:
            view = self._newest_known() or first_view(self._store, self._folder, self._progress)
            asked = set(properties)
            if view.restamped and any(property.key == "modified_on" for property in asked):
                view = view.stamped(self._store)
            view.prepare(asked)
            self._views = [view, *(known for known in self._views if known.cursor != view.cursor)][:_KNOWN]
            self._renew(view)
            return view

    def _renew(self, view: View) -> None:
        """Start a new base when much is no longer as the old one has it."""
        if self._folder is None or view.outdated <= max(_OUTDATED, len(view.everyone) // 20):
            return
        if self._renewal is None or not self._renewal.running:
            self._renewal = Renewal(self._store, self._folder, self._renewed)

    def _renewed(self, view: View) -> None:
        with self._lock:
            if self._views:
                self._views = [view]

    def _newest_known(self) -> View | None:
        """The view made from the newest known one that the feed still knows and that is worth while. After a
        transaction was rolled back in which somebody searched, that is an earlier one."""
        for view in self._views:
            changes = self._store.changes(view.cursor)
            if not outgrown(view.everyone, changes):
                return view.changed(changes, self._store) if changes else view
        return None

    def _answer(self, ask: Callable[[], Answer]) -> Answer:
        """An answer; when the base turns out to be damaged, the answer of a new one."""
        try:
            return ask()
        except Damaged:
            with self._lock:
                self._views = []
                if self._folder is not None:
                    delete(self._folder)
            return ask()

    def close(self) -> None:
        """Let go of the base. A later search opens it again."""
        self._stop()

    def erase(self) -> None:
        """Forget all columns, on disk too: nothing of a contact that is to be forgotten stays in them."""
        self._stop()
        if self._folder is not None:
            delete(self._folder)

    def _stop(self) -> None:
        renewal = self._renewal
        if renewal is not None:
            renewal.stop()
        with self._lock:
            self._views = []


class Remembering:
    """A source that puts each test to another source once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._answers: dict[Test, BitMap] = {}

    @property
    def everyone(self) -> BitMap:
        return self._source.everyone

    def passing(self, test: Test) -> BitMap:
        if test not in self._answers:
            self._answers[test] = self._source.passing(test)
        return self._answers[test]


def properties_of(meaning: Meaning) -> set[Property]:
    """The properties that a query asks about."""
    match meaning:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return set().union(*(properties_of(part) for part in parts))
        case Not(part=part):
            return properties_of(part)
    return {meaning.property}
