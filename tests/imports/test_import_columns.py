"""What columns mean together, and that nothing that a file says is passed over in silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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
