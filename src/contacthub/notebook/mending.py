"""Under the problems: mend the cell that one has selected, or decide its conflict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from contacthub.notebook.cells import printable
from contacthub.notebook.notice import Notice

CHOICES = {
    "update": ("The same person", "The row changes the contact that has this identity"),
    "create": ("Another person", "The row becomes a contact of its own"),
    "skip": ("Leave it out", "The row is not imported"),
}


class Mending(ipywidgets.VBox):
    """A value to put in place of a wrong one, and for a conflict three ways to decide it. Hidden until asked."""

    def __init__(self, on_mend: Callable[[int, str, str], None], on_resolve: Callable[[str, int], None]) -> None:
        self._on_mend = on_mend
        self._on_resolve = on_resolve
        self.row = 0
        self.column = ""
        self.where = ipywidgets.Label()
        self.value = ipywidgets.Text(layout={"width": "260px"})
        self.mend_button = ipywidgets.Button(description="Mend")
        self.mend_button.on_click(lambda _: self._on_mend(self.row, self.column, self.value.value))
        self.choices = {key: self._choice(key, *texts) for key, texts in CHOICES.items()}
        self.advice = Notice()
        line = ipywidgets.HBox([self.where, self.value, self.mend_button, *self.choices.values()])
        line.add_class("contacthub-toolbar")
        super().__init__([line, self.advice])
        self.add_class("contacthub-form")
        self.offer_nothing()

    def _choice(self, key: str, title: str, meaning: str) -> ipywidgets.Button:
        button = ipywidgets.Button(description=title, tooltip=meaning)
        button.on_click(lambda _: self._on_resolve(key, self.row))
        return button

    def offer_nothing(self) -> None:
        _show(self, False)

    def offer(self, row: int, column: str, value: Any, advice: str, *, conflict: bool) -> None:
        """Offer what can be done about a row of the file: another value in a column, or a decision."""
        self.advice.tell(advice, "muted")
        self.row, self.column = row, column
        self.where.value = f"Row {row}, {printable(column)}:" if column else f"Row {row}:"
        self.value.value = printable(value)
        _show(self.value, bool(column))
        _show(self.mend_button, bool(column))
        for button in self.choices.values():
            _show(button, conflict)
        _show(self, bool(column) or conflict, "flex")


def _show(widget: ipywidgets.Widget, there: bool, display: str | None = None) -> None:
    widget.layout.display = display if there else "none"
