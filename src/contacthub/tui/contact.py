"""One contact on the whole screen, with its history; n and p go through the list that it was opened from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.widgets import Footer

from contacthub.errors import NotFound
from contacthub.tui import keys
from contacthub.tui.base import TitleBar
from contacthub.tui.card import CardData, ContactCard, load_card
from contacthub.tui.jobs import JobBar
from contacthub.tui.safe import visible
from contacthub.tui.table import LazyTable
from contacthub.tui.verbs import Targets, VerbScreen
from contacthub.tui.when import Clock
from contacthub.tui.work import Latest

if TYPE_CHECKING:
    from contacthub.hub import Hub

HISTORY_SHOWN = 200


class ContactScreen(VerbScreen):
    """See the module."""

    BINDINGS: ClassVar = keys.bindings("card", "contact")
    AUTO_FOCUS = "ContactCard"

    def __init__(self, hub: Hub, clock: Clock, table: LazyTable, index: int) -> None:
        super().__init__()
        self._hub = hub
        self._clock = clock
        self._table = table
        self._index = index
        self._uuid = ""
        self._latest = Latest(self, "card")

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield ContactCard(self._clock)
        yield JobBar()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._load()

    def _load(self) -> None:
        source, index, hub, clock = self._table.source, self._index, self._hub, self._clock

        def load() -> CardData | None:
            row = self._table.row_at(index) or next(iter(source.fetch(index, 1)), None)
            try:
                return load_card(hub, row.key, clock, history=HISTORY_SHOWN) if row is not None else None
            except NotFound:
                return None

        self._latest.submit(load, self._show)

    def _show(self, data: CardData | None) -> None:
        position = f"{self._index + 1:,} of {self._table.count:,}"
        if data is None:
            self._uuid = ""
            self.card.clear()
            self._title.show("This contact is no longer there", position)
            return
        self._uuid = data.contact.uuid
        self._title.show(visible(data.contact.name) or "no name", position)
        self.card.show(data)

    def changed(self, kind: str) -> None:
        """An operation of this session has been applied."""
        self._load()

    def targets(self) -> Targets | None:
        uuid, hub = self._uuid, self._hub
        return Targets(1, lambda: hub.audience([uuid]), lambda: hub.contacts.get(uuid)) if uuid else None

    def action_next(self, step: int) -> None:
        index = max(0, min(self._index + step, self._table.count - 1))
        if index != self._index:
            self._index = index
            self._table.cursor = index
            self._load()

    def action_back(self) -> None:
        self.dismiss()

    @property
    def card(self) -> ContactCard:
        return self.query_one(ContactCard)

    @property
    def _title(self) -> TitleBar:
        return self.query_one(TitleBar)
