"""Looking: who matches a query, one contact in full, where the counts come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.command import Call, command
from contacthub.cli.history import change_record, show_changes
from contacthub.cli.one import ContactArgument, instant, one_contact
from contacthub.cli.times import Times
from contacthub.errors import Refused
from contacthub.session import PURPOSES

if TYPE_CHECKING:
    from contacthub import Audience, Contact
    from contacthub.hub import Hub

PANEL = "Look"
SCREENFUL = 50
PAGE = 500
DEFAULT_COLUMNS = ("name", "phone", "tags", "opt_in", "assignee", "last_seen_on")

QueryArgument = Annotated[
    str, typer.Argument(metavar="QUERY", help="A query, such as 'tag = vip AND city = Recife'; without it everybody.")
]

Saved = Annotated[
    str | None, typer.Option("--saved", metavar="NAME", help="The query of a saved search; QUERY narrows it.")
]


def register(app: typer.Typer) -> None:
    command(app, "find", panel=PANEL)(find)
    command(app, "count", panel=PANEL)(count)
    command(app, "show", panel=PANEL)(show)
    command(app, "consent", panel=PANEL)(consent)
    command(app, "quality", panel=PANEL)(quality)


def find(
    call: Call,
    query: QueryArgument = "",
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="PROPERTY", help="Sort by a property; -created_on is newest first.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", "-n", min=0, help=f"At most so many; 0 is all. Without it {SCREENFUL} on a terminal, else all."
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", "-c", metavar="NAMES", help="Columns, with commas: name,phone,city,tags,uuid."),
    ] = None,
    saved: Saved = None,
) -> None:
    """List the contacts that a query matches."""
    with call.open(read_only=True) as hub:
        people = hub.find(_asked(hub, query, saved), sort=sort)
        if limit is None:
            limit = SCREENFUL if call.out.is_terminal and not call.json else 0
        found = len(people)
        wanted = min(limit, found) if limit else found
        if call.json:
            return call.out.records(_records(hub, _some(people, wanted), columns))
        names, times = _columns(columns), Times(hub)
        properties = _properties(hub, names)
        readers = [_reader(hub, property) for property in properties]
        rows = (
            [times.of(property, read(contact)) for property, read in zip(properties, readers, strict=True)]
            for contact in _some(people, wanted)
        )
        call.out.table(names, rows)
        if call.out.is_terminal:
            more = f", the first {wanted:,} shown; --limit 0 shows all" if wanted < found else ""
            call.out.line(f"{found:,} {'contact' if found == 1 else 'contacts'}{more}", "dim")
    return None


def _asked(hub: Hub, query: str, saved: str | None) -> str:
    """The query, or that of a saved search and what narrows it."""
    if saved is None:
        return query
    kept = hub.searches.get(saved).query
    return f"({kept}) AND ({query})" if kept and query else kept or query


def count(call: Call, query: QueryArgument = "", saved: Saved = None) -> None:
    """Print how many contacts a query matches."""
    with call.open(read_only=True) as hub:
        query = _asked(hub, query, saved)
        found = len(hub.find(query))
    if call.json:
        call.out.data({"query": query, "count": found})
    else:
        call.out.line(str(found))


def show(
    call: Call,
    contact: ContactArgument,
    history: Annotated[bool, typer.Option("--history", help="Also what was changed, when and by whom.")] = False,
) -> None:
    """Show everything about one contact."""
    with call.open(read_only=True) as hub:
        who = one_contact(hub, contact)
        if call.json:
            record = who.as_dict() | {"groups": hub.groups.of(who)}
            call.out.data(
                record | {"history": [change_record(change) for change in who.history()]} if history else record
            )
            return
        _card(call, hub, who)
        if history:
            call.out.heading("History")
            show_changes(call, hub, who.history(), indent=2)


def consent(
    call: Call,
    contact: ContactArgument,
    at: Annotated[
        str | None, typer.Option("--at", metavar="WHEN", help="As it was then: 2026-11-01, -30d. Without it: now.")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="NAME", help="Of one purpose; without it of all.")
    ] = None,
) -> None:
    """Show what a contact has agreed to, now or as of a time: yes, no or unknown for each purpose."""
    with call.open(read_only=True) as hub:
        who = one_contact(hub, contact)
        when = instant(hub, "--at", at) if at is not None else None
        purposes = (*PURPOSES, *hub.settings.purposes)
        if purpose is not None and purpose not in purposes:
            raise Refused(f"There is no purpose {purpose!r}; there are {', '.join(purposes)}.", code="invalid_purpose")
        states = {
            name: who.opt_in.get(name, "unknown") if when is None else who.opt_in_at(when, name)
            for name in (purposes if purpose is None else (purpose,))
        }
    if call.json:
        call.out.data({"uuid": who.uuid, "at": when, "opt_in": states})
    else:
        call.out.table(("purpose", "opt_in"), states.items())


def quality(call: Call) -> None:
    """Report on the state of the contacts: what is filled, what looks wrong, what could be tidied."""
    with call.open(read_only=True) as hub:
        rows = hub.quality().rows()
    if call.json:
        call.out.data([{"finding": finding, "count": count, "detail": detail} for finding, count, detail in rows])
    else:
        call.out.table(("finding", "count", "detail"), rows, right=("count",))


def _card(call: Call, hub: Hub, who: Contact) -> None:
    out, document, times = call.out, who.as_dict(), Times(hub)
    out.line(who.display_name, "bold")
    profile = ("uuid", "status", "language", "assignee", "remarks", "source")
    out.pairs([("ref", who.ref), *((name, document[name]) for name in profile)], indent=2)
    if document["urns"]:
        out.heading("Identities")
        for urn in document["urns"]:
            out.line(f"  {urn}")
    if document["fields"]:
        out.heading("Fields")
        names = {field.key: field.name for field in hub.fields}
        fields = document["fields"].items()
        out.pairs([(names.get(key, key), times.of(f"fields.{key}", value)) for key, value in fields], indent=2)
    out.heading("Segments")
    segments = [(name, document[name]) for name in ("tags", "lists", "opt_in")]
    out.pairs([("groups", hub.groups.of(who)), *segments], indent=2)
    out.heading("Engagement")
    moments = [(name, times.of(name, document[name])) for name in sorted(document) if name.endswith("_on")]
    out.pairs([*document["engagement"].items(), *moments], indent=2)


def _some(people: Audience, wanted: int) -> Iterator[Contact]:
    """The first contacts of an audience, page by page."""
    for offset in range(0, wanted, PAGE):
        yield from people.page(offset=offset, limit=min(PAGE, wanted - offset))


def _columns(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()] if text else list(DEFAULT_COLUMNS)


def _records(hub: Hub, people: Iterable[Contact], columns: str | None) -> Iterator[dict[str, Any]]:
    """Contacts for programs: their whole documents, or the columns asked for."""
    if columns is None:
        yield from (contact.as_dict() for contact in people)
        return
    names = _columns(columns)
    readers = [_reader(hub, property) for property in _properties(hub, names)]
    for contact in people:
        yield {name: read(contact) for name, read in zip(names, readers, strict=True)}


def _properties(hub: Hub, names: Iterable[str]) -> list[str]:
    """The properties of columns; custom fields may be named by their key alone. Raises Refused for a column that there
    is not."""
    keys = [field.key for field in hub.fields]
    fields, properties = frozenset(keys), []
    for name in names:
        key = name.removeprefix("fields.")
        if key not in fields and key not in PROPERTIES:
            known = ", ".join((*PROPERTIES, *keys))
            raise Refused(f"There is no column {name!r}. The columns are {known}.", code="unknown_column")
        properties.append(f"fields.{key}" if key in fields else key)
    return properties


def _reader(hub: Hub, property: str) -> Callable[[Contact], Any]:
    """What gives a contact's value of a property."""
    if property.startswith("fields."):
        return lambda contact: contact.fields.get(property.removeprefix("fields."))
    if property == "groups":
        return hub.groups.of
    if property == "opt_in":
        return lambda contact: contact.as_dict()["opt_in"].get("marketing", "unknown")
    return lambda contact: getattr(contact, property)


PROPERTIES = (
    "uuid", "ref", "id", "name", "first_name", "phone", "urns", "language", "country", "status", "tags", "lists",
    "groups", "assignee", "opt_in", "tickets", "remarks", "source", "created_on", "modified_on", "first_seen_on",
    "last_seen_on", "last_sent_on", "last_message_on",
)  # fmt: skip
"""Columns of `find`, besides the custom fields."""
