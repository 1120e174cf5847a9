"""Who works with the hub and how it is set up: members, settings, saved searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields as dataclass_fields
from typing import Annotated, Any

import typer

from contacthub.cli.catalogues import PANEL, listing
from contacthub.cli.changes import show_operation
from contacthub.cli.command import Call, changing, group

ROLES = "viewer, agent, editor or admin"
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="Whom.")]


def register(app: typer.Typer) -> None:
    _members(app)
    _searches(app)
    changing(app, "settings", panel=PANEL)(settings)


def _members(app: typer.Typer) -> None:
    @group(app, "members", panel=PANEL)
    def inner(call: Call) -> None:
        """List the members of the team; create, change and delete them."""
        columns = ("handle", "name", "email", "role")
        listing(call, "members", columns, lambda member: tuple(getattr(member, column) for column in columns))

    @changing(inner, "create")
    def create(
        call: Call,
        handle: Annotated[str, typer.Argument(metavar="HANDLE", help="The short name they act under.")],
        name: Annotated[str, typer.Option("--name", help="Their full name.")] = "",
        email: Annotated[str, typer.Option("--email", help="Their e-mail address.")] = "",
        role: Annotated[str, typer.Option("--role", metavar="ROLE", help=ROLES)] = "agent",
    ) -> None:
        """Make somebody a member of the team. With the first one you become a member yourself, as admin."""
        with call.change() as hub:
            more = {key: value for key, value in (("name", name), ("email", email)) if value}
            made = hub.members.create(handle, role=role, **more)
            if call.json:
                call.out.data({"handle": made.handle, "name": made.name, "email": made.email, "role": made.role})
            else:
                call.out.line(f"{made.handle} is a member now, as {made.role}.")

    @changing(inner, "change")
    def change(
        call: Call,
        handle: Handle,
        name: Annotated[str | None, typer.Option("--name", help="Their full name.")] = None,
        email: Annotated[str | None, typer.Option("--email", help="Their e-mail address.")] = None,
        role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help=ROLES)] = None,
    ) -> None:
        """Change somebody's name, e-mail address or role."""
        values = {"name": name, "email": email, "role": role}
        given = {key: value for key, value in values.items() if value is not None}
        if not given:
            raise typer.BadParameter("Say what to change: --name, --email or --role.")
        with call.change() as hub:
            show_operation(call, hub, hub.members.change(handle, **given))

    @changing(inner, "delete")
    def delete(call: Call, handle: Handle) -> None:
        """Take a member off the team."""
        with call.change() as hub:
            show_operation(call, hub, hub.members.delete(handle))


def _searches(app: typer.Typer) -> None:
    @group(app, "searches", panel=PANEL)
    def inner(call: Call) -> None:
        """List the saved searches, your own and those shared with all; save and delete them."""
        columns = ("name", "query", "owner", "shared")
        listing(call, "searches", columns, lambda search: tuple(getattr(search, column) for column in columns))

    @changing(inner, "save")
    def save(
        call: Call,
        name: Annotated[str, typer.Argument(metavar="NAME", help="The name to keep it under.")],
        query: Annotated[str, typer.Argument(metavar="QUERY", help="A query, such as 'score >= 80'.")],
        shared: Annotated[bool, typer.Option("--shared", help="For all of the team, not for you alone.")] = False,
    ) -> None:
        """Keep a query under a name; `find --saved NAME` uses it."""
        with call.change() as hub:
            made = hub.searches.create(name, query, shared=shared)
        if call.json:
            call.out.data({"name": made.name, "query": made.query, "owner": made.owner, "shared": made.shared})
        else:
            call.out.line(f"Saved {made.name}: {made.query}")

    @changing(inner, "delete")
    def delete(call: Call, name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")]) -> None:
        """Delete a saved search. `contacthub undo` brings it back."""
        with call.change() as hub:
            show_operation(call, hub, hub.searches.delete(name))


def settings(
    call: Call,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="What to change, such as country=BR timezone=America/Recife."),
    ] = None,
) -> None:
    """Show the settings of the hub, or change them."""
    with call.change() if changes else call.open(read_only=True) as hub:
        if changes:
            operation = hub.settings.update(**_parsed(changes))
            if call.dry_run:
                show_operation(call, hub, operation)
                return
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
