"""Creating and editing single contacts. An edit names what it changes, so two people do not overwrite each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document, SetKey, SetKind
from contacthub.errors import InvalidValue, NotAllowed, NotFound, PlanOutdated
from contacthub.identity.keys import match_key
from contacthub.identity.urns import Urn, country_of, normalize
from contacthub.model import languages
from contacthub.model import values as rules
from contacthub.model.contact import STATUSES, new_document
from contacthub.model.text import fold
from contacthub.operations import paths
from contacthub.operations.commit import commit
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation
from contacthub.session import Session

SETS: tuple[SetKind, ...] = ("tags", "lists", "groups")
EDITABLE = (
    "name", "urns", "language", "status", "assignee", "remarks", "avatar", "fields", *SETS,
)  # fmt: skip


def create(session: Session, *, source: str = "manual", **properties: Any) -> tuple[int, Operation]:
    """Make a contact by hand. Properties are those of EDITABLE. Returns its id and the operation.

    Raises InvalidValue for a value that a property cannot hold, among them `urn_taken`.
    """
    session.require("create_contact")
    created: list[int] = []

    def effects() -> Effects:
        done = Effects()
        id = session.store.reserve(CONTACTS, 1)[0]
        created.append(id)
        values = checked_values(session, {key: value for key, value in properties.items() if value is not None})
        urns, identities = values.pop("urns", ([], {}))
        document = new_document(
            now=session.now(),
            source=source,
            urns=urns,
            identities=identities,
            country=_country(urns),
            fields={path.partition(".")[2]: values.pop(path) for path in list(values) if path.startswith("fields.")},
            **{key: value for key, value in values.items() if value is not None},
        )
        document["fields"] = {key: value for key, value in document["fields"].items() if value is not None}
        done.created[id] = document
        for kind in SETS:
            _set_members(session, done, id, kind, several(kind, properties.get(kind)), (), document["status"])
        return done

    operation = commit(
        session, kind="create", summary=f"create {properties.get('name') or 'a contact'}", effects=effects
    )
    return created[-1], operation


def edit(session: Session, id: int, *, seen: Document | None = None, **properties: Any) -> Operation:
    """Change properties of one contact; None clears. `fields` takes only the fields that change; `urns`, `tags`,
    `lists` and `groups` take the whole new value.

    `seen` is the document that the person looked at: a property that somebody else has changed since raises
    PlanOutdated instead of being overwritten. Raises InvalidValue, NotFound, NotAllowed (`redacted_urns`: nobody edits
    identities unseen).
    """
    session.require("edit")
    if "urns" in properties and session.catalogue.redact_urns:
        raise NotAllowed(
            "Identities are hidden here, so they cannot be edited: whoever does not see them would overwrite them.",
            code="redacted_urns",
        )
    name = ""

    def effects() -> Effects:
        nonlocal name
        done = Effects()
        document = session.store.get(CONTACTS, [id]).get(id)
        if document is None:
            raise NotFound("This contact is not there any more; somebody has deleted it.")
        name = document["name"]
        values = checked_values(session, properties)
        if "urns" in values:
            urns, identities = values.pop("urns")
            kept = {
                urn: note for urn, note in document["identities"].items() if (urn in urns) != ("superseded" in note)
            }
            values |= {"urns": urns, "identities": kept | identities, "country": _country(urns)}
        if "name" in values:
            values["name_source"] = "person" if values["name"] else None
        _refuse_overwriting(document, seen, [*values, *(kind for kind in SETS if kind in properties)])
        for path, value in values.items():
            done.set_value(id, path, paths.get(document, path), value)
        for kind in SETS:
            if kind in properties:
                status = str(values.get("status", document["status"]))
                _set_members(session, done, id, kind, several(kind, properties[kind]), document[kind], status)
        return done

    fields = _mapping(properties.get("fields", {}))
    what = ", ".join(sorted({*fields, *(key for key in properties if key != "fields")}))
    document = session.store.get(CONTACTS, [id]).get(id, {})
    return commit(session, kind="edit", summary=f"edit {document.get('name') or 'a contact'}: {what}", effects=effects)


def _refuse_overwriting(document: Document, seen: Document | None, edited: Iterable[str]) -> None:
    if seen is None:
        return
    moved = [
        path for path in edited if path not in paths.INTERNAL and paths.get(document, path) != paths.get(seen, path)
    ]
    if moved:
        raise PlanOutdated(
            f"Somebody else has changed {', '.join(moved)} of {document['name'] or 'this contact'} since you opened "
            "it; look at the new value and decide.",
            rows=[document["uuid"]],
        )


def checked_values(session: Session, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Property paths with their values as they are stored. Raises InvalidValue."""
    checked: dict[str, Any] = {}
    for key, value in properties.items():
        if key not in EDITABLE:
            raise InvalidValue(
                f"A contact has no property {key!r} that can be set; there are {', '.join(EDITABLE)}.",
                code="unknown_property", property=key, value=value,
            )  # fmt: skip
        if key == "fields":
            for name, field_value in _mapping(value).items():
                path, kind = _field(session, name)
                checked[path] = (
                    None
                    if field_value is None or field_value == ""
                    else rules.field_value(field_value, kind, path, session.settings.timezone)
                )
        elif key == "urns":
            checked["urns"] = identities_of(session, several("urns", value))
        elif key not in SETS:
            checked[key] = _value(session, key, value)
    return checked


def _value(session: Session, key: str, value: Any) -> Any:
    if key == "name":
        return rules.contact_name(value or "")
    if key == "remarks":
        return rules.remarks(value or "")
    if key == "language":
        return languages.language(value)
    if key == "avatar":
        return None if value is None else rules.avatar(value) or None
    if key == "status":
        if value not in STATUSES:
            raise InvalidValue(
                f"{value!r} is no status; there are {', '.join(STATUSES)}.",
                code="invalid_status", property="status", value=value,
            )  # fmt: skip
        return value
    if key == "assignee" and value is not None:
        handle = session.actor if value in ("me", session.actor) else session.catalogue.assignable(str(value))
        if handle is None:
            raise InvalidValue(
                f"There is no member {value!r}.", code="unknown_member", property="assignee", value=value
            )
        return handle
    return None


def several(property: str, value: Any) -> list[Any]:
    """The values of a property of several: a list, None for none. A single text is one value, not its letters."""
    if value is None or isinstance(value, (str, Urn)):
        return [value] if value else []
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise InvalidValue(
            f"{property} takes a list of texts, not {value!r}.", code="not_a_list", property=property, value=value
        )
    found = list(value)
    for one in found:
        if not isinstance(one, (str, Urn)):
            raise InvalidValue(
                f"{property} takes texts, and {one!r} is none.", code="not_a_text", property=property, value=one
            )
    return found


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidValue(
            f"fields takes the fields that change with their values, such as {{'city': 'Recife'}}, not {value!r}.",
            code="not_a_mapping", property="fields", value=value,
        )  # fmt: skip
    return value


def _field(session: Session, name: str) -> tuple[str, str]:
    found = session.catalogue.find("fields", name)
    if found is None:
        known = ", ".join(session.catalogue.fields) or "none yet"
        raise InvalidValue(
            f"There is no field {name!r}; create it first. The fields are {known}.",
            code="unknown_field", property=f"fields.{name}", value=None,
        )  # fmt: skip
    return f"fields.{found[1]['key']}", found[1]["type"]


def identities_of(session: Session, urns: Iterable[str | Urn]) -> tuple[list[str], dict[str, Document]]:
    """Normal forms of identities, each once, and what is kept beside them. Raises InvalidValue."""
    country = session.settings.country
    parsed = [urn if isinstance(urn, Urn) else normalize(urn, country) for urn in urns]
    if len(parsed) > rules.URNS_PER_CONTACT:
        raise InvalidValue(
            f"A contact has at most {rules.URNS_PER_CONTACT} identities, not {len(parsed)}.",
            code="too_many_urns", property="urns", value=len(parsed),
        )  # fmt: skip
    return [str(urn) for urn in dict.fromkeys(parsed)], identity_notes(parsed)


def identity_notes(urns: Iterable[Urn]) -> dict[str, Document]:
    """What is kept of identities beside their normal form: how each was received, and that it is not verified."""
    notes: dict[str, Document] = {}
    for urn in urns:
        note: Document = {}
        if urn.received and urn.received not in (str(urn), urn.path):
            note["received"] = urn.received
        if not urn.verified:
            note["unverified"] = True
        if note:
            notes[str(urn)] = note
    return notes


def _country(urns: Iterable[str]) -> str | None:
    return next((country for urn in urns if (country := country_of(urn))), None)


def _set_members(
    session: Session,
    effects: Effects,
    id: int,
    kind: SetKind,
    names: Iterable[str],
    current: Iterable[str],
    status: str,
) -> None:
    """Bring one contact's tags, lists or groups to a new value; `current` are labels as they stand in its document,
    `status` is the one that it will have."""
    catalogue = session.catalogue
    wanted: dict[SetKey, str] = {}
    for name in names:
        found = catalogue.find(kind, name) or _by_label(session, kind, name)
        if found is not None:
            if found[1].get("query"):
                raise InvalidValue(
                    f"The group {found[1]['name']!r} is made by a query; nobody is added by hand.",
                    code="dynamic_group", property="groups", value=name,
                )  # fmt: skip
            wanted[SetKey(kind, found[0])] = name
        elif kind == "groups":
            raise InvalidValue(
                f"There is no group {name!r}; create it first.", code="unknown_group", property="groups", value=name
            )
        else:
            rule = rules.tag_name if kind == "tags" else rules.list_name
            session.require("create_tag" if kind == "tags" else kind)
            checked = rule(name)
            new = next(
                (c for c in effects.catalogue if c.table == kind and c.after and c.after["key"] == fold(checked)), None
            )
            if new is None:
                new = CatalogueChange(kind, -len(effects.catalogue) - 1, None, {"name": checked, "key": fold(checked)})
                effects.catalogue.append(new)
            wanted[SetKey(kind, new.id)] = checked
    if kind == "tags" and len(wanted) > rules.TAGS_PER_CONTACT:
        raise InvalidValue(
            f"A contact has at most {rules.TAGS_PER_CONTACT} tags, not {len(wanted)}.",
            code="too_many_tags", property="tags", value=len(wanted),
        )  # fmt: skip
    labels = {_label(kind, document): SetKey(kind, number) for number, document in catalogue.documents[kind].items()}
    present = {labels[label] for label in current if label in labels}
    entering = wanted.keys() - present
    if kind == "groups" and entering and status != "active":
        raise InvalidValue(
            f"Only contacts that are active enter a group, and this one is {status}; reactivate it first.",
            code="not_active", property="groups", value=sorted(wanted[key] for key in entering),
        )  # fmt: skip
    for key in entering:
        effects.add_to_set(key, BitMap([id]))
    for key in present - wanted.keys():
        effects.remove_from_set(key, BitMap([id]))


def _by_label(session: Session, kind: SetKind, label: str) -> tuple[int, Document] | None:
    """A group by its uuid, as it stands in a contact's document."""
    documents = session.catalogue.documents[kind].items()
    return next(((id, document) for id, document in documents if _label(kind, document) == label), None)


def _label(kind: SetKind, document: Document) -> str:
    return str(document["uuid"] if kind == "groups" else document["name"])


def owner_of(session: Session, urn: str) -> int | None:
    """The contact that has an identity, by match key; None if nobody has. Raises InvalidValue for what is no URN."""
    key = match_key(str(normalize(urn, session.settings.country)))
    return session.store.owners([key]).get(key)
