"""The import wizard: see what a file would do, put its columns right, and commit.

Reading and committing run in a thread with a bar and a way out. Nothing is written before Commit, and what Commit
writes is what the preview showed.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from contacthub.errors import Refused
from contacthub.notebook import review
from contacthub.notebook.cells import printable
from contacthub.notebook.guard import shown
from contacthub.notebook.mapping import MappingEditor
from contacthub.notebook.notice import Notice
from contacthub.notebook.outcomes import OUTCOMES, OutcomeBar
from contacthub.notebook.rows import counted
from contacthub.notebook.script import Script
from contacthub.notebook.table import ContactTable
from contacthub.notebook.work import Progress, Work

if TYPE_CHECKING:
    import pandas as pd

    from contacthub.hub import Hub

TABS = ("Columns", "Changes", "Rows", "Problems")


class Wizard(ipywidgets.VBox):
    """What `hub.imports.wizard(path)` shows.

    `.preview` is the preview that is shown, `.value` its rows, `.result` what the commit gave, `.code()` the Python
    that does the same.
    """

    def __init__(self, hub: Hub, path: Any, **options: Any) -> None:
        self.hub = hub
        self.source = path
        self.options = options
        self.last_error: Exception | None = None
        self.result: Any = None
        self._preview: Any = None
        self._mapping: Any = options.pop("mapping", None)

        self.title = ipywidgets.HTML()
        self.title.add_class("contacthub")
        self.outcomes = OutcomeBar()
        self.mapping = MappingEditor(self._mapping_edited)
        self.changes = ContactTable(selectable=False)
        self.rows = ContactTable(selectable=False)
        self.problems = ContactTable(selectable=False)
        self.filter = ipywidgets.ToggleButtons(options=[("All", "")])
        self.filter.add_class("contacthub-filter")
        self.filter.observe(self._filtered, "value")
        rows = ipywidgets.VBox([self.filter, self.rows])
        self.tabs = ipywidgets.Tab([self.mapping, self.changes, rows, self.problems], titles=TABS)
        self.commit_button = ipywidgets.Button(description="Commit", button_style="primary", disabled=True)
        self.commit_button.on_click(lambda _: self._commit_clicked())
        self.again_button = ipywidgets.Button(description="Preview again")
        self.again_button.on_click(lambda _: self._again_clicked())
        self.undo_button = ipywidgets.Button(description="Undo", disabled=True)
        self.undo_button.on_click(lambda _: self._undo_clicked())
        self.work = Work(self)
        self.notice = Notice()
        buttons = ipywidgets.HBox([self.commit_button, self.again_button, self.undo_button])
        buttons.add_class("contacthub-toolbar")
        super().__init__([self.title, self.outcomes, self.tabs, buttons, self.work, self.notice])
        self.add_class("contacthub")
        self.add_class("contacthub-wizard")
        self.read()

    # What the next cell reads

    @property
    def preview(self) -> Any:
        """The preview that is shown; waits for it while the file is being read. Raises what reading it raised."""
        self.work.wait()
        if self._preview is None and self.last_error is not None:
            raise self.last_error
        return self._preview

    @property
    def value(self) -> pd.DataFrame:
        """What would become of each row of the file, as a DataFrame."""
        return self.preview.rows

    def code(self) -> Script:
        """The Python that gives the same preview, and commits it if that was done here."""
        options = {**({"mapping": self._mapping} if self._mapping else {}), **self.options}
        arguments = "".join(f", {name}={value!r}" for name, value in options.items())
        source = repr(str(self.source)) if isinstance(self.source, (str, Path)) else "frame"
        return Script.of(
            "import contacthub as ch",
            "",
            f"hub = ch.open({str(self.hub.path)!r})",
            f"preview = hub.imports.preview({source}{arguments})",
            *(["preview.commit()"] if self.result is not None else []),
        )

    # Reading

    def read(self) -> None:
        """Read the file, and work out what it would do now, with the mapping as it is edited."""
        edited = self.mapping.wanted()
        mapping = {**(self._mapping or {}), **edited} if edited else self._mapping

        def task(progress: Progress) -> Any:
            return self.hub.imports.preview(self.source, mapping=mapping, progress=progress, **self.options)

        self._hold("Reading…")
        self.work.run(f"Reading {self._name}…", task, lambda preview: self._show(preview, mapping))

    @property
    def _name(self) -> str:
        return Path(self.source).name if isinstance(self.source, (str, Path)) else "the frame"

    def _show(self, preview: Any, mapping: Any) -> None:
        self._preview, self._mapping, self.result = preview, mapping, None
        rows = preview.rows
        self.title.value = _title(self._name, len(rows))
        self.outcomes.show(preview.summary)
        self.mapping.show(preview.mapping.rows(), self.hub)
        self.changes.show(review.changes(preview.changes))
        self.problems.show(review.problems(preview.problems))
        there = [outcome for outcome in OUTCOMES if preview.summary.get(outcome)]
        self.filter.options = [("All", ""), *((f"{name} {preview.summary[name]:,}", name) for name in there)]
        self._show_rows()
        sizes = (len(preview.mapping), self.changes.count, len(rows), self.problems.count)
        self.tabs.titles = [f"{title} ({size:,})" for title, size in zip(TABS, sizes, strict=True)]
        self.notice.clear()
        self._offer_commit()

    def _show_rows(self) -> None:
        rows = self._preview.rows
        wanted = self.filter.value
        self.rows.show(review.outcomes(rows[rows["outcome"] == wanted] if wanted else rows))

    @shown
    def _filtered(self, _change: Any) -> None:
        if self._preview is not None:
            self._show_rows()

    def _offer_commit(self) -> None:
        summary = self._preview.summary
        count = int(summary["create"]) + int(summary["update"])
        self.commit_button.description = f"Commit {counted(count, 'row')}" if count else "Nothing to commit"
        self.commit_button.disabled = not count
        self.undo_button.disabled = True

    def _hold(self, why: str) -> None:
        """No commit for now: what it would do is not what one sees."""
        self.commit_button.disabled = True
        self.commit_button.description = why

    @shown
    def _mapping_edited(self) -> None:
        self._hold("Commit")
        self.again_button.button_style = "primary"
        self.notice.tell("The columns have changed. Preview again to see what they do now.", "warn")

    @shown
    def _again_clicked(self) -> None:
        self.again_button.button_style = ""
        self.read()

    # Committing

    def commit(self) -> Any:
        """Do what the preview shows; gives its result. What the button does, for a cell."""
        preview = self.preview
        if self.commit_button.disabled:
            raise Refused("There is nothing to commit, or the columns have changed: preview again first.")
        self.last_error = None
        self._commit(preview)
        self.work.wait()
        if self.last_error is not None:
            raise self.last_error
        return self.result

    @shown
    def _commit_clicked(self) -> None:
        self._commit(self._preview)

    def _commit(self, preview: Any) -> None:
        self.work.run(f"Importing {self._name}…", lambda progress: preview.commit(progress=progress), self._committed)

    def _committed(self, result: Any) -> None:
        self.result = result
        self._hold("Committed")
        self.undo_button.disabled = False
        left = sum(int(self._preview.summary[outcome]) for outcome in ("conflict", "error"))
        told = f"{counted(result.created, 'contact')} created, {result.updated:,} updated"
        self.notice.tell(f"{told}{f'; {left:,} rows left out' if left else ''}.", "good")

    @shown
    def _undo_clicked(self) -> None:
        self.undo()

    def undo(self) -> None:
        """Take the import back; what was changed since is kept, and told. Then the file is previewed again."""
        if self.result is None:
            raise Refused("Nothing was committed here.")
        self.work.run(f"Undoing {self._name}…", lambda _: self.hub.undo(self.result.id), self._undone)

    def _undone(self, report: Any) -> None:
        self.result = None
        self.undo_button.disabled = True
        self._hold("Undone")
        self.notice.tell(report.summary, "warn" if report.kept or report.failed else "good")

    def show_error(self, message: str) -> None:
        self.notice.tell(message, "bad")

    # Where there is no browser

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        data = dict(super()._repr_mimebundle_(**options) or {})
        return data | {"text/html": self.outcomes.value + self.changes.as_html(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        if self._preview is None:
            return f"{self._name}: {self.last_error or 'being read'}"
        summary = self._preview.summary
        counts = ", ".join(f"{summary[name]:,} {title}" for name, (title, _) in OUTCOMES.items() if summary.get(name))
        return f"{self._name}: {counts}\n\n{self.changes.as_text()}"


def _title(name: str, rows: int) -> str:
    title, size = escape(printable(name)), counted(rows, "row")
    return f'<b class="contacthub-title">{title}</b> <span class="contacthub-muted">{size}</span>'
