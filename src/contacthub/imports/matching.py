"""Matching: which contact each row of a file is about. All look-ups are made in bulk.

By UUID where one is given; otherwise by all identities of the row, under their match keys. A row nobody has claims its
identities for a new contact, which later rows of the file may then mean too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, Store
from contacthub.identity.keys import match_key
from contacthub.imports.converted import CLEARED, Converted
from contacthub.imports.made_before import MadeBefore
from contacthub.imports.problems import Problem
from contacthub.operations.commit import alias

_BATCH = 20_000


@dataclass(slots=True)
class Decision:
    """What a person decided about a row in conflict: `create`, `update` (of a contact) or `skip`."""

    choice: str
    contact: int | None = None


class RowIdentities:
    """The URNs of each row, over all identity columns, with their match keys."""

    def __init__(self, columns: list[Converted]) -> None:
        self._columns = [
            (column.results, [_keys(result) for result in column.results], column.codes) for column in columns
        ]
        self._removing = [
            keys for column, keys in zip(columns, self._columns, strict=True) if column.column.policy == "remove"
        ]

    def of(self, index: int) -> tuple[list[str], list[str]]:
        """The URNs of a row and their match keys, in the order of the columns, each key once."""
        urns: list[str] = []
        keys: list[str] = []
        for results, all_keys, codes in self._columns:
            code = codes[index]
            found = all_keys[code]
            if found is None:
                continue
            if found.__class__ is str:
                if found not in keys:
                    urns.append(results[code])
                    keys.append(found)
            else:
                for urn, key in zip(results[code], found, strict=True):
                    if key not in keys:
                        urns.append(urn)
                        keys.append(key)
        return urns, keys

    def claimed(self, index: int, keys: list[str]) -> list[str]:
        """Those of a row's match keys that whom it is about has from then on: without those that it takes away, by
        which it only tells whom it is about."""
        gone = self.taken_away(index)
        return [key for key in keys if key not in gone] if gone else keys

    def taken_away(self, index: int) -> set[str]:
        """The match keys that a row takes away."""
        gone: set[str] = set()
        for _, all_keys, codes in self._removing:
            found = all_keys[codes[index]]
            if found is not None:
                gone.update((found,) if isinstance(found, str) else found)
        return gone

    def all_keys(self) -> Iterator[str]:
        """The match key of every identity of the file."""
        for _, all_keys, _ in self._columns:
            for found in all_keys:
                if isinstance(found, str):
                    yield found
                elif found is not None:
                    yield from found


def _keys(result: Any) -> str | list[str] | None:
    """The match keys of a converted cell."""
    if result.__class__ is str:
        return match_key(result)
    return None if result is None or result is CLEARED else [match_key(urn) for urn in result]


@dataclass(slots=True)
class Matches:
    """Row by row, whom it means: `target` is a contact's id, a new contact as -1, -2, …, or 0 for nobody."""

    target: NDArray[np.int64]
    problems: dict[int, Problem] = field(default_factory=dict)
    """Row index → why it means nobody."""
    conflicts: set[int] = field(default_factory=set)
    """Those of `problems` that are conflicts, which a person may resolve."""
    skipped: dict[int, Problem] = field(default_factory=dict)
    staying: list[tuple[int, Problem]] = field(default_factory=list)
    """Row index → an identity that stays with somebody else, because a person decided whom the row means."""
    by_uuid: set[int] = field(default_factory=set)
    new: int = 0
    known: dict[str, int] = field(default_factory=dict)
    """Match key → the contact of the hub that had it when it was looked up."""
    owners: dict[str, int] = field(default_factory=dict)
    """Match key → the contact that has it in `known`, or else the first that a row of the file gives it to."""


def owners_of(store: Store, keys: Iterable[str]) -> dict[str, int]:
    """The owners of many identities."""
    found: dict[str, int] = {}
    if store.count(CONTACTS) == 0:
        return found
    for batch in batched(keys, _BATCH):
        found |= store.owners(batch)
    return found


def match(
    rows: Iterable[int],
    count: int,
    identities: RowIdentities,
    uuids: Converted | None,
    store: Store,
    *,
    decisions: dict[int, Decision],
    joined: bool,
    made_before: MadeBefore,
    name_of: Callable[..., str],
    forgotten: Callable[[], set[str]],
) -> Matches:
    """Match the rows of these indices. `joined` tells that new contacts to whom one row leads, or one who exists and
    new ones, are one: where only the last of several rows counts, the others lead to it by what they share.
    `made_before` knows whom the same decisions have made already; `name_of` names the owner of an identity, for
    messages; `forgotten` gives the match keys of people who asked to be forgotten."""
    matches = Matches(np.zeros(count, np.int64))
    known_uuids: dict[str, int] = {}
    if uuids is not None:
        texts = [result for result in uuids.results if isinstance(result, str)]
        for batch in batched(texts, _BATCH):
            known_uuids |= store.ids(CONTACTS, batch)
        # A contact that was merged away is its survivor.
        merged = {alias(uuid): uuid for uuid in texts if uuid not in known_uuids}
        known_uuids |= {merged[key]: owner for key, owner in owners_of(store, merged).items()}
    matches.known = owners_of(store, identities.all_keys())
    owners = matches.owners = dict(matches.known)
    target = matches.target
    same: dict[int, int] = {}  # a new contact → whom it turned out to be
    gone = forgotten()
    for index in rows:
        urns, keys = identities.of(index)
        if same:
            owners.update((key, _last(same, owners[key])) for key in keys if owners.get(key) in same)
        decision = decisions.get(index)
        choice = decision.choice if decision else ""
        uuid = uuids.results[uuids.codes[index]] if uuids is not None else None
        contact: int | None
        if choice == "skip":
            matches.skipped[index] = Problem("skipped_by_hand", "note")
            continue
        if decision is not None and decision.contact is not None:
            contact = decision.contact
        elif isinstance(uuid, str) and choice != "create":
            contact = known_uuids.get(uuid)
            if contact is None:
                matches.problems[index] = Problem("unknown_uuid", "error", uuid)
                continue
            matches.by_uuid.add(index)
        elif gone and not gone.isdisjoint(keys):
            matches.skipped[index] = Problem("asked_to_be_forgotten", "warning")
            continue
        elif not keys:
            matches.skipped[index] = Problem("no_identity", "warning")
            continue
        elif choice == "create":
            contact = made_before.take(index, keys, owners)
            _staying(matches, index, urns, keys, contact, name_of)
            urns = [urn for urn, key in zip(urns, keys, strict=True) if key not in owners]
            keys = [key for key in keys if key not in owners]
        elif len(keys) == 1:
            contact = owners.get(keys[0])
        else:
            found = {owner for key in keys if (owner := owners.get(key)) is not None}
            if len(found) > 1 and joined and sorted(found)[-2] < 0:
                first = max(found)
                same.update(dict.fromkeys(found - {first}, first))
                owners.update((key, first) for key in keys if key in owners)
                found = {first}
            if len(found) > 1:
                contacts = ", ".join(sorted(name_of(owner, uuid=True) for owner in found))
                _conflict(matches, index, "two_contacts", ", ".join(sorted(map(name_of, found))), contacts=contacts)
                continue
            contact = found.pop() if found else None
        claimed = identities.claimed(index, keys)
        if contact is None and keys and not claimed:
            matches.skipped[index] = Problem("no_identity", "warning")
            continue
        if contact is None:
            matches.new += 1
            contact = -matches.new
        if len(keys) == len(claimed) == 1 and owners.setdefault(keys[0], contact) == contact:  # nearly always
            target[index] = contact
            continue
        for key in claimed:
            owners.setdefault(key, contact)
        stranger = next((key for key in keys if owners.get(key, contact) != contact), None)
        if stranger is not None and not choice:  # once decided, what somebody else has stays there
            urn = urns[keys.index(stranger)]
            _conflict(matches, index, "owned_by_other", urn.partition(":")[2], owner=name_of(owners[stranger]))
            continue
        if stranger is not None:
            _staying(matches, index, urns, keys, contact, name_of)
        target[index] = contact
    if same:
        settled = -np.arange(matches.new + 1)
        for one in same:
            settled[-one] = _last(same, one)
        target[target < 0] = settled[-target[target < 0]]
        owners.update((key, _last(same, owner)) for key, owner in owners.items() if owner in same)
    return matches


def _last(same: dict[int, int], contact: int) -> int:
    """Whom a contact turned out to be."""
    while contact in same:
        contact = same[contact]
    return contact


def _staying(
    matches: Matches,
    index: int,
    urns: list[str],
    keys: list[str],
    contact: int | None,
    name_of: Callable[[int], str],
) -> None:
    """Note the identities of a decided row that stay with somebody else."""
    for urn, key in zip(urns, keys, strict=True):
        owner = matches.owners.get(key, contact)
        if owner is not None and owner != contact:
            details = {"owner": name_of(owner)}
            matches.staying.append((index, Problem("stays_with_owner", "warning", urn.partition(":")[2], details)))


def _conflict(matches: Matches, index: int, code: str, value: str, **details: Any) -> None:
    matches.conflicts.add(index)
    matches.problems[index] = Problem(code, "error", value, details)
