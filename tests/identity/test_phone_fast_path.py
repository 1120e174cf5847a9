"""The quick ways to read a number agree with the library wherever they answer at all."""

from __future__ import annotations

import random
from collections.abc import Sequence

import phonenumbers
import pytest

from contacthub.identity import dialling
from contacthub.identity.phones import Phone, read_by_library

COUNTRIES = (
    "AO", "AR", "AT", "AU", "AX", "BJ", "BR", "CA", "CI", "CL", "CO", "CV", "DE", "DO", "ES", "FR", "GB", "GG", "ID",
    "IN", "IT", "JP", "KE", "KZ", "MX", "MZ", "NG", "NZ", "PH", "PT", "RE", "RU", "SG", "SH", "US", "UY", "ZA",
)  # fmt: skip
KINDS = (0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9)
"""`PhoneNumberType`: mostly fixed lines and mobiles."""


def fuzzed(chance: random.Random, country: str) -> str:
    """A number that is often nearly right: an example with some digits changed, behind any prefix."""
    example = phonenumbers.example_number_for_type(country, chance.choice(KINDS)) or phonenumbers.example_number(
        country
    )
    assert example is not None
    kind = chance.random()
    if kind < 0.6:
        digits = list(phonenumbers.national_significant_number(example))
        for _ in range(chance.choice((0, 1, 1, 2, 3, 5))):
            digits[chance.randrange(len(digits))] = chance.choice("0123456789")
        if chance.random() < 0.15:
            digits.insert(chance.randrange(len(digits) + 1), chance.choice("0123456789"))
        if chance.random() < 0.15:
            digits.pop()
    else:
        digits = chance.choices("0123456789", k=chance.randint(6, 12) if kind < 0.8 else chance.randint(1, 16))
    code = str(example.country_code)
    prefix = chance.choice(
        ("", "", "", "+" + code, "+" + code, code, "0", "00" + code, "+", "1", "00", "044", "9", "15")
    )
    return prefix + "".join(digits)


def disagreements(count: int, seed: int, countries: Sequence[str]) -> tuple[list[tuple[str, str, object, object]], int]:
    """Where the quick answer is not the library's, and how often there was a quick answer."""
    chance = random.Random(seed)
    found = []
    quick = 0
    for _ in range(count):
        country = chance.choice(countries)
        number = fuzzed(chance, country)
        plan = dialling.plan(country)
        assert plan is not None
        answer: Phone | str
        if number.startswith("+"):
            if not dialling.is_ordinary(number[1:]):
                continue
            answer = Phone(number)
        elif plan.local.match(number):
            answer = "phone_no_area_code"
        elif (e164 := dialling.e164(number, plan)) is not None:
            answer = Phone(e164)
        else:
            continue
        quick += 1
        if answer != (right := read_by_library(number, country)):
            found.append((country, number, answer, right))
    return found, quick


def test_the_quick_answer_is_the_librarys() -> None:
    found, quick = disagreements(20_000, 2026, COUNTRIES)
    assert found == []
    assert quick > 3_000, "the comparison is worth something only where there are quick answers"


@pytest.mark.slow
def test_the_quick_answer_is_the_librarys_in_all_countries() -> None:
    found, quick = disagreements(500_000, 500_000, sorted(phonenumbers.SUPPORTED_REGIONS))
    assert found == []
    assert quick > 75_000


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS - {"TA"}))
def test_every_country_has_a_plan_that_knows_its_own_numbers(country: str) -> None:
    plan = dialling.plan(country)
    assert plan is not None
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None, "Tristan da Cunha alone has no mobiles"
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    quick = dialling.e164(phonenumbers.national_significant_number(example), plan)
    assert quick in (number, None)
    assert read_by_library(number, country) == Phone(number)


@pytest.mark.parametrize(
    "country", ["BR", "MX", "AR", "US", "GB", "DE", "PT", "IN", "NG", "CI", "BJ", "IT", "CO", "ES"]
)
def test_ordinary_mobiles_need_no_library(country: str) -> None:
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert dialling.e164(phonenumbers.national_significant_number(example), dialling.plan(country)) == number
    assert dialling.is_ordinary(number[1:])


@pytest.mark.parametrize(
    ("digits", "country", "number"),
    [
        ("5521987654321", "BR", "+5521987654321"),
        ("552187654321", "BR", "+552187654321"),
        ("2187654321", "BR", "+552187654321"),
        ("2132654321", "BR", "+552132654321"),
        ("2065551234", "US", "+12065551234"),
        ("4165551234", "CA", "+14165551234"),
    ],
)
def test_common_ways_of_writing_need_no_library(digits: str, country: str, number: str) -> None:
    assert dialling.e164(digits, dialling.plan(country)) == number
