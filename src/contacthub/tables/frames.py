"""DataFrames, Parquet and JSON lines as tables: what is typed already comes as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contacthub.engine.port import Progress
from contacthub.errors import FileError
from contacthub.tables.cells import Cell, Column, ColumnBuilder, Note, Source, Table
from contacthub.tables.layout import finished
from contacthub.tables.limits import Limits

if TYPE_CHECKING:
    import pandas

_BATCH = 20_000


def from_frame(frame: Any, limits: Limits) -> Table:
    """A pandas DataFrame; a named index (`uuid`) is a column like the others. Rows count from 1.

    Raises FileError (`no_rows`, `too_many_rows`, `unknown_format` for what is no DataFrame).
    """
    import pandas

    if not isinstance(frame, pandas.DataFrame):
        raise FileError(
            f"A {type(frame).__name__} cannot be imported; give the path of a file, or a pandas DataFrame.",
            code="unknown_format",
        )
    if any(name is not None for name in frame.index.names):
        kept = [name for name in frame.index.names if name is not None and name not in frame.columns]
        frame = frame.reset_index(level=kept) if kept else frame
    source = Source("DataFrame", "frame")
    _check_size(len(frame), frame.shape[1], source.name, limits)
    columns = [_series(frame.iloc[:, position]) for position in range(frame.shape[1])]
    headers = [str(name) if name is not None else "" for name in frame.columns]
    return finished(headers, columns, range(1, len(frame) + 1), source, [])


def _series(series: pandas.Series[Any]) -> Column:
    builder = ColumnBuilder()
    builder.extend(map(plain, series.tolist()))
    return builder.build()


def plain(value: Any) -> Cell:
    """A value of a frame as a cell: NaN, NaT and NA are blank, numbers of numpy are Python's."""
    import pandas

    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, float):
        return None if value != value else value  # noqa: PLR0124 (only a NaN differs from itself)
    if isinstance(value, tuple | list | set | frozenset | np.ndarray):
        return [plain(part) for part in value]
    if value is pandas.NaT or value is pandas.NA:
        return None
    if isinstance(value, pandas.Timestamp):
        moment = value.to_pydatetime(warn=False)
        return moment.date() if value.tz is None and value == value.normalize() else moment
    if isinstance(value, np.generic):
        return plain(value.item())
    return value  # type: ignore[no-any-return]


def read_parquet(path: Path, source: Source, limits: Limits) -> Table:
    """A Parquet file. Raises FileError."""
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        _check_size(file.metadata.num_rows, file.metadata.num_columns, source.name, limits)
        unpacked = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        if unpacked > limits.unpacked:
            raise FileError(
                f"{path.name!r} is refused: it unpacks to more than {limits.unpacked // 1024**2:,} MB.",
                code="hostile_file", path=str(path),
            )  # fmt: skip
        names = list(file.schema_arrow.names)
        builders = [ColumnBuilder() for _ in names]
        for batch in file.iter_batches(batch_size=_BATCH):
            for builder, column in zip(builders, batch.columns, strict=True):
                builder.extend(map(plain, column.to_pylist()))
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise FileError(
            f"{path.name!r} is damaged and cannot be read as Parquet. Ask for a new copy.",
            code="corrupt_file", path=str(path),
        ) from error  # fmt: skip
    rows = range(1, file.metadata.num_rows + 1)
    return finished(names, [builder.build() for builder in builders], rows, source, [])


def read_json_lines(
    path: Path, source: Source, encoding: str, limits: Limits, progress: Progress | None = None
) -> Table:
    """JSON lines: an object a line. Nested objects become columns with dots: `fields.age`. Raises FileError."""
    builders: dict[str, ColumnBuilder] = {}
    rows: list[int] = []
    notes: list[Note] = []
    for number, record in _records(path, encoding):
        if len(rows) >= limits.rows:
            _check_size(len(rows) + 1, 1, source.name, limits)
        for name in record:
            if name not in builders:
                builders[name] = ColumnBuilder(len(rows))
                _check_size(len(rows), len(builders), source.name, limits)
        for name, builder in builders.items():
            builder.extend((record.get(name),))
        rows.append(number)
        if progress and len(rows) % 10_000 == 0:
            progress(len(rows), None)
    return finished(list(builders), [builder.build() for builder in builders.values()], rows, source, notes)


def _records(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Cell]]]:
    try:
        with path.open(encoding=encoding) as file:
            for number, line in enumerate(file, 1):
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


def _check_size(rows: int, columns: int, name: str, limits: Limits) -> None:
    if rows > limits.rows:
        raise FileError(
            f"{name!r} has more than {limits.rows:,} rows. Split it, or raise the limit.", code="too_many_rows"
        )
    if columns > limits.columns:
        raise FileError(
            f"{name!r} has more than {limits.columns} columns: that is no table of contacts.", code="hostile_file"
        )


def concatenated(columns: Sequence[Column]) -> Column:
    """Columns one below the other."""
    builder = ColumnBuilder()
    for column in columns:
        builder.extend(column.cells())
    return builder.build()
