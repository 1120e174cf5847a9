"""Operations older than the hub wants to keep lose what they changed; that they happened stays."""

from __future__ import annotations

from typing import Any

import pytest

import contacthub as ch


def test_old_operations_can_no_longer_be_undone(hub: ch.Hub, ana: ch.Contact, clock: Any) -> None:
    old = ana.tag("old")
    hub.settings.update(history_days=30)
    clock.forward(days=20)
    young = ana.tag("young")
    clock.forward(days=20)
    ana.tag("new")
    assert [hub.operation(one.id).pruned for one in (old, young)] == [True, False]
    for attempt in (hub.undo, hub.plan.undo):
        with pytest.raises(ch.Refused) as refused:
            attempt(old.id)
        assert refused.value.code == "pruned"
    assert hub.operation(old.id).contacts == [ana.uuid]
    assert hub.verify() == []
    hub.undo(young.id)
    assert hub.contacts.get(ana.uuid).tags == ["new", "old", "vip"]


def test_the_history_is_looked_over_once_a_day(hub: ch.Hub, ana: ch.Contact, clock: Any) -> None:
    hub.settings.update(history_days=1)
    ana.tag("looked over now")
    clock.forward(hours=23)
    operation = ana.tag("not now")
    clock.forward(hours=2)
    ana.tag("looked over again")
    clock.forward(hours=23)
    ana.tag("not now either")
    assert not hub.operation(operation.id).pruned, "it is a day old, and the last look is not"
    clock.forward(hours=1)
    ana.tag("looked over for the third time")
    assert hub.operation(operation.id).pruned


def test_nothing_is_pruned_unless_the_hub_says_so(hub: ch.Hub, ana: ch.Contact, clock: Any) -> None:
    operation = ana.tag("old")
    clock.forward(days=4_000)
    ana.tag("new")
    hub.undo(operation.id)
    assert hub.contacts.get(ana.uuid).tags == ["new", "vip"]


def test_an_undo_of_ones_newest_passes_over_what_is_too_old(hub: ch.Hub, ana: ch.Contact, clock: Any) -> None:
    ana.tag("old")
    hub.settings.update(history_days=1)
    clock.forward(days=2)
    hub.members.create("bia")
    hub.undo()
    with pytest.raises(ch.NotFound):
        hub.undo()
