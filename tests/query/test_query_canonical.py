"""What a text is read as, shown by its canonical text; every canonical text is read as itself."""

from __future__ import annotations

import pytest
from query_schema import make_schema

from contacthub.errors import QueryError
from contacthub.query import Schema, parse

SCHEMA = make_schema()
REDACTED = make_schema(redact_urns=True)

RAPIDPRO = [
    # bare words
    ('"will"', 'name ~ "will"'),
    ("Will", 'name ~ "Will"'),
    ("wi", 'name ~ "wi"'),
    ("w", 'name = "w"'),
    ("w me", 'name = "w" AND name ~ "me"'),
    ("w m", 'name = "w" AND name = "m"'),
    ("tel:+0123456566", 'urns.tel = "+0123456566"'),
    ("TEL:+0123456566", 'urns.tel = "+0123456566"'),
    ("twitter:bobby", 'urns.twitter = "bobby"'),
    ("nobody:bobby", 'name ~ "nobody:bobby"'),
    ("(202) 456-1111", 'urns.tel = "+12024561111"'),
    ("+12024561111", 'urns.tel = "+12024561111"'),
    (" 202.456.1111 ", 'urns.tel = "+12024561111"'),
    ('"+12024561111"', 'urns.tel ~ "+12024561111"'),
    ("566", "name ~ 566"),
    ("0123-456-566", "urns.tel ~ 0123456566"),
    ("+123", 'name ~ "+123"'),
    ("ana@x.com", 'name ~ "ana@x.com"'),
    ("xxx.age", 'name ~ "xxx.age"'),
    ("not will", 'name ~ "not" AND name ~ "will"'),
    # names
    ("Name=will", 'name = "will"'),
    ("Name=O'Shea", 'name = "O\'Shea"'),
    ('Name ~ "felix"', 'name ~ "felix"'),
    ('Name HAS "Felix"', 'name ~ "Felix"'),
    ('name is ""', 'name = ""'),
    ('name != ""', 'name != ""'),
    ('name = "O\\"Leary"', 'name = "O\\"Leary"'),
    # attributes
    ("language = spa", 'language = "spa"'),
    ("Group IS U-Reporters", 'group = "U-Reporters"'),
    ("flow = registration", 'flow = "registration"'),
    ('history != ""', 'history != ""'),
    ("CREATED_ON>27-01-2020", 'created_on > "27-01-2020"'),
    ("created_on = 2020-01-27", 'created_on = "2020-01-27"'),
    ("status = ACTIVE", 'status = "ACTIVE"'),
    ("tickets = 0", "tickets = 0"),
    ("URN=ewok", 'urn = "ewok"'),
    ("id = 02352", "id = 02352"),
    ("ref = A6YWQL", 'ref = "A6YWQL"'),
    # URN schemes
    ('tel=""', 'urns.tel = ""'),
    ("tel IS 233", "urns.tel = 233"),
    ("tel HAS 233", "urns.tel ~ 233"),
    ("MAILTO ~ user@example.com", 'urns.mailto ~ "user@example.com"'),
    ("URNS.MAILTO = user@example.com", 'urns.mailto = "user@example.com"'),
    # fields
    ("Age IS 18", "fields.age = 18"),
    ('FIELDS.AGE != "45"', "fields.age != 45"),
    ("age = -5", 'fields.age = "-5"'),
    ("age = 1.50", "fields.age = 1.50"),
    ('fields.language = "EN"', 'fields.language = "EN"'),
    ("DOB <= 27.01.2020", 'fields.dob <= "27.01.2020"'),
    ("state = Pichincha", 'fields.state = "Pichincha"'),
    # combinations
    ("will felix", 'name ~ "will" AND name ~ "felix"'),
    ("will +123456566", 'name ~ "will" AND urns.tel ~ "+123456566"'),
    ("will AND felix AND matt", 'name ~ "will" AND name ~ "felix" AND name ~ "matt"'),
    ("will or felix or matt", 'name ~ "will" OR name ~ "felix" OR name ~ "matt"'),
    ("name = will OR age > 18 AND tickets = 0", 'name = "will" OR (fields.age > 18 AND tickets = 0)'),
    ("name = will AND age > 18 OR tickets = 0", '(name = "will" AND fields.age > 18) OR tickets = 0'),
    ("(name = will AND age > 18) AND tickets = 0", 'name = "will" AND fields.age > 18 AND tickets = 0'),
    ("(will AND age > 1) AND (tickets = 0 AND felix)",
     'name ~ "will" AND fields.age > 1 AND tickets = 0 AND name ~ "felix"'),
    ("Name is will or Name has felix", 'name = "will" OR name ~ "felix"'),
    ("will and felix or matt amber", '(name ~ "will" AND name ~ "felix") OR (name ~ "matt" AND name ~ "amber")'),
    ("Jim McJim or Bob McBob", '(name ~ "Jim" AND name ~ "McJim") OR (name ~ "Bob" AND name ~ "McBob")'),
    ("(Age < 18 and Gender = male) or (Age > 18 and Gender = female)",
     '(fields.age < 18 AND fields.gender = "male") OR (fields.age > 18 AND fields.gender = "female")'),
    ("((((name = x))))", 'name = "x"'),
    ("name=x(age>1)", 'name = "x" AND fields.age > 1'),
    # scripts, white space, escapes
    ("name = ÁÉÍ", 'name = "ÁÉÍ"'),
    ("name ~ नमस्ते", 'name ~ "नमस्ते"'),
    ("name\t=\n 王小明", 'name = "王小明"'),
    ('name = "a\\tb"', 'name = "a\\tb"'),
    ('name = "\\u00e9"', 'name = "é"'),
    ('name = "C:\\"', 'name = "C:\\\\"'),
    ('name = "50\\% off"', 'name = "50\\\\% off"'),
]  # fmt: skip

CONTACTHUB = [
    # NOT
    ("NOT tag = vip", 'NOT tag = "vip"'),
    ("not (will or felix)", 'NOT (name ~ "will" OR name ~ "felix")'),
    ("NOT tag = vip AND age > 3", 'NOT tag = "vip" AND fields.age > 3'),
    ("NOT NOT tag = vip", 'tag = "vip"'),
    ("age > 3 NOT tag = vip", 'fields.age > 3 AND NOT tag = "vip"'),
    ("will not", 'name ~ "will" AND name ~ "not"'),
    ("not", 'name ~ "not"'),
    ("(not) will", 'name ~ "not" AND name ~ "will"'),
    ("will not OR felix", '(name ~ "will" AND name ~ "not") OR name ~ "felix"'),
    ("name = not", 'name = "not"'),
    ("name = not will", 'name = "not" AND name ~ "will"'),
    ("not = 5", "fields.not = 5"),
    ("city = (not, so)", 'fields.city = ("not", "so")'),
    # relative dates
    ("last_seen_on > -30D", 'last_seen_on > "-30d"'),
    ("dob = TODAY", 'fields.dob = "today"'),
    ('created_on >= "3  Months ago"', 'created_on >= "3 months ago"'),
    ("created_on < now", 'created_on < "now"'),
    # anniversaries and months
    ("anniversary.dob = today", 'anniversary.fields.dob = "today"'),
    ("Anniversary.Created_On <= +7d", 'anniversary.created_on <= "+7d"'),
    ("month.dob = 11", "month.fields.dob = 11"),
    ("month.dob = (11, 12)", "month.fields.dob = (11, 12)"),
    # lists
    ('city = (Recife, Natal, "São Paulo")', 'fields.city = ("Recife", "Natal", "São Paulo")'),
    ("city != (Recife,Natal)", 'fields.city != ("Recife", "Natal")'),
    ("city = (Recife)", 'fields.city = "Recife"'),
    ("age = (1, 2.5)", "fields.age = (1, 2.5)"),
    ("city ~ (reci, nat)", 'fields.city ~ ("reci", "nat")'),
    # contains, phones, addresses
    ("city ~ paulo", 'fields.city ~ "paulo"'),
    ("tag ~ promo", 'tag ~ "promo"'),
    ('remarks ~ "call back"', 'remarks ~ "call back"'),
    ("phone = +12024561111", 'phone = "+12024561111"'),
    ("phone ~ 8765", "phone ~ 8765"),
    ("98765-4321", "phone ~ 987654321"),
    ("+55 21 98765-4321", 'phone = "+5521987654321"'),
    ("(202) 456-1111", 'phone = "+12024561111"'),
    ("will 0123-4567", 'name ~ "will" AND phone ~ 01234567'),
    ("will +5521987654321", 'name ~ "will" AND phone ~ 5521987654321'),
    ('"+12024561111"', "phone ~ 12024561111"),
    ("(21) 98765-4321", "phone ~ 21987654321"),
    ("566", "name ~ 566"),
    ("ana@x.com", 'urns.mailto = "ana@x.com"'),
    ("ana@x.com will", 'urns.mailto = "ana@x.com" AND name ~ "will"'),
    # attributes
    ("opt_in = yes", 'opt_in = "yes"'),
    ("opt_in.utility = no", 'opt_in.utility = "no"'),
    ("opt_in.marketing = no", 'opt_in = "no"'),
    ("contact.country = BR", 'country = "BR"'),
    ("contact.opt_in.utility = sim", 'opt_in.utility = "sim"'),
    ("assignee = me", 'assignee = "me"'),
    ("active_30d = true", 'active_30d = "true"'),
    ("", ""),
    ("   ", ""),
]  # fmt: skip

REDACTED_CASES = [
    ("will", 'name ~ "will"'),
    ("tel:+0123456566", 'name ~ "tel:+0123456566"'),
    ("twitter:bobby", 'name ~ "twitter:bobby"'),
    ("A6YWQL", 'ref = "A6YWQL"'),
    ("a6ywql", 'ref = "a6ywql"'),
    ("KNSGY22QYU", 'ref = "KNSGY22QYU"'),
    ("marcus", 'name ~ "marcus"'),
    ("0123456566", "name ~ 0123456566"),
    ("+12024561111", 'name ~ "+12024561111"'),
    ("0123-456-566", 'name ~ "0123-456-566"'),
    ('URN=""', 'urn = ""'),
    ('tel!=""', 'urns.tel != ""'),
]


@pytest.mark.parametrize(("text", "canonical"), RAPIDPRO)
def test_rapidpro(text: str, canonical: str) -> None:
    _reads(text, canonical, SCHEMA, "rapidpro")


@pytest.mark.parametrize(("text", "canonical"), CONTACTHUB)
def test_contacthub(text: str, canonical: str) -> None:
    _reads(text, canonical, SCHEMA, "contacthub")


@pytest.mark.parametrize("dialect", ["contacthub", "rapidpro"])
@pytest.mark.parametrize(("text", "canonical"), REDACTED_CASES)
def test_with_hidden_identities(text: str, canonical: str, dialect: str) -> None:
    _reads(text, canonical, REDACTED, dialect)


def _reads(text: str, canonical: str, schema: Schema | None, dialect: str) -> None:
    query = parse(text, schema, dialect)  # type: ignore[arg-type]
    assert str(query) == canonical
    if canonical:
        assert parse(canonical, schema, dialect) == query  # type: ignore[arg-type]


DIFFERENT = {
    "(202) 456-1111", "+12024561111", " 202.456.1111 ", '"+12024561111"', "0123-456-566", "ana@x.com", "not will",
    "will +123456566",
}  # fmt: skip


@pytest.mark.parametrize("text", [text for text, _ in RAPIDPRO if text not in DIFFERENT])
def test_what_rapidpro_takes_reads_the_same_in_contacthub(text: str) -> None:
    assert parse(text, SCHEMA).tree == parse(text, SCHEMA, "rapidpro").tree


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("tag = vip", 'fields.tag = "vip"'),
        ("gender != m", 'fields.gender != "m"'),
    ],
)
def test_without_a_resolver_rapidpro_takes_any_other_name_for_a_field(text: str, canonical: str) -> None:
    _reads(text, canonical, None, "rapidpro")


@pytest.mark.parametrize("dialect", ["contacthub", "rapidpro"])
@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("age > 18", "fields.age > 18"),
        ("gender > male", 'fields.gender > "male"'),
        ("dob > 20-02-2020", 'fields.dob > "20-02-2020"'),
        ("group = Anything", 'group = "Anything"'),
        ("flow = Anything", 'flow = "Anything"'),
    ],
)
def test_without_a_resolver_names_are_taken_as_they_come(text: str, canonical: str, dialect: str) -> None:
    _reads(text, canonical, None, dialect)


def test_without_a_resolver_too_rapidpro_looks_for_parts_in_names_and_identities_only() -> None:
    _reads("gender ~ ma", 'fields.gender ~ "ma"', None, "contacthub")
    with pytest.raises(QueryError) as caught:
        parse("gender ~ ma", None, "rapidpro")
    assert caught.value.code == "unsupported_contains"


def test_a_field_wins_over_an_added_attribute_and_contact_forces_the_attribute() -> None:
    schema = make_schema(fields={"country": "text", "name": "text", "tag": "number"})
    assert str(parse("country = BR", schema)) == 'fields.country = "BR"'
    assert str(parse("contact.country = BR", schema)) == 'contact.country = "BR"'
    assert str(parse("tag > 5", schema)) == "fields.tag > 5"
    assert str(parse("name = x", schema)) == 'name = "x"'
    assert str(parse("contact.name = x", schema)) == 'name = "x"'
    assert parse("contact.country = BR", schema) == parse('contact.country = "BR"', schema)


def test_saved_text_keeps_its_dates_whatever_the_order() -> None:
    query = parse("dob > 03/04/2020 AND last_seen_on > -30d AND anniversary.dob = 1.2.2021", make_schema())
    assert query.saved() == (
        'fields.dob > "2020-04-03" AND last_seen_on > "-30d" AND anniversary.fields.dob = "2021-02-01"'
    )
    for order in ("dmy", "mdy", "ymd"):
        assert parse(query.saved(), make_schema(date_order=order)).saved() == query.saved()


def test_renaming_a_tag_follows_into_queries() -> None:
    query = parse("tag = (VIP, other) OR city = vip", make_schema())
    assert str(query.renamed("tag", "vip", "Gold")) == 'tag = ("Gold", "other") OR fields.city = "vip"'
