"""Two contacts that are one person become one, looked at first, and come apart again by an undo."""

from __future__ import annotations

import pytest

import contacthub as ch


@pytest.fixture
def bruno(hub: ch.Hub) -> ch.Contact:
    return hub.contacts.create(
        name="Bruno", urns=["mailto:bruno@example.com"], fields={"city": "Natal"}, tags=["fair"], lists=["Sales"]
    )


def test_the_survivor_keeps_its_values_and_takes_what_it_lacks(hub: ch.Hub, ana: ch.Contact, bruno: ch.Contact) -> None:
    bruno.edit(language="por")
    hub.contacts.merge(ana, bruno)
    merged = hub.contacts.get(ana.uuid)
    assert (merged.name, merged.language, merged.fields) == ("Ana", "por", {"age": 36, "city": "Recife"})
    assert merged.tags == ["fair", "vip"]
    assert merged.lists == ["Sales"]
    assert merged.urns == ["tel:+5521987654321", "mailto:bruno@example.com"]
    assert hub.contacts.by_urn("mailto:bruno@example.com") == merged
    assert len(hub.contacts) == 1


def test_the_uuid_that_went_leads_to_the_survivor(hub: ch.Hub, ana: ch.Contact, bruno: ch.Contact) -> None:
    hub.contacts.merge(ana, bruno)
    assert hub.contacts.get(bruno.uuid) == ana


def test_the_plan_shows_where_the_two_differ_and_a_choice_decides(
    hub: ch.Hub, ana: ch.Contact, bruno: ch.Contact
) -> None:
    plan = hub.plan.merge(ana, bruno)
    assert {line.path for line in plan.conflicts} >= {"name", "fields.city"}
    assert len(hub.contacts) == 2
    hub.contacts.merge(ana, bruno, choose={"fields.city": "other"})
    assert hub.contacts.get(ana.uuid).fields["city"] == "Natal"


def test_an_opt_out_of_either_survives(hub: ch.Hub, ana: ch.Contact, bruno: ch.Contact) -> None:
    ana.opt_in(proof="form 1")
    bruno.opt_out()
    hub.contacts.merge(ana, bruno)
    assert hub.contacts.get(ana.uuid).opt_in == {"marketing": "no"}


def test_a_merge_is_taken_back_whole(hub: ch.Hub, ana: ch.Contact, bruno: ch.Contact) -> None:
    before = [ana.as_dict(), bruno.as_dict()]
    hub.contacts.merge(ana, bruno)
    report = hub.undo()
    assert not report.failed
    assert not report.kept
    after = [hub.contacts.get(ana.uuid).as_dict(), hub.contacts.get(bruno.uuid).as_dict()]
    assert [{**d, "modified_on": 0} for d in after] == [{**d, "modified_on": 0} for d in before]
    assert hub.contacts.by_urn("mailto:bruno@example.com") == bruno
    hub.redo()
    assert hub.contacts.get(bruno.uuid) == ana


def test_merging_a_contact_with_itself_is_refused(hub: ch.Hub, ana: ch.Contact) -> None:
    with pytest.raises(ch.InvalidValue, match="with itself"):
        hub.contacts.merge(ana, ana.uuid)


def test_duplicates_come_with_their_reason(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.contacts.create(name="Ána", fields={"city": "recife"})
    one = hub.contacts.create(name="Diego", urns=["tel:+5491123456789"])
    two = hub.contacts.create(name="D.", urns=["tel:+541123456789"])
    found = {candidate.reason: set(candidate.contacts) for candidate in hub.contacts.duplicates()}
    assert found["weak phone"] == {one.uuid, two.uuid}
    assert ana.uuid in found["same name and city"]


def test_the_stricter_status_stays_unless_chosen(hub: ch.Hub, ana: ch.Contact, bruno: ch.Contact) -> None:
    bruno.block()
    assert "status" in {line.path for line in hub.plan.merge(ana, bruno).conflicts}
    assert hub.plan.merge(ana, bruno).conflicts[0].path != "urns"
    hub.contacts.merge(ana, bruno)
    assert hub.contacts.get(ana.uuid).status == "blocked"
    hub.undo()
    hub.contacts.merge(ana, bruno, choose={"status": "keep"})
    assert hub.contacts.get(ana.uuid).status == "active"


def test_a_merge_keeps_within_the_limits(hub: ch.Hub, ana: ch.Contact, bruno: ch.Contact) -> None:
    ana.tag(*[f"a{i}" for i in range(60)])
    bruno.tag(*[f"b{i}" for i in range(60)])
    with pytest.raises(ch.InvalidValue, match="at most 100"):
        hub.contacts.merge(ana, bruno)
