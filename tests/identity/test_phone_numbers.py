"""Phone numbers: from what stands in a cell to E.164, or a clear refusal."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacthub.errors import InvalidValue
from contacthub.identity.phones import Phone, clean, parse, parse_many, split

READ = [
    # Ways to write one number.
    ("BR", "+5521987654321", "+5521987654321"),
    ("BR", "(21) 98765-4321", "+5521987654321"),
    ("BR", "21987654321", "+5521987654321"),
    ("BR", "021 98765.4321", "+5521987654321"),
    ("BR", "5521987654321", "+5521987654321"),
    ("BR", "+55 (0) 21 98765-4321", "+5521987654321"),
    ("BR", "(+55) 21 98765-4321", "+5521987654321"),
    ("BR", "++55 21 98765-4321", "+5521987654321"),
    ("BR", "0xx21 98765-4321", "+5521987654321"),
    ("BR", "(0XX21) 98765-4321", "+5521987654321"),
    ("BR", "0 15 21 98765-4321", "+5521987654321"),
    ("BR", "Tel.: 21 98765-4321", "+5521987654321"),
    ("BR", "WhatsApp +55 21 98765-4321", "+5521987654321"),
    ("BR", '="5521987654321"', "+5521987654321"),
    ("US", "(202) 456-1111", "+12024561111"),
    ("US", "1-202-456-1111", "+12024561111"),
    ("CA", "416 555 1234", "+14165551234"),
    ("GB", "020 7946 0958", "+442079460958"),
    ("GG", "01481 234567", "+441481234567"),
    ("IT", "06 6982 1234", "+390669821234"),
    ("AR", "011 15 2345-6789", "+5491123456789"),
    ("", "+442079460958", "+442079460958"),
    # Characters of other places.
    ("BR", "+55\N{NO-BREAK SPACE}21\N{NO-BREAK SPACE}98765\N{NON-BREAKING HYPHEN}4321", "+5521987654321"),
    ("BR", "\N{LEFT-TO-RIGHT EMBEDDING}+55 21 98765-4321\N{POP DIRECTIONAL FORMATTING}", "+5521987654321"),
    ("BR", "\N{RIGHT-TO-LEFT MARK}(21)\N{ZERO WIDTH SPACE} 98765\N{EN DASH}4321", "+5521987654321"),
    ("BR", "＋５５（２１）９８７６５－４３２１", "+5521987654321"),
    ("BR", "٠٢١٩٨٧٦٥٤٣٢١", "+5521987654321"),
    ("BR", "۰۲۱۹۸۷۶۵۴۳۲۱", "+5521987654321"),
    ("BR", "'21987654321", "+5521987654321"),
    ("BR", "’+5521987654321", "+5521987654321"),
    ("BR", "\t21 98765-4321\x00 \r\n", "+5521987654321"),
    # 00 is +, wherever one is; the country's own prefix works too.
    ("BR", "00 55 21 98765-4321", "+5521987654321"),
    ("DE", "0044 20 7946 0958", "+442079460958"),
    ("US", "00442079460958", "+442079460958"),
    ("US", "011 44 20 7946 0958", "+442079460958"),
    # Numbers of spreadsheets.
    ("BR", 21987654321, "+5521987654321"),
    ("BR", 21987654321.0, "+5521987654321"),
    ("BR", np.float64(5521987654321), "+5521987654321"),
    ("BR", np.int64(5521987654321), "+5521987654321"),
    ("BR", 2198765432.0, "+552198765432"),
    ("BR", "2198765432.0", "+552198765432"),
    ("BR", "2198765432,0", "+552198765432"),
    ("BR", "+5521987654321.0", "+5521987654321"),
    ("BR", "5.521987654321E+12", "+5521987654321"),
    ("BR", "5,521987654321e12", "+5521987654321"),
    ("BR", "2.1987654321E10", "+5521987654321"),
    ("BR", "5.5219876543210E+12", "+5521987654321"),
    ("BR", "5,521,987,654,321", "+5521987654321"),
    # Plans that changed.
    ("BR", "+52 1 55 1234 5678", "+525512345678"),
    ("MX", "52 1 55 1234 5678", "+525512345678"),
    ("MX", "044 55 1234 5678", "+525512345678"),
    ("MX", "045 55 1234 5678", "+525512345678"),
    ("MX", "01 55 1234 5678", "+525512345678"),
    ("MX", "+52 044 55 1234 5678", "+525512345678"),
    ("MX", "55 1234 5678", "+525512345678"),
    ("BJ", "97 12 34 56", "+2290197123456"),
    ("BJ", "229 97 12 34 56", "+2290197123456"),
    ("FR", "+229 97 12 34 56", "+2290197123456"),
    ("BJ", "01 97 12 34 56", "+2290197123456"),
    # Another spelling by the rules of match keys is valid, so this one is real.
    ("BR", "+55 21 8765-4321", "+552187654321"),
    ("BR", "21 8765-4321", "+552187654321"),
    ("BR", "552187654321", "+552187654321"),
    ("US", "+55 21 8765-4321", "+552187654321"),
    ("CI", "+225 07 12 34 56", "+22507123456"),
    # Long and without its +: tried under the country first.
    ("US", "5521987654321", "+5521987654321"),
    ("BR", "442079460958", "+442079460958"),
    ("MX", "22997123456", "+2290197123456"),
    ("", "5521987654321", "+5521987654321"),
]


@pytest.mark.parametrize(("country", "value", "expected"), READ)
def test_a_number_is_read(country: str, value: Any, expected: str) -> None:
    assert parse(value, country) == Phone(expected)


REFUSED = [
    # Local numbers: with the calling code alone in front, strangers would be one person.
    ("BR", "98765-4321", "phone_no_area_code"),
    ("BR", "8765-4321", "phone_no_area_code"),
    ("BR", "+55 98765-4321", "phone_no_area_code"),
    ("BR", 987654321, "phone_no_area_code"),
    ("BR", "190", "phone_no_area_code"),
    ("US", "456-1111", "phone_no_area_code"),
    ("US", "+1 456 1111", "phone_no_area_code"),
    ("US", "310-1234", "phone_no_area_code"),  # a Canadian service has such numbers, and so has many an area
    ("CA", "310-1234", "phone_no_area_code"),
    ("GB", "7946 0958", "phone_no_area_code"),
    ("AR", "2345-6789", "phone_no_area_code"),
    ("IN", "2345 6789", "phone_no_area_code"),
    # No country to read it under.
    ("", "21 98765-4321", "phone_no_country"),
    ("", "021 98765-4321", "phone_no_country"),
    ("XX", "21 98765-4321", "phone_no_country"),
    ("BR", "+999 21 98765-4321", "unknown_calling_code"),
    ("BR", "+0 21 98765-4321", "unknown_calling_code"),
    # Letters are not keypad digits.
    ("US", "1-800-FLOWERS", "invalid_phone"),
    ("BR", "21 98765-432l", "invalid_phone"),
    ("BR", "O21 98765-4321", "invalid_phone"),
    ("BR", "sem telefone", "invalid_phone"),
    ("BR", "N/A", "invalid_phone"),
    ("BR", "ana@example.com", "invalid_phone"),
    ("BR", "21+98765-4321", "invalid_phone"),
    ("BR", "*144#", "invalid_phone"),
    # Impossible lengths.
    ("BR", "+55 21 98765-43210", "invalid_phone"),
    ("US", "+1 202 456 11111", "invalid_phone"),
    ("BR", "1" * 16, "invalid_phone"),
    ("BR", "9" * 400, "invalid_phone"),
    # Digits that a spreadsheet lost.
    ("BR", "5,52199E+12", "phone_digits_lost"),
    ("BR", "5.52E+12", "phone_digits_lost"),
    ("BR", "5E+12", "phone_digits_lost"),
    ("BR", "5.52198765432155E+12", "phone_digits_lost"),
    ("BR", 5.5e15, "phone_digits_lost"),
    # Several in one cell are never one with an extension.
    ("BR", "21 98765-4321 / 21 98765-4322", "several_phones"),
    ("BR", "21 3333-4444/4445", "several_phones"),
    # No numbers at all.
    ("BR", "", "empty"),
    ("BR", " \N{NO-BREAK SPACE}\N{LEFT-TO-RIGHT MARK}", "empty"),
    ("BR", None, "empty"),
    ("BR", True, "invalid_phone"),
    ("BR", float("nan"), "invalid_phone"),
    ("BR", float("inf"), "invalid_phone"),
    ("BR", 2198765432.5, "invalid_phone"),
    ("BR", -21987654321, "invalid_phone"),
    ("BR", Decimal("21987654321"), "invalid_phone"),
    ("BR", "--", "invalid_phone"),
    ("BR", "5", "invalid_phone"),
]


@pytest.mark.parametrize(("country", "value", "code"), REFUSED)
def test_a_number_is_refused_with_its_reason(country: str, value: Any, code: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse(value, country)
    assert caught.value.code == code
    assert caught.value.property == "tel"
    assert len(str(caught.value)) < 200


def test_a_refusal_says_what_would_be_right() -> None:
    with pytest.raises(InvalidValue, match=r"'98765-4321' has no area code; write it with the area code, like \+55 "):
        parse("98765-4321", "BR")


WARNED = [
    # Possible by its length alone: kept, and marked.
    ("BR", "+55 20 98765-4321", "+5520987654321", False, ["unverified"]),
    ("DE", "0999 12345678", "+4999912345678", False, ["unverified"]),
    ("US", "555 555 5555", "+15555555555", False, ["unverified"]),
    ("BR", "0800 123 4567", "+558001234567", True, ["toll_free"]),
    ("US", "1 800 356 9377", "+18003569377", True, ["toll_free"]),
    ("BR", "0900 123 4567", "+559001234567", True, ["premium_rate"]),
    ("GB", "0909 879 0000", "+449098790000", True, ["premium_rate"]),
    ("", "+800 1234 5678", "+80012345678", True, ["toll_free"]),
    ("BR", "4004-1234", "+5540041234", True, []),
    ("BR", "21 3333-4444 ramal 12", "+552133334444", True, ["extension_dropped"]),
    ("BR", "21 3333-4444, ramal 12", "+552133334444", True, ["extension_dropped"]),
    ("US", "202 456 1111 ext. 23", "+12024561111", True, ["extension_dropped"]),
    ("US", "202 456 1111x23", "+12024561111", True, ["extension_dropped"]),
    ("US", "202 456 1111 #23", "+12024561111", True, ["extension_dropped"]),
    ("US", "+1-202-456-1111;ext=23", "+12024561111", True, ["extension_dropped"]),
    ("US", "800 356 9377 ext 9", "+18003569377", True, ["extension_dropped", "toll_free"]),
]


@pytest.mark.parametrize(("country", "value", "expected", "verified", "codes"), WARNED)
def test_a_number_is_kept_with_a_warning(
    country: str, value: str, expected: str, verified: bool, codes: list[str]
) -> None:
    phone = parse(value, country)
    assert (phone.e164, phone.verified, [warning.code for warning in phone.warnings]) == (expected, verified, codes)
    assert all(str(warning).endswith(".") for warning in phone.warnings)


@pytest.mark.parametrize(
    ("country", "area_code", "value", "expected"),
    [
        ("BR", "21", "98765-4321", "+5521987654321"),
        ("BR", "021", "98765-4321", "+5521987654321"),
        ("BR", "(21)", "8765-4321", "+552187654321"),
        ("BR", "21", 987654321.0, "+5521987654321"),
        ("BR", "21", "81 98765-4321", "+5581987654321"),
        ("US", "202", "456-1111", "+12024561111"),
        ("GB", "020", "7946 0958", "+442079460958"),
    ],
)
def test_an_area_code_mends_local_numbers_only(country: str, area_code: str, value: Any, expected: str) -> None:
    assert parse(value, country, area_code) == Phone(expected)


def test_an_area_code_mends_no_international_number() -> None:
    with pytest.raises(InvalidValue) as caught:
        parse("+55 98765-4321", "BR", "21")
    assert caught.value.code == "phone_no_area_code"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("21 98765-4321; 21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321/21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321, 21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321 | 21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321 ou 21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321 or 21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321 e 21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321 OU 21 98765-4322 / 23", ["21 98765-4321", "21 98765-4322", "23"]),
        ("21 98765-4321\r\n21 98765-4322", ["21 98765-4321", "21 98765-4322"]),
        ("21 98765-4321;", ["21 98765-4321"]),
        ("21 3333-4444, ramal 12", ["21 3333-4444, ramal 12"]),
        ("5,52199", ["5", "52199"]),
        ("5,521987654321E+12", ["5521987654321"]),
        ("2198765432,0", ["2198765432"]),
        ("N/A", ["N/A"]),
        ("21 98765-4321 / casa", ["21 98765-4321 / casa"]),
        ("", [""]),
    ],
)
def test_a_cell_is_split_into_its_numbers(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@given(st.text() | st.floats() | st.integers() | st.booleans() | st.none(), st.sampled_from(["BR", "US", "DE", ""]))
def test_any_value_is_read_or_refused(value: Any, country: str) -> None:
    outcome = parse_many([value], country)[0]
    if isinstance(outcome, InvalidValue):
        with pytest.raises(InvalidValue) as caught:
            parse(value, country)
        assert caught.value.code == outcome.code
    else:
        assert parse(value, country) == outcome
        assert parse(outcome.e164, "") == outcome._replace(warnings=parse(outcome.e164, "").warnings)


@given(st.text("0123456789+ ()-.'eE,;/x\N{NO-BREAK SPACE}٣", max_size=30))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    try:
        once = clean(text)
    except InvalidValue:
        return
    if not any(sign in once for sign in "'eE.,"):
        assert clean(once) == once


def test_a_column_is_read_value_by_value() -> None:
    values = ["21 98765-4321", "98765-4321", 21987654321.0, True, 1, "21 98765-4321", None, "+1 202 456 1111"]
    outcomes = parse_many(values, "BR")
    shown = [outcome.e164 if isinstance(outcome, Phone) else outcome.code for outcome in outcomes]
    assert shown == [
        "+5521987654321", "phone_no_area_code", "+5521987654321", "invalid_phone", "invalid_phone", "+5521987654321",
        "empty", "+12024561111",
    ]  # fmt: skip
    assert outcomes[0] is outcomes[5], "equal values are read once"
    assert parse_many(["98765-4321"], "BR", "21") == [Phone("+5521987654321")]
    assert parse_many([], "BR") == []


def test_the_library_is_loaded_when_a_number_is_read_and_not_before() -> None:
    program = (
        "import sys, contacthub.identity.urns, contacthub.identity.phones as p;"
        "print('phonenumbers' in sys.modules); p.parse('+5521987654321', 'BR'); print('phonenumbers' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]
