"""All operations, newest first; any of them can be undone from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Footer

from contacthub.tui import keys
from contacthub.tui.ask import Confirm, Tell
from contacthub.tui.base import HubScreen, TitleBar
from contacthub.tui.jobs import JobBar
from contacthub.tui.safe import visible
from contacthub.tui.table import Column, LazyTable, Row, Rows
from contacthub.tui.when import Clock
from contacthub.tui.words import counted, undo_text
from contacthub.tui.work import Latest, ask, flow, in_thread

if TYPE_CHECKING:
    from contacthub.hub import Hub, Operation

SHOWN = 1_000
"""Operations listed; older ones are in `contacthub history`."""
LINES_SHOWN = 12


class HistoryScreen(HubScreen):
    """See the module."""

    BINDINGS: ClassVar = keys.bindings("history")
    COLUMNS = (
        Column("No.", 5, right=True), Column("When", 16), Column("Who", 8), Column("What", 20, share=1),
        Column("Contacts", 9, right=True), Column("State", 8),
    )  # fmt: skip

    def __init__(self, hub: Hub, clock: Clock) -> None:
        super().__init__()
        self._hub = hub
        self._clock = clock
        self._operations: list[Operation] = []
        self._latest = Latest(self, "history")

    def compose(self) -> ComposeResult:
        yield TitleBar("History")
        yield LazyTable(self.COLUMNS, empty="Nothing has been done yet.")
        yield JobBar()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.load()

    def load(self) -> None:
        self._latest.submit(lambda: self._hub.operations(limit=SHOWN), self._show)

    def changed(self, kind: str) -> None:
        """An operation of this session has been applied."""
        self.load()

    def _show(self, operations: list[Operation]) -> None:
        self._operations = operations
        table = self.query_one(LazyTable)
        table.show(Rows([self._row(operation) for operation in operations]), cursor=table.cursor)

    def _row(self, operation: Operation) -> Row:
        tone = "dim" if operation.undone_by is not None else ""
        cells = (
            str(operation.id), self._clock.minute(operation.at), visible(operation.actor), visible(operation.summary),
            f"{operation.count:,}", "undone" if operation.undone_by is not None else "",
        )  # fmt: skip
        return Row(str(operation.id), tuple((cell, tone) if tone else cell for cell in cells))

    @on(LazyTable.Opened)
    def tell(self, event: LazyTable.Opened) -> None:
        operation = self._operations[event.index]
        lines = [
            f"{counted(operation.count, 'contact')}, by {operation.actor} in {operation.surface}",
            self._clock.minute(operation.at),
        ]
        if operation.undone_by is not None:
            lines.append(f"undone by operation {operation.undone_by}")
        if operation.undoes is not None:
            lines.append(f"undoes operation {operation.undoes}")
        self.app.push_screen(Tell(f"{operation.id}  {operation.summary}", "\n".join(lines)))

    @flow
    async def action_undo_this(self) -> None:
        if not self._operations:
            return
        operation = self._operations[self.query_one(LazyTable).cursor]
        app = self.contacts_app
        report = await in_thread(app, lambda: self._hub.plan.undo(operation.id))
        if await ask(app, Confirm(f"Undo operation {operation.id}?", report_text(report))):
            done = await app.jobs.run(f"Undo: {operation.summary}", lambda progress: self._hub.undo(operation.id))
            app.undone(done)


def report_text(report: Any) -> str:
    """An undo in its three buckets; what was kept or failed line by line."""
    lines = [undo_text(report)]
    for title, bucket in (("Kept", report.kept), ("Failed", report.failed)):
        if bucket:
            lines += ["", f"{title}:"]
            shown = [line for line, _ in zip(bucket, range(LINES_SHOWN), strict=False)]
            lines += [f"  {line}" for line in shown]
            if len(bucket) > len(shown):
                lines.append(f"  … {len(bucket) - len(shown):,} more")
    return "\n".join(lines)
