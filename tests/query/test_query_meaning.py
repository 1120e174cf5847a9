"""Whom a query finds: each line a query and whether it finds Bob, for every rule of what conditions mean."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from query_schema import NOW, VIPS, make_schema

from contacthub.errors import QueryError
from contacthub.query import parse

BOB: dict[str, Any] = {
    "uuid": "c7d9bece-6bbd-4b3b-8a86-eb0cf1ac9d05", "id": 12345, "ref": "A6YWQL", "name": "Bob Smithwick",
    "urns": ["tel:+593979123456", "twitter:bob_smith", "whatsapp:5521987654321", "mailto:bob@x.com"],
    "language": "spa", "status": "active", "tags": ["VIP", "Promoção"], "lists": ["Sales"], "groups": [VIPS],
    "assignee": "bia", "opt_in": {"marketing": "yes", "utility": "no"},
    "opt_in_on": {"marketing": "2026-11-01T10:00:00+00:00"}, "opt_in_source": {"marketing": "form"},
    "fields": {
        "gender": "Male", "age": 36, "dob": "1981-05-28T13:30:23+00:00", "state": "Rwanda > Kigali", "empty": "",
        "district": "Rwanda > Kigali > Gasabo", "ward": "Rwanda > Kigali > Gasabo > Ndera", "city": "São Paulo",
    },
    "engagement": {"received": 3, "sent": 4, "delivered": 4, "read": 1, "failed": 0}, "imports": ["leads-1"],
    "flow": "Registration", "flow_history": ["Registration"], "tickets": 2, "remarks": "Call back\non Monday",
    "source": "manual", "country": "EC", "created_on": "2026-11-20T12:00:00+00:00",
    "modified_on": "2026-11-21T12:00:00+00:00", "first_seen_on": "2026-10-01T12:00:00+00:00",
    "last_seen_on": "2026-11-21T09:00:00+00:00", "last_sent_on": "2026-11-21T08:00:00+00:00",
    "last_message_on": "2026-11-21T09:00:00+00:00",
}  # fmt: skip
NOBODY: dict[str, Any] = {"uuid": "0", "name": "", "urns": [], "status": "active", "fields": {}, "opt_in": {}}

SCHEMA = make_schema(country="EC")

BOTH = [
    ('uuid = "C7D9BECE-6bbd-4b3b-8a86-eb0cf1ac9d05"', True),
    ("uuid = xyz", False),
    ("id = 12345", True),
    ("id != 12345", False),
    ("ref = a6ywql", True),
    # names
    ('name = "BOB smithwick"', True),
    ('name = " bob smithwick "', True),
    ("name = Bob", False),
    ("name ~ Bob", True),
    ("name ~ Bobby", False),
    ("name ~ Sm", True),
    ("name ~ Smithwicke", True),
    ("name ~ Smithx", False),
    ("name ~ ithwick", False),
    ('name ~ "nobody sm"', True),
    ("bob smith", True),
    ("bob jones", False),
    # URNs
    ("tel = +593979123456", True),
    ("tel = +593979123450", False),
    ("tel has 12345", True),
    ("tel ~ 33333", False),
    ("TWITTER IS bob_smith", True),
    ("twitter:bob_smith", True),
    ("twitter:jim_smith", False),
    ("twitter ~ SMITH", True),
    ("urn = bob_smith", True),
    ("urn ~ 98765", True),
    ("urn != bob_smith", False),
    ("urn != jim_smith", True),
    ('telegram = ""', True),
    ('tel = ""', False),
    ('urn != ""', True),
    # texts
    ("Gender is MALE", True),
    ("gender = female", False),
    ("gender != female", True),
    ("gender != male", False),
    ("empty != male", True),
    ('empty != ""', True),
    ('empty = ""', False),
    ("city = sao", False),
    ('city = "SÃO PAULO"', True),
    ('city = "sao paulo"', False),
    ("fields.language != eng", True),
    ('fields.language = ""', True),
    # places
    ("state = kigali", True),
    ('state = "Rwanda > Kigali"', True),
    ('state = "rwanda"', False),
    ("district = GASABO", True),
    ("ward != ndera", False),
    ("ward != solano", True),
    # numbers
    ("age = 36", True),
    ("age = 36.00", True),
    ("age is 35", False),
    ("age != 35", True),
    ("age > 36", False),
    ("age > 35.999999999999999999", True),
    ("age >= 36", True),
    ("age < 36", False),
    ("age < 37", True),
    ("age <= 36", True),
    ('age != ""', True),
    ("tickets = 2", True),
    ("tickets >= 3", False),
    # dates
    ("dob = 28-05-1981", True),
    ("dob = 1981-05-28", True),
    ("dob = 28.5.1981", True),
    ('dob = "28/05/1981 23:59"', True),
    ("dob = 28/05/81", True),
    ("dob != 28-05-1981", False),
    ("dob > 28-05-1981", False),
    ("dob > 27-05-1981", True),
    ("dob >= 28-05-1981", True),
    ("dob >= 29-05-1981", False),
    ("dob < 28-05-1981", False),
    ("dob < 29-05-1981", True),
    ("dob <= 28-05-1981", True),
    ("dob <= 27-05-1981", False),
    ("created_on = 20-11-2026", True),
    ("last_seen_on > 31-12-9999", False),
    ("last_seen_on <= 31-12-9999", True),
    # what has names
    ("status = ACTIVE", True),
    ("status != blocked", True),
    ("language = SPA", True),
    ("group = vips", True),
    ("group != vips", False),
    ("group = u-reporters", False),
    ("group != u-reporters", True),
    ("group = Adults", True),
    ('group = ""', False),
    ('group != ""', True),
    ("flow = registration", True),
    ("history = registration", True),
    ('flow = ""', False),
    # combinations
    ("age = 36 AND gender = male", True),
    ("age = 36 AND gender = female", False),
    ("age = 35 OR gender = female", False),
    ("(age = 36 OR gender = female) AND age > 35", True),
    ("gender = female AND age = 36 OR age = 36", True),
]

CONTACTHUB = [
    ("", True),
    ("NOT gender = female", True),
    ("NOT (gender = female OR age = 36)", False),
    # lists
    ("age = (1, 36)", True),
    ("age != (1, 36)", False),
    ("age != (1, 2)", True),
    ('city = (Recife, "são paulo")', True),
    ('fields.language = ("", eng)', True),
    ('fields.language != ("", eng)', False),
    ("tag = (vip, other)", True),
    # contains
    ("city ~ paulo", True),
    ("city ~ SAO", True),
    ("city ~ são", True),
    ("tag ~ promocao", True),
    ('remarks ~ "call back"', True),
    ("remarks ~ monday", True),
    ("ward ~ nder", True),
    ("ward ~ rwanda", False),
    ("ward ~ ndero", False),
    ("name ~ smíth", True),
    # phones: every spelling that reaches the same person
    ("phone = +5521987654321", True),
    ("phone = +552187654321", True),
    ('phone = "+55 (21) 98765-4321"', True),
    ("phone = 0979123456", True),
    ("phone = +5521987654322", False),
    ("phone ~ 8765", True),
    ('phone ~ "98765-43"', True),
    ("phone ~ 0000", False),
    ('phone = ""', False),
    ("mailto = BOB@x.com", True),
    ("bob@x.com", True),
    # attributes
    ("tag = vip", True),
    ("tag = promocao", False),
    ("tag != vip", False),
    ('tag = ""', False),
    ("list = sales", True),
    ("import = leads-1", True),
    ("assignee = bia", True),
    ('assignee = "bia souza"', True),
    ("assignee = me", True),
    ("assignee = rui", False),
    ('assignee = ""', False),
    ("opt_in = yes", True),
    ("opt_in = SIM", True),
    ("opt_in = sí", True),
    ("opt_in = no", False),
    ("opt_in.utility = não", True),
    ("opt_in.service = unknown", True),
    ("opt_in_on = 2026-11-01", True),
    ("opt_in_source = form", True),
    ('opt_in_on.utility = ""', True),
    ("reachable = true", True),
    ("reachable = false", False),
    ("country = ec", True),
    ("source = manual", True),
    ("messages_received = 3", True),
    ("messages_sent > 3", True),
    ("messages_delivered = 4", True),
    ("messages_read = 1", True),
    ("messages_failed = 0", True),
    ("reply_rate = 0.75", True),
    ("read_rate <= 0.25", True),
    ("needs_reply = yes", True),
    ("awaiting_reply = yes", False),
    ("awaiting_reply = no", True),
    ("active_30d = yes", True),
    ("active_30d = no", False),
    ("modified_on = today", True),
    ("first_seen_on < -30d", True),
    ("last_sent_on = today", True),
    # relative dates, at half past three on 21 November 2026
    ("created_on = yesterday", True),
    ("created_on >= -1d", True),
    ("created_on > -1d", False),
    ("created_on > -24h", False),
    ("created_on > -28h", True),
    ('created_on > "28 hours ago"', True),
    ("last_seen_on < now", True),
    ("last_seen_on > now", False),
    ("last_seen_on > tomorrow", False),
    ("last_seen_on < tomorrow", True),
    ('last_seen_on < "in 1 day"', True),
    ('created_on = "a day ago"', True),
    ("anniversary.dob = 28-05-2027", True),
    ("anniversary.dob > +30d", True),
    ("anniversary.created_on = today", False),
    ("anniversary.created_on > +11m", True),
    ('anniversary.dob != ""', True),
    ("month.dob = 5", True),
    ("month.dob != 5", False),
    ("month.dob = (4, 5)", True),
    ("month.dob < 5", False),
    ("month.dob <= 05", True),
]

WITHOUT_VALUES = [
    ("age = 36", False),
    ("age > 0", False),
    ("age < 99", False),
    ("age != 36", True),
    ("dob != 28-05-1981", True),
    ("dob < 28-05-1981", False),
    ('age = ""', True),
    ('name = ""', True),
    ("gender != male", True),
    ("tag != vip", True),
    ("city != (a, b)", True),
    ("tel != 5", True),
    ("group != vips", True),
    ('group = ""', True),
    ("opt_in = unknown", True),
    ("reachable = no", True),
    ("messages_sent = 0", True),
    ('reply_rate = ""', True),
    ("reply_rate >= 0", False),
    ("tickets = 0", True),
    ("needs_reply = no", True),
    ("awaiting_reply = no", True),
    ("active_30d = no", True),
    ("anniversary.dob = today", False),
    ("anniversary.dob != today", True),
    ("month.dob != 5", True),
]


@pytest.mark.parametrize("dialect", ["contacthub", "rapidpro"])
@pytest.mark.parametrize(("text", "found"), BOTH)
def test_both_dialects_find(text: str, found: bool, dialect: str) -> None:
    assert parse(text, SCHEMA, dialect).matches(BOB, NOW) is found  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "found"), CONTACTHUB)
def test_contacthub_finds(text: str, found: bool) -> None:
    assert parse(text, SCHEMA).matches(BOB, NOW) is found


@pytest.mark.parametrize(("text", "found"), WITHOUT_VALUES)
def test_a_contact_without_values(text: str, found: bool) -> None:
    assert parse(text, SCHEMA).matches(NOBODY, NOW) is found


def test_accents_matter_to_rapidpro() -> None:
    jose = {"name": "José", "status": "active"}
    assert parse("name ~ jose", SCHEMA).matches(jose)
    assert not parse("name ~ jose", SCHEMA, "rapidpro").matches(jose)
    assert parse("name ~ JOSÉ", SCHEMA, "rapidpro").matches(jose)


@pytest.mark.parametrize("status", ["blocked", "stopped", "archived"])
def test_who_is_not_active_has_no_groups(status: str) -> None:
    bob = BOB | {"status": status}
    for text, found in [
        ("group = VIPs", False), ("group = Adults", False), ("group != VIPs", True), ("group != Adults", True),
        ('group = ""', True), ('group != ""', False),
    ]:  # fmt: skip
        assert parse(text, SCHEMA).matches(bob) is found, text


def test_no_group_means_neither_a_static_nor_a_dynamic_one() -> None:
    child = {"status": "active", "groups": [], "fields": {"age": 7}}
    adult = {"status": "active", "groups": [], "fields": {"age": 70}}
    assert parse('group = ""', SCHEMA).matches(child)
    assert not parse('group = ""', SCHEMA).matches(adult)
    assert parse('group = ("", Adults)', SCHEMA).matches(adult)


def test_plain_group_names_stand_in_the_documents() -> None:
    query = parse("group = vips", make_schema(groups=["VIPs"]))
    assert query.matches({"status": "active", "groups": ["VIPs"]})
    assert not query.matches({"status": "active", "groups": [VIPS]})


def test_groups_within_groups() -> None:
    schema = make_schema(
        groups={"VIPs": VIPS, "Adults": "age >= 18", "Adult VIPs": "group = VIPs AND group = Adults",
                "Others": 'NOT group = "Adult VIPs"'},
    )  # fmt: skip
    assert parse('group = "adult vips"', schema).matches(BOB)
    assert not parse("group = Others", schema).matches(BOB)
    assert parse("group = Others", schema).matches(BOB | {"groups": []})


@pytest.mark.parametrize(
    ("groups", "text", "loop"),
    [
        ({"A": "group = A"}, "group = A", "A → A"),
        ({"A": "group = B", "B": "age > 1 OR NOT group = A"}, "group = a", "A → B → A"),
        ({"A": "group = B", "B": "group = C", "C": "group = B"}, "group = A", "B → C → B"),
        ({"A": 'group = ""'}, "group = A", "A → A"),
        ({"A": 'group != ""', "B": "age > 5"}, 'group = ""', "A → A"),
    ],
)
def test_a_group_cannot_contain_itself(groups: dict[str, str], text: str, loop: str) -> None:
    query = parse(text, make_schema(groups=groups))
    with pytest.raises(QueryError) as caught:
        query.meaning(NOW)
    assert (caught.value.code, caught.value.extra) == ("group_cycle", {"loop": loop})
    assert loop in str(caught.value)


def test_a_group_whose_query_became_invalid_is_named() -> None:
    query = parse("age > 5 AND group = Gone", make_schema(groups={"Gone": "beers > 5"}))
    with pytest.raises(QueryError, match="The group Gone cannot be used") as caught:
        query.meaning(NOW)
    assert (caught.value.code, caught.value.start, caught.value.end) == ("unknown_property", 12, 24)


def test_groups_that_double_at_every_step_are_refused() -> None:
    groups = {"G0": "age > 1"} | {f"G{n}": f"group = G{n - 1} AND NOT group = G{n - 1}" for n in range(1, 60)}
    with pytest.raises(QueryError) as caught:
        parse("group = G59", make_schema(groups=groups)).meaning(NOW)
    assert caught.value.code == "too_complex"


def test_long_chains_of_groups() -> None:
    groups = {"G0": "age > 1"} | {f"G{n}": f"group = G{n - 1}" for n in range(1, 2000)}
    schema = make_schema(groups=groups)
    assert parse("group = G40", schema).matches(BOB)
    with pytest.raises(QueryError) as caught:
        parse("group = G1999", schema).meaning(NOW)
    assert caught.value.code == "too_complex"


def test_without_a_schema_values_are_compared_as_what_they_look_like() -> None:
    for text, found in [
        ("age > 18", True), ("age < 18", False), ("age = 36", True), ("age = 36.0", True), ("age != 36", False),
        ("gender = male", True), ("gender > male", False), ("dob > 1980-01-01", True), ("dob = 28-05-1981", True),
        ("dob < -40y", True), ("gender > 5", False), ("gender = 2020-01-01", False), ('beers = ""', True),
        ("city ~ sao", True), ("anniversary.dob > +30d", True), ("month.dob = 5", True), ("month.gender = 5", False),
    ]:  # fmt: skip
        assert parse(text).matches(BOB, NOW) is found, text


def test_me_without_an_actor_is_nobody() -> None:
    assert not parse("assignee = me", make_schema(actor=None)).matches(BOB)


def test_each_condition_by_itself() -> None:
    query = parse("age > 40 AND NOT (tag = vip OR city = Recife)", SCHEMA)
    parts = query.conditions(NOW)
    assert [part.text for part in parts] == ["fields.age > 40", 'tag = "vip"', 'fields.city = "Recife"']
    assert [query.text[slice(*part.condition.span)] for part in parts] == ["age > 40", "tag = vip", "city = Recife"]


def test_a_time_without_a_zone_is_of_the_hub() -> None:
    query = parse("last_seen_on < now", make_schema(timezone="America/Recife"))
    assert query.meaning(datetime(2026, 11, 21, 12, 30)) == query.meaning(NOW)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"fields": None, "urns": None},
        {"fields": {"age": "many", "dob": 5, "city": 7}},
        {"fields": {"age": float("nan"), "dob": "soon"}},
        {"opt_in": None, "engagement": None, "created_on": "soon", "last_seen_on": "", "last_sent_on": "never"},
    ],
)
def test_documents_from_elsewhere_do_no_harm(document: dict[str, Any]) -> None:
    for text in [
        "age > 5", "dob > today", "city = x", "tel = 5", "tag = x", "anniversary.dob = today", "opt_in = yes",
        "created_on > -1d", "needs_reply = yes", "awaiting_reply = yes", "messages_sent > 0", "reachable = yes",
        "reply_rate > 0", "active_30d = yes", "opt_in_on < today",
    ]:  # fmt: skip
        assert parse(text, SCHEMA).matches(document, NOW) is False, text


def test_dates_of_python_are_dates() -> None:
    document = {"fields": {"dob": date(1990, 11, 21)}, "created_on": NOW, "last_seen_on": date(2026, 11, 20),
                "last_sent_on": "2026-11-19T00:00:00+00:00"}  # fmt: skip
    for text in ["anniversary.dob = today", "created_on = today", "last_seen_on = yesterday", "needs_reply = yes"]:
        assert parse(text, SCHEMA).matches(document, NOW), text
