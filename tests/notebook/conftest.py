"""A table as its browser sees it: messages in, answers out, without a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

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


class Browser:
    """What a browser sends to a widget, and what it hears from it."""

    def __init__(self, widget: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget = widget
        self.heard: list[dict[str, Any]] = []
        monkeypatch.setattr(widget, "send", lambda content, buffers=None: self.heard.append(content))

    def send(self, **message: Any) -> list[dict[str, Any]]:
        """Send a message as the front end does, and give what was answered to it."""
        before = len(self.heard)
        self.widget._handle_custom_msg(message, [])
        return self.heard[before:]


@pytest.fixture
def numbers() -> Numbers:
    return Numbers(100_000)


@pytest.fixture
def table(numbers: Numbers) -> ContactTable:
    return ContactTable(numbers)


@pytest.fixture
def browser(table: ContactTable, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(table, monkeypatch)
