"""A table as it was read: columns of typed cells, with the row numbers of the file.

Columns are dictionary-encoded: each distinct cell is held, and later decided upon, once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that holds no value but a fault: a spreadsheet's error, or a formula without a stored result."""

    code: str
    """`cell_error` or `formula_no_result`."""
    text: str

    def __str__(self) -> str:
        return self.text


Cell = None | str | int | float | Decimal | bool | date | datetime | time | CellError | list[Any] | dict[str, Any]
"""None is blank. Texts are as in the file, untrimmed. A `date` is a civil date, a `datetime` has a time of day.
Lists and dicts come from frames and JSON lines only."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something seen in the file that a person should know: `code` and `details` make the message, in her language.

    `row` and `column` are the file's row number and header; 0 and "" where it concerns the whole file.
    """

    code: str
    severity: str = "note"
    row: int = 0
    column: str = ""
    value: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Column:
    """Cells of a column: `values[codes[i]]` is the cell of the i-th row. What is blank in any way is None."""

    values: list[Cell]
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    def cell(self, index: int) -> Cell:
        return self.values[int(self.codes[index])]

    def cells(self) -> list[Cell]:
        """All cells, row by row."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def blank(self) -> NDArray[np.bool_]:
        """Which rows are blank."""
        blanks = [code for code, value in enumerate(self.values) if value is None]
        return np.isin(self.codes, blanks) if len(blanks) != 1 else self.codes == blanks[0]

    def counts(self) -> NDArray[np.int64]:
        """How many rows have each distinct value."""
        return np.bincount(self.codes, minlength=len(self.values))

    def take(self, rows: NDArray[Any]) -> Column:
        """The column of some rows only (a mask, or indices), without the values that no longer occur."""
        codes = self.codes[rows]
        used, new = np.unique(codes, return_inverse=True)
        return Column([self.values[code] for code in used.tolist()], new.astype(np.int32).reshape(-1))

    def replaced(self, index: int, value: Cell) -> Column:
        """A copy with another cell in one row."""
        codes = self.codes.copy()
        codes[index] = len(self.values)
        return Column([*self.values, None if is_blank(value) else value], codes)


@dataclass(slots=True)
class Source:
    """Where a table came from and how it was understood."""

    name: str
    """The file's name, or `DataFrame`."""
    format: str
    """xlsx, xls, xlsb, ods, csv, jsonl, parquet or frame."""
    sha256: str = ""
    sheet: str = ""
    sheets: list[tuple[str, str]] = field(default_factory=list)
    """All sheets of a workbook with their state: visible, hidden or very hidden."""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 0
    """The row of the file the headers stand in; 0 where there is no row (frames, Parquet, JSON lines)."""
    above: list[tuple[int, list[str]]] = field(default_factory=list)
    """Rows above the header that were passed over: row number and texts."""
    below: list[tuple[int, list[str]]] = field(default_factory=list)
    """Totals under the data that were passed over."""

    def told_of_sheets(self) -> str:
        """For an error: which sheet of a workbook was read, and how another one is; "" where there is no other."""
        others = [name for name, state in self.sheets if state == "visible" and name != self.sheet]
        if self.sheet in ("", "*") or not others:
            return ""
        names = ", ".join(map(repr, others))
        return (
            f" The sheet {self.sheet!r} was read; there are also {names}. "
            f"Choose one: --sheet {others[0]!r}, in Python sheet={others[0]!r}."
        )


@dataclass(slots=True)
class Table:
    """Headers, columns, and the row numbers that the file shows for them."""

    headers: list[str]
    columns: list[Column]
    rows: NDArray[np.int64]
    source: Source
    notes: list[Note] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def index_of(self, row: int) -> int:
        """The position of a row of the file. Raises KeyError."""
        index = int(np.searchsorted(self.rows, row))
        if index >= len(self.rows) or self.rows[index] != row:
            raise KeyError(row)
        return index


class _Index(dict[Any, int]):
    """Cell → its code, given out at the first sight."""

    def __missing__(self, key: Any) -> int:
        code = self[key] = len(self)
        return code


class ColumnBuilder:
    """Encodes the cells of a column as they come. `1`, `1.0` and `True` are three different cells."""

    __slots__ = ("_codes", "_index", "_values")

    def __init__(self, blanks: int = 0) -> None:
        self._index = _Index()
        self._codes = array("i")
        self._values: dict[Any, Cell] = {}
        if blanks:
            self._codes.extend([self._index[""]] * blanks)

    def __len__(self) -> int:
        return len(self._codes)

    def pad(self, rows: int) -> None:
        """Blank cells up to a number of rows."""
        if len(self._codes) < rows:
            self._codes.extend(array("i", [self._index[""]]) * (rows - len(self._codes)))

    def extend_text(self, cells: Iterable[str]) -> None:
        """Cells that are all texts; "" is blank."""
        self._codes.extend(map(self._index.__getitem__, cells))

    def extend(self, cells: Iterable[Cell]) -> None:
        """Cells of any kind."""
        index, codes, values = self._index, self._codes, self._values
        for cell in cells:
            if cell.__class__ is str:
                codes.append(index[cell])
            elif cell is None:
                codes.append(index[""])
            else:
                key = (cell.__class__, repr(cell) if isinstance(cell, list | dict) else cell)
                code = index[key]
                if key not in values:
                    values[key] = cell
                codes.append(code)

    def extend_coded(self, cells: Sequence[Cell], places: Codes) -> None:
        """Rows by the places of their cells among some distinct ones; -1 is blank."""
        own = np.empty(len(cells) + 1, np.int32)
        self.extend([*cells, None])  # gives out codes
        own[:] = self._codes[-len(own) :]
        del self._codes[-len(own) :]
        self._codes.frombytes(own[places].tobytes())

    def build(self) -> Column:
        values = self._values
        cells: list[Cell] = (
            [None if is_blank(cell := values.get(key, key)) else cell for key in self._index]
            if values
            else [None if not key or key.isspace() else key for key in self._index]
        )
        return Column(cells, np.frombuffer(self._codes, np.int32) if self._codes else np.empty(0, np.int32))


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing: None, white space, or a NaN."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell or cell.isspace()
    return isinstance(cell, float) and cell != cell  # noqa: PLR0124 (only a NaN differs from itself)


def text_of(cell: Cell) -> str:
    """A cell as people read it in the file."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, list):
        return ", ".join(text_of(part) for part in cell)
    return str(cell)


def column_of(cells: Sequence[Cell]) -> Column:
    """A column from its cells."""
    builder = ColumnBuilder()
    builder.extend(cells)
    return builder.build()
