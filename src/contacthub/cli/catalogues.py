"""What contacts are sorted by: groups, fields, tags and lists.

Each name alone lists; `create`, `rename` and `delete` come after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.changes import show_operation
from contacthub.cli.command import Call, changing, command, group

if TYPE_CHECKING:
    from contacthub.hub import Hub

PANEL = "Set up"
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name.")]
NewName = Annotated[str, typer.Argument(metavar="NEW_NAME", help="Its new name.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME", help="Their names, the first one first.")]
TYPES = "text, number, datetime, state, district or ward"


def register(app: typer.Typer) -> None:
    for register_one in (_groups, _fields, _tags, _lists):
        register_one(app)


def listing(
    call: Call, kind: str, columns: Sequence[str], record: Callable[[Any], Sequence[Any]], right: Sequence[str] = ()
) -> None:
    """List a catalogue as a table, or as JSON with the columns as keys."""
    with call.open(read_only=True) as hub:
        rows = [record(item) for item in getattr(hub, kind)]
    if call.json:
        call.out.data([dict(zip(columns, row, strict=True)) for row in rows])
        return
    shown = [i for i, column in enumerate(columns) if column != "problem" or any(row[i] for row in rows)]
    call.out.table([columns[i] for i in shown], ([row[i] for i in shown] for row in rows), right=right)


def rename_and_delete(app: typer.Typer, kind: str, one: str) -> None:
    def rename(call: Call, name: Name, new_name: NewName) -> None:
        with call.change() as hub:
            _show_usage(call, hub, kind, name)
            show_operation(call, hub, getattr(hub, kind).rename(name, new_name))

    def delete(call: Call, name: Name) -> None:
        with call.change() as hub:
            _show_usage(call, hub, kind, name)
            show_operation(call, hub, getattr(hub, kind).delete(name))

    rename.__doc__ = f"Rename a {one}."
    delete.__doc__ = f"Delete a {one}. `contacthub undo` brings it back."
    changing(app, "rename")(rename)
    changing(app, "delete")(delete)


def _show_usage(call: Call, hub: Hub, kind: str, name: str) -> None:
    """Under `--dry-run`, who and what uses it: contacts, and queries that name it."""
    if call.dry_run and kind != "channels":
        call.out.line(hub.plan.usage(kind, name).summary)


def _groups(app: typer.Typer) -> None:
    @group(app, "groups", panel=PANEL)
    def inner(call: Call) -> None:
        """List the groups; create, rename, delete and compare them, and change their queries."""
        columns = ("name", "count", "query", "uuid", "problem")
        listing(call, "groups", columns, lambda group: tuple(getattr(group, column) for column in columns), ("count",))

    @changing(inner, "create")
    def create(
        call: Call,
        name: Name,
        query: Annotated[
            str | None, typer.Option("--query", help="Makes it dynamic: its members are whom this query matches.")
        ] = None,
    ) -> None:
        """Create a static group, or with --query a dynamic one."""
        with call.change() as hub:
            made = hub.groups.create(name, query=query) if query is not None else hub.groups.create(name)
            kind = "dynamic" if made.is_dynamic else "static"
            if call.json:
                call.out.data({"name": made.name, "uuid": made.uuid, "query": made.query, "count": made.count})
            else:
                call.out.line(f"Created the {kind} group {made.name}: {_people(made.count)}.")

    @changing(inner, "snapshot")
    def snapshot(call: Call, name: Name) -> None:
        """Remember who is in a group now, to tell later who came and who left."""
        with call.change() as hub:
            taken = hub.groups.snapshot(name)
        if call.json:
            call.out.data({"at": taken.at, "count": taken.count})
        else:
            call.out.line(f"{name} has {_people(taken.count)} now; the snapshot is kept.")

    @command(inner, "snapshots")
    def snapshots(call: Call, name: Name) -> None:
        """List the snapshots of a group, oldest first."""
        with call.open(read_only=True) as hub:
            rows = [(taken.at, taken.count) for taken in hub.groups.snapshots(name)]
        if call.json:
            call.out.data([{"at": at, "count": count} for at, count in rows])
        else:
            call.out.table(("at", "count"), rows, right=("count",))

    @changing(inner, "query")
    def query(
        call: Call, name: Name, query: Annotated[str, typer.Argument(metavar="QUERY", help="The new query.")]
    ) -> None:
        """Give a dynamic group another query."""
        with call.change() as hub:
            show_operation(call, hub, hub.groups.change_query(name, query))
            if not call.json:
                call.out.line(f"{name} has {_people(hub.groups.get(name).count)} now.")

    _moved(inner, "entered", "List who is in a group and was not at its snapshot.")
    _moved(inner, "left", "List who was in a group at its snapshot and is not now.")
    rename_and_delete(inner, "groups", "group")


def _moved(app: typer.Typer, verb: str, help: str) -> None:
    def moved(
        call: Call,
        name: Name,
        since: Annotated[
            str | None,
            typer.Option(
                "--since", metavar="WHEN", help="Compare with the newest snapshot up to then: -7d, 2026-11-01."
            ),
        ] = None,
    ) -> None:
        with call.open(read_only=True) as hub:
            people = getattr(hub.groups, verb)(name, since=since)
            rows = [(contact.display_name, contact.phone, contact.uuid) for contact in people]
        columns = ("name", "phone", "uuid")
        if call.json:
            call.out.data([dict(zip(columns, row, strict=True)) for row in rows])
        else:
            call.out.table(columns, rows)

    moved.__doc__ = help
    command(app, verb)(moved)


def _people(count: int) -> str:
    return f"{count:,} contact" if count == 1 else f"{count:,} contacts"


def _fields(app: typer.Typer) -> None:
    @group(app, "fields", panel=PANEL)
    def inner(call: Call) -> None:
        """List the custom fields; create, arrange, rename, retype and delete them."""
        columns = ("key", "name", "type", "featured")
        listing(call, "fields", columns, lambda field: tuple(getattr(field, column) for column in columns))

    @changing(inner, "create")
    def create(
        call: Call, name: Name, type: Annotated[str, typer.Option("--type", metavar="TYPE", help=TYPES)] = "text"
    ) -> None:
        """Create a custom field."""
        with call.change() as hub:
            made = hub.fields.create(name, type=type)
            if call.json:
                call.out.data({"key": made.key, "name": made.name, "type": made.type})
            else:
                call.out.line(f"Created the {made.type} field {made.name}; in queries it is {made.key}.")

    @changing(inner, "retype")
    def retype(
        call: Call,
        name: Name,
        type: Annotated[str, typer.Argument(metavar="TYPE", help=TYPES)],
        clear: Annotated[bool, typer.Option("--clear", help="Clear the values that the new type cannot hold.")] = False,
    ) -> None:
        """Give a field another type and convert its values."""
        with call.change() as hub:
            if call.dry_run:
                plan = hub.plan.retype(name, type)
                if call.json:
                    call.out.data({"summary": plan.summary, "converts": plan.converts, "fails": plan.fails})
                call.out.line(plan.summary)
            operation = hub.fields.retype(name, type, clear=clear)
            if not call.dry_run:
                show_operation(call, hub, operation)

    @changing(inner, "arrange")
    def arrange(call: Call, names: Names) -> None:
        """Put fields in this order; those not named follow."""
        with call.change() as hub:
            show_operation(call, hub, hub.fields.arrange(names))

    @changing(inner, "feature")
    def feature(
        call: Call, name: Name, off: Annotated[bool, typer.Option("--off", help="Show it there no longer.")] = False
    ) -> None:
        """Show a field in lists of contacts."""
        with call.change() as hub:
            show_operation(call, hub, hub.fields.feature(name, not off))

    rename_and_delete(inner, "fields", "field")


def _tags(app: typer.Typer) -> None:
    @group(app, "tags", panel=PANEL)
    def inner(call: Call) -> None:
        """List the tags; create, colour, rename, merge and delete them."""
        columns = ("name", "count", "color")
        listing(call, "tags", columns, lambda tag: (tag.name, tag.count, tag.color), ("count",))

    _create_named(inner, "tags", "tag")

    @changing(inner, "color")
    def color(
        call: Call,
        name: Name,
        color: Annotated[str, typer.Argument(metavar="COLOR", help="Such as #2e7d32; none takes it away.")],
    ) -> None:
        """Give a tag a colour."""
        with call.change() as hub:
            show_operation(call, hub, hub.tags.color(name, None if color.casefold() == "none" else color))

    @changing(inner, "merge")
    def merge(
        call: Call,
        names: Annotated[list[str], typer.Argument(metavar="NAME", help="The tags that become one.")],
        into: Annotated[str, typer.Option("--into", metavar="NAME", help="The tag that stays.")],
    ) -> None:
        """Make several tags one."""
        with call.change() as hub:
            show_operation(call, hub, hub.tags.merge(names, into))

    rename_and_delete(inner, "tags", "tag")


def _lists(app: typer.Typer) -> None:
    @group(app, "lists", panel=PANEL)
    def inner(call: Call) -> None:
        """List the inbox lists; create, arrange, hide, rename and delete them."""
        columns = ("name", "count", "hidden")
        listing(call, "lists", columns, lambda item: (item.name, item.count, item.hidden), ("count",))

    _create_named(inner, "lists", "list")

    @changing(inner, "arrange")
    def arrange(call: Call, names: Names) -> None:
        """Put lists in this order; those not named follow."""
        with call.change() as hub:
            show_operation(call, hub, hub.lists.arrange(names))

    @changing(inner, "hide")
    def hide(
        call: Call, name: Name, show: Annotated[bool, typer.Option("--show", help="Show it again.")] = False
    ) -> None:
        """Keep a list out of sight."""
        with call.change() as hub:
            show_operation(call, hub, hub.lists.hide(name, not show))

    rename_and_delete(inner, "lists", "list")


def _create_named(app: typer.Typer, kind: str, one: str) -> None:
    def create(call: Call, name: Name) -> None:
        with call.change() as hub:
            made = getattr(hub, kind).create(name)
            if call.json:
                call.out.data({"name": made.name, "count": 0})
            else:
                call.out.line(f"Created the {one} {made.name}.")

    create.__doc__ = f"Create a {one}."
    changing(app, "create")(create)
