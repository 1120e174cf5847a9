"""TinyDB's Table over the sqlite engine: by id where TinyDB scans, and with caches that know of other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tinydb.queries import QueryLike
from tinydb.table import Document
from tinydb.table import Table as TinyTable

from contacthub.engine import locks
from contacthub.engine.port import Cursor
from contacthub.engine.sqlite import SqliteStore
from contacthub.engine.sqlite.documents import is_exact
from contacthub.engine.sqlite.own import check_name
from contacthub.engine.tiny.rows import EditedRows, Rows, as_id, merge, number
from contacthub.engine.tiny.storage import SqliteStorage

CACHED_RESULTS = 1000
"""Results of a query that are kept at most; TinyDB would keep any number."""


class Table(TinyTable):
    """A TinyDB table whose documents are rows. Inside `store.transaction()` everything is one change."""

    def __init__(self, storage: SqliteStorage, name: str, **options: Any) -> None:
        check_name(name)
        self._store: SqliteStore = storage.store
        self._cached_at: Cursor | None = None
        self._cache_lock = locks.lock()
        self._edited: EditedRows | None = None
        super().__init__(storage, name, **options)

    def insert(self, document: Mapping[str, Any]) -> int:
        if not isinstance(document, Mapping):
            raise ValueError("Document is not a Mapping")
        with self._store.transaction():  # the id and the document in one
            id: int = super().insert(document)
            return id

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        with self._store.transaction():
            ids: list[int] = super().upsert(document, cond)
            return ids

    def update(
        self,
        fields: Mapping[str, Any] | Callable[[Any], None],
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        if callable(fields) or not is_exact(fields):
            ids: list[int] = super().update(fields, cond, doc_ids)
            return ids
        with self._store.own.writing(self.name) as change:
            if doc_ids is None:
                updated = merge(change, fields, cond)
            else:
                wanted = [(id, known) for id in doc_ids if (known := as_id(id)) is not None]
                there = set(merge(change, fields, ids=[known for _, known in wanted]))
                updated = [id for id, known in wanted if known in there]
        self.clear_cache()
        return updated

    def search(self, cond: QueryLike) -> list[Document]:
        if self._store.writing:  # what is seen now may yet be rolled back
            return self._found(cond)
        now = self._store.cursor()
        with self._cache_lock:
            if now != self._cached_at:
                self.clear_cache()
                self._cached_at = now
            cached = self._query_cache.get(cond)
        if cached is not None:
            return list(cached)
        found = self._found(cond)
        if len(found) <= CACHED_RESULTS and getattr(cond, "is_cacheable", lambda: True)():
            with self._cache_lock:
                if self._cached_at == now:  # else another thread has seen a later state meanwhile
                    self._query_cache[cond] = list(found)
        return found

    def _found(self, cond: QueryLike) -> list[Document]:
        return [
            self.document_class(document, self.document_id_class(id))
            for id, document in self._read_table().items()
            if cond(document)
        ]

    def get(self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: list[int] | None = None) -> Any:
        if doc_id is None and doc_ids is not None:
            numbers = {number(id) for id in doc_ids}
            found = self._store.get(self.name, sorted(id for id in numbers if id is not None))
            return [self.document_class(document, self.document_id_class(id)) for id, document in found.items()]
        if doc_id is not None:
            return super().get(doc_id=doc_id)
        return super().get() if cond is None else super().get(cond)

    def _read_table(self) -> Rows:  # type: ignore[override]
        return Rows(self._store, self.name)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        with self._store.own.writing(self.name) as change:
            outer, self._edited = self._edited, EditedRows(change)
            try:
                updater(self._edited)
                self._edited.flush()
            finally:
                self._edited = outer
        self.clear_cache()

    def _get_next_id(self) -> int:
        if self._store.writing and self._edited is not None:
            return self._edited.next_id()
        with self._store.own.writing(self.name) as change:
            return change.reserve()
