"""A column in terms of contacts: what conversion gives and planning takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contacthub.imports.mapping import MappedColumn
from contacthub.imports.problems import Problem
from contacthub.tables.cells import Cell, Codes
from contacthub.tables.clearing import CLEAR, unescaped


class _Cleared:
    def __repr__(self) -> str:
        return "CLEARED"


CLEARED: Final = _Cleared()
"""A cell that takes the contact's value away. A blank cell is None, and keeps."""


def said(cell: Cell) -> Any:
    """What a cell says: CLEARED for `--`, and a value that an export kept apart from it as it was before."""
    if not isinstance(cell, str) or CLEAR not in cell:
        return cell
    return CLEARED if cell.strip() == CLEAR else unescaped(cell)


@dataclass(slots=True)
class Converted:
    """A column in terms of contacts: `results[codes[i]]` is what row i says, None for nothing."""

    column: MappedColumn
    codes: Codes
    results: list[Any]
    cells: list[Cell]
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    """Code of a distinct cell → what is wrong with it."""
    unverified: set[str] = field(default_factory=set)
    """URNs that are merely possible numbers."""

    def errors(self) -> NDArray[np.bool_]:
        """Which rows have an error in this column."""
        wrong = np.zeros(max(1, len(self.results)), bool)
        for code, problems in self.problems.items():
            wrong[code] = any(problem.severity == "error" for problem in problems)
        return wrong[self.codes]


class Fault(Exception):
    """A cell that cannot be converted, by its problem."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
