"""From effects to one transaction, with its record in the history.

A plan is worked out before the writers' lock is taken, and checked under it: each value must still be what the plan
saw, or nothing is written and `PlanOutdated` names the contacts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contacthub.engine.port import (
    CONTACTS,
    ChangeSet,
    Document,
    IdentityTaken,
    SetKey,
    Store,
)
from contacthub.errors import InvalidValue, PlanOutdated, Refused
from contacthub.identity.keys import match_key
from contacthub.model.contact import SET_PROPERTIES
from contacthub.model.shapes import demand
from contacthub.model.values import instant_text
from contacthub.operations import ledger, paths, record
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import ACTIONS, NAMED, OPERATIONS, Operation, prune
from contacthub.operations.ledger import alias
from contacthub.session import Session

__all__ = ["SUPERSEDED", "alias", "commit", "identity_key", "identity_taken", "keys_of"]


def commit(
    session: Session,
    *,
    kind: str,
    summary: str,
    effects: Effects | Callable[[], Effects],
    arguments: Document | None = None,
    undoes: int | None = None,
    action: str | None = None,
) -> Operation:
    """Apply effects in one transaction and record them.

    `effects` may be a function: it is then called under the writers' lock, so what it reads cannot change any more.
    `undoes` is the operation that this one turns round. `action` is what a role must be allowed to do for it, where
    the kind does not say. Raises PlanOutdated, InvalidValue (`urn_taken`), Refused (`last_admin`), Busy, StoreError.
    """
    store = session.store
    with store.transaction():
        prune(session)
        done = _with_real_ids(store, effects() if callable(effects) else effects)
        ledger.settle(session, done, restored=undoes is not None)
        now = session.now()
        changes = _change_set(store, done, instant_text(now))
        changes.at = now
        id = store.reserve(OPERATIONS, 1)[0]
        document = {
            "kind": kind,
            "action": action or ACTIONS.get(kind, kind),
            "summary": summary,
            "actor": session.actor,
            "surface": session.surface,
            "at": instant_text(now),
            "count": len(done.contacts),
            **({"about": list(done.contacts)} if len(done.contacts) <= NAMED else {}),
            "undoable": bool(done),
            "arguments": arguments or {},
            "undoes": undoes,
            "undone_by": None,
        }
        changes.put.setdefault(OPERATIONS, {})[id] = document
        changes.put[OPERATIONS] |= _undone(store, undoes, id)
        changes.blobs[OPERATIONS, id, "effects"] = record.encode(done)
        changes.blobs[OPERATIONS, id, "contacts"] = done.contacts.serialize()
        try:
            store.apply(changes)
        except IdentityTaken as taken:
            raise identity_taken(store, taken.key, taken.owner, session.catalogue.redact_urns) from taken
    return Operation.of(session, id, document)


def _undone(store: Store, undoes: int | None, by: int) -> dict[int, Document]:
    """The operation that is taken back, marked so. What that one had taken back itself is in effect again, and so
    on along the chain of undos and redos."""
    marked: dict[int, Document] = {}
    undone_by: int | None = by
    while undoes is not None:
        document = store.get(OPERATIONS, [undoes])[undoes]
        marked[undoes] = {**document, "undone_by": undone_by}
        undoes, undone_by = document.get("undoes"), undoes if undone_by is None else None
    return marked


def identity_taken(store: Store, key: str, owner: int, hidden: bool = False) -> InvalidValue:
    """The error for an identity that another contact has; it names who, unless identities are hidden."""
    if hidden:
        return InvalidValue(
            "This identity belongs to another contact already; ask somebody who sees identities.",
            code="urn_taken", property="urns", value=None,
        )  # fmt: skip
    document = store.get(CONTACTS, [owner]).get(owner, {})
    return InvalidValue(
        f"{key.partition(':')[2]} already belongs to {document.get('name') or document.get('ref') or 'another contact'}"
        "; merge the two contacts, or take it from the other first.",
        code="urn_taken", property="urns", value=key,
    )  # fmt: skip


def _with_real_ids(store: Store, effects: Effects) -> Effects:
    """New catalogue documents get their ids."""
    real: dict[tuple[str, int], int] = {
        (change.table, change.id): store.reserve(change.table, 1)[0] for change in effects.catalogue if change.id < 0
    }
    if not real:
        return effects
    return Effects(
        created=effects.created,
        deleted=effects.deleted,
        values=effects.values,
        sets={SetKey(key.kind, real.get((key.kind, key.id), key.id)): change for key, change in effects.sets.items()},
        catalogue=[
            CatalogueChange(change.table, real.get((change.table, change.id), change.id), change.before, change.after)
            for change in effects.catalogue
        ],
        ledger=effects.ledger,
    )


def _change_set(store: Store, effects: Effects, at: str) -> ChangeSet:
    changes = ChangeSet()
    contacts: dict[int, Document] = {}
    edited = {id for by_id in effects.values.values() for id in by_id}
    current = store.get(CONTACTS, edited) if edited else {}
    demand(CONTACTS, current)  # what is damaged must not be written again as if it were not
    outdated: list[str] = []
    for id in sorted(edited):
        document = current.get(id)
        if document is None:
            outdated.append(f"#{id}")
            continue
        stored = {key: value for key, value in document.items() if key not in SET_PROPERTIES}
        stored["modified_on"] = at
        contacts[id] = stored
    for path, by_id in effects.values.items():
        for id, (before, after) in by_id.items():
            if id not in contacts:
                continue
            if paths.get(contacts[id], path) != before:
                outdated.append(contacts[id]["uuid"])
            paths.put(contacts[id], path, after)
    if outdated:
        raise PlanOutdated(
            f"{len(set(outdated))} of the contacts have changed since this was planned; look at it again.",
            rows=list(dict.fromkeys(outdated)),
        )
    for id in {id for path in ("urns", "merged", "identities") for id in effects.values.get(path, ())}:
        old, new = keys_of(current[id]), keys_of(contacts[id])
        changes.identities_given_up.update(dict.fromkeys(old - new, id))
        changes.identities_taken.update(dict.fromkeys(new - old, id))
    for id, document in effects.created.items():
        document["modified_on"] = at  # without a copy: an import may create a million
        contacts[id] = document
        for key in keys_of(document):
            owner = changes.identities_taken.setdefault(key, id)
            if owner != id and not key.startswith(SUPERSEDED):
                raise identity_taken(store, key, owner)
    if contacts:
        changes.put[CONTACTS] = contacts
    if effects.deleted:
        changes.deleted[CONTACTS] = set(effects.deleted)
        for id, document in effects.deleted.items():
            changes.identities_given_up.update(dict.fromkeys(keys_of(document), id))
    _leave_superseded(store, changes)
    changes.sets = dict(effects.sets)
    for change in effects.catalogue:
        _put_catalogue(store, changes, change)
    _keep_an_admin(store, changes)
    if effects.ledger:
        ids = store.reserve("consent", len(effects.ledger))
        changes.put["consent"] = dict(zip(ids, effects.ledger, strict=True))
    return changes


SUPERSEDED = "was:"
"""Prefix of the keys of identities that a contact had once. They find it too, but bind nobody."""


def keys_of(document: Document) -> set[str]:
    """All keys under which the store knows a contact: its identities, those it had once, and the uuids of contacts
    that were merged into it."""
    notes = document.get("identities") or {}
    keys = {identity_key(urn, notes.get(urn)) for urn in document["urns"]}
    if notes:
        had = (urn for urn, note in notes.items() if "superseded" in note and "left" not in note)
        keys.update(SUPERSEDED + identity_key(urn, notes[urn]) for urn in had)
    return keys | {alias(uuid) for uuid in document.get("merged") or ()}


def identity_key(urn: str, note: Document | None = None) -> str:
    """The match key of an identity. A business-scoped id of a portfolio other than the hub's first is one within its
    portfolio only; the note that is kept beside the identity says which."""
    portfolio = note.get("portfolio") if note else None
    return f"{match_key(urn)}@{portfolio}" if portfolio else match_key(urn)


def _leave_superseded(store: Store, changes: ChangeSet) -> None:
    """A superseded identity that has gone to somebody else since, and is superseded there too, stays there."""
    keys = [key for key in changes.identities_taken if key.startswith(SUPERSEDED)]
    for key, owner in store.owners(keys).items():
        if changes.identities_given_up.get(key) != owner:
            changes.identities_taken.pop(key)


def _keep_an_admin(store: Store, changes: ChangeSet) -> None:
    """A hub with members has an admin among them, whatever changes them."""
    put, gone = changes.put.get("members", {}), changes.deleted.get("members", set())
    if not put and not gone:
        return
    members = {id: document for id, document in store.scan("members") if id not in gone} | put
    roles = {document["role"] for document in members.values() if not document.get("left_on")}
    if roles and "admin" not in roles:
        raise Refused("The hub needs an admin; make somebody else one first.", code="last_admin")


def _put_catalogue(store: Store, changes: ChangeSet, change: CatalogueChange) -> None:
    stored: Any = store.get(change.table, [change.id]).get(change.id)
    if stored != change.before:
        raise PlanOutdated(
            f"Somebody else has changed the {change.table} since this was planned; look at it again.",
            rows=[change.table],
        )
    if change.after is None:
        changes.deleted.setdefault(change.table, set()).add(change.id)
    else:
        changes.put.setdefault(change.table, {})[change.id] = change.after
