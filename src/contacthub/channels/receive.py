"""Receiving events: each is remembered, finds or makes its contact, and changes what its kind says.

An event that was seen before changes nothing, since providers repeat for days. What one event or another changes does
not depend on the order in which they come: counts add up, times are the earliest and the latest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from contacthub.channels.arrival import Person, arrive, change_identity
from contacthub.channels.batch import Batch, event_key
from contacthub.channels.events import (
    FAILED,
    STATES,
    DeliveryStatus,
    Event,
    IdentityChange,
    InboundMessage,
    OutboundMessage,
    PreferenceChange,
    instant,
)
from contacthub.channels.registry import Channel, Registry
from contacthub.channels.words import statement
from contacthub.engine.port import Document
from contacthub.errors import InvalidValue
from contacthub.identity.keys import match_key
from contacthub.identity.names import clean_name
from contacthub.identity.urns import Urn, normalize
from contacthub.model.settings import Settings
from contacthub.model.values import instant_text
from contacthub.operations import ledger
from contacthub.operations.commit import SUPERSEDED
from contacthub.operations.forget import forgotten
from contacthub.session import Session

Outcome = Literal["created", "updated", "repeated", "ignored"]
RECEIVED, SENT, OTHER = "received", "sent", "other"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an event did: `created` a contact, `updated` one, was `repeated`, or was `ignored`."""

    outcome: Outcome
    contact: str | None
    """The uuid of the contact; None where there is none."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An event whose values are right."""

    event: Event
    channel: Channel
    person: Person
    previous: Person | None
    at: str
    key: str


def receive(session: Session, event: Event) -> Receipt:
    """Take in one event, durably. Raises InvalidValue, NotFound (`unknown_channel`), NotAllowed, Busy, StoreError."""
    return receive_all(session, [Checker(session).check(event)])[0]


class Checker:
    """Looks at events before anything is changed, by the channels and settings as they are now."""

    def __init__(self, session: Session) -> None:
        self.registry = Registry(session)
        self._now = session.now()
        self._country = session.settings.country
        self._purposes = tuple(session.catalogue.purposes())

    def check(self, event: Event) -> Checked:
        """An event with all that it says in normal form. Raises InvalidValue, NotFound (`unknown_channel`)."""
        channel = self.registry.found(event.channel)
        at = instant_text(instant(event.time, self._now))
        urns = self._urns(channel, event.identities)
        if not urns and not isinstance(event, DeliveryStatus):
            raise InvalidValue(
                "An event is about somebody; give at least one identity, as whatsapp:5521987654321.",
                code="no_identity", property="identities", value=event.identities,
            )  # fmt: skip
        previous = None
        if isinstance(event, PreferenceChange):
            self._check_preference(event)
        elif isinstance(event, IdentityChange):
            past = [urn for urn in self._urns(channel, event.previous) if urn not in urns]
            previous = Person.of(past, channel.portfolio, at)
        person = Person.of(urns, channel.portfolio, at)
        return Checked(event, channel, person, previous, at, event_key(channel.uuid, str(event.id)))

    def _check_preference(self, event: PreferenceChange) -> None:
        if event.state not in ("yes", "no") or event.purpose not in self._purposes:
            raise InvalidValue(
                f"A preference is yes or no for one of {', '.join(self._purposes)}, not {event.state!r} for "
                f"{event.purpose!r}.",
                code="invalid_preference", property="state", value=event.state,
            )  # fmt: skip

    def _urns(self, channel: Channel, identities: Iterable[str]) -> list[Urn]:
        urns = [normalize(urn, self._country) for urn in identities]
        if urns and not any(urn.scheme in channel.schemes for urn in urns):
            raise InvalidValue(
                f"People on the channel {channel.name!r} are known by {' or '.join(channel.schemes)}, not by "
                f"{urns[0].scheme}.",
                code="scheme_not_of_channel", property="identities", value=tuple(map(str, urns)),
            )  # fmt: skip
        return urns


def receive_all(session: Session, checked: Sequence[Checked]) -> list[Receipt]:
    """Take in several events in one transaction. Raises NotAllowed, Busy, StoreError."""
    session.require("create_contact")
    settings = session.settings
    with session.store.transaction():
        batch = Batch(session)
        people = [person for one in checked for person in (one.person, one.previous) if person is not None]
        keys = [key for person in people for key in person.keys]
        batch.read_ahead([*keys, *(SUPERSEDED + key for key in keys)], (one.key for one in checked))
        receipts = [_Reception(batch, one, settings).receive() for one in checked]
        batch.flush()
    return receipts


class _Reception:
    """One event on its way into the batch."""

    def __init__(self, batch: Batch, checked: Checked, settings: Settings) -> None:
        self.batch = batch
        self.checked = checked
        self.settings = settings
        self.at = checked.at
        self.known = batch.event(checked.key)

    def receive(self) -> Receipt:
        event = self.checked.event
        if isinstance(event, DeliveryStatus | OutboundMessage):
            return self._ours(event)
        if self.known is not None:
            return self._repeated()
        if isinstance(event, InboundMessage):
            return self._theirs(event)
        if isinstance(event, PreferenceChange):
            return self._preference(event)
        return self._identities()

    def _repeated(self) -> Receipt:
        return Receipt("repeated", self.known["contact"] if self.known else None)

    # -- by kind -----------------------------------------------------------------------------------------------------
    def _theirs(self, event: InboundMessage) -> Receipt:
        id, outcome = self._arrive(wrote=True)
        document = self.batch.change(id)
        said = statement(event.text, self.settings)
        newest = self.at >= (document["last_seen_on"] or "")
        if document["status"] == "stopped" and newest and self.at >= document["created_on"] and said != "no":
            document["status"] = "active"
        self._profile(document, newest=newest)
        _count(document, "received")
        document["first_seen_on"] = min(document["first_seen_on"] or self.at, self.at)
        self._exchanged(document, "last_seen_on")
        if said is not None:
            self._consent(document, said, "marketing", "keyword")
        return self._receipt(outcome, document, RECEIVED)

    def _ours(self, event: DeliveryStatus | OutboundMessage) -> Receipt:
        """A message of ours, or what became of it. A state says all those below it; the time of a message is that of
        its sending, whatever comes first."""
        known = self.known or {"kind": SENT, "contact": "", "state": 0, "failed": False, "timed": False}
        state = event.state if isinstance(event, DeliveryStatus) else STATES[0]
        if known["kind"] != SENT or (state != FAILED and state not in STATES):
            return Receipt("ignored", known["contact"] or None)
        rank = 0 if state == FAILED else STATES.index(state) + 1
        fails = state == FAILED and not known["failed"]
        times = rank == 1 and not known["timed"]
        if not fails and not times and rank <= known["state"]:
            return self._repeated()
        outcome: Outcome = "updated"
        found: int | None
        if self.known is not None:
            found = self.batch.by_uuid(known["contact"]) if known["contact"] else None
        elif self.checked.person.urns:
            found, outcome = self._arrive(wrote=False)
        else:
            return Receipt("ignored", None)
        new = {"state": max(rank, known["state"]), "failed": known["failed"] or fails, "timed": known["timed"] or times}
        if found is None:  # deleted or forgotten: a late receipt brings nobody back
            self.batch.note_event(self.checked.key, **new)
            return Receipt("ignored", None)
        document = self.batch.change(found)
        self._profile(document, newest=False)
        for name in STATES[known["state"] : rank]:
            _count(document, name)
        if fails:
            _count(document, "failed")
        if times:
            self._exchanged(document, "last_sent_on")
        if fails and isinstance(event, DeliveryStatus) and event.stopped_marketing:
            self._consent(document, "no", "marketing", "send_error")
        return self._receipt(outcome, document, SENT, **new)

    def _preference(self, event: PreferenceChange) -> Receipt:
        id, outcome = self._arrive(wrote=False)
        document = self.batch.change(id)
        self._profile(document, newest=False)
        self._consent(document, event.state, event.purpose, "preference")
        return self._receipt(outcome, document, OTHER)

    def _identities(self) -> Receipt:
        assert self.checked.previous is not None
        before = self.batch.created_count
        id = change_identity(self.batch, self.checked.previous, self.checked.person)
        outcome: Outcome = "created" if self.batch.created_count > before else "updated"
        document = self.batch.document(id)
        if outcome == "created":
            document = self.batch.change(id)
            self._remember_opt_out(document)
            self._profile(document, newest=True)
        return self._receipt(outcome, document, OTHER)

    # -- parts -------------------------------------------------------------------------------------------------------
    def _arrive(self, *, wrote: bool) -> tuple[int, Outcome]:
        before = self.batch.created_count
        id = arrive(self.batch, self.checked.person, wrote=wrote)
        if self.batch.created_count == before:
            return id, "updated"
        self._remember_opt_out(self.batch.change(id))
        return id, "created"

    def _receipt(self, outcome: Outcome, document: Document, kind: str, **values: object) -> Receipt:
        uuid: str = document["uuid"]
        self.batch.note_event(self.checked.key, kind=kind, contact=uuid, at=self.at, **values)
        return Receipt(outcome, uuid)

    def _exchanged(self, document: Document, property: str) -> None:
        for name in (property, "last_message_on"):
            document[name] = max(document[name] or self.at, self.at)

    def _profile(self, document: Document, *, newest: bool) -> None:
        """A profile name fills an empty name only; it is kept beside in any case."""
        name = clean_name(self.checked.event.profile_name or "", cut=True)
        if not name:
            return
        if newest or not document["profile_name"]:
            document["profile_name"] = name
        if not document["name"]:
            document["name"], document["name_source"] = name, "profile"

    def _consent(
        self,
        document: Document,
        state: str,
        purpose: str,
        source: str,
        occurred_at: str | None = None,
        note: str | None = None,
    ) -> None:
        """An event of the ledger, and the state that follows: the newest decides, at equal times an opt-out."""
        occurred_at = occurred_at or self.at
        uuid, *merged = ledger.uuids_of(document)
        urns = self.checked.person.urns
        entry = ledger.event(
            self.batch.session, uuid, state, purpose,
            source=source, proof=None if note else str(self.checked.event.id), note=note, occurred_at=occurred_at,
            identity=str(urns[0]) if urns else None, channel=self.checked.channel.uuid, merged=merged,
        )  # fmt: skip
        self.batch.ledger.append(entry)
        ledger.note(self.batch.session, document, entry, self.batch.ledger)

    def _remember_opt_out(self, document: Document) -> None:
        """One who asked to be forgotten is a new contact; what they had opted out of is not forgotten."""
        keys = [match_key(str(urn)) for urn in self.checked.person.urns]
        for remembered in forgotten(self.batch.session, keys).values():
            for purpose in remembered["opted_out"]:
                note = "opted out before they asked to be forgotten"
                self._consent(document, "no", purpose, "api", remembered["at"], note)


def _count(document: Document, name: str) -> None:
    counts = document["engagement"]
    document["engagement"] = {**counts, name: counts.get(name, 0) + 1}
