"""What is meant by what somebody typed: which contact, which instant, which file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from contacthub.cli.command import Call
from contacthub.errors import InvalidValue, NotFound, QueryError, Refused
from contacthub.tables.targets import spare, spare_hub

if TYPE_CHECKING:
    from contacthub.hub import Audience, Contact, Hub

NAMED = 5
ContactArgument = Annotated[
    str, typer.Argument(metavar="CONTACT", help="A UUID, a URN, a phone number, or a query that only one matches.")
]


def one_contact(hub: Hub, text: str) -> Contact:
    """The contact of a UUID, a URN, or a query that exactly one matches. Raises NotFound, Refused, QueryError."""
    if is_uuid(text):
        return hub.contacts.get(text.strip())
    people = audience_of(hub, text)
    if len(people) == 1:
        return people.at(0)
    if not len(people):
        raise NotFound(f"Nobody is {text!r}. Give a UUID, a URN such as tel:+5581987654321, or a query.")
    names = ", ".join(contact.display_name for contact in people.page(limit=NAMED))
    more = f" and {len(people) - NAMED:,} more" if len(people) > NAMED else ""
    raise Refused(
        f"{len(people):,} contacts match {text!r}: {names}{more}. Say which one by its UUID or a narrower query.",
        code="several_contacts",
    )


def one_person(hub: Hub, text: str) -> Contact | str:
    """As `one_contact`; the UUID of a contact that was deleted stands for itself."""
    try:
        return one_contact(hub, text)
    except NotFound:
        if not is_uuid(text):
            raise
        return text.strip().lower()


def audience_of(hub: Hub, text: str) -> Audience:
    """The contacts that a query matches; a UUID or a URN is that contact."""
    if is_uuid(text):
        return hub.audience([hub.contacts.get(text.strip()).uuid])
    if _is_urn(text):
        contact = hub.contacts.by_urn(text.strip())
        if contact is not None:
            return hub.audience([contact])
    return hub.find(text)


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text.strip())) == text.strip().lower()
    except ValueError:
        return False


def _is_urn(text: str) -> bool:
    """Whether the text is written as an identity; a query has blanks or operators."""
    return ":" in text and not any(character in text.strip() for character in ' "=~<>()')


def instant(hub: Hub, option: str, text: str) -> datetime:
    """The instant that the value of an option means. A wrong one is wrong use."""
    try:
        return hub.instant(text)
    except (InvalidValue, QueryError) as error:
        raise typer.BadParameter(f"{option}: {error}") from error


def new_file(call: Call, path: str, *, force: bool | None = None, reads: str | None = None) -> Path:
    """The path of a file to be written. Raises Refused for one that is there already, unless with `force`, where None
    says that the command has no such option; and in any case for a folder, for the hub with what belongs to it, and
    for the file that the command `reads`."""
    found = Path(path).expanduser()
    spare(found, reads, "the file that is imported")
    spare_hub(found, call.location)
    if found.is_dir():
        raise Refused(f"{path} is a folder. Give the name of a file.", code="exists")
    if found.exists() and not force:
        remedy = "Choose another name." if force is None else "Choose another name, or replace it with --force."
        raise Refused(f"{path} is there already. {remedy}", code="exists")
    return found
