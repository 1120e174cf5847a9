"""The search bar: ContactQL with a live count, completions, and an error with a caret at its place.

The list stays as it is until enter is pressed on a query that is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from contacthub.errors import HubError, QueryError
from contacthub.tui import keys
from contacthub.tui.safe import fit, visible
from contacthub.tui.work import Latest

if TYPE_CHECKING:
    from contacthub.hub import Hub

SHOWN = 8
"""Completions shown at once."""


class SearchBar(Vertical):
    """See the module. `applied` is the query that the list shows."""

    BINDINGS: ClassVar = keys.bindings("search")

    @dataclass
    class Submitted(Message):
        """Enter on a query. It may be wrong: who runs it shows the error with `show_error`."""

        query: str

    @dataclass
    class Left(Message):
        """The box was left; the text is again the applied query."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(id="search")
        self.applied = ""
        self._hub = hub
        self._completions: list[Any] = []
        self._applied_count = ""
        self._counts = Latest(self, "count")
        self._completing = Latest(self, "complete")

    def compose(self) -> ComposeResult:
        with Horizontal(id="search-line"):
            yield Static("/", id="search-sign", markup=False)
            yield Input(id="search-input", compact=True, placeholder="name ~ ana AND tag = vip", select_on_focus=False)
            yield Static("", id="search-count", markup=False)
        yield Static("", id="search-error", markup=False)
        yield OptionList(id="search-completions", markup=False, compact=True)

    def on_mount(self) -> None:
        self._options.can_focus = False
        self._options.display = False
        self._error.display = False

    def show_applied(self, query: str, count: int) -> None:
        """The list now shows `query`."""
        self.applied = query
        self._applied_count = f"{count:,}"
        with self.prevent(Input.Changed):
            self._input.value = query
        self._input.cursor_position = len(query)
        self._close()
        self._count.update(self._applied_count, layout=False)
        self._error.display = False

    def show_error(self, error: HubError) -> None:
        """Under the bar, with a caret at the place if the error has one."""
        lines = []
        if isinstance(error, QueryError):
            lines.append(self._caret(error))
        lines.append(visible(error.message))
        self._error.update(Content("\n".join(lines)))
        self._error.display = True
        self._count.update("—", layout=False)

    def edit(self) -> None:
        """Put the cursor into the box; typing replaces the query, an arrow key keeps it."""
        self._input.focus()
        self._input.action_select_all()

    def _caret(self, error: QueryError) -> str:
        """Carets under the characters concerned, as far as they are in view."""
        value = self._input.value
        before = cell_len(value[: error.start]) - round(self._input.scroll_offset.x)
        width = max(1, cell_len(value[error.start : error.end]))
        room = max(1, self._input.content_size.width)
        start = min(max(0, before), room - 1)
        return " " * start + "^" * max(1, min(width, room - start))

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        event.stop()
        query = event.value
        self._counts.submit(lambda: len(self._hub.find(query)), self._counted, self.show_error)
        self._complete()

    def _counted(self, count: int) -> None:
        if self._input.value == self.applied:
            self._applied_count = f"{count:,}"
        self._count.update(f"{count:,}", layout=False)
        self._error.display = False

    # Completion

    def _complete(self) -> None:
        text, cursor = self._input.value, self._input.cursor_position
        self._completing.submit(lambda: self._hub.complete(text, cursor), self._offer)

    def _offer(self, completions: list[Any]) -> None:
        if not self._input.has_focus:
            return
        self._completions = completions[:SHOWN]
        lines = _offered(self._completions, self.size.width - 6)
        width = (cell_len(lines[0].plain) if lines else 0) + 4  # with its frame and padding
        self._options.clear_options().add_options(Option(line) for line in lines)
        self._options.styles.width = width
        self._options.display = bool(self._completions)
        if self._completions:
            self._options.highlighted = 0
            start = cell_len(self._input.value[: self._completions[0].start]) - round(self._input.scroll_offset.x)
            self._options.styles.offset = (max(0, min(start + 2, self.size.width - width)), 0)

    def _close(self) -> bool:
        """Close the completions; False if there were none."""
        open_before = bool(self._completions)
        self._completions = []
        self._options.display = False
        return open_before

    def action_accept(self) -> None:
        if not self._completions:
            self._complete()
            return
        item = self._completions[self._options.highlighted or 0]
        value = self._input.value
        self._input.value = value[: item.start] + item.text + value[item.end :]
        self._input.cursor_position = item.start + len(item.text)

    def action_move(self, step: int) -> None:
        if self._completions:
            self._options.highlighted = ((self._options.highlighted or 0) + step) % len(self._completions)
        elif step > 0:
            self.action_leave()

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._options.highlighted = event.option_index
        self.action_accept()

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        event.stop()
        self._close()
        self.post_message(self.Submitted(event.value))

    def action_leave(self) -> None:
        """Close the completions; then leave the box, with the applied query in it."""
        if self._close():
            return
        with self.prevent(Input.Changed):
            self._input.value = self.applied
        self._count.update(self._applied_count, layout=False)
        self._error.display = False
        self.post_message(self.Left())

    @on(events.DescendantBlur)
    def blurred(self) -> None:
        self._close()

    @property
    def _input(self) -> Input:
        return self.query_one("#search-input", Input)

    @property
    def _count(self) -> Static:
        return self.query_one("#search-count", Static)

    @property
    def _error(self) -> Static:
        return self.query_one("#search-error", Static)

    @property
    def _options(self) -> OptionList:
        return self.query_one("#search-completions", OptionList)


def _offered(items: list[Any], room: int) -> list[Content]:
    """Label, kind and count, each in its column; all lines are as wide as the widest, and at most `room`."""
    rows = [
        (visible(item.label), visible(item.kind), f"{item.count:,}" if item.count is not None else "") for item in items
    ]
    label, kind, count = (max((cell_len(row[column]) for row in rows), default=0) for column in range(3))
    label = max(8, min(label, room - kind - count - 4))
    gap = "  " if count else ""
    return [
        Content.assemble(
            fit(name, label),
            (f"  {fit(what, kind)}{gap}{number:>{count}}" if count else f"  {fit(what, kind)}", "$text-muted"),
        )
        for name, what, number in rows
    ]
