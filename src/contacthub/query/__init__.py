"""ContactQL: text → tree → checked tree → meaning → answer.

`parse` makes a `Query`; `Schema` tells what names mean. Text → tree: `grammar.lark`, `tokens`, `parser`, `tree`; names
and values: `names`, `reading`, `checks`, `dates`; back to text: `printing`; tree → `meaning` at an instant: `binding`;
over one contact: `evaluator`; help for people: `inspection`, `completion`, `pointing`. Nothing here knows an engine;
engines evaluate a `Meaning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contacthub.query.schema import GroupName, Schema

if TYPE_CHECKING:
    from contacthub.query.completion import Completion, complete
    from contacthub.query.inspection import Inspection, check, check_group
    from contacthub.query.names import property_named, sort_named
    from contacthub.query.pointing import caret
    from contacthub.query.query import Query, parse

__all__ = [
    "Completion", "GroupName", "Inspection", "Query", "Schema", "caret", "check", "check_group", "complete", "parse",
    "property_named", "sort_named",
]  # fmt: skip

_LAZY = {
    "Query": "query",
    "parse": "query",
    "check": "inspection",
    "check_group": "inspection",
    "Inspection": "inspection",
    "complete": "completion",
    "Completion": "completion",
    "caret": "pointing",
    "property_named": "names",
    "sort_named": "names",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
