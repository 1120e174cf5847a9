"""The preview and its commit: outcomes, changes with reasons, policies, limits, undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looking import codes, everybody, outcomes

import contacthub as ch
from contacthub.hub import Hub
from contacthub.imports import Preview

File = Callable[..., str]


def changes(preview: Preview) -> list[tuple[Any, ...]]:
    return list(preview.changes[["row", "property", "before", "after", "reason"]].itertuples(index=False, name=None))


def test_new_contacts_are_created_as_shown(hub: Hub, file: File) -> None:
    path = file("Nome;Telefone;Idade;Etiquetas;Entrada\nAna Lima;(21) 98765-4321;36;vip, novo;01/05/2026\n")
    preview = hub.imports.preview(path)
    assert len(hub.contacts) == 0
    assert changes(preview) == [
        (2, "name", None, "Ana Lima", "set"),
        (2, "fields.idade", None, 36, "set"),
        (2, "fields.entrada", None, "2026-05-01", "normalised from '01/05/2026'"),
        (2, "tags", [], ["novo", "vip"], "added"),
        (2, "urns", [], ["tel:+5521987654321"], "set"),
    ]
    result = preview.commit()
    (contact,) = everybody(hub)
    assert (result.created, result.updated) == (1, 0)
    assert contact.fields == {"idade": 36, "entrada": "2026-05-01"}
    assert (contact.tags, contact.urns, contact.source) == (["novo", "vip"], ["tel:+5521987654321"], "import")
    assert hub.find('import = "people.csv"').count == 1


def test_the_same_file_again_changes_nothing(hub: Hub, file: File) -> None:
    path = file(
        "Name,Phone,Tags,Field:Age,Language,Opt In,Groups\n"
        'Ana,21 98765-4321,"vip, a",36,pt-BR,yes,Fair\n'
        "Ana L,21 98765-4321,b,37,,,\n"
        'Bia,+55 21 8765-4322,,,--,no,"Fair, Other"\n'
    )
    hub.imports.preview(path).commit()
    again = hub.imports.preview(path)
    assert outcomes(again) == ["unchanged"] * 3
    assert len(again.changes) == 0
    assert again.commit().updated == 0


def test_a_preview_writes_nothing(hub: Hub, file: File) -> None:
    before = hub.store.cursor()
    hub.imports.preview(file("Name,Phone,Tags\nAna,21 98765-4321,new\n")).problems
    assert not hub.store.changes(before)


def test_the_hash_is_that_of_what_would_happen(hub: Hub, file: File) -> None:
    path = file("Name,Phone\nAna,21 98765-4321\nBia,21 98765-4322\n")
    preview = hub.imports.preview(path)
    assert hub.imports.preview(path).hash == preview.hash
    assert hub.imports.preview(path, mapping={"Name": "ignore"}).hash != preview.hash
    before = preview.hash
    preview.mend(2, "Name", "Ana Lima")
    assert preview.hash != before


@pytest.mark.parametrize(
    ("row", "outcome", "code"),
    [
        ("Ana,98765-4321,,", "error", "phone_no_area_code"),
        ('Ana,"5,52199E+12",,', "error", "phone_digits_lost"),
        ("Ana,call me,,", "error", "invalid_phone"),
        ("Ana,21 98765-4321,old,", "error", "invalid_number"),
        ("Ana,21 98765-4321,,31/02/2026", "error", "invalid_date"),
        ("Ana,,36,", "skipped", "no_identity"),
        (f"{'A' * 129},21 98765-4321,,", "error", "too_long"),
        ("TESTE,21 98765-4321,,", "create", "odd_name"),
        ("Ana,21 98765-4321 ramal 12,,", "create", "extension_dropped"),
        ("Ana,0800 123 4567,,", "create", "toll_free"),
    ],
)
def test_problems_of_a_row_by_code(hub: Hub, file: File, row: str, outcome: str, code: str) -> None:
    hub.fields.create("Age", type="number")
    hub.fields.create("Joined", type="datetime")
    preview = hub.imports.preview(file(f"Name,Phone,Age,Joined\n{row}\nBia,21 98765-4399,1,2026-05-01\n"))
    assert outcomes(preview) == [outcome, "create"]
    assert code in codes(preview, 2)


def test_one_bad_row_never_refuses_the_file(hub: Hub, file: File) -> None:
    result = hub.imports.preview(file("Name,Phone\nAna,x\nBia,21 98765-4322\n")).commit()
    assert (result.created, [contact.name for contact in everybody(hub)]) == (1, ["Bia"])


def test_several_numbers_in_a_cell_are_several_identities(hub: Hub, file: File) -> None:
    hub.imports.preview(file("Name;Phone\nAna;21 98765-4321 / 21 3333-4444\n")).commit()
    (contact,) = everybody(hub)
    assert contact.urns == ["tel:+5521987654321", "tel:+552133334444"]


def test_area_code_mends_a_column(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Name,Phone\nAna,98765-4321\n"), area_code="21")
    preview.commit()
    assert hub.contacts.by_urn("tel:+5521987654321").name == "Ana"


@pytest.mark.parametrize(
    ("policy", "text", "name", "reasons"),
    [
        ("set", "Ana Souza", "Ana Souza", ["set"]),
        ("fill", "Ana Souza", "Ana", []),
        ("keep", "Ana Souza", "Ana", []),
        ("set", "", "Ana", []),
        ("set", "--", "", ["cleared"]),
        ("fill", "--", "Ana", []),
    ],
)
def test_policies_of_values(hub: Hub, file: File, policy: str, text: str, name: str, reasons: list[str]) -> None:
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    path = file(f"Name,Phone,City\n{text},21 98765-4321,Recife\n")
    preview = hub.imports.preview(path, mapping={"Name": {"target": "Name", "policy": policy}, "City": "ignore"})
    assert preview.changes["reason"].tolist() == reasons
    assert len(preview.kept) == (not reasons and text != "")
    preview.commit()
    assert hub.contacts.by_urn("tel:+5521987654321").name == name


def test_fill_fills_what_is_empty_and_keep_does_not(hub: Hub, file: File) -> None:
    hub.fields.create("City", type="text")
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    path = file("Phone,City\n21 98765-4321,Recife\n21 98765-4322,Olinda\n")
    for policy, expected in (("keep", [None, "Olinda"]), ("fill", ["Recife", "Olinda"])):
        hub.imports.preview(path, mapping={"City": {"target": "Field:City", "policy": policy}}).commit()
        cities = [hub.contacts.by_urn(f"tel:+552198765432{n}").fields.get("city") for n in (1, 2)]
        assert cities == expected


@pytest.mark.parametrize(
    ("policy", "cell", "expected"),
    [
        ("add", "b, c", ["a", "b", "c"]), ("replace", "b, c", ["b", "c"]), ("remove", "b", ["a"]),
        ("add", "", ["a", "b"]), ("add", "--", []), ("replace", "", ["a", "b"]),
    ],
)  # fmt: skip
def test_policies_of_sets(hub: Hub, file: File, policy: str, cell: str, expected: list[str]) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], tags=["a", "b"])
    preview = hub.imports.preview(
        file(f'Phone;Tags\n21 98765-4321;"{cell}"\n'), mapping={"Tags": {"target": "Tags", "policy": policy}}
    )
    preview.commit()
    assert hub.contacts.get(ana.uuid).tags == expected


def test_identities_are_attached_replaced_and_removed(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321", "mailto:ana@example.com"])

    def imported(cell: str, policy: str) -> list[str]:
        path = file(f"E-mail;Phone\nana@example.com;{cell}\n")
        hub.imports.preview(path, mapping={"Phone": {"target": "Phone", "policy": policy}}).commit()
        return hub.contacts.get(ana.uuid).urns

    assert imported("21 98765-4322", "add") == [
        "tel:+5521987654321", "mailto:ana@example.com", "tel:+5521987654322",
    ]  # fmt: skip
    assert imported("21 98765-4322", "remove") == ["tel:+5521987654321", "mailto:ana@example.com"]
    assert imported("21 98765-4323", "replace") == ["mailto:ana@example.com", "tel:+5521987654323"]
    assert imported("--", "add") == ["mailto:ana@example.com"]


def test_another_spelling_of_the_number_is_the_same_contact(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["whatsapp:552187654321"])
    preview = hub.imports.preview(file("Name,Phone\nAna Lima,21 98765-4321\n"))
    assert preview.rows["contact"].tolist() == [ana.uuid]
    preview.commit()
    assert hub.contacts.get(ana.uuid).urns == ["whatsapp:552187654321"]


def test_a_uuid_decides_and_an_unknown_one_is_an_error(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    other = "5a4eb79e-ee3f-4fb8-a68b-4e9d0b6f0d9c"
    preview = hub.imports.preview(file(f"UUID,Name\n{ana.uuid},Zoé\n{other},Bia\nnonsense,Rui\n"))
    assert outcomes(preview) == ["update", "error", "error"]
    assert codes(preview, 3) == ["unknown_uuid"]
    assert codes(preview, 4) == ["invalid_uuid"]


def test_only_narrows_an_import(hub: Hub, file: File) -> None:
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    path = file("Name,Phone\nAna Lima,21 98765-4321\nBia,21 98765-4322\n")
    assert outcomes(hub.imports.preview(path, only="update")) == ["update", "skipped"]
    assert outcomes(hub.imports.preview(path, only="create")) == ["skipped", "create"]


def test_everybody_gets_the_tags_and_the_group(hub: Hub, file: File) -> None:
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    path = file("Name,Phone\nAna,21 98765-4321\nBia,21 98765-4322\n")
    preview = hub.imports.preview(path, add={"tags": ["fair-2026"]}, group="Fair")
    assert preview.summary["new_tags"] == ["fair-2026"]
    assert preview.summary["new_groups"] == ["Fair"]
    preview.commit()
    assert hub.find("tag = fair-2026 AND group = Fair").count == 2


def test_status_acts_and_active_reactivates_only_when_asked(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    hub.imports.preview(file("Phone,Status\n21 98765-4321,blocked\n")).commit()
    assert hub.contacts.get(ana.uuid).status == "blocked"
    back = file("Phone,Status\n21 98765-4321,active\n")
    preview = hub.imports.preview(back)
    assert (outcomes(preview), codes(preview, 2)) == (["unchanged"], ["kept_status"])
    preview = hub.imports.preview(back, reactivate=True)
    assert preview.summary["reactivated"] == 1
    preview.commit()
    assert hub.contacts.get(ana.uuid).status == "active"


def test_an_opt_out_needs_later_evidence(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    hub.imports.preview(file("Phone,Opt In,Opt In On\n21 98765-4321,no,2026-03-01\n")).commit()
    assert hub.contacts.get(ana.uuid).opt_in == {"marketing": "no"}

    def state(row: str) -> str:
        preview = hub.imports.preview(file(f"Phone,Opt In,Opt In On,Opt In Proof\n21 98765-4321,{row}\n"))
        preview.commit()
        return hub.contacts.get(ana.uuid).opt_in["marketing"]  # type: ignore[no-any-return]

    assert state("yes,,") == "no"
    assert state("yes,2026-02-01,form 7") == "no"
    assert state("yes,2026-04-01,") == "no"
    assert state("yes,2026-04-01,form 7") == "yes"


def test_an_import_makes_no_members(hub: Hub, file: File) -> None:
    hub.members.create("bia", name="Bia Reis", email="bia@example.org", role="admin")
    path = file("Phone;Assignee\n2198765432;Bia Reis\n2198765433;BIA@example.org\n2198765434;Nobody\n")
    preview = hub.imports.preview(path)
    assert outcomes(preview) == ["create", "create", "error"]
    assert "unknown_member" in codes(preview, 4)
    preview.commit()
    assert {contact.assignee for contact in everybody(hub)} == {"bia"}


def test_a_dynamic_group_is_no_target(hub: Hub, file: File) -> None:
    hub.fields.create("Age", type="number")
    hub.groups.create("Adults", query="age >= 18")
    preview = hub.imports.preview(file("Phone,Groups\n2198765432,Adults\n"))
    assert (outcomes(preview), codes(preview, 2)) == (["error"], ["dynamic_group"])


def test_a_group_column_puts_in_and_takes_out(hub: Hub, file: File) -> None:
    hub.groups.create("VIP")
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    ana.add_to_group("VIP")
    hub.imports.preview(file("Phone,Group:VIP\n21 98765-4321,no\n21 98765-4322,sim\n")).commit()
    assert [contact.phone for contact in hub.find("group = VIP").page()] != [ana.phone]
    assert hub.find("group = VIP").count == 1


def test_decimal_sign_and_date_order_are_decided_by_the_column(hub: Hub, file: File) -> None:
    hub.fields.create("Price", type="number")
    hub.fields.create("Joined", type="datetime")
    text = "Phone;Price;Joined\n2198765432;1.234;03/04/2026\n2198765433;2.500,50;12/31/2026\n"
    preview = hub.imports.preview(file(text))
    preview.commit()
    fields = hub.contacts.by_urn("tel:+552198765432").fields
    assert fields == {"price": 1234, "joined": "2026-03-04"}


def test_what_the_values_leave_open_is_told(hub: Hub, file: File) -> None:
    hub.fields.create("Price", type="number")
    hub.fields.create("Joined", type="datetime")
    preview = hub.imports.preview(file("Phone;Price;Joined\n2198765432;1.234;03/04/2026\n"))
    assert {"decimal_open", "date_order_open"} <= set(codes(preview))
    preview.commit()
    assert hub.contacts.by_urn("tel:+552198765432").fields == {"price": 1.234, "joined": "2026-04-03"}


def test_long_numbers_stay_exact(hub: Hub, file: File) -> None:
    hub.fields.create("Card", type="number")
    hub.imports.preview(file("Phone,Card\n2198765432,12345678901234567890\n")).commit()
    (contact,) = everybody(hub)
    assert contact.fields["card"] == "12345678901234567890"


def test_a_commit_stops_where_somebody_changed_a_value(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    hub.contacts.create(name="Bia", urns=["tel:+5521987654322"])
    preview = hub.imports.preview(file("Name,Phone\nAna Lima,21 98765-4321\nBia Reis,21 98765-4322\n"))
    hub.contacts.edit(ana.uuid, name="Ana Souza")
    with pytest.raises(ch.PlanOutdated) as error:
        preview.commit()
    assert error.value.rows == [2]
    assert hub.contacts.by_urn("tel:+5521987654322").name == "Bia"
    assert preview.replan().commit().updated == 2


def test_a_commit_goes_on_where_other_values_changed(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    preview = hub.imports.preview(file("Name,Phone\nAna Lima,21 98765-4321\n"))
    hub.contacts.edit(ana.uuid, language="por")
    hub.tags.create("unrelated")
    assert preview.commit().updated == 1
    assert (hub.contacts.get(ana.uuid).name, hub.contacts.get(ana.uuid).language) == ("Ana Lima", "por")


def test_a_commit_stops_where_an_identity_was_taken(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Name,Phone\nAna,21 98765-4321\nBia,21 98765-4322\n"))
    hub.contacts.create(name="Eva", urns=["whatsapp:552187654322"])
    with pytest.raises(ch.PlanOutdated) as error:
        preview.commit()
    assert (error.value.rows, len(hub.contacts)) == ([3], 1)


def test_a_commit_stops_where_a_contact_is_gone_or_a_field_is_there(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    preview = hub.imports.preview(file("Name,Phone\nAna Lima,21 98765-4321\n"))
    hub.contacts.delete(ana.uuid)
    with pytest.raises(ch.PlanOutdated):
        preview.commit()
    preview = hub.imports.preview(file("Phone,Size\n21 98765-4321,M\n"))
    hub.fields.create("Size", type="number")
    with pytest.raises(ch.PlanOutdated):
        preview.commit()


def test_undo_takes_back_what_the_import_did(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], tags=["old"])
    text = "Name,Phone,Tags,E-mail,Age\nAna Lima,21 98765-4321,new,ana@example.com,36\nBia,21 98765-4322,new,,7\n"
    result = hub.imports.preview(file(text)).commit()
    hub.undo(result.id)
    assert len(hub.contacts) == 1
    contact = hub.contacts.get(ana.uuid)
    assert (contact.name, contact.tags, contact.urns, contact.fields) == ("Ana", ["old"], ["tel:+5521987654321"], {})


def test_an_edited_frame_comes_back(hub: Hub) -> None:
    hub.fields.create("Score", type="number")
    hub.fields.create("Joined", type="datetime")
    fields = {"score": "12345678901234567890", "joined": "2026-05-01"}
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321", "telegram:123456"], tags=["a, b"], fields=fields)
    bia = hub.contacts.create(name="Bia", urns=["mailto:bia@example.com"], language="por")
    frame = hub.find("").to_pandas()
    assert outcomes(hub.imports.preview(frame)) == ["unchanged", "unchanged"]
    frame.loc[bia.uuid, "score"] = 7
    preview = hub.imports.preview(frame)
    assert [(row[1], row[3]) for row in changes(preview)] == [("fields.score", 7)]
    preview.commit()
    assert hub.contacts.get(bia.uuid).fields == {"score": 7}


def test_messages_come_in_three_languages(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Name,Phone\nAna,98765-4321\n"), language="pt")
    message = preview.problems["message"].iloc[-1]
    assert "não tem DDD" in message
    assert "no tiene código de área" in preview.problems_in("es")["message"].iloc[-1]
    assert "has no area code" in preview.problems_in("en")["message"].iloc[-1]


def test_a_viewer_may_not_preview(tmp_path: Path, file: File) -> None:
    with ch.open(tmp_path / "a.hub", create=True, actor="bia") as hub:
        hub.members.create("bia", role="admin")
        hub.members.create("eva", role="viewer")
    with ch.open(tmp_path / "a.hub", actor="eva") as hub, pytest.raises(ch.NotAllowed):
        hub.imports.preview(file("Phone\n2198765432\n"))


def test_who_asked_to_be_forgotten_is_skipped(tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTACTHUB_SECRET", "a secret of this test")
    with ch.open(tmp_path / "a.hub", create=True, actor="bia") as hub:
        ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
        hub.contacts.forget(ana.uuid, confirm="Ana")
        preview = hub.imports.preview(file("Name,Phone\nAna,+552187654321\nBia,+5521987654322\n"))
        assert outcomes(preview) == ["skipped", "create"]
        assert preview.summary["skipped_because"] == {"asked_to_be_forgotten": 1}


def test_the_uuid_of_a_merged_contact_is_its_survivor(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    old = hub.contacts.create(name="Ana", urns=["mailto:ana@example.com"])
    hub.contacts.merge(ana.uuid, old.uuid)
    preview = hub.imports.preview(file(f"UUID,Name\n{old.uuid},Ana Lima\n"))
    assert preview.rows["contact"].tolist() == [ana.uuid]


def test_who_would_enter_and_leave_dynamic_groups(hub: Hub, file: File) -> None:
    hub.fields.create("Age", type="number")
    hub.groups.create("VIP")
    hub.groups.create("Adults", query="age >= 18")
    hub.groups.create("Tagged", query="tag = new AND group = VIP")
    hub.groups.create("Untouched", query="age > 90")
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], fields={"age": 36})
    hub.contacts.create(name="Bia", urns=["tel:+5521987654322"], fields={"age": 7})
    rows = ("21 98765-4321,17,", "21 98765-4322,18,new", "21 98765-4323,40,new", "21 98765-4324,3,")
    preview = hub.imports.preview(file("\n".join(["Phone,Age,Tags", *rows])), group="VIP")
    assert preview.summary["groups"] == {"Adults": (2, 1), "Tagged": (2, 0)}
    preview.commit()
    assert hub.find("group = Adults").count == 2
    assert hub.find("group = Tagged").count == 2


def test_what_is_committed_is_what_was_listed(hub: Hub, file: File) -> None:
    """Every value of every contact after the commit is the one before, or one that `changes` lists."""
    hub.fields.create("Age", type="number")
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], fields={"age": 36}, tags=["old"], remarks="kept")
    hub.contacts.create(name="Bia", urns=["tel:+5521987654322"], language="por")
    text = (
        "Name,Phone,Age,Tags,Language,Remarks,E-mail\n"
        "Ana Lima,21 98765-4321,37,new,eng,,ana@example.com\nAna,21 98765-4321,--,,,--,\n"
        "Bia,21 98765-4322,,,por,hello,\nEva,21 98765-4323,5,a,,,\nEva Reis,21 98765-4323,6,b,spa,,\n"
    )
    tracked = ("name", "urns", "language", "remarks", "tags", "status", "assignee", "fields")

    def values() -> dict[str, dict[str, Any]]:
        return {
            contact.uuid: {key: contact.as_dict()[key] for key in tracked} for contact in hub.find("").page()
        }  # fmt: skip

    before = values()
    preview = hub.imports.preview(file(text))
    listed = preview.changes
    preview.commit()
    after = values()
    for uuid, document in before.items():
        expected = {**document, "fields": dict(document["fields"])}
        for change in listed[listed["contact"] == uuid].itertuples():
            if change.property.startswith("fields."):
                expected["fields"][change.property[7:]] = change.after
            else:
                expected[change.property] = change.after
        expected["fields"] = {key: value for key, value in expected["fields"].items() if value is not None}
        assert after[uuid] == expected
    (new,) = after.keys() - before.keys()
    made = {change.property: change.after for change in listed[listed["contact"].isna()].itertuples()}
    assert made == {
        "name": after[new]["name"], "urns": after[new]["urns"], "tags": after[new]["tags"],
        "language": "spa", "fields.age": 6,
    }  # fmt: skip


def test_no_value_is_none_among_changes_beside_a_blank_text(hub: Hub, file: File) -> None:
    hub.contacts.create(urns=["tel:+5521987654321"])
    preview = hub.imports.preview(file("Name,Phone,Field:Age\nAna,21 98765-4321,old\n"))
    assert preview.changes["before"].tolist() == ["", None]
