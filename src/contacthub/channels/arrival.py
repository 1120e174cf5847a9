"""Whose event is this? From a set of identities to one contact.

None known: a new contact. One: it gets what it lacks. Several: contacts that only a message made merge into the real
one; where two are real, nothing is attached and a merge is suggested. Identities that a contact had once still find it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contacthub.channels.batch import Batch, in_portfolio, notes_of
from contacthub.engine.port import Document
from contacthub.identity.keys import is_phone, match_key
from contacthub.identity.urns import Urn, is_parent_business_scoped
from contacthub.model.values import URNS_PER_CONTACT
from contacthub.operations.commit import SUPERSEDED, identity_key, keys_of

SAME_SENDER = "one message under identities of both"
SAME_PERSON = "the network says that they are one person"


@dataclass(frozen=True, slots=True)
class Person:
    """The identities that an event carries, and when."""

    by_urn: Mapping[Urn, str]
    """Each identity with its key, in the order in which they are looked up: phone, then business-scoped id, then that
    of the parent."""
    portfolio: str
    at: str
    """The instant of the event, as documents hold it."""

    @classmethod
    def of(cls, urns: Iterable[Urn], portfolio: str, at: str) -> Person:
        ordered = sorted(urns, key=_lookup_order)
        notes = notes_of(ordered, portfolio)
        return cls({urn: identity_key(str(urn), notes.get(str(urn))) for urn in ordered}, portfolio, at)

    @property
    def urns(self) -> tuple[Urn, ...]:
        return tuple(self.by_urn)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.by_urn.values())

    @property
    def scoped(self) -> list[str]:
        """The keys of ids that mean this person within the portfolio."""
        return [key for urn, key in self.by_urn.items() if in_portfolio(str(urn))]


def _lookup_order(urn: Urn) -> int:
    if is_parent_business_scoped(str(urn)):
        return 2
    return 1 if in_portfolio(str(urn)) else 0


def arrive(batch: Batch, person: Person, *, wrote: bool) -> int:
    """The contact of an event, found or made. `wrote` says that the message came from these identities, so that they
    are the ones to answer to."""
    holders, free, past = _holders(batch, person)
    if not holders:
        return _create(batch, person, free, past)
    id, shells = _one_of(batch, holders, SAME_SENDER)
    if id is None:
        return holders[0]
    # Before the merge, so that undoing it finds the identities as it left them.
    attach(batch, id, free, person)
    batch.note_superseded(id, _superseded_notes(person, past))
    _keep_spelling(batch, id, person, wrote)
    for shell in shells:
        batch.merge(id, shell)
    return id


def change_identity(batch: Batch, previous: Person, current: Person) -> int:
    """The network says that who had some identities has others now. What comes late, or twice, changes nothing."""
    earlier = _known(batch, previous)
    if not earlier:
        id = arrive(batch, current, wrote=False)
        _give_up(batch, id, previous, current)
        return id
    later = [id for id in _known(batch, current, earlier) if id not in earlier]
    found, shells = _one_of(batch, [*earlier, *later], SAME_PERSON, whole=True)
    if found is None:
        return earlier[0]
    id = found
    for shell in shells:
        batch.merge(id, shell)
    _give_up(batch, id, previous, current)
    unowned = ((urn, key) for urn, key in current.by_urn.items() if batch.owner(key) is None)
    attach(batch, id, [urn for urn, key in unowned if current.at > _given_up_at(batch.document(id), key)], current)
    return id


def attach(batch: Batch, id: int, urns: Sequence[Urn], person: Person) -> None:
    """Give a contact identities that nobody has. An id of a portfolio takes the place of the one it had there."""
    document = batch.document(id)
    urns = urns[: max(0, URNS_PER_CONTACT - len(document["urns"]))]
    if not urns:
        return
    if any(in_portfolio(str(urn)) for urn in urns):
        batch.supersede(id, _scoped_keys(document, person.portfolio), person.at)
    document = batch.change(id)
    before, texts = keys_of(document), [str(urn) for urn in urns]
    kept = {urn: note for urn, note in document["identities"].items() if urn not in texts}
    document["urns"] = [*document["urns"], *texts]
    document["identities"] = kept | notes_of(urns, person.portfolio)
    batch.identities_changed(id, before)


def is_shell(document: Document, *, whole: bool = False) -> bool:
    """Whether a message made a contact and nobody has touched it since. It has one identity (an id of the parent
    portfolio comes along with one); with `whole`, where the network itself says who it is, it may have more."""
    touched = (
        "tags", "lists", "groups", "imports", "fields", "remarks", "assignee", "avatar", "language", "flow",
        "flow_history", "tickets",
    )  # fmt: skip
    return (
        document["source"] == "message"
        and document["name_source"] in (None, "profile")
        and document["status"] == "active"
        and not any(document.get(property) for property in touched)
        and (whole or len({match_key(urn) for urn in document["urns"] if not is_parent_business_scoped(urn)}) <= 1)
    )


# -- who has what -----------------------------------------------------------------------------------------------------


def _holders(batch: Batch, person: Person) -> tuple[list[int], list[Urn], list[Urn]]:
    """The contacts that an event points at; identities that nobody has; and those that belong to somebody else by now,
    since the event is older."""
    holders: dict[int, None] = {}
    free: list[Urn] = []
    past: list[Urn] = []
    late = any(_former(batch, key) is not None for key in person.scoped)
    unowned = past if late else free
    for urn, key in person.by_urn.items():
        owner = batch.owner(key)
        if owner is None:
            former = _former(batch, key)
            if former is None or not _is_theirs(batch, former, key, person):
                unowned.append(urn)
                continue
            holders[former] = None
            if person.at > _given_up_at(batch.document(former), key):
                unowned.append(urn)  # they have it again
        elif not is_phone(str(urn)) or not _is_given_to_another(batch, owner, person):
            holders[owner] = None
        elif late or person.at < (batch.document(owner)["last_seen_on"] or ""):
            past.append(urn)
        else:
            batch.supersede(owner, [key], person.at)
            free.append(urn)
    return list(holders), free, past


def _is_given_to_another(batch: Batch, owner: int, person: Person) -> bool:
    """Whether a phone comes with a second id of the portfolio: the number was given to somebody else."""
    scoped = set(person.scoped)
    if not scoped:
        return False
    held = keys_of(batch.document(owner))
    theirs = _scoped_keys(batch.document(owner), person.portfolio)
    return bool(theirs) and held.isdisjoint({*scoped, *(SUPERSEDED + key for key in scoped)})


def _former(batch: Batch, key: str) -> int | None:
    """The contact that had an identity which nobody has now."""
    return batch.owner(SUPERSEDED + key) if batch.owner(key) is None else None


def _is_theirs(batch: Batch, former: int, key: str, person: Person) -> bool:
    """Whether an event under a superseded identity is still about the one who had it. A business-scoped id is never
    given to another; a number may be, so it counts until it was given up, or together with another id of theirs."""
    if key in person.scoped:
        return True
    document = batch.document(former)
    held = keys_of(document)
    if any(scoped in held or SUPERSEDED + scoped in held for scoped in person.scoped):
        return True
    return person.at <= _given_up_at(document, key)


def _given_up_at(document: Document, key: str) -> str:
    """When a contact gave up an identity last; empty if it never did."""
    notes = document["identities"].items()
    at = (note["superseded"] for urn, note in notes if "superseded" in note and identity_key(urn, note) == key)
    return max(at, default="")


def _scoped_keys(document: Document, portfolio: str) -> list[str]:
    """The keys of the business-scoped ids that a contact has in a portfolio."""
    notes = document["identities"]
    return [
        identity_key(urn, notes.get(urn))
        for urn in document["urns"]
        if in_portfolio(urn) and notes.get(urn, {}).get("portfolio", "") == portfolio
    ]


def _known(batch: Batch, person: Person, changing: Sequence[int] = ()) -> list[int]:
    """The contacts that have any of these identities, or had them. `changing` are the contacts whose identities change;
    anybody else whose number comes with a second id of the portfolio is another person, and gives up the number."""
    found: dict[int, None] = {}
    for urn, key in person.by_urn.items():
        owner = batch.owner(key)
        if owner is None:
            former = _former(batch, key)
            if former is not None and _is_theirs(batch, former, key, person):
                found[former] = None
        elif owner in changing or not is_phone(str(urn)) or not _is_given_to_another(batch, owner, person):
            found[owner] = None
        elif changing and person.at >= (batch.document(owner)["last_seen_on"] or ""):
            batch.supersede(owner, [key], person.at)
    return list(found)


# -- changes ----------------------------------------------------------------------------------------------------------


def _create(batch: Batch, person: Person, free: list[Urn], past: list[Urn]) -> int:
    return batch.create(free, notes_of(free, person.portfolio), _superseded_notes(person, past))


def _superseded_notes(person: Person, urns: Iterable[Urn]) -> dict[str, Document]:
    urns = list(urns)
    notes = notes_of(urns, person.portfolio)
    return {str(urn): {**notes.get(str(urn), {}), "superseded": person.at} for urn in urns}


def _give_up(batch: Batch, id: int, previous: Person, current: Person) -> None:
    """Identities of before go. With the phone number the business-scoped ids of the portfolio change as well, also
    where the event does not name them."""
    document = batch.document(id)
    held, staying = keys_of(document), set(current.keys)
    going = {key for key in previous.keys if key not in staying}
    if any(is_phone(str(urn)) and previous.by_urn[urn] in held & going for urn in previous.urns):
        going |= {key for key in _scoped_keys(document, previous.portfolio) if key not in staying}
    if going & held:
        batch.supersede(id, going, previous.at)
    unknown = [
        urn for urn in previous.urns
        if (key := previous.by_urn[urn]) in going and key not in held and SUPERSEDED + key not in held
        and batch.owner(key) is None
    ]  # fmt: skip
    if unknown:
        batch.note_superseded(id, _superseded_notes(previous, unknown))


def _one_of(batch: Batch, holders: Sequence[int], reason: str, *, whole: bool = False) -> tuple[int | None, list[int]]:
    """One contact of several, and the shells to be merged into it: the real one, or else the first. Where two are real
    a merge is suggested, and there is none."""
    if len(holders) == 1:
        return holders[0], []
    real = [id for id in holders if not is_shell(batch.document(id), whole=whole)]
    if len(real) > 1:
        for other in real[1:]:
            batch.suggest(real[0], other, reason)
        return None, []
    keep = real[0] if real else holders[0]
    return keep, [other for other in holders if other != keep]


def _keep_spelling(batch: Batch, id: int, person: Person, wrote: bool) -> None:
    """Keep the exact WhatsApp id beside a number that was known in another spelling: it is the one to answer to. One
    that a message came from replaces one that was only heard of."""
    for urn in person.urns:
        text, key = str(urn), person.by_urn[urn]
        document = batch.document(id)
        if urn.scheme != "whatsapp" or not is_phone(text) or text in document["urns"] or batch.owner(key) != id:
            continue
        heard = [other for other in document["urns"] if other.startswith("whatsapp:") and match_key(other) == key]
        if heard and not wrote:
            continue
        if not heard and len(document["urns"]) >= URNS_PER_CONTACT:
            continue
        document = batch.change(id)
        if heard:
            document["urns"] = [text if other == heard[0] else other for other in document["urns"]]
        else:
            document["urns"] = [*document["urns"], text]
        notes = {other: note for other, note in document["identities"].items() if other not in heard}
        document["identities"] = notes | notes_of([urn], person.portfolio)
