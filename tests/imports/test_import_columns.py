"""What columns mean together, and that nothing that a file says is passed over in silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import contacthub as ch
from contacthub.errors import InvalidValue
from contacthub.hub import Hub

File = Callable[[str], str]


def urns(hub: Hub) -> list[str]:
    return [urn for contact in hub.find("", sort="created_on").page() for urn in contact.urns]


def codes(preview: object) -> list[str]:
    return list(preview.problems["code"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("country", "number", "expected"),
    [
        ("1", "2125550123", "tel:+12125550123"),
        ("+86", "13812345678", "tel:+8613812345678"),
        ("44", "07911 123456", "tel:+447911123456"),  # dialled at home with a zero
        ("7", "8 912 345-67-89", "tel:+79123456789"),  # or an eight
        ("39", "06 12345678", "tel:+390612345678"),  # in Italy the zero belongs to the number
        ("55", "(21) 98765-4321", "tel:+5521987654321"),
        ("55", "5521987654321", "tel:+5521987654321"),  # the code of the country twice
        ("55", "55 98765-4321", "tel:+5555987654321"),  # an area code that looks like it
        ("55", "+351 912 345 678", "tel:+351912345678"),  # a number that is whole
        ("", "21 98765-4321", "tel:+5521987654321"),
    ],
)
def test_country_code_counts_without_an_area_code(
    country: str, number: str, expected: str, hub: Hub, file: File
) -> None:
    hub.imports.preview(file(f"Nome,DDI,Telefone\nBo,{country},{number}\nLi,55,11 98765-4322\n")).commit()
    assert urns(hub) == [expected, "tel:+5511987654322"]


def test_area_code_of_all_goes_behind_the_country_code(hub: Hub, file: File) -> None:
    hub.imports.preview(file("Nome,DDI,Telefone\nBo,55,98765-4321\n"), area_code="21").commit()
    assert urns(hub) == ["tel:+5521987654321"]


def test_number_that_is_none_in_its_country_is_a_problem(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Nome,DDI,Telefone\nBo,55,98765-4321\n"))
    assert preview.summary["error"] == 1
    assert "phone_no_area_code" in codes(preview)


def test_status_of_a_new_contact_cannot_be_cleared(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Name,Phone,Status\nAna,21 98765-4321,--\n"))
    assert "cannot_clear" in codes(preview)


@pytest.mark.parametrize("column", ["Opt In", "Opt In On", "Opt In Proof"])
def test_consent_cannot_be_cleared_and_says_so(column: str, hub: Hub, file: File) -> None:
    cells = {"Opt In": "yes", "Opt In On": "2024-03-01", "Opt In Proof": "form 12"} | {column: "--"}
    text = f"Name,Phone,{','.join(cells)}\nAna,21 98765-4321,{','.join(cells.values())}\n"
    preview = hub.imports.preview(file(text))
    [problem] = preview.problems.query("code == 'cannot_clear'").to_dict("records")
    assert column in problem["message"]


def test_cleared_membership_ends(hub: Hub, file: File) -> None:
    hub.groups.create("VIPs")
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    ana.add_to_group("VIPs")
    preview = hub.imports.preview(file("Name,Phone,Group:VIPs\nAna,21 98765-4321,--\nBia,21 98765-4322,--\n"))
    assert (preview.summary["update"], preview.summary["create"]) == (1, 1)
    preview.commit()
    assert hub.groups.get("VIPs").count == 0


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("Phone,Opt In\n21 98765-4321,sim\n21 98765-4322,sim\n21 98765-4323,não\n", "2 opt-ins"),
        ("Phone,Opt In,Opt In Proof\n21 98765-4321,yes,form 12\n21 98765-4322,yes,\n", "1 opt-ins"),
        ("Phone,Opt In,Opt In On\n21 98765-4321,yes,2026-01-01\n21 98765-4329,yes,\n", "1 opt-ins"),
        ("Phone,Opt In,Opt In Proof\n21 98765-4321,yes,form 12\n21 98765-4322,no,\n", ""),
        ("Phone,Opt In\n21 98765-4329,yes\n", ""),
    ],
)
def test_consent_without_proof_is_warned_of_once_a_column(text: str, counted: str, hub: Hub, file: File) -> None:
    hub.contacts.create(name="Known", urns=["tel:+5521987654329"]).opt_in(proof="form 7")
    preview = hub.imports.preview(file(text))
    for _ in range(2):
        told = preview.problems.query("code == 'opt_in_without_proof'").to_dict("records")
        assert len(told) == bool(counted)
        if told:
            assert (told[0]["column"], told[0]["severity"]) == ("Opt In", "warning")
            assert told[0]["message"].startswith(counted)
            assert "Opt In Proof" in told[0]["mend"]
        preview.replan()
    preview.commit()
    assert hub.imports.preview(file(text)).problems.query("code == 'opt_in_without_proof'").empty


@pytest.mark.parametrize("column", ["Opt In On", "Opt In Proof"])
def test_evidence_without_a_consent_says_so(column: str, hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(f"Name,Phone,{column}\nAna,21 98765-4321,2024-03-01\n"))
    [problem] = preview.problems.query("code == 'opt_in_incomplete'").to_dict("records")
    assert problem["column"] == column
    whole = hub.imports.preview(file(f"Name,Phone,{column},Opt In\nAna,21 98765-4321,2024-03-01,yes\n"))
    assert "opt_in_incomplete" not in codes(whole)


@pytest.mark.parametrize("header", ["DDD", "Country code"])
def test_part_of_a_phone_without_a_number_says_so(header: str, hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(f"Name,URN:Tel,{header}\nAna,+5521987654321,21\n"))
    [problem] = preview.problems.query("code == 'phone_part_alone'").to_dict("records")
    assert problem["column"] == header


@pytest.mark.parametrize("type", ["bogus", "Number "])
def test_type_that_no_field_has_is_refused(type: str, hub: Hub, file: File) -> None:
    with pytest.raises(InvalidValue) as refused:
        hub.imports.preview(
            file("Phone,Zed\n21 98765-4321,1\n"), mapping={"Zed": {"target": "Field:Zed", "type": type}}
        )
    assert refused.value.code == "invalid_field_type"


def test_field_that_is_there_keeps_its_type_and_says_so(hub: Hub, file: File) -> None:
    hub.fields.create("Zed", "number")
    path = file("Phone,Zed\n21 98765-4321,1\n")
    preview = hub.imports.preview(path, mapping={"Zed": {"target": "Field:Zed", "type": "datetime"}})
    assert "type_kept" in codes(preview)
    assert preview.mapping["Zed"].type == "number"
    same = hub.imports.preview(path, mapping={"Zed": {"target": "Field:Zed", "type": "number"}})
    assert "type_kept" not in codes(same)


def test_headers_that_are_cut_to_the_same_name_are_fields_of_their_own(hub: Hub, file: File) -> None:
    long = "How satisfied are you with our service in"
    path = file(f"Phone,{long} Natal,{long} Recife,{long} Olinda\n21 98765-4321,good,bad,fine\n")
    hub.imports.preview(path).commit()
    assert [field.name for field in hub.fields] == [
        long[:36].strip(),
        long[:34].strip() + " 2",
        long[:34].strip() + " 3",
    ]
    assert list(hub.find("").at(0).fields.values()) == ["good", "bad", "fine"]
    assert hub.imports.preview(path).summary["unchanged"] == 1


@pytest.mark.parametrize("header", ["Phone", "phone"])
def test_phone_is_a_phone_whatever_it_holds(header: str, hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(f"Name,{header},E-mail\nAna,x,ana@x.com\nBia,n/a,bia@x.com\n"))
    assert str(preview.mapping[header].target) == "Phone"
    assert preview.summary["error"] == 2


@pytest.mark.parametrize("header", ["Phone", "Celular", "WhatsApp", "E-mail", "Telegram"])
def test_headers_are_believed_where_nothing_else_tells_of_anybody(header: str, hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(f"Name,{header}\nAna,x\nBia,n/a\n"))
    assert preview.summary["error"] == 2
    assert preview.mapping[header].target.is_identity


def test_file_of_nobody_is_refused(hub: Hub, file: File) -> None:
    with pytest.raises(ch.FileError) as refused:
        hub.imports.preview(file("Name,City\nAna,Natal\n"))
    assert refused.value.code == "no_identity"


@pytest.mark.parametrize(
    ("cell", "urn"),
    [
        ("<ana@example.com>", "mailto:ana@example.com"),
        ("ana/lima@example.com", "mailto:ana/lima@example.com"),
        ("<a>@example.com", None),
        ("ana@example.com>", None),
    ],
)
def test_brackets_stand_around_an_address_or_it_is_none(cell: str, urn: str | None, hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(f"Name,URN:Mailto\nAna,{cell}\n"))
    assert preview.summary["error"] == (urn is None)
    preview.commit()
    assert urns(hub) == ([urn] if urn else [])


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["R$ 8.265,70", "R$1.000", "-R$ 5", "R$ -5,5", "7"], [8265.7, 1000, -5, -5.5, 7]),
        (["$1,234.50", "US$ 5"], [None, None]),
        (["US$ 1,234.50", "us$ 5"], [1234.5, 5]),
        (["€ 5,50", "5,50 €", "£"], [5.5, 5.5, None]),
        (["£ 5.50", "about £ 5", "R 5"], [5.5, None, None]),
        (["12,5 EUR", "EUR 3"], [12.5, 3]),
    ],
)
def test_the_sign_of_a_currency_is_left_out_of_a_number(
    hub: Hub, file: File, values: list[str], numbers: list[float | None]
) -> None:
    rows = "".join(f"2198765432{index};{value}\n" for index, value in enumerate(values))
    valor = {"target": "Field:Valor", "type": "number"}
    preview = hub.imports.preview(file("Fone;Valor\n" + rows), mapping={"Valor": valor})
    assert [outcome == "create" for outcome in preview.rows["outcome"]] == [number is not None for number in numbers]
    given = preview.changes.query("property == 'fields.valor'")["after"].tolist()
    assert given == [number for number in numbers if number is not None]
    wrong = preview.problems.query("severity == 'error'")
    assert set(wrong["code"]) <= {"invalid_number"}
