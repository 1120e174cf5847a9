"""Names: how they are kept, which part greets, what must not greet anybody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacthub.errors import InvalidValue
from contacthub.identity.names import ODD_NAMES, clean_name, first_name, initials, odd_name, share_a_word


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Ana \t Lima\r\n", "Ana Lima"),
        ("Ana\x00\x1b[31m Lima", "Ana[31m Lima"),
        ("Jose\N{COMBINING ACUTE ACCENT}", "José"),
        ("Ana \ud83d Lima", "Ana Lima"),
        ("n" * 128, "n" * 128),
        ("", ""),
    ],
)
def test_a_name_is_kept_clean(name: str, kept: str) -> None:
    assert clean_name(name) == kept


def test_a_name_that_is_too_long_is_refused_and_a_profile_name_is_cut() -> None:
    with pytest.raises(InvalidValue) as caught:
        clean_name("n" * 129)
    assert caught.value.code == "too_long"
    assert clean_name("n" * 129, cut=True) == "n" * 128
    assert clean_name("n" * 127 + " and more", cut=True) == "n" * 127


@pytest.mark.parametrize(
    ("name", "greets"),
    [
        ("Ana Lima", "Ana"),
        ("ana lima", "ana"),
        ("ANA LIMA", "Ana"),
        ("JOÃO DA SILVA", "João"),
        ("MARIA-CLARA D'ÁVILA", "Maria-Clara"),
        ("D'ÁVILA MARIA", "D'Ávila"),
        ("O’NEIL", "O’Neil"),
        ("MARIA da Silva", "MARIA"),
        ("Lima, Ana", "Lima"),
        ("“Ana” Lima", "Ana"),
        ("🌸 Ana 🌸", "Ana"),
        ("J. R. Lima", "J."),
        ("王小明", "王小明"),
        ("أحمد علي", "أحمد"),
        ("+55 21 98765-4321", ""),
        ("🌸", ""),
        ("", ""),
    ],
)
def test_the_first_word_greets(name: str, greets: str) -> None:
    assert first_name(name) == greets


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Ana Lima", None),
        ("João D'Ávila", None),
        ("Ana Testa", None),
        ("王小明", None),
        ("", None),
        ("A", None),
        ("Ana 2", "digits"),
        ("ana@example.com", "at_sign"),
        ("@ana", "at_sign"),
        ("Ana (trabalho)", "brackets"),
        ("Ana [vip]", "brackets"),
        ("<b>Ana</b>", "brackets"),
        ("ANA LIMA", "all_capitals"),
        ("ÁSA", "all_capitals"),
        ("teste", "test"),
        ("TESTE 2", "test"),
        ("Prueba", "test"),
        ("+55 21 98765-4321", "phone"),
        ("(21) 98765-4321", "phone"),
        ("5521987654321 Ana", "phone"),
    ],
)
def test_what_must_not_greet_is_told_with_its_reason(name: str, reason: str | None) -> None:
    assert odd_name(name) == reason
    assert reason is None or ODD_NAMES[reason].endswith(".")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Ana Lima", "LIMA, Ana Maria", True),
        ("João", "joao silva", True),
        ("Ana Lima", "Rui Souza", False),
        ("Maria da Silva", "José da Costa", False),
        ("Ana de los Ríos", "Juan de los Santos", False),
        ("王小明", "王 小明", True),
        ("J.", "J.", True),
        ("", "Ana", False),
        ("", "", False),
    ],
)
def test_names_share_a_word(one: str, other: str, expected: bool) -> None:
    assert share_a_word(one, other) is expected
    assert share_a_word(other, one) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana Lima", "AL"),
        ("ana de souza lima", "AL"),
        ("Ana", "A"),
        ("élodie ångström", "ÉÅ"),
        ("Ana (trabalho)", "A"),
        ("🌸 Ana Lima 🌸", "AL"),
        ("ßa", "ß"),
        ("王小明", "王"),
        ("+55 21 98765-4321", ""),
        ("", ""),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, expected: str) -> None:
    assert initials(name) == expected


@given(st.text())
def test_any_text_is_a_name_of_some_kind(text: str) -> None:
    name = clean_name(text, cut=True)
    assert clean_name(name) == name
    assert len(name) <= 128
    assert first_name(name) == "" or any(map(str.isalpha, first_name(name)))
    assert (odd_name(name) or "digits") in ODD_NAMES
    assert share_a_word(name, name) is bool(name)
    initials(name)
