"""The columns of an export: their headers, in RapidPro's order first, and the cell of a contact under each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from contacthub.engine.port import Document
from contacthub.errors import InvalidValue
from contacthub.model.text import fold
from contacthub.session import Session
from contacthub.tables import headers
from contacthub.tables.headers import SCHEMES, Target

Cell = str | int | float | bool | date | None
Read = Callable[[Document], Cell]
MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: its header, and what of a contact stands under it."""

    header: str
    read: Read
    identity: bool = False
    """Whether it holds URNs, which a redacted export has none of."""


def default_columns(session: Session, documents: Iterable[Document]) -> list[ExportColumn]:
    """All that an import reads back: what every contact has, the identities that occur, fields, consents."""
    most: dict[str, int] = {}
    purposes = {MARKETING}
    for document in documents:
        counts: dict[str, int] = {}
        for urn in document["urns"]:
            scheme = urn.partition(":")[0]
            counts[scheme] = counts.get(scheme, 0) + 1
        for scheme, count in counts.items():
            if count > most.get(scheme, 0):
                most[scheme] = count
        purposes.update(purpose for purpose, state in document["opt_in"].items() if state != "unknown")
    first = ["UUID", "Name", "Language", "Status", "Created On", "Last Seen On"]
    columns = [_named(session, header) for header in first]
    for scheme in SCHEMES:
        columns += [_urn(scheme, position) for position in range(most.get(scheme, 0))]
    columns += [_named(session, f"Field:{field.name}") for _, field in session.catalogue.fields.values()]
    columns += [_named(session, header) for header in ("Groups", "Tags", "Lists", "Assignee")]
    for purpose in sorted(purposes, key=lambda purpose: (purpose != MARKETING, purpose)):
        columns += [_of_target(session, Target("opt_in", purpose)), _of_target(session, Target("opt_in_on", purpose))]
    columns += [_named(session, header) for header in ("Remarks", "Avatar")]
    return columns


def chosen_columns(session: Session, names: Sequence[str], documents: Iterable[Document]) -> list[ExportColumn]:
    """Columns by header (`Name`, `URN:Tel`, `Field:Age`) or by property (`name`, `urns.tel`, `age`).

    `URN:<scheme>` becomes as many columns as a contact has identities of it. Raises InvalidValue (`unknown_column`).
    """
    most: dict[str, int] = {}
    for document in documents:
        schemes = [urn.partition(":")[0] for urn in document["urns"]]
        for scheme in set(schemes):
            most[scheme] = max(most.get(scheme, 1), schemes.count(scheme))
    columns: list[ExportColumn] = []
    for name in names:
        target = _target(session, name)
        if target.kind in ("urn", "phone"):
            columns += [_urn(target.argument, position) for position in range(most.get(target.argument, 1))]
        else:
            columns.append(_of_target(session, target))
    return columns


def _named(session: Session, header: str) -> ExportColumn:
    return _of_target(session, _target(session, header))


_SINGULAR = {"tag": "Tags", "list": "Lists", "group": "Groups", "urn": "URNs", "import": "Imports"}


def _target(session: Session, name: str) -> Target:
    target = headers.known(_SINGULAR.get(fold(name), name))
    if target is None or target.kind == "ignore":
        if session.catalogue.find("fields", name):
            return Target("field", name)
        target = headers.guess(name)
    if target is None or (target.kind == "urn" and target.argument not in SCHEMES):
        fields = ", ".join(f"Field:{field.name}" for _, field in session.catalogue.fields.values())
        raise InvalidValue(
            f"There is no column {name!r} to export. Columns are UUID, Name, First Name, Language, Status, Created On, "
            "Last Seen On, URN:<scheme>, Groups, Tags, Lists, Assignee, Opt In, Remarks, Avatar"
            f"{fields and ', '}{fields}.",
            code="unknown_column", property="columns", value=name,
        )  # fmt: skip
    return target


def _of_target(session: Session, target: Target) -> ExportColumn:
    header = target.argument if target.kind == "read_only" else str(target)
    if target.kind == "field":
        return _field(session, target.argument)
    if target.kind == "group":
        return _group(session, target.argument)
    if target.kind in ("opt_in", "opt_in_on"):
        return ExportColumn(header, _consent(target.kind, target.argument))
    if target.kind == "groups":
        names = {document["uuid"]: document["name"] for document in session.catalogue.documents["groups"].values()}
        return ExportColumn(header, lambda document: joined(sorted(names.get(key, key) for key in document["groups"])))
    if target.kind in ("tags", "lists"):
        kind = target.kind
        return ExportColumn(header, lambda document: joined(document[kind]))
    if target.kind == "urns":
        return ExportColumn(header, lambda document: joined(document["urns"]), identity=True)
    if target.kind == "read_only":
        return ExportColumn(header, _read_only(header))
    return ExportColumn(header, _attribute(target.kind))


def _attribute(kind: str) -> Read:
    if kind == "first_name":
        from contacthub.identity.names import first_name

        return lambda document: first_name(document["name"]) or None
    if kind in ("last_name", "opt_in_proof", "phone_area", "phone_country", "phone_number"):
        raise InvalidValue(
            f"{kind.replace('_', ' ')!r} is a column of imports only; it cannot be exported.",
            code="unknown_column", property="columns", value=kind,
        )  # fmt: skip
    return lambda document: document.get(kind) or None


def _urn(scheme: str, position: int) -> ExportColumn:
    prefix = f"{scheme}:"
    length = len(prefix)

    def read(document: Document) -> Cell:
        paths = [urn for urn in document["urns"] if urn.startswith(prefix)]
        return paths[position][length:] if position < len(paths) else None

    return ExportColumn(str(Target("urn", scheme)), read, identity=True)


def _field(session: Session, name: str) -> ExportColumn:
    found = session.catalogue.find("fields", name)
    if found is None:
        raise InvalidValue(
            f"There is no field {name!r} to export.", code="unknown_column", property="columns", value=name
        )
    key, type, title = found[1]["key"], found[1]["type"], found[1]["name"]

    def read(document: Document) -> Cell:
        value: Cell = document["fields"].get(key)
        if type == "datetime" and isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
        return value

    return ExportColumn(f"Field:{title}", read)


def _group(session: Session, name: str) -> ExportColumn:
    found = session.catalogue.find("groups", name)
    if found is None or found[1].get("query"):
        raise InvalidValue(
            f"There is no static group {name!r} to export.", code="unknown_column", property="columns", value=name
        )
    uuid = found[1]["uuid"]
    return ExportColumn(f"Group:{found[1]['name']}", lambda document: uuid in document["groups"])


def _consent(kind: str, purpose: str) -> Read:
    def read(document: Document) -> Cell:
        value = document[kind].get(purpose)
        return None if value == "unknown" else value

    return read


def _read_only(header: str) -> Read:
    """What is shown and never taken back."""
    key = headers.folded(header).replace(" ", "_")
    if key.startswith("messages_"):
        count = key.removeprefix("messages_")
        return lambda document: document["engagement"][count]
    key = {"import": "imports", "history": "flow_history"}.get(key, key)

    def read(document: Document) -> Cell:
        value = document.get(key)
        return joined(value) if isinstance(value, list) else value if isinstance(value, str | int | float) else None

    return read


def joined(names: Sequence[Any]) -> str | None:
    """Names in one cell: commas between them, quotes where a name needs them."""
    if not names:
        return None
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([str(name) for name in names])
    return line.getvalue()
