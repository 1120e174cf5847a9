"""A contact as people hold it in their hands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from contacthub.engine.port import CONTACTS, Document, Progress
from contacthub.errors import AudienceChanged
from contacthub.hub.verbs import Verbs
from contacthub.identity.keys import is_phone
from contacthub.identity.names import first_name, initials
from contacthub.model.contact import public
from contacthub.model.shapes import demand
from contacthub.operations import redaction
from contacthub.operations.redaction import HIDDEN

if TYPE_CHECKING:
    from contacthub.hub.front import Hub
    from contacthub.operations.history import Change, Operation

SHORT_CODE = 6
"""Digits of the longest short code."""


class Consent(dict[str, str]):
    """Consent by purpose: `contact.opt_in["marketing"]` is yes, no or unknown. Called, it is the verb: it notes that
    the contact has agreed, `contact.opt_in(proof="form 3")`."""

    def __init__(self, states: Mapping[str, str], verb: Callable[..., Operation]) -> None:
        super().__init__(states)
        self._verb = verb

    def __call__(self, *arguments: Any, **options: Any) -> Operation:
        return self._verb(*arguments, **options)


class Contact(Verbs):
    """One contact as it was when it was read. Its attributes are the properties of its document: `name`, `urns`,
    `tags`, `lists`, `groups`, `fields`, `status`, `language`, `assignee`, `opt_in`, `engagement`, …

    A verb changes the hub and then this object; another reader's change is seen by getting the contact again.
    """

    __slots__ = ("_document", "_hub", "id")

    def __init__(self, hub: Hub, id: int, document: Mapping[str, Any]) -> None:
        self.id = id
        """The number by which this hub's engine knows the contact."""
        self._hub = hub
        demand(CONTACTS, {id: document})
        self._document = redaction.document(document) if hub.session.catalogue.redact_urns else document

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._document[name]
        except KeyError:
            raise AttributeError(f"A contact has no {name!r}.") from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._document})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contact) and self.uuid == other.uuid

    def __hash__(self) -> int:
        return hash(self.uuid)

    def as_dict(self) -> Document:
        """The public document, a copy of one's own: what `query.matches` takes."""
        return public(self.id, self._document)

    @property
    def opt_in(self) -> Consent:
        """Consent by purpose, and the verb to note it."""
        return Consent(self._document["opt_in"], super().opt_in)

    @property
    def phone(self) -> str:
        """The phone number to show, of the first identity that is one, with `+`; empty when there is none."""
        return shown_phone(self._phone_urn.partition(":")[2])

    @property
    def phone_kind(self) -> str:
        """`whatsapp`, `tel`, or empty."""
        return self._phone_urn.partition(":")[0]

    @property
    def _phone_urn(self) -> str:
        return next((urn for urn in self.urns if is_phone(urn) or urn in (f"tel:{HIDDEN}", f"whatsapp:{HIDDEN}")), "")

    @property
    def display_name(self) -> str:
        """The name, or what else tells people apart."""
        return self.name or self._document.get("profile_name") or self.phone.strip(HIDDEN) or self.ref

    @property
    def first_name(self) -> str:
        """For greeting; empty when there is no name."""
        return first_name(self.name)

    @property
    def initials(self) -> str:
        return initials(self.display_name)

    def opt_in_at(self, when: datetime | str, purpose: str = "marketing") -> str:
        """What the consent for a purpose was at an instant: yes, no or unknown. A datetime without a zone is in the
        hub's; a text is read as in queries (`2026-05-01`, `-7d`). Raises InvalidValue."""
        from contacthub.operations.ledger import state_at

        return state_at(
            self._hub.session, (self.uuid, *(self._document.get("merged") or ())), purpose, self._hub.instant(when)
        )

    def history(
        self,
        property: str | None = None,
        *,
        actor: str | None = None,
        kind: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
    ) -> list[Change]:
        """What was changed in this contact, and in those merged into it, newest first: operation (who, when, from
        where), property, before, after. Who changed the city: `contact.history("fields.city")[0].operation.actor`."""
        from contacthub.operations.person import person_changes

        start, end = (None if when is None else self._hub.instant(when) for when in (since, until))
        filters = {"actor": actor, "kind": kind, "since": start, "until": end}
        return person_changes(self._hub.session, self.id, self._document.get("merged") or (), property, **filters)

    def edit(self, *, expect: int | None = None, progress: Progress | None = None, **properties: Any) -> Operation:
        """Change properties, as `hub.contacts.edit`; one that somebody else changed since this was read is refused
        with PlanOutdated. `expect` can only be 1."""
        if expect not in (None, 1):
            raise AudienceChanged(f"This is one contact, not {expect:,}; nothing was changed.", entered=[], left=[])
        operation = self._hub.contacts.edit(self.uuid, seen=self, **properties)
        self._read_again()
        return operation

    def _change(
        self, kind: str, *arguments: Any, expect: int | None, progress: Progress | None, **options: Any
    ) -> Operation:
        plan = self._hub.plan.make(kind, self, *arguments, **options)
        operation = plan.apply_at_once(expect, progress)
        self._read_again()
        return operation

    def _read_again(self) -> None:
        document = self._hub.store.get("contacts", [self.id]).get(self.id)
        if document is not None:
            self._document = redaction.document(document) if self._hub.session.catalogue.redact_urns else document

    def __repr__(self) -> str:
        parts = [self.display_name, *(f"#{tag}" for tag in self.tags)]
        if self.status != "active":
            parts.append(self.status)
        return f"<Contact {' · '.join(part for part in parts if part)}>"

    def _repr_html_(self) -> str:
        rows = {
            "Phone": self.phone,
            "Status": self.status,
            "Tags": ", ".join(self.tags),
            "Lists": ", ".join(self.lists),
            "Assignee": self.assignee,
            **self.fields,
        }
        cells = "".join(
            f"<tr><th>{escape(key)}</th><td>{escape(str(value))}</td></tr>"
            for key, value in rows.items()
            if value not in (None, "")
        )
        return f"<div><b>{escape(self.display_name)}</b><table>{cells}</table></div>"


def shown_phone(path: str) -> str:
    """A phone number as people write it, by the path of its identity: with `+`, unless it is a short code."""
    return f"+{path}" if path.isdigit() and len(path) > SHORT_CODE else path
