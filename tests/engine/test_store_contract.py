"""What the floors above may count on, of any engine: each test runs over the embedded engine and over the fake."""

from __future__ import annotations

import pytest
from hubs import EVENING, MONDAY, MORNING, NEW, NOON, SALES, TEAM, VIP, catalogues, contact, entering, leaving, people
from pyroaring import BitMap

from contacthub.engine.port import ChangeSet, IdentityTaken, SetChange


@pytest.fixture
def hub(any_store):
    any_store.apply(catalogues())
    any_store.apply(people(3))
    return any_store


def test_a_contact_comes_with_the_names_of_its_sets(hub):
    hub.apply(ChangeSet(sets={key: SetChange(added=BitMap([2])) for key in (NEW, VIP, SALES, TEAM, MONDAY)}, at=NOON))
    document = hub.get("contacts", [2])[2]
    assert document["tags"] == ["VIP", "new"]
    assert (document["lists"], document["groups"], document["imports"]) == (["Sales"], ["group-1"], ["monday"])
    assert hub.get("contacts", [1])[1]["tags"] == []


def test_documents_come_in_the_order_asked_for_and_missing_ones_are_left_out(hub):
    assert list(hub.get("contacts", [3, 99, 1])) == [3, 1]
    assert hub.get("nothing", [1]) == {}
    assert hub.get("contacts", []) == {}


def test_scan_gives_every_document_by_rising_id(hub):
    assert [id for id, _ in hub.scan("contacts")] == [1, 2, 3]
    assert dict(hub.scan("contacts")) == hub.get("contacts", [1, 2, 3])
    assert list(hub.scan("nothing")) == []


def test_newest_gives_every_document_by_falling_id(hub):
    assert list(hub.newest("contacts")) == list(reversed(list(hub.scan("contacts"))))
    assert next(hub.newest("contacts"))[0] == 3
    assert list(hub.newest("nothing")) == []


def test_natural_keys_and_identities_lead_to_ids(hub):
    assert hub.ids("contacts", ["uuid-2", "uuid-9"]) == {"uuid-2": 2}
    assert hub.ids("tags", ["vip"]) == {"vip": 1}
    assert hub.owners(["tel:3", "tel:9"]) == {"tel:3": 3}
    assert hub.owners([]) == {}


def said(**whom):
    """A statement of consent, as far as the store knows of it."""
    return {"key": "k", "event": "opt_in", **whom}


def test_documents_are_found_by_whom_they_are_about_also_after_they_change(hub):
    statements = {1: said(contact="a"), 2: said(contact="b", merged=["a", "c"]), 3: said(contact="c"), 4: said()}
    hub.apply(ChangeSet(put={"consent": statements, "operations": {1: {"about": [7, 70]}, 2: {"about": []}}}))
    assert hub.about("consent", ["a"]) == BitMap([1, 2, 4])  # what does not say may be about anybody
    assert hub.about("consent", ["a", "c"]) == BitMap([1, 2, 3, 4])
    assert hub.about("consent", ["nobody"]) == BitMap([4])
    assert hub.about("operations", [7]) == BitMap([1])
    hub.apply(ChangeSet(put={"consent": {2: said(contact="c"), 4: said(contact="a")}}, deleted={"consent": {1}}))
    assert hub.about("consent", ["a"]) == BitMap([4])
    assert hub.about("consent", ["b"]) == BitMap()
    assert hub.about("consent", ["c"]) == BitMap([2, 3])
    assert hub.check() == []


def test_natural_keys_follow_their_documents_even_when_two_exchange_them(hub):
    hub.apply(ChangeSet(put={"tags": {1: {"key": "new", "name": "a"}, 2: {"key": "vip", "name": "b"}}}))
    assert hub.ids("tags", ["vip", "new"]) == {"vip": 2, "new": 1}


def test_a_natural_key_can_be_given_up_and_taken_in_one_change(hub):
    hub.apply(ChangeSet(deleted={"tags": {1}}, put={"tags": {3: {"key": "vip", "name": "vip"}}}))
    assert hub.ids("tags", ["vip"]) == {"vip": 3}


def test_renaming_a_tag_changes_one_document_and_no_set(hub):
    hub.apply(entering(VIP, 1, 2))
    before = hub.cursor()
    hub.apply(ChangeSet(put={"tags": {1: {"key": "best", "name": "Best"}}}, at=EVENING))
    assert hub.get("contacts", [1])[1]["tags"] == ["Best"]
    changes = hub.changes(before)
    assert (changes.put, changes.sets, changes.touched) == ({"tags": BitMap([1])}, {}, BitMap())


def test_entering_a_set_moves_modified_on_and_newest_wins(hub):
    hub.apply(entering(VIP, 1, at=NOON))
    hub.apply(entering(NEW, 1, 2, at=EVENING))
    hub.apply(entering(SALES, 1, at=NOON))  # applied late
    modified = {id: document["modified_on"] for id, document in hub.scan("contacts")}
    assert modified == {1: EVENING.isoformat(), 2: EVENING.isoformat(), 3: MORNING.isoformat()}
    hub.apply(ChangeSet(put={"contacts": {1: contact(1, modified_on="2026-12-01T00:00:00+00:00")}}))
    assert hub.get("contacts", [1])[1]["modified_on"] == "2026-12-01T00:00:00+00:00"


def test_entering_a_set_one_is_in_changes_nothing(hub):
    hub.apply(entering(VIP, 1, at=NOON))
    before = hub.cursor()
    hub.apply(entering(VIP, 1, at=EVENING))
    hub.apply(leaving(NEW, 1, at=EVENING))
    assert hub.cursor() == before
    assert not hub.changes(before)
    assert hub.get("contacts", [1])[1]["modified_on"] == NOON.isoformat()


def test_members_are_a_copy(hub):
    hub.apply(entering(VIP, 1))
    hub.members(VIP).add(2)
    assert hub.members(VIP) == BitMap([1])


def test_memberships_are_cut_to_the_contacts_asked_for(hub):
    hub.apply(entering(VIP, 1, 2))
    hub.apply(entering(NEW, 3))
    assert hub.memberships(BitMap([2, 70_000])) == {VIP: BitMap([2])}


def test_sets_reach_over_blocks(hub):
    far = [1, 65_535, 65_536, 131_071, 131_072, 4_000_000_000]
    hub.apply(ChangeSet(put={"contacts": {id: contact(id) for id in far[1:]}}))
    hub.apply(entering(VIP, *far))
    assert hub.members(VIP) == BitMap(far)
    assert {id for id, document in hub.scan("contacts") if document["tags"]} == set(far)
    hub.apply(leaving(VIP, *far[1:3]))
    assert hub.members(VIP) == BitMap(far[:1] + far[3:])
    assert hub.memberships(BitMap(far)) == {VIP: BitMap(far[:1] + far[3:])}


def test_a_deleted_contact_leaves_its_sets_and_gives_up_its_identities(hub):
    hub.apply(entering(VIP, 1, 2))
    before = hub.cursor()
    hub.apply(ChangeSet(deleted={"contacts": {2, 99}}, at=NOON))
    assert hub.count("contacts") == 2
    assert hub.members(VIP) == BitMap([1])
    assert hub.owners(["tel:1", "tel:2"]) == {"tel:1": 1}
    changes = hub.changes(before)
    assert changes.deleted == {"contacts": BitMap([2])}
    assert changes.sets == {VIP: SetChange(removed=BitMap([2]))}


def test_a_deleted_tag_takes_its_set_along(hub):
    hub.apply(entering(VIP, 1, 2))
    hub.apply(ChangeSet(deleted={"tags": {1}}, at=EVENING))
    assert hub.members(VIP) == BitMap()
    document = hub.get("contacts", [1])[1]
    assert (document["tags"], document["modified_on"]) == ([], EVENING.isoformat())


def test_an_identity_has_one_owner(hub):
    before = hub.cursor()
    with pytest.raises(IdentityTaken) as caught:
        hub.apply(ChangeSet(put={"contacts": {4: contact(4)}}, identities_taken={"tel:1": 4, "tel:4": 4}))
    assert (caught.value.key, caught.value.owner, caught.value.wanted_by) == ("tel:1", 1, 4)
    assert hub.count("contacts") == 3
    assert hub.owners(["tel:1", "tel:4"]) == {"tel:1": 1}
    assert hub.cursor() == before


def test_an_identity_can_move_in_one_change(hub):
    hub.apply(ChangeSet(identities_given_up={"tel:1": 1}, identities_taken={"tel:1": 2, "tel:2": 2}))
    assert hub.owners(["tel:1", "tel:2"]) == {"tel:1": 2, "tel:2": 2}


def test_an_identity_of_somebody_else_cannot_be_given_up(hub):
    hub.apply(ChangeSet(identities_given_up={"tel:1": 2}))
    assert hub.owners(["tel:1"]) == {"tel:1": 1}


def test_an_identity_of_a_deleted_contact_can_be_taken_at_once(hub):
    hub.apply(ChangeSet(deleted={"contacts": {1}}, identities_taken={"tel:1": 2}))
    assert hub.owners(["tel:1"]) == {"tel:1": 2}


def test_blobs_are_kept_beside_their_documents(hub):
    hub.apply(ChangeSet(put={"operations": {1: {}}}, blobs={("operations", 1, "effects"): b"\0\xff"}))
    assert hub.blob("operations", 1, "effects") == b"\0\xff"
    assert hub.blob("operations", 1, "other") is None
    hub.apply(ChangeSet(blobs={("operations", 1, "effects"): b"new"}))
    assert hub.blob("operations", 1, "effects") == b"new"
    hub.apply(ChangeSet(blobs={("operations", 1, "effects"): None}))
    assert hub.blob("operations", 1, "effects") is None


def test_reserved_ids_are_never_handed_out_twice(hub):
    first = hub.reserve("contacts", 2)
    assert first == range(4, 6)
    hub.apply(ChangeSet(put={"contacts": {id: contact(id) for id in first}}))
    hub.apply(ChangeSet(deleted={"contacts": set(first)}))
    assert hub.reserve("contacts", 1) == range(6, 7)


def test_an_exception_rolls_a_transaction_back(hub):
    hub.apply(entering(VIP, 1))
    before = (hub.cursor(), dict(hub.scan("contacts")))

    def failing():
        with hub.transaction():
            hub.apply(ChangeSet(put={"tags": {1: {"key": "vip", "name": "gone"}}}, deleted={"contacts": {3}}))
            hub.apply(entering(VIP, 2))
            assert hub.get("contacts", [1, 2, 3]).keys() == {1, 2}
            assert hub.get("contacts", [2])[2]["tags"] == ["gone"]
            1 / 0

    with pytest.raises(ZeroDivisionError):
        failing()
    assert (hub.cursor(), dict(hub.scan("contacts"))) == before


def test_nested_transactions_join_and_an_exception_undoes_the_block_it_leaves(hub):
    def failing():
        with hub.transaction():
            hub.apply(entering(VIP, 2))
            1 / 0

    with hub.transaction():
        hub.apply(entering(VIP, 1))
        with pytest.raises(ZeroDivisionError):
            failing()
        with pytest.raises(IdentityTaken):
            hub.apply(ChangeSet(put={"contacts": {9: contact(9)}}, identities_taken={"tel:1": 9}))
        with hub.transaction():
            hub.apply(entering(VIP, 3))
    assert hub.members(VIP) == BitMap([1, 3])
    assert hub.count("contacts") == 3


def test_what_changed_since_is_net(hub):
    before = hub.cursor()
    hub.apply(entering(VIP, 1, 2))
    hub.apply(leaving(VIP, 1))
    hub.apply(ChangeSet(put={"contacts": {3: contact(3, name="Rui"), 4: contact(4)}}))
    middle = hub.cursor()
    hub.apply(ChangeSet(deleted={"contacts": {4}}))
    changes = hub.changes(before)
    assert changes.cursor == hub.cursor()
    assert changes.put == {"contacts": BitMap([3])}
    assert changes.deleted == {"contacts": BitMap([4])}
    assert changes.sets == {VIP: SetChange(added=BitMap([2]))}
    assert changes.touched == BitMap([1, 2, 3, 4])
    assert hub.changes(middle).touched == BitMap([4])
    assert not hub.changes(hub.cursor())


def test_a_cursor_from_elsewhere_means_everything_may_have_changed(hub):
    assert hub.changes("a cursor of another hub").everything


def test_a_document_may_be_put_again_after_its_deletion(hub):
    before = hub.cursor()
    hub.apply(ChangeSet(deleted={"contacts": {2}}))
    hub.apply(ChangeSet(put={"contacts": {2: contact(2)}}))
    changes = hub.changes(before)
    assert (changes.put, changes.deleted) == ({"contacts": BitMap([2])}, {})
    assert hub.count("contacts") == 3


def test_an_empty_change_changes_nothing(hub):
    before = hub.cursor()
    hub.apply(ChangeSet())
    hub.apply(ChangeSet(put={"contacts": {}}, deleted={"contacts": set(), "nothing": {1}}))
    assert hub.cursor() == before


@pytest.mark.parametrize(
    "value",
    [2**63, -(2**63) - 1, 2**200, 0.1, 1e300, -0.0, True, None, "", "ÁNA straße İ 👩‍🚀", "\ud800", [], {}, [[1, [{}]]]],
    ids=repr,
)
def test_values_come_back_as_they_went_in(any_store, value):
    any_store.apply(ChangeSet(put={"things": {1: {"value": value}}}))
    found = any_store.get("things", [1])[1]["value"]
    assert found == value
    assert type(found) is type(value)
