"""Help for people: what a query uses and may be used for, completion while typing, names for sorting."""

from __future__ import annotations

import subprocess
import sys

import pytest
from query_schema import make_schema

from contacthub.errors import InvalidValue, QueryError
from contacthub.identity import urns
from contacthub.query import check, check_group, complete, parse, property_named, sort_named
from contacthub.query.completion import Completion
from contacthub.query.names import SCHEMES, named
from contacthub.query.properties import Property, attribute

SCHEMA = make_schema()


# -- check -------------------------------------------------------------------------------------------------------------
def test_check_tells_what_a_query_uses() -> None:
    found = check(
        'AGE > 18 AND name != "" OR twitter = bobby OR tel ~1234 AND tickets > 0 AND group = (vips, "")', SCHEMA
    )
    assert found.canonical == (
        '(fields.age > 18 AND name != "") OR urns.twitter = "bobby" OR '
        '(urns.tel ~ 1234 AND tickets > 0 AND group = ("vips", ""))'
    )
    assert found.attributes == ("group", "name", "tickets")
    assert found.schemes == ("tel", "twitter")
    assert found.fields == ("age",)
    assert found.groups == ("VIPs",)


@pytest.mark.parametrize(
    ("text", "contacthub", "rapidpro"),
    [
        ("bob", True, True),
        ("age > 18", True, True),
        ("id = 123", True, False),
        ("ref = A6YWQL", True, False),
        ("group = U-reporters", True, False),
        ('group = ""', True, False),
        ("flow = Registration", True, False),
        ("history = Registration", True, False),
        ("status = active", False, False),
        ("age > 3 OR NOT status = blocked", False, None),
        ("assignee = me", False, None),
        ("assignee = bia", True, None),
        ("", False, None),
    ],
)
def test_what_may_define_a_group(text: str, contacthub: bool, rapidpro: bool | None) -> None:
    found = check(text, SCHEMA)
    assert found.allow_as_group is contacthub
    assert bool(found.group_reasons) is not contacthub
    if rapidpro is not None:
        assert check(text, SCHEMA, "rapidpro").allow_as_group is rapidpro


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("age > 18 AND tel ~ 1234", ""),
        ("tel:+0123456566 OR twitter = bob", ""),
        ("group = VIPs", ""),
        ("name = will OR (gender = male AND age > 5)", ""),
        ("name ~ jose", "accents"),
        ("tag = vip", "RapidPro has no property called tag."),
        ("NOT age > 5", "RapidPro"),
        ("city = (a, b)", "RapidPro does not take it."),
        ("dob > -30d", "RapidPro does not take it."),
        ("ana@x.com", 'RapidPro reads urns.mailto = "ana@x.com" as name ~ "ana@x.com".'),
        ("98765-4321", "RapidPro reads phone ~ 987654321 as urns.tel ~ 987654321."),
        ("city ~ recife", "RapidPro does not take it."),
        ("", "RapidPro does not take it."),
    ],
)
def test_what_is_portable(text: str, reason: str) -> None:
    found = check(text, SCHEMA)
    assert found.portable is not bool(reason)
    assert reason in " ".join(found.portable_reasons)


def test_a_group_is_checked_before_it_is_saved() -> None:
    assert check_group("New", "age > 18 AND group = Adults", SCHEMA).saved() == 'fields.age > 18 AND group = "Adults"'
    for name, text, code in [
        ("New", "status = active", "not_a_group"),
        ("New", "", "not_a_group"),
        ("Adults", "group = adults", "group_cycle"),
        ("VIPs", "age > 5 AND group = vips", "group_cycle"),
        ("New", "age > 5 AND group = new", "group_cycle"),
        ("New", 'group = ""', "group_cycle"),
        ("New", "beers = 5", "unknown_property"),
    ]:
        with pytest.raises(QueryError) as caught:
            check_group(name, text, SCHEMA)
        assert caught.value.code == code


def test_a_group_that_asks_for_itself_is_told_so_even_before_there_is_one() -> None:
    with pytest.raises(QueryError) as caught:
        check_group("New", "age > 5 AND group = new", SCHEMA)
    assert caught.value.extra == {"loop": "New → New"}


@pytest.mark.parametrize("name", ["month.dob", "anniversary.created_on", "active_30d"])
def test_what_has_no_value_outside_a_query_is_refused_as_a_column(name: str) -> None:
    for refused in (lambda: property_named(name, SCHEMA), lambda: sort_named(f"-{name}", SCHEMA)):
        with pytest.raises(QueryError) as caught:
            refused()
        assert caught.value.code == "unsupported_property"


def test_a_query_shows_itself() -> None:
    query = parse("name = '<b>'".replace("'", '"'), SCHEMA)
    assert repr(query) == """Query('name = "<b>"')"""
    assert query._repr_html_() == "<code>name = &quot;&lt;b&gt;&quot;</code>"
    assert repr(parse("age > 5", SCHEMA, "rapidpro")) == "Query('fields.age > 5', dialect='rapidpro')"


def test_the_country_of_a_schema_is_one() -> None:
    assert make_schema(country="us").country == "US"
    with pytest.raises(InvalidValue, match="country"):
        make_schema(country="Brasil")


# -- completion --------------------------------------------------------------------------------------------------------
def suggested(text: str, cursor: int | None = None, **schema: object) -> list[Completion]:
    known = {"city": [("Recife", 7), ("São Paulo", 2), ("and", 1)], "tag": [("vip", 3), ("5 stars", 1)]}
    resolver = make_schema(**schema)
    return complete(
        text, len(text) if cursor is None else cursor, resolver,
        lambda property, typed: [v for v in known.get(property.key, []) if v[0].lower().startswith(typed.lower())],
    )  # fmt: skip


def applied(text: str, cursor: int | None = None, **schema: object) -> list[str]:
    return [text[: each.start] + each.text + text[each.end :] for each in suggested(text, cursor, **schema)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("na", "name "),
        ("NA", "name "),
        ("ag", "age "),
        ("last_s", "last_seen_on "),
        ("seen", "last_seen_on "),
        ("twi", "twitter "),
        ("fields.l", "fields.language "),
        ("urns.tele", "urns.telegram "),
        ("anniversary.", "anniversary.dob "),
        ("opt_in.u", "opt_in.utility "),
        ("age", "age "),
        ("age ", "age = "),
        ("name ", "name ~ "),
        ("status ", "status = "),
        ("tag = vip a", "tag = vip AND "),
        ("tag = vip ", "tag = vip AND "),
        ("(tag = vip) o", "(tag = vip) OR "),
        ("tag = vip AND ag", "tag = vip AND age "),
        ("NOT ag", "NOT age "),
        ("(ag", "(age "),
        ("city = ", "city = Recife "),
        ("city = r", "city = Recife "),
        ("city=r", "city=Recife "),
        ("city = s", 'city = "São Paulo" '),
        ('city = "s', 'city = "São Paulo" '),
        ("city = a", 'city = "and" '),
        ("city = (Recife, s", 'city = (Recife, "São Paulo" '),
        ("tag != v", "tag != vip "),
        ("group = u", "group = U-Reporters "),
        ("group = adu", "group = Adults "),
        ("assignee = ", "assignee = me "),
        ("status = bl", "status = blocked "),
        ("opt_in = u", "opt_in = unknown "),
        ("reachable = ", "reachable = yes "),
        ("dob > ", "dob > today "),
        ("anniversary.dob <= ", "anniversary.dob <= today "),
        ("month.dob = 1", "month.dob = 1 "),
        ("flow = ", "flow = Registration "),
    ],
)
def test_the_best_suggestion(text: str, first: str) -> None:
    assert applied(text)[0] == first


@pytest.mark.parametrize("text", ["age > ", "age > 1", "xyz = ", "dob = 27", "city = (Recife "])
def test_where_nothing_is_known_nothing_is_suggested(text: str) -> None:
    assert applied(text) == []


def test_completion_in_the_middle_replaces_the_word_under_the_cursor() -> None:
    assert applied("cit = Recife AND age > 5", 2)[0] == "city  = Recife AND age > 5"
    assert applied('city = "Reci" AND age > 5', 10)[0] == "city = Recife  AND age > 5"


def test_suggestions_tell_their_kind_and_count() -> None:
    assert [(each.label, each.kind, each.count) for each in suggested("city = r")] == [("Recife", "value", 7)]
    kinds = {each.label: each.kind for text in ("ag", "na", "twi", "age ", "tag = x ") for each in suggested(text)}
    assert [kinds[label] for label in ("age", "name", "twitter", ">", "AND")] == [
        "field", "attribute", "scheme", "operator", "word",
    ]  # fmt: skip


def test_every_operator_that_is_suggested_is_taken() -> None:
    samples = {"age": "5", "dob": "today", "status": "active", "reachable": "yes", "language": "por", "group": "VIPs"}
    for name in ("age", "dob", "status", "reachable", "language", "group", "city", "tag", "tel", "name", "ward", "urn"):
        operators = [each.text for each in suggested(name + " ")]
        assert "= " in operators
        for operator in operators:
            parse(f"{name} {operator}{samples.get(name, 'abcd')}", SCHEMA)


def test_hidden_identities_are_not_suggested() -> None:
    def paths(property: Property, typed: str) -> list[tuple[str, int]]:
        return [("+12024561111", 1)]

    assert complete("tel = ", 6, make_schema(), paths)
    assert complete("tel = ", 6, make_schema(redact_urns=True), paths) == []


def test_every_name_that_is_suggested_is_known() -> None:
    for letter in "abcdefghijklmnopqrstuvwxyz":
        for each in suggested(letter):
            if each.kind != "word":
                named(each.label, SCHEMA, "contacthub")


# -- names -------------------------------------------------------------------------------------------------------------
def test_sorts_are_named_like_properties() -> None:
    assert sort_named("name", SCHEMA) == (attribute("name"), False)
    assert sort_named("-created_on", SCHEMA) == (attribute("created_on"), True)
    assert sort_named(" -Age ", SCHEMA) == (Property("field", "age", "number"), True)
    assert property_named("fields.language", SCHEMA) == Property("field", "language", "text")
    with pytest.raises(QueryError) as caught:
        sort_named("-ctiy", SCHEMA)
    assert caught.value.code == "unknown_property"


def test_the_schemes_are_those_of_identity() -> None:
    assert {scheme.name for scheme in urns.SCHEMES.values()} == SCHEMES


def test_an_ordinary_query_loads_neither_phone_numbers_nor_frames() -> None:
    program = (
        "import sys; from contacthub.query import parse, Schema;"
        "parse('name ~ ana AND age > 5 AND tag = vip', Schema(fields={'age': 'number'})).matches({'name': 'Ana'});"
        "print([m for m in ('phonenumbers', 'pandas', 'pyarrow', 'textual', 'tinydb') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("part", "value"),
    [("fields", {"age": "numeric"}), ("timezone", "Mars/Olympus"), ("timezone", ""), ("date_order", "dym")],
)
def test_a_schema_that_cannot_be(part: str, value: object) -> None:
    with pytest.raises(InvalidValue) as caught:
        make_schema(**{part: value})
    assert (caught.value.code, caught.value.property) == ("invalid_schema", part)


def test_what_is_lazy_is_there() -> None:
    import contacthub.query

    for name in contacthub.query.__all__:
        assert callable(getattr(contacthub.query, name))
    with pytest.raises(AttributeError):
        contacthub.query.nothing
