"""The searcher of the embedded engines: contacts found by columns, kept true by the feed of changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import RLock

from pyroaring import BitMap

from contacthub.engine.columns import sort as sorting
from contacthub.engine.columns.build import build
from contacthub.engine.columns.evaluate import Source, evaluate
from contacthub.engine.columns.reading import Documents
from contacthub.engine.columns.sets import Sets
from contacthub.engine.columns.view import Part, View
from contacthub.engine.port import Progress, Sort
from contacthub.query.meaning import AllOf, AnyOf, Meaning, Not, Test
from contacthub.query.properties import Property


class ColumnSearcher:
    """A `port.Searcher` over any store's documents, sets and feed. Safe to use from several threads.

    `folder` is where the base is kept between runs; None keeps it in memory only. `progress` is told while a base is
    built, which takes seconds for a million contacts.
    """

    def __init__(self, store: Documents, folder: Path | None = None, progress: Progress | None = None) -> None:
        self._store = store
        self._folder = folder
        self._progress = progress
        self._lock = RLock()
        self._current: View | None = None

    # -- port.Searcher -----------------------------------------------------------------------------------------------
    def matching(self, meaning: Meaning) -> BitMap:
        found = evaluate(meaning, self._view(properties_of(meaning)))
        # A bitmap of everything that passes one test may be the set itself, which others read.
        return found.copy()

    def counts(self, meanings: Sequence[Meaning]) -> list[int]:
        properties = {property for meaning in meanings for property in properties_of(meaning)}
        source = Remembering(self._view(properties))
        return [len(evaluate(meaning, source)) for meaning in meanings]

    def ordered(self, ids: BitMap, sort: Sort, offset: int = 0, limit: int | None = None) -> list[int]:
        return sorting.page(self._view({sort.property}), ids, sort, offset, limit)

    # -- being up to date --------------------------------------------------------------------------------------------
    def _view(self, properties: Iterable[Property] = ()) -> View:
        """The contacts as they are now."""
        with self._lock:
            view = self._current
            if view is not None:
                changes = self._store.changes(view.cursor)
                if changes.everything:
                    view = None
                elif changes:
                    view = view.changed(changes, self._store)
            if view is None:
                view = self._built()
            if view.restamped and any(property.key == "modified_on" for property in properties):
                view = view.stamped(self._store)
            self._current = view
            return view

    def _built(self) -> View:
        # The cursor is taken first: what changes during the build is told again, which does no harm.
        cursor = self._store.cursor()
        partition = build(self._store, self._progress)
        return View(cursor, Part(partition, partition.everyone), (), Sets.read(self._store, cursor), BitMap())


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
