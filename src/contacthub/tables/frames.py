"""DataFrames as tables: what is typed already comes as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contacthub.errors import FileError
from contacthub.tables.cells import Column, ColumnBuilder, Source, Table
from contacthub.tables.layout import finished
from contacthub.tables.limits import Limits
from contacthub.tables.values import plain

if TYPE_CHECKING:
    import pandas


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
    limits.check_size(len(frame), frame.shape[1], source.name)
    columns = [_series(frame.iloc[:, position]) for position in range(frame.shape[1])]
    headers = [str(name) if name is not None else "" for name in frame.columns]
    return finished(headers, columns, range(1, len(frame) + 1), source, [], limits)


def _series(series: pandas.Series[Any]) -> Column:
    builder = ColumnBuilder()
    builder.extend(map(plain, series.tolist()))
    return builder.build()


def concatenated(columns: Sequence[Column]) -> Column:
    """Columns one below the other."""
    builder = ColumnBuilder()
    for column in columns:
        builder.extend(column.cells())
    return builder.build()
