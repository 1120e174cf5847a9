"""The child process of `guarded`: reads a workbook or a Parquet file under limits, and says what it found.

Run as a script, apart from the package, so that it starts quickly and holds nothing. Messages are pickled tuples on
standard output: `sheets`; or `start` and then `rows`; or `shape` and then `columns`. The last is `end`, or why not:
`far`, `memory`, `error`.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

_STATES = {"Visible": "visible", "Hidden": "hidden", "VeryHidden": "very hidden"}
_LARGE = 1 << 21
"""Bytes of a message above which the next ones hold fewer rows: the other side holds a message at a time."""
_MIDNIGHT = time()

Tell = Callable[..., int]


def limit(memory: int, seconds: int) -> None:
    """Where the system has such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    job, path, sheet, memory, seconds, columns, cell = sys.argv[1:]
    limit(int(memory), int(seconds))
    with os.fdopen(os.dup(1), "wb") as out:

        def tell(*message: Any) -> int:
            content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
            out.write(content)
            return len(content)

        try:
            if job == "sheets":
                list_sheets(path, tell)
            elif job == "rows":
                read_quickly(path, sheet, int(columns), tell)
            elif job == "slow rows":
                read_slowly(path, sheet, int(columns), tell)
            else:
                read_parquet(path, int(cell), tell)
            tell("end")
        except (MemoryError, ImportError):  # a library that finds no room is not loaded
            tell("memory")
        except BaseException as error:  # noqa: BLE001 (whatever a reader says, a panic too, the parent judges it)
            tell("error", type(error).__name__)


def _opened(path: str) -> Any:
    import python_calamine

    # By an open file, since from a path the reader would go by the name and not by the content.
    return python_calamine.load_workbook(open(path, "rb"))


def list_sheets(path: str, tell: Tell) -> None:
    kinds = [(one.name, str(one.visible), str(one.typ)) for one in _opened(path).sheets_metadata]
    tell(
        "sheets",
        [
            (name, _STATES.get(state.rpartition(".")[2], "visible"))
            for name, state, kind in kinds
            if kind.endswith("WorkSheet")
        ],
    )


def read_quickly(path: str, name: str, columns: int, tell: Tell) -> None:
    """By python-calamine."""
    sheet = _opened(path).get_sheet_by_name(name)
    if sheet.end is not None and sheet.end[1] >= columns:
        tell("far", sheet.end[1] + 1)
        return
    boxes = [(a[0] + 1, a[1] + 1, b[0] + 1, b[1] + 1) for a, b in sheet.merged_cell_ranges or ()]
    tell("start", sheet.start or (0, 0), boxes, _marks(path, name))
    _tell_rows(sheet.iter_rows(), tell)


def _marks(path: str, sheet: str) -> dict[str, Any] | None:
    """What the reader does not tell of an OpenDocument sheet."""
    import zipfile

    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        if "content.xml" not in archive.namelist():
            return None
        sys.path.append(str(Path(__file__).parents[2]))  # last, so that it hides nothing
        from contacthub.tables import open_document

        with archive.open("content.xml") as content:
            return open_document.marks(content, sheet)


def read_slowly(path: str, name: str, columns: int, tell: Tell) -> None:
    """By openpyxl."""
    import openpyxl

    with open(path, "rb") as file:  # an open file, since it would go by the ending of a path
        sheet = openpyxl.load_workbook(file, read_only=True, data_only=True)[name]
        sheet.reset_dimensions()
        tell("start", (0, 0), [], None)

        def rows() -> Iterable[list[Any]]:
            for row in sheet.iter_rows(values_only=True):
                cells = list(row)
                while cells and cells[-1] is None:
                    cells.pop()
                if len(cells) > columns:
                    raise _FarError(len(cells))
                yield cells

        try:
            _tell_rows(rows(), tell)
        except _FarError as far:
            tell("far", far.args[0])


class _FarError(Exception):
    """A cell beyond the last column that is taken; the column."""


def _tell_rows(rows: Iterable[list[Any]], tell: Tell) -> None:
    batch: list[list[Any]] = []
    most = 256
    for row in rows:
        batch.append(row)
        if len(batch) >= most:
            size = tell("rows", batch)
            most = max(16, most // 4) if size > _LARGE else min(4096, most * 2)
            batch = []
    tell("rows", batch)


def read_parquet(path: str, cell: int, tell: Tell) -> None:
    """By pyarrow: columns as their distinct values and the place of each row's value among them, -1 for blank."""
    import pyarrow
    import pyarrow.compute
    from pyarrow import parquet, types

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
        groups = range(file.metadata.num_row_groups)
        unpacked = sum(file.metadata.row_group(group).total_byte_size for group in groups)
        tell("shape", file.metadata.num_rows, list(schema.names), unpacked)
        texts = [one.name for one in schema if types.is_string(one.type) or types.is_large_string(one.type)]
    with parquet.ParquetFile(path, read_dictionary=texts) as file:  # a text that repeats is held once
        for batch in file.iter_batches(batch_size=4096, use_threads=False):
            told = []
            for column in batch.columns:
                distinct, places = _distinct(column, pyarrow)
                told.append(([_bounded(value, cell) for value in distinct], places))
            tell("columns", told)


def _distinct(column: Any, pyarrow: Any) -> tuple[list[Any], bytes | None]:
    """Values, and for each row the place of its value; None where each row has its own."""
    types, compute = pyarrow.types, pyarrow.compute
    if types.is_timestamp(column.type):
        column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
    elif types.is_duration(column.type):
        column = column.cast(pyarrow.duration("us"), safe=False)
    if not types.is_dictionary(column.type):
        try:
            column = column.dictionary_encode()
        except pyarrow.ArrowNotImplementedError:
            return column.to_pylist(), None
    used = compute.unique(column.indices).drop_null()
    places = compute.index_in(column.indices, value_set=used).fill_null(-1).cast(pyarrow.int32())
    values = column.dictionary.take(used).to_pylist()
    begin = places.offset * 4
    return values, places.buffers()[1].to_pybytes()[begin : begin + len(places) * 4]


def _bounded(value: Any, longest: int) -> Any:
    """A value, cut where it is over the limit anyway, and still over it; moments of any zone and kind in UTC."""
    if isinstance(value, str | bytes):
        return value[: longest + 1]
    if isinstance(value, list):
        if len(value) > longest:
            return "x" * (longest + 1)
        parts = [_bounded(part, longest) for part in value]
        return parts if sum(len(part) if isinstance(part, str) else 1 for part in parts) <= longest else str(parts)
    if isinstance(value, dict):
        return {key: _bounded(part, longest) for key, part in value.items()}
    if isinstance(value, datetime):
        return _moment(value)
    return value


def _moment(value: datetime) -> date:
    """A day where it is a midnight without a zone: so pandas keeps days."""
    if value.tzinfo is not None:
        value = value.astimezone(UTC)
    elif value.time() == _MIDNIGHT:
        return value.date()
    day = value.year, value.month, value.day
    return datetime(*day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo)


if __name__ == "__main__":
    main()
