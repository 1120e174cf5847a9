"""JSON lines: an object a line; what is typed already comes as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contacthub.engine.port import Progress
from contacthub.errors import FileError
from contacthub.tables.cells import Cell, ColumnBuilder, Source, Table
from contacthub.tables.layout import finished
from contacthub.tables.limits import Limits

LONGEST = 1 << 20
"""Characters of a line. A contact with all that it may have stays far below."""


def read_json_lines(
    path: Path, source: Source, encoding: str, limits: Limits, progress: Progress | None = None
) -> Table:
    """A file of JSON lines. Nested objects become columns with dots: `fields.age`. Raises FileError."""
    builders: dict[str, ColumnBuilder] = {}
    rows: list[int] = []
    for number, record in _records(path, encoding):
        limits.check_size(len(rows) + 1, max(len(record), len(builders)), source.name)
        for name, cell in record.items():
            if name not in builders:
                builders[name] = ColumnBuilder()
                limits.check_size(len(rows), len(builders), source.name)
            builders[name].pad(len(rows))
            builders[name].extend((cell,))
        rows.append(number)
        if progress and len(rows) % 10_000 == 0:
            progress(len(rows), None)
    for builder in builders.values():
        builder.pad(len(rows))
    columns = [builder.build() for builder in builders.values()]
    return finished(list(builders), columns, rows, source, [], limits)


def _records(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Cell]]]:
    try:
        with path.open(encoding=encoding) as file:
            number = 0
            while line := file.readline(LONGEST):
                number += 1
                if len(line) >= LONGEST:
                    raise FileError(
                        f"{path.name!r} has a line of more than {LONGEST:,} characters: that is no table of contacts. "
                        "Each contact stands in a line of its own.",
                        code="hostile_file", path=str(path),
                    )  # fmt: skip
                if line.strip():
                    record = json.loads(line)
                    if not isinstance(record, dict):
                        raise ValueError("no object")
                    yield number, dict(_flat(record))
    except (ValueError, RecursionError) as error:
        raise FileError(
            f"{path.name!r} is no JSON lines file: each line must be one object, such as "
            '{"name": "Ana", "urns": ["tel:+5521987654321"]}.',
            code="corrupt_file", path=str(path),
        ) from error  # fmt: skip


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Cell]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
