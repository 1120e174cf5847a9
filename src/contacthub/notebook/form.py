"""The form under the explorer's buttons: a name, what would happen, and Apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from contacthub.errors import HubError
from contacthub.notebook.actions import Action, Foreseen
from contacthub.notebook.guard import shown
from contacthub.notebook.notice import Notice

if TYPE_CHECKING:
    from contacthub.notebook.explorer import Explorer


class ActionForm(ipywidgets.VBox):
    """Asks for what an action needs. While one types it tells what would happen; only Apply makes it happen."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.last_error: Exception | None = None
        self._action: Action | None = None
        self._foreseen: Foreseen | None = None
        self.name = ipywidgets.Combobox(layout={"width": "340px"}, style={"description_width": "initial"})
        self.name.observe(self._typed, "value")
        self.apply_button = ipywidgets.Button(description="Apply", button_style="primary", disabled=True)
        self.apply_button.on_click(lambda _: self._apply())
        self.cancel_button = ipywidgets.Button(description="Cancel")
        self.cancel_button.on_click(lambda _: self.dismiss())
        self.outlook = Notice()
        line = ipywidgets.HBox([self.name, self.apply_button, self.cancel_button])
        super().__init__([line, self.outlook], layout={"display": "none"})
        self.add_class("contacthub-form")

    def ask(self, action: Action) -> None:
        self._action = None  # what is typed below is not yet an answer to it
        self.name.options = list(action.choices(self.explorer.hub))
        self.name.description, self.name.value = action.asks, action.proposal
        self._action = action
        self.layout.display = "flex"
        self.foresee()

    def dismiss(self) -> None:
        self._action = self._foreseen = None
        self.layout.display = "none"

    @shown
    def _typed(self, _change: Any) -> None:
        self.foresee()

    def foresee(self) -> None:
        """Tell what Apply would do now, with these people and this name."""
        self._foreseen = None
        self.apply_button.disabled = True
        text = self.name.value.strip()
        if self._action is None:
            return
        if not text:
            self.outlook.clear()
            return
        try:
            self._foreseen = self._action.foresee(self.explorer.scope(), text)
        except HubError as error:
            self.outlook.tell(str(error), "warn")  # a name half typed is no failure
        else:
            self.outlook.tell(self._foreseen.text, "muted")
            self.apply_button.disabled = not self._foreseen.worth_doing

    @shown
    def _apply(self) -> None:
        if self._foreseen is not None and self._action is not None:
            title = f"{self._action.title.rstrip('…')} {self.name.value}…"
            self.explorer.work.run(title, self._foreseen.do, self.explorer.done)
            self.dismiss()

    def show_error(self, message: str) -> None:
        self.outlook.tell(message, "bad")
