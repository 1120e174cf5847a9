"""The application: theme, keys, filters, and what is the same on every screen: errors, jobs, undo, import, export."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App, SystemCommand
from textual.filter import LineFilter
from textual.screen import Screen

from contacthub.errors import HubError
from contacthub.tui import config, keys
from contacthub.tui.ask import Confirm, Dialog, Tell
from contacthub.tui.base import HubScreen
from contacthub.tui.browse import BrowseScreen
from contacthub.tui.jobs import JobBar, Jobs, JobsScreen
from contacthub.tui.safe import HostileFilter, visible
from contacthub.tui.table import LazyTable
from contacthub.tui.typeahead import TypeAhead
from contacthub.tui.verbs import VerbScreen
from contacthub.tui.when import Clock
from contacthub.tui.words import deed, undo_text
from contacthub.tui.work import ask, flow, in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from contacthub.hub import Hub, Operation

PAGE_OF_HISTORY = 50
SEARCHED = 1_000
"""Operations looked through for the one to take back."""


class ContactsApp(App[int]):
    """The terminal interface on one hub. `now` and `settings` are given by tests."""

    CSS_PATH = "style.tcss"
    TITLE = "contacthub"
    BINDINGS: ClassVar = keys.bindings("app")
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self,
        hub: Hub,
        *,
        read_only: bool = False,
        settings: config.Config | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__()
        self.hub = hub
        self.read_only = read_only
        self.settings = settings if settings is not None else config.load()
        self.clock = Clock(hub.settings.timezone, now)
        self.typeahead = TypeAhead(self, super().on_event)
        self._title = hub.settings.name or Path(hub.path).name
        self.jobs = Jobs(self)
        self._own: set[int] = set()
        """Operations of this session, which u takes back unasked."""
        self.bugs: list[BaseException] = []
        """Errors that are not the person's and not the hub's; shown as a dialog and logged."""
        self.theme = self.settings.theme
        self._hostile = HostileFilter()

    def on_mount(self) -> None:
        self.set_keymap(self.settings.keymap)
        self.push_screen(BrowseScreen(self.hub, self.clock, self._title))

    def on_unmount(self) -> None:
        self.jobs.cancel_all()

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._hostile]

    async def on_event(self, event: events.Event) -> None:
        """Keys wait for each other; everything else is as in Textual."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.typeahead.take(event)
        else:
            await super().on_event(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a read-only session the keys that change something are not there."""
        if self.read_only and action in keys.WRITING_ACTIONS:
            return False
        return super().check_action(action, parameters)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette: what the keys of this screen do, and the themes."""
        for key in keys.KEYS:
            if key.where in keys.COMMANDS and not (self.read_only and key.writes):
                node = screen if hasattr(screen, f"action_{key.action.partition('(')[0]}") else self
                if node is screen or key.where == "app":
                    yield SystemCommand(key.label, f"{key.text}  ({key.display})", self._runner(key.action, node))
        yield SystemCommand(
            "Duplicates", "Who may be there twice: contacthub duplicates, in a shell", self._tell_duplicates
        )
        yield SystemCommand("Theme", "Change the colours", self.action_change_theme)

    def _tell_duplicates(self) -> None:
        text = (
            "In a shell, contacthub duplicates lists contacts that may be one person, the surest first.\n"
            "Here, mark two contacts and press M to make them one."
        )
        self.push_screen(Tell("Duplicates", text))

    def _runner(self, action: str, node: Any) -> Callable[[], None]:
        return lambda: self.run_worker(self.run_action(action, default_namespace=node), group="command")  # type: ignore

    def push_screen(self, screen: Any, *arguments: Any, **options: Any) -> Any:
        """A note makes room for a dialog: at 80x24 it would cover its keys."""
        if isinstance(screen, Dialog):
            self.clear_notifications()
        return super().push_screen(screen, *arguments, **options)

    # What every screen tells and asks

    def tell(self, text: str) -> None:
        """A passing note, in place of the one before it."""
        self.clear_notifications()
        self.notify(visible(text), markup=False, timeout=5)

    def copy(self, text: str, shown: str) -> None:
        """Into the clipboard of the operator's terminal, by OSC 52; the value is shown too, where that is not let."""
        self.copy_to_clipboard(text)
        self.tell(f"Copied: {shown}")

    def show_error(self, error: Exception) -> None:
        """An error of the hub: what is wrong, and what would be right."""
        if not isinstance(error, HubError):
            self.show_bug(error)
        elif not (isinstance(self.screen, Tell) and self.screen.text == error.message):  # told already, of a second try
            self.push_screen(Tell("This cannot be done", error.message, kind="error"))

    def show_bug(self, error: BaseException) -> None:
        """An error in contacthub itself: told in a dialog, with its traceback in the log."""
        self.bugs.append(error)
        log = config.log_bug("".join(traceback.format_exception(error)))
        self.push_screen(Tell(
            "Something went wrong inside contacthub",
            f"{type(error).__name__}: {error}\n\nNothing more was done. The details are in {log}", kind="error",
        ))  # fmt: skip

    def changed(self, operation: Operation) -> None:
        """An operation of this session has been applied: say so, and let the screens show it."""
        self._own.add(operation.id)
        self.tell(f"{deed(operation)}. u undoes it.")
        self.show_changes(operation.kind)

    def done_here(self, operation: int) -> None:
        """This session has applied it, and has told so itself."""
        self._own.add(operation)

    def undone(self, report: Any) -> None:
        """An undo or redo is done: its three buckets."""
        from contacthub.tui.history import report_text

        redo = report.of.kind == "undo"
        if report.operation is not None:
            self._own.add(report.operation.id)
        if report.kept or report.failed:
            self.push_screen(Tell("Redone in part" if redo else "Undone in part", report_text(report)))
        else:
            self.tell(f"{undo_text(report)}. {'u undoes' if redo else 'ctrl+r redoes'} it.")
        self.show_changes("undo")

    def show_changes(self, kind: str) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, HubScreen):
                screen.changed(kind)

    @on(Jobs.Changed)
    def job_changed(self, event: Jobs.Changed) -> None:
        for screen in self.screen_stack:
            for bar in screen.query(JobBar):
                bar.show(self.jobs)
            if isinstance(screen, JobsScreen):
                screen.show()

    @on(LazyTable.PageFailed)
    def page_failed(self, event: LazyTable.PageFailed) -> None:
        self.show_error(event.error)

    # Keys that work everywhere

    @flow
    async def action_undo(self) -> None:
        await self._take_back(redo=False)

    @flow
    async def action_redo(self) -> None:
        await self._take_back(redo=True)

    async def _take_back(self, *, redo: bool) -> None:
        """The newest operation of this person. What she did elsewhere or earlier, or to several contacts, is shown
        first: pressing u once more than meant must not walk back into last week."""
        hub, title = self.hub, "Redo" if redo else "Undo"
        operation = await in_thread(self, lambda: newest(hub, redo=redo))
        if operation is None:
            await in_thread(self, hub.redo if redo else hub.undo)  # raises the sentence that says so
            return
        if operation.id not in self._own or (operation.count > 1 and not redo):
            text = f"{deed(operation)}\nby {operation.actor} in {operation.surface}, {self.clock.minute(operation.at)}"
            if not await ask(self, Confirm(f"{title} this?", text)):
                return
        self.undone(await self.jobs.run(f"{title}: {operation.summary}", lambda progress: hub.undo(operation.id)))

    @flow
    async def action_import_file(self) -> None:
        from contacthub.tui.importing import import_file

        await import_file(self)

    @flow
    async def action_export(self) -> None:
        from contacthub.tui.exporting import export

        screen = next(screen for screen in reversed(self.screen_stack) if isinstance(screen, VerbScreen))
        if targets := screen.all_targets():
            await export(self, targets)
        else:
            self.tell("No contact here.")

    def action_jobs(self) -> None:
        if not isinstance(self.screen, JobsScreen):
            self.push_screen(JobsScreen())

    def action_history(self) -> None:
        from contacthub.tui.history import HistoryScreen

        if not isinstance(self.screen, HistoryScreen):
            self.push_screen(HistoryScreen(self.hub, self.clock))

    def action_help(self) -> None:
        from contacthub.tui.help import HelpScreen

        self.push_screen(HelpScreen(self.settings.keymap, read_only=self.read_only))

    @flow
    async def action_quit(self) -> None:  # type: ignore[override]
        running = len(self.jobs.running)
        if running:
            text = "It is cancelled, and the hub left as it was." if running == 1 else "They are cancelled."
            if not await ask(self, Confirm(f"{running} running. Quit?", text)):
                return
        self.exit(0)

    def _fatal_error(self) -> None:
        """An error on the event loop ends the session: the terminal gets two sentences, the log the traceback."""
        log = config.log_bug(traceback.format_exc())
        self.panic(Text(f"Something went wrong inside contacthub; the hub itself is safe. The details are in {log}"))


def newest(hub: Hub, *, redo: bool) -> Operation | None:
    """What undo, or redo, would take back now. Runs in a thread."""
    for start in range(0, SEARCHED, PAGE_OF_HISTORY):
        page = hub.operations(limit=PAGE_OF_HISTORY, offset=start, actor=hub.actor)
        for operation in page:
            wanted = operation.kind == "undo" if redo else operation.undoes is None
            if wanted and operation.undone_by is None and operation.undoable and not operation.pruned:
                return operation
        if len(page) < PAGE_OF_HISTORY:
            return None
    return None
