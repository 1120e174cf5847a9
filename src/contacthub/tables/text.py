"""Text files: csv, tsv and txt. Encoding, delimiter, quotes."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TextIO

from contacthub.engine import locks
from contacthub.errors import FileError
from contacthub.tables.cells import Note
from contacthub.tables.limits import Limits

DELIMITERS = ";,\t|"
_BATCH = 8192
_BLOCK = 1 << 20
"""Characters that are taken apart at once."""
_MORE_LINES = 100
_MOST_UNCLOSED = 1000
_FIELD_LIMIT = locks.lock()
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path) -> str:
    """Byte-order mark, else strict UTF-8, else UTF-16 (which its zero bytes betray), else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(65_536)
        for mark, encoding in _BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return encoding
        zeros = head.count(0)
        if zeros:
            for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
                if head[start::2].count(0) > 0.4 * len(head) / 2 and head[1 - start :: 2].count(0) == 0:
                    return encoding
            raise FileError(
                f"{path.name!r} is no text: it holds zero bytes. Export it again as csv or xlsx.",
                code="corrupt_file", path=str(path),
            )  # fmt: skip
        try:
            decoder.decode(head)
            while block := file.read(1 << 20):
                if 0 in block:
                    raise FileError(
                        f"{path.name!r} is damaged: it holds zero bytes. Ask for a new copy.",
                        code="corrupt_file", path=str(path),
                    )  # fmt: skip
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def declared_delimiter(first_line: str) -> str | None:
    """The delimiter of a `sep=;` line, which spreadsheets write on top."""
    line = first_line.strip("\r\n")
    return line[4:] if line[:4].lower() == "sep=" and len(line) == 5 else None


def delimiter_of(sample: str) -> str:
    """The delimiter under which most lines have the same number of columns, quotes heeded; a comma for one column."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row)
        widths.pop(1, None)
        if not widths:
            continue
        width, lines = widths.most_common(1)[0]
        score = (lines / max(1, sample.count("\n")), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


class TextRows:
    """The rows of a text file, in batches, each a list of texts. Row numbers count records, as a spreadsheet does."""

    def __init__(self, path: Path, limits: Limits, delimiter: str | None = None, encoding: str | None = None) -> None:
        self.path = path
        self.limits = limits
        self.encoding = encoding or encoding_of(path)
        self.notes: list[Note] = []
        self._longest = max(1 << 20, 4 * limits.cell)
        sample, declared = self._sample()
        self.first_row = 2 if declared else 1
        self.delimiter = delimiter or declared or delimiter_of(sample)
        if self.encoding == "cp1252":
            self.notes.append(Note("encoding_guessed", details={"encoding": "Windows-1252"}))

    def _open(self) -> TextIO:
        # Windows-1252 leaves five bytes undefined; such a byte is shown as the replacement character, not refused.
        errors = "replace" if self.encoding == "cp1252" else "strict"
        return self.path.open(encoding=self.encoding, errors=errors, newline="")

    def _sample(self) -> tuple[str, str | None]:
        try:
            with self._open() as file:
                first = file.readline(1 << 16)
                declared = declared_delimiter(first)
                rest = file.read(1 << 16)
        except UnicodeError as error:
            raise self._damaged() from error
        complete = rest[: rest.rfind("\n") + 1] or rest
        return ("" if declared else first) + complete, declared

    def _damaged(self) -> FileError:
        return FileError(
            f"{self.path.name!r} is damaged: it starts as {self.encoding} text and goes on otherwise. "
            "Ask for a new copy.",
            code="corrupt_file", path=str(self.path),
        )  # fmt: skip

    def _lines(self, file: TextIO) -> Iterator[str]:
        while line := file.readline(self._longest):
            self._check_lines([line])
            yield line

    def batches(self) -> Iterator[list[list[str]]]:
        """All rows, blank ones as empty lists. Raises FileError."""
        try:
            with self._open() as file:
                if self.first_row == 2:
                    file.readline(self._longest)
                yield from self._blocks(file)
        except UnicodeError as error:
            raise self._damaged() from error

    def _blocks(self, file: TextIO) -> Iterator[list[list[str]]]:
        """Rows of some thousand lines at once, as long as their quotes close; from where they do not, record by
        record."""
        line = self.first_row - 1
        while block := self._block(file):
            lines = list(io.StringIO(block, newline=""))
            self._check_lines(lines)
            try:
                rows = list(csv.reader(lines, delimiter=self.delimiter, strict=True))
            except csv.Error:
                yield from self._records(_Rewindable(chain(lines, self._lines(file)), line))
                return
            if max(map(len, rows)) > self.limits.columns:
                for row in rows:
                    self._check_width(row)
            line += len(lines)
            for start in range(0, len(rows), _BATCH):
                yield rows[start : start + _BATCH]

    def _block(self, file: TextIO) -> str:
        """Whole lines, with so many more that the quotes are even, if it does not take many."""
        lines = [file.read(_BLOCK), file.readline(self._longest)]
        odd = sum(line.count('"') for line in lines) % 2
        while odd and len(lines) < _MORE_LINES and (line := file.readline(self._longest)):
            odd ^= line.count('"') % 2
            lines.append(line)
        return "".join(lines)

    def _check_lines(self, lines: Sequence[str]) -> None:
        if max(map(len, lines)) >= self._longest:
            raise FileError(
                f"{self.path.name!r} has a line of more than {self._longest:,} characters: that is no table of "
                "contacts.",
                code="hostile_file", path=str(self.path),
            )  # fmt: skip

    def _records(self, lines: _Rewindable) -> Iterator[list[list[str]]]:
        batch: list[list[str]] = []
        unclosed = 0
        done = False
        while not done:
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            try:
                for row in reader:
                    lines.keep_from_here()
                    batch.append(row)
                    self._check_width(row)
                    if len(batch) == _BATCH:
                        yield batch
                        batch = []
                done = True
            except csv.Error as error:
                number, line = lines.rewind_to_second()
                if len(line) > csv.field_size_limit():  # a long cell, which that limit of the whole process refuses
                    batch.append(self._one_line(line, number))
                    continue
                unclosed += 1
                if unclosed > _MOST_UNCLOSED:
                    raise FileError(
                        f"{self.path.name!r} has more than {_MOST_UNCLOSED:,} lines with an unclosed quote: "
                        "it is damaged, or its cells are separated by another character.",
                        code="corrupt_file", path=str(self.path),
                    ) from error  # fmt: skip
                batch.append(self._one_line(line, number))
        if batch:
            yield batch

    def _one_line(self, line: str, number: int) -> list[str]:
        """A line whose quotes do not close, read by itself; the lines below it are read as usual."""
        text = line.rstrip("\r\n")
        loose = _cells_of(text, self.delimiter)
        if not any("\n" in cell for cell in loose) and text.count('"') % 2 == 0:
            return loose
        self.notes.append(Note("unclosed_quote", "warning", value=text[:80], details={"line": number}))
        return text.split(self.delimiter)

    def _check_width(self, row: list[str]) -> None:
        if len(row) <= self.limits.columns:
            return
        while row and not row[-1].strip():
            row.pop()
        if len(row) > self.limits.columns:
            self.limits.check_size(0, len(row), self.path.name)


def _cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of one line, however long they are.

    The limit of `csv` is one of the whole process, so it is raised for this line only, by one reader at a time.
    """
    with _FIELD_LIMIT:
        before = csv.field_size_limit(max(len(line), csv.field_size_limit()))
        try:
            return next(csv.reader([line], delimiter=delimiter), [])
        finally:
            csv.field_size_limit(before)


class _Rewindable:
    """Lines, with those since the last complete record kept, so that an unclosed quote does not swallow the file."""

    def __init__(self, lines: Iterator[str], before: int) -> None:
        """`before` is how many lines there were before these."""
        self._lines = lines
        self._kept: list[str] = []
        self._again: list[str] = []
        self._line = before

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._kept.append(line)
        self._line += 1
        return line

    def keep_from_here(self) -> None:
        self._kept.clear()

    def rewind_to_second(self) -> tuple[int, str]:
        """Give the first kept line and its number; the others will be read again."""
        first, *others = self._kept
        self._again.extend(reversed(others))
        self._kept.clear()
        self._line -= len(others)
        return self._line, first
