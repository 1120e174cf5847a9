"""The columns of an export: their headers, in RapidPro's order first, and the cell of a contact under each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from contacthub.engine.port import SetKey, SetKind
from contacthub.errors import InvalidValue
from contacthub.exports.people import Cell, People, Read, joined
from contacthub.model.contact import MARKETING, UNKNOWN
from contacthub.model.text import fold
from contacthub.query.properties import ATTRIBUTES, AVATAR, Property, attribute
from contacthub.session import Session
from contacthub.tables import headers
from contacthub.tables.columnar import Cells
from contacthub.tables.headers import SCHEMES, Target


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: its header, and what of the contacts stands under it."""

    header: str
    cells: Callable[[People], Cells]
    identity: bool = False
    """Whether it holds URNs, which a redacted export has none of."""
    property: Property | None = None
    """What it asks of the engine's columns."""
    read: Read | None = None
    """What it reads of each document, kept under its header."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of an export, and the contacts that they are of."""

    people: People
    columns: list[ExportColumn]


def default_layout(session: Session, ids: Sequence[int]) -> Layout:
    """All that an import reads back: what every contact has, the identities that occur, fields, consents."""
    first = [_named(session, header) for header in ("UUID", "Name", "Language", "Status", "Created On", "Last Seen On")]
    fields = [_field(session, key) for key in session.catalogue.fields]
    sets = [_named(session, header) for header in ("Groups", "Tags", "Lists", "Assignee")]
    consents = {purpose: _consents(purpose) for purpose in session.catalogue.purposes()}
    last = [_named(session, header) for header in ("Remarks", "Avatar")]
    every = [*first, *fields, *sets, *chain.from_iterable(consents.values()), *last]
    people = _people(session, ids, every, SCHEMES)
    urns = [_urn(scheme, position) for scheme in SCHEMES for position in range(people.most(_scheme(scheme)))]
    for purpose in [purpose for purpose in consents if purpose != MARKETING]:
        if not people.has_any(_opt_in(purpose), besides=UNKNOWN):
            del consents[purpose]
    return Layout(people, [*first, *urns, *fields, *sets, *chain.from_iterable(consents.values()), *last])


def chosen_layout(session: Session, names: Sequence[str], ids: Sequence[int]) -> Layout:
    """Columns by header (`Name`, `URN:Tel`, `Field:Age`) or by property (`name`, `urns.tel`, `age`).

    `URN:<scheme>` becomes as many columns as a contact has identities of it; `Phone` is one, the preferred phone be it
    `tel` or `whatsapp`. Raises InvalidValue (`unknown_column`).
    """
    targets = [_target(session, name) for name in names]
    wanted: list[ExportColumn | str] = [
        target.argument if target.kind == "urn" else _of_target(session, target) for target in targets
    ]
    plain = [column for column in wanted if isinstance(column, ExportColumn)]
    people = _people(session, ids, plain, [scheme for scheme in wanted if isinstance(scheme, str)])
    columns: list[ExportColumn] = []
    for column in wanted:
        if isinstance(column, ExportColumn):
            columns.append(column)
        else:
            columns += [_urn(column, position) for position in range(max(1, people.most(_scheme(column))))]
    return Layout(people, columns)


def _people(session: Session, ids: Sequence[int], columns: Sequence[ExportColumn], schemes: Iterable[str]) -> People:
    properties = [column.property for column in columns if column.property]
    properties += [_scheme(scheme) for scheme in schemes]
    reads = {column.header: column.read for column in columns if column.read}
    return People(session, ids, properties, reads, as_stored=_stored_field)


def _named(session: Session, header: str) -> ExportColumn:
    return _of_target(session, _target(session, header))


_SINGULAR = {"tag": "Tags", "list": "Lists", "group": "Groups", "urn": "URNs", "import": "Imports"}


def _target(session: Session, name: str) -> Target:
    target = headers.known(_SINGULAR.get(fold(name), name))
    if target is None or target.kind == "ignore":
        if session.catalogue.find("fields", name):
            return Target("field", name)
        target = Target("urn", fold(name)) if fold(name) in SCHEMES else headers.guess(name)
    if target == Target("phone", "whatsapp"):
        return Target("urn", "whatsapp")
    if target is None or (target.kind == "urn" and target.argument not in SCHEMES):
        fields = ", ".join(f"Field:{field.name}" for _, field in session.catalogue.fields.values())
        raise InvalidValue(
            f"There is no column {name!r} to export. Columns are UUID, Name, First Name, Language, Status, Created On, "
            "Last Seen On, Phone, URN:<scheme>, Groups, Tags, Lists, Assignee, Opt In, Opt In On, "
            "Remarks, Avatar"
            f"{fields and ', '}{fields}.",
            code="unknown_column", property="columns", value=name,
        )  # fmt: skip
    return target


def _of_target(session: Session, target: Target) -> ExportColumn:
    header = target.argument if target.kind == "read_only" else str(target)
    if target.kind == "uuid":
        return ExportColumn(header, People.uuids)
    if target.kind == "field":
        return _field(session, target.argument)
    if target.kind == "phone":
        phone = attribute("phone")
        return ExportColumn(header, lambda people: people.phones(phone), identity=True, property=phone)
    if target.kind == "group":
        return _group(session, target.argument)
    if target.kind in ("opt_in", "opt_in_on"):
        return _consents(target.argument)[target.kind == "opt_in_on"]
    if target.kind in ("groups", "tags", "lists"):
        return _sets(session, header, target.kind, "name")
    if target.kind == "urns":
        return _from_documents(header, ("urns", joined), identity=True)
    if target.kind == "read_only":
        return _read_only(session, header)
    return _attribute(header, target.kind)


def _from_columns(header: str, property: Property, convert: Callable[[str], Cell] | None = None) -> ExportColumn:
    return ExportColumn(header, lambda people: people.property(property, convert), property=property)


def _from_documents(header: str, read: Read, *, identity: bool = False) -> ExportColumn:
    return ExportColumn(header, lambda people: people.read(header), identity=identity, read=read)


def _attribute(header: str, kind: str) -> ExportColumn:
    if kind == "first_name":
        from contacthub.identity.names import first_name

        return _from_columns(header, attribute("name"), lambda name: first_name(name) or None)
    if kind in ("last_name", "opt_in_proof", "phone_area", "phone_country", "phone_number"):
        raise InvalidValue(
            f"{kind.replace('_', ' ')!r} is a column of imports only; it cannot be exported.",
            code="unknown_column", property="columns", value=kind,
        )  # fmt: skip
    return _from_columns(header, AVATAR if kind == "avatar" else attribute(kind))


def _scheme(scheme: str) -> Property:
    return Property("scheme", scheme)


def _urn(scheme: str, position: int) -> ExportColumn:
    return ExportColumn(
        str(Target("urn", scheme)), lambda people: people.identity(_scheme(scheme), position), identity=True
    )


def _field(session: Session, name: str) -> ExportColumn:
    found = session.catalogue.find("fields", name)
    if found is None:
        raise InvalidValue(
            f"There is no field {name!r} to export.", code="unknown_column", property="columns", value=name
        )
    return _from_columns(f"Field:{found[1]['name']}", Property("field", found[1]["key"], found[1]["type"]))


def _stored_field(property: Property) -> Read:
    key, moments = property.key, property.type == "datetime"

    def read(fields: dict[str, Cell]) -> Cell:
        value = fields.get(key)
        if moments and isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
        return value

    return "fields", read


def _group(session: Session, name: str) -> ExportColumn:
    found = session.catalogue.find("groups", name)
    if found is None or found[1].get("query"):
        raise InvalidValue(
            f"There is no static group {name!r} to export.", code="unknown_column", property="columns", value=name
        )
    key = SetKey("groups", found[0])
    return ExportColumn(f"Group:{found[1]['name']}", lambda people: people.member(key))


def _sets(session: Session, header: str, kind: SetKind, label: str) -> ExportColumn:
    names = {id: str(document[label]) for id, document in session.store.scan(kind)}
    return ExportColumn(header, lambda people: people.sets(kind, names))


def _opt_in(purpose: str, key: str = "opt_in") -> Property:
    return attribute(key, "" if purpose == MARKETING else purpose)


def _consents(purpose: str) -> list[ExportColumn]:
    """The state of a consent, and since when."""
    state, since = str(Target("opt_in", purpose)), str(Target("opt_in_on", purpose))
    return [
        _from_columns(state, _opt_in(purpose), lambda state: None if state == UNKNOWN else state),
        _from_columns(since, _opt_in(purpose, "opt_in_on")),
    ]


def _read_only(session: Session, header: str) -> ExportColumn:
    """What is shown and never taken back."""
    key = headers.folded(header).replace(" ", "_")
    if key.startswith("messages_"):
        count = key.removeprefix("messages_")
        return _from_documents(header, ("engagement", lambda counts: counts[count]))
    key = {"import": "imports", "history": "flow_history"}.get(key, key)
    if key == "id":
        return ExportColumn(header, People.engine_ids)
    if key == "imports":
        return _sets(session, header, "imports", "key")
    if key in ATTRIBUTES and ATTRIBUTES[key].type == "datetime":
        return _from_columns(header, attribute(key))

    def shown(value: Any) -> Cell:
        return joined(value) if isinstance(value, list) else value if isinstance(value, str | int | float) else None

    return _from_documents(header, (key, shown))
