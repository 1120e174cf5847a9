"""Whose event is it: new people, known people, shells, numbers that change hands, ids that change."""

from __future__ import annotations

from typing import Any

import pytest
from made_events import ANA, ANA_SHORT, ANA_TEL, ID_1, ID_2, ID_3, NUMBER, PARENT, RUI, TIME, message, moved, status

import contacthub as ch


def names(hub: ch.Hub) -> list[str]:
    return sorted(contact.display_name for contact in hub.find().page())


def merges(hub: ch.Hub) -> list[Any]:
    return [operation for operation in hub.operations() if operation.kind == "merge"]


def suggested(hub: ch.Hub) -> list[tuple[str, ...]]:
    return [candidate.contacts for candidate in hub.contacts.duplicates() if candidate.reason == "same sender"]


def test_a_stranger_becomes_a_contact_with_all_identities(hub: ch.Hub) -> None:
    receipt = hub.receive(message(ID_1, ANA, PARENT, profile_name="Ana"))
    contact = hub.contacts.get(receipt.contact)
    assert receipt.outcome == "created"
    assert contact.urns == [ANA, ID_1, PARENT]
    assert (contact.source, contact.name, contact.country) == ("message", "Ana", "BR")
    assert contact.as_dict()["opt_in"] == {"marketing": "unknown"}
    assert all(hub.contacts.by_urn(urn) == contact for urn in (ANA, ID_1, PARENT))


@pytest.mark.parametrize("known", [ANA_TEL, ANA, ANA_SHORT, "tel:+558187654321"])
@pytest.mark.parametrize("writes", [ANA, ANA_SHORT])
def test_every_spelling_finds_the_same_person_and_the_one_to_answer_to_is_kept(
    hub: ch.Hub, known: str, writes: str
) -> None:
    ana = hub.contacts.create(name="Ana", urns=[known])
    assert hub.receive(message(writes)).contact == ana.uuid
    urns = hub.contacts.get(ana.uuid).urns
    assert [urn for urn in urns if urn.startswith("whatsapp:")] == [writes]
    assert known.startswith("whatsapp:") or urns[0] == ana.urns[0]


def test_a_weak_spelling_is_another_contact(hub: ch.Hub) -> None:
    hub.contacts.create(name="Ana", urns=["tel:+54 11 2345-6789"])
    assert hub.receive(message("whatsapp:5491123456789")).outcome == "created"


def test_a_contact_gets_what_it_lacks(hub: ch.Hub) -> None:
    ana = hub.contacts.create(name="Ana", urns=[ANA])
    hub.receive(message(ANA, ID_1))
    assert hub.contacts.by_urn(ID_1) == ana
    assert hub.receive(message(ID_1, PARENT)).contact == ana.uuid
    assert hub.contacts.get(ana.uuid).urns == [ANA, ID_1, PARENT]


def test_a_contact_keeps_at_most_fifty_identities(hub: ch.Hub) -> None:
    ana = hub.contacts.create(name="Ana", urns=[ANA, *(f"ext:{n}" for n in range(49))])
    assert hub.receive(message(ANA, ID_1)).contact == ana.uuid
    assert len(hub.contacts.get(ana.uuid).urns) == 50


def test_a_shell_merges_into_the_real_contact(hub: ch.Hub) -> None:
    real = hub.contacts.create(name="Ana Souza", urns=[ANA_TEL], tags=["vip"])
    shell = hub.receive(message(ID_1, profile_name="aninha")).contact
    receipt = hub.receive(message(ANA, ID_1))
    merged = hub.contacts.get(real.uuid)
    assert (receipt.contact, len(hub.contacts)) == (real.uuid, 1)
    assert (merged.name, merged.engagement["received"]) == ("Ana Souza", 2)
    assert hub.contacts.get(shell) == merged
    assert [operation.count for operation in merges(hub)] == [2]
    hub.undo(merges(hub)[0].id)
    assert len(hub.contacts) == 2


def test_a_shell_may_have_the_id_of_a_parent_portfolio_beside_its_own(hub: ch.Hub) -> None:
    real = hub.contacts.create(name="Ana Souza", urns=[ANA])
    hub.receive(message(ID_1, PARENT))
    assert hub.receive(message(ANA, ID_1)).contact == real.uuid
    assert hub.contacts.get(real.uuid).urns == [ANA, ID_1, PARENT]


def test_two_shells_become_one(hub: ch.Hub) -> None:
    first = hub.receive(message(ANA)).contact
    hub.receive(message(ID_1))
    assert hub.receive(message(ID_1, ANA)).contact == first
    assert (len(hub.contacts), hub.contacts.get(first).engagement["received"]) == (1, 3)


@pytest.mark.parametrize(
    "touch",
    [
        lambda contact: contact.edit(name="Ana"),
        lambda contact: contact.tag("vip"),
        lambda contact: contact.block(),
        lambda contact: contact.edit(fields={"city": "Recife"}),
    ],
)
def test_between_two_real_contacts_people_decide(hub: ch.Hub, touch: Any) -> None:
    hub.fields.create("City")
    real = hub.contacts.create(name="Ana Souza", urns=[ANA])
    other = hub.contacts.get(hub.receive(message(ID_1)).contact)
    touch(other)
    receipts = [hub.receive(message(ANA, ID_1, PARENT)) for _ in range(2)]
    assert {receipt.contact for receipt in receipts} == {real.uuid}
    assert hub.contacts.by_urn(ID_1) == other
    assert hub.contacts.by_urn(PARENT) is None
    assert suggested(hub) == [tuple(sorted((real.uuid, other.uuid)))]
    hub.contacts.merge(real, other)
    assert suggested(hub) == []


def test_a_number_with_a_second_id_of_the_portfolio_was_given_to_somebody_else(hub: ch.Hub) -> None:
    before = hub.receive(message(ANA, ID_1, time=TIME - 900, profile_name="Ana")).contact
    after = hub.receive(message(ANA, ID_2, time=TIME - 600, profile_name="Rui")).contact
    assert hub.contacts.by_urn(ANA).uuid == after != before
    assert hub.contacts.get(before).urns == [ID_1]
    assert hub.contacts.get(before).country is None
    assert hub.receive(message(ID_1)).contact == before
    assert names(hub) == ["Ana", "Rui"]


def test_it_does_not_matter_who_of_two_owners_of_a_number_is_heard_first(hub: ch.Hub) -> None:
    after = hub.receive(message(ANA, ID_2, time=TIME - 600)).contact
    before = hub.receive(message(ANA, ID_1, time=TIME - 900)).contact
    assert hub.contacts.by_urn(ANA).uuid == after != before
    assert hub.contacts.get(before).urns == [ID_1]


def test_an_id_of_another_portfolio_is_nobody_else(hub: ch.Hub) -> None:
    hub.channels.create("Sister", phone_number_id="2", portfolio="sister")
    ana = hub.receive(message(ANA, ID_1)).contact
    assert hub.receive(message(ANA, ID_2, channel="Sister")).contact == ana
    assert hub.receive(message(ID_2, channel="Sister")).contact == ana
    assert hub.receive(message(ID_2)).outcome == "created"


def test_the_same_id_in_two_portfolios_is_two_people(hub: ch.Hub) -> None:
    hub.channels.create("Sister", phone_number_id="2", portfolio="sister")
    contacts = {hub.receive(message(ID_1, channel=channel)).contact for channel in ("Support", "Sister")}
    assert len(contacts) == 2
    hub.contacts.edit(hub.receive(message(ID_1, channel="Sister")).contact, name="Ana")
    assert hub.receive(message(ID_1, channel="Sister")).outcome == "updated"


def test_a_changed_number_is_the_same_person_with_all_ids_new(hub: ch.Hub) -> None:
    ana = hub.contacts.create(name="Ana", urns=[ANA_TEL, "mailto:ana@example.com"])
    hub.receive(message(ANA_SHORT, ID_1, time=TIME - 900))
    hub.receive(moved(RUI, ID_2, previous=(ANA_SHORT,), time=TIME - 600))
    assert hub.contacts.get(ana.uuid).urns == ["mailto:ana@example.com", RUI, ID_2]
    assert hub.contacts.by_urn(ANA) is None
    late = hub.receive(message(ANA_SHORT, ID_1, time=TIME - 800))
    assert late.contact == ana.uuid
    assert hub.contacts.get(ana.uuid).urns == ["mailto:ana@example.com", RUI, ID_2]


def test_whoever_writes_under_a_number_given_up_is_somebody_else(hub: ch.Hub) -> None:
    ana = hub.receive(message(ANA, time=TIME - 900)).contact
    hub.receive(moved(RUI, previous=(ANA,), time=TIME - 600))
    assert hub.receive(message(ANA, time=TIME - 700)).contact == ana
    assert hub.receive(message(ANA, time=TIME - 500)).outcome == "created"


def test_a_number_that_changes_hands_again_is_found_for_each_owner(hub: ch.Hub) -> None:
    first = hub.receive(message(ANA, ID_1, time=TIME - 900)).contact
    hub.receive(moved(RUI, previous=(ANA,), time=TIME - 800))
    second = hub.receive(message(ANA, ID_2, time=TIME - 700)).contact
    hub.receive(moved("whatsapp:351912345678", previous=(ANA,), time=TIME - 600))
    third = hub.receive(message(ANA, ID_3, time=TIME - 500)).contact
    assert len({first, second, third}) == 3
    owners = [hub.receive(message(urn)).contact for urn in (ID_1, ID_2, ID_3, ANA, RUI)]
    assert owners == [first, second, third, third, first]


def test_a_changed_id_without_a_number(hub: ch.Hub) -> None:
    ana = hub.receive(message(ANA, ID_1)).contact
    hub.receive(moved(ID_2, previous=(ID_1,)))
    assert hub.contacts.get(ana).urns == [ANA, ID_2]
    assert hub.receive(message(ID_1)).contact == ana
    assert hub.receive(message(ANA, ID_2)).contact == ana


@pytest.mark.parametrize("backwards", [False, True])
def test_changes_may_come_in_any_order(hub: ch.Hub, backwards: bool) -> None:
    events = [
        message(ANA, ID_1, time=TIME - 900),
        moved(RUI, ID_2, previous=(ANA, ID_1), time=TIME - 800),
        moved("whatsapp:351912345678", ID_3, previous=(RUI, ID_2), time=TIME - 700),
        message(ID_3, time=TIME - 600),
    ]
    contacts = [hub.receive(event).contact for event in (reversed(events) if backwards else events)]
    assert len(hub.contacts) == 1
    contact = hub.contacts.get(contacts[0])
    assert set(contact.urns) == {"whatsapp:351912345678", ID_3}
    assert contact.engagement["received"] == 2


def test_who_wrote_from_a_new_number_before_the_change_was_told_is_one_contact(hub: ch.Hub) -> None:
    ana = hub.contacts.create(name="Ana", urns=[ANA])
    hub.receive(message(ANA, ID_1, time=TIME - 900))
    hub.receive(message(RUI, ID_2, time=TIME - 700))
    assert hub.receive(moved(RUI, ID_2, previous=(ANA, ID_1), time=TIME - 800)).contact == ana.uuid
    assert (len(hub.contacts), hub.contacts.get(ana.uuid).urns) == (1, [RUI, ID_2])


@pytest.mark.parametrize("told", [True, False])
def test_a_number_may_come_back_to_who_gave_it_up(hub: ch.Hub, told: bool) -> None:
    ana = hub.receive(message(ANA, ID_1, time=TIME - 900)).contact
    hub.receive(moved(RUI, ID_2, previous=(ANA, ID_1), time=TIME - 800))
    if told:
        hub.receive(moved(ANA, ID_3, previous=(RUI, ID_2), time=TIME - 700))
    assert hub.receive(message(ANA, ID_3 if told else ID_2, time=TIME - 600)).contact == ana
    assert hub.contacts.by_urn(ANA).uuid == ana
    assert hub.receive(message(ID_1)).contact == ana


def test_a_change_told_twice_changes_nothing(hub: ch.Hub) -> None:
    hub.receive(message(ANA, ID_1, time=TIME - 900))
    for _ in range(2):  # each of the organisation's numbers tells it
        hub.receive(moved(RUI, ID_2, previous=(ANA, ID_1), time=TIME - 800))
    assert [contact.urns for contact in hub.find().page()] == [[RUI, ID_2]]


def test_a_change_that_names_no_earlier_identity_is_read_as_a_message_is(hub: ch.Hub) -> None:
    before = hub.receive(message(ANA, ID_1, time=TIME - 900)).contact
    after = hub.receive(moved(ANA, ID_2, previous=(ANA, ID_2))).contact
    assert (hub.contacts.get(before).urns, hub.contacts.get(after).urns) == ([ID_1], [ANA, ID_2])
    assert hub.store.check() == []


def test_the_uuid_of_a_merged_contact_receives_its_late_receipts(hub: ch.Hub) -> None:
    shell = hub.receive(status(ID_1, id="wamid.1", state="sent")).contact
    real = hub.contacts.create(name="Ana", urns=[ANA])
    hub.contacts.merge(real, hub.contacts.get(shell))
    assert hub.receive(status(ID_1, id="wamid.1", state="read")).contact == real.uuid
    assert hub.contacts.get(real.uuid).engagement["read"] == 1


def test_superseded_identities_outlive_an_edit(hub: ch.Hub) -> None:
    ana = hub.receive(message(ANA, ID_1, time=TIME - 900)).contact
    hub.receive(moved(RUI, ID_2, previous=(ANA, ID_1), time=TIME - 800))
    hub.contacts.edit(ana, urns=[RUI, ID_2, "mailto:ana@example.com"])
    assert hub.receive(message(ID_1)).contact == ana
    hub.contacts.delete(ana)
    assert hub.receive(message(ID_1)).outcome == "created"


def test_the_store_is_whole_after_all_of_it(hub: ch.Hub) -> None:
    for event in (
        message(ANA, ID_1), message(ID_2), message(ANA, ID_2), moved(RUI, ID_3, previous=(ANA,)), message(ANA),
        status(RUI, id="wamid.1", state="read"),
    ):  # fmt: skip
        hub.receive(event)
    assert hub.store.check() == []
    assert NUMBER in hub.channels
