"""The segment explorer: type a query, see who it matches, and do something with them.

What it shows is what it has: `.query`, `.value`, `.audience` and `.selection` are read in the next cell, and `.code()`
is the Python that does the same without it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets

from contacthub.errors import NotFound, Refused
from contacthub.notebook.actions import ACTIONS, Action, Done, Scope
from contacthub.notebook.form import ActionForm
from contacthub.notebook.funnel import Funnel
from contacthub.notebook.guard import shown
from contacthub.notebook.notice import Notice
from contacthub.notebook.people import AudienceRows
from contacthub.notebook.querybox import QueryBox
from contacthub.notebook.rows import counted
from contacthub.notebook.script import Script
from contacthub.notebook.table import ContactTable
from contacthub.notebook.work import Work

if TYPE_CHECKING:
    import pandas as pd

    from contacthub.hub import Audience, Hub


class Explorer(ipywidgets.VBox):
    """What `hub.explore()` shows."""

    def __init__(self, hub: Hub, query: str = "") -> None:
        self.hub = hub
        self.last_error: Exception | None = None
        self._lock = threading.RLock()  # work that ends in its thread searches again, as typing does
        self._query = ""
        self._audience: Audience = hub.find("")
        self._done: list[Done] = []

        self.box = QueryBox(self._search, hub.complete)
        self.funnel = Funnel()
        self.table = ContactTable(visible_rows=10, on_select=lambda _: self._scope_changed())
        self.table.observe(self._sorted, "sort")
        self.scope_label = ipywidgets.Label()
        self.buttons = {action.key: self._button(action) for action in ACTIONS}
        self.undo_button = ipywidgets.Button(description="Undo", disabled=True)
        self.undo_button.on_click(lambda _: self._undo_clicked())
        toolbar = ipywidgets.HBox([self.scope_label, *self.buttons.values(), self.undo_button])
        toolbar.add_class("contacthub-toolbar")
        self.work = Work(self)
        self.notice = Notice()
        self.form = ActionForm(self)
        super().__init__([self.box, self.funnel, self.table, toolbar, self.form, self.work, self.notice])
        self.add_class("contacthub")
        self.add_class("contacthub-explorer")
        self._search("")
        if query:
            self.query = query

    # What the next cell reads

    @property
    def query(self) -> str:
        """The query that is shown. Set it to show another; a text that is no query is told in the box."""
        return self._query

    @query.setter
    def query(self, text: str) -> None:
        self.box.enter(text)

    @property
    def audience(self) -> Audience:
        """Everybody who matches."""
        return self._audience

    @property
    def count(self) -> int:
        return self._audience.count

    @property
    def value(self) -> pd.DataFrame:
        """Everybody who matches, as a typed DataFrame indexed by uuid."""
        return self._audience.to_pandas()

    @property
    def selection(self) -> Audience:
        """Those who are selected in the table; nobody when nothing is."""
        return self.hub.audience(self.table.selection)

    def code(self) -> Script:
        """The Python that gives the same people, and does again what was done here."""
        sort = f", sort={self.table.sort!r}" if self.table.sort else ""
        return Script.of(
            "import contacthub as ch",
            "",
            f"hub = ch.open({str(self.hub.path)!r})",
            *(done.code for done in self._done),
            f"people = hub.find({self._query!r}{sort})",
            "people.to_pandas()",
        )

    # Searching

    def _search(self, text: str) -> None:
        """Show who matches. Raises QueryError for a text that is no query; what was shown stays."""
        with self._lock:
            audience = self.hub.find(text, sort=self.table.sort or None)
            checked = self.hub.check(text) if text.strip() else None
            selected = self._still_selected(audience) if text == self._query else ()
            self.table.show(AudienceRows(self.hub, audience, list(checked.fields) if checked else ()), selected)
            self._query, self._audience = text, audience
            self.box.count = f"{audience.count:,} of {len(self.hub.contacts):,}"
            self.box.hint = _read_as(checked.canonical, text) if checked else ""
            self.funnel.show(audience if checked else None)
            self._scope_changed()

    def _still_selected(self, audience: Audience) -> Sequence[str]:
        """Of those who are selected, who matches as before: for another order, or after a change."""
        try:
            return (self.selection & audience).uuids if self.table.selection else ()
        except NotFound:  # one of them was deleted meanwhile
            return ()

    @shown
    def _sorted(self, _change: Any) -> None:
        self._search(self._query)

    # Doing

    def scope(self) -> Scope:
        """Whom an action is about: those who are selected, or everybody who matches."""
        if self.table.selection:
            return Scope(self.hub, self._query, self.selection, selected=True)
        return Scope(self.hub, self._query, self._audience)

    def _scope_changed(self) -> None:
        selected = len(self.table.selection)
        self.scope_label.value = f"{selected:,} selected:" if selected else f"All {counted(self.count, 'contact')}:"
        self.form.foresee()

    def _button(self, action: Action) -> ipywidgets.Button:
        button = ipywidgets.Button(description=action.title)
        button.on_click(lambda _: self._open(action))
        return button

    @shown
    def _open(self, action: Action) -> None:
        self.notice.clear()
        self.form.ask(action)

    def done(self, done: Done) -> None:
        """An action is done: tell it, offer to undo it, and search again."""
        self._done.append(done)
        self._offer_undo()
        self._search(self._query)
        self.notice.tell(done.text, "good")

    @property
    def _last(self) -> Done | None:
        """What can be undone here: the newest thing done that is an operation."""
        return next((done for done in reversed(self._done) if done.operation), None)

    def _offer_undo(self) -> None:
        last = self._last
        self.undo_button.disabled = last is None
        self.undo_button.description = f"Undo: {last.operation.summary}" if last and last.operation else "Undo"

    def undo(self) -> None:
        """Take back what was done last in this explorer; what was changed since is kept, and told."""
        if self._last is None:
            raise Refused("Nothing was changed in this explorer.")
        self._undo(self._last)
        self.work.wait()

    @shown
    def _undo_clicked(self) -> None:
        if self._last is not None:
            self._undo(self._last)

    def _undo(self, last: Done) -> None:
        assert last.operation is not None
        id = last.operation.id
        self.work.run(
            f"{self.undo_button.description}…", lambda _: self.hub.undo(id), lambda report: self._undone(last, report)
        )

    def _undone(self, last: Done, report: Any) -> None:
        self._done.remove(last)
        self._offer_undo()
        self._search(self._query)
        self.notice.tell(report.summary, "warn" if report.kept or report.failed else "good")

    def show_error(self, message: str) -> None:
        self.notice.tell(message, "bad")

    # Where there is no browser

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        data = dict(super()._repr_mimebundle_(**options) or {})
        return data | {"text/html": self.table.as_html(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"{self._query or 'Everybody'}\n\n{self.table.as_text()}"


def _read_as(canonical: str, text: str) -> str:
    """How the query is understood, when that is more than what was typed with its quotes and prefixes."""

    def plain(query: str) -> str:
        return " ".join(query.replace('"', "").replace("fields.", "").split()).casefold()

    return "" if plain(canonical) == plain(text) else f"Read as  {canonical}"
