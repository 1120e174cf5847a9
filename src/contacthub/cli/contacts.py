"""One contact: made and edited by hand."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from contacthub.cli.command import Call, command
from contacthub.cli.one import audience_of, one_contact
from contacthub.cli.verbs import DryRun, Expect, Query, carry_out, show_operation
from contacthub.errors import Refused

PANEL = "Change"

Name = Annotated[str | None, typer.Option("--name", help="The name.")]
Language = Annotated[str | None, typer.Option("--language", metavar="CODE", help="ISO 639-3, such as por.")]
Remarks = Annotated[str | None, typer.Option("--remarks", help="Free notes.")]
Urn = Annotated[
    list[str] | None,
    typer.Option("--urn", metavar="SCHEME:PATH", help="An identity, such as tel:+5581987654321. Repeatable."),
]
Field = Annotated[
    list[str] | None, typer.Option("--field", metavar="KEY=VALUE", help="A custom field; KEY= clears it. Repeatable.")
]
Tag = Annotated[list[str] | None, typer.Option("--tag", metavar="NAME", help="A tag. Repeatable.")]


def register(app: typer.Typer) -> None:
    command(app, "create", panel=PANEL)(create)
    command(app, "edit", panel=PANEL)(edit)


def create(
    call: Call,
    name: Name = None,
    phone: Annotated[
        str | None, typer.Option("--phone", help="A phone number, in any spelling of the hub's country.")
    ] = None,
    urn: Urn = None,
    language: Language = None,
    remarks: Remarks = None,
    field: Field = None,
    tag: Tag = None,
) -> None:
    """Create one contact."""
    urns = ([f"tel:{phone}"] if phone else []) + (urn or [])
    values = _values(name=name, language=language, remarks=remarks, urns=urns or None, tags=tag or None)
    if field:
        values["fields"] = _fields(field)
    if not values:
        raise typer.BadParameter("Say at least one thing about the contact, such as --name or --phone.")
    with call.open() as hub:
        contact = hub.contacts.create(**values)
        if call.json:
            call.out.data(contact.as_dict())
        else:
            call.out.line(f"Created {contact.display_name}  {contact.uuid}")


def edit(
    call: Call,
    query: Query,
    name: Name = None,
    urn: Urn = None,
    language: Language = None,
    remarks: Remarks = None,
    field: Field = None,
    tag: Tag = None,
    clear: Annotated[
        list[str] | None,
        typer.Option("--clear", metavar="PROPERTY", help="Take a value away: name, remarks, language. Repeatable."),
    ] = None,
    dry_run: DryRun = False,
    expect: Expect = None,
) -> None:
    """Edit one contact; several only with the count that is expected. --urn and --tag replace all there are."""
    values = _values(name=name, language=language, remarks=remarks, urns=urn or None, tags=tag or None)
    if field:
        values["fields"] = _fields(field)
    values |= dict.fromkeys(clear or (), None)
    if not values:
        raise typer.BadParameter("Say what to change, such as --name or --field city=Recife.")
    with call.open() as hub:
        people = audience_of(hub, query)
        if dry_run or expect is not None:
            carry_out(call, hub, "edit", people, dry_run=dry_run, expect=expect, **values)
            return
        if len(people) > 1:
            raise Refused(
                f"{len(people):,} contacts match {query!r}. To edit all of them, say --expect {len(people)}.",
                code="several_contacts",
            )
        who = one_contact(hub, query)
        show_operation(call, hub.contacts.edit(who, seen=who, **values))


def _values(**given: Any) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}


def _fields(pairs: list[str]) -> dict[str, str | None]:
    fields: dict[str, str | None] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"--field takes KEY=VALUE, not {pair!r}.")
        fields[key.strip()] = value or None
    return fields
