"""URNs: one normal form for each identity."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contacthub.errors import InvalidValue
from contacthub.identity.keys import match_key
from contacthub.identity.urns import (
    SCHEMES,
    Urn,
    country_of,
    is_business_scoped,
    is_parent_business_scoped,
    is_valid_path,
    normalize,
    split_urn,
)

WEB = "abcdefABCDEF0123456789AB"

NORMAL = [
    ("tel:+55 21 98765-4321", "tel:+5521987654321"),
    ("tel: (21) 98765-4321 ", "tel:+5521987654321"),
    (" TEL:021987654321", "tel:+5521987654321"),
    ("tel:27127", "tel:27127"),
    ("tel:MyBank", "tel:mybank"),
    ("tel:bank24", "tel:bank24"),
    # Digits as they come: the exact id that a message came from is the one to answer to.
    ("whatsapp:5521987654321", "whatsapp:5521987654321"),
    ("whatsapp:552187654321", "whatsapp:552187654321"),
    ("whatsapp:5215512345678", "whatsapp:5215512345678"),
    ("whatsapp:+55 (21) 98765-4321", "whatsapp:5521987654321"),
    ("whatsapp:\N{LEFT-TO-RIGHT MARK}5521987654321", "whatsapp:5521987654321"),
    ("whatsapp:br.1000000000000001", "whatsapp:BR.1000000000000001"),
    ("whatsapp:br.ent.2000aB", "whatsapp:BR.ENT.2000aB"),
    ("mailto: Ana.Lima@Example.COM", "mailto:ana.lima@example.com"),
    ("mailto:JOÃO@example.com", "mailto:joão@example.com"),
    ("telegram: 123456789 ", "telegram:123456789"),
    ("facebook:1234", "facebook:1234"),
    ("instagram:1234", "instagram:1234"),
    ("twitterid:1234", "twitterid:1234"),
    ("jiochat:1234", "jiochat:1234"),
    ("twitter:@Bob_1", "twitter:bob_1"),
    ("viber:aB_=/+9", "viber:aB_=/+9"),
    ("line:Uab_12", "line:Uab_12"),
    (f"webchat:{WEB}", f"webchat:{WEB}"),
    (f"webchat:{WEB}:ana@example.com", f"webchat:{WEB}:ana@example.com"),
    ("ext:Ab C:d", "ext:Ab C:d"),
    ("fcm:aB:cD-_", "fcm:aB:cD-_"),
    ("slack:U0AB", "slack:U0AB"),
    ("vk:iD", "vk:iD"),
    ("wechat:oB", "wechat:oB"),
    ("rocketchat:Id", "rocketchat:Id"),
    ("freshchat:c/uU", "freshchat:c/uU"),
    ("discord:7Aa", "discord:7Aa"),
    ("ext:" + "x" * 200, "ext:" + "x" * 200),
    ("ext:e\N{COMBINING ACUTE ACCENT}", "ext:é"),
]


@pytest.mark.parametrize(("given_urn", "expected"), NORMAL)
def test_a_urn_has_one_normal_form(given_urn: str, expected: str) -> None:
    urn = normalize(given_urn, "BR")
    assert str(urn) == expected
    assert urn.verified
    assert urn.received == given_urn.strip().replace("e\N{COMBINING ACUTE ACCENT}", "é")
    assert is_valid_path(urn.scheme, urn.path)


def test_there_is_a_case_for_every_scheme() -> None:
    assert {expected.partition(":")[0] for _, expected in NORMAL} == set(SCHEMES)
    assert len(SCHEMES) == 20


REFUSED = [
    ("5521987654321", "invalid_urn"),
    ("tel", "invalid_urn"),
    ("tel:", "invalid_urn"),
    ("tel: \x00", "invalid_urn"),
    (":5521987654321", "invalid_urn"),
    ("", "invalid_urn"),
    ("phone:5521987654321", "unknown_scheme"),
    ("email:ana@example.com", "unknown_scheme"),
    ("tel:98765-4321", "phone_no_area_code"),
    ("tel:12", "phone_no_area_code"),
    ("tel:1-800-FLOWERS", "invalid_phone"),
    ("tel:2198765432l", "invalid_phone"),
    ("tel:none", "invalid_phone"),
    ("tel:my bank", "invalid_phone"),
    ("tel:na", "invalid_phone"),
    ("tel:5,52199E+12", "phone_digits_lost"),
    ("tel:21 98765-4321 / 21 98765-4322", "several_phones"),
    ("whatsapp:ana", "invalid_urn"),
    ("whatsapp:B.1", "invalid_urn"),
    ("whatsapp:BRA.1", "invalid_urn"),
    ("whatsapp:BR.", "invalid_urn"),
    ("whatsapp:BR.a-b", "invalid_urn"),
    ("whatsapp:BR." + "1" * 129, "invalid_urn"),
    ("whatsapp:5,52199E+12", "phone_digits_lost"),
    ("mailto:ana", "invalid_urn"),
    ("mailto:ana lima@example.com", "invalid_urn"),
    ("mailto:a@b@c", "invalid_urn"),
    ("mailto:<a>@example.com", "invalid_urn"),
    ("mailto:<ana@example.com>", "invalid_urn"),
    ("telegram:ana", "invalid_urn"),
    ("telegram:٣", "invalid_urn"),
    ("twitter:ana-lima", "invalid_urn"),
    ("twitter:abcdefghijklmnop", "invalid_urn"),
    ("twitter:@", "invalid_urn"),
    ("viber:" + "a" * 25, "invalid_urn"),
    ("line:a-b", "invalid_urn"),
    ("line:" + "a" * 37, "invalid_urn"),
    ("webchat:abc", "invalid_urn"),
    (f"webchat:{WEB}:ana", "invalid_urn"),
    ("ext:" + "x" * 201, "too_long"),
    ("tel:" + "1" * 201, "too_long"),
]


@pytest.mark.parametrize(("urn", "code"), REFUSED)
def test_a_urn_is_refused_with_its_reason(urn: str, code: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        normalize(urn, "BR")
    assert caught.value.code == code
    assert caught.value.property == "urns"
    assert caught.value.value == urn
    assert len(str(caught.value)) < 300


def test_a_short_code_needs_a_country() -> None:
    assert str(normalize("tel:27127", "US")) == "tel:27127"
    with pytest.raises(InvalidValue) as caught:
        normalize("tel:27127")
    assert caught.value.code == "phone_no_country"


def test_a_short_code_is_no_possible_number_and_a_valid_number_no_short_code() -> None:
    assert str(normalize("tel:12345", "DE")) == "tel:12345"
    assert str(normalize("tel:22158", "SH")) == "tel:+29022158"


@pytest.mark.parametrize(
    ("urn", "country", "codes", "verified"),
    [
        ("tel:190", "BR", ["emergency_number"], True),
        ("tel:112", "DE", ["emergency_number"], True),
        ("tel:0800 123 4567", "BR", ["toll_free"], True),
        ("tel:0900 123 4567", "BR", ["premium_rate"], True),
        ("tel:+55 20 98765-4321", "BR", ["unverified"], False),
        ("tel:21 3333-4444 ramal 12", "BR", ["extension_dropped"], True),
        ("whatsapp:21987654321", "BR", ["unverified"], False),
        ("whatsapp:123", "BR", ["unverified"], False),
        ("whatsapp:552187654321", "BR", [], True),
    ],
)
def test_what_deserves_a_second_look_is_kept_with_a_warning(
    urn: str, country: str, codes: list[str], verified: bool
) -> None:
    normal = normalize(urn, country)
    assert [warning.code for warning in normal.warnings] == codes
    assert normal.verified is verified


def test_a_urn_is_split_without_looking_at_its_path() -> None:
    assert split_urn(" WhatsApp : 21 98765-4321 ") == ("whatsapp", "21 98765-4321")
    assert split_urn("ext:a:b") == ("ext", "a:b")


@pytest.mark.parametrize(
    ("scheme", "path", "expected"),
    [
        ("tel", "+0123456566", True),
        ("tel", "5521987654321", False),
        ("tel", "+1234567890123456", False),
        ("twitter", "bobby", True),
        ("twitter", "Bobby", False),
        ("nothing", "1", False),
        ("ext", "x" * 201, False),
    ],
)
def test_a_path_is_judged_by_its_characters_alone(scheme: str, path: str, expected: bool) -> None:
    assert is_valid_path(scheme, path) is expected


@pytest.mark.parametrize(
    ("urn", "scoped", "parent"),
    [
        ("whatsapp:BR.1000000000000001", True, False),
        ("whatsapp:BR.ENT.2000000000000001", True, True),
        ("whatsapp:5521987654321", False, False),
        ("ext:BR.1000000000000001", False, False),
    ],
)
def test_a_business_scoped_id_is_a_key_of_its_own(urn: str, scoped: bool, parent: bool) -> None:
    assert is_business_scoped(urn) is scoped
    assert is_parent_business_scoped(urn) is parent
    if scoped:
        assert match_key(str(normalize(urn.lower()))) == urn


@pytest.mark.parametrize(
    ("urn", "country"),
    [
        ("tel:+5521987654321", "BR"),
        ("whatsapp:552187654321", "BR"),
        ("whatsapp:5215512345678", "MX"),
        ("tel:+12024561111", "US"),
        ("tel:+14165551234", "CA"),
        ("tel:+18095551234", "DO"),
        ("tel:+442079460958", "GB"),
        ("tel:+441481234567", "GG"),
        ("tel:+77012345678", "KZ"),
        ("tel:+390612345678", "IT"),
        ("tel:+390669812345", "VA"),
        ("tel:+15555555555", "US"),
        ("tel:+80012345678", ""),
        ("tel:+99912345678", ""),
        ("tel:12345", ""),
        ("tel:mybank", ""),
        ("whatsapp:BR.1000000000000001", ""),
        ("mailto:ana@example.com", ""),
    ],
)
def test_the_country_is_that_of_the_phone(urn: str, country: str) -> None:
    assert country_of(urn) == country


_paths = st.one_of(
    st.text(max_size=40),
    st.text("0123456789", min_size=1, max_size=16),
    st.text("0123456789+-() .@xA", min_size=1, max_size=20),
    st.builds("{}@{}".format, st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8)),
    st.builds("+55{}".format, st.text("0123456789", min_size=8, max_size=11)),
    st.builds("{}.{}".format, st.text("abBrR", min_size=2, max_size=2), st.text("eEnNtT.a1", max_size=12)),
    st.text("abcXYZ019", min_size=24, max_size=24),
)


@given(st.sampled_from(sorted(SCHEMES)), _paths, st.sampled_from(["BR", "MX", "US", "AR", "BJ", "DE", "GB", "IT", ""]))
def test_normalising_twice_changes_nothing(scheme: str, path: str, country: str) -> None:
    try:
        once = normalize(f"{scheme}:{path}", country)
    except InvalidValue:
        assume(False)
    again = normalize(str(once), country)
    assert str(again) == str(once)
    assert again.verified == once.verified
    assert is_valid_path(once.scheme, once.path)
    assert "\ud800" not in once.received


@given(
    st.text("0123456789", min_size=5, max_size=16), st.sampled_from(["BR", "MX", "US", "AR", "BJ", "DE", "IT", "IN"])
)
def test_a_full_number_is_the_same_under_any_country(digits: str, country: str) -> None:
    try:
        urn = normalize(f"tel:{digits}", country)
    except InvalidValue:
        assume(False)
    assume(urn.path.startswith("+"))
    assert str(normalize(str(urn))) == str(urn)
    assert str(normalize(str(urn), "US")) == str(urn)


def test_a_urn_prints_as_it_is_stored_and_equals_every_way_to_receive_it() -> None:
    urn = Urn("tel", "+5521987654321", "tel:21987654321")
    assert str(urn) == "tel:+5521987654321"
    assert len({urn, normalize("tel:+55 21 98765-4321"), normalize("tel:5521987654321", "BR")}) == 1
