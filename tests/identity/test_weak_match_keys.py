"""The keys of weak spellings, told without writing all the spellings out."""

from __future__ import annotations

import pytest

from contacthub.identity.keys import match_key, spellings, weak_match_keys

NUMBERS = [
    "5491123456789", "541123456789", "22501234567", "2250101234567", "2250501234567", "2250701234567", "225010123456",
    "552177654321", "5521977654321", "552187654321", "5521987654321", "552133334444", "5215512345678", "525512345678",
    "22997123456", "2290197123456", "12024561111", "55", "54",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_they_are_those_of_all_spellings(number: str) -> None:
    for urn in (f"tel:+{number}", f"whatsapp:{number}"):
        assert weak_match_keys(urn) == {match_key(each) for each in spellings(urn, weak=True)} - {match_key(urn)}


@pytest.mark.parametrize("urn", ["mailto:ana@example.org", "tel:54", "whatsapp:55.abc", "telegram:5491123456789"])
def test_other_identities_have_none(urn: str) -> None:
    assert weak_match_keys(urn) == frozenset()
