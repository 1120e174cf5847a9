"""Which contact a row means, and what becomes of several rows for one: ways, conflicts, decisions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking import codes, everybody, outcomes

import contacthub as ch
from contacthub.hub import Hub

File = Callable[..., str]
A, B = "21 98765-4321", "21 98765-4322"


NAMES = ["", "Ana", "Ana Lima", "Lima", "Zoe", "Ana Zoe"]
COLUMNS = {
    "Name": NAMES, "URN:Ext": ["", "0", "1", "2"], "URN:Mailto": ["", "a@example.com", "b@example.com"],
    "URN:Tel": ["", "+5521987654321", "+5521987654322"], "Tags": ["", "x", "y"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("way", "expected", "name", "tags"),
    [
        ("merge", ["create", "create"], "Ana Lima", ["a", "b"]),
        ("first", ["create", "skipped"], "Ana", ["a"]),
        ("last", ["skipped", "create"], "Ana Lima", ["b"]),
        ("error", ["create", "error"], "Ana", ["a"]),
    ],
)
def test_several_rows_for_one_contact(
    hub: Hub, file: File, way: str, expected: list[str], name: str, tags: list[str]
) -> None:
    path = file("Name,Phone,Tags\nAna,21 98765-4321,a\nAna Lima,+552187654321,b\n")
    preview = hub.imports.preview(path, duplicates=way)
    assert outcomes(preview) == expected
    assert {"duplicate_row", "duplicate_error"} & set(preview.problems["code"])
    preview.commit()
    (contact,) = everybody(hub)
    assert (contact.name, contact.tags) == (name, tags)


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        # The first row leads to the last only by way of the second, whose e-mail nobody gets.
        (
            "Name,Phone,E-mail\nAna,21 98765-4321,a@example.com\nAna,,a@example.com\nAna,21 98765-4321,\n",
            {"duplicates": "last"},
        ),
        ("Name,Phone,URN:Ext\nAna,21 98765-4321,1\nAna,21 98765-4322,1\nAna,21 98765-4322,\n", {"duplicates": "last"}),
        # The third row joins what the first two have made two of.
        ("Name,Phone,URN:Ext\nAna,21 98765-4321,\nAna,,1\nAna,21 98765-4321,1\nAna,,1\n", {"duplicates": "last"}),
        ("Phone,Status\n21 98765-4321,blocked\n21 98765-4321,active\n", {}),
        ("URN:Ext,Phone\n0,--\n0,21 98765-4321\n1,21 98765-4321\n", {}),
        (
            "Phone,Groups,Group:VIPs\n21 98765-4321,--,yes\n21 98765-4321,,yes\n",
            {"mapping": {"Group:VIPs": {"target": "Group:VIPs", "policy": "keep"}}},
        ),
    ],
    ids=[
        "identities of passed-over rows",
        "a chain of rows",
        "rows joined later",
        "blocked, then active",
        "a phone that goes and comes",
        "cleared, and kept",
    ],
)
def test_rows_that_contradict_each_other_come_to_the_same_when_imported_again(
    hub: Hub, file: File, rows: str, options: dict[str, Any]
) -> None:
    hub.groups.create("VIPs")
    path = file(rows)
    hub.imports.preview(path, **options).commit()
    assert len(everybody(hub)) == 1
    again = hub.imports.preview(path, **options)
    assert (again.summary["create"], again.summary["update"], again.changes.to_dict("records")) == (0, 0, [])


def test_an_identity_to_be_taken_away_tells_whom_a_row_is_about_and_makes_nobody(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321", "mailto:ana@example.com"])
    preview = hub.imports.preview(
        file("Phone\n21 98765-4321\n21 98765-4322\n"), mapping={"Phone": {"target": "URN:Tel", "policy": "remove"}}
    )
    assert outcomes(preview) == ["update", "skipped"]
    assert codes(preview, 3) == ["no_identity"]
    preview.commit()
    assert hub.contacts.get(ana.uuid).urns == ["mailto:ana@example.com"]
    assert len(everybody(hub)) == 1


def test_a_row_that_names_two_contacts_is_a_conflict(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    bia = hub.contacts.create(name="Bia", urns=["mailto:bia@example.com"])
    preview = hub.imports.preview(file("Phone,E-mail\n21 98765-4321,bia@example.com\n"))
    assert outcomes(preview) == ["conflict"]
    assert f"Ana ({ana.uuid}), Bia ({bia.uuid})" in preview.problems["message"].iloc[-1]
    assert preview.problems["value"].iloc[-1] == "Ana, Bia"


def test_an_identity_of_somebody_else_is_a_conflict_that_names_them(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    hub.contacts.create(name="Bia", urns=["mailto:bia@example.com"])
    preview = hub.imports.preview(file(f"UUID,E-mail\n{ana.uuid},bia@example.com\n"))
    assert outcomes(preview) == ["conflict"]
    assert "owned_by_other" in codes(preview, 2)
    assert "Bia" in preview.problems["message"].iloc[-1]


def test_a_mothers_phone_for_three_children(hub: Hub, file: File) -> None:
    path = file("Name,Phone\nJoão Silva,21 98765-4321\nMaria Souza,21 98765-4321\nPedro,21 98765-4321\n")
    preview = hub.imports.preview(path)
    assert outcomes(preview) == ["create", "conflict", "conflict"]
    assert "name_differs" in codes(preview, 3)
    preview.resolve("skip", row=3)
    preview.resolve("create", row=4)
    assert outcomes(preview) == ["create", "skipped", "create"]
    preview.commit()
    assert sorted((contact.name, contact.urns) for contact in everybody(hub)) == [
        ("João Silva", ["tel:+5521987654321"]), ("Pedro", []),
    ]  # fmt: skip


def test_names_that_differ_are_decided_for_all_rows(hub: Hub, file: File) -> None:
    hub.contacts.create(name="Beatriz", urns=["tel:+5521987654321"])
    hub.contacts.create(name="José", urns=["tel:+5521987654322"])
    preview = hub.imports.preview(file("Name,Phone\nBia,21 98765-4321\nZé,21 98765-4322\n"))
    assert outcomes(preview) == ["conflict", "conflict"]
    preview.resolve("update")
    assert outcomes(preview) == ["update", "update"]


def test_what_is_seen_of_several_rows_for_one_contact_is_what_is_done(hub: Hub, file: File) -> None:
    hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    rows = ("Ana,1,a", "Ana,1,b", "Bia,2,", "Bia,2,c", "Bia,2,c", "Caio,3,")
    preview = hub.imports.preview(
        file("Name,Phone,Tags\n" + "".join(row.replace(",", ",21 98765-432", 1) + "\n" for row in rows))
    )
    assert outcomes(preview) == ["update", "update", "create", "create", "unchanged", "create"]
    result = preview.commit()
    assert (result.created, result.updated) == (2, 1)
    assert (preview.summary["created_contacts"], preview.summary["updated_contacts"]) == (2, 1)
    assert len(hub.contacts) == 3


def again_is_nothing(hub: Hub, path: str | Path, **options: Any) -> None:
    again = hub.imports.preview(path, **options)
    assert (again.summary["create"], again.summary["update"], again.changes.to_dict("records")) == (0, 0, [])


@pytest.mark.parametrize(
    ("way", "rows", "expected"),
    [
        ("last", f"Ana,{A},\nBia,,b@example.com\nCaio,{A},b@example.com\n", "create create conflict"),
        ("last", f"Ana,{A},\nAna,,b@example.com\n,{A},b@example.com\n", "skipped skipped create"),
        ("last", f"Ana,{A},\nBia,,b@example.com\n,{A},b@example.com\n", "create create conflict"),
        ("last", f"Ana,{A},\nEva,{A},eva@example.com\n", "create conflict"),
        ("last", f"Eva Reis,{A},\nEva,{A},eva@example.com\n", "skipped update"),
        ("last", f"Ana,{A},\nBia,{A},\n", "conflict conflict"),
        ("last", f"Ana,{A},\nAna Lima,{A},\nLima,{A},\n", "conflict conflict conflict"),
        ("last", f"Ana,{A},a@example.com\nBia,{B},a@example.com\nBia,{B},\n", "conflict conflict conflict"),
        ("first", f"Ana,{A},\nBia,{A},\nAna Lima,{A},\n", "create conflict skipped"),
        ("first", f",{A},\nBia,{A},\nAna,{A},\n", "create skipped conflict"),
        ("merge", f"Ana,{A},\nBia,{A},\nAna Lima,{A},\n", "create conflict create"),
    ],
)
def test_different_people_are_not_passed_over_in_silence(
    hub: Hub, file: File, way: str, rows: str, expected: str
) -> None:
    hub.contacts.create(name="Eva", urns=["mailto:eva@example.com"])
    path = file(f"Name,Phone,E-mail\n{rows}")
    preview = hub.imports.preview(path, duplicates=way)
    assert outcomes(preview) == expected.split()
    in_conflict = preview.rows[preview.rows["outcome"] == "conflict"]["row"].tolist()
    assert all({"name_differs", "two_contacts"} & set(codes(preview, row)) for row in in_conflict)
    preview.commit()
    again_is_nothing(hub, path, duplicates=way)


@pytest.mark.parametrize("way", ["merge", "last"])
def test_who_was_decided_to_be_somebody_new_is_nobody_else(hub: Hub, file: File, way: str) -> None:
    hub.contacts.create(name="Eva", urns=["mailto:eva@example.com"])
    path = file(f"Name,Phone,E-mail\nBia,{A},eva@example.com\nEva,{A},eva@example.com\n")
    preview = hub.imports.preview(path, duplicates=way)
    preview.resolve("create", row=2)
    assert outcomes(preview) == ["create", "conflict"]
    assert "two_contacts" in codes(preview, 3)
    preview.commit()
    assert [(contact.name, contact.urns) for contact in everybody(hub)] == [
        ("Bia", ["tel:+5521987654321"]), ("Eva", ["mailto:eva@example.com"]),
    ]  # fmt: skip


def test_whom_a_uuid_names_is_nobody_else(hub: Hub, file: File) -> None:
    eva = hub.contacts.create(name="Eva", urns=["mailto:eva@example.com"])
    rows = f"{eva.uuid},Eva,,\n,Eva,{A},\n,Eva,{A},eva@example.com\n"
    preview = hub.imports.preview(file(f"UUID,Name,Phone,E-mail\n{rows}"), duplicates="last")
    assert outcomes(preview) == ["unchanged", "create", "conflict"]


@pytest.mark.parametrize("way", ["first", "last"])
@pytest.mark.parametrize(
    ("choices", "names"),
    [
        ({2: "create"}, {"first": ["Ana"], "last": ["Ana"]}),
        ({3: "create"}, {"first": ["Ana", "Bia"], "last": ["Ana", "Bia"]}),
        ({2: "update", 3: "update"}, {"first": ["Ana"], "last": ["Bia"]}),
        ({2: "skip"}, {"first": ["Bia"], "last": ["Bia"]}),
    ],
)
def test_rows_of_different_names_are_decided(
    hub: Hub, file: File, way: str, choices: dict[int, str], names: dict[str, list[str]]
) -> None:
    preview = hub.imports.preview(file(f"Name,Phone\nAna,{A}\nBia,{A}\n"), duplicates=way)
    for row, choice in choices.items():
        preview.resolve(choice, row=row)
    preview.commit()
    assert [contact.name for contact in everybody(hub)] == names[way]


def test_a_long_chain_of_rows_is_one_contact(hub: Hub, file: File) -> None:
    """Each pair joins two of the chain, from its end to its beginning."""
    count = 400
    rows = [f"{number}," for number in range(count)]
    rows += [f"{number},{number - 1}" for number in range(count - 1, 0, -1)]
    path = file("URN:Ext,External\n" + "\n".join(rows) + "\n")
    options: dict[str, Any] = {"duplicates": "last", "mapping": {"External": "URN:Ext"}}
    preview = hub.imports.preview(path, **options)
    assert outcomes(preview) == ["skipped"] * (len(rows) - 1) + ["create"]
    preview.commit()
    assert len(everybody(hub)) == 1
    again_is_nothing(hub, path, **options)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    known=st.lists(st.sampled_from(NAMES), max_size=2),
    rows=st.lists(st.tuples(*map(st.sampled_from, COLUMNS.values())), min_size=2, max_size=6),
    way=st.sampled_from(["first", "last"]),
)
def test_rows_that_share_this_and_that_lead_to_the_same_people_again(
    tmp_path: Path, known: list[str], rows: list[tuple[str, ...]], way: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("\n".join(map(",".join, [COLUMNS, ("Eva", "9", "", "", ""), *rows])))
    with ch.open(":memory:", actor="bia") as hub:
        for number, name in enumerate(known):
            hub.contacts.create(name=name, urns=[f"ext:{number}"])
        hub.imports.preview(path, duplicates=way).commit()
        again_is_nothing(hub, path, duplicates=way)


@pytest.mark.parametrize(
    ("known", "given", "told"),
    [
        ("Maria Silva", "João Silva", True),
        ("Maria Silva", "Maria Souza", False),
        ("Ana Lima", "Dr. Ana Lima", False),
        ("Lima", "Ana Lima", False),
        ("José da Silva", "JOSE SILVA", False),
    ],
)
def test_a_contact_that_would_get_another_first_name_is_told(
    hub: Hub, file: File, known: str, given: str, told: bool
) -> None:
    hub.contacts.create(name=known, urns=["tel:+5521987654321"])
    preview = hub.imports.preview(file(f"Name,Phone\n{given},21 98765-4321\n"))
    assert outcomes(preview) == ["update"]
    assert ("other_first_name" in codes(preview, 2)) == told
