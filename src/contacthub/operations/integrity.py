"""Whether a hub is whole, above what its engine can tell: identities, the history, groups and consent agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

import msgspec
from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Problem
from contacthub.errors import QueryError
from contacthub.model.shapes import SHAPED, is_whole
from contacthub.operations import ledger, record
from contacthub.operations.commit import SUPERSEDED, keys_of
from contacthub.operations.history import OPERATIONS
from contacthub.query import parse
from contacthub.query.schema import seeing
from contacthub.session import Session

BATCH = 5_000
NAMED = 5
"""Ids that a message names; the rest is counted."""


def check(session: Session) -> list[Problem]:
    """Everything that is wrong in what operations keep; an empty list is a hub that is whole. Where documents lack what
    they must hold, only that is told: what rests on them cannot be looked at."""
    return [*_shapes(session)] or [
        *_identities(session), *_fields(session), *_history(session), *_groups(session), *_consent(session),
    ]  # fmt: skip


def _shapes(session: Session) -> Iterator[Problem]:
    """Every document holds what the hub needs of it."""
    for table in SHAPED:
        wrong = [id for id, document in session.store.scan(table) if not is_whole(table, document)]
        if wrong:
            yield Problem("damaged_document", f"Documents of {table} lack what they must hold: {_named(wrong)}.")


def _named(ids: list[int]) -> str:
    more = f" and {len(ids) - NAMED:,} more" if len(ids) > NAMED else ""
    return ", ".join(map(str, ids[:NAMED])) + more


def _identities(session: Session) -> Iterator[Problem]:
    """The identities in a contact's document, and no others, lead to that contact, and to nobody else."""
    contacts = session.store.scan(CONTACTS)
    while batch := list(islice(contacts, BATCH)):
        wanted = {id: keys_of(document) for id, document in batch}
        found = session.store.identities(wanted)
        missing = {id: keys - found.get(id, set()) for id, keys in wanted.items()}
        yield from _disowned(session, missing)
        for id, keys in found.items():
            if more := keys - wanted[id]:
                yield Problem("identity", f"{_kinds(more)} lead to contact {id}, which does not have them.")


def _disowned(session: Session, missing: dict[int, set[str]]) -> Iterator[Problem]:
    """Identities in the documents of contacts that do not have them. One that somebody had once may be another's."""
    owners = session.store.owners(sorted(set().union(*missing.values())))
    documents = session.store.get(CONTACTS, sorted(set(owners.values())))
    theirs = {id: keys_of(document) for id, document in documents.items()}
    for id, keys in missing.items():
        for key in sorted(keys):
            owner = owners.get(key)
            if owner is None:
                yield Problem("identity", f"{_kinds({key})} of contact {id} does not lead to it.")
            elif key not in theirs.get(owner, ()):
                yield Problem("identity", f"{_kinds({key})} of contact {id} leads to contact {owner}.")
            elif not key.startswith(SUPERSEDED):
                yield Problem("two_owners", f"{_kinds({key})} belongs to contact {owner} and to contact {id}.")


def _kinds(keys: set[str]) -> str:
    """Identities by their kind: messages may end in logs, which hold no phone numbers."""
    kinds = ", ".join(sorted({key.removeprefix(SUPERSEDED).partition(":")[0] for key in keys}))
    return f"{len(keys)} identities ({kinds})" if len(keys) > 1 else f"An identity ({kinds})"


def _fields(session: Session) -> Iterator[Problem]:
    """Contacts have values of fields that there are, and no others: those nobody could see or find."""
    known = session.catalogue.fields.keys()
    found: dict[str, list[int]] = defaultdict(list)
    for id, document in session.store.scan(CONTACTS):
        for key in (document.get("fields") or {}).keys() - known:
            found[key].append(id)
    for key, ids in sorted(found.items()):
        yield Problem("field", f"Contacts have values under {key!r}, which is the key of no field: {_named(ids)}.")


def _history(session: Session) -> Iterator[Problem]:
    """Every operation can be read, and undos and what they undid point at each other."""
    operations = dict(session.store.scan(OPERATIONS))
    for id, document in operations.items():
        try:
            effects = record.decode(session.store.blob(OPERATIONS, id, "effects") or b"")
            contacts = BitMap.deserialize(session.store.blob(OPERATIONS, id, "contacts") or b"")
        except (msgspec.DecodeError, ValueError, LookupError, TypeError, AttributeError) as error:
            yield Problem("history", f"What operation {id} changed cannot be read: {error}.")
            continue
        if effects.contacts != contacts and not document.get("pruned"):
            yield Problem("history", f"Operation {id} tells of other contacts than it changed.")
        if sorted(document.get("about", contacts)) != list(contacts):
            yield Problem("history", f"Operation {id} names other contacts than it changed.")
        undone_by, undoes = document.get("undone_by"), document.get("undoes")
        if undone_by is not None and operations.get(undone_by, {}).get("undoes") != id:
            yield Problem("history", f"Operation {id} says that {undone_by} undid it, and that one does not.")
        if undoes is not None and undoes not in operations:
            yield Problem("history", f"Operation {id} undid {undoes}, which is not there.")


def _groups(session: Session) -> Iterator[Problem]:
    """Every dynamic group and saved search is a query."""
    for table in ("groups", "searches"):
        for document in session.catalogue.documents[table].values():
            if document.get("query"):
                try:
                    parse(document["query"], seeing(session.resolver)).meaning(session.now())
                except QueryError as error:
                    yield Problem("query", f"The query of {document['name']!r} is none any more: {error.message}")


def _consent(session: Session) -> Iterator[Problem]:
    """What contacts say of their consent is what follows from their ledger."""
    said = ledger.by_contact(session.store)
    for id, document in session.store.scan(CONTACTS):
        events = [one for uuid in ledger.uuids_of(document) for one in said.get(uuid, ())]
        follows = ledger.folded(ledger.fold(events))
        for purpose in {**ledger.held(document, "opt_in"), **follows["opt_in"]}:
            says, should = (
                ledger.held(document, "opt_in").get(purpose, "unknown"),
                follows["opt_in"].get(purpose, "unknown"),
            )
            if says != should:
                yield Problem("consent", f"Contact {id} says {says} to {purpose}, and its ledger says {should}.")
            elif ledger.held(document, "opt_in_on").get(purpose) != follows["opt_in_on"].get(purpose):
                yield Problem("consent", f"Contact {id} says {says} to {purpose} since another time than its ledger.")
