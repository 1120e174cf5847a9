"""Contacts as encoded columns: searched a million at a time, without parsing a document and without pandas.

It reads documents, sets and the feed of changes through a store's reading side, and writes nothing but its own base
file, which can always be deleted. The same evaluator serves any DataFrame.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contacthub.engine.columns.frame import mask
    from contacthub.engine.columns.searcher import ColumnSearcher

__all__ = ["ColumnSearcher", "mask"]

_HOME = {"ColumnSearcher": "searcher", "mask": "frame"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
