"""Import: a file, its preview, and the commit. Nothing is written before the commit; afterwards u takes it back.

The preview is worked out in a thread, and so is every decision that a person takes in it; the screen shows what came
of it: the counts by outcome, what the columns mean, the rows, the changed cells and the problems.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Footer, Static

from contacthub.tui import keys
from contacthub.tui.ask import Choice, Choose, Confirm, Line, Pick, Tell
from contacthub.tui.base import HubScreen, TitleBar
from contacthub.tui.files import ask_path, expanded
from contacthub.tui.jobs import JobBar, Progress
from contacthub.tui.safe import visible
from contacthub.tui.table import Cell, Column, LazyTable, Row, Rows
from contacthub.tui.words import counted, named
from contacthub.tui.work import ask, flow, in_thread

if TYPE_CHECKING:
    import pandas

    from contacthub.tui.app import ContactsApp

TARGETS = (
    ("ignore", "leave the column out"),
    ("Name", ""), ("First Name", ""), ("Last Name", ""),
    ("Phone", "as people write it"), ("Phone:WhatsApp", ""), ("Phone:Country", ""), ("Phone:Area", ""),
    ("URN:Mailto", "e-mail"), ("Language", ""), ("Tags", "separated by commas"), ("Lists", "separated by commas"),
    ("Groups", "separated by commas"), ("Assignee", ""), ("Status", ""), ("Remarks", ""), ("Opt In", "yes or no"),
    ("Opt In On", ""), ("Opt In Proof", ""), ("UUID", "of this hub"),
)  # fmt: skip
"""What a column can mean, as the headers of a file say it; the hub's fields come after them."""
DUPLICATES = (
    Choice("m", "Merge", "all rows, in their order"),
    Choice("f", "First", "the first row counts"),
    Choice("l", "Last", "the last row counts"),
    Choice("e", "Error", "such rows are left out"),
)
OUTCOME_TONES = {"create": "good", "update": "accent", "unchanged": "dim", "conflict": "warn", "error": "bad"}
IN_A_WORD = {"guessed_column": "guessed", "new_field": "new", "ignored_column": "left out"}
"""Codes of problems of a column that need no sentence, since what it means stands beside."""
SEVERITY_TONES = {"error": "bad", "warning": "warn", "note": "dim"}


WORDS = {
    "outcome": "Outcome", "name": "Name", "problems": "Problems", "property": "What", "before": "Before",
    "after": "After", "reason": "Why", "severity": "Severity", "column": "Column", "message": "Problem",
    "value": "Written", "mend": "To mend it",
}  # fmt: skip
"""What the columns of a preview's tables are called where one row is told; others are for programs."""


async def import_file(app: ContactsApp) -> None:
    """Ask for a file, work out its preview as a job, and show it."""
    typed = await ask(app, ask_path("Import", "A spreadsheet or a text file; it is looked at first."))
    if typed is not None:
        path = expanded(typed)
        shown = await preview_of(app, path, "merge")
        await ask(app, ImportScreen(path, shown))


async def preview_of(app: ContactsApp, path: Path, duplicates: str) -> Shown:
    """The preview of a file, as a job that can be cancelled."""

    def work(progress: Progress) -> Shown:
        return Shown.of(app.hub.imports.preview(path, duplicates=duplicates, progress=progress), duplicates)

    return await app.jobs.run(f"Preview of {path.name}", work)


class FrameRows:
    """A DataFrame as a source of rows."""

    def __init__(self, frame: pandas.DataFrame, row: Callable[[Any], Sequence[Cell]]) -> None:
        self.frame = frame
        self.count = len(frame)
        self._row = row

    def fetch(self, start: int, n: int) -> list[Row]:
        part = self.frame.iloc[start : start + n]
        return [
            Row(str(start + at), tuple(self._row(record))) for at, record in enumerate(part.itertuples(index=False))
        ]


@dataclass(frozen=True, slots=True)
class Tab:
    """One table of the preview."""

    title: str
    columns: tuple[Column, ...]
    source: Rows | FrameRows


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview with all that is shown of it, made in a thread."""

    preview: Any
    duplicates: str
    summary: dict[str, Any]
    tabs: tuple[Tab, ...]

    @classmethod
    def of(cls, preview: Any, duplicates: str) -> Shown:
        return cls(preview, duplicates, dict(preview.summary), tuple(_tabs(preview)))


def _tabs(preview: Any) -> list[Tab]:
    return [
        Tab("Columns", (Column("Column", 12, share=2), Column("Means", 18, share=2), Column("Samples", 12, share=3),
                        Column("Note", 8, share=2)),
            Rows([Row(str(n), _column_cells(row, column))
                  for n, (row, column) in enumerate(zip(preview.mapping.rows(), preview.mapping, strict=True))])),
        Tab("Rows", (Column("Row", 7, right=True), Column("Outcome", 9), Column("Name", 12, share=2),
                     Column("Problems", 12, share=3)), FrameRows(preview.rows, _row_cells)),
        Tab("Changes", (Column("Row", 7, right=True), Column("What", 10, share=1), Column("Before", 10, share=2),
                        Column("After", 10, share=2), Column("Why", 10)), FrameRows(preview.changes, _change_cells)),
        Tab("Problems", (Column("Row", 7, right=True), Column("Severity", 8), Column("Column", 10, share=1),
                         Column("Problem", 20, share=4)), FrameRows(_worst_first(preview.problems), _problem_cells)),
    ]  # fmt: skip


def _worst_first(problems: pandas.DataFrame) -> pandas.DataFrame:
    """Errors, then warnings, then notes; each in the order of the file."""
    ranks = {severity: rank for rank, severity in enumerate(SEVERITY_TONES)}
    return problems.sort_values("severity", key=lambda severities: severities.map(ranks), kind="stable")


def _column_cells(row: dict[str, Any], column: Any) -> tuple[Cell, ...]:
    meaning = visible(row["target"]) + (f", new {row['type']} field" if row["new"] else "")
    return (visible(row["column"]), (meaning, "dim" if row["target"] == "ignore" else "accent"),
            visible(row["samples"]), (_column_note(column), "dim"))  # fmt: skip


def _column_note(column: Any) -> str:
    """Words where they say it all, sentences where something is wrong."""
    notes = (IN_A_WORD.get(problem.code) or problem.message("en") for problem in column.problems)
    return visible(", ".join(notes))


def _row_cells(record: Any) -> tuple[Cell, ...]:
    return (str(record.row), (record.outcome, OUTCOME_TONES.get(record.outcome, "")), _text(record.name),
            _text(record.problems))  # fmt: skip


def _change_cells(record: Any) -> tuple[Cell, ...]:
    return (str(record.row), _text(record.property.removeprefix("fields.")), (_text(record.before), "dim"),
            _text(record.after), (_text(record.reason), "dim"))  # fmt: skip


def _problem_cells(record: Any) -> tuple[Cell, ...]:
    return (_text(record.row), (record.severity, SEVERITY_TONES.get(record.severity, "")), _text(record.column),
            _text(record.message))  # fmt: skip


def _text(value: Any) -> str:
    """Missing is empty; sets as people write them."""
    import pandas

    if isinstance(value, (list, tuple, set, frozenset)):
        return visible(", ".join(str(item) for item in value))
    return "" if pandas.isna(value) else visible(value)


class ImportScreen(HubScreen):
    """See the module."""

    BINDINGS: ClassVar = keys.bindings("import")

    def __init__(self, path: Path, shown: Shown) -> None:
        super().__init__()
        self._path = path
        self._shown = shown
        self._tab = 0

    def compose(self) -> ComposeResult:
        yield TitleBar(f"Import {visible(self._path.name)}")
        yield Static(id="import-summary", markup=False)
        yield Static(id="import-tabs", markup=False)
        yield LazyTable(empty="Nothing here.", id="import-table")
        yield JobBar()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._show()

    def _show(self, *, cursor: int = 0) -> None:
        table, tab = self.query_one(LazyTable), self._shown.tabs[self._tab]
        self.query_one("#import-summary", Static).update(self._summary())
        self.query_one("#import-tabs", Static).update(self._tab_line())
        table.set_columns(tab.columns)
        table.show(tab.source, cursor=cursor)
        table.focus()

    def _summary(self) -> Text:
        """`412 create   7 update …`, and under it what would be new beside contacts."""
        counts = self._shown.summary
        line = Text()
        for outcome in ("create", "update", "unchanged", "conflict", "error", "skipped"):
            if counts[outcome]:
                line.append(f"{counts[outcome]:,}", "bold").append(f" {outcome}   ")
        for title in ("fields", "tags", "lists", "groups"):
            names = counts[f"new_{title}"]
            if names:
                shown = ", ".join(visible(name) for name in names[:6]) + (" …" if len(names) > 6 else "")
                line.append(f"\nNew {title}: ", "dim").append(shown)
        because = counts["skipped_because"]
        if because:
            reasons = ", ".join(f"{count:,} {code.replace('_', ' ')}" for code, count in because.items())
            line.append("\nSkipped: ", "dim").append(visible(reasons))
        return line

    def _tab_line(self) -> Text:
        line = Text()
        for number, tab in enumerate(self._shown.tabs):
            style = "reverse bold" if number == self._tab else "dim"
            line.append(f" {tab.title} {tab.source.count:,} ", style).append(" ")
        return line

    # Deciding

    @on(LazyTable.Opened)
    def opened(self, event: LazyTable.Opened) -> None:
        tab = self._shown.tabs[self._tab]
        if tab.title == "Columns":
            self._change_column(event.index)
        elif isinstance(tab.source, FrameRows):
            record = tab.source.frame.iloc[event.index]
            {"Rows": self._decide_row, "Problems": self._mend, "Changes": self._tell}[tab.title](record)

    @flow
    async def _change_column(self, index: int) -> None:
        column = self._shown.preview.mapping[index]
        app = self.contacts_app
        fields = await in_thread(app, lambda: [(f"Field:{field.name}", field.type) for field in app.hub.fields])
        targets = [*TARGETS, *fields]
        if column.header and f"Field:{column.header}" not in dict(targets):
            targets.append((f"Field:{column.header}", "a new field"))
        picked = await ask(app, Pick(f"What is {visible(column.header)!r}?", targets))
        if picked is not None:
            await self._replan(lambda: self._shown.preview.remap({index: picked}))

    @flow
    async def _decide_row(self, record: Any) -> None:
        number = int(record["row"])
        if record["outcome"] != "conflict":
            self._tell(record)
            return
        await self._decide(number, _text(record["problems"]))

    async def _decide(self, number: int, problems: str) -> None:
        way = await ask(self.contacts_app, Choose(f"Row {number}: conflict", [
            Choice("u", "Update", "it is the same person"),
            Choice("c", "Create", "it is another person"),
            Choice("s", "Skip", "leave the row out"),
        ], problems))  # fmt: skip
        choice = {"u": "update", "c": "create", "s": "skip", None: None}[way]
        if choice is not None:
            await self._replan(lambda: self._shown.preview.resolve(choice, row=number))

    @flow
    async def _mend(self, record: Any) -> None:
        row, column = _text(record["row"]), _text(record["column"])
        if record["code"] == "name_differs" and row:
            await self._decide(int(row), _text(record["message"]))
            return
        if not row or not column:
            self._tell(record)
            return
        value = await ask(self.contacts_app,
            Line(f"Row {row}, {column}", f"{_text(record['message'])}\n{_text(record['mend'])}",
                 value=_text(record["value"]))
        )  # fmt: skip
        if value is not None:
            await self._replan(lambda: self._shown.preview.mend(row=int(row), column=record["column"], value=value))

    def _tell(self, record: Any) -> None:
        record = {name: named(value) if name == "property" else value for name, value in record.items()}
        lines = [f"{WORDS[name]}: {_text(value)}" for name, value in record.items() if name in WORDS and _text(value)]
        self.contacts_app.push_screen(Tell(f"Row {_text(record['row'])}", "\n".join(lines)))

    async def _replan(self, decide: Callable[[], Any]) -> None:
        """A decision changes the plan: show it again, at the same place."""
        preview, duplicates = self._shown.preview, self._shown.duplicates

        def work(progress: Progress) -> Shown:
            decide()
            return Shown.of(preview, duplicates)

        self._shown = await self.contacts_app.jobs.run("Planning again", work)
        self._show(cursor=self.query_one(LazyTable).cursor)

    # Keys

    def action_next_tab(self, step: int) -> None:
        self._tab = (self._tab + step) % len(self._shown.tabs)
        self._show()

    @flow
    async def action_duplicates(self) -> None:
        way = await ask(self.contacts_app, Choose("Several rows of one contact", DUPLICATES))
        if way is not None:
            name = {"m": "merge", "f": "first", "l": "last", "e": "error"}[way]
            mapping = self._shown.preview.mapping
            self._shown = await preview_of(self.contacts_app, self._path, name)
            await self._replan(lambda: self._shown.preview.remap(mapping.as_dict()))

    @flow
    async def action_commit(self) -> None:
        app, counts, preview = self.contacts_app, self._shown.summary, self._shown.preview
        if not counts["create"] and not counts["update"]:
            app.tell("There is nothing to commit.")
            return
        left = counts["conflict"] + counts["error"]
        made, changed = counts["create"], counts["update"]
        parts = [f"{counted(made, 'row')} {'creates a contact' if made == 1 else 'create contacts'}"] if made else []
        if changed:
            parts.append(f"{counted(changed, 'row')} {'changes a contact' if changed == 1 else 'change contacts'}")
        text = ", ".join(parts) + "."
        if left:
            text += f"\n{counted(left, 'row')} in conflict or error {'is' if left == 1 else 'are'} left out."
        if not await ask(app, Confirm(f"Import {self._path.name}?", text)):
            return
        result = await app.jobs.run(f"Import of {self._path.name}", lambda progress: preview.commit(progress=progress))
        if self.is_attached:
            self.dismiss()
        if result.id:
            app.done_here(result.id)
        app.tell(f"Imported: {result.created:,} created, {result.updated:,} updated. u undoes it.")
        app.show_changes("import")
