"""Reading: one door for every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from contacthub.engine.port import Progress
from contacthub.errors import FileError, NotFound
from contacthub.tables import frames, layout, package, sniff, text, workbook
from contacthub.tables.cells import Cell, Note, Source, Table
from contacthub.tables.formulas import unescaped
from contacthub.tables.guarded import GuardedSheet, sheets
from contacthub.tables.headers import recognised
from contacthub.tables.limits import DEFAULT, Limits

WORKBOOKS = ("xlsx", "xls", "xlsb", "ods")


def read(
    source: Any,
    *,
    sheet: str | int | None = None,
    header_row: int | None = None,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Table:
    """A file (path) or a pandas DataFrame as a table of typed cells.

    `sheet` is the name or the position (from 0) of a sheet, `"*"` all sheets of the same headers; by default the
    first visible one. `header_row` is the row of the file the headers stand in; by default it is found. `progress`
    is told the rows of a file as they are read, without a total.
    Raises NotFound for a file or sheet that is not there, FileError for one that cannot be read as a table.
    """
    if not isinstance(source, str | Path):
        return frames.from_frame(source, limits)
    path = sniff.existing(source)
    format = sniff.format_of(path)
    if sheet == "*" and format in WORKBOOKS:
        return _all_sheets(path, header_row, limits, progress)
    info = Source(path.name, format, sniff.sha256_of(path))
    if format == "text":
        return _text(path, info, header_row, limits, progress)
    if format == "xlsx":
        return _xlsx(path, info, sheet, header_row, limits, progress)
    if format in ("xls", "xlsb", "ods"):
        return _old_workbook(path, info, sheet, header_row, limits, progress)
    if format == "parquet":
        return frames.read_parquet(path, info, limits)
    return frames.read_json_lines(path, info, text.encoding_of(path), limits, progress)


def _all_sheets(path: Path, header_row: int | None, limits: Limits, progress: Progress | None) -> Table:
    """All visible sheets that have the headers of the first one, one below the other. Rows of the second sheet are
    numbered on from those of the first."""
    first = read(path, header_row=header_row, limits=limits, progress=progress)
    tables, notes = [first], list(first.notes)
    for name, state in first.source.sheets:
        if state != "visible" or name == first.source.sheet:
            continue
        try:
            table = read(path, sheet=name, header_row=header_row, limits=limits, progress=progress)
        except FileError as error:
            if error.code not in ("no_rows", "empty_file", "no_header"):
                raise
            continue
        if table.headers == first.headers:
            tables.append(table)
        else:
            notes.append(Note("sheet_skipped", "warning", value=name, details={"sheet": name}))
    first.source.sheet = "*"
    offset = 0
    rows = []
    for table in tables:
        rows.append(table.rows + offset)
        offset += int(table.rows[-1])
    columns = [frames.concatenated(parts) for parts in zip(*(table.columns for table in tables), strict=True)]
    return Table(first.headers, columns, np.concatenate(rows), first.source, notes)


def _text(path: Path, info: Source, header_row: int | None, limits: Limits, progress: Progress | None) -> Table:
    rows = text.TextRows(path, limits)
    info.format, info.encoding, info.delimiter = "csv", rows.encoding, rows.delimiter
    table = layout.build(
        rows.batches(),
        info,
        recognise=recognised,
        header_row=header_row,
        first_row=rows.first_row,
        all_text=True,
        limits=limits,
        progress=progress,
    )
    for column in table.columns:
        column.values = [
            unescaped(value) if isinstance(value, str) and value[0] == "'" else value for value in column.values
        ]
    table.headers = [unescaped(header) for header in table.headers]
    table.notes.extend(rows.notes)
    return table


_SMALL = 200_000
"""Bytes of an xlsx below which openpyxl is as quick as starting a process."""


def _xlsx(
    path: Path, info: Source, sheet: str | int | None, header_row: int | None, limits: Limits, progress: Progress | None
) -> Table:
    package.check_archive(path, limits)
    parts = package.sheet_parts(path)
    info.sheets = [(part.name, part.state) for part in parts]
    part = chosen(parts, sheet, path)
    info.sheet = part.name
    package.scan(path, part, limits)
    if path.stat().st_size < _SMALL:
        table = _built(workbook.batches(path, part), info, part, header_row, limits, progress)
    else:
        try:
            guarded = GuardedSheet(path, part.name, limits)
            rows = workbook.repaired(guarded.batches(), part)
            table = _built(rows, info, part, header_row, limits, progress)
        except FileError as error:
            if error.code not in ("corrupt_file", "hostile_file"):
                raise
            # What the quick reader cannot take, the slow one may: its extent is known to be ordinary.
            table = _built(workbook.batches(path, part), info, part, header_row, limits, progress)
    table.notes.extend(notes_of(part, table))
    return table


def _old_workbook(
    path: Path, info: Source, sheet: str | int | None, header_row: int | None, limits: Limits, progress: Progress | None
) -> Table:
    """xls, xlsb and ods: the guarded reader alone knows them."""
    if info.format != "xls":
        package.check_archive(path, limits)
    parts = [package.SheetPart(name, state, "") for name, state in sheets(path, limits)]
    if not parts:
        raise workbook.damaged(path)
    info.sheets = [(part.name, part.state) for part in parts]
    part = chosen(parts, sheet, path)
    info.sheet = part.name
    guarded = GuardedSheet(path, part.name, limits)
    part.merged = guarded.merged
    table = _built(guarded.batches(), info, part, header_row, limits, progress)
    table.notes.extend(notes_of(part, table))
    return table


def _built(
    rows: layout.Batches,
    info: Source,
    part: package.SheetPart,
    header_row: int | None,
    limits: Limits,
    progress: Progress | None,
) -> Table:
    table = layout.build(
        rows,
        info,
        recognise=recognised,
        header_row=header_row,
        limits=limits,
        progress=progress,
        spread=lambda row, cells: spread_header(part, row, cells),
    )
    for column in table.columns:
        column.values = [workbook.cell_of(value) for value in column.values]
    return table


def chosen(parts: list[package.SheetPart], sheet: str | int | None, path: Path) -> package.SheetPart:
    """The sheet that was asked for, else the first visible one. Raises NotFound."""
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
    raise NotFound(f"{path.name!r} has no sheet {sheet!r}. Its sheets are {names}.")


def spread_header(part: package.SheetPart, row: int, cells: list[Cell]) -> list[Cell]:
    """A header row whose merged cells are filled: a title over two columns is the header of both."""
    for first_row, first_column, last_row, last_column in part.merged:
        if first_row <= row <= last_row and first_column <= len(cells) and last_column > first_column:
            cells.extend([None] * (last_column - len(cells)))
            cells[first_column - 1 : last_column] = [cells[first_column - 1]] * (last_column - first_column + 1)
    return cells


def notes_of(part: package.SheetPart, table: Table) -> list[Note]:
    """What a person should know of a sheet: other sheets with the data, hidden rows, merged cells."""
    notes = []
    first = table.source.header_row
    hidden = sorted(row for row in part.hidden_rows if row > first and row <= int(table.rows[-1]))
    if hidden:
        notes.append(Note("hidden_rows", "warning", details={"count": len(hidden), "rows": ranges(hidden)}))
    if part.state != "visible":
        notes.append(Note("hidden_sheet", "warning", details={"sheet": part.name}))
    others = [name for name, state in table.source.sheets if name != part.name and state == "visible"]
    if others:
        notes.append(Note("other_sheets", value=", ".join(others)))
    merged = [box for box in part.merged if box[2] > first]
    if merged:
        notes.append(Note("merged_cells", "warning", row=merged[0][0], details={"count": len(merged)}))
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
