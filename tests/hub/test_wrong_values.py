"""Values that nothing can hold are refused in plain words, and nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

import contacthub as ch

Attempt = Callable[[ch.Hub, ch.Contact], Any]

WRONG: dict[str, Attempt] = {
    "name is a number": lambda hub, ana: ana.edit(name=5),
    "name is a list": lambda hub, ana: ana.edit(name=["Ana"]),
    "remarks is a mapping": lambda hub, ana: ana.edit(remarks={"a": 1}),
    "avatar runs": lambda hub, ana: ana.edit(avatar="javascript:alert(1)"),
    "avatar runs in capitals": lambda hub, ana: ana.edit(avatar=" JavaScript:alert(1)"),
    "avatar holds a page": lambda hub, ana: ana.edit(avatar="data:text/html,<script>"),
    "avatar of many": lambda hub, ana: hub.find("").edit(avatar="vbscript:x"),
    "fields is nothing": lambda hub, ana: ana.edit(fields=None),
    "fields is a list": lambda hub, ana: ana.edit(fields=["city"]),
    "fields is a text": lambda hub, ana: ana.edit(fields="city"),
    "a field's name is a number": lambda hub, ana: ana.edit(fields={5: "x"}),
    "a field's value is a list": lambda hub, ana: ana.edit(fields={"city": ["x"]}),
    "a number with an underscore": lambda hub, ana: ana.edit(fields={"age": "1_000"}),
    "a number with an underscore, by the verb": lambda hub, ana: ana.set_field("age", "1_000"),
    "tags is a number": lambda hub, ana: ana.edit(tags=5),
    "tags holds a number": lambda hub, ana: ana.edit(tags=["a", 5]),
    "tags is a mapping": lambda hub, ana: ana.edit(tags={"a": 1}),
    "urns is a number": lambda hub, ana: ana.edit(urns=5),
    "urns holds nothing": lambda hub, ana: ana.edit(urns=[None]),
    "tag nothing": lambda hub, ana: ana.tag(None),
    "tag a number": lambda hub, ana: ana.tag(5),
    "tag a list of numbers": lambda hub, ana: ana.tag([5]),
    "list nothing": lambda hub, ana: ana.add_to_list(None),
    "group nothing": lambda hub, ana: ana.add_to_group(None),
    "assign to nobody": lambda hub, ana: ana.assign([]),
    "assign to nobody, evenly": lambda hub, ana: ana.assign([], balanced=True),
    "assign to a number": lambda hub, ana: ana.assign([5]),
    "a group's name is a number": lambda hub, ana: hub.groups.create(5),
    "a tag's name is nothing": lambda hub, ana: hub.tags.create(None),
    "a flow is nothing": lambda hub, ana: hub.flows.enter(ana, None),
    "a member's name is a number": lambda hub, ana: hub.members.change("leo", name=5),
    "a member's name is nothing": lambda hub, ana: hub.members.change("leo", name=None),
    "a member has no phone": lambda hub, ana: hub.members.change("leo", phone="1"),
    "a member's mail is none": lambda hub, ana: hub.members.change("leo", email="nonsense"),
    "a new member's mail is none": lambda hub, ana: hub.members.create("eva", email="nonsense"),
    "a new member's mail is a number": lambda hub, ana: hub.members.create("eva", email=5),
    "a handle is me": lambda hub, ana: hub.members.create("me"),
    "a handle has a quote": lambda hub, ana: hub.members.create('a b" c'),
    "a handle is a number": lambda hub, ana: hub.members.create(5),
    "no fields at all": lambda hub, ana: hub.settings.update(max_fields=-1),
    "fields by a boolean": lambda hub, ana: hub.settings.update(max_fields=True),
    "no groups at all": lambda hub, ana: hub.settings.update(max_groups=0),
    "days before today": lambda hub, ana: hub.settings.update(history_days=-5),
    "too many days": lambda hub, ana: hub.settings.update(history_days=10**9),
    "a purpose twice": lambda hub, ana: hub.settings.update(purposes=["news", "news"]),
    "a purpose that is there": lambda hub, ana: hub.settings.update(purposes=["marketing"]),
    "purposes is a text": lambda hub, ana: hub.settings.update(purposes="news"),
    "since when": lambda hub, ana: hub.history(since="sometime"),
    "since a number": lambda hub, ana: hub.operations(since=5),
    "until a query": lambda hub, ana: ana.history(until='2020-01-01" OR name = "x'),
    "consent at no time": lambda hub, ana: ana.opt_in_at("gestern"),
    "reachable by nothing": lambda hub, ana: hub.find("").reachable(scheme="zzz"),
    "reachable for nothing": lambda hub, ana: hub.find("").reachable(purpose="zzz"),
    "entered since nothing": lambda hub, ana: hub.groups.entered("Team", since="sometime"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_nothing_can_hold_is_refused_in_plain_words(hub: ch.Hub, ana: ch.Contact, what: str) -> None:
    hub.members.create("leo")
    hub.groups.create("Team")
    hub.groups.snapshot("Team")
    before = hub.contacts.get(ana.uuid).as_dict(), hub.settings.as_dict(), list(hub.members), len(hub.tags)
    with pytest.raises(ch.InvalidValue) as refused:
        WRONG[what](hub, ana)
    assert str(refused.value).endswith(".")
    assert "object" not in str(refused.value)
    assert (hub.contacts.get(ana.uuid).as_dict(), hub.settings.as_dict(), list(hub.members), len(hub.tags)) == before


def test_a_single_text_is_one_value_and_not_its_letters(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.edit(tags="gold", lists="Sales", urns="tel:+5521987651111")
    assert (ana.tags, ana.lists, ana.urns) == (["gold"], ["Sales"], ["tel:+5521987651111"])
    assert hub.contacts.create(name="B", tags="gold", fields=None, lists=None, urns=None).tags == ["gold"]


@pytest.mark.parametrize(
    "value", ["https://example.com/ana.png", "HTTP://example.com/a", "pictures/ana.png", "/srv/ana.png", r"C:\ana.png"]
)
def test_a_picture_is_at_an_address_or_in_a_file(ana: ch.Contact, value: str) -> None:
    ana.edit(avatar=value)
    assert ana.avatar == value
    ana.edit(avatar=None)
    assert ana.avatar is None


@pytest.mark.parametrize(
    ("since", "count"),
    [
        ("2020-01-01", 2),
        ("-7d", 2),
        ("yesterday", 2),
        (date(2026, 11, 21), 2),
        (datetime(2026, 11, 21, 8, 59), 2),  # in the hub's zone, three hours west
        (datetime(2026, 11, 21, 9, 1), 0),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), 2),
        ("tomorrow", 0),
    ],
)
def test_the_history_reads_times_as_queries_do(hub: ch.Hub, ana: ch.Contact, since: Any, count: int) -> None:
    ana.tag("gold")
    assert len(hub.operations(since=since, contact=ana)) == count
    assert len(hub.history(since=since, contact=ana)) == count
    assert {change.operation.id for change in ana.history(since=since)} == {
        one.id for one in hub.operations(since=since, contact=ana)
    }
    assert hub.operations(until=since, contact=ana) == ([] if count else hub.operations(contact=ana))


def test_consent_is_told_as_of_a_text_or_a_time_of_the_hub(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.opt_in(proof="form 3")
    whens = ("2020-01-01", "tomorrow", datetime(2026, 11, 21, 8, 59), datetime(2026, 11, 21, 9, 0))
    assert [ana.opt_in_at(when) for when in whens] == ["unknown", "yes", "unknown", "yes"]


def test_a_merged_contacts_history_is_the_persons(hub: ch.Hub, ana: ch.Contact) -> None:
    other = hub.contacts.create(name="B")
    other.edit(name="B secret", fields={"city": "Old"})
    hub.contacts.merge(ana, other)
    survivor = hub.contacts.get(ana.uuid)
    assert ("name", "B", "B secret") in [(one.property, one.before, one.after) for one in survivor.history()]
    told = hub.contacts.dossier(survivor)
    assert any(change["after"] == "B secret" for change in told.as_dict()["history"])
    assert [one.kind for one in hub.operations(contact=other.uuid)] == ["merge", "edit", "create", "create"]
    noted = hub.operations(1)[0].arguments
    assert noted["contact"] == ana.uuid
    assert noted["count"] == len(told.as_dict()["history"]) + len(told.as_dict()["consent"])
    assert noted["sha256"] == hashlib.sha256(told.json().encode()).hexdigest()


def test_the_operations_of_a_deleted_contact_are_found_by_its_uuid(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.delete()
    assert [one.kind for one in hub.operations(contact=ana.uuid)] == ["delete", "create"]
    assert [change.property for change in ana.history()][:1] == ["contact"]
    with pytest.raises(ch.NotFound):
        hub.operations(contact="00000000-0000-4000-8000-000000000000")
