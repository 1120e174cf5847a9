"""Questions: confirm, type the count, pick one, choose by a key, write a line; and the dialog that tells an error.

Each is a modal screen that gives a value, or None (False for a confirmation) when the person leaves it. Texts are
data or hold data, so nothing here is read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from contacthub.tui import keys
from contacthub.tui.safe import visible, visible_lines

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """A box in the middle of the screen: title, text, whatever `fields` gives, and a line that tells the keys."""

    BINDINGS: ClassVar = keys.bindings("dialog")
    kind = ""
    """A CSS class of the box: `danger` or `error`."""
    hint = ""

    def __init__(self, title: str, text: str = "") -> None:
        super().__init__()
        self._title = title
        self.text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes=self.kind):
            yield Static(visible(self._title), id="dialog-title", markup=False)
            if self.text:
                yield Static(visible_lines(self.text), id="dialog-text", markup=False)
            yield from self.fields()
            yield Static(self.hint, id="dialog-hint", markup=False)

    def fields(self) -> ComposeResult:
        yield from ()

    def action_leave(self) -> None:
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Yes or no. Enter says yes, since what is asked here can be undone; what cannot asks for the count."""

    BINDINGS: ClassVar = keys.bindings("confirm")
    hint = "y yes   n no"

    def action_yes(self) -> None:
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)


class Tell(Dialog[None]):
    """An error, or something long to read. Any of enter, escape, q closes it."""

    BINDINGS: ClassVar = keys.bindings("tell")
    hint = "enter close"

    def __init__(self, title: str, text: str, *, kind: str = "") -> None:
        super().__init__(title, text)
        self.kind = kind


class Line(Dialog[str]):
    """One line of text. `check` gives what is wrong with it, or None. Enter takes it."""

    hint = "enter ok   esc leave"

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        value: str = "",
        placeholder: str = "",
        check: Callable[[str], str | None] | None = None,
        suggester: Suggester | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(title, text)
        self._value = value
        self._placeholder = placeholder
        self._check = check
        self._suggester = suggester
        if hint:
            self.hint = hint

    def fields(self) -> ComposeResult:
        yield Input(
            self._value, placeholder=self._placeholder, suggester=self._suggester, id="dialog-input", compact=True
        )
        yield Static("", id="dialog-error", markup=False)

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        event.stop()
        wrong = self._check(event.value) if self._check else None
        if wrong is None:
            self.dismiss(event.value)
        else:
            self.query_one("#dialog-error", Static).update(visible(wrong))

    @on(Input.Changed)
    def forget_error(self) -> None:
        self.query_one("#dialog-error", Static).update("")


class TypeCount(Line):
    """Asks for a number to be typed, so that a slip, or letters that were pasted, do not do it."""

    kind = "danger"

    def __init__(self, title: str, text: str, count: int) -> None:
        super().__init__(
            title, f"{text}\n\nType {count} to go on.",
            check=lambda typed: None if typed.strip().replace(",", "") == str(count) else f"Type {count}, or esc.",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few ways, taken by its key. `note` says more; `refused` says why it cannot be taken."""

    key: str
    label: str
    note: str = ""
    refused: str = ""


class Choose(Dialog[str]):
    """A few ways, each with its key; nothing is preselected. Gives the key."""

    hint = "press the letter   esc leave"

    def __init__(self, title: str, choices: Sequence[Choice], text: str = "") -> None:
        super().__init__(title, text)
        self._choices = choices

    def fields(self) -> ComposeResult:
        for choice in self._choices:
            line = Content.assemble(
                (f" {choice.key} ", "$text-disabled" if choice.refused else "bold $footer-key-foreground"),
                f" {visible(choice.label):<12}",
                (f" {visible(choice.refused or choice.note)}", "$text-muted"),
            )
            yield Static(line, classes="choice")

    def on_key(self, event: Key) -> None:
        for choice in self._choices:
            if choice.key == event.character:
                event.stop().prevent_default()  # or the screen below would take it too
                if not choice.refused:
                    self.dismiss(choice.key)


class Pick(Dialog[str]):
    """One of many names: typing narrows the list, enter takes the highlighted one.

    With `new`, a name that is not in the list can be made: the last line offers it.
    """

    hint = "type to narrow   ↑ ↓   enter take   esc leave"
    BINDINGS: ClassVar = keys.bindings("dialog", "pick")

    def __init__(self, title: str, names: Sequence[tuple[str, str]], *, text: str = "", new: str = "") -> None:
        """`names`: value and note. `new`: what a new one is called, such as `tag`; empty: none can be made."""
        super().__init__(title, text)
        self._names = names
        self._new = new

    def fields(self) -> ComposeResult:
        yield Input(id="dialog-input", compact=True, placeholder=f"name of a {self._new}" if self._new else "")
        yield OptionList(id="dialog-options", markup=False, compact=True)

    def on_mount(self) -> None:
        self._narrow("")

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        self._narrow(event.value)

    def _narrow(self, typed: str) -> None:
        """Those that begin with the text first, then those that hold it; at most 200."""
        wanted = typed.strip().casefold()
        found = [item for item in self._names if wanted in item[0].casefold()]
        found.sort(key=lambda item: not item[0].casefold().startswith(wanted))
        options = [Option(_named(name, note), id=f"={name}") for name, note in found[:200]]
        if self._new and wanted and all(name.casefold() != wanted for name, _ in found):
            options.append(Option(_named(typed.strip(), f"a new {self._new}"), id=f"={typed.strip()}"))
        listing = self.query_one(OptionList)
        listing.clear_options().add_options(options)
        if options:
            listing.highlighted = 0

    def action_move(self, step: int) -> None:
        listing = self.query_one(OptionList)
        if listing.option_count:
            listing.highlighted = ((listing.highlighted or 0) + step) % listing.option_count

    @on(Input.Submitted)
    def take_highlighted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def take(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss((event.option.id or "=")[1:])


def _named(name: str, note: str) -> Content:
    return Content.assemble(visible(name), (f"  {visible(note)}" if note else "", "$text-muted"))
