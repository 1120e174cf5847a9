"""Writing the history to a file: operations, or the changes of one contact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from contacthub.operations.history import Change, Operation
from contacthub.session import Session
from contacthub.tables import write
from contacthub.tables.targets import spare_hub

OPERATION_COLUMNS = ("id", "at", "actor", "surface", "kind", "summary", "count", "undoes", "undone_by")
CHANGE_COLUMNS = ("operation", "at", "actor", "surface", "kind", "property", "before", "after")


def export_operations(session: Session, operations: Iterable[Operation], path: str | Path) -> int:
    """Write operations, a line each. Returns how many. Raises FileError, NotFound, NotAllowed."""
    rows = ([_text(getattr(operation, column)) for column in OPERATION_COLUMNS] for operation in operations)
    return _written(session, path, OPERATION_COLUMNS, rows)


def export_changes(session: Session, changes: Iterable[Change], path: str | Path) -> int:
    """Write changes with old and new values, a line each. Returns how many. Raises as `export_operations`."""
    rows = (
        [
            *(_text(getattr(change.operation, column)) for column in ("id", "at", "actor", "surface", "kind")),
            *(change.property, _shown(change.before), _shown(change.after)),
        ]
        for change in changes
    )
    return _written(session, path, CHANGE_COLUMNS, rows)


def _written(session: Session, path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    session.require("export")
    path = Path(path).expanduser()
    spare_hub(path, session.home)
    format = write.format_of(path)
    lines = list(rows)
    with write.beside(path) as temporary:
        write.write(temporary, format, columns, lines)
    return len(lines)


def _text(value: Any) -> Any:
    """Instants as text with their offset: a workbook's own have none."""
    return value.isoformat() if isinstance(value, datetime) else value


def _shown(value: Any) -> str | None:
    """A value in a column that holds those of every property."""
    if value is None:
        return None
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
