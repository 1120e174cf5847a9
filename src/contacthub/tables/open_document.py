"""What the reader of OpenDocument sheets does not tell: hidden rows, merged cells, errors, formulas without a result.

Imports nothing but the standard library: it runs in the child process of `guarded`.
"""

from __future__ import annotations

import re
from typing import IO, Any
from xml.parsers import expat

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_MARKS = (b"visibility=", b"formula=", b"-spanned=")
_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|Err:\d{3}")
_BLOCK = 1 << 20
_MOST = 100_000


def marks(content: IO[bytes], sheet: str) -> dict[str, Any]:
    """The marks of a sheet, from the stream of its `content.xml`.

    `hidden` is a list of rows; `merged` of first row, first column, last row, last column; `errors` maps rows to
    columns to the error; `without_result` rows to columns. All count from 1.
    """
    scanner = _Scanner(sheet)
    overlap = max(map(len, _MARKS))
    end, seen = b"", False
    while block := content.read(_BLOCK):
        seen = seen or any(mark in end + block for mark in _MARKS)
        end = block[-overlap:]
    if seen:
        content.seek(0)
        while block := content.read(_BLOCK):
            scanner.parser.Parse(block, False)
    return {
        "hidden": scanner.hidden,
        "merged": scanner.merged,
        "errors": scanner.errors,
        "without_result": scanner.without_result,
    }


class _Scanner:
    def __init__(self, sheet: str) -> None:
        self.hidden: list[int] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.errors: dict[int, dict[int, str]] = {}
        self.without_result: dict[int, list[int]] = {}
        self._sheet = sheet
        self._depth = 0  # of tables, since a cell may hold one
        self._inside = False
        self._row = self._column = 0
        self._rows = 1
        self._formula: tuple[int, str | None] | None = None  # its column, and what LibreOffice says of its kind
        self._shown: list[str] | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == _TABLE + "table":
            self._depth += 1
            if self._depth == 1:
                self._inside = attributes.get(_TABLE + "name") == self._sheet
                self._row = 0
                self._rows = 1
        elif not self._inside or self._depth > 1:
            return
        elif name == _TABLE + "table-row":
            self._begin_row(attributes)
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self._begin_cell(attributes)
        elif name == _TEXT + "p" and self._formula:
            self._shown = []

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row += 1
        self._column = 0
        self._rows = _count(attributes, "number-rows-repeated")
        if attributes.get(_TABLE + "visibility", "visible") != "visible" and len(self.hidden) < _MOST:
            self.hidden.extend(range(self._row, self._row + min(self._rows, _MOST)))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        column = self._column + 1
        self._column += _count(attributes, "number-columns-repeated")
        wide = _count(attributes, "number-columns-spanned")
        high = _count(attributes, "number-rows-spanned")
        if (wide > 1 or high > 1) and len(self.merged) < _MOST:
            self.merged.append((self._row, column, self._row + high - 1, column + wide - 1))
        if _TABLE + "formula" in attributes:
            if _OFFICE + "value-type" not in attributes:
                self.without_result.setdefault(self._row, []).append(column)
            else:
                self._formula = column, attributes.get(_CALC + "value-type")

    def _text(self, text: str) -> None:
        if self._shown is not None:
            self._shown.append(text[:80])

    def _end(self, name: str) -> None:
        if name == _TABLE + "table":
            self._depth -= 1
        elif name == _TABLE + "table-row" and self._depth == 1:
            self._row += self._rows - 1
        elif name == _TABLE + "table-cell" and self._formula:
            column, kind = self._formula
            shown = "".join(self._shown or ())
            if kind == "error" or (kind is None and _ERROR.fullmatch(shown)):
                self.errors.setdefault(self._row, {})[column] = shown or "#ERROR"
            self._formula = self._shown = None


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(_TABLE + name, "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 9 else 1
