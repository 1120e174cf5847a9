"""The big table: our own, so that a hundred thousand rows open at once and only what is on the screen travels.

The browser asks for windows of rows by message; answers carry the request's id and the table's version, so that it
drops what it no longer waits for. Which rows are selected is known here, in Python, where the next cell reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TypeGuard

import anywidget
import traitlets

from contacthub.notebook.fallback import as_html, as_text
from contacthub.notebook.guard import shown
from contacthub.notebook.rows import NoRows, Row, Rows

STATIC = Path(__file__).parent / "static"
LARGEST_WINDOW = 200
"""Rows of one answer. A screen shows some 15; a broken or hostile page must not be able to ask for a million."""
LARGEST_SELECTION = 100_000
"""Contacts that one click may select; whoever wants more selects none, and acts on the whole query."""
FIRST_WINDOW = 40
"""Rows that travel with the table itself, so that it is painted at once, and shows in a saved notebook."""


class ContactTable(anywidget.AnyWidget):
    """Rows of any source in a scrolling table; `.selection` holds the keys of the selected ones.

    `show(rows)` gives it other rows. `on_select` is called with the table after each change of the selection.
    """

    _esm = STATIC / "table.js"
    _css = STATIC / "style.css"

    version = traitlets.Int(0).tag(sync=True)
    columns: traitlets.List[Any] = traitlets.List().tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    caption = traitlets.Unicode("").tag(sync=True)
    first: traitlets.List[Any] = traitlets.List().tag(sync=True)
    selected = traitlets.Int(0).tag(sync=True)
    selectable = traitlets.Bool(True).tag(sync=True)
    visible_rows = traitlets.Int(12, min=1, max=60).tag(sync=True)
    sort = traitlets.Unicode("").tag(sync=True)
    """Key of the column that was asked for by its header; `-` in front: descending. The owner of the rows sorts."""
    error = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        rows: Rows | None = None,
        *,
        on_select: Callable[[ContactTable], None] | None = None,
        **options: Any,
    ) -> None:
        self.last_error: Exception | None = None
        self._rows: Rows = NoRows()
        self._selection: dict[str, None] = {}  # a set that keeps the order of clicks
        self._on_select = on_select
        super().__init__(**options)
        self.on_msg(self._received)
        self.show(rows or NoRows())

    # What the next cell reads

    @property
    def selection(self) -> list[str]:
        """Keys of the selected rows (a contact's uuid), in the order of selecting."""
        return list(self._selection)

    def show(self, rows: Rows, selected: Iterable[str] = ()) -> None:
        """Show other rows, of which those with the keys `selected` are selected.

        What was selected before is not, unless it is among them: nobody acts on what is not there to be seen.
        """
        self._rows = rows
        self._selection = dict.fromkeys(selected)
        count = rows.count()
        with self.hold_sync():
            self.columns = [column.message() for column in rows.columns]
            self.count, self.caption, self.error = count, rows.caption(count), ""
            self.selected = len(self._selection)
            self.first = self._window(0, min(count, FIRST_WINDOW))
            self.version += 1

    def select(self, keys: Iterable[str]) -> None:
        """Select the rows with these keys, and no others."""
        self._selection = dict.fromkeys(keys)
        self._selection_changed()

    # What the browser asks

    @shown
    def _received(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """One message of the browser. Whatever does not look like a question is no question."""
        if not isinstance(content, dict):
            return
        kind, row, version = content.get("kind"), content.get("row"), content.get("version")
        if kind == "sort":
            self._sort(content.get("key"))
        elif kind == "unselect":
            self.select(())
        elif version != self.version or not _is_index(row):
            return  # asked of rows that are gone: the browser asks again when it has heard of the new ones
        elif kind == "rows" and _is_index(rows := content.get("rows")):
            start = min(row, self.count)
            length = min(rows, LARGEST_WINDOW, self.count - start)
            answer = {"kind": "rows", "id": content.get("id"), "version": version, "start": start}
            self.send(answer | {"rows": self._window(start, length)})
        elif kind == "select" and row < self.count:
            self._select(row, content.get("mode"), content.get("anchor"))

    def _window(self, start: int, length: int) -> list[dict[str, Any]]:
        return [
            {"key": row.key, "selected": row.key in self._selection, "cells": [cell.message() for cell in row.cells]}
            for row in (self._rows.fetch(start, length) if length > 0 else [])
        ]

    def _select(self, row: int, mode: Any, anchor: Any) -> None:
        """`toggle` one row, `extend` from the row `anchor` to this one, or `only` this one."""
        if not self.selectable:
            return
        other = min(anchor, self.count - 1) if mode == "extend" and _is_index(anchor) else row
        low, high = min(row, other), max(row, other)
        keys = list(islice(self._rows.keys(low, high + 1 - low), LARGEST_SELECTION))
        if mode == "toggle" and keys[0] in self._selection:
            del self._selection[keys[0]]
        elif mode in ("toggle", "extend"):
            self._selection |= dict.fromkeys(keys)
        else:
            self._selection = dict.fromkeys(keys)
        self._selection_changed()

    def _selection_changed(self) -> None:
        with self.hold_sync():
            self.selected = len(self._selection)
            self.first = self._window(0, min(self.count, FIRST_WINDOW))
        self.send({"kind": "selection"})
        if self._on_select is not None:
            self._on_select(self)

    def _sort(self, key: Any) -> None:
        if any(column["sort"] and column["key"] == key for column in self.columns):
            self.sort = f"-{key}" if self.sort == key else key

    def show_error(self, message: str) -> None:
        self.error = message

    # Where there is no browser

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | {"text/html": self.as_html(), "text/plain": self.as_text()}, metadata

    def __repr__(self) -> str:
        return self.as_text()

    def as_html(self) -> str:
        """The first rows as static, escaped HTML: for saved notebooks, reports, mail."""
        return as_html(self._rows, self.count, self.caption)

    def as_text(self) -> str:
        """The first rows as plain text, for a terminal."""
        return as_text(self._rows, self.count, self.caption)


def _is_index(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


__all__ = ["ContactTable", "Row", "Rows"]
