"""Giving a custom field another type: what converts, what does not, and what depends on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contacthub.engine.port import CONTACTS
from contacthub.errors import InvalidValue, QueryError, Refused
from contacthub.model import values as rules
from contacthub.model.field import field_type
from contacthub.operations import paths
from contacthub.operations.commit import commit
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation
from contacthub.operations.usage import found, users
from contacthub.query import parse
from contacthub.query.meaning import IsSet
from contacthub.query.properties import Property
from contacthub.session import Session


@dataclass(frozen=True, slots=True)
class Retype:
    """What another type would do to a field's values."""

    key: str
    type: str
    converts: int
    """Contacts whose value can be kept as the new type."""
    fails: dict[str, str] = field(default_factory=dict)
    """Contact uuid → the value that cannot."""
    groups: tuple[str, ...] = ()
    """Dynamic groups whose query asks about the field."""
    searches: tuple[str, ...] = ()
    """Saved searches that ask about it."""

    @property
    def summary(self) -> str:
        text = f"{self.key} as {self.type}: {self.converts:,} values convert"
        if self.fails:
            text += f", {len(self.fails):,} cannot, such as {next(iter(self.fails.values()))!r}"
        using = [f"the group {name}" for name in self.groups] + [f"the saved search {name}" for name in self.searches]
        return text + (f"; used by {', '.join(using)}" if using else "")


def plan_retype(session: Session, name: str, type: str) -> Retype:
    """What converting a field would do; nothing is changed. Raises NotFound, InvalidValue."""
    return _retype(session, name, type)[0]


def retype(session: Session, name: str, type: str, *, clear: bool = False) -> Operation:
    """Give a field another type and convert its values. Values that cannot be converted are refused
    (`does_not_convert`), or taken away with `clear`. Raises NotFound, InvalidValue, Refused, QueryError."""
    session.require("fields")

    def effects() -> Effects:
        plan, done = _retype(session, name, type)
        if plan.fails and not clear:
            raise Refused(
                f"{len(plan.fails):,} values of {name!r} are no {type}, such as {next(iter(plan.fails.values()))!r}; "
                "mend them first, or say that they may be cleared (clear=True, --clear).",
                code="does_not_convert",
            )
        _check_queries(session, plan)
        return done

    return commit(session, kind="fields", summary=f"field {name} becomes {type}", effects=effects)


def _retype(session: Session, name: str, type: str) -> tuple[Retype, Effects]:
    id, before = found(session, "fields", name)
    type = field_type(type)
    effects = Effects(catalogue=[CatalogueChange("fields", id, before, {**before, "type": type})])
    property = Property("field", before["key"], before["type"])
    holders = session.store.matching(IsSet(property))
    converts, fails = 0, {}
    for contact, document in session.store.get(CONTACTS, holders).items():
        value = paths.get(document, property.label)
        try:
            converted: Any = rules.field_value(value, type, property.label, session.settings.timezone)
            converts += 1
        except InvalidValue:
            converted = None
            fails[document["uuid"]] = str(value)
        effects.set_value(contact, property.label, value, converted)
    groups, searches = (
        tuple(user["name"] for _, user in users(session, kind, "fields", before)) for kind in ("groups", "searches")
    )
    return Retype(before["key"], type, converts, fails, groups, searches), effects


def _check_queries(session: Session, plan: Retype) -> None:
    """Queries of dynamic groups and saved searches must still be queries when the field has its new type."""
    resolver = session.resolver.with_field(plan.key, plan.type)
    field = {"key": plan.key}
    for kind, what in (("groups", "group"), ("searches", "saved search")):
        for _, user in users(session, kind, "fields", field):
            try:
                parse(user["query"], resolver)
            except QueryError as error:
                raise Refused(
                    f"The {what} {user['name']!r} asks {user['query']!r}, which is no query once the field is "
                    f"{plan.type}: {error.message}",
                    code="in_use",
                ) from error


def fits(value: Any, type: str, timezone: str) -> bool:
    """Whether a stored value of a field is one of that type, as it is."""
    try:
        stored = rules.field_value(value, type, "field", timezone)
    except InvalidValue:
        return False
    return stored == value and isinstance(stored, str) == isinstance(value, str)
