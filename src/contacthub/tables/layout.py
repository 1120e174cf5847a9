"""From rows to a table: where the header stands, what is above it, and what is below the data."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

import numpy as np

from contacthub.engine.port import Progress
from contacthub.errors import FileError
from contacthub.model.text import clean_line, fold_accents
from contacthub.tables.cells import Cell, CellError, Column, ColumnBuilder, Note, Source, Table, is_blank, text_of
from contacthub.tables.limits import DEFAULT, Limits

HEADER_ROWS = 20
"""The header is looked for in this many rows from the top."""
_LAST_YEAR = 2200
_TOTALS = 5
_SHOWN = 60
"""Characters that are shown of a cell which is too long."""
_TOTAL = re.compile(
    r"(grand |sub-?|sum |soma |suma )?tota(l|ls|is|les)( geral| general)?( (of|de|do|da|del) \w+)?[\s:=]*[\d.,\s]*"
)
_SUM = re.compile(r"(r\$|us?\$s?|brl|usd|eur|gbp)?[^a-z@+]{0,14}")
"""What may stand in a row of totals beside its name, folded: figures, with the sign of a currency in front."""

Recognise = Callable[[str], bool]
Batches = Iterable[Sequence[Sequence[Cell]]]


def build(
    batches: Batches,
    source: Source,
    *,
    recognise: Recognise,
    header_row: int | None = None,
    first_row: int = 1,
    all_text: bool = False,
    limits: Limits,
    notes: list[Note] | None = None,
    spread: Callable[[int, list[Cell]], list[Cell]] | None = None,
    progress: Progress | None = None,
) -> Table:
    """A table out of rows.

    `recognise` tells whether a text is a header that is known; `spread` fills the merged cells of a header row;
    `progress` is told the rows read, without a total.
    Raises FileError: no_header, no_rows, too_many_rows.
    """
    batches = iter(batches)
    top: list[Sequence[Cell]] = []
    while len(top) < max(HEADER_ROWS, header_row or 0) + 2 and (batch := next(batches, None)) is not None:
        top.extend(batch)
    index = _header_index(
        top, source.name, recognise=recognise, header_row=header_row, first_row=first_row, spread=spread
    )
    header = list(top[index])
    if spread:
        header = spread(first_row + index, header)
    source.header_row = first_row + index
    source.above = [
        (first_row + i, [text_of(cell) for cell in row if not is_blank(cell)])
        for i, row in enumerate(top[:index])
        if any(not is_blank(cell) for cell in row)
    ]
    encoder = _Encoder(source.name, first_row + index + 1, len(header), all_text, limits)
    encoder.add(top[index + 1 :])
    for batch in batches:
        encoder.add(batch)
        if progress:
            progress(encoder.count, None)
    headers = [clean_line(text_of(cell)) for cell in header]
    return finished(headers, encoder.columns(), encoder.row_numbers(), source, list(notes or ()), limits)


def finished(
    headers: list[str],
    columns: list[Column],
    rows: Sequence[int],
    source: Source,
    notes: list[Note],
    limits: Limits = DEFAULT,
) -> Table:
    """A table without blank rows, totals and columns that hold nothing at all; a cell over the limit is a fault.

    Raises FileError `no_rows`.
    """
    for column in columns:
        _refuse_long_cells(column, limits.cell)
    numbers = np.asarray(rows, np.int64)
    headers = headers + [""] * (len(columns) - len(headers))
    filled = np.zeros(len(numbers), bool)
    for column in columns:
        filled |= ~column.blank()
    if not filled.all():
        columns = [column.take(filled) for column in columns]
        numbers = numbers[filled]
    numbers, columns = _without_totals(numbers, columns, source)
    if not len(numbers):
        raise FileError(f"{source.name!r} has headers and no rows with data under them.", code="no_rows")
    kept = [i for i, column in enumerate(columns) if headers[i] or not column.blank().all()]
    return Table([headers[i] for i in kept], [columns[i] for i in kept], numbers, source, notes)


def _refuse_long_cells(column: Column, longest: int) -> None:
    for code, value in enumerate(column.values):
        if value.__class__ is str and len(value) <= longest:
            continue
        if isinstance(value, str | list | dict):
            text = value if isinstance(value, str) else text_of(value)
            if len(text) > longest:
                column.values[code] = CellError("cell_too_long", f"{text[:_SHOWN]}… ({len(text):,} > {longest:,})")


class _Encoder:
    """Rows into columns; blank rows left out, rows of any width."""

    def __init__(self, name: str, first_row: int, width: int, all_text: bool, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._all_text = all_text
        self._next = first_row
        self._rows: list[int] = []
        self._builders = [ColumnBuilder() for _ in range(width)]

    @property
    def count(self) -> int:
        """Rows so far."""
        return len(self._rows)

    def add(self, batch: Sequence[Sequence[Cell]]) -> None:
        numbers = range(self._next, self._next + len(batch))
        self._next += len(batch)
        if self._all_text:
            filled = [bool(row) and any(row) for row in batch]
        else:
            filled = [any(cell is not None and cell != "" for cell in row) for row in batch]
        kept = batch if all(filled) else list(itertools.compress(batch, filled))
        if not kept:
            return
        done = len(self._rows)
        self._rows.extend(numbers if kept is batch else itertools.compress(numbers, filled))
        widest = max(map(len, kept))
        self._limits.check_size(len(self._rows), max(widest, len(self._builders)), self._name)
        while len(self._builders) < widest:
            self._builders.append(ColumnBuilder())
        for builder, cells in zip(self._builders, itertools.zip_longest(*kept, fillvalue=""), strict=False):
            builder.pad(done)
            builder.extend_text(cells) if self._all_text else builder.extend(cells)  # type: ignore[arg-type]

    def columns(self) -> list[Column]:
        for builder in self._builders:
            builder.pad(len(self._rows))
        return [builder.build() for builder in self._builders]

    def row_numbers(self) -> list[int]:
        return self._rows


def _header_index(
    top: list[Sequence[Cell]],
    name: str,
    *,
    recognise: Recognise,
    header_row: int | None,
    first_row: int,
    spread: Callable[[int, list[Cell]], list[Cell]] | None,
) -> int:
    if header_row is not None:
        index = header_row - first_row
        if not 0 <= index < len(top) or all(is_blank(cell) for cell in top[index]):
            raise FileError(
                f"Row {header_row} of {name!r} is blank or is not there; no headers stand in it.", code="no_header"
            )
        return index
    candidates: list[tuple[int, int, int]] = []
    for index, row in enumerate(top[:HEADER_ROWS]):
        cells = spread(first_row + index, list(row)) if spread else row
        filled = [cell for cell in cells if not is_blank(cell)]
        texts = [cell for cell in filled if isinstance(cell, str)]
        known = sum(recognise(cell) for cell in texts)
        if texts and (len(texts) == len(filled) or (known and all(map(_may_head, filled)))):
            candidates.append((index, known, len(filled)))
    if not any(not is_blank(cell) for row in top for cell in row):
        raise FileError(f"{name!r} has no rows.", code="empty_file")
    best = max(candidates, key=lambda candidate: (candidate[1], -candidate[0]), default=None)
    if best and best[1]:
        return best[0]
    # No header that is known: the first row of texts as wide as the table, if what stands in it is no data.
    width = max((sum(not is_blank(cell) for cell in row) for row in top), default=0)
    for position, _, count in candidates:
        if count * 2 > width and not any(_is_data(str(cell)) for cell in top[position]):
            return position
        if count * 2 > width:
            break
    raise FileError(
        f"{name!r} has no row of headers in its first {HEADER_ROWS} rows. "
        "Write a header above each column, such as Name and Phone.",
        code="no_header",
    )


def _may_head(cell: Cell) -> bool:
    """Whether a cell may stand above a column: a text, or the year or day that the column is of."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return 0 <= cell <= _LAST_YEAR
    return isinstance(cell, str | date)


def _is_data(text: str) -> bool:
    """Whether a text is a value and no header: an e-mail address, a number, a phone."""
    digits = sum(character.isdigit() for character in text)
    return "@" in text or digits > max(2, len(text) / 2)


def _without_totals(numbers: np.ndarray, columns: list[Column], source: Source) -> tuple[np.ndarray, list[Column]]:
    """Cut rows such as "Total: 512" off the end of the data, where a remark may stand under them."""
    kept = np.ones(len(numbers), bool)
    for index in range(max(0, len(numbers) - _TOTALS), len(numbers)):
        cells = [cell for column in columns if not is_blank(cell := column.cell(index))]
        texts = [fold_accents(clean_line(text_of(cell))) for cell in cells]
        if texts and _TOTAL.fullmatch(texts[0]) and all(_SUM.fullmatch(text) for text in texts[1:]):
            source.below.append((int(numbers[index]), [text_of(cell) for cell in cells]))
            kept[index] = False
    if kept.all():
        return numbers, columns
    return numbers[kept], [column.take(kept) for column in columns]
