"""Where the view of the contacts comes from: the base on disk, one that is built, or the last one and what changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

from pyroaring import BitMap

from contacthub.engine.columns import base as bases
from contacthub.engine.columns.build import build, maker, share
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.encode import prepared
from contacthub.engine.columns.partition import Partition
from contacthub.engine.columns.reading import Documents
from contacthub.engine.columns.sets import Sets
from contacthub.engine.columns.view import AT_HAND, Part, View
from contacthub.engine.port import CONTACTS, Changes, Cursor, Progress
from contacthub.errors import Cancelled
from contacthub.query.properties import Property

SMALL = 2_000
"""The documents of up to so many contacts are read anew by each process; that is as quick as to map a base."""
_BUILDING = 0.7
"""The share of building columns in the time until they can be searched; the rest is indexing."""

_log = logging.getLogger(__name__)


def first_view(store: Documents, folder: Path | None, progress: Progress | None) -> View:
    """The contacts as they are now, from the base if there is a usable one; else one is built, and kept."""
    if folder is None:
        return _built(store, progress)
    return _mapped(store, folder) or rebuilt(store, folder, progress)


def rebuilt(store: Documents, folder: Path, progress: Progress | None) -> View:
    """The contacts as they are now from a new base, or from one that another process has just built."""
    before = bases.newest(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(bases.building(folder))
        except OSError:
            return _built(store, progress)  # nothing may be written there
        after = bases.newest(folder)
        if after is not None and (before is None or after.path != before.path):
            view = _mapped(store, folder)
            if view is not None:
                return view
        return _built_and_kept(store, folder, progress)


def outgrown(known: BitMap, changes: Changes) -> bool:
    """Whether so much has come to what is known that it takes no longer to begin anew: more contacts than there were,
    as after the first large import. Columns of them all would be read one after the other."""
    new = changes.put.get(CONTACTS, BitMap()) - known
    return changes.everything or len(new) > max(AT_HAND, len(known))


class Renewal:
    """A new base in the making, in a thread of its own, while searches go on with the old one."""

    def __init__(self, store: Documents, folder: Path, done: Callable[[View], None]) -> None:
        self._store = store
        self._folder = folder
        self._done = done
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="contacthub columns", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Give it up and wait for its end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            view = rebuilt(self._store, self._folder, self._go_on)
        except Cancelled:
            return
        except Exception:  # noqa: BLE001 - nobody waits here: searches are right without it, and the next tries again
            _log.exception("The columns could not be renewed.")
            return
        self._done(view)

    def _go_on(self, done: int, total: int | None) -> None:
        if self._stopped.is_set():
            raise Cancelled("The hub was closed.")


def _mapped(store: Documents, folder: Path) -> View | None:
    """From the base on disk, if the feed reaches back to it."""
    base = bases.newest(folder)
    if base is None:
        return None
    changes = store.changes(base.cursor)
    if outgrown(base.everyone, changes):
        return None
    known = base

    def make(partition: Partition, properties: Sequence[Property]) -> Mapping[Property, Column]:
        missing = [property for property in properties if property not in known]
        kept = {property: known.column(property) for property in properties if property in known}
        return {**kept, **maker(store)(partition, missing)}

    partition = Partition(base.everyone, {}, make, base.ids)
    view = _view(store, base.cursor, partition)
    return view.changed(changes, store) if changes else view


def _built(store: Documents, progress: Progress | None) -> View:
    # The cursor is taken first: what changes during the build is told again, which does no harm.
    cursor = store.cursor()
    if store.count(CONTACTS) <= SMALL:
        return _view(store, cursor, Partition.of_documents(dict(store.scan(CONTACTS))))
    return _view(store, cursor, build(store, progress))


def _built_and_kept(store: Documents, folder: Path, progress: Progress | None) -> View:
    count = store.count(CONTACTS)
    built = _built(store, share(progress, count, 0, _BUILDING))
    if len(built.everyone) <= SMALL:
        return built
    partition = built.base.partition
    told, ready = share(progress, count, _BUILDING, 1), {}
    for property, column in partition.columns.items():
        ready[property] = prepared(property, column)
        if told is not None:
            told(len(ready), len(partition.columns))
    try:
        bases.write(folder, built.cursor, Partition(partition.everyone, ready, partition.make, partition.ids))
    except OSError as error:
        # A full disk is no reason to find nobody. The next process tries again.
        _log.warning("The columns could not be kept in %s: %s", folder, error.strerror)
        return built
    return _mapped(store, folder) or built


def _view(store: Documents, cursor: Cursor, partition: Partition) -> View:
    return View(cursor, Part(partition, partition.everyone), (), Sets.read(store, cursor), BitMap())
