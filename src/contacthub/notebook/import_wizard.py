"""The import wizard: see what a file would do, put its columns right, and commit.

Reading and committing run in a thread with a bar and a way out. Nothing is written before Commit, and what Commit
writes is what the preview showed.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets

from contacthub.errors import PlanOutdated, Refused
from contacthub.notebook.cells import printable
from contacthub.notebook.guard import shown
from contacthub.notebook.notice import Notice
from contacthub.notebook.outcomes import OUTCOMES, OutcomeBar
from contacthub.notebook.rows import counted
from contacthub.notebook.script import Script
from contacthub.notebook.tabs import PreviewTabs
from contacthub.notebook.work import Progress, Work

if TYPE_CHECKING:
    import pandas as pd

    from contacthub.hub import Hub

STATIC_PATIENCE = 2
"""Seconds that showing the wizard waits for its file, so that what is saved with the notebook is the preview."""


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
        self._remapped: set[str | int] = set()
        self._decided: list[str] = []  # what was mended and resolved, as Python

        self.title = ipywidgets.HTML()
        self.title.add_class("contacthub")
        self.outcomes = OutcomeBar()
        self.tabs = PreviewTabs(
            on_edit=self._mapping_edited,
            on_mend=self._mend_clicked,
            on_resolve=self._resolve_clicked,
            show_error=self.show_error,
        )
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
        options = dict(self.options)
        if self._remapped:
            now = self._preview.mapping.as_dict()
            edited = {column: now[column] for column in sorted(self._remapped & now.keys(), key=str)}
            options["mapping"] = {**options.get("mapping", {}), **edited}
        arguments = "".join(f", {name}={value!r}" for name, value in options.items())
        source = repr(str(self.source)) if isinstance(self.source, (str, Path)) else "frame"
        return Script.of(
            "import contacthub as ch",
            "",
            f"hub = ch.open({str(self.hub.path)!r})",
            f"preview = hub.imports.preview({source}{arguments})",
            *self._decided,
            *(["preview.commit()"] if self.result is not None else []),
        )

    # Reading

    def read(self) -> None:
        """Read the file, and work out what it would do."""

        def task(progress: Progress) -> Any:
            return self.hub.imports.preview(self.source, progress=progress, **self.options)

        self._hold("Reading…")
        self.work.run(f"Reading {self._name}…", task, self._show)

    def look_again(self) -> None:
        """Work out anew what the file would do: with the columns as they are edited, on the hub as it is now."""
        if self._preview is None:
            self.read()
            return
        preview, wanted = self._preview, self._wanted()

        def task(progress: Progress) -> Any:
            if wanted:
                preview.remap(wanted)
                self._remapped |= {preview.mapping[number].header or number for number in wanted}
            return preview if wanted else preview.replan(progress)

        self._hold("Looking again…")
        self.work.run(f"Looking at {self._name} again…", task, self._show)

    def _wanted(self) -> dict[int, dict[str, Any]]:
        """What was edited, with the values that the columns map already."""
        mapped = self._preview.mapping
        return {
            number: parts | {"values": mapped[number].values} for number, parts in self.tabs.mapping.wanted().items()
        }

    @property
    def _name(self) -> str:
        return Path(self.source).name if isinstance(self.source, (str, Path)) else "the frame"

    def _show(self, preview: Any) -> None:
        self._preview, self.last_error = preview, None
        self.title.value = _title(self._name, len(preview.rows))
        self.outcomes.show(preview.summary)
        self.tabs.show(preview, self.hub)
        self.again_button.button_style = ""
        self.notice.clear()
        count = int(preview.summary["create"]) + int(preview.summary["update"])
        self.commit_button.description = f"Commit {counted(count, 'row')}" if count else "Nothing to commit"
        self.commit_button.disabled = not count

    def _hold(self, why: str) -> None:
        """No commit for now: what it would do is not what one sees."""
        self.commit_button.disabled = True
        self.commit_button.description = why

    # Putting right

    @shown
    def _mapping_edited(self) -> None:
        self._hold("Commit")
        self.again_button.button_style = "primary"
        self.notice.tell("The columns have changed. Preview again to see what they do now.", "warn")

    @shown
    def _again_clicked(self) -> None:
        self.look_again()

    def mend(self, row: int, column: str, value: Any) -> None:
        """Put another value in a cell of the file, in this preview only, and look at it again."""
        self._decide(f"preview.mend(row={row}, column={column!r}, value={value!r})", "mend", row, column, value)

    def resolve(self, choice: str, row: int) -> None:
        """Decide the conflict of a row: `skip`, `create` (another person) or `update` (the same person)."""
        self._decide(f"preview.resolve({choice!r}, row={row})", "resolve", choice, row)

    def _decide(self, code: str, how: str, *arguments: Any) -> None:
        preview = self.preview

        def task(_progress: Progress) -> Any:
            getattr(preview, how)(*arguments)
            self._decided.append(code)
            return preview

        self.work.run(f"Looking at {self._name} again…", task, self._show)

    @shown
    def _mend_clicked(self, row: int, column: str, value: str) -> None:
        self.mend(row, column, value)

    @shown
    def _resolve_clicked(self, choice: str, row: int) -> None:
        self.resolve(choice, row)

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
        self.undo_button.disabled = not result.id  # nothing was written
        left = sum(int(self._preview.summary[outcome]) for outcome in ("conflict", "error"))
        told = f"{counted(result.created, 'contact')} created, {result.updated:,} updated"
        self.notice.tell(f"{told}{f'; {left:,} rows left out' if left else ''}.", "good")

    def undo(self) -> None:
        """Take the import back; what was changed since is kept, and told."""
        if self.result is None:
            raise Refused("Nothing was committed here.")
        self._undo(self.result)
        self.work.wait()

    @shown
    def _undo_clicked(self) -> None:
        self._undo(self.result)

    def _undo(self, result: Any) -> None:
        self.work.run(f"Undoing {self._name}…", lambda _: self.hub.undo(result.id), self._undone)

    def _undone(self, report: Any) -> None:
        self.result = None
        self.undo_button.disabled = True
        self._hold("Commit")
        self.again_button.button_style = "primary"
        self.notice.tell(report.summary, "warn" if report.kept or report.failed else "good")

    def show_error(self, message: str) -> None:
        if self.commit_button.disabled:
            self.commit_button.description = "Commit"  # whatever it was waiting for has failed
        if isinstance(self.last_error, PlanOutdated):
            self._hold("Commit")
            self.again_button.button_style = "primary"
        self.notice.tell(message, "bad")

    # Where there is no browser

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        self.work.wait(STATIC_PATIENCE)
        data = dict(super()._repr_mimebundle_(**options) or {})
        return data | {"text/html": self.outcomes.value + self.tabs.changes.as_html(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        if self._preview is None:
            return f"{self._name}: {self.last_error or 'being read'}"
        summary = self._preview.summary
        counts = ", ".join(f"{summary[name]:,} {title}" for name, (title, _) in OUTCOMES.items() if summary.get(name))
        return f"{self._name}: {counts}\n\n{self.tabs.changes.as_text()}"


def _title(name: str, rows: int) -> str:
    title, size = escape(printable(name)), counted(rows, "row")
    return f'<b class="contacthub-title">{title}</b> <span class="contacthub-muted">{size}</span>'
