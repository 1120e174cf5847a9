"""The history: what was done, by whom, when, from where, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any

from pyroaring import BitMap

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, ChangeSet, Document, SetKey, Store
from contacthub.errors import NotFound
from contacthub.model.shapes import demand
from contacthub.operations import paths, record, redaction
from contacthub.operations.effects import Effects
from contacthub.session import Session

OPERATIONS = "operations"
PRUNED_EVERY = timedelta(days=1)
NAMED = 16
"""Contacts that an operation changed and that its document names, so that the history of one contact need not look at
what others were changed by. Of more, only the bitmap beside it tells."""
ACTIONS = {"create": "create_contact", "flow": "edit", "searches": "edit"}
"""Kinds of operations that go by another name among what roles may do."""


@dataclass(frozen=True, repr=False)
class Operation:
    """One operation as the history tells it."""

    id: int
    kind: str
    summary: str
    actor: str
    surface: str
    at: datetime
    count: int
    """Contacts that changed."""
    undoable: bool
    """Whether there is anything to take back: False for what is only recorded (an export) or changed nobody."""
    arguments: Document
    undoes: int | None
    undone_by: int | None
    action: str
    """What a role must be allowed to do for it, and for taking it back."""
    pruned: bool
    """Whether it is so old that what it changed is no longer kept."""
    _store: Store = field(repr=False, compare=False)
    _hidden: bool = field(default=False, repr=False, compare=False)
    """Whether identities are hidden from who looks at it."""

    @classmethod
    def of(cls, session: Session, id: int, document: Document) -> Operation:
        """An operation from its document, also one written before a property existed. Raises `StoreError` where it is
        damaged."""
        demand(OPERATIONS, {id: document})
        kind: str = document["kind"]
        undoable = document.get("undoable")
        if undoable is None:
            data = session.store.blob(OPERATIONS, id, "effects")
            undoable = bool(data and record.decode(data))
        hidden = session.catalogue.redact_urns
        arguments = document.get("arguments") or {}
        return cls(
            id=id,
            kind=kind,
            summary=redaction.text(document["summary"]) if hidden else document["summary"],
            actor=document["actor"],
            surface=document["surface"],
            at=datetime.fromisoformat(document["at"]),
            count=document["count"],
            undoable=undoable,
            arguments=redaction.arguments(arguments) if hidden else arguments,
            undoes=document.get("undoes"),
            undone_by=document.get("undone_by"),
            action=document.get("action") or ACTIONS.get(kind, kind),
            pruned=document.get("pruned", False),
            _store=session.store,
            _hidden=hidden,
        )

    def __repr__(self) -> str:
        changed = f" · {self.count:,} {'contact' if self.count == 1 else 'contacts'}" if self.count else ""
        undone = f" · undone by {self.undone_by}" if self.undone_by is not None else ""
        return f"<Operation {self.id} · {self.summary}{changed} · {self.actor}{undone}>"

    def _repr_html_(self) -> str:
        return f"<code>{escape(repr(self)[1:-1])}</code>"

    @property
    def contact_ids(self) -> BitMap:
        """The contacts that changed, by the engine's ids."""
        data = self._store.blob(OPERATIONS, self.id, "contacts")
        return BitMap.deserialize(data) if data else BitMap()

    @property
    def contacts(self) -> list[str]:
        """The uuids of the contacts that changed, those that are deleted included."""
        ids = self.contact_ids
        documents = self._store.get(CONTACTS, ids)
        gone = ids - BitMap(documents)
        if gone:
            past = self.recorded
            documents = {**documents, **past.created, **past.deleted}
        return [documents[id]["uuid"] for id in ids if id in documents]

    @property
    def effects(self) -> Effects:
        """All that it changed, value by value; without identities where they are hidden."""
        return redaction.effects(self.recorded) if self._hidden else self.recorded

    def effects_on(self, contact: int) -> Effects:
        """What it changed in one contact, by the engine's id, without its ledger; identities as in `effects`."""
        data = self._store.blob(OPERATIONS, self.id, "effects")
        effects = record.decode(data, contact) if data else Effects()
        return redaction.effects(effects) if self._hidden else effects

    @property
    def recorded(self) -> Effects:
        """All that it changed, as it is kept: for taking it back."""
        data = self._store.blob(OPERATIONS, self.id, "effects")
        return record.decode(data) if data else Effects()


def operation(session: Session, id: int) -> Operation:
    """One operation. Raises NotFound."""
    document = session.store.get(OPERATIONS, [id]).get(id)
    if document is None:
        raise NotFound(f"There is no operation {id}; `history` lists them.")
    return Operation.of(session, id, document)


def operations(
    session: Session,
    *,
    actor: str | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    contact: int | BitMap | None = None,
) -> Iterator[Operation]:
    """Operations, newest first; of one actor, of one kind, from an instant on, before an instant, or those that
    changed one contact, or any of several."""
    contacts = BitMap([contact]) if isinstance(contact, int) else contact
    for one in _all(session) if contacts is None else _about(session, contacts):
        if since is not None and one.at < since:
            return
        if (
            (actor is None or one.actor == actor)
            and (kind is None or one.kind == kind)
            and (until is None or one.at < until)
            and (contacts is None or contacts.intersect(one.contact_ids))
        ):
            yield one


def prune(session: Session) -> None:
    """Take from operations older than the setting `history_days` what they changed, at most once a day and session.
    They stay in the history, and can no longer be undone. Inside a transaction."""
    days, now = session.settings.history_days, session.now()
    if not days or (session.pruned_at is not None and now - session.pruned_at < PRUNED_EVERY):
        return
    session.pruned_at = now
    changes = ChangeSet()
    for id, document in session.store.scan(OPERATIONS):
        if datetime.fromisoformat(document["at"]) >= now - timedelta(days=days):
            break
        if not document.get("pruned"):
            changes.put.setdefault(OPERATIONS, {})[id] = {**document, "pruned": True}
            changes.blobs[OPERATIONS, id, "effects"] = record.encode(Effects())
    if changes:
        session.store.apply(changes)


def newest_id(session: Session) -> int:
    """The id of the newest operation; 0 when there is none."""
    return next((one.id for one in _all(session)), 0)


def _all(session: Session) -> Iterator[Operation]:
    for id, document in session.store.newest(OPERATIONS):
        yield Operation.of(session, id, document)


def _about(session: Session, contacts: BitMap) -> Iterator[Operation]:
    """Operations that may have changed any of these contacts, newest first."""
    ids = session.store.about(OPERATIONS, contacts)
    for few in batched(reversed(ids), 64):
        documents = session.store.get(OPERATIONS, few)
        yield from (Operation.of(session, id, documents[id]) for id in few if id in documents)


@dataclass(frozen=True, slots=True)
class Change:
    """One changed value of one contact."""

    operation: Operation
    property: str
    before: Any
    after: Any


def contact_changes(session: Session, id: int, property: str | None = None, **filters: Any) -> list[Change]:
    """The changes of one contact, newest first; of one property (`name`, `fields.age`, `tags`) when it is named.
    `filters` are those of `operations`."""
    found: list[Change] = []
    for operation in operations(session, contact=id, **filters):
        found.extend(change for change in _changes_of(session, operation, id) if property in (None, change.property))
    return found


def _called(document: Document) -> str | None:
    """What an entry of a catalogue goes by: an import by what its contacts carry as `import`."""
    return document.get("name") or document.get("key")


def _changes_of(session: Session, operation: Operation, id: int) -> Iterator[Change]:
    effects = operation.effects_on(id)
    if id in effects.created:
        yield Change(operation, "contact", None, "created")
    if id in effects.deleted:
        yield Change(operation, "contact", "deleted", None)
    for path, by_id in effects.values.items():
        if id in by_id and path not in paths.INTERNAL:
            yield Change(operation, path, *by_id[id])
    names = {SetKey(c.table, c.id): _called(c.after or c.before or {}) for c in effects.catalogue}  # type: ignore[arg-type]
    for key, change in effects.sets.items():
        if id not in change.added and id not in change.removed:
            continue
        document = session.store.get(key.kind, [key.id]).get(key.id) or {}
        name = _called(document) or names.get(key) or f"#{key.id}"
        yield Change(operation, key.kind, *((None, name) if id in change.added else (name, None)))
