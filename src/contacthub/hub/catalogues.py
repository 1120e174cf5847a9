"""`hub.fields`, `groups`, `tags`, `lists`, `members`, `settings`: what a hub is arranged by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from contacthub.engine.port import CONTACTS, Document, SetKind
from contacthub.errors import QueryError
from contacthub.hub.audience import Audience
from contacthub.hub.contact import Contact
from contacthub.model.contact import public
from contacthub.model.field import Field
from contacthub.model.settings import Settings as Values
from contacthub.operations import arrange, redaction, snapshots
from contacthub.operations import catalogue as operations
from contacthub.operations.fields import retype
from contacthub.operations.history import Operation
from contacthub.operations.snapshots import Snapshot
from contacthub.operations.usage import found
from contacthub.query.meaning import AnyOf, Equals, Meaning
from contacthub.query.properties import attribute

if TYPE_CHECKING:
    from contacthub.hub.front import Hub

NOBODY = AnyOf(())
Item = TypeVar("Item")


@dataclass(frozen=True)
class Group:
    """A group: static, or dynamic by a query. Only active contacts are members."""

    id: int
    name: str
    uuid: str
    query: str | None
    _hub: Hub

    @property
    def is_dynamic(self) -> bool:
        return self.query is not None

    @property
    def audience(self) -> Audience:
        """Its members now."""
        return self._hub.find(f'group = "{self.name}"')

    @property
    def problem(self) -> str | None:
        """Why its query is none any more, so that nobody is in it; None when all is well."""
        try:
            self._hub.parse(self.query or "").meaning(self._hub.session.now())
        except QueryError as error:
            return error.message
        return None

    @property
    def count(self) -> int:
        """How many members it has now."""
        return self._hub.store.counts([meaning_of_group(self._hub, self)])[0]

    def __repr__(self) -> str:
        return f"<Group {self.name}{f': {self.query}' if self.query else ''} · {self.count:,}>"


@dataclass(frozen=True)
class Named:
    """A tag or a list."""

    id: int
    name: str
    kind: SetKind
    _hub: Hub
    color: str | None = None
    """Of a tag, `#rrggbb`."""
    hidden: bool = False
    """Of a list: kept out of sight."""

    @property
    def audience(self) -> Audience:
        return self._hub.find(f'{self.kind[:-1]} = "{self.name}"')

    @property
    def count(self) -> int:
        """Contacts that have it, whatever their status."""
        return len(operations.members_of(self._hub.session, self.kind, self.id))

    def __repr__(self) -> str:
        return f"<{self.kind[:-1].title()} {self.name} · {self.count:,}>"


@dataclass(frozen=True)
class Member:
    """Somebody of the team."""

    id: int
    handle: str
    name: str
    email: str
    role: str


def meaning_of_group(hub: Hub, group: Group) -> Meaning:
    """Who is in a group, as evaluators take it: nobody, if its query is none any more (`Group.problem` tells)."""
    if group.query is None:
        return Equals(attribute("group"), frozenset({group.uuid}))
    return meaning_or_nobody(hub, f'group = "{group.name}"')


def meaning_or_nobody(hub: Hub, query: str) -> Meaning:
    """What a query means now; nobody, if it leads to a group whose query is none any more: one damaged query leaves
    everything else to be looked at."""
    try:
        return hub.parse(query).meaning(hub.session.now())
    except QueryError:
        return NOBODY


class _Catalogue(ABC, Generic[Item]):
    """Things with a name: iterable, `len()`, `in`, `get`, `rename`, `delete`."""

    table: str

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @abstractmethod
    def _item(self, id: int, document: Document) -> Item:
        """What a document of the catalogue is to people."""

    def __iter__(self) -> Iterator[Item]:
        documents = self._hub.session.catalogue.documents[self.table].items()
        for id, document in sorted(documents, key=lambda item: str(item[1].get("name", "")).casefold()):
            yield self._item(id, document)

    def __len__(self) -> int:
        return len(self._hub.session.catalogue.documents[self.table])

    def __contains__(self, name: object) -> bool:
        return self._hub.session.catalogue.find(self.table, str(name)) is not None

    def get(self, name: str) -> Item:
        """The one of that name, without case. Raises NotFound."""
        return self._item(*found(self._hub.session, self.table, name))

    def rename(self, name: str, new: str) -> Operation:
        """Give another name. Raises NotFound, InvalidValue, Refused (`exists`)."""
        return operations.rename(self._hub.session, self.table, name, new)

    def delete(self, name: str) -> Operation:
        """Delete; an undo brings it back, and `hub.plan.usage` shows first what uses it. Raises NotFound, Refused
        (`in_use`: a query names it)."""
        return operations.delete(self._hub.session, self.table, name)

    def __repr__(self) -> str:
        return f"<{self.table.title()}: {len(self)}>"


class Fields(_Catalogue[Field]):
    table = "fields"

    def _item(self, id: int, document: Document) -> Field:
        return self._hub.session.catalogue.fields[document["key"]][1]

    def __iter__(self) -> Iterator[Field]:
        return iter([field for _, field in self._hub.session.catalogue.fields.values()])

    def create(self, name: str, type: str = "text") -> Field:
        """A new field of type text, number, datetime, state, district or ward. Raises InvalidValue, Refused."""
        operations.create_field(self._hub.session, name, type)
        return self.get(name)

    def retype(self, name: str, type: str, *, clear: bool = False) -> Operation:
        """Give another type and convert the values; `hub.plan.retype` shows what it does. Values that do not convert
        are refused (`does_not_convert`) unless `clear`. Raises NotFound, InvalidValue, Refused."""
        return retype(self._hub.session, name, type, clear=clear)

    def arrange(self, names: list[str]) -> Operation:
        """Put fields in this order; those not named follow. Raises NotFound."""
        return arrange.arrange(self._hub.session, names)

    def feature(self, name: str, featured: bool = True) -> Operation:
        """Show in lists, or no longer. Raises NotFound."""
        return arrange.feature(self._hub.session, name, featured)


class Groups(_Catalogue[Group]):
    table = "groups"

    def _item(self, id: int, document: Document) -> Group:
        query = document.get("query")
        shown = query and redaction.query(self._hub.session, query)
        return Group(id, document["name"], document["uuid"], shown, self._hub)

    def create(self, name: str, query: str | None = None) -> Group:
        """A static group, or with a query a dynamic one. Raises InvalidValue, QueryError, Refused."""
        operations.create_group(self._hub.session, name, query)
        return self.get(name)

    def change_query(self, name: str, query: str) -> Operation:
        """Give a dynamic group another query. Raises NotFound, QueryError, Refused (`static_group`)."""
        return operations.change_group_query(self._hub.session, name, query)

    def snapshot(self, name: str) -> Snapshot:
        """Remember who is in a group now. Raises NotFound."""
        return snapshots.take(self._hub.session, name)

    def snapshots(self, name: str) -> list[Snapshot]:
        """The snapshots of a group, oldest first. Raises NotFound."""
        return snapshots.snapshots(self._hub.session, name)

    def entered(self, name: str, since: str | datetime | None = None) -> Audience:
        """Who is in a group now and was not at its newest snapshot of `since` or before (`-7d`, a date; None: its
        newest). Raises NotFound, InvalidValue."""
        return self._moved(name, since, 0)

    def left(self, name: str, since: str | datetime | None = None) -> Audience:
        """Who was in a group then and is not now. Raises NotFound, InvalidValue."""
        return self._moved(name, since, 1)

    def _moved(self, name: str, since: str | datetime | None, which: int) -> Audience:
        session = self._hub.session
        when = None if since is None else snapshots.instant_of(session, since)
        ids = snapshots.since(session, name, when)[which]
        return Audience(self._hub, lambda: ids, query=f"{'left' if which else 'entered'} {name}")

    def of(self, contact: Contact) -> list[str]:
        """Names of the groups that a contact is in now, static and dynamic, sorted."""
        from contacthub.query.evaluator import matches

        document = self._hub.store.get(CONTACTS, [contact.id]).get(contact.id)
        if document is None:
            return []
        seen = public(contact.id, document)  # a group may ask for identities, also where they are hidden
        return sorted(
            (group.name for group in self if matches(meaning_of_group(self._hub, group), seen)), key=str.casefold
        )


class NamedSets(_Catalogue[Named]):
    """Tags or lists: sets of contacts with a name."""

    def __init__(self, hub: Hub, table: SetKind) -> None:
        super().__init__(hub)
        self.table = table

    def _item(self, id: int, document: Document) -> Named:
        kind = cast(SetKind, self.table)
        return Named(id, document["name"], kind, self._hub, document.get("color"), document.get("hidden", False))

    def create(self, name: str) -> Named:
        """A new one. Raises InvalidValue, Refused (`exists`)."""
        operations.create_named(self._hub.session, cast(SetKind, self.table), name)
        return self.get(name)


class Tags(NamedSets):
    """The hub's tags."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub, "tags")

    def merge(self, names: list[str], into: str) -> Operation:
        """Make several tags one. Raises NotFound."""
        return arrange.merge_tags(self._hub.session, names, into)

    def color(self, name: str, color: str | None) -> Operation:
        """Give a tag a colour, `#rrggbb`, or none. Raises NotFound, InvalidValue."""
        return arrange.decorate(self._hub.session, "tags", name, color=color)


class Lists(NamedSets):
    """The inbox tabs of the team."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub, "lists")

    def arrange(self, names: list[str]) -> Operation:
        """Put lists in this order; those not named follow. Raises NotFound."""
        return arrange.arrange_lists(self._hub.session, names)

    def hide(self, name: str, hidden: bool = True) -> Operation:
        """Keep a list out of sight, or show it again. Raises NotFound."""
        return arrange.decorate(self._hub.session, "lists", name, hidden=hidden)

    def __iter__(self) -> Iterator[Named]:
        documents = self._hub.session.catalogue.documents["lists"].items()
        for id, document in sorted(documents, key=lambda item: (item[1].get("position", 0), item[0])):
            yield self._item(id, document)


class Members(_Catalogue[Member]):
    """The team as it is. Who has left is not among them, and can be made a member again by `create`."""

    table = "members"

    def __iter__(self) -> Iterator[Member]:
        return iter([member for member in super().__iter__() if member.handle in self])

    def __len__(self) -> int:
        return len(self._hub.session.catalogue.members)

    def _item(self, id: int, document: Document) -> Member:
        return Member(id, document["handle"], document["name"], document["email"], document["role"])

    def create(self, handle: str, name: str = "", email: str = "", role: str = "agent") -> Member:
        """A new member with a role: viewer, agent, editor or admin. The first member made is oneself, as admin; if it
        is somebody else, oneself is added too. Raises InvalidValue, Refused."""
        operations.create_member(self._hub.session, handle, name, email, role)
        return self.get(handle)

    def change(self, handle: str, **values: str) -> Operation:
        """Change `name`, `email` or `role`. Raises NotFound, InvalidValue, Refused (`last_admin`)."""
        return operations.change_member(self._hub.session, handle, **values)

    def rename(self, name: str, new: str) -> Operation:
        return self.change(name, name=new)


class Settings:
    """The hub's settings: read as attributes, changed by `update(...)`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def update(self, **values: Any) -> Operation:
        """Change settings. Raises InvalidValue."""
        return operations.update_settings(self._hub.session, **values)

    def as_dict(self) -> Document:
        return self._hub.session.settings.as_dict()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._hub.session.settings, name)

    def __dir__(self) -> list[str]:
        return ["update", "as_dict", *Values().as_dict()]

    def __repr__(self) -> str:
        return f"<Settings {', '.join(f'{key}={value!r}' for key, value in self.as_dict().items())}>"
