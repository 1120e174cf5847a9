"""Fields, groups, tags, lists, members and settings: made, renamed, changed and deleted, as operations.

What an operation may do is decided under the writers' lock, so that of two people who make the same group at once, one
is told that it is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import reduce
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document, SetKey, SetKind
from contacthub.errors import InvalidValue, Refused
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
from contacthub.operations.usage import ATTRIBUTES, SINGULAR, found, holders, label, queries, users
from contacthub.query.inspection import check_group
from contacthub.query.meaning import Equals
from contacthub.query.properties import Property, attribute
from contacthub.query.query import Query
from contacthub.session import SETTINGS_ID, Session


def create_field(session: Session, name: str, type: str = "text") -> Operation:
    """A new custom field. Queries of groups and saved searches that ask for an attribute of its name go on doing so.
    Raises InvalidValue, Refused (`exists`, `limit`)."""
    session.require("fields")
    name, type = field_name(name), field_type(type)

    def document() -> Document:
        catalogue = session.catalogue
        key = field_key(name, catalogue.fields)
        _refuse_existing(session, "fields", name)
        _refuse_existing(session, "fields", key)
        _refuse_above(len(catalogue.fields), session.settings.max_fields, "fields")
        position = max((field.position for _, field in catalogue.fields.values()), default=-1) + 1
        return {"key": key, "name": name, "type": type, "featured": False, "position": position}

    def effects() -> Effects:
        new = document()
        return Effects(catalogue=[CatalogueChange("fields", -1, None, new), *spelled_out(session, {new["key"]})])

    return commit(session, kind="fields", summary=f"create field {name}", effects=effects)


def create_group(session: Session, name: str, query: str | None = None) -> Operation:
    """A new group: static, or with a query dynamic. Raises InvalidValue, QueryError, Refused (`exists`, `limit`)."""
    session.require("groups")
    name = rules.group_name(name)

    def document() -> Document:
        _refuse_existing(session, "groups", name)
        _refuse_above(len(session.catalogue.documents["groups"]), session.settings.max_groups, "groups")
        saved = None if query is None else group_query(session, name, query)
        return {"uuid": new_uuid(), "name": name, "query": saved, "created_on": instant_text(session.now())}

    return _create(session, "groups", name, document)


def change_group_query(session: Session, name: str, query: str) -> Operation:
    """Give a dynamic group another query. Raises NotFound, Refused (`static_group`), QueryError."""
    session.require("groups")

    def effects() -> Effects:
        id, before = found(session, "groups", name)
        if not before.get("query"):
            raise Refused(f"The group {name!r} is a static one; make a new group for a query.", code="static_group")
        after = {**before, "query": group_query(session, before["name"], query)}
        return Effects(catalogue=[CatalogueChange("groups", id, before, after)])

    return commit(session, kind="groups", summary=f"group {name}: {query}", effects=effects)


def group_query(session: Session, name: str, query: str) -> str:
    """The text under which a group's query is kept. Raises QueryError: what is no query, `not_a_group`,
    `group_cycle`."""
    return check_group(name, query, session.resolver).saved(session.now())


def create_named(session: Session, table: SetKind, name: str) -> Operation:
    """A new tag or list. Raises InvalidValue, Refused (`exists`)."""
    action = "create_tag" if table == "tags" else table
    session.require(action)
    name = rules.tag_name(name) if table == "tags" else rules.list_name(name)

    def document() -> Document:
        _refuse_existing(session, table, name)
        return {"name": name, "key": fold(name)}

    return _create(session, table, name, document, action)


def create_member(session: Session, handle: str, name: str = "", email: str = "", role: str = "agent") -> Operation:
    """A new member of the team, or one who comes back. The first one is oneself, as admin. Raises InvalidValue,
    Refused (`exists`)."""
    session.require("members")
    handle = _handle(handle)
    _check_role(role)
    given = {"name": rules.line(name, "name", 128), "email": rules.mail_address(email)}

    def effects() -> Effects:
        catalogue = session.catalogue
        _refuse_existing(session, "members", handle)
        first = not catalogue.members
        new = {handle: {"handle": handle, **given, "role": "admin" if first and handle == session.actor else role}}
        if first and handle != session.actor:
            # Otherwise whoever makes the first member would lock herself out.
            new[session.actor] = {"handle": session.actor, "name": "", "email": "", "role": "admin"}
        past = {document["handle"]: (id, document) for id, document in catalogue.documents["members"].items()}
        changes = []
        for number, (key, document) in enumerate(new.items()):
            id, before = past.get(key, (-1 - number, None))
            changes.append(CatalogueChange("members", id, before, document))
        return Effects(catalogue=changes)

    return commit(session, kind="members", summary=f"create member {handle}", effects=effects)


def change_member(session: Session, handle: str, **values: str) -> Operation:
    """Change a member's name, e-mail address or role. Raises NotFound, InvalidValue, Refused (`last_admin`)."""
    session.require("members")
    unknown = values.keys() - {"name", "email", "role"}
    if unknown:
        raise InvalidValue(
            f"A member has no {', '.join(sorted(unknown))} that can be changed; there are name, email and role.",
            code="unknown_property", property=min(unknown), value=values[min(unknown)],
        )  # fmt: skip
    if "role" in values:
        _check_role(values["role"])
    if "name" in values:
        values["name"] = rules.line(values["name"], "name", 128)
    if "email" in values:
        values["email"] = rules.mail_address(values["email"])

    def effects() -> Effects:
        id, before = found(session, "members", handle)
        return Effects(catalogue=[CatalogueChange("members", id, before, {**before, **values})])

    return commit(session, kind="members", summary=f"change member {handle}", effects=effects)


def _handle(text: str) -> str:
    """A handle as it is kept: queries name members by it, and `me` is whoever asks."""
    handle = rules.line(text, "handle", 64, empty=False)
    if fold(handle) == "me" or not {'"', "\\"}.isdisjoint(handle):
        raise InvalidValue(
            f"{handle!r} cannot be a handle: choose another than me, without quotes and backslashes.",
            code="invalid_handle", property="handle", value=text,
        )  # fmt: skip
    return handle


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidValue(
            f"{role!r} is no role; the roles are {', '.join(ROLES)}.", code="invalid_role", property="role", value=role
        )


def rename(session: Session, table: str, name: str, new: str) -> Operation:
    """Another name for a field, group, tag or list. A field keeps its key, so queries keep working; dynamic groups and
    saved searches that name anything else follow it. Raises NotFound, InvalidValue, Refused (`exists`)."""
    session.require(table)
    rule = {"fields": field_name, "groups": rules.group_name, "tags": rules.tag_name, "lists": rules.list_name}[table]
    new = rule(new)
    known = found(session, table, name)[1]["name"]

    def effects() -> Effects:
        id, before = found(session, table, name)
        other = session.catalogue.find(table, new)
        if other is not None and other[0] != id:
            raise _exists(table, new)
        after = {**before, "name": new}
        if table in ("tags", "lists"):
            after["key"] = fold(new)
        changes = [CatalogueChange(table, id, before, after)]
        if table != "fields":
            changes += followed(session, table, {before["name"]: new})
        return Effects(catalogue=changes)

    return commit(session, kind=table, summary=f"rename {SINGULAR[table]} {known} to {new}", effects=effects)


def followed(session: Session, table: str, renamed: dict[str, str]) -> list[CatalogueChange]:
    """Queries of dynamic groups and saved searches that name what is renamed, with the new names."""
    return _rewritten(
        session,
        lambda query: reduce(lambda query, names: query.renamed(ATTRIBUTES[table], *names), renamed.items(), query),
    )


def spelled_out(session: Session, keys: Collection[str]) -> list[CatalogueChange]:
    """Queries of dynamic groups and saved searches that ask for attributes which fields of these keys will hide."""
    return _rewritten(session, lambda query: query.spelled_out(keys)) if keys else []


def _rewritten(session: Session, change: Callable[[Query], Query]) -> list[CatalogueChange]:
    changes = []
    for kind in ("groups", "searches"):
        for id, document, query in queries(session, kind):
            text = str(change(query))
            if text != str(query):
                changes.append(CatalogueChange(kind, id, document, {**document, "query": text}))
    return changes


def delete(session: Session, table: str, name: str) -> Operation:
    """Delete a field with its values, a group, a tag or a list. A member leaves the team, and stays known, since
    contacts and queries name her. What a query could not do without is refused (`in_use`). Raises NotFound, Refused."""
    session.require(table)
    known = label(found(session, table, name)[1])

    def effects() -> Effects:
        id, before = found(session, table, name)
        if table == "members":
            left = {**before, "left_on": instant_text(session.now())}
            return Effects(catalogue=[CatalogueChange(table, id, before, left)])
        _refuse_used(session, table, before)
        done = Effects(catalogue=[CatalogueChange(table, id, before, None)])
        if table == "fields":
            path = Property("field", before["key"], before["type"]).label
            having = holders(session, table, id, before)
            for contact, document in session.store.get(CONTACTS, having).items():
                done.set_value(contact, path, paths.get(document, path), None)
        else:
            key = SetKey(table, id)  # type: ignore[arg-type]
            done.remove_from_set(key, session.store.members(key))
        return done

    return commit(session, kind=table, summary=f"delete {SINGULAR[table]} {known}", effects=effects)


def _refuse_used(session: Session, table: str, document: Document) -> None:
    """A query that names a field or group which is gone is none any more. To it, a tag or list is only text."""
    if table not in ("fields", "groups"):
        return
    using = [f"the group {user['name']}" for _, user in users(session, "groups", table, document)]
    using += [
        f"the saved search {user['name']}" + ("" if user["owner"] == session.actor else f" of {user['owner']}")
        for _, user in users(session, "searches", table, document)
    ]
    if using:
        raise Refused(
            f"The {SINGULAR[table]} {document['name']!r} is used by {', '.join(using)}; change or delete that first.",
            code="in_use",
        )


def update_settings(session: Session, **values: Any) -> Operation:
    """Change settings of the hub. Raises InvalidValue, and Refused (`in_use`) for dropping a purpose for which somebody
    has opted in or out."""
    session.require("settings")

    def effects() -> Effects:
        before = session.catalogue.documents["settings"].get(SETTINGS_ID)
        after = session.settings.updated(**values).as_dict()
        _refuse_dropping(session, [name for name in session.settings.purposes if name not in after["purposes"]])
        return Effects(catalogue=[CatalogueChange("settings", SETTINGS_ID, before, after)])

    told = ", ".join(f"{key} = {value}" for key, value in values.items())
    return commit(session, kind="settings", summary=f"settings: {told}", effects=effects)


def _refuse_dropping(session: Session, purposes: Sequence[str]) -> None:
    """Nobody's consent goes out of sight."""
    given = frozenset({"yes", "no"})
    counts = session.store.counts([Equals(attribute("opt_in", name), given) for name in purposes])
    for name, count in zip(purposes, counts, strict=True):
        if count:
            raise Refused(f"{count:,} contacts have opted in or out for {name!r}; it stays a purpose.", code="in_use")


def members_of(session: Session, table: SetKind, id: int) -> BitMap:
    """The contacts that have a tag or are in a list, or in a static group whether active or not."""
    return session.store.members(SetKey(table, id))


def labels(table: str, document: Document) -> set[Any]:
    """What nothing else of the same catalogue may be called, without case. Names and keys of fields are one kind."""
    match table:
        case "fields":
            return {document["key"], fold(document["name"])}
        case "members":
            return {document["handle"]}
        case "searches":
            return {(document["owner"], fold(document["name"]))}
        case "settings":
            return set()
        case _:
            return {fold(document["name"])} if document.get("name") else set()


def _refuse_existing(session: Session, table: str, name: str) -> None:
    if session.catalogue.find(table, name) is not None:
        raise _exists(table, name)


def _refuse_above(count: int, limit: int, table: str) -> None:
    if count >= limit:
        raise Refused(f"The hub has {limit} {table}, which is its limit (setting max_{table}).", code="limit")


def _exists(table: str, name: str) -> Refused:
    return Refused(f"There is a {SINGULAR[table]} {name!r} already; choose another name.", code="exists")


def _create(
    session: Session, table: str, name: str, document: Callable[[], Document], action: str | None = None
) -> Operation:
    return commit(
        session,
        kind=table,
        summary=f"create {SINGULAR[table]} {name}",
        effects=lambda: Effects(catalogue=[CatalogueChange(table, -1, None, document())]),
        action=action,
    )
