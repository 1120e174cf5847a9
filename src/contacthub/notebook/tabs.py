"""What a preview shows, in four tabs: the columns of the file, the cells that change, the rows, the problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets

from contacthub.notebook import review
from contacthub.notebook.guard import shown
from contacthub.notebook.mapping import MappingEditor
from contacthub.notebook.mending import Mending
from contacthub.notebook.outcomes import OUTCOMES
from contacthub.notebook.table import ContactTable

if TYPE_CHECKING:
    import pandas as pd

    from contacthub.hub import Hub

TABS = ("Columns", "Changes", "Rows", "Problems")
WHICH = (("All", "all"), ("Of contacts we have", "known"), ("Kept as they are", "kept"))
"""Which cells are shown: all that change, those of contacts that are there already, those that are not taken."""

ROWS = 10
"""Rows on the screen: the wizard fits beside its buttons."""


class PreviewTabs(ipywidgets.Tab):
    """The tabs of the wizard. They decide nothing: what is edited or selected in them is told to their owner."""

    def __init__(
        self,
        *,
        on_edit: Callable[[], None],
        on_mend: Callable[[int, str, str], None],
        on_resolve: Callable[[str, int], None],
        show_error: Callable[[str], None],
    ) -> None:
        self.last_error: Exception | None = None
        self.show_error = show_error
        self._preview: Any = None
        self._problems: Any = None  # the gravest first, as they are shown
        self.mapping = MappingEditor(on_edit)
        self.which = _choice(WHICH, self._which_chosen)
        self.changes = ContactTable(selectable=False, visible_rows=ROWS)
        self.outcome = _choice([("All", "")], self._outcome_chosen)
        self.rows = ContactTable(selectable=False, visible_rows=ROWS)
        self.problems = ContactTable(visible_rows=ROWS, on_select=lambda _: self._problem_selected())
        self.mending = Mending(on_mend, on_resolve)
        pages = [
            self.mapping,
            ipywidgets.VBox([self.which, self.changes]),
            ipywidgets.VBox([self.outcome, self.rows]),
            ipywidgets.VBox([self.problems, self.mending]),
        ]
        super().__init__(pages, titles=TABS)

    def show(self, preview: Any, hub: Hub) -> None:
        """Show a preview. What was edited in the columns is in it by now, or forgotten."""
        self._preview = preview
        self.mapping.show(preview.mapping.rows(), hub)
        self._show_changes()
        there = [outcome for outcome in OUTCOMES if preview.summary.get(outcome)]
        self.outcome.options = [("All", ""), *((f"{name} {preview.summary[name]:,}", name) for name in there)]
        self._show_rows()
        self._problems = preview.problems.sort_values("severity", key=review.gravity, kind="stable")
        self.problems.show(review.problems(self._problems))
        self.mending.offer_nothing()
        sizes = (len(preview.mapping), len(preview.changes), len(preview.rows), self.problems.count)
        self.titles = [f"{title} ({size:,})" for title, size in zip(TABS, sizes, strict=True)]

    def _show_changes(self) -> None:
        rows, changes = self._preview.rows, self._preview.changes
        if self.which.value == "known":
            changes = changes[changes["row"].isin(rows.loc[rows["outcome"] == "update", "row"])]
        elif self.which.value == "kept":
            changes = self._preview.kept
        names = dict(zip(rows["row"], rows["name"].fillna(""), strict=True))
        self.changes.show(review.changes(changes, names))

    def _show_rows(self) -> None:
        rows: pd.DataFrame = self._preview.rows
        wanted = self.outcome.value
        self.rows.show(review.outcomes(rows[rows["outcome"] == wanted] if wanted else rows))

    @shown
    def _which_chosen(self, _change: Any) -> None:
        if self._preview is not None:
            self._show_changes()

    @shown
    def _outcome_chosen(self, _change: Any) -> None:
        if self._preview is not None:
            self._show_rows()

    @shown
    def _problem_selected(self) -> None:
        """Offer to mend the cell that the selected problem is about, or to decide the conflict of its row."""
        self.mending.offer_nothing()
        if len(self.problems.selection) != 1:
            return
        problem = self._problems.iloc[int(self.problems.selection[0])]
        rows = self._preview.rows
        found = rows.loc[rows["row"] == problem["row"], "outcome"].tolist()
        if found:  # else the problem is about a whole column, or the file
            conflict = found[0] == "conflict" and not problem["column"]
            advice = f"{problem['message']} {problem['mend']}"
            self.mending.offer(int(problem["row"]), str(problem["column"]), problem["value"], advice, conflict=conflict)


def _choice(options: Any, chosen: Callable[[Any], None]) -> ipywidgets.ToggleButtons:
    buttons = ipywidgets.ToggleButtons(options=options)
    buttons.add_class("contacthub-filter")
    buttons.observe(chosen, "value")
    return buttons
