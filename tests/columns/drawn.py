"""Documents, sets and meanings drawn at random, from few values, so that queries meet contacts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from contacthub.model.text import WORD_PREFIX, fold, fold_accents, words
from contacthub.model.values import instant_text
from contacthub.query.meaning import (
    AllOf,
    AnyOf,
    Equals,
    HasText,
    HasWord,
    InNumbers,
    InTime,
    IsSet,
    Meaning,
    Not,
    OnDays,
)
from contacthub.query.properties import ATTRIBUTES, PHONE_KEY, Property, attribute

ZONES = ("UTC", "America/Recife", "Europe/London", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu")
TEXTS = (
    "", "Ana", "ANA LIMA", "ána", "João Ávila", "joao avila", "José da Silva-Souza", "straße", "STRASSE", "İstanbul",
    "i̇stanbul", "O'Connor Smithwick", "smith", "Smithwicke", "Bob", "x", "São Paulo", "sao paulo", " Recife", "recife",
    "日本語 テキスト", "👩‍👩‍👧 família", "a_b c-d", "user@example.com", "12 34", "ﬁancé", "Σίσυφος", "ΣΊΣΥΦΟΣ",
)  # fmt: skip
URNS = (
    "tel:+5521987654321", "tel:+552187654321", "whatsapp:5521987654321", "whatsapp:552187654321", "tel:12345",
    "mailto:ana@x.com", "mailto:ANA@x.com", "telegram:12345", "ext:ABC", "facebook:98765", "whatsapp:BR.1a2b3",
)  # fmt: skip
NUMBERS = (0, 1, 2, 18, 36, -5, 12.5, 0.1, 0.3, 1e15, 999999999999999, "12345678901234567890", "0.12345678901234567891",
           "1000000000000000.1", -0.25)  # fmt: skip
DAYS = (date(2026, 2, 28), date(2024, 2, 29), date(1990, 5, 17), date(2026, 11, 21), date(1, 1, 3), date(2026, 3, 29))
INSTANTS = tuple(
    datetime(*parts, tzinfo=UTC)
    for parts in (
        (2026, 3, 29, 0, 59, 59), (2026, 3, 29, 1, 0, 0), (2026, 10, 25, 0, 30, 0), (2026, 11, 21, 2, 59, 59, 999999),
        (2026, 11, 21, 3, 0, 0), (1969, 12, 31, 23, 59, 59), (2011, 12, 30, 9, 0, 0), (2024, 2, 29, 12, 0, 0),
        (2026, 11, 22, 0, 0, 0),
    )
)  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FIELDS = {"city": "text", "place": "state", "age": "number", "dob": "datetime"}
SET_NAMES = {"tags": ("vip", "VIP 2", "promoção", "Straße"), "lists": ("Sales", "ações"), "imports": ("1", "12")}
GROUPS = ("6a8e4d2c-0000-4000-8000-000000000001", "6a8e4d2c-0000-4000-8000-000000000002")

moments = st.sampled_from([day.isoformat() for day in DAYS] + [instant_text(instant) for instant in INSTANTS])
texts = st.sampled_from(TEXTS)
counts = st.sampled_from([0, 1, 2, 7])


def _some(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


instants = st.sampled_from([instant_text(instant) for instant in INSTANTS])
documents = st.fixed_dictionaries(
    {"status": st.sampled_from(["active", "active", "active", "blocked", "archived"])},
    optional={
        "name": texts,
        "language": st.sampled_from(["por", "eng", None]),
        "urns": st.lists(st.sampled_from(URNS), max_size=4),
        "fields": _some(
            city=texts,
            place=st.sampled_from(["Brazil > Pernambuco", "brazil > PERNAMBUCO", "Pernambuco", "Ceará", "X > "]),
            age=st.sampled_from(NUMBERS),
            dob=moments,
        ),
        "opt_in": _some(marketing=st.sampled_from(["yes", "no"]), utility=st.sampled_from(["yes", "no"])),
        "opt_in_on": _some(marketing=instants),
        "opt_in_source": _some(marketing=st.sampled_from(["form", "api"])),
        "engagement": _some(received=counts, sent=counts, delivered=counts, read=counts, failed=counts),
        "flow": st.sampled_from(["Registration", None]),
        "flow_history": st.lists(st.sampled_from(["Registration", "Survey", "survey"]), max_size=3),
        "tickets": counts,
        "assignee": st.sampled_from(["bia", "rui", None]),
        "country": st.sampled_from(["BR", "PT"]),
        "remarks": texts,
        "source": st.sampled_from(["import", "manual"]),
        "created_on": instants,
        "modified_on": instants,
        "last_seen_on": st.none() | instants,
        "last_sent_on": st.none() | instants,
        "last_message_on": st.none() | instants,
        "first_seen_on": st.none() | instants,
    },
)

_text_properties = [
    attribute(key)
    for key, about in ATTRIBUTES.items()
    if about.type == "text" and key not in ("uuid", "id", "ref", "active_30d")
]
_text_properties += [attribute("opt_in", "utility"), attribute("opt_in_source", "marketing"), PHONE_KEY]
_text_properties += [Property("field", "city"), Property("field", "place", "state"), Property("field", "unknown")]
_text_properties += [Property("scheme", key) for key in ("tel", "whatsapp", "mailto", "ext", "viber")]
_number_properties = [attribute(key) for key, about in ATTRIBUTES.items() if about.type == "number"]
_number_properties += [Property("field", "age", "number")] * 4
_time_properties = [attribute(key) for key, about in ATTRIBUTES.items() if about.type == "datetime"]
_time_properties += [Property("field", "dob", "datetime")] * 4

_any_text = st.sampled_from(
    sorted(
        {fold(text) for text in TEXTS}
        | {urn.partition(":")[2] for urn in URNS}
        | {"yes", "no", "unknown", "active", "blocked", "por", "registration", "survey", "bia", "br", "form", "manual"}
        | {fold(name) for names in SET_NAMES.values() for name in names}
        | set(GROUPS)
        | {"pernambuco", "phone:5521987654321", "phone:552187654321"}
    )
)


@st.composite
def _parts(draw: st.DrawFn) -> tuple[str, bool]:
    accents = draw(st.booleans())
    text = draw(_any_text)
    start = draw(st.integers(0, max(0, len(text) - 2)))
    size = draw(st.integers(1, 6))
    part = text[start : start + size]
    return (part if accents else fold_accents(part)), accents


@st.composite
def _words(draw: st.DrawFn, properties: list[Property]) -> HasWord:
    accents = draw(st.booleans())
    found = [word for text in draw(st.lists(_any_text, min_size=1, max_size=3)) for word in words(text)] or ["zz"]
    heads = [(word if accents else fold_accents(word))[:WORD_PREFIX] for word in found]
    cut = draw(st.integers(1, WORD_PREFIX))
    return HasWord(draw(st.sampled_from(properties)), frozenset(head[:cut] for head in heads if head), accents)


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


_bounds = st.none() | st.sampled_from([Decimal(str(number)) for number in NUMBERS] + [Decimal("0.5"), Decimal("12.50")])
_times = st.none() | st.builds(
    lambda instant, shift: _micros(instant) + shift, st.sampled_from(INSTANTS), st.sampled_from([-1, 0, 1])
)
_days = st.none() | st.sampled_from(DAYS)


def ranges_over(number: list[Property], time: list[Property]) -> st.SearchStrategy[InNumbers | InTime]:
    """Ranges of numbers and of time."""
    return st.one_of(
        st.builds(InNumbers, st.sampled_from(number), _bounds, _bounds, st.booleans(), st.booleans()),
        st.builds(InTime, st.sampled_from(time), _times, _times, _days, _days),
    )


def meanings_over(text: list[Property], number: list[Property], time: list[Property]) -> st.SearchStrategy[Meaning]:
    """Queries of all kinds about some properties."""
    on_text, on_time = st.sampled_from(text), st.sampled_from(time)
    day = st.sampled_from([228, 229, 329, 1121, 517, 1231, 1230, 101, 103])
    tests = st.one_of(
        st.builds(IsSet, st.sampled_from(text + number + time)),
        st.builds(Equals, on_text, st.frozensets(_any_text, max_size=6)),
        st.builds(lambda property, part: HasText(property, *part), on_text, _parts()),
        _words(text),
        ranges_over(number, time),
        st.builds(OnDays, on_time, st.frozensets(day, max_size=4), st.sampled_from(ZONES)),
    )
    return st.recursive(
        tests,
        lambda parts: st.one_of(
            st.builds(lambda found: AllOf(tuple(found)), st.lists(parts, max_size=3)),
            st.builds(lambda found: AnyOf(tuple(found)), st.lists(parts, max_size=3)),
            st.builds(Not, parts),
        ),
        max_leaves=5,
    )


meanings = meanings_over(_text_properties, _number_properties, _time_properties)
