"""A hub is looked over whole; what has come apart is told, and only that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import contacthub as ch
from contacthub.engine.port import ChangeSet
from contacthub.model.contact import SET_PROPERTIES


def stored(hub: ch.Hub, id: int) -> dict:
    document = hub.store.get("contacts", [id])[id]
    return {key: value for key, value in document.items() if key not in SET_PROPERTIES}


def lose_an_identity(hub: ch.Hub, ana: ch.Contact) -> ChangeSet:
    return ChangeSet(identities_given_up={"phone:5521987654321": ana.id})


def lose_what_an_operation_did(hub: ch.Hub, ana: ch.Contact) -> ChangeSet:
    return ChangeSet(blobs={("operations", hub.operations(1)[0].id, "effects"): b"\x00torn"})


def break_a_groups_query(hub: ch.Hub, ana: ch.Contact) -> ChangeSet:
    group = hub.groups.create("Adults", query="age > 18")
    document = hub.store.get("groups", [group.id])[group.id]
    return ChangeSet(put={"groups": {group.id: {**document, "query": "height > 2"}}})


def claim_consent(hub: ch.Hub, ana: ch.Contact) -> ChangeSet:
    return ChangeSet(put={"contacts": {ana.id: {**stored(hub, ana.id), "opt_in": {"marketing": "yes"}}}})


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lose_an_identity, "identity"),
        (lose_what_an_operation_did, "history"),
        (break_a_groups_query, "query"),
        (claim_consent, "consent"),
    ],
)
def test_what_has_come_apart_is_told(
    hub: ch.Hub, ana: ch.Contact, damage: Callable[[ch.Hub, ch.Contact], ChangeSet], code: str
) -> None:
    ana.opt_out()
    hub.undo()
    ana.tag("summer")
    assert hub.verify() == []
    hub.store.apply(damage(hub, ana))
    assert [problem.code for problem in hub.verify()] == [code]
