"""The keys, from the key table, and what the signs mean."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from contacthub.tui import keys
from contacthub.tui.base import TitleBar
from contacthub.tui.columns import LEGEND

QUERIES = (
    ("ana", "a word of the name, or a number"),
    ("name ~ ana", "a word that begins so"),
    ("tag = vip AND age > 30", "both"),
    ('city = "São Paulo" OR city = Recife', "either"),
    ("last_seen_on > -7d", "seen in the last seven days"),
    ('age = ""', "not set"),
    ("NOT (tag = vip)", "the others"),
)


class HelpScreen(ModalScreen[None]):
    """See the module."""

    BINDINGS: ClassVar = keys.bindings("help")
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, remapped: dict[str, str] | None = None, *, read_only: bool = False) -> None:
        """`remapped`: key id → the keys that the operator's configuration gives it."""
        super().__init__()
        self._remapped = remapped or {}
        self._read_only = read_only

    def compose(self) -> ComposeResult:
        yield TitleBar("Keys")
        with VerticalScroll():
            yield Static(self._content(), markup=False)
        yield Footer(show_command_palette=False)

    def _content(self) -> RenderableType:
        parts: list[RenderableType] = []
        for title, entries in keys.in_places():
            shown = [key for key in entries if not (self._read_only and key.writes)]
            if not shown:
                continue
            table = Table.grid(padding=(0, 2))
            table.add_column(width=16, justify="right")
            table.add_column(overflow="fold")
            for key in shown:
                table.add_row(Text(keys.display(self._remapped.get(key.id, key.keys)), "bold"), Text(key.text))
            parts += [Text(), Text(title.upper(), "bold underline"), table]
        queries = Table.grid(padding=(0, 2))
        for query, meaning in QUERIES:
            queries.add_row(Text(query, "bold"), Text(meaning))
        parts += [Text(), Text("SIGNS", "bold underline"), Text(LEGEND)]
        parts += [Text(), Text("QUERIES", "bold underline"), queries]
        return Group(*parts[1:])

    def action_leave(self) -> None:
        self.dismiss()
