"""Looking: who matches a query, one contact in full, where the counts come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.command import Call, command
from contacthub.cli.one import one_contact
from contacthub.cli.output import shown
from contacthub.errors import Refused

if TYPE_CHECKING:
    from contacthub.hub import Audience, Contact, Hub

PANEL = "Look"
SCREENFUL = 50
PAGE = 500
DEFAULT_COLUMNS = ("name", "phone", "tags", "opt_in", "assignee", "last_seen_on")

QueryArgument = Annotated[str, typer.Argument(metavar="QUERY", help="A query in ContactQL; '' is everybody.")]


def register(app: typer.Typer) -> None:
    command(app, "find", panel=PANEL)(find)
    command(app, "count", panel=PANEL)(count)
    command(app, "show", panel=PANEL)(show)


def find(
    call: Call,
    query: QueryArgument = "",
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="PROPERTY", help="Sort by a property; -created_on is newest first.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", min=0, help=f"At most so many; 0: all. On a terminal {SCREENFUL}, else all."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", "-c", metavar="NAMES", help="Columns, with commas: name,phone,city,tags,uuid."),
    ] = None,
) -> None:
    """List the contacts that a query matches."""
    with call.open(read_only=True) as hub:
        people = hub.find(query, sort=sort)
        if limit is None:
            limit = SCREENFUL if call.out.is_terminal and not call.json else 0
        found = len(people)
        wanted = min(limit, found) if limit else found
        if call.json:
            return call.out.records(_record(contact, columns) for contact in _some(people, wanted))
        names = _columns(columns)
        readers = [_reader(hub, name) for name in names]
        call.out.table(names, ([read(c) for read in readers] for c in _some(people, wanted)))
        if call.out.is_terminal:
            more = f", the first {wanted:,} shown; --limit 0 shows all" if wanted < found else ""
            call.out.line(f"{found:,} {'contact' if found == 1 else 'contacts'}{more}", "dim")
    return None


def count(call: Call, query: QueryArgument = "") -> None:
    """Print how many contacts a query matches."""
    with call.open(read_only=True) as hub:
        found = len(hub.find(query))
    if call.json:
        call.out.data({"query": query, "count": found})
    else:
        call.out.line(str(found))


def show(
    call: Call,
    contact: Annotated[str, typer.Argument(help="A UUID, a URN, a phone number, or a query that only one matches.")],
    history: Annotated[bool, typer.Option("--history", help="Also what was changed, when and by whom.")] = False,
) -> None:
    """Show everything about one contact."""
    with call.open(read_only=True) as hub:
        who = one_contact(hub, contact)
        if call.json:
            record = who.as_dict() | {"groups": list(hub.groups.of(who))}
            call.out.data(record | {"history": [vars_of(entry) for entry in who.history()]} if history else record)
            return
        _card(call, hub, who)
        if history:
            call.out.heading("History")
            for entry in who.history():
                call.out.line(f"  {shown(entry)}")


def _card(call: Call, hub: Hub, who: Contact) -> None:
    out = call.out
    out.line(who.name or who.ref, "bold")
    out.pairs(
        [("uuid", who.uuid), ("status", who.status), ("language", who.language), ("assignee", who.assignee),
         ("remarks", who.remarks), ("source", who.source)],
        indent=2,
    )  # fmt: skip
    if who.urns:
        out.heading("Identities")
        for urn in who.urns:
            out.line(f"  {urn}")
    if who.fields:
        out.heading("Fields")
        names = {field.key: field.name for field in hub.fields}
        out.pairs([(names.get(key, key), value) for key, value in who.fields.items()], indent=2)
    out.heading("Segments")
    out.pairs(
        [("groups", list(hub.groups.of(who))), ("tags", who.tags), ("lists", who.lists), ("opt-in", dict(who.opt_in))],
        indent=2,
    )
    out.heading("Engagement")
    times = ("created_on", "modified_on", "first_seen_on", "last_seen_on", "last_sent_on")
    record = who.as_dict()
    out.pairs(
        [*(dict(record.get("engagement") or {}).items()), *((name, record.get(name)) for name in times)], indent=2
    )


def vars_of(entry: Any) -> Any:
    """A record of the hub as JSON takes it."""
    import dataclasses

    return dataclasses.asdict(entry) if dataclasses.is_dataclass(entry) and not isinstance(entry, type) else entry


def _some(people: Audience, wanted: int) -> Iterator[Contact]:
    """The first contacts of an audience, page by page."""
    for offset in range(0, wanted, PAGE):
        yield from people.page(offset=offset, limit=min(PAGE, wanted - offset))


def _columns(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()] if text else list(DEFAULT_COLUMNS)


def _record(contact: Contact, columns: str | None) -> dict[str, Any]:
    document = contact.as_dict()
    if columns is None:
        return document
    return {name: _value(contact, document, name.removeprefix("fields.")) for name in _columns(columns)}


def _value(contact: Contact, document: dict[str, Any], name: str) -> Any:
    fields = document["fields"]
    if name in fields:
        return fields[name]
    if name in ("phone", "ref", "first_name", "id"):
        return getattr(contact, name)
    return document.get(name)


def _reader(hub: Hub, name: str) -> Callable[[Contact], object]:
    """What puts a contact's value into the column `name`. Raises Refused for a column that there is not."""
    key = name.removeprefix("fields.")
    if key in {field.key for field in hub.fields}:
        return lambda contact: contact.fields.get(key)
    if key == "groups":
        return lambda contact: list(hub.groups.of(contact))
    if key == "opt_in":
        return lambda contact: contact.opt_in.get("marketing", "unknown")
    if key == "engagement" or key in PROPERTIES:
        return lambda contact: getattr(contact, key)
    known = ", ".join((*PROPERTIES, *(field.key for field in hub.fields)))
    raise Refused(f"There is no column {name!r}. The columns are {known}.", code="unknown_column")


PROPERTIES = (
    "uuid", "ref", "id", "name", "first_name", "phone", "urns", "language", "status", "tags", "lists", "groups",
    "assignee", "opt_in", "tickets", "remarks", "source", "created_on", "modified_on", "first_seen_on",
    "last_seen_on", "last_sent_on", "last_message_on",
)  # fmt: skip
"""Columns of `find`, besides the custom fields."""
