"""The verbs: what can be done to many contacts at once. Each makes a Draft; `plan` looks at it, `apply` does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import cycle
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document, Progress, SetKey, SetKind
from contacthub.errors import InvalidValue, NotFound, Refused
from contacthub.model import languages
from contacthub.model import values as rules
from contacthub.model.contact import SET_PROPERTIES, STATUSES
from contacthub.model.text import fold
from contacthub.operations import consent, contacts, paths
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.plan import Draft
from contacthub.query.meaning import Equals, InNumbers, IsSet
from contacthub.query.properties import PLACES, Property, attribute
from contacthub.session import Session

Verb = Callable[..., "Draft"]
CHUNK = 5_000

CANONICAL = ("status", "language", "assignee")
"""Attributes of which every value has one spelling, so that the columns alone tell who has it."""

NOT_FOR_MANY = {
    "tags": "use tag and untag",
    "lists": "use add_to_list and remove_from_list",
    "groups": "use add_to_group and remove_from_group",
    "status": "use block, stop, archive or reactivate",
}


def tag(session: Session, ids: BitMap, *names: str) -> Draft:
    """Put tags on contacts; a new one enters the hub's catalogue."""
    return _enter(session, ids, "tags", [rules.tag_name(name) for name in _flat(names)])


def untag(session: Session, ids: BitMap, *names: str) -> Draft:
    return _leave(session, ids, "tags", _flat(names))


def add_to_list(session: Session, ids: BitMap, *names: str) -> Draft:
    return _enter(session, ids, "lists", [rules.list_name(name) for name in _flat(names)])


def remove_from_list(session: Session, ids: BitMap, *names: str) -> Draft:
    return _leave(session, ids, "lists", _flat(names))


def add_to_group(session: Session, ids: BitMap, *names: str) -> Draft:
    """Only contacts that are active can enter a group; the group must be there and be a static one."""
    for name in _flat(names):
        _static_group(session, name)
    active = session.store.matching(Equals(attribute("status"), frozenset({"active"})))
    draft = _enter(session, ids & active, "groups", _flat(names))
    return Draft(draft.change, draft.already, {"not active": ids - active}, draft.effects)


def remove_from_group(session: Session, ids: BitMap, *names: str) -> Draft:
    for name in _flat(names):
        _static_group(session, name)
    return _leave(session, ids, "groups", _flat(names))


def assign(session: Session, ids: BitMap, to: str | Iterable[str], balanced: bool = False) -> Draft:
    """Give contacts an owner; with several members and `balanced`, share them out evenly."""
    handles = [_member(session, name) for name in _flat([to])]
    if len(handles) > 1 and not balanced:
        raise InvalidValue(
            "A contact has one owner; say balanced=True to share the contacts out among several.",
            code="several_assignees", property="assignee", value=handles,
        )  # fmt: skip
    if len(handles) == 1:
        return _set(session, ids, "assignee", handles[0])
    share = dict(zip(ids, cycle(handles)))

    def effects(change: BitMap, progress: Progress | None) -> Effects:
        done = Effects()
        for id, document in _documents(session, change, progress):
            done.set_value(id, "assignee", document["assignee"], share[id])
        return done

    already = BitMap()
    for handle in handles:
        owned = session.store.matching(Equals(attribute("assignee"), frozenset({fold(handle)})))
        already |= owned & BitMap(id for id in ids if share[id] == handle)
    return Draft(ids - already, already, effects=effects)


def unassign(session: Session, ids: BitMap) -> Draft:
    return _set(session, ids, "assignee", None)


def set_field(session: Session, ids: BitMap, field: str, value: Any) -> Draft:
    """Set a custom field, by its key or name, to one value for all."""
    key, kind = field_of(session, field)
    if value is None:
        return clear_field(session, ids, field)
    stored = rules.field_value(value, kind, f"fields.{key}", session.settings.timezone)
    return _set(session, ids, f"fields.{key}", stored)


def clear_field(session: Session, ids: BitMap, field: str) -> Draft:
    return _set(session, ids, f"fields.{field_of(session, field)[0]}", None)


def set_language(session: Session, ids: BitMap, language: str | None) -> Draft:
    return _set(session, ids, "language", languages.language(language))


def block(session: Session, ids: BitMap) -> Draft:
    return _status(session, ids, "blocked")


def stop(session: Session, ids: BitMap) -> Draft:
    return _status(session, ids, "stopped")


def archive(session: Session, ids: BitMap) -> Draft:
    return _status(session, ids, "archived")


def reactivate(session: Session, ids: BitMap) -> Draft:
    return _status(session, ids, "active")


def delete(session: Session, ids: BitMap) -> Draft:
    """Delete contacts for good: they leave every set and give up their identities. An undo brings them back."""

    def effects(change: BitMap, progress: Progress | None) -> Effects:
        done = Effects()
        for id, document in _documents(session, change, progress):
            done.deleted[id] = {key: value for key, value in document.items() if key not in SET_PROPERTIES}
        for key, members in session.store.memberships(change).items():
            done.remove_from_set(key, members)
        return done

    return Draft(BitMap(ids), effects=effects)


def edit(session: Session, ids: BitMap, **properties: Any) -> Draft:
    """Set several properties at once; None clears. What is one's own (name, identities) is edited one by one; sets and
    the status have verbs of their own."""
    for key, value in properties.items():
        if key in ("name", "urns", "status", *contacts.SETS) and (len(ids) > 1 or key in ("urns", *contacts.SETS)):
            raise InvalidValue(
                f"{key} cannot be set for many contacts at once; {NOT_FOR_MANY.get(key, 'edit one contact')}.",
                code="not_for_many", property=key, value=value,
            )  # fmt: skip
    wanted = contacts.checked_values(session, properties)
    if "name" in wanted:
        wanted["name_source"] = "person" if wanted["name"] else None
    already = BitMap(ids)
    for path, value in wanted.items():
        if path not in paths.INTERNAL:
            already = _already(session, already, path, value)
    return Draft(ids - already, already, effects=_setting(session, wanted))


def opt_in(session: Session, ids: BitMap, purpose: str = "marketing", *, proof: str, **evidence: Any) -> Draft:
    """Note that people have agreed. `proof` says how one knows: a message id, a file and row, a form and wording."""
    if not str(proof or "").strip():
        raise InvalidValue(
            "An opt-in needs a proof: a message id, a file and row, or the form and its wording.",
            code="proof_required", property="proof", value=proof,
        )  # fmt: skip
    return consent.draft(session, ids, "yes", purpose, proof=proof, **evidence)


def opt_out(session: Session, ids: BitMap, purpose: str = "marketing", **evidence: Any) -> Draft:
    return consent.draft(session, ids, "no", purpose, **evidence)


VERBS: dict[str, Verb] = {
    verb.__name__: verb
    for verb in (
        tag, untag, add_to_group, remove_from_group, add_to_list, remove_from_list, assign, unassign, set_field,
        clear_field, set_language, edit, opt_in, opt_out, reactivate, block, stop, archive, delete,
    )
}  # fmt: skip


def describe(kind: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> str:
    """A verb and its arguments in words, for plans and the history."""
    words = [kind.replace("_", " ")]
    if kind == "edit":
        return f"edit {', '.join(f'{key} = {value}' for key, value in options.items())}"
    for argument in arguments:
        if isinstance(argument, (list, tuple)):
            words.append(", ".join(str(item) for item in argument))
        else:
            words.append(str(argument))
    return " ".join(words)


def field_of(session: Session, name: str) -> tuple[str, str]:
    """Key and type of a custom field, by key or name. Raises NotFound."""
    found = session.catalogue.find("fields", name)
    if found is None:
        raise NotFound(
            f"There is no field {name!r}. The fields are {', '.join(session.catalogue.fields) or 'none yet'}."
        )
    return found[1]["key"], found[1]["type"]


def _flat(names: Iterable[Any]) -> list[str]:
    flat = [name for item in names for name in contacts.several("name", item)]
    if not flat:
        raise InvalidValue("Say which: a name is missing.", code="empty", property="name", value=None)
    return list(dict.fromkeys(flat))


def _static_group(session: Session, name: str) -> None:
    group = session.catalogue.find("groups", name)
    if group is None:
        raise NotFound(f"There is no group {name!r}; create it first.")
    if group[1].get("query"):
        raise Refused(
            f"The group {group[1]['name']!r} is made by the query {group[1]['query']!r}; contacts enter and leave it "
            "by themselves.",
            code="dynamic_group",
        )


def _member(session: Session, name: str) -> str:
    handle = session.actor if name in ("me", session.actor) else session.catalogue.assignable(name)
    if handle is None:
        known = ", ".join(session.catalogue.names("member"))
        raise NotFound(f"There is no member {name!r}. The members are: {known or 'none yet'}.")
    return handle


def _enter(session: Session, ids: BitMap, kind: SetKind, names: list[str]) -> Draft:
    keys: list[SetKey] = []
    new: list[CatalogueChange] = []
    for name in names:
        found = session.catalogue.find(kind, name)
        if found is None:
            session.require("create_tag" if kind == "tags" else kind)
            new.append(CatalogueChange(kind, -len(new) - 1, None, {"name": name, "key": fold(name)}))
        keys.append(SetKey(kind, found[0] if found else new[-1].id))
    already = BitMap(ids)
    for key in keys:
        already &= session.store.members(key) if key.id > 0 else BitMap()

    def effects(change: BitMap, progress: Progress | None) -> Effects:
        done = Effects(catalogue=new)
        for key in keys:
            done.add_to_set(key, change - (session.store.members(key) if key.id > 0 else BitMap()))
        if progress:
            progress(len(change), len(change))
        return done

    draft = Draft(ids - already, already, effects=effects)
    if kind == "tags":
        _limit_tags(session, draft, keys)
    return draft


def _limit_tags(session: Session, draft: Draft, keys: list[SetKey]) -> None:
    """At most 100 tags a contact: only looked at where the catalogue is large enough for anyone to have so many."""
    if len(session.catalogue.documents["tags"]) + len(keys) <= rules.TAGS_PER_CONTACT:
        return
    counts: Counter[int] = Counter()
    for key, members in session.store.memberships(draft.change).items():
        if key.kind == "tags" and key not in keys:
            counts.update(members)
    full = BitMap(id for id, count in counts.items() if count + len(keys) > rules.TAGS_PER_CONTACT)
    draft.change -= full
    draft.cannot[f"would have more than {rules.TAGS_PER_CONTACT} tags"] = full


def _leave(session: Session, ids: BitMap, kind: SetKind, names: list[str]) -> Draft:
    keys = [SetKey(kind, found[0]) for name in names if (found := session.catalogue.find(kind, name))]
    inside = BitMap()
    for key in keys:
        inside |= session.store.members(key)
    change = ids & inside

    def effects(change: BitMap, progress: Progress | None) -> Effects:
        done = Effects()
        for key in keys:
            done.remove_from_set(key, change & session.store.members(key))
        if progress:
            progress(len(change), len(change))
        return done

    return Draft(change, ids - change, effects=effects)


def _status(session: Session, ids: BitMap, status: str) -> Draft:
    assert status in STATUSES
    return _set(session, ids, "status", status)


def _set(session: Session, ids: BitMap, path: str, value: Any) -> Draft:
    """One value for all."""
    already = _already(session, ids, path, value)
    return Draft(ids - already, already, effects=_setting(session, {path: value}))


def _setting(session: Session, wanted: dict[str, Any]) -> Callable[[BitMap, Progress | None], Effects]:
    def effects(change: BitMap, progress: Progress | None) -> Effects:
        done = Effects()
        for id, document in _documents(session, change, progress):
            for path, value in wanted.items():
                done.set_value(id, path, paths.get(document, path), value)
        return done

    return effects


def _already(session: Session, ids: BitMap, path: str, value: Any) -> BitMap:
    """Which of some contacts have a value already. The columns tell; where they fold, or do not know the property, the
    documents that may have it settle it."""
    property = _property(session, path)
    if property is None:
        candidates = ids
    elif value is None or value == "":
        return ids - session.store.matching(IsSet(property))
    elif property.type == "number":
        number = Decimal(str(value))
        return ids & session.store.matching(InNumbers(property, number, number))
    elif path in CANONICAL:
        return ids & session.store.matching(Equals(property, frozenset({fold(value)})))
    elif property.type == "datetime":
        candidates = ids & session.store.matching(IsSet(property))
    else:
        last = value.rpartition(">")[2] if property.type in PLACES else value
        candidates = ids & session.store.matching(Equals(property, frozenset({fold(last)})))
    return BitMap(id for id, document in _documents(session, candidates, None) if paths.get(document, path) == value)


def _property(session: Session, path: str) -> Property | None:
    outer, _, key = path.partition(".")
    if outer == "fields":
        return Property("field", key, session.catalogue.fields[key][1].type)  # type: ignore[arg-type]
    return attribute(path) if path in (*CANONICAL, "name", "remarks") else None


def _documents(session: Session, ids: BitMap, progress: Progress | None) -> Iterable[tuple[int, Document]]:
    """Documents of contacts in chunks, in bounded memory."""
    wanted = ids.to_array()
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        yield from session.store.get(CONTACTS, chunk).items()
        if progress:
            progress(min(start + CHUNK, len(wanted)), len(wanted))
