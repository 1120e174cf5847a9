"""Property paths: how a single value inside a contact's document is named in plans, effects and the history."""

from __future__ import annotations

from typing import Any

from contacthub.engine.port import Document

NESTED = ("fields", "opt_in", "opt_in_on", "opt_in_source", "engagement")
"""Properties whose values are addressed one by one, as `fields.age`."""

INTERNAL = ("identities", "name_source", "country", "merged")
"""Paths that follow from others and are not told as changes of their own."""


def get(document: Document, path: str) -> Any:
    """The value at a path; None when there is none."""
    outer, _, inner = path.partition(".")
    return (document.get(outer) or {}).get(inner) if inner else document.get(outer)


def put(document: Document, path: str, value: Any) -> None:
    """Set the value at a path, in a document of one's own; None takes a nested one away."""
    outer, _, inner = path.partition(".")
    if not inner:
        document[outer] = value
        return
    nested = dict(document.get(outer) or {})
    if value is None:
        nested.pop(inner, None)
    else:
        nested[inner] = value
    document[outer] = nested
