"""Undo: what goes back, what stays since it was changed, what cannot; and who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import contacthub as ch
from contacthub.engine.port import ChangeSet
from contacthub.operations.undo import UndoReport
from contacthub.session import Session


def as_member(hub: ch.Hub, handle: str) -> ch.Hub:
    return ch.Hub(Session(hub.store, actor=handle), ":memory:")


def newest(hub: ch.Hub, summary: str) -> int:
    return next(one.id for one in hub.operations(limit=None) if one.summary == summary)


def buckets(report: UndoReport) -> tuple[list[str], list[str], list[str]]:
    return list(report.reversed), list(report.kept), list(report.failed)


@pytest.mark.parametrize("absent", ["undoable", "action", "arguments"])
def test_an_operation_written_before_a_property_existed_is_read_and_undone(
    hub: ch.Hub, ana: ch.Contact, absent: str
) -> None:
    ids = {"tag": ana.tag("summer").id, "export": ana.tag("summer").id}
    for id in ids.values():
        document = hub.store.get("operations", [id])[id]
        del document[absent]
        hub.store.apply(ChangeSet(put={"operations": {id: document}}))
    assert [hub.operation(id).undoable for id in ids.values()] == [True, False]
    assert hub.verify() == []
    hub.undo(ids["tag"])
    assert hub.find("tag = summer").count == 0


def test_what_a_contact_was_created_with_stays_when_it_stays(hub: ch.Hub, ana: ch.Contact) -> None:
    id = newest(hub, "create Ana")
    ana.edit(name="Ana Lima")
    report = hub.undo(id)
    assert buckets(report) == (
        [], ["Ana Lima: changed since", "Ana Lima: tags vip: the contact stays", "tags vip: is in use"], [],
    )  # fmt: skip
    assert hub.contacts.get(ana.uuid).tags == ["vip"]


def test_what_is_undone_cannot_be_looked_at_as_an_undo(hub: ch.Hub, ana: ch.Contact) -> None:
    operation = ana.tag("summer")
    assert len(hub.plan.undo(operation.id).reversed) == 2
    hub.undo()
    with pytest.raises(ch.Refused) as refused:
        hub.plan.undo(operation.id)
    assert refused.value.code == "already_undone"


def test_an_undo_takes_the_role_that_the_operation_took(hub: ch.Hub) -> None:
    hub.members.create("rui", role="admin")
    promoted = hub.members.change("bia", name="Bia")
    as_member(hub, "rui").members.change("bia", role="agent")
    with pytest.raises(ch.NotAllowed, match="members needs the role admin"):
        hub.undo(promoted.id)


def test_a_redo_takes_it_too(hub: ch.Hub) -> None:
    hub.members.create("rui", role="admin")
    hub.members.change("bia", name="Bia")
    hub.undo()
    as_member(hub, "rui").members.change("bia", role="editor")
    with pytest.raises(ch.NotAllowed, match="members needs the role admin"):
        hub.redo()


def test_who_may_make_a_tag_may_take_it_back(hub: ch.Hub) -> None:
    hub.members.create("rui", role="agent")
    theirs = as_member(hub, "rui")
    theirs.tags.create("summer")
    theirs.undo()
    assert "summer" not in hub.tags


def test_no_undo_takes_the_last_admin_away(hub: ch.Hub) -> None:
    hub.members.create("rui", role="admin")
    as_member(hub, "rui").members.change("bia", role="agent")
    with pytest.raises(ch.Refused) as refused:
        as_member(hub, "rui").undo(newest(hub, "create member rui"))
    assert refused.value.code == "last_admin"
    assert {member.handle: member.role for member in hub.members} == {"bia": "agent", "rui": "admin"}


def rename_a_tag(hub: ch.Hub) -> None:
    hub.tags.create("One")
    hub.groups.create("Ones", query="tag = one")
    hub.tags.rename("One", "Two")


def rename_a_group(hub: ch.Hub) -> None:
    hub.groups.create("One")
    hub.groups.rename("One", "Two")


def rename_a_field(hub: ch.Hub) -> None:
    hub.fields.create("One")
    hub.fields.rename("One", "Two")


def delete_a_list(hub: ch.Hub) -> None:
    hub.lists.create("One")
    hub.lists.delete("One")


def delete_a_group(hub: ch.Hub) -> None:
    hub.groups.create("One")
    hub.groups.delete("One")


def delete_a_search(hub: ch.Hub) -> None:
    hub.searches.create("One", "tag = vip")
    hub.searches.delete("One")


def another_field(hub: ch.Hub) -> None:
    hub.fields.create("Another")
    hub.fields.rename("Another", "ONE")


@pytest.mark.parametrize(
    ("change", "take"),
    [
        (rename_a_tag, lambda hub: hub.tags.create("ONE")),
        (rename_a_group, lambda hub: hub.groups.create("ONE")),
        (rename_a_field, another_field),
        (delete_a_list, lambda hub: hub.lists.create("ONE")),
        (delete_a_group, lambda hub: hub.groups.create("ONE")),
        (delete_a_search, lambda hub: hub.searches.create("ONE", "tag = vip")),
    ],
)
def test_a_name_that_something_else_has_by_now_is_not_given_twice(
    hub: ch.Hub, change: Callable[[ch.Hub], None], take: Callable[[ch.Hub], Any]
) -> None:
    change(hub)
    id = hub.operations(1)[0].id
    take(hub)
    before = {table: dict(documents) for table, documents in hub.session.catalogue.documents.items()}
    report = hub.undo(id)
    assert len(report.failed) == 1
    assert "another one by now" in report.failed[0]
    assert not report.reversed
    assert hub.session.catalogue.documents == before


def test_values_of_a_deleted_field_do_not_come_back_into_one_of_another_type(hub: ch.Hub, ana: ch.Contact) -> None:
    deleted = hub.fields.delete("City")
    hub.fields.create("City", type="number")
    report = hub.undo(deleted.id)
    assert buckets(report) == (
        [],
        [],
        ["fields City: there is another one by now", "Ana: fields.city: the field has changed since"],
    )
    assert hub.contacts.get(ana.uuid).fields == {"age": 36}


def test_a_contact_that_comes_back_finds_its_field_of_another_type(hub: ch.Hub, ana: ch.Contact) -> None:
    deleted = ana.delete()
    hub.fields.retype("Age", "text")
    hub.fields.delete("City")
    report = hub.undo(deleted.id)
    assert len(report.failed) == 2
    assert hub.contacts.get(ana.uuid).fields == {}


def test_a_type_does_not_come_back_under_values_that_are_none_of_it(hub: ch.Hub, ana: ch.Contact) -> None:
    ana.set_field("city", "5")
    retyped = hub.fields.retype("City", "number")
    ana.set_field("city", 7)
    report = hub.undo(retyped.id)
    assert (len(report.reversed), len(report.kept)) == (0, 2)
    assert (hub.fields.get("City").type, hub.contacts.get(ana.uuid).fields["city"]) == ("number", 7)


def test_what_a_query_uses_stays(hub: ch.Hub) -> None:
    hub.fields.create("Height", type="number")
    hub.groups.create("Base")
    hub.groups.create("Tall", query='height > 2 AND group = "Base"')
    for made in ("create field Height", "create group Base"):
        assert buckets(hub.undo(newest(hub, made)))[0] == []
    assert hub.groups.get("Tall").problem is None
    hub.undo(newest(hub, "create group Tall"))
    assert "Tall" not in hub.groups


def test_a_catalogue_goes_back_property_by_property(hub: ch.Hub) -> None:
    renamed = hub.fields.rename("City", "Town")
    hub.fields.feature("Town")
    hub.undo(renamed.id)
    assert (hub.fields.get("City").name, hub.fields.get("City").featured) == ("City", True)


def test_a_deletion_of_somebody_who_wrote_is_taken_back_and_done_again_any_number_of_times(
    hub: ch.Hub, ana: ch.Contact
) -> None:
    document = hub.store.get("contacts", [ana.id])[ana.id]
    for kind in ("tags", "lists", "groups", "imports"):
        document.pop(kind, None)
    document["engagement"] = {**document["engagement"], "received": 3}
    hub.store.apply(ChangeSet(put={"contacts": {ana.id: document}}))
    back = ana.delete().id
    for there in (True, False) * 3:
        report = hub.undo(back)
        assert (list(report.kept), list(report.failed)) == ([], [])
        assert (hub.find("name = Ana").count == 1) is there
        assert report.operation is not None
        back = report.operation.id
    hub.undo(back)
    assert hub.find("name = Ana").count == 1


def test_an_undo_counts_each_contact_once_and_names_it(hub: ch.Hub) -> None:
    people = [hub.contacts.create(name=name, fields={"city": "Recife"}) for name in ("Ana", "Bia", "Bia", "Caio", "")]
    edited = hub.find("").edit(language="por", fields={"city": "Natal"})
    ana, bia, other, caio, nameless = people
    for contact in (ana, nameless):
        contact.set_field("city", "Olinda")
    for contact in (bia, other):
        contact.set_language("spa")
        contact.set_field("city", "Olinda")
    caio.delete()
    report = hub.undo(edited.id)
    assert report.outcomes == {"whole": 0, "in part": 2, "kept": 2, "failed": 1}
    assert report.summary == (
        f"{edited.summary}: 0 contacts undone, 2 in part, 2 kept (changed since), 1 failed (contact deleted since)"
    )
    kept, failed = set(report.kept), set(report.failed)
    assert {"Ana: fields.city: changed since", f"{nameless.ref}: fields.city: changed since"} <= kept
    assert {f"Bia (#{contact.id}): language: changed since" for contact in (bia, other)} <= kept
    assert "Caio: language: contact deleted since" in failed


def test_an_import_goes_by_what_contacts_carry_of_it(hub: ch.Hub, ana: ch.Contact) -> None:
    rows = [{"Phone": "+5521987654321", "Name": "Ana", "Language": "por"}]
    done = hub.imports.preview(pd.DataFrame(rows)).commit()
    [came] = [change for change in hub.contacts.get(ana.uuid).history() if change.property == "imports"]
    assert came.after == done.key
    assert f"Ana: imports {done.key}" in list(hub.undo(done.id).reversed)
    assert next(change.before for change in ana.history() if change.property == "imports") == done.key
