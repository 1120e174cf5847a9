"""Which contact is meant by what somebody typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from contacthub.errors import NotFound, Refused

if TYPE_CHECKING:
    from contacthub.hub import Audience, Contact, Hub

NAMED = 5
ContactArgument = Annotated[
    str, typer.Argument(metavar="CONTACT", help="A UUID, a URN, a phone number, or a query that only one matches.")
]


def one_contact(hub: Hub, text: str) -> Contact:
    """The contact of a UUID, a URN, or a query that exactly one matches. Raises NotFound, Refused, QueryError."""
    text = text.strip()
    if is_uuid(text):
        return hub.contacts.get(text)
    if ":" in text and " " not in text:
        contact = hub.contacts.by_urn(text)
        if contact is not None:
            return contact
    people = hub.find(text)
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


def audience_of(hub: Hub, text: str) -> Audience:
    """The contacts that a query matches; a UUID is that contact."""
    return hub.audience([hub.contacts.get(text.strip()).uuid]) if is_uuid(text) else hub.find(text)


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text.strip())) == text.strip().lower()
    except ValueError:
        return False
