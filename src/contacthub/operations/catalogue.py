"""Fields, groups, tags, lists, members and settings: made, renamed, changed and deleted, as operations."""

from __future__ import annotations

from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document, SetKey, SetKind
from contacthub.errors import InvalidValue, NotFound, Refused
from contacthub.model import values as rules
from contacthub.model.contact import new_uuid
from contacthub.model.field import field_key, field_name, field_type
from contacthub.model.member import ROLES
from contacthub.model.text import fold
from contacthub.model.values import instant_text
from contacthub.operations import paths
from contacthub.operations.commit import commit
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation
from contacthub.query import parse
from contacthub.query.inspection import check_group
from contacthub.query.meaning import IsSet
from contacthub.query.properties import Property
from contacthub.session import SETTINGS_ID, Session

SINGULAR = {"fields": "field", "groups": "group", "tags": "tag", "lists": "list", "members": "member"}


def found(session: Session, table: str, name: str) -> tuple[int, Document]:
    """The catalogue document of that name. Raises NotFound, naming what there is."""
    result = session.catalogue.find(table, name)
    if result is None:
        known = ", ".join(sorted(session.catalogue.names(SINGULAR[table]))[:12]) or "none yet"
        raise NotFound(f"There is no {SINGULAR[table]} {name!r}. The {table} are: {known}.")
    return result


def create_field(session: Session, name: str, type: str = "text") -> Operation:
    """A new custom field. Raises InvalidValue, Refused (`exists`, `limit`)."""
    session.require("fields")
    catalogue = session.catalogue
    name, type = field_name(name), field_type(type)
    key = field_key(name, catalogue.fields)
    _refuse_existing(session, "fields", name)
    _refuse_existing(session, "fields", key)
    limit = session.settings.max_fields
    if len(catalogue.fields) >= limit:
        raise Refused(f"The hub has {limit} fields, which is its limit (setting max_fields).", code="limit")
    position = max((field.position for _, field in catalogue.fields.values()), default=-1) + 1
    return _put_new(
        session, "fields", name, {"key": key, "name": name, "type": type, "featured": False, "position": position}
    )


def create_group(session: Session, name: str, query: str | None = None) -> Operation:
    """A new group: static, or with a query dynamic. Raises InvalidValue, QueryError, Refused (`exists`, `limit`)."""
    session.require("groups")
    name = rules.group_name(name)
    _refuse_existing(session, "groups", name)
    limit = session.settings.max_groups
    if len(session.catalogue.documents["groups"]) >= limit:
        raise Refused(f"The hub has {limit} groups, which is its limit (setting max_groups).", code="limit")
    document: Document = {"uuid": new_uuid(), "name": name, "query": None, "created_on": instant_text(session.now())}
    if query is not None:
        document["query"] = group_query(session, name, query)
    return _put_new(session, "groups", name, document)


def change_group_query(session: Session, name: str, query: str) -> Operation:
    """Give a dynamic group another query. Raises NotFound, Refused (`static_group`), QueryError."""
    session.require("groups")
    id, before = found(session, "groups", name)
    if not before.get("query"):
        raise Refused(f"The group {name!r} is a static one; make a new group for a query.", code="static_group")
    after = {**before, "query": group_query(session, before["name"], query)}
    change = CatalogueChange("groups", id, before, after)
    return commit(session, kind="groups", summary=f"group {name}: {query}", effects=Effects(catalogue=[change]))


def group_query(session: Session, name: str, query: str) -> str:
    """The text under which a group's query is kept. Raises QueryError: what is no query, `not_a_group`,
    `group_cycle`."""
    return check_group(name, query, session.resolver).saved(session.now())


def create_named(session: Session, table: SetKind, name: str) -> Operation:
    """A new tag or list. Raises InvalidValue, Refused (`exists`)."""
    session.require("create_tag" if table == "tags" else table)
    name = rules.tag_name(name) if table == "tags" else rules.list_name(name)
    _refuse_existing(session, table, name)
    return _put_new(session, table, name, {"name": name, "key": fold(name)})


def create_member(session: Session, handle: str, name: str = "", email: str = "", role: str = "agent") -> Operation:
    """A new member of the team. The first one is oneself, as admin. Raises InvalidValue, Refused (`exists`)."""
    session.require("members")
    handle = rules.line(handle, "handle", 64, empty=False)
    _check_role(role)
    _refuse_existing(session, "members", handle)
    documents: list[Document] = []
    if not session.catalogue.documents["members"] and handle != session.actor:
        # Otherwise whoever makes the first member would lock herself out.
        documents.append({"handle": session.actor, "name": "", "email": "", "role": "admin"})
    elif not session.catalogue.documents["members"]:
        role = "admin"
    documents.append({"handle": handle, "name": rules.line(name, "name", 128), "email": email.strip(), "role": role})
    changes = [CatalogueChange("members", -1 - i, None, document) for i, document in enumerate(documents)]
    return commit(session, kind="members", summary=f"create member {handle}", effects=Effects(catalogue=changes))


def change_member(session: Session, handle: str, **values: str) -> Operation:
    """Change a member's name, e-mail address or role. Raises NotFound, InvalidValue, Refused (`last_admin`)."""
    session.require("members")
    id, before = found(session, "members", handle)
    if "role" in values:
        _check_role(values["role"])
        if values["role"] != "admin":
            _keep_an_admin(session, before)
    change = CatalogueChange("members", id, before, {**before, **values})
    return commit(session, kind="members", summary=f"change member {handle}", effects=Effects(catalogue=[change]))


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidValue(
            f"{role!r} is no role; the roles are {', '.join(ROLES)}.", code="invalid_role", property="role", value=role
        )


def _keep_an_admin(session: Session, leaving: Document) -> None:
    members = session.catalogue.documents["members"].values()
    if leaving["role"] == "admin" and sum(member["role"] == "admin" for member in members) == 1 < len(members):
        raise Refused("The hub needs an admin; make somebody else one first.", code="last_admin")


def rename(session: Session, table: str, name: str, new: str) -> Operation:
    """Another name for a field, group, tag or list. A field keeps its key, so queries keep working; dynamic groups and
    saved searches that name anything else follow it. Raises NotFound, InvalidValue, Refused (`exists`)."""
    session.require(table)
    id, before = found(session, table, name)
    rule = {"fields": field_name, "groups": rules.group_name, "tags": rules.tag_name, "lists": rules.list_name}[table]
    new = rule(new)
    other = session.catalogue.find(table, new)
    if other is not None and other[0] != id:
        raise _exists(table, new)
    after = {**before, "name": new}
    if table in ("tags", "lists"):
        after["key"] = fold(new)
    changes = [CatalogueChange(table, id, before, after)]
    if table != "fields":
        changes += _followed(session, table, before["name"], new)
    return commit(
        session,
        kind=table,
        summary=f"rename {SINGULAR[table]} {before['name']} to {new}",
        effects=Effects(catalogue=changes),
    )


def _followed(session: Session, table: str, old: str, new: str) -> list[CatalogueChange]:
    """Queries of dynamic groups and saved searches that name what is renamed."""
    changes = []
    for kind in ("groups", "searches"):
        for id, document in session.catalogue.documents[kind].items():
            if document.get("query"):
                query = str(parse(document["query"], session.resolver).renamed(SINGULAR[table], old, new))
                if query != document["query"]:
                    changes.append(CatalogueChange(kind, id, document, {**document, "query": query}))
    return changes


def delete(session: Session, table: str, name: str) -> Operation:
    """Delete a field with its values, a group, a tag, a list or a member. What a dynamic group's query names is
    refused (`in_use`). Raises NotFound, Refused."""
    session.require(table)
    id, before = found(session, table, name)
    _refuse_used(session, table, before)
    effects = Effects(catalogue=[CatalogueChange(table, id, before, None)])
    if table == "members":
        _keep_an_admin(session, before)
    elif table == "fields":
        property = Property("field", before["key"], before["type"])
        path = property.label
        holders = session.store.matching(IsSet(property))
        for contact, document in session.store.get(CONTACTS, holders).items():
            effects.set_value(contact, path, paths.get(document, path), None)
    else:
        key = SetKey(table, id)  # type: ignore[arg-type]
        effects.remove_from_set(key, session.store.members(key))
    label = before.get("name") or before.get("handle")
    return commit(session, kind=table, summary=f"delete {SINGULAR[table]} {label}", effects=effects)


def _refuse_used(session: Session, table: str, document: Document) -> None:
    users = []
    for group in session.catalogue.documents["groups"].values():
        if not group.get("query") or group is document:
            continue
        used = parse(group["query"], session.resolver).inspect()
        if (table == "fields" and document["key"] in used.fields) or (
            table == "groups" and fold(document["name"]) in {fold(name) for name in used.groups}
        ):
            users.append(group["name"])
    if users:
        raise Refused(
            f"The {SINGULAR[table]} {document['name']!r} is used by the query of {', '.join(users)}; "
            "change or delete that first.",
            code="in_use",
        )


def update_settings(session: Session, **values: Any) -> Operation:
    """Change settings of the hub. Raises InvalidValue."""
    session.require("settings")
    before = session.catalogue.documents["settings"].get(SETTINGS_ID)
    after = session.settings.updated(**values).as_dict()
    change = CatalogueChange("settings", SETTINGS_ID, before, after)
    return commit(
        session,
        kind="settings",
        summary="settings: " + ", ".join(f"{key} = {value}" for key, value in values.items()),
        effects=Effects(catalogue=[change]),
    )


def members_of(session: Session, table: SetKind, id: int) -> BitMap:
    """The contacts that have a tag or are in a list, or in a static group whether active or not."""
    return session.store.members(SetKey(table, id))


def _refuse_existing(session: Session, table: str, name: str) -> None:
    if session.catalogue.find(table, name) is not None:
        raise _exists(table, name)


def _exists(table: str, name: str) -> Refused:
    return Refused(f"There is a {SINGULAR[table]} {name!r} already; choose another name.", code="exists")


def _put_new(session: Session, table: str, name: str, document: Document) -> Operation:
    change = CatalogueChange(table, -1, None, document)
    return commit(session, kind=table, summary=f"create {SINGULAR[table]} {name}", effects=Effects(catalogue=[change]))
