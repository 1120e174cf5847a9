"""Matching: which contact each row of a file is about. All look-ups are made in bulk.

By UUID where one is given; otherwise by all identities of the row, under their match keys. A row nobody has claims its
identities for a new contact, which later rows of the file may then mean too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contacthub.engine.port import CONTACTS, Store
from contacthub.identity.keys import match_key
from contacthub.imports.batches import batched
from contacthub.imports.converted import CLEARED, Converted
from contacthub.imports.problems import Problem

_BATCH = 20_000


@dataclass(slots=True)
class Decision:
    """What a person decided about a row in conflict: `create`, `update` (of a contact) or `skip`."""

    choice: str
    contact: int | None = None


class RowIdentities:
    """The URNs of each row, over all identity columns."""

    def __init__(self, columns: list[Converted], extra: tuple[str, ...] = ()) -> None:
        self._columns = [(column.results, column.codes) for column in columns]
        self._extra = extra

    def of(self, index: int) -> list[str]:
        """The URNs of a row, in the order of the columns, each once."""
        urns: list[str] = []
        for results, codes in self._columns:
            result = results[codes[index]]
            if result is None or result is CLEARED:
                continue
            if isinstance(result, str):
                urns.append(result)
            else:
                urns.extend(result)
        if len(urns) > 1:
            return list(dict.fromkeys(urns))
        return urns

    def all(self) -> Iterable[str]:
        """Every URN of the file."""
        for results, _ in self._columns:
            for result in results:
                if isinstance(result, str):
                    yield result
                elif result is not None and result is not CLEARED:
                    yield from result


@dataclass(slots=True)
class Matches:
    """Row by row, whom it means: `target` is a contact's id, a new contact as -1, -2, …, or 0 for nobody."""

    target: NDArray[np.int64]
    problems: dict[int, Problem] = field(default_factory=dict)
    """Row index → why it means nobody."""
    conflicts: set[int] = field(default_factory=set)
    """Those of `problems` that are conflicts, which a person may resolve."""
    skipped: dict[int, Problem] = field(default_factory=dict)
    by_uuid: set[int] = field(default_factory=set)
    new: int = 0
    owners: dict[str, int] = field(default_factory=dict)
    """Match key → the contact of the hub that has it, or the new one that claims it."""


def owners_of(store: Store, keys: Iterable[str]) -> dict[str, int]:
    """The owners of many identities."""
    found: dict[str, int] = {}
    if not store.count(CONTACTS):
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
    name_of: Callable[[int], str],
) -> Matches:
    """Match the rows of these indices. `name_of` names the owner of an identity, for messages."""
    matches = Matches(np.zeros(count, np.int64))
    known_uuids: dict[str, int] = {}
    if uuids is not None:
        texts = [result for result in uuids.results if isinstance(result, str)]
        for batch in batched(texts, _BATCH):
            known_uuids |= store.ids(CONTACTS, batch)
    owners = matches.owners = owners_of(store, {match_key(urn) for urn in identities.all()})
    target = matches.target
    for index in rows:
        urns = identities.of(index)
        keys = [match_key(urn) for urn in urns]
        decision = decisions.get(index)
        uuid = uuids.results[uuids.codes[index]] if uuids is not None else None
        contact: int | None
        if decision is not None and decision.choice == "skip":
            matches.skipped[index] = Problem("skipped_by_hand", "note")
            continue
        if isinstance(uuid, str):
            contact = known_uuids.get(uuid)
            if contact is None:
                matches.problems[index] = Problem("unknown_uuid", "error", uuid)
                continue
            matches.by_uuid.add(index)
        elif decision is not None and decision.choice == "update" and decision.contact is not None:
            contact = decision.contact
        elif not keys:
            matches.skipped[index] = Problem("no_identity", "warning")
            continue
        elif decision is not None and decision.choice == "create":
            contact = None
            urns = [urn for urn, key in zip(urns, keys, strict=True) if key not in owners]
            keys = [match_key(urn) for urn in urns]
        elif len(keys) == 1:
            contact = owners.get(keys[0])
        else:
            found = {owner for key in keys if (owner := owners.get(key)) is not None}
            if len(found) > 1:
                _conflict(matches, index, "two_contacts", ", ".join(sorted(map(name_of, found))))
                continue
            contact = found.pop() if found else None
        if contact is None:
            matches.new += 1
            contact = -matches.new
        if strangers := [urn for urn, key in zip(urns, keys, strict=True) if owners.get(key, contact) != contact]:
            holder = name_of(owners[match_key(strangers[0])])
            _conflict(matches, index, "owned_by_other", strangers[0].partition(":")[2], owner=holder)
            continue
        for key in keys:
            owners.setdefault(key, contact)
        target[index] = contact
    return matches


def _conflict(matches: Matches, index: int, code: str, value: str, **details: Any) -> None:
    matches.conflicts.add(index)
    matches.problems[index] = Problem(code, "error", value, details)
