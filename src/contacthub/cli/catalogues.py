"""What contacts are sorted by: groups, fields, tags, lists; and the members and settings of the hub.

Each name alone lists; `create`, `rename` and `delete` come after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields as dataclass_fields
from typing import Annotated, Any

import typer

from contacthub.cli.command import Call, command, group
from contacthub.cli.verbs import show_operation

PANEL = "Set up"
Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name.")]
NewName = Annotated[str, typer.Argument(metavar="NEW_NAME", help="Its new name.")]
TYPES = "text, number, datetime, state, district or ward"
ROLES = "viewer, agent, editor or admin"


def register(app: typer.Typer) -> None:
    for register_one in (_groups, _fields, _tags, _lists, _members):
        register_one(app)
    command(app, "settings", panel=PANEL)(settings)


def listing(
    call: Call, kind: str, columns: Sequence[str], record: Callable[[Any], Sequence[Any]], right: Sequence[str] = ()
) -> None:
    """List a catalogue as a table, or as JSON with the columns as keys."""
    with call.open(read_only=True) as hub:
        rows = [record(item) for item in getattr(hub, kind)]
    if call.json:
        call.out.data([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        call.out.table(columns, rows, right=right)


def rename_and_delete(app: typer.Typer, kind: str, one: str) -> None:
    def rename(call: Call, name: Name, new_name: NewName) -> None:
        with call.open() as hub:
            _done(call, getattr(hub, kind).rename(name, new_name), f"Renamed the {one} {name} to {new_name}.")

    def delete(call: Call, name: Name) -> None:
        with call.open() as hub:
            _done(call, getattr(hub, kind).delete(name), f"Deleted the {one} {name}.")

    rename.__doc__ = f"Rename a {one}."
    delete.__doc__ = f"Delete a {one}. `contacthub undo` brings it back."
    command(app, "rename")(rename)
    command(app, "delete")(delete)


def _done(call: Call, answer: Any, sentence: str) -> None:
    """Show the operation, where the hub answered with one."""
    if hasattr(answer, "summary"):
        show_operation(call, answer)
    elif not call.json:
        call.out.line(sentence)
    else:
        call.out.data({"summary": sentence})


def _groups(app: typer.Typer) -> None:
    @group(app, "groups", panel=PANEL)
    def inner(call: Call) -> None:
        """List the groups; create, rename, delete and compare them."""
        listing(
            call, "groups", ("name", "count", "query", "uuid"), lambda g: (g.name, g.count, g.query, g.uuid), ("count",)
        )

    @command(inner, "create")
    def create(
        call: Call,
        name: Name,
        query: Annotated[
            str | None, typer.Option("--query", help="Makes it dynamic: its members are whom this query matches.")
        ] = None,
    ) -> None:
        """Create a static group, or with --query a dynamic one."""
        with call.open() as hub:
            made = hub.groups.create(name, query=query) if query is not None else hub.groups.create(name)
            kind = "dynamic" if made.is_dynamic else "static"
            if call.json:
                call.out.data({"name": made.name, "uuid": made.uuid, "query": made.query, "count": made.count})
            else:
                call.out.line(f"Created the {kind} group {made.name}: {_people(made.count)}.")

    @command(inner, "snapshot")
    def snapshot(call: Call, name: Name) -> None:
        """Remember who is in a group now, to tell later who came and who left."""
        with call.open() as hub:
            taken = hub.groups.snapshot(name)
        if call.json:
            call.out.data({"at": taken.at, "count": taken.count})
        else:
            call.out.line(f"{name} has {_people(taken.count)} now; the snapshot is kept.")

    _moved(inner, "entered", "Who is in a group and was not at its snapshot.")
    _moved(inner, "left", "Who was in a group at its snapshot and is no more.")
    rename_and_delete(inner, "groups", "group")


def _moved(app: typer.Typer, verb: str, help: str) -> None:
    def moved(
        call: Call,
        name: Name,
        since: Annotated[
            str | None, typer.Option("--since", metavar="WHEN", help="The newest snapshot up to then: -7d, 2026-11-01.")
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
        """List the custom fields; create, rename, retype and delete them."""
        listing(call, "fields", ("key", "name", "type"), lambda field: (field.key, field.name, field.type))

    @command(inner, "create")
    def create(
        call: Call, name: Name, type: Annotated[str, typer.Option("--type", metavar="TYPE", help=TYPES)] = "text"
    ) -> None:
        """Create a custom field."""
        with call.open() as hub:
            made = hub.fields.create(name, type=type)
            if call.json:
                call.out.data({"key": made.key, "name": made.name, "type": made.type})
            else:
                call.out.line(f"Created the {made.type} field {made.name}; in queries it is {made.key}.")

    @command(inner, "retype")
    def retype(
        call: Call,
        name: Name,
        type: Annotated[str, typer.Argument(metavar="TYPE", help=TYPES)],
        clear: Annotated[bool, typer.Option("--clear", help="Clear the values that the new type cannot hold.")] = False,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    ) -> None:
        """Give a field another type and convert its values."""
        with call.open(read_only=dry_run) as hub:
            if not dry_run:
                show_operation(call, hub.fields.retype(name, type, clear=clear))
                return
            plan = hub.plan.retype(name, type)
        if call.json:
            call.out.data({"summary": plan.summary, "converts": plan.converts, "fails": plan.fails})
        else:
            call.out.line(plan.summary)
            call.out.line("Nothing was changed (--dry-run).", "dim")

    rename_and_delete(inner, "fields", "field")


def _tags(app: typer.Typer) -> None:
    @group(app, "tags", panel=PANEL)
    def inner(call: Call) -> None:
        """List the tags; rename, merge and delete them."""
        listing(call, "tags", ("name", "count"), lambda tag: (tag.name, tag.count), ("count",))

    @command(inner, "merge")
    def merge(
        call: Call,
        names: Annotated[list[str], typer.Argument(metavar="NAME", help="The tags that become one.")],
        into: Annotated[str, typer.Option("--into", metavar="NAME", help="The tag that stays.")],
    ) -> None:
        """Make several tags one."""
        with call.open() as hub:
            show_operation(call, hub.tags.merge(names, into))

    rename_and_delete(inner, "tags", "tag")


def _lists(app: typer.Typer) -> None:
    @group(app, "lists", panel=PANEL)
    def inner(call: Call) -> None:
        """List the inbox lists; create, rename and delete them."""
        listing(call, "lists", ("name", "count"), lambda item: (item.name, item.count), ("count",))

    @command(inner, "create")
    def create(call: Call, name: Name) -> None:
        """Create a list."""
        with call.open() as hub:
            made = hub.lists.create(name)
            if call.json:
                call.out.data({"name": made.name, "count": 0})
            else:
                call.out.line(f"Created the list {made.name}.")

    rename_and_delete(inner, "lists", "list")


def _members(app: typer.Typer) -> None:
    @group(app, "members", panel=PANEL)
    def inner(call: Call) -> None:
        """List the members of the team; create and delete them."""
        columns = ("handle", "name", "email", "role")
        listing(call, "members", columns, lambda member: tuple(getattr(member, column) for column in columns))

    @command(inner, "create")
    def create(
        call: Call,
        handle: Annotated[str, typer.Argument(metavar="HANDLE", help="The short name they act under.")],
        name: Annotated[str, typer.Option("--name", help="Their full name.")] = "",
        email: Annotated[str, typer.Option("--email", help="Their e-mail address.")] = "",
        role: Annotated[str, typer.Option("--role", metavar="ROLE", help=ROLES)] = "agent",
    ) -> None:
        """Make somebody a member. The first one is oneself, as admin."""
        with call.open() as hub:
            more = {key: value for key, value in (("name", name), ("email", email)) if value}
            made = hub.members.create(handle, role=role, **more)
            if call.json:
                call.out.data({"handle": made.handle, "name": made.name, "email": made.email, "role": made.role})
            else:
                call.out.line(f"{made.handle} is a member now, as {made.role}.")

    @command(inner, "delete")
    def delete(call: Call, handle: Annotated[str, typer.Argument(metavar="HANDLE", help="Whom.")]) -> None:
        """Take a member off the team."""
        with call.open() as hub:
            _done(call, hub.members.delete(handle), f"{handle} is no longer a member.")


def settings(
    call: Call,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="What to change, such as country=BR timezone=America/Recife."),
    ] = None,
) -> None:
    """Show the settings of the hub, or change them."""
    with call.open(read_only=not changes) as hub:
        if changes:
            hub.settings.update(**_parsed(changes))
        values = {name: getattr(hub.settings, name) for name in setting_names()}
        if call.json:
            call.out.data(values)
        else:
            call.out.table(("setting", "value"), values.items())


def setting_names() -> list[str]:
    from contacthub.model.settings import Settings

    return [field.name for field in dataclass_fields(Settings)]


def _parsed(changes: Sequence[str]) -> dict[str, Any]:
    """KEY=VALUE words as settings take them: numbers and yes or no where the default is one."""
    from contacthub.model.settings import Settings

    defaults = Settings().as_dict()
    values: dict[str, Any] = {}
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals:
            raise typer.BadParameter(f"Settings are changed by KEY=VALUE, not {change!r}.")
        values[key] = _typed(text, defaults.get(key))
    return values


def _typed(text: str, default: Any) -> Any:
    """The text as a value of the default's type; as it is where it cannot be, for the hub to refuse."""
    if isinstance(default, bool):
        return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(
            text.casefold(), text
        )  # fmt: skip
    if isinstance(default, (list, tuple)):
        return [name.strip() for name in text.split(",") if name.strip()]
    if isinstance(default, int):
        return int(text) if text.removeprefix("-").isdigit() else text
    return text
