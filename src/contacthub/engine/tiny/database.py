"""The TinyDB of a hub: TinyDB with this room's storage and table classes, which are its documented extension points."""

from __future__ import annotations

from tinydb import TinyDB

from contacthub.engine.tiny.storage import SqliteStorage
from contacthub.engine.tiny.table import Table


class Database(TinyDB):
    """`Database(store)` over a store that is open, or `Database(path)`."""

    default_storage_class = SqliteStorage  # type: ignore[assignment]
    table_class = Table  # type: ignore[assignment]
