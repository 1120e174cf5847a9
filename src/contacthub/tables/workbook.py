"""Workbooks: which sheet is read, and what a person should know of it beside its cells."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from contacthub.engine.port import Progress
from contacthub.errors import FileError, NotFound
from contacthub.tables import guarded, layout, package
from contacthub.tables.cells import Cell, CellError, Note, Source, Table
from contacthub.tables.frames import concatenated
from contacthub.tables.guarded import GuardedSheet
from contacthub.tables.headers import recognised
from contacthub.tables.limits import Limits
from contacthub.tables.package import SheetPart, column_letters

_MIDNIGHT = time()
EXACT = 1e15
"""Whole numbers below this are exact as floats, which is how workbooks keep them."""
_NO_TABLE = frozenset({"no_rows", "empty_file", "no_header"})
"""Errors of a sheet that holds no table, as a cover or a note does."""
_ROUND = 1000
"""Rows of further sheets are numbered on from a multiple of this, so that the file's own number can be read off."""


class Workbook:
    """An xlsx, xls, xlsb or ods file. Raises FileError where it cannot be read."""

    def __init__(self, path: Path, info: Source, limits: Limits, progress: Progress | None = None) -> None:
        self.path, self.info, self.limits, self.progress = path, info, limits, progress
        if info.format != "xls":
            package.check_archive(path, limits)
        if info.format == "xlsx":
            self.parts = package.sheet_parts(path)
        else:  # the guarded reader alone knows them
            self.parts = [SheetPart(name, state, "") for name, state in guarded.sheets(path, limits)]
        if not self.parts:
            raise guarded.damaged(path)
        info.sheets = [(part.name, part.state) for part in self.parts]

    def read(self, sheet: str | int | None, header_row: int | None) -> Table:
        """The sheet that was asked for, else the first visible one. Raises NotFound, FileError."""
        part = self.chosen(sheet)
        self.info.sheet = part.name
        try:
            table = self._table(part, self.info, header_row)
        except FileError as error:
            if error.code not in _NO_TABLE:
                raise
            raise FileError(f"{error.message}{self.info.told_of_sheets()}", code=error.code) from None
        table.notes += notes_of(part, table)
        others = [name for name, state in self.info.sheets if name != part.name and state == "visible"]
        if others:
            table.notes.append(Note("other_sheets", value=", ".join(others)))
        return table

    def read_all(self, header_row: int | None) -> Table:
        """All visible sheets of the same headers, one below the other. Raises FileError.

        The headers are those of the first sheet that has some which are known, past covers and notes; if there is none,
        of the first that has any. Rows of further sheets are numbered on, each sheet from the next full thousand.
        """
        info = self.info
        parts = [part for part in self.parts if part.state == "visible"] or self.parts[:1]
        looked_at: list[tuple[SheetPart, Table | FileError]] = []
        for part in parts:
            looked_at.append((part, found := self._tried(part, header_row)))
            if isinstance(found, Table) and any(map(recognised, found.headers)):
                base, first = part, found
                break
        else:
            base, first = self._any_table(looked_at)
        info.sheet, info.header_row = "*", first.source.header_row
        info.above, info.below = first.source.above, first.source.below
        first.notes += notes_of(base, first)
        tables, count = [first], len(first)
        rest = ((part, self._tried(part, header_row)) for part in parts[len(looked_at) :])
        for part, table in itertools.chain(looked_at, rest):
            if part is base:
                continue
            if isinstance(table, FileError):
                if table.code == "no_header":
                    first.notes.append(_skipped(part))
                continue
            if table.headers != first.headers:
                first.notes.append(_skipped(part))
                continue
            count += len(table)
            self.limits.check_size(count, 1, info.name)
            last = max(int(tables[-1].rows[-1]), *(row for row, _ in info.below), 0)
            offset = (last // _ROUND + 1) * _ROUND
            table.rows = table.rows + offset
            info.above += [(row + offset, texts) for row, texts in table.source.above]
            info.below += [(row + offset, texts) for row, texts in table.source.below]
            first.notes.append(
                Note("sheet_rows", value=part.name, details={"sheet": part.name, "first": offset + 1, "offset": offset})
            )
            first.notes += notes_of(part, table, offset)
            tables.append(table)
        columns = [concatenated(parts) for parts in zip(*(table.columns for table in tables), strict=True)]
        return Table(first.headers, columns, np.concatenate([table.rows for table in tables]), info, first.notes)

    def _tried(self, part: SheetPart, header_row: int | None) -> Table | FileError:
        """A sheet, or why there is no table in it. Raises FileError for a file that cannot be read."""
        try:
            return self._table(part, Source(self.info.name, self.info.format), header_row)
        except FileError as error:
            if error.code not in _NO_TABLE:
                raise
            return error

    def _any_table(self, looked_at: list[tuple[SheetPart, Table | FileError]]) -> tuple[SheetPart, Table]:
        """The first of the sheets that is a table. Raises FileError."""
        for part, found in looked_at:
            if isinstance(found, Table):
                return part, found
        names = ", ".join(repr(part.name) for part, _ in looked_at)
        error = next(found for _, found in looked_at if isinstance(found, FileError))
        raise (
            error
            if len(looked_at) == 1
            else FileError(
                f"{self.info.name!r} has no sheet with headers and rows under them; looked at were {names}.",
                code=error.code,
            )
        )

    def chosen(self, sheet: str | int | None) -> SheetPart:
        """The sheet that was asked for, else the first visible one. Raises NotFound."""
        parts = self.parts
        if isinstance(sheet, int):
            if -len(parts) <= sheet < len(parts):
                return parts[sheet]
        elif sheet is not None:
            for part in parts:
                if part.name.casefold() == sheet.casefold():
                    return part
        else:
            return next((part for part in parts if part.state == "visible"), parts[0])
        names = ", ".join(repr(part.name) for part in parts)
        raise NotFound(f"{self.path.name!r} has no sheet {sheet!r}. Its sheets are {names}.")

    def _table(self, part: SheetPart, info: Source, header_row: int | None) -> Table:
        if info.format == "xlsx":
            package.scan(self.path, part, self.limits)
            try:
                table = self._built(GuardedSheet(self.path, part.name, self.limits), part, info, header_row)
            except FileError as error:
                if error.code != "corrupt_file":
                    raise
                # What the quick reader cannot take, the slow one may.
                slow = GuardedSheet(self.path, part.name, self.limits, slowly=True)
                table = self._built(slow, part, info, header_row)
        else:
            sheet = GuardedSheet(self.path, part.name, self.limits)
            part.merged = sheet.merged
            if sheet.marks is not None:
                part.hidden_rows = set(sheet.marks["hidden"])
                part.merged = sheet.marks["merged"]
                part.errors = sheet.marks["errors"]
                part.without_result = sheet.marks["without_result"]
            table = self._built(sheet, part, info, header_row)
            if sheet.marks is None:
                table.notes.append(Note("old_workbook", details={"format": info.format}))
        return table

    def _built(self, sheet: GuardedSheet, part: SheetPart, info: Source, header_row: int | None) -> Table:
        table = layout.build(
            repaired(sheet.batches(), part),
            info,
            recognise=recognised,
            header_row=header_row,
            limits=self.limits,
            progress=self.progress,
            spread=lambda row, cells: [cell_of(cell) for cell in spread_header(part, row, cells)],
        )
        for column in table.columns:
            column.values = [cell_of(value) for value in column.values]
        return table


def _skipped(part: SheetPart) -> Note:
    return Note("sheet_skipped", "warning", value=part.name, details={"sheet": part.name})


def repaired(batches: Iterator[list[list[Cell]]], part: SheetPart) -> Iterator[list[list[Cell]]]:
    """The rows of a reader, with the faults of the sheet put in."""
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


def spread_header(part: SheetPart, row: int, cells: list[Cell]) -> list[Cell]:
    """A header row whose merged cells are filled: a title over two columns is the header of both."""
    for first_row, first_column, last_row, last_column in part.merged:
        if first_row <= row <= last_row and first_column <= len(cells) and last_column > first_column:
            cells.extend([None] * (last_column - len(cells)))
            cells[first_column - 1 : last_column] = [cells[first_column - 1]] * (last_column - first_column + 1)
    return cells


def notes_of(part: SheetPart, table: Table, offset: int = 0) -> list[Note]:
    """What a person should know of a sheet with the data: hidden rows, merged cells.

    `offset` is what the rows of the table are numbered on by.
    """
    notes = []
    first = table.source.header_row
    last = int(table.rows[-1]) - offset
    hidden = [row + offset for row in sorted(part.hidden_rows) if first < row <= last]
    if hidden:
        details = {"count": len(hidden), "rows": ranges(hidden)}
        notes.append(Note("hidden_rows", "warning", details=details))
    if part.state != "visible":
        notes.append(Note("hidden_sheet", "warning", details={"sheet": part.name}))
    merged = [box for box in part.merged if box[2] > first]
    if merged:
        notes.append(Note("merged_cells", "warning", row=merged[0][0] + offset, details={"count": len(merged)}))
    return notes


def ranges(rows: list[int]) -> str:
    """Row numbers for people: `3-7, 12`, cut after ten."""
    parts: list[list[int]] = []
    for row in rows:
        if parts and row == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], row]
        else:
            parts.append([row])
    texts = [f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0]) for part in parts[:10]]
    return ", ".join(texts) + (", …" if len(parts) > 10 else "")
