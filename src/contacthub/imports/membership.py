"""Dynamic groups: how many contacts would enter and leave each, told before the import happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from contacthub.engine.batches import batched
from contacthub.engine.port import CONTACTS, Document
from contacthub.identity.urns import country_of
from contacthub.imports.applying import SET_PATHS, State
from contacthub.imports.planning import Plan, Planner
from contacthub.model.contact import new_document
from contacthub.model.text import fold
from contacthub.operations import paths

if TYPE_CHECKING:
    from contacthub.query import Query

_BATCH = 5_000


def moves(planner: Planner, plan: Plan) -> dict[str, tuple[int, int]]:
    """Name of each dynamic group that somebody would enter or leave → how many enter, how many leave."""
    from contacthub.query import parse

    session = planner.session
    queries: dict[str, Query] = {
        document["name"]: parse(document["query"], session.resolver)
        for document in session.catalogue.documents["groups"].values()
        if document.get("query")
    }
    if not queries:
        return {}
    now = session.now()
    counts = {name: [0, 0] for name in queries}
    for before, after in _pairs(planner, plan):
        for name, query in queries.items():
            was = before is not None and before["status"] == "active" and query.matches(before, now=now)
            will = after["status"] == "active" and query.matches(after, now=now)
            counts[name][0] += will and not was
            counts[name][1] += was and not will
    return {name: (enter, leave) for name, (enter, leave) in counts.items() if enter or leave}


def _pairs(planner: Planner, plan: Plan) -> Iterator[tuple[Document | None, Document]]:
    """Each contact that changes, before and after."""
    for contact, rows in planner.new_contacts(plan):
        state = State(None, plan.rules.labels)
        for _ in planner.applied(plan, contact, None, rows, state):
            pass
        yield None, _after(planner, plan, new_document(now=planner.session.now(), source="import"), state.now)
    by_contact: dict[int, dict[str, Any]] = {}
    for contact, change in zip(plan.change_targets, plan.changes, strict=True):
        by_contact.setdefault(contact, {})[change.path] = change.after
    for batch in batched(by_contact, _BATCH):
        for contact, document in planner.session.store.get(CONTACTS, batch).items():
            yield document, _after(planner, plan, document, by_contact[contact])


def _after(planner: Planner, plan: Plan, document: Document, values: dict[str, Any]) -> Document:
    """A contact with its new values, as queries read it."""
    labels = plan.rules.labels
    uuids = {key: uuid for uuid, key in labels.by_uuid.items()}
    after = {**document, **{kind: list(document.get(kind) or ()) for kind in SET_PATHS}}
    for path, value in values.items():
        if path not in SET_PATHS:
            paths.put(after, path, value)
            continue
        # New contacts hold folded names, changes the spellings that people see.
        keys = [fold(name) for name in value]
        after[path] = [uuids.get(key, key) for key in keys] if path == "groups" else list(value)
    after["country"] = next((found for urn in after["urns"] if (found := country_of(urn))), None)
    return after
