"""What a damaged hub has lost above its engine, put right as far as it can be, and told.

The engine's doctor saves rows. Here identities are built again from the contacts that were saved, and fields from their
values; operations whose effects are lost stay in the history with nothing to undo, queries that name what is lost are
told, and consent whose ledger is lost is written there anew. Afterwards `integrity.check` finds nothing. Nothing of
this is an operation: it is done to a hub that nobody uses yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, SET_KINDS, ChangeSet, Document, Store
from contacthub.errors import InvalidValue, QueryError
from contacthub.model.field import NAME_LENGTH, field_key, field_name
from contacthub.model.text import fold
from contacthub.operations import ledger, record
from contacthub.operations.commit import SUPERSEDED, alias, identity_key, keys_of
from contacthub.operations.effects import Effects
from contacthub.operations.history import OPERATIONS
from contacthub.query import parse
from contacthub.query.schema import seeing
from contacthub.session import Session

BATCH = 1_000


def mend(store: Store) -> list[str]:
    """Put right what can be put right; returns what was lost by it, for people."""
    with store.transaction():
        lost = [*_rights(store), *_identities(store), *_fields(store), *_history(store)]
        session = Session(store, actor=_somebody(store))
        return [*lost, *_queries(session), *_consent(session)]


def _somebody(store: Store) -> str | None:
    """In whose name to read: an admin, or any member if no admin is left."""
    members = sorted(store.scan("members"), key=lambda item: item[1].get("role") != "admin")
    return members[0][1]["handle"] if members else None


def _rights(store: Store) -> Iterator[str]:
    """Who may do what, and who sees what, follows from members and settings."""
    kinds = {document.get("kind") for _, document in store.scan(OPERATIONS)}
    if "members" in kinds and not store.count("members"):
        yield (
            "The members of the team: until there are some again (`contacthub members create`), everybody who opens "
            "the hub may do everything."
        )
    if "settings" in kinds and not store.count("settings"):
        yield (
            "The settings: the country, the time zone, the purposes of consent and who sees identities are as in a new "
            "hub (`contacthub settings`)."
        )


# -- identities --------------------------------------------------------------------------------------------------------
def _identities(store: Store) -> Iterator[str]:
    """Let the identities in every document lead to its contact, and no others. What two contacts have stays with the
    one that it leads to; where it leads to neither, with the older."""
    for contacts in _batches(store):
        found = store.identities(contacts)
        extra = {key: id for id, keys in found.items() for key in keys - keys_of(contacts[id])}
        store.apply(ChangeSet(identities_given_up=extra))
    for contacts in _batches(store):
        found = store.identities(contacts)
        wanted = [(key, id) for id in contacts for key in sorted(keys_of(contacts[id]) - found.get(id, set()))]
        owners = store.owners([key for key, _ in wanted])
        changes = ChangeSet()
        for key, id in wanted:
            owner = owners.setdefault(key, id)
            if owner == id:
                changes.identities_taken[key] = id
            elif not key.startswith(SUPERSEDED):
                changes.put.setdefault(CONTACTS, {})[id] = _without(contacts[id], key)
                kind = key.partition(":")[0]
                yield f"Contacts {owner} and {id} had the same identity ({kind}); contact {id} has it no longer."
        store.apply(changes)


def _batches(store: Store) -> Iterator[dict[int, Document]]:
    contacts = store.scan(CONTACTS)
    while batch := dict(islice(contacts, BATCH)):
        yield batch


def _without(document: Document, key: str) -> Document:
    """Take an identity from a contact."""
    notes = document.get("identities") or {}
    document["urns"] = [urn for urn in document["urns"] if identity_key(urn, notes.get(urn)) != key]
    if document.get("merged"):
        document["merged"] = [uuid for uuid in document["merged"] if alias(uuid) != key]
    if notes:
        document["identities"] = {
            urn: note for urn, note in notes.items() if "superseded" in note or urn in document["urns"]
        }
    return _to_put(document)


def _to_put(document: Document) -> Document:
    for kind in SET_KINDS:
        document.pop(kind, None)
    return document


# -- fields ------------------------------------------------------------------------------------------------------------
def _fields(store: Store) -> Iterator[str]:
    """Values whose field is lost, or whose key was damaged, get a field: what nobody can see nobody can mend. What can
    be the value of no field goes."""
    fields = [document for _, document in store.scan("fields")]
    known, names = {field["key"] for field in fields}, {fold(field["name"]) for field in fields}
    found: dict[str, dict[int, Any]] = defaultdict(dict)
    for id, document in store.scan(CONTACTS):
        for key in (document.get("fields") or {}).keys() - known:
            found[key][id] = document["fields"][key]
    changes, gone = ChangeSet(), defaultdict[int, set[str]](set)
    for key, values in sorted(found.items()):
        kinds: Any = (int, float) if all(_is(value, (int, float)) for value in values.values()) else str
        kept = BitMap(id for id, value in values.items() if _is(value, kinds))
        name = _field_name(key, names)
        if kept and name is not None:
            names.add(fold(name))
            type = "text" if kinds is str else "number"
            fields.append({"key": key, "name": name, "type": type, "featured": False, "position": len(fields)})
            changes.put.setdefault("fields", {})[store.reserve("fields", 1)[0]] = fields[-1]
            yield f"The name and type of the field {key}; it is made anew as {name!r}, {type} (contacts: {len(kept)})."
        else:
            kept.clear()
        for id in values.keys() - set(kept):
            gone[id].add(key)
            yield f"What contact {id} had under {key!r}, which is the key of no field."
    for id, document in store.get(CONTACTS, gone).items():
        document["fields"] = {key: value for key, value in document["fields"].items() if key not in gone[id]}
        changes.put.setdefault(CONTACTS, {})[id] = _to_put(document)
    store.apply(changes)


def _is(value: Any, kinds: type | tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def _field_name(key: str, taken: set[str]) -> str | None:
    """A name for a field of that key; None where no field can have it."""
    name = key.replace("_", " ").capitalize()
    try:
        if field_key(field_name(name)) != key:
            return None
    except InvalidValue:
        return None
    return name if fold(name) not in taken else f"{name} 2"[:NAME_LENGTH]


# -- history -----------------------------------------------------------------------------------------------------------
def _history(store: Store) -> Iterator[str]:
    known = dict(store.scan(OPERATIONS))
    for id, document in known.items():
        changes = ChangeSet()
        contacts = _changed(store, id, pruned=document.get("pruned", False))
        if contacts is None:
            nothing, contacts = Effects(), BitMap()
            changes.blobs[OPERATIONS, id, "effects"] = record.encode(nothing)
            changes.blobs[OPERATIONS, id, "contacts"] = nothing.contacts.serialize()
            yield f"What operation {id} changed ({document.get('summary', '')}); it cannot be undone any more."
        if sorted(document.get("about", contacts)) != list(contacts):
            document["about"] = list(contacts)  # it follows, so nothing is lost
            changes.put[OPERATIONS] = {id: document}
        undone_by, undoes = document.get("undone_by"), document.get("undoes")
        if undone_by is not None and known.get(undone_by, {}).get("undoes") != id:
            document["undone_by"] = None
            changes.put[OPERATIONS] = {id: document}
            yield f"That operation {undone_by} undid operation {id}."
        if undoes is not None and undoes not in known:
            document["undoes"] = None
            changes.put[OPERATIONS] = {id: document}
            yield f"Which operation it was that operation {id} undid."
        if changes:
            store.apply(changes)


def _changed(store: Store, id: int, *, pruned: bool) -> BitMap | None:
    """The contacts that an operation changed; None where that cannot be read, or its effects tell of others."""
    try:
        effects = record.decode(store.blob(OPERATIONS, id, "effects") or b"")
        contacts = BitMap.deserialize(store.blob(OPERATIONS, id, "contacts") or b"")
    except (msgspec.DecodeError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return contacts if pruned or effects.contacts == contacts else None


# -- queries -----------------------------------------------------------------------------------------------------------
def _queries(session: Session) -> Iterator[str]:
    """A query that names something lost makes its group a static one without contacts; its text is told."""
    store = session.store
    for table in ("groups", "searches"):
        changes = ChangeSet()
        for id, document in store.scan(table):
            try:
                if document.get("query"):
                    parse(document["query"], seeing(session.resolver)).meaning(session.now())
            except QueryError as error:
                yield f"The query of {document['name']!r}, {document['query']!r}: {error.message}"
                if table == "groups":
                    changes.put.setdefault(table, {})[id] = {**document, "query": None}
                else:
                    changes.deleted.setdefault(table, set()).add(id)
        store.apply(changes)


# -- consent -----------------------------------------------------------------------------------------------------------
def _consent(session: Session) -> Iterator[str]:
    """A contact was the fold of its whole ledger. What is left of the ledger and says otherwise has lost something, so
    it is told again what the contact says, if that is not older."""
    store = session.store
    said = ledger.by_contact(store)
    for contacts in _batches(store):
        changes = ChangeSet()
        recovered: list[Document] = []
        for id, document in contacts.items():
            events = [one for uuid in ledger.uuids_of(document) for one in said.get(uuid, ())]
            follows = ledger.folded(ledger.fold(events))
            if all(ledger.held(document, name) == follows[name] for name in follows):
                continue
            more = list(_recovered(session, document, follows))
            recovered += more
            document.update(ledger.folded(ledger.fold([*events, *more])))
            changes.put.setdefault(CONTACTS, {})[id] = _to_put(document)
            yield f"Part of how contact {id} came to what it says of its consent."
        if recovered:
            ids = store.reserve(ledger.LEDGER, len(recovered))
            changes.put[ledger.LEDGER] = dict(zip(ids, recovered, strict=True))
        store.apply(changes)


def _recovered(session: Session, document: Document, follows: dict[str, dict[str, str]]) -> Iterator[Document]:
    """Statements that the ledger must have held for a contact to say what it says."""
    since = ledger.held(document, "opt_in_on")
    for purpose, state in ledger.held(document, "opt_in").items():
        if state == "unknown" or since.get(purpose, "") < follows["opt_in_on"].get(purpose, ""):
            continue
        yield ledger.event(
            session,
            document["uuid"],
            state,
            purpose,
            source=ledger.held(document, "opt_in_source").get(purpose, "api"),
            note="Recovered from the contact, since the ledger was damaged.",
            occurred_at=since.get(purpose) or document["modified_on"],
            merged=document.get("merged") or (),
        )
