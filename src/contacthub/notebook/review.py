"""The tables of a preview: rows, cell changes, problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from contacthub.notebook.cells import Badge, Cell, Change, Text, Tone
from contacthub.notebook.outcomes import OUTCOMES
from contacthub.notebook.rows import Column, Row, blank, counted

if TYPE_CHECKING:
    import pandas as pd

SEVERITIES: dict[str, Tone] = {"error": "bad", "warning": "warn", "note": "muted"}


class PreviewRows:
    """Rows of one of a preview's DataFrames, each drawn as cells that show what it means."""

    def __init__(
        self,
        frame: pd.DataFrame,
        columns: Sequence[Column],
        draw: Callable[[Mapping[str, Any]], Sequence[Cell]],
        noun: str,
        nothing: str,
    ) -> None:
        self.frame = frame
        self.columns = columns
        self._draw = draw
        self._noun = noun
        self._nothing = nothing

    def count(self) -> int:
        return len(self.frame)

    def fetch(self, start: int, n: int) -> Sequence[Row]:
        records = self.frame.iloc[start : start + n].to_dict("records")
        return [
            Row(str(start + offset), self._draw({str(name): blank(value) for name, value in record.items()}))
            for offset, record in enumerate(records)
        ]

    def keys(self, start: int, n: int) -> Iterator[str]:
        return (str(number) for number in range(start, min(start + n, len(self.frame))))

    def caption(self, count: int) -> str:
        return counted(count, self._noun) if count else self._nothing


def changes(frame: pd.DataFrame, names: Mapping[int, str]) -> PreviewRows:
    """A row a changed cell: old → new, the old struck through. `names`: row of the file → who it is about."""
    columns = (
        Column("row", "Row", 5, "end"),
        Column("name", "Name", 18),
        Column("property", "Property", 13),
        Column("change", "Old → new", 36),
        Column("reason", "Why", 22),
    )

    def draw(change: Mapping[str, Any]) -> Sequence[Cell]:
        return (
            Text(change["row"]),
            Text(names.get(change["row"], "")),
            Text(change["property"]),
            Change(_value(change["before"]), _value(change["after"])),
            Text(change["reason"], "muted"),
        )

    return PreviewRows(frame, columns, draw, "cell change", "Nothing would change.")


def outcomes(frame: pd.DataFrame) -> PreviewRows:
    """A row a row of the file, with what becomes of it."""
    columns = (
        Column("row", "Row", 5, "end"),
        Column("outcome", "Outcome", 10),
        Column("name", "Name", 22),
        Column("problems", "Problems", 60),
    )

    def draw(row: Mapping[str, Any]) -> Sequence[Cell]:
        outcome = str(row["outcome"])
        return (
            Text(row["row"]),
            Badge(outcome, OUTCOMES.get(outcome, ("", "muted"))[1]),
            Text(row["name"]),
            Text(_value(row["problems"])),
        )

    return PreviewRows(frame, columns, draw, "row", "No row has this outcome.")


def gravity(severities: pd.Series[str]) -> pd.Series[int]:
    """A key that sorts errors before warnings before notes."""
    order = list(SEVERITIES)
    return severities.map(order.index)


def problems(frame: pd.DataFrame) -> PreviewRows:
    """A row a problem: where, how grave, what was found, and how to mend it."""
    columns = (
        Column("row", "Row", 5, "end"),
        Column("column", "Column", 14),
        Column("severity", "Severity", 10),
        Column("value", "Value", 18),
        Column("message", "What is wrong", 40),
        Column("mend", "How to mend it", 32),
    )

    def draw(problem: Mapping[str, Any]) -> Sequence[Cell]:
        severity = str(problem["severity"])
        return (
            Text(problem["row"]),
            Text(problem["column"]),
            Badge(severity, SEVERITIES.get(severity, "muted")),
            Text(_value(problem["value"])),
            Text(problem["message"]),
            Text(problem.get("mend", ""), "muted"),
        )

    return PreviewRows(frame, columns, draw, "problem", "No problems.")


def _value(value: Any) -> str:
    """A value as people write it: sets as lists, moments in ISO 8601."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(str, value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
