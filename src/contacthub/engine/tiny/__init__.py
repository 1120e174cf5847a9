"""TinyDB's face over the sqlite engine: its Storage and Table, so that a hub's documents are TinyDB documents.

`open` gives the sqlite engine's store with one more name, `db`, a `tinydb.TinyDB`; tinydb is imported when that is
first used. Nothing here decides anything: the hub's tables are read here and changed by its verbs.
"""

from contacthub.engine.tiny.store import TinyStore

open = TinyStore.open

__all__ = ["TinyStore", "open"]
