"""The embedded engine: documents as rows of JSON in a SQLite file, sets as bitmaps in blocks, and a feed of changes.

It knows SQL, files and locks, and nothing of what a contact means; it searches through `columns`. Only the port is
seen from above.
"""

from contacthub.engine.sqlite.backup import restore
from contacthub.engine.sqlite.doctor import doctor
from contacthub.engine.sqlite.store import SqliteStore, open_store

__all__ = ["SqliteStore", "doctor", "open_store", "restore"]
