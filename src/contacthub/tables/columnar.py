"""Tables a column at a time: what very many rows are written from without a Python value each.

A csv of columns says the same as one of rows (`tables.write`): the same escapes, the same quotes, byte for byte.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contacthub.tables import clearing
from contacthub.tables.clearing import CLEAR
from contacthub.tables.formulas import escaped
from contacthub.tables.write import csv_text

Order = NDArray[np.int64]
PART = 50_000
"""Rows that are put together at once."""

_NEEDS_A_LOOK = r"^'*[=+\-@\t\r]"
_HARMLESS = rf"^(\+[1-9][0-9]{{6,14}}|'*{CLEAR})\z"


@dataclass(frozen=True, slots=True)
class Cells:
    """A column: `values[codes[i]]` stands in row i, or `values[i]` where there are no codes.

    `values` is an Arrow array of texts, or a list of texts, numbers, booleans and dates; `codes` an Arrow array of
    integers, null where the cell is blank.
    """

    values: Any
    codes: Any = None

    def some(self, order: Order) -> list[Any]:
        """The cells of some rows."""
        import pyarrow as pa

        if self.codes is None:
            cells: list[Any] = self.values.take(pa.array(order)).to_pylist()
            return cells
        values = self.values if isinstance(self.values, list) else self.values.to_pylist()
        return [None if code is None else values[code] for code in self.codes.take(pa.array(order)).to_pylist()]


def without_clearing(column: Cells) -> Cells:
    """A column of which no text would clear a value in an import (`tables.clearing`)."""
    values = column.values
    if not isinstance(values, list):
        return Cells(clearing.escaped_array(values), column.codes)
    if not any(cell.__class__ is str and cell.endswith(CLEAR) for cell in values):
        return column
    return Cells([clearing.escaped(cell) if cell.__class__ is str else cell for cell in values], column.codes)


def rows(columns: Sequence[Cells], order: Order) -> Iterator[tuple[Any, ...]]:
    """Row by row, in an order."""
    plain = [_listed(column) for column in columns]
    for start in range(0, len(order), PART):
        yield from zip(*(column.some(order[start : start + PART]) for column in plain), strict=True)


def _listed(column: Cells) -> Cells:
    listed = column.codes is None or isinstance(column.values, list)
    return column if listed else Cells(column.values.to_pylist(), column.codes)


def write_csv(
    path: Path,
    headers: Sequence[str],
    columns: Sequence[Cells],
    order: Order,
    *,
    delimiter: str = ",",
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """UTF-8 with a byte-order mark, as `write.write_csv` writes it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first = io.StringIO()
    csv.writer(first, delimiter=delimiter).writerow([escaped(header) for header in headers])
    texts = [Cells(csv_texts(column.values, delimiter), column.codes) for column in columns]
    with path.open("wb") as file:
        file.write(first.getvalue().encode("utf-8-sig"))
        for start in range(0, len(order), PART):
            part = pa.array(order[start : start + PART])
            cells = [_taken(column, part) for column in texts]
            if len(cells) == 1:  # a blank line would be no row
                cells = [pc.if_else(pc.equal(pc.fill_null(cells[0], ""), ""), '""', cells[0])]
            lines = pc.binary_join_element_wise(*cells, delimiter, null_handling="replace", null_replacement="")
            lines = pc.binary_join_element_wise(lines, "", "\r\n")
            _, offsets, data = lines.buffers()
            file.write(memoryview(data)[: np.frombuffer(offsets, np.int32)[len(lines)]])
            if progress:
                progress(min(start + PART, len(order)), len(order))


def _taken(column: Cells, part: Any) -> Any:
    import pyarrow as pa

    places = part if column.codes is None else column.codes.take(part)
    found = column.values.take(places)
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return found if found.type == pa.string() else found.cast(pa.string())


def csv_texts(values: Any, delimiter: str) -> Any:
    """Cells as an Arrow array of what stands for them between two delimiters."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, list):
        texts = [csv_text(cell) for cell in values]
        if not all(cell.__class__ is float or cell.__class__ is int for cell in values):  # which need no quotes
            texts = [_quoted(text, delimiter) for text in texts]
        return pa.array(texts, pa.string())
    dangerous = pc.match_substring_regex(values, _NEEDS_A_LOOK)
    if pc.any(dangerous).as_py():
        dangerous = pc.and_not(dangerous, pc.match_substring_regex(values, _HARMLESS))
    quoted = pc.match_substring_regex(values, f'["\r\n{delimiter}]')
    awkward = pc.fill_null(pc.or_(dangerous, quoted), False)
    if not pc.any(awkward).as_py():
        return values
    replacements = [_quoted(escaped(text), delimiter) for text in values.filter(awkward).to_pylist()]
    return pc.replace_with_mask(values, awkward, pa.array(replacements, values.type))


def _quoted(text: str | None, delimiter: str) -> str | None:
    if text is None:
        return None
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
