"""Contacts through the front door: created, read, edited, deleted, found by any spelling of their identities."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import contacthub as ch


def test_a_contact_has_the_documents_properties(hub: ch.Hub, ana: ch.Contact) -> None:
    document = ana.as_dict()
    assert document["urns"] == ["tel:+5521987654321"]
    assert document["fields"] == {"age": 36, "city": "Recife"}
    assert document["tags"] == ["vip"]
    assert document["opt_in"] == {"marketing": "unknown"}
    assert document["source"] == "manual"
    assert document["country"] == "BR"
    assert document["engagement"] == {"received": 0, "sent": 0, "delivered": 0, "read": 0, "failed": 0}
    assert (ana.name, ana.initials, ana.first_name, ana.phone, ana.phone_kind) == (
        "Ana", "A", "Ana", "+5521987654321", "tel",
    )  # fmt: skip
    assert hub.contacts.get(ana.uuid) == ana
    assert len(hub.contacts) == 1


@pytest.mark.parametrize("spelling", ["whatsapp:552187654321", "whatsapp:5521987654321", "tel:(21) 98765-4321"])
def test_every_strong_spelling_reaches_the_same_person(hub: ch.Hub, ana: ch.Contact, spelling: str) -> None:
    assert hub.contacts.by_urn(spelling) == ana


def test_nobody_has_an_unknown_identity(hub: ch.Hub, ana: ch.Contact) -> None:
    assert hub.contacts.by_urn("whatsapp:5581911112222") is None
    with pytest.raises(ch.NotFound, match="no contact with the uuid"):
        hub.contacts.get(uuid4())


def test_an_identity_belongs_to_one_contact(hub: ch.Hub, ana: ch.Contact) -> None:
    with pytest.raises(ch.InvalidValue, match="already belongs to Ana") as refused:
        hub.contacts.create(name="Somebody else", urns=["whatsapp:552187654321"])
    assert refused.value.code == "urn_taken"
    assert len(hub.contacts) == 1


def test_an_edit_names_what_it_changes_and_none_clears(hub: ch.Hub, ana: ch.Contact) -> None:
    operation = hub.contacts.edit(ana.uuid, name="Ana Lima", fields={"age": 37}, language="por")
    assert operation.contacts == [ana.uuid]
    changed = hub.contacts.get(ana.uuid)
    assert (changed.name, changed.language) == ("Ana Lima", "por")
    assert changed.fields == {"age": 37, "city": "Recife"}

    hub.contacts.edit(ana.uuid, language=None, fields={"city": None}, tags=None)
    cleared = hub.contacts.get(ana.uuid)
    assert (cleared.language, cleared.fields, cleared.tags) == (None, {"age": 37}, [])


def test_giving_up_an_identity_frees_it_for_others(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.contacts.edit(ana.uuid, urns=["mailto:ana@example.com"])
    rui = hub.contacts.create(name="Rui", urns=["tel:+5521987654321"])
    assert hub.contacts.by_urn("whatsapp:552187654321") == rui
    assert hub.contacts.by_urn("mailto:ANA@example.com") == ana


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"name": "x" * 129}, "too_long"),
        ({"urns": ["fax:123"]}, "unknown_scheme"),
        ({"urns": ["tel:98765-4321"]}, "phone_no_area_code"),
        ({"language": "portuguese"}, "invalid_language"),
        ({"fields": {"age": "old"}}, "invalid_number"),
        ({"fields": {"height": 1}}, "unknown_field"),
        ({"status": "sleeping"}, "invalid_status"),
        ({"assignee": "nobody"}, "unknown_member"),
        ({"groups": ["Nowhere"]}, "unknown_group"),
        ({"tags": ["x" * 65]}, "too_long"),
        ({"tags": [f"t{i}" for i in range(101)]}, "too_many_tags"),
        ({"created_on": "2020-01-01"}, "unknown_property"),
    ],
)
def test_a_value_that_a_property_cannot_hold_is_refused_and_nothing_changes(
    hub: ch.Hub, ana: ch.Contact, properties: dict[str, Any], code: str
) -> None:
    before = ana.as_dict()
    with pytest.raises(ch.InvalidValue) as refused:
        hub.contacts.edit(ana.uuid, **properties)
    assert refused.value.code == code
    assert hub.contacts.get(ana.uuid).as_dict() == before


def test_two_people_edit_different_properties_and_both_edits_stay(hub: ch.Hub, ana: ch.Contact) -> None:
    mine, yours = hub.contacts.get(ana.uuid), hub.contacts.get(ana.uuid)
    mine.edit(name="Ana Lima")
    yours.edit(language="por")
    assert (hub.contacts.get(ana.uuid).name, hub.contacts.get(ana.uuid).language) == ("Ana Lima", "por")


def test_the_same_property_changed_by_somebody_else_is_not_overwritten(hub: ch.Hub, ana: ch.Contact) -> None:
    mine, yours = hub.contacts.get(ana.uuid), hub.contacts.get(ana.uuid)
    mine.edit(name="Ana Lima")
    with pytest.raises(ch.PlanOutdated, match="Somebody else has changed name"):
        yours.edit(name="Ana Souza")
    assert hub.contacts.get(ana.uuid).name == "Ana Lima"


def test_a_deleted_contact_comes_back_with_everything(hub: ch.Hub, ana: ch.Contact) -> None:
    before = ana.as_dict()
    hub.contacts.delete(ana.uuid)
    assert (len(hub.contacts), hub.contacts.by_urn("tel:+5521987654321")) == (0, None)
    report = hub.undo()
    assert not report.failed
    after = hub.contacts.get(ana.uuid).as_dict()
    assert {**after, "modified_on": None} == {**before, "modified_on": None}
    assert hub.contacts.by_urn("whatsapp:552187654321") == ana


def test_numbers_beyond_fifteen_digits_stay_exact(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.contacts.edit(ana.uuid, fields={"age": "12345678901234567890.5"})
    assert hub.contacts.get(ana.uuid).fields["age"] == "12345678901234567890.5"
    assert hub.find("age = 12345678901234567890.5").uuids == [ana.uuid]
    assert hub.find("age > 12345678901234567890.4 AND age < 12345678901234567890.6").count == 1


def test_redaction_shows_no_identity(hub: ch.Hub, ana: ch.Contact) -> None:
    hub.settings.update(redact_urns=True)
    hidden = hub.contacts.get(ana.uuid)
    assert "98765" not in repr(hidden) + str(hidden.as_dict()) + hidden.phone
    with pytest.raises(ch.QueryError) as refused:
        hub.find("tel = +5521987654321")
    assert refused.value.code == "redacted_urns"
    with pytest.raises(ch.NotAllowed, match="hidden"):
        hub.contacts.by_urn("tel:+5521987654321")
    assert hub.find(ana.ref).uuids == [ana.uuid]


def test_consent_is_read_by_purpose_and_noted_by_the_same_name(hub: ch.Hub, ana: ch.Contact) -> None:
    assert ana.opt_in == {"marketing": "unknown"}
    operation = ana.opt_in(proof="form 3")
    assert operation.contacts == [ana.uuid]
    assert ana.opt_in["marketing"] == "yes"
    assert hub.find("opt_in = yes AND opt_in_source = form").uuids == [ana.uuid]
    ana.opt_out(occurred_at="2020-01-01")
    assert ana.opt_in["marketing"] == "yes", "what was said later decides"
    with pytest.raises(ch.InvalidValue, match="needs a proof"):
        ana.opt_in(proof="")


def test_a_hub_is_a_file_that_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ch.NotFound):
        ch.open(tmp_path / "none.hub")
    with pytest.raises(ch.NotFound, match="no hub that this version opens"):
        ch.open("postgresql://localhost/audience")
    with ch.open(tmp_path / "new.hub", create=True) as hub:
        hub.contacts.create(name="Ana")
    with ch.open(tmp_path / "new.hub", read_only=True) as hub:
        assert [contact.name for contact in hub.find("name = ana")] == ["Ana"]
        with pytest.raises(ch.NotAllowed, match="read-only"):
            hub.contacts.create(name="Bruno")


def test_tinydb_reads_the_same_documents_with_everything_merged_in(hub: ch.Hub, ana: ch.Contact) -> None:
    from tinydb import Query

    hub.groups.create("Team")
    ana.add_to_group("Team")
    table = hub.store.db.table("contacts")
    found = table.search(Query().name == "Ana")
    assert len(found) == 1
    assert found[0]["tags"] == ["vip"]
    assert found[0]["groups"] == [hub.groups.get("Team").uuid]
    with pytest.raises(ch.NotAllowed):
        table.insert({"name": "by the back door"})
    hub.store.db.table("notes").insert({"mine": True})
    assert hub.store.db.table("notes").all() == [{"mine": True}]
