"""What the list shows of a contact: one column a property, made in threads, shown as safe text.

Nothing is said by colour alone: status and opt-in have a sign each, told in the help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contacthub.tui.safe import initials, tint, visible
from contacthub.tui.table import TINTS, Cell, Column, Row
from contacthub.tui.when import Clock

if TYPE_CHECKING:
    from contacthub.hub import Audience, Contact

STATUS_SIGNS: dict[str, tuple[str, str]] = {
    "active": ("●", "good"),
    "blocked": ("✕", "bad"),
    "stopped": ("■", "warn"),
    "archived": ("○", "dim"),
}
OPT_IN_SIGNS: dict[str, tuple[str, str]] = {"yes": ("✓", "good"), "no": ("✗", "bad"), "unknown": ("·", "dim")}
HIDDEN = "•"
"""In place of an identity that this person may not see."""
LEGEND = (
    "Status  ● active  ✕ blocked  ■ stopped  ○ archived\nOpt-in  ✓ yes  ✗ no  · unknown\nNumber  wa reached by WhatsApp"
)


@dataclass(frozen=True, slots=True)
class ContactColumn:
    """A column, and how a contact fills it."""

    key: str
    column: Column
    cell: Callable[[Contact, Clock], Cell]


def _columns(*columns: ContactColumn) -> dict[str, ContactColumn]:
    return {column.key: column for column in columns}


COLUMNS = _columns(
    ContactColumn("initials", Column("", 2), lambda c, _: (initials(c.name), f"tint{tint(c.uuid, len(TINTS))}")),
    ContactColumn("name", Column("Name", 18, share=3), lambda c, _: visible(c.name) or ("no name", "dim")),
    ContactColumn("number", Column("Number", 18), lambda c, _: number(c)),
    ContactColumn("status", Column("S", 1), lambda c, _: STATUS_SIGNS[c.status]),
    ContactColumn("opt_in", Column("O", 1), lambda c, _: OPT_IN_SIGNS[consent(c)["marketing"]]),
    ContactColumn("tags", Column("Tags", 8, share=2), lambda c, _: (visible(", ".join(c.tags)), "accent")),
    ContactColumn("lists", Column("Lists", 8, share=1), lambda c, _: visible(", ".join(c.lists))),
    ContactColumn("assignee", Column("Assignee", 8), lambda c, _: visible(c.assignee)),
    ContactColumn("last_seen", Column("Last seen", 10), lambda c, clock: clock.day(c.last_seen_on)),
    ContactColumn("engagement", Column("Read", 7, right=True), lambda c, _: engagement(c)),
    ContactColumn("language", Column("Lang", 4), lambda c, _: visible(c.language)),
    ContactColumn("created", Column("Created", 10), lambda c, clock: clock.day(c.created_on)),
)
ALWAYS = ("initials", "name", "number", "status", "opt_in", "tags")
"""What is shown at 80 columns; in a narrower list, as many as fit."""
WHEN_THERE_IS_ROOM = ("last_seen", "assignee", "lists", "engagement")
"""Then these, in this order, as many as fit."""


def columns_for(width: int, chosen: Sequence[str] = (), fields: Sequence[Any] = ()) -> list[ContactColumn]:
    """The columns for a list of so many cells: those chosen, or those that fit."""
    known = COLUMNS | {f"fields.{field.key}": _field_column(field) for field in fields}
    if chosen:
        return [known[key] for key in chosen if key in known]
    picked = [known[key] for key in ALWAYS]
    while len(picked) > 2 and 1 + sum(column.column.width + 1 for column in picked) > width:
        picked.pop()
    used = 1 + sum(column.column.width + 1 for column in picked) + 6
    for key in WHEN_THERE_IS_ROOM:
        used += known[key].column.width + 1
        if used > width:
            break
        picked.append(known[key])
    return picked


def number(contact: Contact) -> Cell:
    """The preferred phone; `wa` in front of one that WhatsApp reaches. With identities hidden: the short code."""
    phone = shown_phone(contact)
    if not phone:
        return (f"   {contact.ref}", "dim") if contact.urns else ""
    return f"{'wa' if contact.phone_kind == 'whatsapp' else '  '} {phone}"


def shown_phone(contact: Contact) -> str:
    """The preferred phone; empty where there is none, or identities are hidden."""
    return "" if HIDDEN in contact.phone else visible(contact.phone)


def consent(contact: Contact) -> dict[str, str]:
    """Purpose → yes, no or unknown. (`contact.opt_in` is the verb.)"""
    return dict(contact.as_dict()["opt_in"])


def engagement(contact: Contact) -> Cell:
    """Messages read of those that were sent to the contact; empty when none was."""
    counts = contact.engagement
    return f"{counts['read']}/{counts['sent']}" if counts.get("sent") else ""


def _field_column(field: Any) -> ContactColumn:
    right = field.type == "number"
    return ContactColumn(
        f"fields.{field.key}", Column(visible(field.name), 10, share=1, right=right),
        lambda contact, clock: visible(clock.value(contact.fields.get(field.key), field.type)),
    )  # fmt: skip


class ContactRows:
    """An audience as a source of rows. Methods run in threads."""

    def __init__(self, audience: Audience, columns: Sequence[ContactColumn], clock: Clock) -> None:
        self.audience = audience
        self.count = len(audience)
        self.columns = columns
        self._clock = clock

    def fetch(self, start: int, n: int) -> list[Row]:
        return [self.row(contact) for contact in self.audience.page(start, n)]

    def row(self, contact: Contact) -> Row:
        return Row(contact.uuid, tuple(column.cell(contact, self._clock) for column in self.columns))
