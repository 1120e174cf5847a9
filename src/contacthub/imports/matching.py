"""Matching: which contact each row of a file is about. All look-ups are made in bulk.

By UUID where one is given; otherwise by all identities of the row, under their match keys. A row nobody has claims its
identities for a new contact, which later rows of the file may then mean too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import InitVar, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, Store
from contacthub.identity.keys import match_key
from contacthub.imports.converted import CLEARED, Converted
from contacthub.imports.made_before import MadeBefore
from contacthub.imports.people import People
from contacthub.imports.problems import Problem
from contacthub.operations.commit import alias

_BATCH = 20_000
_NOBODY = 0


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

    @property
    def takes_away(self) -> bool:
        """Whether any column does."""
        return bool(self._removing)

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
    people: People | None,
    made_before: MadeBefore,
    name_of: Callable[..., str],
    row_name: Callable[[int], str],
    forgotten: Callable[[], set[str]],
) -> Matches:
    """Match the rows of these indices. `people` joins new contacts to whom one row leads, if they are to be joined;
    `made_before` knows whom the same decisions have made already; `name_of` names the owner of an identity, for
    messages, and `row_name` a row; `forgotten` gives the match keys of people who asked to be forgotten."""
    known_uuids = {} if uuids is None else _owners_of_uuids(store, uuids)
    matching = _Matching(count, identities, uuids, known_uuids, decisions, people, made_before, name_of, row_name)
    matches = matching.matches
    matches.known = owners_of(store, identities.all_keys())
    matches.owners = dict(matches.known)
    matching.gone = forgotten()
    plain = uuids is None and people is None and not (decisions or matching.gone or identities.takes_away)
    (matching.plain_rows if plain else matching.rows)(rows)
    if people is not None:
        people.settle(matches.owners, list(matches.owners))
        settled = np.fromiter((people.who(-number) for number in range(matches.new + 1)), np.int64)
        new = matches.target < 0
        matches.target[new] = settled[-matches.target[new]]
    return matches


def _owners_of_uuids(store: Store, uuids: Converted) -> dict[str, int]:
    """The contacts of the UUIDs of a column. One that was merged away is its survivor."""
    texts = [result for result in uuids.results if isinstance(result, str)]
    known: dict[str, int] = {}
    for batch in batched(texts, _BATCH):
        known |= store.ids(CONTACTS, batch)
    merged = {alias(uuid): uuid for uuid in texts if uuid not in known}
    return known | {merged[key]: owner for key, owner in owners_of(store, merged).items()}


@dataclass(slots=True)
class _Matching:
    """Matching in progress: what `match` was given, and what has come of the rows so far."""

    count: InitVar[int]
    identities: RowIdentities
    uuids: Converted | None
    known_uuids: dict[str, int]
    decisions: dict[int, Decision]
    people: People | None
    made_before: MadeBefore
    name_of: Callable[..., str]
    row_name: Callable[[int], str]
    gone: set[str] = field(default_factory=set)
    matches: Matches = field(init=False)

    def __post_init__(self, count: int) -> None:
        self.matches = Matches(np.zeros(count, np.int64))

    def rows(self, rows: Iterable[int]) -> None:
        for index in rows:
            self.row(index)

    def plain_rows(self, rows: Iterable[int]) -> None:
        """As `rows`, where nothing but its identities says whom a row means: most are of one, and quickly done."""
        matches, owners, of = self.matches, self.matches.owners, self.identities.of
        for index in rows:
            _, keys = of(index)
            if len(keys) != 1:
                self.row(index)
                continue
            contact = owners.get(keys[0])
            if contact is None:
                matches.new += 1
                contact = owners[keys[0]] = -matches.new
            matches.target[index] = contact

    def row(self, index: int) -> None:
        """Find whom a row means, and let it claim its identities for them."""
        matches, owners, people = self.matches, self.matches.owners, self.people
        urns, keys = self.identities.of(index)
        if people is not None:
            people.settle(owners, keys)
        decision = self.decisions.get(index)
        choice = decision.choice if decision else ""
        contact = self._whom(index, keys, decision)
        if contact == _NOBODY:
            return
        if choice == "create":
            self._staying(index, urns, keys, contact)
            urns = [urn for urn, key in zip(urns, keys, strict=True) if key not in owners]
            keys = [key for key in keys if key not in owners]
        claimed = self.identities.claimed(index, keys)
        if contact is None:
            if keys and not claimed:
                matches.skipped[index] = Problem("no_identity", "warning")
                return
            matches.new += 1
            contact = -matches.new
        if not len(keys) == len(claimed) == 1 or owners.setdefault(keys[0], contact) != contact:  # hardly ever
            for key in claimed:
                owners.setdefault(key, contact)
            stranger = next((key for key in keys if owners.get(key, contact) != contact), None)
            if stranger is not None and not choice:  # once decided, what somebody else has stays there
                path = urns[keys.index(stranger)].partition(":")[2]
                self._conflict(index, "owned_by_other", path, owner=self.name_of(owners[stranger]))
                return
            if stranger is not None:
                self._staying(index, urns, keys, contact)
        matches.target[index] = contact
        if people is not None:
            people.met(contact, index, decided=bool(choice) or index in matches.by_uuid)

    def _whom(self, index: int, keys: list[str], decision: Decision | None) -> int | None:
        """The contact that a row means, None for a new one; `_NOBODY` if it is left out, which is noted."""
        matches, choice = self.matches, decision.choice if decision else ""
        uuid = self.uuids.results[self.uuids.codes[index]] if self.uuids is not None else None
        if choice == "skip":
            matches.skipped[index] = Problem("skipped_by_hand", "note")
            return _NOBODY
        if decision is not None and decision.contact is not None:
            return decision.contact
        if isinstance(uuid, str) and choice != "create":
            contact = self.known_uuids.get(uuid)
            if contact is None:
                matches.problems[index] = Problem("unknown_uuid", "error", uuid)
                return _NOBODY
            matches.by_uuid.add(index)
            return contact
        if self.gone and not self.gone.isdisjoint(keys):
            matches.skipped[index] = Problem("asked_to_be_forgotten", "warning")
            return _NOBODY
        if not keys:
            matches.skipped[index] = Problem("no_identity", "warning")
            return _NOBODY
        if choice == "create":
            return self.made_before.take(index, keys, matches.owners)
        if len(keys) == 1:
            return matches.owners.get(keys[0])
        return self._by_identities(index, keys, choice)

    def _by_identities(self, index: int, keys: list[str], choice: str) -> int | None:
        """As `_whom`, for a row of several identities."""
        owners, people = self.matches.owners, self.people
        found = {owner for key in keys if (owner := owners.get(key)) is not None}
        if len(found) > 1:
            name = "" if choice else self.row_name(index)
            if people is None or not people.join(found, name):
                contacts = ", ".join(sorted(self.name_of(owner, uuid=True) for owner in found))
                names = ", ".join(sorted(map(self.name_of, found)))
                self._conflict(index, "two_contacts", names, contacts=contacts)
                return _NOBODY
            people.settle(owners, keys)
            found = {people.who(owner) for owner in found}
        return found.pop() if found else None

    def _staying(self, index: int, urns: list[str], keys: list[str], contact: int | None) -> None:
        """Note the identities of a decided row that stay with somebody else."""
        for urn, key in zip(urns, keys, strict=True):
            owner = self.matches.owners.get(key, contact)
            if owner is not None and owner != contact:
                details = {"owner": self.name_of(owner)}
                problem = Problem("stays_with_owner", "warning", urn.partition(":")[2], details)
                self.matches.staying.append((index, problem))

    def _conflict(self, index: int, code: str, value: str, **details: Any) -> None:
        self.matches.conflicts.add(index)
        self.matches.problems[index] = Problem(code, "error", value, details)
