"""A session: an engine opened by somebody. Who acts, what they may do, what time it is, what names mean.

Operations, imports and analyses are functions of a session; the hub is its face.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from contacthub.engine import locks
from contacthub.engine.port import Document, Store
from contacthub.errors import NotAllowed
from contacthub.model import shapes
from contacthub.model.field import Field
from contacthub.model.member import MAY, may
from contacthub.model.settings import Settings
from contacthub.model.text import fold
from contacthub.query.schema import GroupName

SETTINGS_ID = 1
CATALOGUES = ("fields", "groups", "tags", "lists", "members", "settings", "searches")
PURPOSES = ("marketing", "utility", "service")


class Catalogue:
    """Fields, groups, tags, lists, members and settings as of one state of the store: the Resolver of queries."""

    def __init__(self, store: Store, actor: str, redact: bool | None) -> None:
        self.actor = actor
        self.documents: dict[str, dict[int, Document]] = {table: dict(store.scan(table)) for table in CATALOGUES}
        for table, documents in self.documents.items():
            shapes.demand(table, documents)
        known = {field.name for field in dataclass_fields(Settings)}
        stored = self.documents["settings"].get(SETTINGS_ID, {})
        values = {key: value for key, value in stored.items() if key in known}
        self.settings = Settings(**values | {"purposes": tuple(stored.get("purposes") or ())})
        self._redact = redact
        self.role = self._role_of(actor)

    def _role_of(self, actor: str) -> str:
        """While the hub has no members everybody is an admin; after that, an unknown actor is refused."""
        members = self.members
        if not members:
            return "admin"
        for document in members:
            if document["handle"] == actor:
                return str(document["role"])
        raise NotAllowed(
            f"{actor!r} is no member of this hub. Open it as one of: "
            f"{', '.join(sorted(document['handle'] for document in members))}.",
            code="unknown_actor",
        )

    @property
    def country(self) -> str:
        return self.settings.country

    @property
    def timezone(self) -> str:
        return self.settings.timezone

    @property
    def date_order(self) -> str:
        return self.settings.date_order

    @property
    def redact_urns(self) -> bool:
        """Identities are hidden from viewers always, from everybody when the hub or the opening says so."""
        return self.role == "viewer" or bool(self._redact) or self.settings.redact_urns

    @cached_property
    def fields(self) -> dict[str, tuple[int, Field]]:
        """Fields by key, in the order in which people arranged them."""
        ordered = sorted(self.documents["fields"].items(), key=lambda item: (item[1].get("position", 0), item[0]))
        names = {field.name for field in dataclass_fields(Field)}
        return {
            document["key"]: (id, Field(**{key: value for key, value in document.items() if key in names}))
            for id, document in ordered
        }

    @cached_property
    def _groups(self) -> dict[str, tuple[int, Document]]:
        return self._by_name("groups")

    @cached_property
    def _members(self) -> dict[str, str]:
        handles: dict[str, str] = {}
        left = [document for document in self.documents["members"].values() if document.get("left_on")]
        for team in (left, self.members):  # a later one takes the name
            for property in ("email", "name", "handle"):
                handles |= {fold(member[property]): member["handle"] for member in team if member.get(property)}
        return handles

    def _by_name(self, table: str) -> dict[str, tuple[int, Document]]:
        return {fold(document["name"]): (id, document) for id, document in self.documents[table].items()}

    @cached_property
    def _tags(self) -> dict[str, tuple[int, Document]]:
        return self._by_name("tags")

    @cached_property
    def _lists(self) -> dict[str, tuple[int, Document]]:
        return self._by_name("lists")

    @cached_property
    def members(self) -> list[Document]:
        """The members of the team as it is; those who have left stay in the documents, since contacts and queries
        name them."""
        return [document for document in self.documents["members"].values() if not document.get("left_on")]

    def find(self, table: str, name: str) -> tuple[int, Document] | None:
        """The catalogue document of that name, without case: groups, tags, lists by name; fields by key or name."""
        if table == "fields":
            key = next((key for key, (_, field) in self.fields.items() if name == key), None) or next(
                (key for key, (_, field) in self.fields.items() if fold(field.name) == fold(name)), None
            )
            return (self.fields[key][0], self.documents["fields"][self.fields[key][0]]) if key else None
        if table == "members":
            handle = self.assignable(name)
            return next(((i, d) for i, d in self.documents["members"].items() if d["handle"] == handle), None)
        by_name: dict[str, tuple[int, Document]] = getattr(self, f"_{table}")
        return by_name.get(fold(name))

    def assignable(self, name: str) -> str | None:
        """The handle of a member who can be given contacts: one of the team as it is."""
        handle = self.member(name)
        return handle if any(document["handle"] == handle for document in self.members) else None

    def with_field(self, key: str, type: str) -> Catalogue:
        """The same names, one field of another type: to see what that would mean."""
        other = copy(self)
        id, field = self.fields[key]
        other.__dict__["fields"] = {**self.fields, key: (id, replace(field, type=type))}
        return other

    # -- Resolver ----------------------------------------------------------------------------------------------------
    def field(self, key: str) -> Any:
        found = self.fields.get(key)
        return found[1].type if found else None

    def group(self, name: str) -> GroupName | None:
        found = self._groups.get(fold(name))
        return found and GroupName(found[1]["name"], found[1]["uuid"], found[1].get("query"))

    def flow(self, name: str) -> str | None:
        """Flows belong to automations outside; any name may stand in a contact."""
        return name

    def member(self, name: str) -> str | None:
        return self._members.get(fold(name))

    def names(self, kind: str) -> Iterable[str]:
        if kind == "field":
            return list(self.fields)
        if kind == "member":
            return [document["handle"] for document in self.members]
        return [document["name"] for document in self.documents.get(f"{kind}s", {}).values()]

    def purposes(self) -> Iterable[str]:
        return (*PURPOSES, *self.settings.purposes)


class Session:
    """An engine opened by somebody, from some surface. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        *,
        actor: str | None = None,
        surface: str = "api",
        redact: bool | None = None,
        clock: Callable[[], datetime] | None = None,
        home: str | None = None,
    ) -> None:
        self.store = store
        self.home = home
        """Where what must not be in the store is kept beside it; None for a hub in memory."""
        self.surface = surface
        """Where changes come from, for the history: `api`, `cli`, `tui`, `notebook`, `webhook`."""
        self.actor = actor or getpass.getuser()
        self.pruned_at: datetime | None = None
        """When this session last looked for operations that are too old to be undone."""
        self._redact = redact
        self._clock = clock or (lambda: datetime.now(UTC))
        self._lock = locks.lock()
        self._cursor = store.cursor()
        self._catalogue: Catalogue | None = None
        _ = self.catalogue  # an unknown actor is refused when the hub is opened, not at the first change

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self._clock()

    @property
    def catalogue(self) -> Catalogue:
        """Fields, groups, members and settings as they are now; read again only when one of them has changed."""
        with self._lock:
            changes = self.store.changes(self._cursor)
            stale = changes.everything or any(table in changes.put or table in changes.deleted for table in CATALOGUES)
            if self._catalogue is None or stale:
                self._catalogue = Catalogue(self.store, self.actor, self._redact)
            self._cursor = changes.cursor
            return self._catalogue

    @property
    def resolver(self) -> Catalogue:
        return self.catalogue

    @property
    def settings(self) -> Settings:
        return self.catalogue.settings

    @property
    def role(self) -> str:
        """The actor's role in the team."""
        return self.catalogue.role

    def require(self, action: str) -> None:
        """Raise NotAllowed unless the actor's role may do this and the hub can be written."""
        role = self.role
        if not may(role, action):
            raise NotAllowed(
                f"{self.actor} is {'an' if role[0] in 'ae' else 'a'} {role}; "
                f"{action.replace('_', ' ')} needs the role {MAY[action]}."
            )
        if self.store.read_only and action not in ("read", "export"):
            raise NotAllowed("The hub was opened read-only; open it without read_only to change it.", code="read_only")

    def require_identities(self) -> None:
        """Raise NotAllowed where identities are hidden: who may not see a number may not try numbers out either."""
        if self.catalogue.redact_urns:
            raise NotAllowed(
                "Identities are hidden here, and this would show them or try them out. An admin shows them by the "
                "setting redact_urns=no; a hub that was opened with redact=True is opened without it.",
                code="redacted_urns",
            )
