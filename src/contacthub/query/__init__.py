"""ContactQL: text → tree → checked tree → meaning → answer.

`parse` makes a `Query`; `Schema` tells what names mean. The rooms: `grammar.lark`, `tokens` and `parser` (text →
tree), `tree`, `names`, `reading` and `checks` (names and values), `printing`, `dates`, `binding` (tree → `meaning` at
an instant), `evaluator` (over one contact). Nothing here knows an engine; engines evaluate a `Meaning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contacthub.query.schema import GroupName, Schema

if TYPE_CHECKING:
    from contacthub.query.query import Query, parse

__all__ = ["GroupName", "Query", "Schema", "parse"]

_LAZY = {"Query": "query", "parse": "query"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
