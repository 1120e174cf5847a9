"""Phones out of several columns: whose number they are, and what is told where they are nobody's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contacthub.hub import Hub

File = Callable[..., str]


def phones_of(hub: Hub, path: str) -> tuple[list[str], list[tuple[str, str]]]:
    preview = hub.imports.preview(path)
    wrong = preview.problems[preview.problems["row"].notna()]
    return (
        [urn for change in preview.changes.query("property == 'urns'")["after"] for urn in change],
        list(zip(wrong["code"], wrong["value"], strict=True)),
    )


@pytest.mark.parametrize(
    ("area", "number", "phone"),
    [
        ("81", "11 98765-4325", "+5511987654325"),
        ("81", "(11) 3333-4444", "+551133334444"),
        ("81", "5581987654324", "+5581987654324"),
        ("81", "55 11 98765-4325", "+5511987654325"),
        ("81", "81 98765-4325", "+5581987654325"),
        ("55", "5555987654325", "+5555987654325"),
        ("81", "011 3333-4444", "+551133334444"),
        ("81", "98765-4325", "+5581987654325"),
        ("081", "3333-4444", "+558133334444"),
        ("(81)", "3333 4444", "+558133334444"),
        ("81.0", "987654325.0", "+5581987654325"),
        ("21", "9.87654321E+08", "+5521987654321"),
        ("", "(11) 3333-4444", "+551133334444"),
    ],
)
@pytest.mark.parametrize("country", ["", "55"])
def test_a_number_is_that_of_its_own_codes(
    country: str, area: str, number: str, phone: str, hub: Hub, file: File
) -> None:
    text = f"DDI;DDD;Telefone\n{country};{area};{number}\n55;21;98765-4399\n"
    assert phones_of(hub, file(text)) == ([f"tel:{phone}", "tel:+5521987654399"], [])


@pytest.mark.parametrize(
    ("area", "number", "code", "value"),
    [
        ("8", "98765-4326", "phone_area_code", "8 98765-4326"),
        ("119", "8765-4326", "phone_area_code", "119 8765-4326"),
        ("21", "9,87654E+08", "phone_digits_lost", "9,87654E+08"),
        ("81", "11 98765-43255", "invalid_phone", "81 11 98765-43255"),
        ("21", "98765-4331 / 98", "invalid_phone", "21 98"),
        ("21", "não tem", "invalid_phone", "21 não tem"),
    ],
)
def test_a_number_that_cannot_be_joined_is_an_error_of_its_row(
    area: str, number: str, code: str, value: str, hub: Hub, file: File
) -> None:
    path = file(f"DDD;Telefone\n{area};{number}\n21;98765-4399\n")
    assert phones_of(hub, path) == (["tel:+5521987654399"], [(code, value)])


def test_each_number_of_a_cell_has_the_area_code_of_its_row(hub: Hub, file: File) -> None:
    path = file("DDD;Telefone\n21;98765-4331 / 98765-4332\n81;98765-4333 ou 11 98765-4334\n")
    assert phones_of(hub, path)[0] == [
        "tel:+5521987654331", "tel:+5521987654332", "tel:+5581987654333", "tel:+5511987654334"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("country", "area", "number", "phone"),
    [
        ("US", "212", "736-5000", "+12127365000"), ("DE", "030", "22345678", "+493022345678"),
        ("IT", "06", "12345678", "+390612345678"), ("MX", "55", "1234 5678", "+525512345678"),
        ("UY", "99", "123456", "+59899123456"), ("FR", "01", "42 68 53 00", "+33142685300"),
        ("GB", "0161", "496 0018", "+441614960018"),
    ],
)  # fmt: skip
def test_area_codes_of_other_countries(country: str, area: str, number: str, phone: str, hub: Hub, file: File) -> None:
    hub.settings.update(country=country)
    path = file(f"Area code;Number\n{area};{number}\n")
    preview = hub.imports.preview(path, mapping={"Area code": "Phone:Area", "Number": "Phone:Number"})
    assert preview.changes["after"].tolist() == [[f"tel:{phone}"]]


@pytest.mark.parametrize(
    ("country", "phone"),
    [
        ("0044", "+447400123456"), ("+44", "+447400123456"), ("44", "+447400123456"), ("44.0", "+447400123456"),
        ("(44)", "+447400123456"), ("044", "+447400123456"), ("4.4E+01", "+447400123456"), ("GB", "+447400123456"),
        ("gb", "+447400123456"), ("United Kingdom", "+447400123456"), ("REINO UNIDO", "+447400123456"),
        ("GB (+44)", "+447400123456"), ("Reino Unido - 44", "+447400123456"), ("G B", None),
        ("UK", None), ("Kingdom", None), ("ZZ", None), ("GB 55", None), ("n/a", None), ("999", None),
    ],
)  # fmt: skip
def test_a_country_is_told_by_its_code_or_its_name(country: str, phone: str | None, hub: Hub, file: File) -> None:
    text = f"DDI;Telefone\n{country};07400123456\n44;07400123457\n55;21987654399\n34;612345678\n"
    found, wrong = phones_of(hub, file(text))
    others = ["tel:+447400123457", "tel:+5521987654399", "tel:+34612345678"]
    if phone is not None:
        assert (found, wrong) == ([f"tel:{phone}", *others], [])
        return
    assert found == others
    code, value = wrong[0]
    assert (code, value) == (
        ("unknown_calling_code", "+9997400123456") if country == "999" else ("phone_country", f"{country} 07400123456")
    )


@pytest.mark.parametrize("country", ["", "-", "0", " "])
def test_without_a_country_a_number_is_that_of_the_hub(country: str, hub: Hub, file: File) -> None:
    text = f"DDI;Telefone\n{country};21987654321\n44;07400123457\n55;21987654322\n"
    phones = ["tel:+5521987654321", "tel:+447400123457", "tel:+5521987654322"]
    assert phones_of(hub, file(text)) == (phones, [])


def test_a_number_with_its_own_country_code_needs_no_column(hub: Hub, file: File) -> None:
    text = "DDI;Telefone\nwho knows;+447400123456\nBR;00447400123457\nBR;21987654321\n"
    assert phones_of(hub, file(text))[0] == ["tel:+447400123456", "tel:+447400123457", "tel:+5521987654321"]


@pytest.mark.parametrize(
    "values", [("BR", "PT"), ("Brasil", "Portugal"), ("0055", "00351"), ("+55", "+351"), ("Brasil (+55)", "PT 351")]
)
def test_a_column_of_countries_is_found_by_its_values(values: tuple[str, str], hub: Hub, file: File) -> None:
    path = file(f"Nome;DDI;DDD;Telefone\nAna;{values[0]};81;98765-4321\nRui;{values[1]};;912345678\n")
    assert phones_of(hub, path) == (["tel:+5581987654321", "tel:+351912345678"], [])


@pytest.mark.parametrize(
    ("country", "number", "phone"),
    [
        ("Côte d'Ivoire", "0707123456", "+2250707123456"), ("COTE D’IVOIRE", "0707123456", "+2250707123456"),
        ("costa de marfil", "0707123456", "+2250707123456"), ("República Tcheca", "601123456", "+420601123456"),
        ("Estados Unidos", "(212) 736-5000", "+12127365000"), ("Canada", "416-736-5000", "+14167365000"),
        ("KZ", "8 (7172) 12-34-56", "+77172123456"), ("Guernsey", "01481 720000", "+441481720000"),
    ],
)  # fmt: skip
def test_names_of_countries(country: str, number: str, phone: str, hub: Hub, file: File) -> None:
    assert phones_of(hub, file(f"DDI;Telefone\n{country};{number}\n")) == ([f"tel:{phone}"], [])
