"""What names mean: the Resolver that parsing and binding need, and `Schema`, one made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

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
    (a value that is no uuid). With plain names the documents hold group names.
    """

    fields: Mapping[str, Type] = field(default_factory=dict)
    groups: Iterable[str] | Mapping[str, str] = ()
    flows: Iterable[str] = ()
    country: str = ""
    date_order: str = "dmy"
    timezone: str = "UTC"
    redact_urns: bool = False
    members: Iterable[str] | Mapping[str, str] = ()
    actor: str | None = None
