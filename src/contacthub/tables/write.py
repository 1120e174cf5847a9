"""Writing tables: xlsx, csv, JSON lines, Parquet.

Files are written beside their target and then renamed: a broken export leaves no half file.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

from contacthub.errors import FileError, NotFound
from contacthub.model.values import EXACT_DIGITS
from contacthub.tables.formulas import escaped

if TYPE_CHECKING:
    import openpyxl

FORMATS = {".xlsx": "xlsx", ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_SPECIAL = frozenset("=#")
"""How formulas and errors begin."""
_GROUPED = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
"""A number whose point may be taken for one that parts thousands."""
_FIRST_SURE_DAY = "1900-03-01"
"""Workbooks count days from 1900 and hold it for a leap year: an earlier date comes back as another, or as a time."""
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML does not hold; no contact has one."""
_TAKEN_FOR_ONE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""Workbooks write a character as `_x0041_`, so that a text which looks so has its own first character written so."""
_EXACT = 10**EXACT_DIGITS
_INFINITE = (math.inf, -math.inf)
DELIMITERS = {"csv": ",", "tsv": "\t"}
Rows = Iterable[Sequence[Any]]


def format_of(path: Path) -> str:
    """The format that a file's name asks for. Raises FileError (`unknown_format`)."""
    format = FORMATS.get(path.suffix.lower())
    if format is None:
        raise FileError(
            f"{path.name!r} has no ending that says a format; end it in .xlsx, .csv, .tsv, .jsonl or .parquet.",
            code="unknown_format", path=str(path),
        )  # fmt: skip
    return format


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A file beside the target, for its owner only, which takes its place when the block ends well.

    Raises NotFound for a folder that is not there, FileError for one that cannot be written.
    """
    with tried(path) as temporary:
        yield temporary
        temporary.replace(path)


@contextmanager
def tried(path: Path) -> Iterator[Path]:
    """A file beside the target, as for `beside`, which is gone at the end: for a trial that is refused where writing
    the target would be."""
    if not path.parent.is_dir():
        raise NotFound(f"There is no folder {str(path.parent)!r} to write {path.name!r} to.")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise FileError(
            f"{path.name!r} cannot be written in {str(path.parent)!r}: {error.strerror}.",
            code="cannot_write", path=str(path),
        ) from error  # fmt: skip
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
    except OSError as error:
        raise FileError(
            f"{path.name!r} cannot be written: {error.strerror or error}.", code="cannot_write", path=str(path)
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def write(path: Path, format: str, headers: Sequence[str], rows: Rows) -> None:
    """All rows in a format. Cells are text, numbers, booleans, dates and None."""
    writers = {"xlsx": write_xlsx, "csv": write_csv, "tsv": write_tsv, "jsonl": write_jsonl, "parquet": write_parquet}
    writers[format](path, headers, rows)


def write_csv(path: Path, headers: Sequence[str], rows: Rows, delimiter: str = ",") -> None:
    """UTF-8 with a byte-order mark, which spreadsheets need to see the accents."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([escaped(header) for header in headers])
        writer.writerows([csv_text(cell) for cell in row] for row in rows)


def write_tsv(path: Path, headers: Sequence[str], rows: Rows) -> None:
    write_csv(path, headers, rows, delimiter="\t")


def csv_text(cell: Any) -> str | None:
    """A cell as its text in csv."""
    kind = cell.__class__
    if kind is str:
        return escaped(cell)
    if kind is int or cell is None:
        return None if cell is None else str(cell)
    if kind is float:
        return _figure(repr(cell))
    if cell is True or cell is False:
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return _figure(str(cell))


def _figure(text: str) -> str:
    """A number's text: 1.234 is a thousand and more to half of the world; 1.2340 is the same number to everybody."""
    return text + "0" if text[-4:-3] == "." and _GROUPED.fullmatch(text) else text


def write_jsonl(path: Path, headers: Sequence[str], rows: Rows) -> None:
    """An object a line; blank cells are left out, and several columns of one header are a list."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            record: dict[str, Any] = {}
            for header, cell in zip(headers, row, strict=True):
                if cell is None:
                    continue
                value = cell.isoformat() if isinstance(cell, date) else str(cell) if cell in _INFINITE else cell
                if header in record:
                    known = record[header]
                    record[header] = [*known, value] if isinstance(known, list) else [known, value]
                else:
                    record[header] = value
            file.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")


def write_parquet(path: Path, headers: Sequence[str], rows: Rows) -> None:
    """A typed column a header; of several columns of one header the later ones are numbered."""
    import pyarrow
    import pyarrow.parquet

    columns: list[list[Any]] = [[] for _ in headers]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            column.append(cell)
    seen: dict[str, int] = {}
    names = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        names.append(header if seen[header] == 1 else f"{header} {seen[header]}")
    arrays = [_array(column) for column in columns]
    pyarrow.parquet.write_table(pyarrow.table(arrays, names=names), path)


def _array(cells: list[Any]) -> Any:
    import pyarrow

    kinds = {type(cell) for cell in cells if cell is not None}
    if len(kinds) <= 1 or kinds <= {int, float}:
        try:
            return pyarrow.array(cells, pyarrow.string() if not kinds else None)
        except (OverflowError, pyarrow.ArrowInvalid):  # a number of more digits than any type has
            pass
    # Exact numbers beyond 15 digits are texts among numbers.
    texts = [cell if cell is None or isinstance(cell, str) else _figure(str(cell)) for cell in cells]
    return pyarrow.array(texts, pyarrow.string())


def write_xlsx(path: Path, headers: Sequence[str], rows: Rows) -> None:
    """One sheet, the headers in bold and frozen. Every text is a text cell, never a formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    def safe(value: Any) -> Any:
        value = workbook_value(value)
        if value.__class__ is str and (value[:1] == "=" or (value[:1] == "#" and value.endswith(("!", "?", "A")))):
            cell = WriteOnlyCell(sheet, value=value)
            cell.data_type = "s"
            return cell
        return value

    def plain(value: Any) -> bool:
        """Nearly all cells are blank or plain texts, which need no closer look."""
        return value is None or (
            value.__class__ is str and value[:1] not in _SPECIAL and value.isprintable() and "_x" not in value
        )

    with new_workbook(path) as workbook:
        sheet = workbook.create_sheet("Contacts")
        sheet.freeze_panes = "A2"
        bold = Font(bold=True)
        titles = []
        for header in headers:
            cell = WriteOnlyCell(sheet, value=header)
            cell.font = bold
            titles.append(cell)
        sheet.append(titles)
        for row in rows:
            sheet.append([value if plain(value) else safe(value) for value in row])


@contextmanager
def new_workbook(path: Path) -> Iterator[openpyxl.Workbook]:
    """A workbook to fill row by row, which is saved when the block ends well. Raises OSError where there is no room."""
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    try:
        yield workbook
        for sheet in workbook.worksheets:
            sheet.close()
        save(workbook, path)
    except BaseException:
        for sheet in workbook.worksheets:
            _give_up(sheet)
        raise


def _give_up(sheet: Any) -> None:
    """Close what is open of a sheet, and delete its temporary file. openpyxl leaves that to the garbage collector,
    which would write the end of the sheet, and print that it cannot."""
    writer = sheet._writer
    if writer is None:
        return
    for part in (sheet._rows, writer.xf):
        if part is not None:
            with suppress(OSError, ValueError, RuntimeError):
                part.close()
    with suppress(OSError, ValueError):
        writer.cleanup()


def save(workbook: openpyxl.Workbook, path: Path) -> None:
    """Write a workbook into a file. Raises OSError where there is no room for it; its archive, which openpyxl leaves
    open then, is closed."""
    from openpyxl.writer.excel import ExcelWriter

    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        workbook.properties.modified = datetime.now(UTC).replace(tzinfo=None)
        ExcelWriter(workbook, archive).save()


def workbook_value(value: Any) -> Any:
    """A cell as a workbook holds it: as a text what it has no type for, without what XML does not hold."""
    if value.__class__ is str:
        value = value if value.isprintable() else _NO_XML.sub("", value)
        return _TAKEN_FOR_ONE.sub("_x005F_", value) if "_x" in value else value
    if isinstance(value, datetime | time) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, date):
        return value if value.isoformat() >= _FIRST_SURE_DAY else value.isoformat()
    if isinstance(value, int | float | Decimal) and not -_EXACT < value < _EXACT:
        return str(value)
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > EXACT_DIGITS:
        return str(value)
    return value
