"""The sqlite engine's store, with TinyDB's face."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from contacthub.engine.sqlite import SqliteStore

if TYPE_CHECKING:
    from tinydb import TinyDB


class TinyStore(SqliteStore):
    @cached_property
    def db(self) -> TinyDB:
        """The documents as a `tinydb.TinyDB`: reading is open, the hub's own tables are written by its verbs, tables of
        one's own are free. `with store.transaction():` makes one change of several."""
        from contacthub.engine.tiny.database import Database

        return Database(self)
