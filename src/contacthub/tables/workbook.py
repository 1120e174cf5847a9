"""Workbooks of today (xlsx), read by openpyxl: the reader that cannot take the process down."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from contacthub.errors import FileError
from contacthub.tables.cells import Cell, CellError
from contacthub.tables.package import SheetPart, column_letters

_BATCH = 4096
_MIDNIGHT = time()
EXACT = 1e15
"""Whole numbers below this are exact as floats, which is how workbooks keep them."""


_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, SyntaxError, LookupError, ValueError, TypeError, AttributeError, OSError, EOFError,
    ArithmeticError, AssertionError, RuntimeError,
)  # fmt: skip
"""What openpyxl and the parsers below it raise for damaged files; `SyntaxError` is that of XML."""


def batches(path: Path, part: SheetPart) -> Iterator[list[list[Cell]]]:
    """All rows of a sheet in order, blank ones included, in batches. Raises FileError `corrupt_file`."""
    import openpyxl

    # An open file, since openpyxl would go by the ending of a path.
    with path.open("rb") as file:
        try:
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = workbook[part.name]
            sheet.reset_dimensions()
            batch: list[list[Cell]] = []
            for number, row in enumerate(sheet.iter_rows(max_row=part.last_row or None, values_only=True), 1):
                batch.append(with_faults(list(row[: part.last_column or None]), number, part))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
            yield batch
            workbook.close()
        except _UNREADABLE as error:
            raise damaged(path) from error


def repaired(batches: Iterator[list[list[Cell]]], part: SheetPart) -> Iterator[list[list[Cell]]]:
    """The rows of another reader, with the faults of the sheet put in."""
    number = 1
    faulty = part.errors.keys() | part.without_result.keys()
    for batch in batches:
        for position in range(len(batch)) if faulty else ():
            if number + position in faulty:
                batch[position] = with_faults(batch[position], number + position, part)
        number += len(batch)
        yield batch


def with_faults(cells: list[Cell], row: int, part: SheetPart) -> list[Cell]:
    """A row with its faults put in, which the readers of workbooks do not tell from texts and blanks."""
    for column, error in part.errors.get(row, {}).items():
        cells.extend([None] * (column - len(cells)))
        cells[column - 1] = CellError("cell_error", error or "#ERROR")
    for column in part.without_result.get(row, ()):
        cells.extend([None] * (column - len(cells)))
        cells[column - 1] = CellError("formula_no_result", f"{column_letters(column)}{row}")
    return cells


def cell_of(value: Any) -> Cell:
    """A cell as the readers of workbooks give it, in our kinds: a datetime at midnight is a civil date."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.date() if value.time() == _MIDNIGHT else value
    if isinstance(value, timedelta):
        return str(value)
    if value.__class__ is float and value.is_integer() and abs(value) < EXACT:
        return int(value)
    return value  # type: ignore[no-any-return]


def damaged(path: Path) -> FileError:
    return FileError(
        f"{path.name!r} is damaged and cannot be read as a workbook. Open it in a spreadsheet, save it again, "
        "or ask for a new copy.",
        code="corrupt_file", path=str(path),
    )  # fmt: skip
