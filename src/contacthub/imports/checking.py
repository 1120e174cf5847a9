"""Checking a plan against what has changed since it was made: under the writers' lock, and whenever somebody asks.

The plan is not worked out again: only the contacts that changed since are applied anew and compared with what was
shown. What differs stops the commit; what does not (a message that came in) lets it go on.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pyroaring import BitMap

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, Document
from contacthub.errors import PlanOutdated
from contacthub.identity.keys import match_key
from contacthub.imports.applying import SET_PATHS, Applied
from contacthub.imports.conversion import Context, convert
from contacthub.imports.converted import CLEARED
from contacthub.imports.mapping import is_another_field
from contacthub.imports.planning import CONFLICT, UPDATE, Plan, Planner, net
from contacthub.model.text import fold
from contacthub.operations.forget import FORGOTTEN, forgotten
from contacthub.session import Session
from contacthub.tables.cells import Column

_BATCH = 5_000
_READING = ("country", "timezone", "date_order", "decimal_comma")
"""Settings by which cells are read."""


def outdated(session: Session, planner: Planner, plan: Plan) -> list[int]:
    """The numbers of the rows that were planned on what is no longer so. Costs what has changed since."""
    store = session.store
    since = store.changes(plan.cursor)
    if not since:
        return []
    rows = _outdated_catalogues(session, planner, plan) + _outdated_members(session, plan)
    if since.everything or since.put.get(FORGOTTEN):
        rows += _forgotten_since(session, planner, plan)
    if since.everything or since.put.get("imports"):
        rows += _made_since(planner, plan)
    wanted: set[int] = set(plan.matches.target[plan.matches.target > 0].tolist())
    touched = wanted if since.everything else wanted & set(since.touched)
    if since.everything or since.touched:
        rows += _taken_identities(session, plan, None if since.everything else since.touched)
    for batch in batched(sorted(touched), _BATCH):
        documents = store.get(CONTACTS, batch)
        for contact in batch:
            rows += _moved(planner, plan, contact, documents.get(contact))
    return sorted({int(planner.table.rows[index]) for index in rows})


def check(session: Session, planner: Planner, plan: Plan) -> None:
    """Raise PlanOutdated if anything the plan stands on is no longer so."""
    if numbers := outdated(session, planner, plan):
        raise plan_outdated(numbers)


def plan_outdated(numbers: list[int]) -> PlanOutdated:
    """The error for rows, by their numbers in the file, that would now do something else than was shown."""
    shown = ", ".join(map(str, numbers[:10])) + (", …" if len(numbers) > 10 else "")
    return PlanOutdated(
        f"{len(numbers)} rows were planned on values that somebody has changed since (rows {shown}); nothing was "
        "written. Look at the preview again: with replan(), or by the same command once more.",
        rows=numbers,
    )


def _rows_of(plan: Plan, contact: int) -> list[int]:
    return plan.rows_of.get(contact) or np.flatnonzero(plan.matches.target == contact).tolist()


def _moved(planner: Planner, plan: Plan, contact: int, document: Document | None) -> list[int]:
    """The rows of a contact, if applying them now does not do what was shown."""
    rows = _rows_of(plan, contact)
    if document is None:
        return rows
    shown = [change for change, target in zip(plan.changes, plan.change_targets, strict=True) if target == contact]
    applied = [applied for _, applied in planner.applied(plan, contact, document, rows) if isinstance(applied, Applied)]
    changes = net([change for row in applied for change in row.changes])
    conflicts = sum(row.conflict is not None for row in applied)
    was = sum(int(plan.outcome[index]) == CONFLICT for index in rows)
    return rows if changes != shown or conflicts != was else []


def _taken_identities(session: Session, plan: Plan, touched: BitMap | None) -> list[int]:
    """Rows whose identities have found another owner, or lost theirs, since they were looked up."""
    known, owners = plan.matches.known, plan.matches.owners
    if touched is None:
        keys: Iterable[str] = owners
    else:
        documents = session.store.get(CONTACTS, touched).values()
        held = {match_key(urn) for document in documents for urn in document["urns"]}
        gone = {key for key, owner in known.items() if owner in touched}
        keys = (held | gone) & owners.keys()
    moved: set[str] = set()
    for batch in batched(sorted(keys), 20_000):
        now = session.store.owners(batch)
        moved.update(key for key in batch if now.get(key) != known.get(key))
    if not moved:
        return []
    identities = plan.rules.identities
    return [index for index in range(len(plan.outcome)) if any(key in moved for key in identities.of(index)[1])]


def _outdated_catalogues(session: Session, planner: Planner, plan: Plan) -> list[int]:
    """All rows that come in, if settings, fields, tags, lists or groups that the plan uses are others now."""
    catalogue = session.catalogue
    labels = plan.rules.labels
    if any(getattr(session.settings, name) != getattr(plan.settings, name) for name in _READING):
        return np.flatnonzero(plan.outcome <= UPDATE).tolist()
    for kind in SET_PATHS:
        now = {fold(document["name"]): id for id, document in catalogue.documents[kind].items()}
        if any(now.get(key) != labels.known[kind].get(key) for key in labels.shown[kind] if key in _used(plan, kind)):
            return np.flatnonzero(plan.outcome <= UPDATE).tolist()
    for column in planner.mapping:
        if column.target.kind == "field" and is_another_field(column, session):
            return np.flatnonzero(plan.outcome <= UPDATE).tolist()
    return []


def _outdated_members(session: Session, plan: Plan) -> list[int]:
    """Rows that come in and name somebody who is another now, or has left the team."""
    rows: list[int] = []
    for column in plan.columns:
        if column.column.target.kind == "assignee":
            cells = Column(column.cells, column.codes)
            now = convert(column.column, cells, Context(session, plan.rules.labels)).results
            others = [code for code, result in enumerate(column.results) if result != now[code]]
            rows += np.flatnonzero(np.isin(column.codes, others) & (plan.outcome <= UPDATE)).tolist()
    return rows


def _forgotten_since(session: Session, planner: Planner, plan: Plan) -> list[int]:
    """Rows that come in, of people who have asked to be forgotten since they were matched."""
    identities = plan.rules.identities
    gone = forgotten(session, identities.all_keys())
    if not gone:
        return []
    return [
        index
        for index in np.flatnonzero(plan.outcome <= UPDATE).tolist()
        if not planner.is_named(plan, index) and not gone.keys().isdisjoint(identities.of(index)[1])
    ]


def _made_since(planner: Planner, plan: Plan) -> list[int]:
    """Rows of somebody new, by a person's decision, whom another import of the same file has made since."""
    made, identities = planner.made_before(plan.rules), plan.rules.identities
    new = [index for index in sorted(planner.decisions) if plan.matches.target[index] < 0]
    return [index for index in new if made.take(index, identities.of(index)[1], plan.matches.owners) is not None]


def _used(plan: Plan, kind: str) -> set[str]:
    used = set(plan.rules.add.get(kind, ()))
    for set_kind, column, _ in plan.rules.sets:
        if set_kind == kind:
            used.update(key for value in column.results if value and value is not CLEARED for key in value)
    if kind == "groups":
        for column, _ in plan.rules.group_columns:
            used.update(value[0] for value in column.results if value and value is not CLEARED)
    return used
