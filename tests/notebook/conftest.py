"""A table as its browser sees it: messages in, answers out, without a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from widget_browser import Browser

from contacthub.notebook.cells import Person, Text
from contacthub.notebook.rows import Column, Row, counted
from contacthub.notebook.table import ContactTable


class Numbers:
    """Rows of a source of any size, of which nothing exists before it is fetched."""

    columns: Sequence[Column] = (Column("name", "Name", sort=True), Column("n", "Number", align="end"))

    def __init__(self, size: int) -> None:
        self.size = size
        self.fetched: list[tuple[int, int]] = []

    def count(self) -> int:
        return self.size

    def fetch(self, start: int, n: int) -> list[Row]:
        self.fetched.append((start, n))
        return [Row(f"key-{i}", [Person(f"Person {i}", "P"), Text(i)]) for i in range(start, min(start + n, self.size))]

    def keys(self, start: int, n: int) -> Iterator[str]:
        return (f"key-{i}" for i in range(start, min(start + n, self.size)))

    def caption(self, count: int) -> str:
        return counted(count, "contact")


@pytest.fixture
def numbers() -> Numbers:
    return Numbers(100_000)


@pytest.fixture
def table(numbers: Numbers) -> ContactTable:
    return ContactTable(numbers)


@pytest.fixture
def browser(table: ContactTable, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(table, monkeypatch)
