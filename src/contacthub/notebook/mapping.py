"""The mapping of a file's columns, to look at and to edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from contacthub.notebook.cells import printable

if TYPE_CHECKING:
    from contacthub.hub import Hub

MOST_COLUMNS = 60
"""Columns with controls of their own; a file with more is mapped in Python, where a loop is at hand."""

TARGETS = (
    "ignore", "Name", "First Name", "Last Name", "Phone", "URN:WhatsApp", "URN:Mailto", "UUID", "Language", "Status",
    "Remarks", "Tags", "Lists", "Groups", "Assignee", "Opt In", "Opt In On", "Opt In Proof",
)  # fmt: skip
TYPES = ("text", "number", "datetime", "state", "district", "ward")
POLICIES = {"set": "overwrite", "fill": "fill blanks", "keep": "never overwrite"}
SET_POLICIES = {"add": "add", "replace": "replace", "remove": "remove"}


class MappingEditor(ipywidgets.VBox):
    """A line a column of the file: its header and samples, what it means, of which type, and what it may overwrite.

    `wanted()` is the mapping as it was edited, in the form that `hub.imports.preview(mapping=)` takes.
    """

    def __init__(self, on_edit: Callable[[], None]) -> None:
        self._on_edit = on_edit
        self._edited: dict[int, dict[str, str]] = {}
        self.lines: list[ColumnLine] = []
        self.grid = ipywidgets.GridBox()
        self.grid.add_class("contacthub-mapping")
        self.more = ipywidgets.HTML()
        super().__init__([self.grid, self.more])

    def show(self, rows: Sequence[Mapping[str, Any]], hub: Hub) -> None:
        """The mapping of a preview, a mapping a column, as its `rows()` tells it. What was edited is forgotten."""
        targets = [*TARGETS, *(f"Field:{field.name}" for field in hub.fields)]
        targets += [f"Group:{group.name}" for group in hub.groups if not group.is_dynamic]
        self._edited = {}
        self.lines = [ColumnLine(row, targets, self._note(number)) for number, row in enumerate(rows[:MOST_COLUMNS])]
        titles = [_html(f"<b>{title}</b>") for title in ("Column", "Means", "Type", "Policy", "")]
        self.grid.children = [*titles, *(widget for line in self.lines for widget in line.widgets)]
        hidden = len(rows) - len(self.lines)
        self.more.value = f"{hidden} more columns: edit them with <code>mapping=</code>." if hidden else ""

    def _note(self, number: int) -> Callable[[str, str], None]:
        def note(part: str, value: str) -> None:
            edited = self._edited.setdefault(number, {"target": self.lines[number].target.value})
            if part == "target":
                edited.clear()  # another target has its own policies and types; they are proposed anew
            edited[part] = value
            self._on_edit()

        return note

    @property
    def edited(self) -> bool:
        return bool(self._edited)

    def wanted(self) -> dict[int, dict[str, str]]:
        """Position of the column → what was edited of it."""
        return {number: dict(parts) for number, parts in self._edited.items()}


class ColumnLine:
    """The controls of one column."""

    def __init__(self, row: Mapping[str, Any], targets: Sequence[str], note: Callable[[str, str], None]) -> None:
        policies = SET_POLICIES if row["policy"] in SET_POLICIES else POLICIES
        self.target = ipywidgets.Combobox(value=row["target"], options=targets, continuous_update=False)
        self.type = ipywidgets.Dropdown(options=TYPES, value=row["type"] or "text")
        self.policy = ipywidgets.Dropdown(
            options=[(title, key) for key, title in policies.items()], value=row["policy"] or next(iter(policies))
        )
        # A known field has its type, and what is ignored has no policy: nothing to choose, nothing shown.
        self.type.layout.visibility = "visible" if row["new"] else "hidden"
        self.policy.layout.visibility = "visible" if row["policy"] else "hidden"
        for part, control in (("target", self.target), ("type", self.type), ("policy", self.policy)):
            control.layout.width = "auto"
            control.observe(lambda change, part=part: note(part, change["new"]), "value")
        header = escape(printable(row["column"]))
        samples = escape(printable(row["samples"]))
        self.widgets = [
            _html(f'<b>{header}</b><br><span class="contacthub-muted">{samples or "empty"}</span>'),
            self.target,
            self.type,
            self.policy,
            _html(f'<span class="contacthub-muted">{escape(printable(row["problems"]))}</span>'),
        ]


def _html(value: str) -> ipywidgets.HTML:
    widget = ipywidgets.HTML(value)
    widget.add_class("contacthub")
    return widget
