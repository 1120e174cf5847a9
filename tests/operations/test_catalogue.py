"""Fields, groups, tags, lists, members and settings: changed as operations, with what depends on them looked after."""

from __future__ import annotations

import pytest

import contacthub as ch
from contacthub.model.member import MAY, ROLES
from contacthub.session import Session


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Age group", "age_group"),
        ("Data de Nascimento", "data_de_nascimento"),
        ("Prénom", "prenom"),
        ("E-mail 2", "e_mail_2"),
        ("年齢", "field_1"),
    ],
)
def test_the_key_of_a_field_follows_from_its_name(hub: ch.Hub, name: str, key: str) -> None:
    assert hub.fields.create(name).key == key


@pytest.mark.parametrize("name", ["", "x" * 37, "a/b", "2nd", "Has", "fields", "Created On", "last seen on"])
def test_names_that_cannot_be_fields_are_refused(hub: ch.Hub, name: str) -> None:
    with pytest.raises(ch.InvalidValue) as refused:
        hub.fields.create(name)
    assert refused.value.code == "invalid_field"


def test_a_field_is_there_once(hub: ch.Hub) -> None:
    with pytest.raises(ch.Refused, match="already"):
        hub.fields.create("AGE")


def test_a_renamed_field_keeps_its_key_so_queries_go_on(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.fields.rename("Age", "Years")
    assert hub.fields.get("years").key == "age"
    assert hub.find("age = 36").uuids == [ana.uuid]


def test_another_type_is_shown_first_and_converts_the_values(hub: ch.Hub, ana: ch.Contact) -> None:
    plan = hub.plan.retype("City", "number")
    assert (plan.converts, plan.fails) == (0, {ana.uuid: "Recife"})
    with pytest.raises(ch.Refused, match="'Recife'"):
        hub.fields.retype("City", "number")
    hub.fields.retype("Age", "text")
    assert hub.contacts.get(ana.uuid).fields["age"] == "36"
    assert hub.find("age ~ 36").count == 1
    hub.undo()
    assert hub.find("age > 35").count == 1
    hub.fields.retype("City", "number", clear=True)
    assert "city" not in hub.contacts.get(ana.uuid).fields
    hub.undo()
    assert hub.contacts.get(ana.uuid).fields["city"] == "Recife"


def test_a_type_that_would_break_a_groups_query_is_refused(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.groups.create("Adults", query="age >= 18")
    with pytest.raises(ch.Refused, match="Adults"):
        hub.fields.retype("Age", "text")


def test_a_deleted_field_takes_its_values_along_and_comes_back_with_them(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.fields.delete("Age")
    assert hub.contacts.get(ana.uuid).fields == {"city": "Recife"}
    with pytest.raises(ch.QueryError):
        hub.find("age = 36")
    hub.undo()
    assert hub.find("age = 36").uuids == [ana.uuid]


def test_what_a_dynamic_group_asks_about_cannot_be_deleted(hub: ch.Hub) -> None:
    hub.groups.create("Adults", query="age >= 18")
    with pytest.raises(ch.Refused, match="used by the group Adults"):
        hub.fields.delete("Age")


def test_fields_are_arranged_and_featured(hub: ch.Hub) -> None:
    hub.fields.arrange(["City"])
    hub.fields.feature("City")
    assert [field.key for field in hub.fields] == ["city", "age"]
    assert hub.fields.get("city").featured


def test_a_dynamic_group_is_always_current(hub: ch.Hub, ana: ch.Contact) -> None:
    group = hub.groups.create("Adults", query="age >= 18")
    assert (group.is_dynamic, group.count, hub.groups.of(ana)) == (True, 1, ["Adults"])
    ana.edit(fields={"age": 17})
    assert (hub.groups.get("adults").count, hub.groups.of(ana)) == (0, [])


def test_groups_may_use_groups_but_not_themselves(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.groups.create("VIPs")
    ana.add_to_group("VIPs")
    hub.groups.create("Grown VIPs", query='group = "VIPs" AND age > 18')
    assert hub.groups.of(ana) == ["Grown VIPs", "VIPs"]
    hub.groups.create("Outer", query='group = "Grown VIPs"')
    with pytest.raises(ch.QueryError) as refused:
        hub.groups.change_query("Grown VIPs", 'group = "Outer"')
    assert refused.value.code == "group_cycle"


def test_queries_follow_a_group_that_is_renamed(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.groups.create("VIPs")
    ana.add_to_group("VIPs")
    hub.groups.create("Grown VIPs", query='group = "VIPs" AND age > 18')
    hub.groups.rename("VIPs", "Friends")
    assert hub.groups.get("Grown VIPs").count == 1
    assert "Friends" in str(hub.groups.get("Grown VIPs").query)


def test_queries_follow_a_tag_that_is_renamed(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.groups.create("Friends", query="tag = vip AND age > 18")
    hub.searches.create("Search", "tag = vip")
    hub.tags.rename("vip", "friend")
    assert hub.groups.get("Friends").count == hub.searches.get("Search").audience.count == 1
    hub.undo()
    assert hub.groups.get("Friends").query == 'tag = "vip" AND fields.age > 18'


def test_a_new_field_leaves_what_stored_queries_ask(hub: ch.Hub, ana: ch.Contact) -> None:
    """A field wins over an attribute of contacthub that has its name."""
    hub.groups.create("Friends", query="tag = vip AND NOT reachable = yes")
    hub.searches.create("Phones", "98765 AND opt_in.utility = unknown")
    hub.groups.create("Grown", query="group = Friends AND age > 18")
    for name in ("Tag", "Phone", "Opt in"):
        hub.fields.create(name)
    assert hub.groups.get("Friends").query == 'contact.tag = "vip" AND NOT reachable = "yes"'
    assert [hub.groups.get(name).count for name in ("Friends", "Grown")] == [1, 1]
    assert hub.searches.get("Phones").audience.count == 1
    assert hub.find("tag = vip").count == 0
    for _ in range(3):
        hub.undo()
    assert hub.groups.get("Friends").query == 'tag = "vip" AND NOT reachable = "yes"'
    assert hub.find("tag = vip").count == 1


@pytest.mark.parametrize("name", ["", "x" * 65, 'say "hi"', "back\\slash", "it's"])
def test_names_that_cannot_be_groups_are_refused(hub: ch.Hub, name: str) -> None:
    with pytest.raises(ch.InvalidValue):
        hub.groups.create(name)


def test_nobody_is_put_into_a_dynamic_group_by_hand(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.groups.create("Adults", query="age >= 18")
    with pytest.raises(ch.Refused, match="made by the query"):
        ana.add_to_group("Adults")


def test_limits_are_settings(hub: ch.Hub) -> None:
    hub.settings.update(max_fields=2, max_groups=1)
    with pytest.raises(ch.Refused, match="max_fields"):
        hub.fields.create("One more")
    hub.groups.create("One")
    with pytest.raises(ch.Refused, match="max_groups"):
        hub.groups.create("Two")


def test_tags_are_renamed_merged_and_coloured(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.tag("V.I.P.")
    hub.tags.merge(["vip"], into="V.I.P.")
    assert hub.contacts.get(ana.uuid).tags == ["V.I.P."]
    hub.tags.rename("v.i.p.", "VIP")
    assert hub.find("tag = vip").count == 1
    hub.tags.color("VIP", "#2e7d32")
    assert hub.tags.get("VIP").color == "#2e7d32"
    hub.undo()
    hub.undo()
    hub.undo()
    assert hub.contacts.get(ana.uuid).tags == ["V.I.P.", "vip"]


def test_lists_are_arranged_and_hidden(hub: ch.Hub) -> None:
    for name in ("Support", "Sales"):
        hub.lists.create(name)
    hub.lists.arrange(["Sales", "Support"])
    hub.lists.hide("Support")
    assert [(item.name, item.hidden) for item in hub.lists] == [("Sales", False), ("Support", True)]


def test_snapshots_tell_who_came_and_who_left(hub: ch.Hub, ana: ch.Contact, clock) -> None:
    hub.groups.create("Adults", query="age >= 18")
    hub.groups.snapshot("Adults")
    clock.forward(days=8)
    rui = hub.contacts.create(name="Rui", fields={"age": 40})
    ana.edit(fields={"age": 10})
    assert hub.groups.entered("Adults", since="-7d").uuids == [rui.uuid]
    assert hub.groups.left("Adults", since="-7d").uuids == [ana.uuid]
    assert hub.groups.entered("Adults", since="-30d").uuids == [rui.uuid], "its first snapshot is the oldest known"
    hub.groups.create("VIPs")
    with pytest.raises(ch.NotFound, match="no snapshot"):
        hub.groups.entered("VIPs", since="-30d")


def test_the_first_member_is_oneself_and_the_last_admin_stays(hub: ch.Hub) -> None:
    hub.members.create("rui", role="agent")
    assert {member.handle: member.role for member in hub.members} == {"bia": "admin", "rui": "agent"}
    with pytest.raises(ch.Refused, match="needs an admin"):
        hub.members.change("bia", role="viewer")
    with pytest.raises(ch.NotAllowed, match="no member"):
        Session(hub.store, actor="stranger")


@pytest.mark.parametrize("role", ROLES)
def test_the_core_refuses_what_a_role_may_not_do(hub: ch.Hub, ana: ch.Contact, role: str) -> None:
    hub.members.create("rui", role=role)
    session = Session(hub.store, actor="rui")
    theirs = ch.Hub(session, ":memory:")
    attempts = {
        "tag": lambda: theirs.find("").tag("vip"),
        "create_contact": lambda: theirs.contacts.create(name="X"),
        "delete": lambda: theirs.find("name = X").delete(),
        "groups": lambda: theirs.groups.create("G"),
        "fields": lambda: theirs.fields.create("F"),
        "undo_others": lambda: theirs.undo(hub.find("name = Ana").tag("mine").id),
        "settings": lambda: theirs.settings.update(name="Theirs"),
        "members": lambda: theirs.members.create("eva"),
    }
    for action, attempt in attempts.items():
        if ROLES.index(role) >= ROLES.index(MAY[action]):
            attempt()
        else:
            with pytest.raises(ch.NotAllowed, match=MAY[action]):
                attempt()


def test_a_viewer_never_sees_identities(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.members.create("eva", role="viewer")
    theirs = ch.Hub(Session(hub.store, actor="eva"), ":memory:")
    assert "98765" not in str(theirs.contacts.get(ana.uuid).as_dict())
    assert "98765" not in theirs.find("").to_pandas().to_csv()


def test_settings_are_checked_and_undone(hub: ch.Hub) -> None:
    with pytest.raises(ch.InvalidValue, match="country code"):
        hub.settings.update(country="XX")
    with pytest.raises(ch.InvalidValue, match="no setting"):
        hub.settings.update(colour="red")
    hub.settings.update(date_order="mdy")
    hub.undo()
    assert hub.settings.date_order == "dmy"


def test_searches_are_saved_for_oneself_or_for_all(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.members.create("rui", role="agent")
    hub.searches.create("Mine", "tag = vip")
    hub.searches.create("Ours", "created_on > 01/02/2020", shared=True)
    theirs = ch.Hub(Session(hub.store, actor="rui"), ":memory:")
    assert [search.name for search in theirs.searches] == ["Ours"]
    hub.settings.update(date_order="mdy")
    assert theirs.searches.get("ours").query == 'created_on > "2020-02-01"', "dates are kept in ISO form"
    assert hub.searches.get("Mine").audience.uuids == [ana.uuid]
    with pytest.raises(ch.NotAllowed):
        theirs.searches.delete("Ours")


def test_a_hub_has_purposes_of_its_own(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.settings.update(purposes=["research"])
    ana.opt_in("research", proof="form 9")
    assert hub.find("opt_in.research = yes").uuids == [ana.uuid]
    with pytest.raises(ch.InvalidValue, match="no purpose"):
        ana.opt_in("reserch", proof="form 9")


def test_a_purpose_that_somebody_has_answered_stays(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.settings.update(purposes=["research", "events"])
    ana.opt_out("research")
    with pytest.raises(ch.Refused, match="research") as caught:
        hub.settings.update(purposes=["events"])
    assert caught.value.code == "in_use"
    hub.settings.update(purposes=["research"])
    assert hub.settings.purposes == ("research",)


def test_who_changed_this_is_one_call(hub: ch.Hub, ana: ch.Contact, clock) -> None:
    hub.members.create("rui", role="editor")
    theirs = ch.Hub(Session(hub.store, actor="rui", surface="tui"), ":memory:")
    theirs.contacts.edit(ana.uuid, fields={"city": "Natal"})
    change = ana.history("fields.city")[0]
    assert (change.operation.actor, change.operation.surface) == ("rui", "tui")
    assert (change.before, change.after) == ("Recife", "Natal")
    assert [change.property for change in ana.history(actor="rui")] == ["fields.city"]
    assert set(hub.history(contact=ana)["kind"]) == {"create", "edit"}
    assert len(hub.history(actor="rui")) == 1
