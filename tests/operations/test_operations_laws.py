"""Laws of operations: a plan says exactly what applying it does; an undo gives the hub back; what was changed since
is kept; no sequence of changes and undos breaks an invariant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
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


class Time:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def team(time: Time | None = None) -> Iterator[ch.Hub]:
    """A hub of six people with something of everything."""
    with ch.open(":memory:", create=True, actor="bia", clock=time or Time()) as hub:
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
    """The hub as a value, times of change aside, with what the ledger says of consent."""
    now = hub.session.now()
    contacts = {c.uuid: {**c.as_dict(), "modified_on": None, "opt_in_at": c.opt_in_at(now)} for c in hub.find("")}
    catalogues = {
        table: sorted(map(str, hub.session.catalogue.documents[table].values()))
        for table in ("fields", "groups", "lists", "tags", "members", "settings", "searches")
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
        assert hub.verify() == []
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
        assert hub.verify() == []


@pytest.mark.parametrize(("kind", "arguments", "options"), VERB_CALLS)
def test_what_is_cancelled_has_changed_nothing(kind: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
    def stop(done: int, total: int | None) -> None:
        raise ch.Cancelled

    with team() as hub:
        before, known = everything(hub), len(hub.operations(None))
        audience = hub.find("")
        try:
            operation = getattr(audience, kind)(*arguments, progress=stop, **options)
        except ch.Cancelled:
            assert everything(hub) == before
            assert len(hub.operations(None)) == known
        else:
            assert not operation.recorded.values, "what reads documents tells of its progress"


def test_applying_a_plan_again_changes_nobody() -> None:
    with team() as hub:
        for kind, arguments, options in VERB_CALLS:
            if kind != "delete":
                getattr(hub.find(""), kind)(*arguments, **options)
                assert getattr(hub.plan, kind)(hub.find(""), *arguments, **options).will_change == 0, kind


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


CONSENT_SAID = st.sampled_from(["", "yes", "no"])
CHAIN = st.lists(st.sampled_from(["undo", "redo", "undo it", "edit and undo"]), min_size=1, max_size=8)


@given(consents=st.lists(st.tuples(CONSENT_SAID, CONSENT_SAID), min_size=1, max_size=3), chain=CHAIN)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_chain_of_undo_and_redo_of_an_import_gives_one_of_two_hubs(
    consents: list[tuple[str, str]], chain: list[str]
) -> None:
    """Of people who come with a consent, each to a hub that knows them and to one that does not."""
    time = Time()
    with team(time) as hub:
        for person, (known, _) in zip(PEOPLE, consents, strict=False):
            if known:
                one = hub.find(f"name = {person}")
                one.opt_in(proof="form 7") if known == "yes" else one.opt_out()
        time.now += timedelta(seconds=1)
        rows = [
            {"Phone": f"+55{area}9{8000_0000 + i}", "Opt In": said, "Opt In On": "2026-11-20", "Tags": "fair"}
            for area in (81, 11)
            for i, (_, said) in enumerate(consents)
        ]
        before = everything(hub)
        done = hub.imports.preview(pd.DataFrame(rows)).commit()
        states = [before, everything(hub)]
        assert states[0] != states[1]
        there, undone = True, 0
        for step in chain:
            time.now += timedelta(seconds=1)
            if step == "edit and undo":
                edited = hub.find("").tag("summer")
                time.now += timedelta(seconds=1)
                assert hub.undo(edited.id).kept[:] == []
                continue
            if (step == "redo") == there:
                continue
            if step == "redo":
                report = hub.undo(undone)
            else:
                report = hub.undo(done.id if step == "undo it" else None)
                undone = hub.operations(1)[0].id
            there = step == "redo"
            assert (report.kept[:], report.failed[:]) == ([], [])
            assert everything(hub) == states[there]
            assert hub.verify() == []


def test_who_was_opted_out_by_an_import_goes_again_after_a_redo() -> None:
    time = Time()
    with team(time) as hub:
        done = hub.imports.preview(pd.DataFrame({"Phone": ["(81) 98111-2222"], "Opt In": ["não"]})).commit()
        for back in (lambda: hub.undo(done.id), hub.redo, lambda: hub.undo(done.id)):
            time.now += timedelta(seconds=1)
            back()
        assert hub.contacts.by_urn("tel:+5581981112222") is None


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


CATALOGUE_CALLS = {
    "rename a tag": lambda hub: hub.tags.rename("vip", "Very important"),
    "rename it back": lambda hub: hub.tags.rename("Very important", "vip"),
    "make a tag": lambda hub: hub.tags.create("vip"),
    "merge tags": lambda hub: hub.tags.merge(["new one"], into="vip"),
    "delete a tag": lambda hub: hub.tags.delete("new one"),
    "rename a field": lambda hub: hub.fields.rename("City", "Town"),
    "delete a field": lambda hub: hub.fields.delete("Town"),
    "make a field": lambda hub: hub.fields.create("City"),
    "make it a number": lambda hub: hub.fields.retype("City", "number", clear=True),
    "make it a text": lambda hub: hub.fields.retype("City", "text"),
    "rename a group": lambda hub: hub.groups.rename("Team", "Crew"),
    "delete a group": lambda hub: hub.groups.delete("Team"),
    "make a group": lambda hub: hub.groups.create("Team", query="tag = vip OR city = Recife"),
    "delete a list": lambda hub: hub.lists.delete("Sales"),
    "save a search": lambda hub: hub.searches.create("Search", "tag = vip AND age > 20", shared=True),
    "a member leaves": lambda hub: hub.members.delete("rui"),
    "a member comes": lambda hub: hub.members.create("rui", role="editor"),
}


def merge_two(hub: ch.Hub) -> None:
    people = hub.find("", sort="name").page(limit=2)
    if len(people) == 2:
        hub.contacts.merge(*people)


def one(hub: ch.Hub, sort: str = "name") -> ch.Contact:
    return next(iter(hub.find("", sort=sort).page(limit=1)), None) or hub.contacts.create(name="Somebody")


CONTACT_CALLS = {
    "merge": merge_two,
    "edit": lambda hub: one(hub).edit(name="Ana Lima", fields={"age": 7, "city": "12"}, tags=["a"]),
    "identity": lambda hub: one(hub, "-name").edit(urns=["tel:+5581980000000"]),
    "create": lambda hub: hub.contacts.create(name="Gil", urns=["tel:+5581980000001"], tags=["new one"]),
    "opt out then": lambda hub: one(hub).opt_out(occurred_at="2026-01-01"),
    "opt in before": lambda hub: one(hub).opt_in(proof="x", occurred_at="2025-01-01"),
}
NAMED_CALLS = {**CATALOGUE_CALLS, **CONTACT_CALLS}
WHO = st.sampled_from(["bia", "rui"])
STEPS = st.lists(
    st.one_of(
        st.tuples(WHO, st.sampled_from(VERB_CALLS), st.sampled_from(QUERIES)),
        st.tuples(WHO, st.sampled_from(list(NAMED_CALLS)), st.none()),
        st.tuples(WHO, st.sampled_from(["undo", "redo"]), st.none()),
        st.tuples(WHO, st.just("undo one"), st.integers(0, 6)),
    ),
    max_size=12,
)


def take_step(hub: ch.Hub, call: Any, argument: Any) -> None:
    if call == "undo one":
        hub.undo(hub.operations()[argument].id)
    elif call in ("undo", "redo"):
        getattr(hub, call)()
    elif isinstance(call, str):
        NAMED_CALLS[call](hub)
    else:
        kind, arguments, options = call
        getattr(hub.find(argument), kind)(*arguments, **options)


def check_invariants(hub: ch.Hub) -> None:
    assert hub.verify() == []
    names = {
        table: [str(document["name"]).casefold() for document in hub.session.catalogue.documents[table].values()]
        for table in ("fields", "groups", "lists", "tags")
    }
    assert all(len(set(of_table)) == len(of_table) for of_table in names.values()), names
    types = {field.key: float | int if field.type == "number" else str for field in hub.fields}
    for contact in hub.find(""):
        for urn in contact.urns:
            assert hub.contacts.by_urn(urn) == contact
        assert {tag.casefold() for tag in contact.tags} <= set(names["tags"])
        for key, value in contact.fields.items():
            assert isinstance(value, types[key]), (key, value)
        assert contact.opt_in_at(hub.session.now()) == contact.opt_in["marketing"]
    assert hub.tree()


@given(steps=STEPS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_work_of_two_people_keeps_all_invariants(steps: list[tuple[str, Any, Any]]) -> None:
    time = Time()
    with team(time) as hub:
        rui = ch.Hub(type(hub.session)(hub.store, actor="rui", clock=time), ":memory:")
        for actor, call, argument in steps:
            time.now += timedelta(seconds=1)
            try:
                take_step({"bia": hub, "rui": rui}[actor], call, argument)
            except (ch.NotFound, ch.Refused, ch.NotAllowed, ch.InvalidValue, ch.QueryError):
                continue
            check_invariants(hub)
