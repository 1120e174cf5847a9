"""Match keys: which spellings are one person, which may be, and which are not."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacthub.identity.keys import is_phone, match_key, may_be_same, spellings, weak_key

STRONG = [
    # Brazil: eight digits starting 6, 8 or 9 are a mobile of before the ninth digit.
    ("tel:+552187654321", "tel:+5521987654321"),
    ("tel:+552167654321", "tel:+5521967654321"),
    ("tel:+552197654321", "tel:+5521997654321"),
    ("whatsapp:558187654321", "tel:+5581987654321"),
    # Mexico: the 1 of mobiles.
    ("tel:+5215512345678", "tel:+525512345678"),
    ("whatsapp:5215512345678", "tel:+525512345678"),
    # Benin: 01 in front of all numbers.
    ("tel:+22997123456", "tel:+2290197123456"),
    ("whatsapp:22921300000", "whatsapp:2290121300000"),
    # The same digits by phone and by WhatsApp.
    ("tel:+12024561111", "whatsapp:12024561111"),
    ("tel:+4915112345678", "whatsapp:4915112345678"),
]

WEAK = [
    # Brazil: 7 may have been a mobile or another service.
    ("tel:+552177654321", "tel:+5521977654321"),
    # Argentina: without the 9 it may be a landline.
    ("tel:+5491123456789", "tel:+541123456789"),
    ("whatsapp:5491123456789", "tel:+541123456789"),
    # Côte d'Ivoire: two digits by operator, since 2021.
    ("tel:+2250112345678", "tel:+22512345678"),
    ("tel:+2250512345678", "tel:+22512345678"),
    ("tel:+2250712345678", "whatsapp:22512345678"),
]

APART = [
    # Brazilian landlines never get a 9 …
    ("tel:+552122654321", "tel:+5521922654321"),
    ("tel:+552132654321", "tel:+5521932654321"),
    ("tel:+552142654321", "tel:+5521942654321"),
    ("tel:+552152654321", "tel:+5521952654321"),
    # … and none is taken away where a 1 would remain.
    ("tel:+5521912654321", "tel:+552112654321"),
    # An area has no zero, so this is no Brazilian mobile.
    ("tel:+552087654321", "tel:+5520987654321"),
    # The rules are for numbers of exactly that length and country.
    ("tel:+5218123456789", "tel:+528123456789"[:-1]),
    ("tel:+5411123456", "tel:+54911123456"),
    ("tel:+2252112345678", "tel:+22512345678"),
    ("tel:+447400123456", "tel:+4407400123456"),
    # Two new Ivorian numbers that differ in the operator are two people.
    ("tel:+2250112345678", "tel:+2250512345678"),
    # Short codes are of one country, senders and business-scoped ids no numbers.
    ("tel:12345", "whatsapp:12345"),
    ("tel:12345", "tel:+12345"),
    ("whatsapp:BR.5521987654321", "whatsapp:5521987654321"),
    ("whatsapp:BR.1000000000000001", "whatsapp:BR.ENT.1000000000000001"),
    ("whatsapp:BR.abc", "whatsapp:BR.ABC"),
    ("ext:abc", "ext:ABC"),
    ("telegram:5521987654321", "tel:+5521987654321"),
]


@pytest.mark.parametrize(("one", "other"), STRONG)
def test_a_strong_rule_makes_one_key(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)
    assert weak_key(one) == weak_key(other)
    assert not may_be_same(one, other), "what is the same for sure is no suggestion"
    assert other in spellings(one)
    assert one in spellings(other)


@pytest.mark.parametrize(("one", "other"), WEAK)
def test_a_weak_rule_suggests_and_no_more(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)
    assert weak_key(one) == weak_key(other)
    assert may_be_same(one, other)
    assert may_be_same(other, one)
    assert other not in spellings(one)
    assert other in spellings(one, weak=True)
    assert one in spellings(other, weak=True)


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_no_rule_joins_stays_apart(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)
    assert not may_be_same(one, other)
    assert other not in spellings(one, weak=True)


@pytest.mark.parametrize(
    ("urn", "key"),
    [
        ("tel:+552187654321", "phone:5521987654321"),
        ("whatsapp:5215512345678", "phone:525512345678"),
        ("tel:12345", "tel:12345"),
        ("tel:mybank", "tel:mybank"),
        ("whatsapp:BR.1000000000000001", "whatsapp:BR.1000000000000001"),
        ("mailto:ana@example.com", "mailto:ana@example.com"),
        ("ext:A b:c", "ext:A b:c"),
    ],
)
def test_the_key_is_readable(urn: str, key: str) -> None:
    assert match_key(urn) == key


@pytest.mark.parametrize(
    ("urn", "expected"),
    [
        ("tel:+5521987654321", True),
        ("whatsapp:5521987654321", True),
        ("tel:12345", True),
        ("tel:mybank", False),
        ("tel:bank24", False),
        ("whatsapp:BR.1000000000000001", False),
        ("whatsapp:BR.ENT.2000000000000001", False),
        ("telegram:5521987654321", False),
        ("mailto:5521987654321@example.com", False),
        ("tel:", False),
        ("tel:+", False),
        ("whatsapp:٥٥٢١", False),
    ],
)
def test_phones_are_told_from_other_identities(urn: str, expected: bool) -> None:
    assert is_phone(urn) is expected


# The starts and lengths around which the rules turn, and any others.
_starts = st.sampled_from(
    ["55", "5521", "55219", "552197", "55217", "521", "52", "549", "54", "22901", "229", "22507", "225", "1", ""]
)
numbers = st.builds(lambda start, rest: start + rest, _starts, st.text("0123456789", min_size=6, max_size=12)).filter(
    lambda digits: 7 <= len(digits) <= 15
)
phones = st.builds(lambda scheme, digits: scheme + digits, st.sampled_from(["tel:+", "whatsapp:"]), numbers)


@given(phones)
def test_spellings_are_the_class_of_their_key(urn: str) -> None:
    same = spellings(urn)
    assert same[0] == urn
    assert len(set(same)) == len(same)
    for other in same:
        assert match_key(other) == match_key(urn)
        assert set(spellings(other)) == set(same), "to be the same person is an equivalence"


@given(phones, phones)
def test_equal_keys_are_spellings_of_each_other(one: str, other: str) -> None:
    assert (match_key(one) == match_key(other)) == (other in spellings(one))
    assert may_be_same(one, other) == may_be_same(other, one)


@given(phones)
def test_the_key_of_a_key_is_itself(urn: str) -> None:
    digits = match_key(urn).removeprefix("phone:")
    assert match_key(f"tel:+{digits}") == match_key(urn)
    digits = weak_key(urn).removeprefix("phone:")
    assert weak_key(f"tel:+{digits}") == weak_key(urn)


@given(phones)
def test_weak_spellings_share_the_weak_key_and_hold_the_strong_ones(urn: str) -> None:
    loosely = spellings(urn, weak=True)
    assert set(spellings(urn)) <= set(loosely)
    assert {weak_key(other) for other in loosely} == {weak_key(urn)}


def test_keys_need_no_library() -> None:
    program = (
        "import sys, contacthub.identity.keys as keys;"
        "keys.match_key('tel:+552187654321'); print('phonenumbers' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
