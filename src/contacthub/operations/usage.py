"""What uses a field, group, tag, list or member: looked at before it is renamed or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import Document, SetKey
from contacthub.errors import NotFound, QueryError
from contacthub.model.text import fold
from contacthub.query import parse
from contacthub.query.meaning import Equals, IsSet
from contacthub.query.properties import Property, attribute
from contacthub.query.query import Query
from contacthub.query.schema import seeing
from contacthub.query.tree import Condition, leaves
from contacthub.session import Session

SINGULAR = {"fields": "field", "groups": "group", "tags": "tag", "lists": "list", "members": "member"}
ATTRIBUTES = {"groups": "group", "tags": "tag", "lists": "list", "members": "assignee"}
"""The attribute by which a query names what a catalogue holds; a field is named by its key."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Who and what uses something of a catalogue."""

    what: str
    contacts: int
    """Contacts that have a value, are members, or are assigned, whatever their status."""
    groups: tuple[str, ...]
    """Dynamic groups whose query names it."""
    searches: tuple[str, ...]
    """Saved searches that name it, of whomever."""

    @property
    def summary(self) -> str:
        """One line, such as "tag vip: 12 contacts; in the queries of Adults"."""
        text = f"{self.what}: {self.contacts:,} {'contact' if self.contacts == 1 else 'contacts'}"
        queries = (*self.groups, *self.searches)
        return f"{text}; in the queries of {', '.join(queries)}" if queries else text


def found(session: Session, table: str, name: str) -> tuple[int, Document]:
    """The catalogue document of that name. Raises NotFound, naming what there is."""
    result = session.catalogue.find(table, name)
    if result is None:
        known = ", ".join(sorted(session.catalogue.names(SINGULAR[table]))[:12]) or "none yet"
        raise NotFound(f"There is no {SINGULAR[table]} {name!r}. The {table} are: {known}.")
    return result


def usage(session: Session, table: str, name: str) -> Usage:
    """What a rename or a deletion would affect. Raises NotFound, QueryError (a dynamic group whose query is none)."""
    id, document = found(session, table, name)
    groups, searches = (
        tuple(user["name"] for _, user in users(session, kind, table, document)) for kind in ("groups", "searches")
    )
    what = f"{SINGULAR[table]} {label(document)}"
    return Usage(what, len(holders(session, table, id, document)), groups, searches)


def label(document: Document) -> str:
    """The name under which people know something of a catalogue."""
    return str(document.get("name") or document.get("handle"))


def holders(session: Session, table: str, id: int, document: Document) -> BitMap:
    """The contacts that have a value of a field, a tag, a list; are in a group; are assigned to a member."""
    if table == "fields":
        return session.store.matching(IsSet(Property("field", document["key"], document["type"])))
    if table == "members":
        return session.store.matching(Equals(attribute("assignee"), frozenset({fold(document["handle"])})))
    if document.get("query"):
        return session.store.matching(parse(document["query"], seeing(session.resolver)).meaning(session.now()))
    return session.store.members(SetKey(table, id))  # type: ignore[arg-type]


def users(session: Session, kind: str, table: str, document: Document) -> Iterator[tuple[int, Document]]:
    """The dynamic groups (`kind` "groups") or saved searches whose query names something of a catalogue."""
    for id, user, query in queries(session, kind):
        if user != document and names(query, table, document):
            yield id, user


def queries(session: Session, kind: str) -> Iterator[tuple[int, Document, Query]]:
    """The queries of dynamic groups, or saved searches. One that is no query any more names nothing: it waits to be
    mended, and `verify` tells of it."""
    for id, document in session.catalogue.documents[kind].items():
        if document.get("query"):
            try:
                yield id, document, parse(document["query"], seeing(session.resolver))
            except QueryError:
                continue


def names(query: Query, table: str, document: Document) -> bool:
    """Whether a query names something of a catalogue."""
    conditions = [leaf for leaf in leaves(query.tree) if isinstance(leaf, Condition)]
    if table == "fields":
        return any(one.property.kind == "field" and one.property.key == document["key"] for one in conditions)
    known: set[Any] = {fold(document[key]) for key in ("name", "handle", "email") if document.get(key)}
    return any(
        one.property.kind == "attribute"
        and one.property.key == ATTRIBUTES.get(table)
        and any(fold(value) in known for value in one.values)
        for one in conditions
    )
