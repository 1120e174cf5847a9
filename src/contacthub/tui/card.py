"""One contact as a card: who it is, how it is segmented, what it agreed to, how it engages, where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from contacthub.tui import keys
from contacthub.tui.columns import OPT_IN_SIGNS, STATUS_SIGNS, consent, engagement, shown_phone
from contacthub.tui.safe import initials, tint, visible, visible_lines
from contacthub.tui.table import TINTS
from contacthub.tui.when import Clock

if TYPE_CHECKING:
    from contacthub.hub import Contact, Hub

OPT_IN_WORDS = {"yes": "opted in", "no": "opted out", "unknown": "never asked"}
TIMES = (
    ("First seen", "first_seen_on"),
    ("Last seen", "last_seen_on"),
    ("Last message", "last_message_on"),
    ("Last sent", "last_sent_on"),
)


@dataclass(frozen=True, slots=True)
class CardData:
    """All that a card shows, read in one thread call."""

    contact: Contact
    groups: list[tuple[str, bool]] = field(default_factory=list)
    """Name, and whether it is dynamic."""
    fields: list[tuple[str, str]] = field(default_factory=list)
    history: list[tuple[str, str]] = field(default_factory=list)


def load_card(hub: Hub, uuid: str, clock: Clock, *, history: int = 0) -> CardData:
    """Read a contact for its card. Runs in a thread. Raises NotFound if it was deleted.

    `history` is how many of its changes to read; none where the card follows the cursor, since that reads every
    operation of the hub.
    """
    contact = hub.contacts.get(uuid)
    dynamic = {group.name: group.is_dynamic for group in hub.groups}
    fields = [
        (each.name, clock.value(contact.fields[each.key], each.type))
        for each in hub.fields
        if contact.fields.get(each.key) is not None
    ]
    groups = [(name, dynamic.get(name, False)) for name in hub.groups.of(contact)]
    changes = [_history_line(entry, clock) for entry in contact.history()[:history]] if history else []
    return CardData(contact, groups, fields, changes)


def _history_line(entry: Any, clock: Clock) -> tuple[str, str]:
    """`2026-11-21 09:12` and `city: Olinda → Recife (bia)`."""
    before, after = (clock.value(value, "text") for value in (entry.before, entry.after))
    if entry.property == "contact":
        what = after or before
    else:
        what = f"{entry.property.removeprefix('fields.')}: " + (f"{before} → {after or '—'}" if before else after)
    return clock.minute(entry.operation.at), f"{what}  ({entry.operation.actor})"


class ContactCard(VerticalScroll):
    """Shows a CardData; empty until it has one."""

    BINDINGS: ClassVar = keys.bindings("detail")
    COMPONENT_CLASSES: ClassVar = {
        f"contactcard--{tone}" for tone in ("title", "section", "label", "dim", "good", "bad", "warn")
    }

    def __init__(self, clock: Clock, id: str | None = None) -> None:
        super().__init__(id=id)
        self.data: CardData | None = None
        self._clock = clock

    def compose(self) -> Any:
        yield Static("", markup=False)

    def show(self, data: CardData) -> None:
        """Show this contact, from the top if it is another one than before."""
        if self.data is None or self.data.contact.uuid != data.contact.uuid:
            self.scroll_home(animate=False)
        self.data = data
        self.query_one(Static).update(self._render_card(data))

    def clear(self) -> None:
        self.data = None
        self.query_one(Static).update("")

    def _render_card(self, data: CardData) -> RenderableType:
        contact = data.contact
        return Group(
            *self._head(contact),
            *self._section("Profile", [
                ("Language", contact.language), ("Country", contact.country), ("Source", contact.source),
                ("Created", self._clock.minute(contact.created_on)), ("Remarks", contact.remarks),
            ]),
            *self._section("Segmentation", [
                ("Tags", ", ".join(contact.tags)), ("Lists", ", ".join(contact.lists)), ("Assignee", contact.assignee),
                ("Flow", contact.flow), ("Tickets", contact.tickets or None),
            ], note="none"),
            *self._section("Custom data", data.fields),
            *self._consent(contact),
            *self._section("Engagement", [
                ("Read of sent", engagement(contact)), ("Received", contact.engagement.get("received")),
                ("Failed", contact.engagement.get("failed")),
                *((label, self._clock.minute(getattr(contact, key))) for label, key in TIMES),
            ], note="no messages yet"),
            *self._section("Groups", [("≈ dynamic" if dynamic else "static", name) for name, dynamic in data.groups]),
            *self._section("Identities", [_identity(urn) for urn in contact.urns], note="none"),
            *self._section("History", data.history),
        )  # fmt: skip

    def _head(self, contact: Contact) -> Iterable[RenderableType]:
        head = Table.grid(padding=(0, 1))
        head.add_column(width=4)
        head.add_column(overflow="fold")
        badge = TINTS[f"tint{tint(contact.uuid, len(TINTS))}"]
        sign, tone = STATUS_SIGNS[contact.status]
        opt_in = self._opt_in(consent(contact)["marketing"])
        blank = Text("    ", badge)
        head.add_row(blank, Text(visible(contact.name) or "no name", self._style("title")))
        head.add_row(Text(f" {initials(contact.name)} ", badge + Style(bold=True)), Text(_phone_line(contact)))
        head.add_row(blank, Text.assemble((f"{sign} {contact.status}", self._style(tone)), "  ", opt_in))
        yield head

    def _opt_in(self, state: str) -> Text:
        sign, tone = OPT_IN_SIGNS[state]
        return Text(f"{sign} {OPT_IN_WORDS[state]}", self._style(tone))

    def _consent(self, contact: Contact) -> Iterable[RenderableType]:
        rows: list[tuple[str, RenderableType]] = []
        for purpose, state in sorted(consent(contact).items()):
            line = self._opt_in(state)
            rows.append((purpose.capitalize(), line))
            if purpose == "marketing":
                rows.append(("", Text("(o to change)", self._style("dim"))))
        yield from self._section("Consent", rows)

    def _section(self, title: str, rows: Iterable[tuple[str, Any]], note: str = "") -> Iterable[RenderableType]:
        """Rows that have a value, under a title; without any, the note, or nothing at all."""
        filled = [(label, value) for label, value in rows if value not in (None, "", 0)]
        if not filled and not note:
            return
        yield Text()
        yield Text(visible(title).upper(), self._style("section"))
        table = Table.grid(padding=(0, 1))
        table.add_column(min_width=12, max_width=16, overflow="fold")
        table.add_column(overflow="fold")
        for label, value in filled:
            shown = value if isinstance(value, Text) else Text(visible_lines(value))
            table.add_row(Text(visible(label), self._style("label")), shown)
        yield table if filled else Text(note, self._style("dim"))

    def _style(self, name: str) -> Style:
        style = self.get_component_rich_style(f"contactcard--{name}")
        return Style(color=style.color, bold=style.bold, dim=style.dim)


def _phone_line(contact: Contact) -> str:
    phone = shown_phone(contact)
    if not phone:
        return contact.ref if contact.urns else "no number"
    return phone + ("  WhatsApp" if contact.phone_kind == "whatsapp" else "")


def _identity(urn: str) -> tuple[str, str]:
    scheme, _, path = urn.partition(":")
    return scheme, path
