"""Looking closer: explain, why, reachable, match, quality, and frames."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest

import contacthub as ch


@pytest.fixture
def people(hub: ch.Hub, ana: ch.Contact) -> ch.Audience:
    hub.contacts.create(name="Bruno", urns=["tel:+5581911110000"], fields={"age": 17}, tags=["vip", "new"])
    hub.contacts.create(name="Carla", urns=["mailto:carla@example.com"], fields={"age": 50, "city": "Natal"})
    return hub.find("")


def test_explain_tells_the_funnel(hub: ch.Hub, people: ch.Audience) -> None:
    explained = hub.find("tag = vip AND age > 18").explain()
    assert [(step.condition, step.alone, step.together, step.unset) for step in explained.steps] == [
        ('tag = "vip"', 2, 2, 1),
        ("fields.age > 18", 2, 1, 0),
    ]
    assert (explained.everyone, explained.matches, explained.is_funnel) == (3, 1, True)


def test_why_tells_what_decided(hub: ch.Hub, people: ch.Audience, ana: ch.Contact) -> None:
    verdicts = hub.why(ana, "tag = vip AND age > 40")
    assert [(verdict.holds, verdict.values) for verdict in verdicts] == [(True, ("vip",)), (False, (36,))]


def test_reachable_tells_who_and_why_not(hub: ch.Hub, people: ch.Audience) -> None:
    hub.find("name = Ana OR name = Carla").opt_in(proof="form")
    hub.find("name = Bruno").opt_out()
    found = people.reachable(scheme="whatsapp")
    assert [contact.name for contact in found.audience] == ["Ana"]
    assert found.reasons == {"opted out of marketing": 1, "no whatsapp identity": 1}


def test_rows_are_matched_by_phone_and_mail(hub: ch.Hub, people: ch.Audience, ana: ch.Contact) -> None:
    table = pd.DataFrame(
        {
            "tel": ["(21) 98765-4321", "21 8765-4321", "81 91111-0000", "21 99999-0000", "call me", None],
            "mail": ["", "", "CARLA@example.com", None, "carla@example.com", float("nan")],
        },
        index=list("abcdef"),
    )
    found = hub.match(table, phone="tel", email="mail")
    assert list(found["how"]) == ["matched", "matched", "several", "unknown", "matched", "unknown"]
    assert found.loc["a", "uuid"] == found.loc["b", "uuid"] == ana.uuid
    with pytest.raises(ch.InvalidValue, match="no column"):
        hub.match(table, phone="telephone")


def test_a_cell_may_be_a_list_and_a_name_may_stand_over_two_columns(hub: ch.Hub, ana: ch.Contact) -> None:
    table = pd.DataFrame(
        [[["21 98765-4321", None], None], [{"a": 1}, ()], [None, "21 98765-4321"], [True, 5521987654321.0]],
        columns=["tel", "tel"],
    )
    found = hub.match(table, phone="tel")
    assert list(found["how"]) == ["matched", "invalid", "matched", "matched"]
    assert list(found["uuid"].dropna().unique()) == [ana.uuid]


def test_a_match_is_typed_alike_whatever_it_finds(hub: ch.Hub, ana: ch.Contact) -> None:
    numbers = (["21 98765-4321"], ["21 99999-0000"], [])
    types = [hub.match(pd.DataFrame({"tel": some}), phone="tel").dtypes for some in numbers]
    assert types[0].equals(types[1])
    assert types[0].equals(types[2])


def test_a_weak_spelling_is_told_as_weak(hub: ch.Hub) -> None:
    hub.contacts.create(name="Diego", urns=["tel:+5491123456789"])
    found = hub.match(pd.DataFrame({"tel": ["+541123456789"]}), phone="tel")
    assert list(found["how"]) == ["weak"]


def test_quality_counts_what_could_be_tidied(hub: ch.Hub, people: ch.Audience) -> None:
    hub.fields.create("Shoe size")
    hub.tags.create("new!")
    hub.groups.create("One")
    hub.groups.create("Two")
    people.add_to_group("One", "Two")
    report = hub.quality()
    assert report.coverage["city"] == 2
    assert report.unused_fields == ["shoe_size"]
    assert report.unused_tags == ["new!"]
    assert report.alike_tags == [("new", "new!")]
    assert report.equal_groups == [("One", "Two")]


def test_frames_are_typed_and_in_the_audiences_order(hub: ch.Hub, people: ch.Audience) -> None:
    frame = hub.find("", sort="name").to_pandas()
    assert list(frame["name"]) == ["Ana", "Bruno", "Carla"]
    assert frame.index.name == "uuid"
    assert frame["age"].dtype == "Int64"
    assert frame["tags"].tolist() == [("vip",), ("new", "vip"), ()]
    assert str(frame["created_on"].dtype) == "datetime64[us, UTC]"
    assert frame.attrs["query"] == ""
    wide = hub.find("", sort="name").to_pandas(columns=["name", "tags"], wide=True)
    assert wide["tag:vip"].tolist() == [True, True, False]


def test_counts_come_from_the_columns(hub: ch.Hub, people: ch.Audience) -> None:
    counts = people.counts("tag")
    assert dict(zip(counts["tag"], counts["count"], strict=True))["vip"] == 2
    assert people.counts("city", "opt_in")["count"].sum() == 3


def test_an_audience_stays_pinned_until_refreshed(hub: ch.Hub, people: ch.Audience) -> None:
    untagged = hub.find("NOT tag = x")
    untagged.tag("x")
    assert len(untagged) == 3
    assert len(untagged.refresh()) == 0


def test_audiences_combine_as_sets(hub: ch.Hub, people: ch.Audience) -> None:
    vips, adults = hub.find("tag = vip"), hub.find("age >= 18")
    assert (len(vips & adults), len(vips | adults), len(vips - adults)) == (1, 3, 1)


def test_a_split_gives_the_same_people_every_week(hub: ch.Hub, people: ch.Audience) -> None:
    first, second = people.split(test=0.5, control=0.5, seed="a"), hub.find("").split(test=0.5, control=0.5, seed="a")
    assert first["test"].ids == second["test"].ids
    assert len(first["test"] | first["control"]) == 3
    assert people.sample(2, seed="s").ids == hub.find("").sample(2, seed="s").ids


def test_the_tree_counts_everything_there_is_to_look_at(hub: ch.Hub, people: ch.Audience) -> None:
    hub.groups.create("Adults", query="age >= 18")
    hub.find("name = Bruno").archive()
    counts = {(section.title, node.label): node.count for section in hub.tree() for node in section.nodes}
    assert counts["Views", "Available"] == 2
    assert counts["Views", "Archived"] == 1
    assert counts["Views", "Everyone"] == 3
    assert counts["Groups", "Adults"] == 2
    assert counts["Tags", "vip"] == 2
    for section in hub.tree():
        for node in section.nodes:
            assert hub.find(node.query).count == node.count, node.label


def test_a_watch_tells_what_changed_by_whom_ever(hub: ch.Hub, ana: ch.Contact) -> None:
    watch = hub.watch()
    assert watch.poll() is None
    ana.tag("seen")
    update = watch.poll()
    assert update is not None
    assert update.contacts == {ana.uuid}
    assert update.catalogues
    assert watch.poll() is None


def test_automations_tell_which_flow_a_contact_is_in(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.flows.enter(ana, "Registration")
    assert hub.find("flow = registration").uuids == [ana.uuid]
    hub.flows.exit(ana)
    assert hub.find('flow = "" AND history = Registration').uuids == [ana.uuid]
    hub.undo()
    hub.undo()
    assert hub.contacts.get(ana.uuid).flow_history == []


def test_what_changed_nobody_is_nothing_to_undo(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.tag("summer")
    nothing = ana.tag("summer")
    assert (nothing.count, nothing.undoable) == (0, False)
    assert hub.undo().of.summary == "tag summer"
    assert "summer" not in hub.contacts.get(ana.uuid).tags
    with pytest.raises(ch.Refused, match="nothing to take back"):
        hub.undo(nothing.id)


def test_everything_has_a_text_worth_reading(hub: ch.Hub, ana: ch.Contact) -> None:
    operation = ana.tag("<b>")
    assert repr(operation) == f"<Operation {operation.id} · tag <b> · 1 contact · bia>"
    assert "&lt;b&gt;" in operation._repr_html_()
    assert "&lt;b&gt;" in ana._repr_html_()
    assert repr(hub.undo()) == "<tag <b>: 1 contact undone>"
    assert repr(hub.find("tag = vip")) == '<Audience of 1: tag = "vip">'
    assert "vip" in hub.find("")._repr_html_()


def test_a_frame_has_every_identity_whole_and_one_phone_to_show(hub: ch.Hub) -> None:
    hub.contacts.create(name="A", urns=["mailto:a@example.com", "whatsapp:5521987654321"])
    hub.contacts.create(name="B", urns=["tel:12345"])
    hub.contacts.create(name="C")
    frame = hub.find("", sort="name").to_pandas(columns=["name", "phone", "urns"])
    assert frame["urns"].tolist() == [("mailto:a@example.com", "whatsapp:5521987654321"), ("tel:12345",), ()]
    assert frame["phone"].fillna("").tolist() == ["+5521987654321", "", ""]
    assert hub.find("", sort="name").to_pandas()["urns"].tolist() == frame["urns"].tolist()


@pytest.mark.parametrize(
    ("query", "steps", "is_funnel"),
    [
        ("age >= 18 AND NOT tag = vip", [("fields.age >= 18", 2, 2), ('NOT tag = "vip"', 1, 1)], True),
        ("(name = ana OR name = bruno) AND age > 18", [('name = "ana" OR name = "bruno"', 2, 2),
                                                       ("fields.age > 18", 2, 1)], True),
        ("tag = new OR age > 18", [('tag = "new"', 1, 1), ("fields.age > 18", 2, 3)], False),
        ("active_30d = no", [('active_30d = "no"', 3, 3)], True),
    ],
)  # fmt: skip
def test_the_funnel_follows_the_parts_of_the_query(
    hub: ch.Hub, people: ch.Audience, query: str, steps: list[tuple[str, int, int]], is_funnel: bool
) -> None:
    explained = hub.find(query).explain()
    assert [(step.condition, step.alone, step.together) for step in explained.steps] == steps
    assert explained.is_funnel == is_funnel
    assert explained.steps[-1].together == explained.matches == len(hub.find(query))


def test_explain_keeps_to_its_audience(hub: ch.Hub, people: ch.Audience) -> None:
    combined = hub.find("tag = vip") - hub.find("age < 18")
    assert (combined.explain().matches, combined.explain().steps) == (1, [])
    christmas = datetime(2020, 12, 25, 12, tzinfo=UTC)
    assert hub.find("created_on = today", now=christmas).explain().matches == 0


def test_why_names_groups_and_nots(hub: ch.Hub, people: ch.Audience, ana: ch.Contact) -> None:
    hub.groups.create("Adults", query="age >= 18")
    verdicts = hub.why(ana, "group = Adults AND NOT tag = vip AND active_30d = no")
    assert [(v.condition, v.holds, v.values) for v in verdicts] == [
        ('group = "Adults"', True, ("Adults",)),
        ('NOT tag = "vip"', False, ("vip",)),
        ('active_30d = "no"', True, ()),
    ]


def test_an_instant_without_a_zone_is_the_hubs(hub: ch.Hub, ana: ch.Contact) -> None:
    late = datetime(2026, 11, 22, 1)
    assert hub.find("created_on = yesterday", now=late).count == 1
    for wrong in ("2026-11-21", 5):
        with pytest.raises(ch.InvalidValue):
            hub.find("age > 1", now=wrong)  # type: ignore[arg-type]
    with pytest.raises(ch.InvalidValue):
        hub.find(None)  # type: ignore[arg-type]
    assert hub.find(hub.parse("age > 1")).count == 1
