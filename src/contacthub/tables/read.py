"""Reading: one door for every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contacthub.engine.garbage import without_collection
from contacthub.engine.port import Progress
from contacthub.errors import NotFound
from contacthub.tables import frames, layout, sniff, text
from contacthub.tables.cells import Source, Table
from contacthub.tables.formulas import unescaped
from contacthub.tables.headers import recognised
from contacthub.tables.json_lines import read_json_lines
from contacthub.tables.limits import DEFAULT, Limits
from contacthub.tables.parquet import read_parquet
from contacthub.tables.workbook import Workbook

WORKBOOKS = ("xlsx", "xls", "xlsb", "ods")


@without_collection()
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
    limits.check_bytes(path.stat().st_size, path.name)
    limits = limits.for_file(path.stat().st_size)
    info = Source(path.name, format, sniff.sha256_of(path))
    if format in WORKBOOKS:
        book = Workbook(path, info, limits, progress)
        return book.read_all(header_row) if sheet == "*" else book.read(sheet, header_row)
    if sheet not in (None, 0, "*"):
        raise NotFound(f"{path.name!r} is no workbook and has no sheet {sheet!r}. Leave the sheet out.")
    if format == "text":
        return _text(path, info, header_row, limits, progress)
    if format == "parquet":
        return read_parquet(path, info, limits, progress)
    return read_json_lines(path, info, text.encoding_of(path), limits, progress)


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
