"""Where the table's rows come from: anything that can be counted and fetched a window at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from contacthub.notebook.cells import Cell, Text, printable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, how wide its texts usually are (in characters), and whether its header sorts. A `whole` one
    is never narrower than that: half a phone number is none."""

    key: str
    title: str
    width: int = 14
    align: Literal["start", "end"] = "start"
    sort: bool = False
    whole: bool = False

    def message(self) -> dict[str, Any]:
        return {
            "key": self.key, "title": self.title, "width": self.width, "align": self.align, "sort": self.sort,
            "whole": self.whole,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A row and the key that tells it from all others: a contact's uuid, or a row of a file."""

    key: str
    cells: Sequence[Cell]


class Rows(Protocol):
    """A source of rows. It does not change while it is shown; other rows are another source."""

    columns: Sequence[Column]

    def count(self) -> int: ...
    def fetch(self, start: int, n: int) -> Sequence[Row]:
        """Rows `start` to `start + n`; fewer where there are no more."""

    def keys(self, start: int, n: int) -> Iterator[str]:
        """Keys of the same rows, without the cost of their cells."""

    def caption(self, count: int) -> str:
        """The line under the table, or what stands in an empty one."""


class NoRows:
    """Nothing to show yet."""

    columns: Sequence[Column] = ()

    def count(self) -> int:
        return 0

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        return []

    def keys(self, start: int, n: int) -> Iterator[str]:
        return iter(())

    def caption(self, count: int) -> str:
        return ""


def counted(count: int, noun: str) -> str:
    """`1 contact`, `5,000 contacts`."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


class FrameRows:
    """Rows of a DataFrame as they are, one text a cell.

    Awkward frames are ordinary here: no rows, duplicated column names, nested values.
    """

    def __init__(self, frame: pd.DataFrame, noun: str = "row") -> None:
        self.frame = frame
        self.noun = noun
        numeric = [getattr(dtype, "kind", "O") in "iufc" for dtype in frame.dtypes]
        self.columns: Sequence[Column] = [
            Column(
                str(name),
                printable(name).replace("_", " ").capitalize(),
                self._width(position),
                "end" if number else "start",
            )
            for position, (name, number) in enumerate(zip(frame.columns, numeric, strict=True))
        ]

    def _width(self, position: int) -> int:
        texts = [str(value) for value in self.frame.iloc[:30, position]]
        return max(6, min(36, max(map(len, [str(self.frame.columns[position]), *texts]))))

    def count(self) -> int:
        return len(self.frame)

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        part = self.frame.iloc[start : start + n]
        columns = [part.iloc[:, position].tolist() for position in range(part.shape[1])]
        return [
            Row(str(start + offset), [Text(blank(column[offset])) for column in columns]) for offset in range(len(part))
        ]

    def keys(self, start: int, n: int) -> Iterator[str]:
        return (str(number) for number in range(start, min(start + n, len(self.frame))))

    def caption(self, count: int) -> str:
        return counted(count, self.noun)


def blank(value: Any) -> Any:
    """A missing value (None, NaN, NaT, NA) is an empty cell, not a word."""
    import pandas as pd

    return "" if pd.api.types.is_scalar(value) and bool(pd.isna(value)) else value
