"""What uses a catalogue is told and followed; a query that is none any more breaks nothing; nobody makes doubles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

import contacthub as ch
from contacthub.engine.port import ChangeSet
from contacthub.session import Session

MAKE: dict[str, Callable[[ch.Hub], Any]] = {
    "fields": lambda hub: hub.fields.create("Same"),
    "groups": lambda hub: hub.groups.create("Same"),
    "tags": lambda hub: hub.tags.create("Same"),
    "lists": lambda hub: hub.lists.create("Same"),
    "members": lambda hub: hub.members.create("same"),
    "searches": lambda hub: hub.searches.create("Same", "tag = vip"),
}


@pytest.mark.parametrize("table", MAKE)
def test_of_two_who_make_the_same_at_once_one_is_told(tmp_path: Path, table: str) -> None:
    path = tmp_path / "audience.hub"
    told: list[str] = []
    with ch.open(path, create=True, actor="bia") as one, ch.open(path, actor="bia") as other:
        started = Barrier(2)

        def make(hub: ch.Hub) -> None:
            started.wait()
            try:
                MAKE[table](hub)
            except ch.HubError as error:
                told.append(error.code)

        threads = [Thread(target=make, args=(hub,)) for hub in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        names = [
            document.get("name") or document.get("handle")
            for document in one.session.catalogue.documents[table].values()
        ]
        assert told == ["exists"]
        assert len([name for name in names if name.lower() == "same"]) == 1


def test_what_was_seen_before_somebody_else_changed_it_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "audience.hub"
    with ch.open(path, create=True, actor="bia") as one, ch.open(path, actor="bia") as other:
        one.tags.create("First")
        one.tags.create("Second")
        assert len(other.tags) == 2
        one.tags.rename("First", "Third")
        with pytest.raises(ch.Refused, match="already"):
            other.tags.rename("Second", "THIRD")


def test_usage_is_told_before_a_rename_or_a_deletion(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.members.create("bia")
    ana.assign("bia")
    hub.groups.create("Friends", query="tag = vip AND assignee = bia AND age > 18")
    hub.searches.create("Mine", "tag = VIP")
    tag = hub.plan.usage("tags", "vip")
    assert (tag.contacts, tag.groups, tag.searches) == (1, ("Friends",), ("Mine",))
    assert tag.summary == "tag vip: 1 contact; in the queries of Friends, Mine"
    assert hub.plan.usage("fields", "City").summary == "field City: 1 contact"
    assert hub.plan.usage("fields", "Age").groups == hub.plan.usage("members", "bia").groups == ("Friends",)
    assert hub.plan.usage("groups", "Friends").contacts == 1


def test_merged_tags_are_followed_in_queries(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.tags.create("friend")
    hub.groups.create("Friends", query="tag = vip")
    hub.searches.create("Mine", "tag = vip OR tag = friend")
    hub.tags.merge(["vip"], into="friend")
    assert hub.groups.get("Friends").count == 1
    assert "vip" not in hub.searches.get("Mine").query
    hub.undo()
    assert hub.groups.get("Friends").query == 'tag = "vip"'


@pytest.mark.parametrize(
    "attempt", [lambda hub: hub.fields.delete("Age"), lambda hub: hub.fields.retype("Age", "text")]
)
def test_what_a_saved_search_asks_about_is_not_taken_from_it(hub: ch.Hub, attempt: Callable[[ch.Hub], Any]) -> None:
    hub.searches.create("Adults", "age >= 18")
    with pytest.raises(ch.Refused, match=r"saved search .?Adults"):
        attempt(hub)


def test_who_leaves_the_team_stays_known(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.members.create("leo", name="Leo")
    ana.assign("leo")
    hub.groups.create("Leos", query="assignee = leo")
    theirs = ch.Hub(Session(hub.store, actor="leo"), ":memory:")
    hub.members.delete("leo")

    assert [member.handle for member in hub.members] == ["bia"]
    assert "leo" not in hub.members
    assert hub.find("assignee = Leo").uuids == [ana.uuid]
    assert hub.groups.of(hub.contacts.get(ana.uuid)) == ["Leos"]
    assert hub.tree()
    assert hub.quality()
    assert hub.verify() == []
    with pytest.raises(ch.NotAllowed, match="no member"):
        theirs.find("").tag("x")
    with pytest.raises(ch.NotFound):
        ana.assign("leo")
    with pytest.raises(ch.InvalidValue):
        ana.edit(assignee="leo")
    hub.members.create("leo", role="viewer")
    assert (hub.members.get("leo").role, len(hub.members)) == ("viewer", 2)


def test_a_query_that_is_none_any_more_breaks_nothing_else(hub: ch.Hub, ana: ch.Contact) -> None:
    group = hub.groups.create("Tall", query="age > 18")
    document = hub.store.get("groups", [group.id])[group.id]
    hub.store.apply(ChangeSet(put={"groups": {group.id: {**document, "query": "height > 2"}}}))
    assert "height" in (hub.groups.get("Tall").problem or "")
    counts = {node.label: node.count for section in hub.tree() for node in section.nodes}
    assert counts["Tall"] == 0
    assert hub.groups.of(ana) == []
    hub.tags.rename("vip", "VIP")
    hub.fields.retype("Age", "text")
    hub.fields.delete("City")
    assert [problem.code for problem in hub.verify()] == ["query"]
    hub.groups.change_query("Tall", "tag = vip")
    assert hub.groups.of(ana) == ["Tall"]


@pytest.mark.parametrize("handle", ["me", "ME", 'a"b', "a\\b", ""])
def test_handles_can_stand_in_queries(hub: ch.Hub, handle: str) -> None:
    with pytest.raises(ch.InvalidValue):
        hub.members.create(handle)


def test_nobody_enters_a_group_while_not_active(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.groups.create("Team")
    ana.archive()
    with pytest.raises(ch.InvalidValue, match="active"):
        ana.edit(groups=["Team"])
    with pytest.raises(ch.InvalidValue, match="active"):
        hub.contacts.create(name="Rui", status="blocked", groups=["Team"])
    ana.edit(status="active", groups=["Team"])
    ana.edit(status="archived", groups=["Team"])
    assert hub.groups.get("Team").count == 0
