"""One contact: made and edited by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from contacthub.cli.changes import show_operation
from contacthub.cli.command import Call, changing
from contacthub.cli.one import audience_of
from contacthub.cli.verbs import Expect, Query, carry_out
from contacthub.errors import AudienceChanged, NotFound, Refused

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
Inbox = Annotated[list[str] | None, typer.Option("--list", metavar="NAME", help="A list of the inbox. Repeatable.")]
Group = Annotated[list[str] | None, typer.Option("--group", metavar="NAME", help="A static group. Repeatable.")]
Status = Annotated[str | None, typer.Option("--status", metavar="STATUS", help="active, blocked, stopped or archived.")]
Assignee = Annotated[
    str | None, typer.Option("--assignee", metavar="HANDLE", help="The member who has the contact; me is oneself.")
]
Avatar = Annotated[str | None, typer.Option("--avatar", metavar="URL", help="Where its picture is.")]


def register(app: typer.Typer) -> None:
    changing(app, "create", panel=PANEL)(create)
    changing(app, "edit", panel=PANEL)(edit)


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
    inbox: Inbox = None,
    group: Group = None,
    status: Status = None,
    assignee: Assignee = None,
    avatar: Avatar = None,
) -> None:
    """Create one contact."""
    urns = ([f"tel:{phone}"] if phone else []) + (urn or [])
    values = _values(
        name=name, language=language, remarks=remarks, urns=urns, tags=tag, lists=inbox, groups=group, status=status,
        assignee=assignee, avatar=avatar, fields=_fields(field),
    )  # fmt: skip
    if not values:
        raise typer.BadParameter("Say at least one thing about the contact, such as --name or --phone.")
    with call.change() as hub:
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
    inbox: Inbox = None,
    group: Group = None,
    status: Status = None,
    assignee: Assignee = None,
    avatar: Avatar = None,
    clear: Annotated[
        list[str] | None,
        typer.Option(
            "--clear", metavar="PROPERTY", help="Take a value away: name, tags, assignee, fields.city. Repeatable."
        ),
    ] = None,
    expect: Expect = None,
) -> None:
    """Edit one contact, or with --expect several. --urn, --tag, --list and --group replace all that there were."""
    values = _values(
        name=name, language=language, remarks=remarks, urns=urn, tags=tag, lists=inbox, groups=group, status=status,
        assignee=assignee, avatar=avatar, fields=_fields(field),
    )  # fmt: skip
    _clear(values, clear or ())
    if not values:
        raise typer.BadParameter("Say what to change, such as --name or --field city=Recife.")
    with call.change() as hub:
        people = audience_of(hub, query)
        if expect is not None and len(people) != expect:
            raise AudienceChanged(
                f"{query!r} gives {len(people):,} contacts, not {expect:,}; nothing was changed.", entered=[], left=[]
            )
        if not len(people):
            raise NotFound(f"Nobody is {query!r}. Give a UUID, a URN such as tel:+5581987654321, or a query.")
        if len(people) == 1:
            who = people.at(0)
            show_operation(call, hub, hub.contacts.edit(who, seen=who, **values))
        elif expect is None:
            raise Refused(
                f"{len(people):,} contacts match {query!r}. To edit all of them, say --expect {len(people)}.",
                code="several_contacts",
            )
        else:
            carry_out(call, hub, "edit", people, expect=expect, **values)


def _clear(values: dict[str, Any], properties: Sequence[str]) -> None:
    """Note what is to be taken away among the values."""
    for property in properties:
        kind, dot, key = property.partition(".")
        if dot and kind == "fields":
            values.setdefault("fields", {})[key] = None
        else:
            values[property] = None


def _values(**given: Any) -> dict[str, Any]:
    """What was said; an option that is not there is None or empty."""
    return {key: value for key, value in given.items() if value not in (None, [], {})}


def _fields(pairs: Sequence[str] | None) -> dict[str, str | None]:
    fields: dict[str, str | None] = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise typer.BadParameter(f"--field takes KEY=VALUE, not {pair!r}.")
        fields[key.strip()] = value or None
    return fields
