"""What names mean: the Resolver that parsing and binding need, and `Schema`, one made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, cast, get_args
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contacthub.errors import InvalidValue
from contacthub.model.settings import PURPOSES
from contacthub.model.text import fold
from contacthub.query.properties import Type


@dataclass(frozen=True, slots=True)
class GroupName:
    """A group as queries know it. `key` is what stands in a contact's `groups`; `query` makes it a dynamic one."""

    name: str
    key: str
    query: str | None = None


class Resolver(Protocol):
    """Knows fields, groups, flows, members. Names are looked up without case; None is "there is none"."""

    @property
    def country(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def date_order(self) -> str: ...
    @property
    def redact_urns(self) -> bool: ...
    @property
    def actor(self) -> str | None:
        """The handle that `me` stands for."""

    def field(self, key: str) -> Type | None: ...
    def group(self, name: str) -> GroupName | None: ...
    def flow(self, name: str) -> str | None:
        """The name as it stands in contacts."""

    def member(self, name: str) -> str | None:
        """The handle of a member, by handle, name or e-mail address."""

    def names(self, kind: str) -> Iterable[str]:
        """All names of a kind (`field`, `group`, `flow`, `member`, `tag`, `list`), for suggestions; may be empty."""

    def purposes(self) -> Iterable[str]:
        """Purposes of consent: `marketing`, `utility`, `service`, and the hub's own."""


@dataclass(frozen=True)
class Schema:
    """A Resolver made by hand: what a query may refer to.

    `fields` maps keys to types; `groups` are names, or name → uuid of a static group, or name → query of a dynamic one
    (a value that is no uuid). With plain names the documents hold group names. `members` are handles, or name →
    handle; without any, whatever name stands for itself, and so do flows when `flows` is None. Raises InvalidValue
    for a type, country, time zone or date order that there is not.
    """

    fields: Mapping[str, Type] = field(default_factory=dict)
    groups: Iterable[str] | Mapping[str, str] = ()
    flows: Iterable[str] | None = ()
    country: str = ""
    date_order: str = "dmy"
    timezone: str = "UTC"
    redact_urns: bool = False
    members: Iterable[str] | Mapping[str, str] = ()
    actor: str | None = None

    def __post_init__(self) -> None:
        for key, type in self.fields.items():
            _known("fields", f"the type of {key}", type, get_args(Type))
        _known("date_order", "date_order", self.date_order, ("dmy", "mdy", "ymd"))
        object.__setattr__(self, "country", self.country.upper())
        if self.country:
            from phonenumbers import SUPPORTED_REGIONS

            if self.country not in SUPPORTED_REGIONS:
                raise _wrong("country", self.country, "country is a code of two letters such as BR or MX")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise _wrong("timezone", self.timezone, "timezone is a name such as America/Recife") from None

    @cached_property
    def _fields(self) -> dict[str, Type]:
        return {key.lower(): type for key, type in self.fields.items()}

    @cached_property
    def _groups(self) -> dict[str, GroupName]:
        named = self.groups if isinstance(self.groups, Mapping) else dict.fromkeys(self.groups)
        return {fold(name): _group(name, value) for name, value in named.items()}

    @cached_property
    def _flows(self) -> dict[str, str] | None:
        return None if self.flows is None else {fold(name): name for name in self.flows}

    @cached_property
    def _members(self) -> dict[str, str]:
        named = self.members if isinstance(self.members, Mapping) else {handle: handle for handle in self.members}
        by_handle = {fold(handle): handle for handle in named.values()}
        return by_handle | {fold(name): handle for name, handle in named.items()}

    def field(self, key: str) -> Type | None:
        return self._fields.get(key.lower())

    def group(self, name: str) -> GroupName | None:
        return self._groups.get(fold(name))

    def flow(self, name: str) -> str | None:
        return name if self._flows is None else self._flows.get(fold(name))

    def member(self, name: str) -> str | None:
        return self._members.get(fold(name)) if self._members else name

    def names(self, kind: str) -> Iterable[str]:
        match kind:
            case "field":
                return list(self._fields)
            case "group":
                return [group.name for group in self._groups.values()]
            case "flow":
                return list((self._flows or {}).values())
            case "member":
                return sorted(set(self._members.values()))
            case _:
                return []

    def purposes(self) -> Iterable[str]:
        return PURPOSES


def _known(property: str, what: str, value: str, right: tuple[str, ...]) -> None:
    if value not in right:
        raise _wrong(property, value, f"{what} is one of {', '.join(right)}")


def _wrong(property: str, value: str, right: str) -> InvalidValue:
    return InvalidValue(f"In a schema {right}, not {value!r}.", code="invalid_schema", property=property, value=value)


def _group(name: str, value: str | None) -> GroupName:
    if value is None:
        return GroupName(name, name)
    try:
        return GroupName(name, str(UUID(value)))
    except ValueError:
        return GroupName(name, name, value)


class _Changed:
    """A resolver that answers as another one does, save for what a subclass says."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def __getattr__(self, name: str) -> object:
        return getattr(self._resolver, name)


class _Seeing(_Changed):
    """A resolver that hides no identities."""

    redact_urns = False


class _WithGroup(_Changed):
    """A resolver that knows one more group."""

    def __init__(self, resolver: Resolver, group: GroupName) -> None:
        super().__init__(resolver)
        self._group = group

    def group(self, name: str) -> GroupName | None:
        return self._resolver.group(name) or (self._group if fold(name) == fold(self._group.name) else None)


def seeing(resolver: Resolver | None) -> Resolver | None:
    """The same names for a query that is kept: somebody who sees identities has saved it, and it means the same for
    all. What people type is checked by their own resolver."""
    return cast(Resolver, _Seeing(resolver)) if resolver is not None and resolver.redact_urns else resolver


def with_group(resolver: Resolver, name: str, query: str) -> Resolver:
    """The same names and that of a dynamic group which is about to be made, unless there is one already."""
    return cast(Resolver, _WithGroup(resolver, GroupName(name, name, query)))
