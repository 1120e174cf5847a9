"""Laws of operations: a plan says exactly what applying it does; an undo gives the hub back; what was changed since
is kept; no sequence of changes and undos breaks an invariant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import contacthub as ch
from contacthub.operations.verbs import VERBS

PEOPLE = ("Ana", "Bruno", "Carla", "Davi", "Elisa", "Fábio")

VERB_CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("tag", ("vip",), {}),
    ("tag", ("new one", "vip"), {}),
    ("untag", ("vip",), {}),
    ("add_to_group", ("Team",), {}),
    ("remove_from_group", ("Team",), {}),
    ("add_to_list", ("Sales",), {}),
    ("remove_from_list", ("Sales",), {}),
    ("assign", ("bia",), {}),
    ("assign", (["bia", "rui"],), {"balanced": True}),
    ("unassign", (), {}),
    ("set_field", ("city", "Natal"), {}),
    ("set_field", ("age", 40), {}),
    ("clear_field", ("city",), {}),
    ("set_language", ("por",), {}),
    ("edit", (), {"language": "spa", "remarks": "met at the fair", "fields": {"age": None, "city": "Natal"}}),
    ("opt_in", ("marketing",), {"proof": "form 7"}),
    ("opt_out", ("marketing",), {}),
    ("block", (), {}),
    ("stop", (), {}),
    ("archive", (), {}),
    ("reactivate", (), {}),
    ("delete", (), {}),
]
QUERIES = ("", "tag = vip", "age > 30", "NOT city = Recife", "status = active", 'name ~ "ana"')


@contextmanager
def team() -> Iterator[ch.Hub]:
    """A hub of six people with something of everything."""
    with ch.open(":memory:", create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.members.create("bia", name="Bia")
        hub.members.create("rui", name="Rui", role="editor")
        hub.fields.create("Age", type="number")
        hub.fields.create("City")
        hub.groups.create("Team")
        hub.groups.create("Adults", query="age >= 18")
        for i, name in enumerate(PEOPLE):
            hub.contacts.create(
                name=name,
                urns=[f"tel:+55819{8000_0000 + i}"],
                fields={"age": 20 + 5 * i, "city": "Recife" if i % 2 else None},
                tags=["vip"] if i < 3 else [],
                groups=["Team"] if i in (1, 4) else [],
            )
        yield hub


def everything(hub: ch.Hub) -> dict[str, Any]:
    """The hub as a value, times of change aside."""
    contacts = {c.uuid: {**c.as_dict(), "modified_on": None} for c in hub.find("")}
    catalogues = {
        table: sorted(map(str, hub.session.catalogue.documents[table].values()))
        for table in ("fields", "groups", "lists", "tags", "members", "settings")
    }
    return {"contacts": contacts, **catalogues}


def test_every_verb_is_exercised() -> None:
    assert {kind for kind, _, _ in VERB_CALLS} == set(VERBS)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(("kind", "arguments", "options"), VERB_CALLS)
def test_a_plan_says_what_apply_does_and_an_undo_takes_it_back(
    kind: str, arguments: tuple[Any, ...], options: dict[str, Any], query: str
) -> None:
    with team() as hub:
        before = everything(hub)
        audience = hub.find(query)
        plan = getattr(hub.plan, kind)(audience, *arguments, **options)
        assert everything(hub) == before, "to plan changes nothing"
        assert plan.will_change + plan.already + sum(plan.cannot.values()) == len(audience)

        operation = plan.apply(expect=len(audience))
        assert operation.count == plan.will_change == len(operation.contacts)
        after = everything(hub)
        changed = {uuid for uuid, contact in before["contacts"].items() if after["contacts"].get(uuid) != contact}
        assert changed == set(operation.contacts)

        if not operation.undoable:
            assert after == before
            return
        report = hub.undo(operation.id)
        assert not report.kept
        assert not report.failed
        assert everything(hub) == before

        hub.redo()
        assert everything(hub) == after


def test_applying_a_plan_again_changes_nobody() -> None:
    with team() as hub:
        for kind, arguments, options in VERB_CALLS:
            if kind != "delete":
                getattr(hub.find("age > 30"), kind)(*arguments, **options)
                assert getattr(hub.plan, kind)(hub.find("age > 30"), *arguments, **options).will_change == 0, kind


def test_an_undo_keeps_what_was_changed_since() -> None:
    with team() as hub:
        operation = hub.find("").set_field("city", "Natal")
        ana = hub.contacts.by_urn("tel:+5581980000000")
        assert ana is not None
        ana.edit(fields={"city": "Olinda"})
        report = hub.undo(operation.id)
        assert len(report.kept) == 1
        assert len(report.reversed) == len(PEOPLE) - 1
        assert hub.contacts.get(ana.uuid).fields["city"] == "Olinda"


def test_an_undo_fails_only_where_its_contact_is_gone() -> None:
    with team() as hub:
        operation = hub.find("").tag("summer")
        hub.find("name = Ana").delete()
        report = hub.undo(operation.id)
        assert (len(report.failed), len(report.kept)) == (1, 0)
        assert hub.find("tag = summer").count == 0


def test_undo_and_redo_walk_back_and_forth() -> None:
    with team() as hub:
        first = hub.find("tag = vip").tag("one")
        second = hub.find("tag = vip").tag("two")
        assert hub.undo().of.id == second.id
        assert hub.undo().of.id == first.id
        hub.redo()
        hub.redo()
        assert hub.find("tag = one AND tag = two").count == 3
        assert hub.undo().of.id == second.id
        with pytest.raises(ch.Refused, match="undone already"):
            hub.undo(second.id)


def test_undo_takes_back_ones_own_work_only() -> None:
    with team() as hub:
        hub.find("name = Ana").tag("mine")
        rui = ch.Hub(type(hub.session)(hub.store, actor="rui"), ":memory:")
        rui.find("name = Ana").tag("yours")
        assert hub.undo().of.summary == "tag mine"
        assert hub.find("tag = yours").count == 1


def test_an_audience_that_changed_is_refused_and_told() -> None:
    with team() as hub:
        people = hub.find("city = Recife")
        seen = len(people)
        hub.find("name = Ana").set_field("city", "Recife")
        with pytest.raises(ch.AudienceChanged) as refused:
            people.tag("x", expect=seen)
        assert len(refused.value.entered) == 1
        assert not refused.value.left
        assert hub.find("tag = x").count == 0
        people.refresh().tag("x", expect=seen + 1)


def test_a_plan_that_no_longer_holds_is_refused() -> None:
    with team() as hub:
        plan = hub.plan.tag(hub.find("name = Ana"), "summer")
        hub.find("name = Ana").tag("summer")
        with pytest.raises(ch.PlanOutdated):
            plan.apply()


def test_blocked_contacts_keep_their_static_groups_for_later() -> None:
    with team() as hub:
        people = hub.find("name = Bruno")
        people.block()
        assert hub.find("group = Team").count == 1
        assert hub.find('group = "" AND name = Bruno').count == 1
        people.reactivate()
        assert hub.find("group = Team").count == 2


def test_to_delete_more_than_a_thousand_needs_the_count() -> None:
    with ch.open(":memory:", create=True, actor="bia") as hub:
        from contacthub.engine.port import ChangeSet
        from contacthub.model.contact import new_document

        ids = hub.store.reserve("contacts", 1_001)
        documents = {id: new_document(now=hub.session.now(), source="manual", name=f"n{id}") for id in ids}
        hub.store.apply(ChangeSet(put={"contacts": documents}))
        with pytest.raises(ch.Refused, match="expect=1001"):
            hub.find("").delete()
        assert hub.find("").delete(expect=1_001).count == 1_001


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["bia", "rui"]), st.sampled_from(VERB_CALLS), st.sampled_from(QUERIES)),
        st.tuples(st.sampled_from(["bia", "rui"]), st.sampled_from(["undo", "redo"]), st.none()),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_work_of_two_people_keeps_all_invariants(steps: list[tuple[str, Any, Any]]) -> None:
    with team() as hub:
        hubs = {"bia": hub, "rui": ch.Hub(type(hub.session)(hub.store, actor="rui"), ":memory:")}
        for actor, call, query in steps:
            try:
                if query is None:
                    getattr(hubs[actor], call)()
                else:
                    kind, arguments, options = call
                    getattr(hubs[actor].find(query), kind)(*arguments, **options)
            except (ch.NotFound, ch.Refused):
                continue
        assert hub.verify() == []
        for contact in hub.find(""):
            for urn in contact.urns:
                assert hub.contacts.by_urn(urn) == contact
            assert set(contact.tags) <= {tag.name for tag in hub.tags}


def test_a_plan_tells_of_contacts_that_are_gone() -> None:
    with team() as hub:
        people = hub.find("")
        assert len(people) == len(PEOPLE)
        hub.find("name = Ana").delete()
        for kind, arguments, options in VERB_CALLS:
            plan = getattr(hub.plan, kind)(people, *arguments, **options)
            assert plan.cannot["deleted since"] == 1, kind
            assert plan.will_change + plan.already + sum(plan.cannot.values()) == len(PEOPLE), kind


def test_a_plan_does_not_overwrite_what_somebody_changed_since() -> None:
    with team() as hub:
        plan = hub.plan.set_field(hub.find(""), "city", "Natal")
        hub.find("name = Ana").set_field("city", "Olinda")
        with pytest.raises(ch.PlanOutdated):
            plan.apply()
        assert hub.find("city = Olinda").count == 1


def test_a_combination_is_evaluated_again() -> None:
    with team() as hub:
        both = hub.find("age > 30") & hub.find("status = active")
        seen = len(both)
        hub.find("name = Ana").set_field("age", 50)
        with pytest.raises(ch.AudienceChanged, match="1 entered"):
            both.tag("x", expect=seen)
        assert len(both.refresh()) == seen + 1


def test_a_hundred_tags_are_the_limit() -> None:
    with team() as hub:
        hub.find("name = Ana").tag(*[f"t{i}" for i in range(98)])  # and vip: 99
        plan = hub.plan.tag(hub.find("tag = vip"), "vip", "one more")
        assert (plan.will_change, plan.cannot) == (3, {})
        plan.apply()
        plan = hub.plan.tag(hub.find("tag = vip"), "too much")
        assert (plan.will_change, plan.cannot) == (2, {"would have more than 100 tags": 1})


def test_the_status_of_many_has_verbs_of_its_own() -> None:
    with team() as hub, pytest.raises(ch.InvalidValue, match="use block"):
        hub.find("").edit(status="blocked")


def test_a_cancelled_verb_changes_nothing() -> None:
    def cancel(done: int, total: int | None) -> None:
        raise ch.Cancelled("enough")

    with team() as hub:
        before = everything(hub)
        for kind, arguments, options in VERB_CALLS:
            if getattr(hub.plan, kind)(hub.find(""), *arguments, **options).will_change:
                with pytest.raises(ch.Cancelled):
                    getattr(hub.find(""), kind)(*arguments, **options, progress=cancel)
                assert everything(hub) == before, kind
