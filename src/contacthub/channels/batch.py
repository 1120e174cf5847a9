"""What events change, while it is worked out: contacts and who has which identity, as one change of the store.

All of it happens under the writers' lock, so what was read stays true until it is written. Many events share one
batch: a contact is read once and written once, however often its owner wrote.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from contacthub.engine.port import CONTACTS, ChangeSet, Document
from contacthub.identity.urns import Urn, country_of, is_business_scoped, is_parent_business_scoped
from contacthub.model.contact import SET_PROPERTIES, new_document
from contacthub.model.values import instant_text
from contacthub.operations import suggestions
from contacthub.operations.commit import SUPERSEDED, commit, identity_key, keys_of
from contacthub.operations.consent import LEDGER
from contacthub.operations.contacts import identity_notes
from contacthub.operations.forget import EVENTS
from contacthub.operations.merge import plan_merge
from contacthub.session import Session


def event_key(channel: str, id: str) -> str:
    """Under which an event is remembered. A digest, since ids of WhatsApp messages hold the person's number."""
    return blake2b(f"{channel}/{id}".encode(), digest_size=16).hexdigest()


class Batch:
    """The changes of one transaction. Use inside `store.transaction()`, and end with `flush()`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = instant_text(session.now())
        self.ledger: list[Document] = []
        self.created_count = 0
        """Contacts made so far."""
        self._forget_what_was_read()
        self._new_suggestions: dict[str, Document] = {}

    def _forget_what_was_read(self) -> None:
        self._documents: dict[int, Document | None] = {}
        self._changed: set[int] = set()
        self._created: dict[str, int] = {}
        self._owners: dict[str, int | None] = {}
        self._stored_owners: dict[str, int | None] = {}
        self._events: dict[str, tuple[int, Document] | None] = {}
        self._noted: set[str] = set()
        self._event_ids: deque[int] = deque()

    def read_ahead(self, keys: Iterable[str], events: Iterable[str]) -> None:
        """Read the owners of many identities, their contacts, and many events at once."""
        keys = [key for key in dict.fromkeys(keys) if key not in self._owners]
        owners = self.session.store.owners(keys)
        self._owners |= {key: owners.get(key) for key in keys}
        self._stored_owners |= {key: owners.get(key) for key in keys}
        missing = {id for id in owners.values() if id not in self._documents}
        self._documents |= self.session.store.get(CONTACTS, missing)
        wanted = [key for key in dict.fromkeys(events) if key not in self._events]
        ids = self.session.store.ids(EVENTS, wanted)
        documents = self.session.store.get(EVENTS, ids.values())
        self._events |= {key: (ids[key], documents[ids[key]]) if key in ids else None for key in wanted}

    # -- contacts ----------------------------------------------------------------------------------------------------
    def owner(self, key: str) -> int | None:
        """The contact that has an identity, by its key."""
        if key not in self._owners:
            owner = self.session.store.owners([key]).get(key)
            self._owners[key] = self._stored_owners[key] = owner
        return self._owners[key]

    def document(self, id: int) -> Document:
        """A contact as it will be; not to be changed."""
        if id not in self._documents:
            self._documents[id] = self.session.store.get(CONTACTS, [id]).get(id)
        document = self._documents[id]
        assert document is not None, "identities belong to contacts that exist"
        return document

    def change(self, id: int) -> Document:
        """A contact, to be changed in place."""
        self._changed.add(id)
        return self.document(id)

    def by_uuid(self, uuid: str) -> int | None:
        """A contact by its uuid, or the one it was merged into; None if it is gone."""
        return self._created.get(uuid) or suggestions.survivor(self.session, uuid)

    def create(self, urns: list[Urn], notes: dict[str, Document], superseded: dict[str, Document]) -> int:
        """A new contact with these identities and what is kept beside them."""
        id = self.session.store.reserve(CONTACTS, 1)[0]
        document = new_document(
            now=self.session.now(),
            source="message",
            urns=dict.fromkeys(map(str, urns)),
            identities=superseded | notes,
        )
        self._documents[id] = document
        self._created[document["uuid"]] = id
        self.created_count += 1
        self._changed.add(id)
        self.identities_changed(id, set())
        return id

    def identities_changed(self, id: int, before: set[str]) -> None:
        """Take note of who has which identity; `before` are the keys that the contact had."""
        document = self.document(id)
        document["country"] = next((country for urn in document["urns"] if (country := country_of(urn))), None)
        after = keys_of(document)
        for key in before - after:
            if self.owner(key) == id:
                self._owners[key] = None
        for key in after - before:
            other = self.owner(key)
            if other is not None and other != id:
                self._leave_to_another(other, key)
            self._owners[key] = id

    def _leave_to_another(self, id: int, key: str) -> None:
        """An identity that this contact had once was somebody else's since, who is the one that late events mean."""
        document = self.change(id)
        document["identities"] = {
            urn: {**note, "left": True}
            if "superseded" in note and SUPERSEDED + identity_key(urn, note) == key
            else note
            for urn, note in document["identities"].items()
        }

    def supersede(self, id: int, keys: Iterable[str], at: str) -> None:
        """The contact no longer has these identities; late events still find it by them."""
        document = self.change(id)
        before, gone = keys_of(document), set(keys)
        notes = dict(document["identities"])
        for urn in document["urns"]:
            if identity_key(urn, notes.get(urn)) in gone:
                notes[urn] = {**notes.get(urn, {}), "superseded": at}
        document["urns"] = [urn for urn in document["urns"] if "superseded" not in notes.get(urn, {})]
        document["identities"] = notes
        self.identities_changed(id, before)

    def note_superseded(self, id: int, notes: dict[str, Document]) -> None:
        """The contact had these identities once, though the hub did not know."""
        if notes.keys() <= self.document(id)["identities"].keys():
            return
        document = self.change(id)
        before = keys_of(document)
        document["identities"] = {**notes, **document["identities"]}
        self.identities_changed(id, before)

    def merge(self, keep: int, other: int) -> None:
        """Make two contacts one, as an operation that can be looked at and undone."""
        self.flush()
        plan = plan_merge(self.session, keep, other)
        commit(self.session, kind="merge", summary=plan.summary, effects=plan.effects)

    def suggest(self, one: int, other: int, reason: str) -> None:
        """Leave it to people whether two contacts are one person."""
        document = suggestions.suggestion(self.session, self.document(one), self.document(other), reason)
        self._new_suggestions[document["key"]] = document

    # -- events ------------------------------------------------------------------------------------------------------
    def event(self, key: str) -> Document | None:
        """What is remembered of an event, or of a message; to be changed by `note_event` only."""
        if key not in self._events:
            self.read_ahead((), [key])
        known = self._events[key]
        return known[1] if known else None

    def note_event(self, key: str, **values: Any) -> None:
        """Remember an event, or what is new of it."""
        self.event(key)
        known = self._events[key]
        id = known[0] if known else self._new_event_id()
        document = known[1] if known else {"key": key, "recorded_at": self.now}
        self._events[key] = (id, {**document, **values})
        self._noted.add(key)

    def _new_event_id(self) -> int:
        if not self._event_ids:
            unknown = sum(event is None for event in self._events.values())
            self._event_ids = deque(self.session.store.reserve(EVENTS, max(1, unknown)))
        return self._event_ids.popleft()

    # -- the end -----------------------------------------------------------------------------------------------------
    def flush(self) -> None:
        """Write all of it, in the transaction that is open."""
        changes = ChangeSet(at=self.session.now())
        stored = {}
        for id in sorted(self._changed):
            document = self.document(id)
            document["modified_on"] = self.now
            stored[id] = {key: value for key, value in document.items() if key not in SET_PROPERTIES}
        events = [event for key in self._noted if (event := self._events[key])]
        for table, documents in ((CONTACTS, stored), (EVENTS, dict(events))):
            if documents:
                changes.put[table] = documents
        self._put_new(changes, LEDGER, self.ledger)
        known = self.session.store.ids(suggestions.SUGGESTIONS, self._new_suggestions)
        fresh = [document for key, document in self._new_suggestions.items() if key not in known]
        self._put_new(changes, suggestions.SUGGESTIONS, fresh)
        for key, owner in self._owners.items():
            before = self._stored_owners[key]
            if before != owner:
                if before is not None:
                    changes.identities_given_up[key] = before
                if owner is not None:
                    changes.identities_taken[key] = owner
        if changes:
            self.session.store.apply(changes)
        self.ledger = []
        self._new_suggestions = {}
        self._forget_what_was_read()

    def _put_new(self, changes: ChangeSet, table: str, documents: list[Document]) -> None:
        if documents:
            ids = self.session.store.reserve(table, len(documents))
            changes.put[table] = dict(zip(ids, documents, strict=True))


def notes_of(urns: Iterable[Urn], portfolio: str) -> dict[str, Document]:
    """What is kept beside identities: how they were received, that a number is merely possible, the portfolio."""
    urns = list(urns)
    notes = identity_notes(urns)
    if portfolio:
        for urn in urns:
            if in_portfolio(str(urn)):
                notes.setdefault(str(urn), {})["portfolio"] = portfolio
    return notes


def in_portfolio(urn: str) -> bool:
    """Whether an identity means somebody within one business portfolio only."""
    return is_business_scoped(urn) and not is_parent_business_scoped(urn)
