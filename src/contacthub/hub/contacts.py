"""`hub.contacts`: one contact at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS
from contacthub.errors import NotFound
from contacthub.hub.contact import Contact
from contacthub.operations import contacts as operations
from contacthub.operations.commit import alias
from contacthub.operations.history import Operation
from contacthub.operations.merge import Choice, merge
from contacthub.operations.person import merged_ids, past_id
from contacthub.tables.targets import earlier_forms

if TYPE_CHECKING:
    from contacthub.analysis.dossier import Dossier
    from contacthub.analysis.duplicates import Candidate
    from contacthub.hub.front import Hub
    from contacthub.operations.forget import Forgotten


class Contacts:
    """The contacts of a hub: `len()`, `get`, `by_urn`, `create`, `edit`, `delete`. Many at once: `hub.find`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __len__(self) -> int:
        return self._hub.store.count(CONTACTS)

    def __contains__(self, uuid: object) -> bool:
        return bool(self._hub.store.ids(CONTACTS, [str(uuid)]))

    def id_of(self, uuid: str | UUID | Contact) -> int:
        """The engine's id of a contact; the uuid of one that was merged leads to its survivor. Raises NotFound."""
        if isinstance(uuid, Contact):
            return uuid.id
        store = self._hub.store
        found = store.ids(CONTACTS, [str(uuid)]) or store.owners([alias(str(uuid))])
        if not found:
            raise NotFound(f"There is no contact with the uuid {str(uuid)!r} in this hub.")
        return next(iter(found.values()))

    def past_id_of(self, uuid: str | UUID | Contact) -> int:
        """As `id_of`, and for a contact that was deleted the id that it had. Raises NotFound."""
        try:
            return self.id_of(uuid)
        except NotFound:
            id = past_id(self._hub.session, str(uuid))
            if id is None:
                raise
            return id

    def person_ids(self, contact: str | UUID | Contact) -> BitMap:
        """The ids of a contact, of one that was deleted too, and of those merged into it. Raises NotFound."""
        id = self.past_id_of(contact)
        document = self._hub.store.get(CONTACTS, [id]).get(id, {})
        return merged_ids(self._hub.session, id, document.get("merged") or ()) | BitMap([id])

    def get(self, uuid: str | UUID) -> Contact:
        """The contact of that uuid. Raises NotFound."""
        contacts = self.of_ids([self.id_of(uuid)])
        if not contacts:
            raise NotFound(f"There is no contact with the uuid {str(uuid)!r} in this hub.")
        return contacts[0]

    def of_ids(self, ids: Iterable[int]) -> list[Contact]:
        """Contacts by the engine's ids, in that order; those that are gone are left out."""
        ids = list(ids)
        documents = self._hub.store.get(CONTACTS, ids)
        return [Contact(self._hub, id, documents[id]) for id in ids if id in documents]

    def by_urn(self, urn: str) -> Contact | None:
        """Who has an identity, in any spelling that reaches the same person; None if nobody has. Raises InvalidValue
        for what is no URN, NotAllowed where identities are hidden."""
        self._hub.session.require_identities()
        id = operations.owner_of(self._hub.session, urn)
        return next(iter(self.of_ids([] if id is None else [id])), None)

    def create(self, **properties: Any) -> Contact:
        """A new contact: `name`, `urns`, `fields`, `tags`, `lists`, `groups`, `language`, `assignee`, `remarks`,
        `avatar`, `status`. Raises InvalidValue, among them `urn_taken` naming who has an identity already."""
        source = "api" if self._hub.session.surface == "webhook" else "manual"
        id, _ = operations.create(self._hub.session, source=source, **properties)
        return self.of_ids([id])[0]

    def edit(self, contact: str | UUID | Contact, *, seen: Contact | None = None, **properties: Any) -> Operation:
        """Change what is named, and nothing else; None clears. `fields` takes the fields that change; `urns`, `tags`,
        `lists` and `groups` their whole new value. With `seen`, what somebody else has changed since is refused.
        Raises NotFound, InvalidValue, PlanOutdated."""
        document = seen.as_dict() if seen is not None else None
        return operations.edit(self._hub.session, self.id_of(contact), seen=document, **properties)

    def delete(self, contact: str | UUID | Contact) -> Operation:
        """Delete one contact; an undo brings it back. Raises NotFound."""
        return self._hub.plan.make("delete", contact).apply_at_once()

    def merge(
        self,
        keep: str | UUID | Contact,
        other: str | UUID | Contact,
        choose: Mapping[str, Choice] | None = None,
    ) -> Operation:
        """Make two contacts one; `hub.plan.merge` shows it first. `choose` says per property whose value stays
        (`{"name": "other"}`); by default the survivor's. Raises NotFound, InvalidValue, NotAllowed."""
        return merge(self._hub.session, self.id_of(keep), self.id_of(other), choose)

    def duplicates(self) -> list[Candidate]:
        """Contacts that may be one person, with the reason, the surest first."""
        from contacthub.analysis.duplicates import duplicates

        return duplicates(self._hub.session)

    def dossier(self, contact: str | UUID | Contact) -> Dossier:
        """Everything the hub holds of one person, to hand over. Raises NotFound, NotAllowed."""
        from contacthub.analysis.dossier import dossier

        return dossier(self._hub.session, self.id_of(contact))

    def forget(self, contact: str | UUID | Contact, confirm: str) -> Forgotten:
        """Erase a person for good, be it one who was deleted; `confirm` is the name as the hub shows it. It cannot be
        undone. Raises NotFound, NotAllowed, InvalidValue (`confirm`)."""
        from contacthub.imports.review import withdraw
        from contacthub.operations.forget import forget

        done = forget(self._hub.session, self.past_id_of(contact), confirm, withdraw)
        return replace(done, out_of_reach=self.out_of_reach())

    def out_of_reach(self) -> tuple[str, ...]:
        """Where a person may be whom the hub forgets: what it cannot erase. The backups that were kept beside the hub
        when its form changed come first, by their paths."""
        from contacthub.operations.forget import OUT_OF_REACH

        kept = (f"{path}: the hub as it was before its form changed" for path in earlier_forms(self._hub.session.home))
        return (*kept, *OUT_OF_REACH)

    def __repr__(self) -> str:
        return f"<Contacts: {len(self):,}>"
