"""What all screens share: the app as they need it, the line at their top, and no writing keys where none may write."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.screen import Screen
from textual.widgets import Static

from contacthub.tui import keys
from contacthub.tui.safe import fit

if TYPE_CHECKING:
    from contacthub.hub import Hub
    from contacthub.tui.app import ContactsApp


class HubScreen(Screen[None]):
    """A screen of the terminal interface."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a read-only session the keys that change something are not there."""
        if self.contacts_app.read_only and action in keys.WRITING_ACTIONS:
            return False
        return super().check_action(action, parameters)

    def changed(self, kind: str) -> None:
        """An operation of this session has been applied; screens that show contacts look again."""

    def action_leave(self) -> None:
        self.dismiss()

    @property
    def contacts_app(self) -> ContactsApp:
        return cast("ContactsApp", self.app)

    @property
    def hub(self) -> Hub:
        return self.contacts_app.hub


class TitleBar(Static):
    """The line at the top: where one is on the left, how it stands on the right. Both are safe text."""

    def __init__(self, place: str = "", state: str = "") -> None:
        super().__init__("", markup=False, classes="title-bar")
        self._place = place
        self._state = state

    def show(self, place: str, state: str = "") -> None:
        self._place, self._state = place, state
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        state = f" {self._state}" if self._state else ""
        self.update(fit(self._place, max(0, self.content_size.width - cell_len(state))) + state, layout=False)
