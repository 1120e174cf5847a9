"""Contacts as encoded columns: searched a million at a time, without parsing a document and without pandas.

It reads documents, sets and the feed of changes through a store's reading side, and writes nothing but its own base
file, which can always be deleted.
"""

from contacthub.engine.columns.searcher import ColumnSearcher

__all__ = ["ColumnSearcher"]
