"""What is refused: with which code and extra, where, and with a sentence that helps."""

from __future__ import annotations

import pytest
from query_schema import make_schema

from contacthub.errors import QueryError
from contacthub.query import Schema, caret, parse

SCHEMA = make_schema()
REDACTED = make_schema(redact_urns=True)

SYNTAX = [
    # text, where, a part of the message
    ("$", (0, 1), "$ cannot stand here"),
    ("name = ", (6, 6), "A value was expected after ="),
    ("name =", (6, 6), "A value was expected"),
    ('name = "x', (7, 8), "no closing double quote"),
    ('nam/e = "x"', (6, 7), "nam/e is no property name"),
    ('name. = "x"', (6, 7), "name. is no property name"),
    ('.name != "x"', (6, 8), ".name is no property name"),
    ("= x", (0, 1), "A property was expected before ="),
    ("name = = x", (7, 8), "To use = as a value, put it in double quotes"),
    ("name = AND", (7, 10), "A value was expected after ="),
    ("name is has", (8, 11), "A value was expected after ="),
    ("(name = x", (9, 9), "A closing bracket was expected"),
    ("name = x)", (8, 9), "closes nothing"),
    ("()", (1, 2), "A condition was expected here"),
    ("AND will", (0, 3), "A condition was expected before AND"),
    ("will OR", (7, 7), "A condition was expected after OR"),
    ("will OR OR felix", (8, 10), "A condition was expected"),
    ("will, felix", (4, 5), ","),
    ("name > \u200fx", (7, 8), "right-to-left mark"),
    ("na\x00me", (2, 3), "U+0000"),
    ("\ud800", (0, 1), "surrogate"),
    ("will \ndob = %", (12, 13), "Line 2, column 7"),
]
SYNTAX_CONTACTHUB = [
    ("city = (", (8, 8), ""),
    ("city = ()", (8, 9), ""),
    ("city = (a b)", (10, 11), "A comma or a closing bracket was expected"),
    ("city = (a,)", (10, 11), "A value was expected"),
    ("city = (a, AND)", (11, 14), "AND"),
    ("city = (a", (9, 9), "A closing bracket was expected"),
]
SYNTAX_RAPIDPRO = [
    ("city = (Recife, Natal)", (7, 8), "A value was expected after ="),
    ("city = (Recife)", (7, 8), "A value was expected after ="),
    ("a.b.c = 1", (0, 5), "at most one prefix"),
    ("fields.b.c = 1", (0, 10), "at most one prefix"),
    ("", (0, 0), "An empty text is no query"),
]


@pytest.mark.parametrize("dialect", ["contacthub", "rapidpro"])
@pytest.mark.parametrize(("text", "where", "message"), SYNTAX)
def test_syntax(text: str, where: tuple[int, int], message: str, dialect: str) -> None:
    _refused(text, "syntax", {}, where, message, SCHEMA, dialect)


@pytest.mark.parametrize(("text", "where", "message"), SYNTAX_CONTACTHUB)
def test_syntax_of_lists(text: str, where: tuple[int, int], message: str) -> None:
    _refused(text, "syntax", {}, where, message, SCHEMA)


@pytest.mark.parametrize(("text", "where", "message"), SYNTAX_RAPIDPRO)
def test_syntax_of_rapidpro(text: str, where: tuple[int, int] | None, message: str) -> None:
    _refused(text, "syntax", {}, where, message, SCHEMA, "rapidpro")


BOTH = [
    ("xxx.age = 12", "unknown_property_type", {"type": "xxx"}, (0, 7)),
    ("beers = 12", "unknown_property", {"property": "beers"}, (0, 5)),
    ("fields.beers = 12", "unknown_property", {"property": "beers"}, (0, 12)),
    ("urns.beers = 12", "unknown_property", {"property": "beers"}, (0, 10)),
    ("will xyz != 1", "unknown_property", {"property": "xyz"}, (5, 8)),
    ("uuid ~ 234", "unsupported_contains", {"property": "uuid"}, (0, 10)),
    ("id ~ 02352", "unsupported_contains", {"property": "id"}, None),
    ("ref ~ A6Y", "unsupported_contains", {"property": "ref"}, None),
    ("status ~ sto", "unsupported_contains", {"property": "status"}, None),
    ("language ~ eng", "unsupported_contains", {"property": "language"}, None),
    ("group ~ porters", "unsupported_contains", {"property": "group"}, None),
    ("flow ~ reg", "unsupported_contains", {"property": "flow"}, None),
    ("history ~ reg", "unsupported_contains", {"property": "history"}, None),
    ("tickets ~ 12", "unsupported_contains", {"property": "tickets"}, None),
    ("created_on ~ 2018", "unsupported_contains", {"property": "created_on"}, None),
    ("age ~ 18", "unsupported_contains", {"property": "age"}, None),
    ("dob ~ 20-02-2020", "unsupported_contains", {"property": "dob"}, None),
    ('Name ~ ""', "invalid_partial_name", {"min_token_length": "2"}, (7, 9)),
    ('name ~ "x"', "invalid_partial_name", {"min_token_length": "2"}, (7, 10)),
    ('name ~ "! ?"', "invalid_partial_name", {"min_token_length": "2"}, None),
    ('urn ~ "23"', "invalid_partial_urn", {"min_value_length": "3"}, (6, 10)),
    ("tel ~ 23", "invalid_partial_urn", {"min_value_length": "3"}, None),
    ("uuid > 123", "unsupported_comparison", {"property": "uuid", "operator": ">"}, (0, 10)),
    ("name > Will", "unsupported_comparison", {"property": "name", "operator": ">"}, None),
    ("tel < 23425", "unsupported_comparison", {"property": "tel", "operator": "<"}, None),
    ("urn >= 02352", "unsupported_comparison", {"property": "urn", "operator": ">="}, None),
    ("gender <= male", "unsupported_comparison", {"property": "gender", "operator": "<="}, None),
    ("state > Pichincha", "unsupported_comparison", {"property": "state", "operator": ">"}, None),
    ("group > reporters", "unsupported_comparison", {"property": "group", "operator": ">"}, None),
    ('uuid = ""', "unsupported_setcheck", {"property": "uuid", "operator": "="}, (0, 9)),
    ('uuid != ""', "unsupported_setcheck", {"property": "uuid", "operator": "!="}, None),
    ('id = ""', "unsupported_setcheck", {"property": "id", "operator": "="}, None),
    ('ref = ""', "unsupported_setcheck", {"property": "ref", "operator": "="}, None),
    ('status = ""', "unsupported_setcheck", {"property": "status", "operator": "="}, None),
    ('tickets = ""', "unsupported_setcheck", {"property": "tickets", "operator": "="}, None),
    ('created_on = ""', "unsupported_setcheck", {"property": "created_on", "operator": "="}, None),
    ("age = XZ", "invalid_number", {"value": "XZ"}, (6, 8)),
    ("age = 1e10", "invalid_number", {"value": "1e10"}, None),
    ("age > .5", "invalid_number", {"value": ".5"}, None),
    ("age > 5.", "invalid_number", {"value": "5."}, None),
    ("age > ٣", "invalid_number", {"value": "٣"}, None),
    ('age > ""', "invalid_number", {"value": ""}, None),
    ("tickets = " + "9" * 37, "invalid_number", {"value": "9" * 37}, None),
    ("tickets = 0." + "9" * 37, "invalid_number", {"value": "0." + "9" * 37}, None),
    ("dob = AB", "invalid_date", {"value": "AB"}, (6, 8)),
    ("dob = 32", "invalid_date", {"value": "32"}, None),
    ("created_on = 31-02-2020", "invalid_date", {"value": "31-02-2020"}, None),
    ("created_on = 12-31-2020", "invalid_date", {"value": "12-31-2020"}, None),
    ("created_on = 27-01/2020", "invalid_date", {"value": "27-01/2020"}, None),
    ('created_on = "27-01-2020 25:00"', "invalid_date", {"value": "27-01-2020 25:00"}, None),
    ('created_on > ""', "invalid_date", {"value": ""}, None),
    ('group = "Cool Kids"', "invalid_group", {"value": "Cool Kids"}, (8, 19)),
    ('flow = "Catch All"', "invalid_flow", {"value": "Catch All"}, None),
    ("history = Nothing", "invalid_flow", {"value": "Nothing"}, None),
    ("status = xxxx", "invalid_status", {"value": "xxxx"}, None),
    ("language = zzzzzz", "invalid_language", {"value": "zzzzzz"}, None),
    ("language = zzz", "invalid_language", {"value": "zzz"}, (11, 14)),
    ("language = e1g", "invalid_language", {"value": "e1g"}, None),
]
CONTACTHUB = [
    ("country.x = 1", "unknown_property_type", {"type": "country"}, (0, 9)),
    ("anniversary.month.dob = 1", "unknown_property_type", {"type": "anniversary"}, None),
    ("a.b.c = 1", "unknown_property_type", {"type": "a"}, None),
    ("fields.b.c = 1", "unknown_property", {"property": "b.c"}, None),
    ("contact.beers = 1", "unknown_property", {"property": "beers"}, None),
    ("opt_in.beers = yes", "unknown_property", {"property": "opt_in.beers"}, None),
    ("contact.tag.beers = yes", "unknown_property", {"property": "tag.beers"}, None),
    ("reachable ~ yes", "unsupported_contains", {"property": "reachable"}, None),
    ("messages_sent ~ 12", "unsupported_contains", {"property": "messages_sent"}, None),
    ("anniversary.dob ~ today", "unsupported_contains", {"property": "dob"}, None),
    ("city ~ x", "invalid_partial_text", {"min_value_length": "2"}, (7, 8)),
    ('tag ~ "\u0301\u0301"', "invalid_partial_text", {"min_value_length": "2"}, None),
    ("city ~ (recife, x)", "invalid_partial_text", {"min_value_length": "2"}, (16, 17)),
    ("phone ~ 12", "invalid_partial_urn", {"min_value_length": "3"}, None),
    ("phone ~ abcdef", "invalid_partial_urn", {"min_value_length": "3"}, None),
    ("age > (1, 2)", "unsupported_comparison", {"property": "age", "operator": ">"}, None),
    ("anniversary.age = 5", "unsupported_comparison", {"property": "age", "operator": "="}, None),
    ("month.name = 5", "unsupported_comparison", {"property": "name", "operator": "="}, None),
    ('reachable = ""', "unsupported_setcheck", {"property": "reachable", "operator": "="}, None),
    ('messages_read != ""', "unsupported_setcheck", {"property": "messages_read", "operator": "!="}, None),
    ('opt_in = (yes, "")', "unsupported_setcheck", {"property": "opt_in", "operator": "="}, None),
    ("age = (1, x)", "invalid_number", {"value": "x"}, (10, 11)),
    ("dob = 30d", "invalid_date", {"value": "30d"}, None),
    ("dob = +30x", "invalid_date", {"value": "+30x"}, None),
    ('dob = "in 3 days ago"', "invalid_date", {"value": "in 3 days ago"}, None),
    ("reachable = maybe", "invalid_value", {"property": "reachable", "value": "maybe"}, (12, 17)),
    ("reachable = unknown", "invalid_value", {"property": "reachable", "value": "unknown"}, None),
    ("opt_in = maybe", "invalid_value", {"property": "opt_in", "value": "maybe"}, None),
    ("assignee = nobody", "invalid_value", {"property": "assignee", "value": "nobody"}, None),
    ("month.dob = 13", "invalid_value", {"property": "dob", "value": "13"}, None),
    ("month.dob = may", "invalid_value", {"property": "dob", "value": "may"}, None),
    ("phone = 4567", "invalid_value", {"property": "phone", "value": "4567"}, None),
    ("phone = nobody", "invalid_value", {"property": "phone", "value": "nobody"}, None),
]
RAPIDPRO = [
    ("opt_in.utility = yes", "unknown_property_type", {"type": "opt_in"}, None),
    ("anniversary.dob = today", "unknown_property_type", {"type": "anniversary"}, None),
    ("contact.name = x", "unknown_property_type", {"type": "contact"}, None),
    ("tag = vip", "unknown_property", {"property": "tag"}, None),
    ("phone = 2024561111", "unknown_property", {"property": "phone"}, None),
    ("city ~ recife", "unsupported_contains", {"property": "city"}, None),
    ("dob > -30d", "invalid_date", {"value": "-30d"}, None),
    ("dob > today", "invalid_date", {"value": "today"}, None),
]
HIDDEN = ["URN=ewok", "URN!=ewok", "tel = 233", "tel ~ 233", "mailto = user@example.com", "MAILTO ~ user@example.com"]


@pytest.mark.parametrize("dialect", ["contacthub", "rapidpro"])
@pytest.mark.parametrize(("text", "code", "extra", "where"), BOTH)
def test_both_dialects(
    text: str, code: str, extra: dict[str, str], where: tuple[int, int] | None, dialect: str
) -> None:
    _refused(text, code, extra, where, "", SCHEMA, dialect)


@pytest.mark.parametrize(("text", "code", "extra", "where"), CONTACTHUB)
def test_contacthub(text: str, code: str, extra: dict[str, str], where: tuple[int, int] | None) -> None:
    _refused(text, code, extra, where, "", SCHEMA)


@pytest.mark.parametrize(("text", "code", "extra", "where"), RAPIDPRO)
def test_rapidpro(text: str, code: str, extra: dict[str, str], where: tuple[int, int] | None) -> None:
    _refused(text, code, extra, where, "", SCHEMA, "rapidpro")


@pytest.mark.parametrize("text", [*HIDDEN, "phone = 2024561111", "phone ~ 4561", "NOT tel = 5", 'tel = ("", 5)'])
def test_hidden_identities_cannot_be_asked_for(text: str) -> None:
    _refused(text, "redacted_urns", {}, None, "hidden", REDACTED)


@pytest.mark.parametrize("text", HIDDEN)
def test_hidden_identities_cannot_be_asked_for_in_rapidpro(text: str) -> None:
    _refused(text, "redacted_urns", {}, None, "hidden", REDACTED, "rapidpro")


@pytest.mark.parametrize(
    "text",
    [
        "age = 000" + "9" * 36,
        "age = " + "9" * 36 + "." + "0" * 40,
        "age = 0." + "0" * 40 + "1",
        "age = 1" + "0" * 60,
        "age = +5",
    ],
)
def test_zeros_at_either_end_do_not_count_against_the_digits(text: str) -> None:
    assert parse(text, SCHEMA, "rapidpro")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("ctiy = Recife", "Did you mean city?"),
        ("last_sen_on > -3d", "Did you mean last_se"),
        ("group = vip", "Did you mean VIPs?"),
        ("assignee = zoe", "The members are bia, rui."),
        ("assignee = bai", "Did you mean bia?"),
        ("language = Portuguese", "Did you mean por?"),
        ("urns.whatsap = 5", "Did you mean whatsapp?"),
        ("aeg = 5", "Did you mean age?"),
        ("tga = vip", "Did you mean tag?"),
        ("telefone = 5", "Did you mean phone?"),
        ("fone = 5", "Did you mean phone"),
        ("e_mail = x", "Did you mean mailto?"),
    ],
)
def test_the_nearest_known_name_is_offered(text: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, SCHEMA)
    assert hint in str(caught.value)


def test_the_first_error_of_the_text_is_told() -> None:
    _refused("age = x AND name > 5", "invalid_number", {"value": "x"}, None, "", SCHEMA)
    _refused("ctiy = 5 AND name > 5 AND )", "syntax", {}, (26, 27), "", SCHEMA)


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        ("age > x", 'age > x\n      ^'),
        ("will and\nctiy = Recife", "ctiy = Recife\n^^^^"),
        ("name = ", "name = \n      ^"),
        ("名前 ctiy = 5", "名前 ctiy = 5\n     ^^^^"),
        ("name\t=\tx ctiy = 5", "name = x ctiy = 5\n         ^^^^"),
        ("name\x00", "name\ufffd\n    ^"),
    ],
)  # fmt: skip
def test_the_place_is_pointed_at(text: str, picture: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, SCHEMA)
    assert caret(caught.value) == picture


def test_a_long_line_is_cut_around_the_place() -> None:
    with pytest.raises(QueryError) as caught:
        parse("will " * 40 + "ctiy = 5" + " will" * 40, SCHEMA)
    line, pointer = caret(caught.value, 60).split("\n")
    assert len(line) == 62
    assert line[pointer.index("^") : pointer.rindex("^") + 1] == "ctiy"
    assert caret(QueryError("without a text", code="syntax")) == ""


def _refused(
    text: str, code: str, extra: dict[str, str], where: tuple[int, int] | None, message: str, schema: Schema,
    dialect: str = "contacthub",
) -> None:  # fmt: skip
    with pytest.raises(QueryError) as caught:
        parse(text, schema, dialect)  # type: ignore[arg-type]
    error = caught.value
    assert (error.code, error.extra) == (code, extra)
    assert message in str(error)
    assert str(error)[-1] in ".?"
    if where:
        assert (error.start, error.end) == where
    assert error.query == text
