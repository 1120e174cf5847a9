"""Imports: what a file would change, shown before it happens, then committed in one transaction.

Works out plans from tables and the store; writes nothing but through an operation, and reads no file itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contacthub.imports.opening import preview

if TYPE_CHECKING:
    from contacthub.imports.committing import ImportResult
    from contacthub.imports.preview import Preview

__all__ = ["ImportResult", "Preview", "preview"]


def __getattr__(name: str) -> Any:
    if name == "Preview":
        from contacthub.imports.preview import Preview

        return Preview
    if name == "ImportResult":
        from contacthub.imports.committing import ImportResult

        return ImportResult
    raise AttributeError(name)
