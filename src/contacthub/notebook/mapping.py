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
    "ignore", "Name", "First Name", "Last Name", "Phone", "Phone:WhatsApp", "URN:Mailto", "UUID", "Language", "Status",
    "Remarks", "Tags", "Lists", "Groups", "Assignee", "Opt In", "Opt In On", "Opt In Proof",
)  # fmt: skip
TYPES = ("text", "number", "datetime", "state", "district", "ward")
POLICIES = {"set": "overwrite", "fill": "fill blanks", "keep": "never overwrite"}
SET_POLICIES = {"add": "add", "replace": "replace", "remove": "remove"}


class MappingEditor(ipywidgets.VBox):
    """A line a column of the file: its header and samples, what it means, of which type, and what it may overwrite.

    `wanted()` is what was edited, in the form that a preview's `remap` and `mapping=` take.
    """

    def __init__(self, on_edit: Callable[[], None]) -> None:
        self._on_edit = on_edit
        self._edited: set[int] = set()
        self.lines: list[ColumnLine] = []
        self.grid = ipywidgets.GridBox()
        self.grid.add_class("contacthub-mapping")
        self.more = ipywidgets.HTML()
        super().__init__([self.grid, self.more])

    def show(self, rows: Sequence[Mapping[str, Any]], hub: Hub) -> None:
        """The mapping of a preview, a mapping a column, as its `rows()` tells it. What was edited is forgotten."""
        targets = [*TARGETS, *(f"Field:{field.name}" for field in hub.fields)]
        targets += [f"Group:{group.name}" for group in hub.groups if not group.is_dynamic]
        self._edited = set()
        self.lines = [ColumnLine(row, targets, self._note(number)) for number, row in enumerate(rows[:MOST_COLUMNS])]
        titles = [_html(f"<b>{title}</b>") for title in ("Column", "Means", "Type", "Policy", "")]
        self.grid.children = [*titles, *(widget for line in self.lines for widget in line.widgets)]
        hidden = len(rows) - len(self.lines)
        self.more.value = f"{hidden} more columns: edit them with <code>mapping=</code>." if hidden else ""

    def _note(self, number: int) -> Callable[[str], None]:
        def note(part: str) -> None:
            if part == "target":
                self.lines[number].forget_choices()
            self._edited.add(number)
            self._on_edit()

        return note

    def wanted(self) -> dict[int, dict[str, str]]:
        """Position of each edited column → its target, and the type and policy that were chosen for it."""
        return {number: self.lines[number].chosen() for number in sorted(self._edited)}


class ColumnLine:
    """The controls of one column."""

    def __init__(self, row: Mapping[str, Any], targets: Sequence[str], note: Callable[[str], None]) -> None:
        policies = SET_POLICIES if row["policy"] in SET_POLICIES else POLICIES
        self.target = ipywidgets.Combobox(value=row["target"], options=targets, continuous_update=False)
        self.type = ipywidgets.Dropdown(options=TYPES, value=row["type"] or "text")
        self.policy = ipywidgets.Dropdown(
            options=[(title, key) for key, title in policies.items()], value=row["policy"] or next(iter(policies))
        )
        # A known field has its type, and what is ignored has no policy: nothing to choose, nothing shown.
        self._show(self.type, bool(row["new"]))
        self._show(self.policy, bool(row["policy"]))
        for part, control in (("target", self.target), ("type", self.type), ("policy", self.policy)):
            control.layout.width = "auto"
            control.tooltip = f"{part.title()} of {row['column']}"
            control.observe(lambda _, part=part: note(part), "value")
        header, samples = escape(printable(row["column"])), escape(printable(row["samples"]))
        self.widgets = [
            _html(f'<b>{header}</b><span class="contacthub-samples" title="{samples}">{samples or "empty"}</span>'),
            self.target,
            self.type,
            self.policy,
            _html(f'<span class="contacthub-muted">{escape(printable(row["problems"]))}</span>'),
        ]

    @staticmethod
    def _show(control: ipywidgets.Widget, there: bool) -> None:
        control.layout.visibility = "visible" if there else "hidden"

    def forget_choices(self) -> None:
        """Another target has its own types and policies: the next preview proposes them."""
        self._show(self.type, False)
        self._show(self.policy, False)

    def chosen(self) -> dict[str, str]:
        """What stands in the controls that are shown."""
        controls = {"target": self.target, "type": self.type, "policy": self.policy}
        return {part: c.value for part, c in controls.items() if c.layout.visibility != "hidden"}


def _html(value: str) -> ipywidgets.HTML:
    widget = ipywidgets.HTML(value)
    widget.add_class("contacthub")
    return widget
