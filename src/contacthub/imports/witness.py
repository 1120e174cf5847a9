"""What the values of a column tell about it, beside its header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

from contacthub.identity import phones
from contacthub.imports import readings
from contacthub.imports.countries import country_of
from contacthub.tables.cells import Cell, Column, text_of
from contacthub.tables.headers import SCHEMES, Target, folded

_SAMPLE = 200
_MAIL = re.compile(r"\s*+[^\s@]++@[^\s@.]++(?:\.++[^\s@.]++)++\s*+")  # nothing is tried twice
_NAMES_OR_PHONES = frozenset({"contato", "contact", "contacto"})
_MAYBE_PHONES = frozenset({"numero", "number", "wa", "area", "cel", "lada"})
_LONGEST_NUMBER = 10
"""Digits; a longer one is an identifier, which is text."""


def confirmed(target: Target, header: str, column: Column) -> Target | None:
    """A guess, with the values heard: a column `Contact` may hold names or phones, `Number` anything."""
    if next(_filled(column, 1), None) is None:
        return target
    word = folded(header)
    if target.kind == "name" and word in _NAMES_OR_PHONES and share(column, looks_like_phone) > 0.5:
        return Target("phone", "tel")
    if target.kind == "phone":
        if share(column, looks_like_mail) > 0.5:
            return Target("urn", "mailto")
        least = 0.5 if word in _MAYBE_PHONES else 0.1
        return target if share(column, _may_be_phone) >= least else None
    if target.kind == "urn" and target.argument == "mailto":
        return target if share(column, lambda cell: "@" in text_of(cell)) >= 0.1 else None
    if target.kind == "phone_country":
        return target if share(column, _is_country) > 0.5 else None
    if target.kind == "phone_area":
        return target if share(column, _is_code) > 0.5 else None
    if target.kind == "urn":
        return target if share(column, lambda cell: text_of(cell).strip().isdigit()) > 0.5 else None
    return target


def _is_code(cell: Cell) -> bool:
    return sum(map(str.isdigit, text_of(cell))) in (1, 2, 3)


def _is_country(cell: Cell) -> bool:
    """Whether a cell has the form of a country's code, be it that of no country: its rows have to be mended, and are
    not to be read as numbers of the hub's own country."""
    country = country_of(cell)
    return _is_code(cell) or (country is not None and country.region != "")


def identity(column: Column, country: str, *, look_for_phones: bool) -> Target | None:
    """A column of e-mail addresses or phone numbers under a header that nobody knows."""
    if share(column, looks_like_mail) > 0.8:
        return Target("urn", "mailto")
    if look_for_phones and share(column, looks_like_phone) > 0.8 and _valid_phones(column, country) > 0.8:
        return Target("phone", "tel")
    return None


def field_type(column: Column) -> str:
    """The type proposed for a new field: number or datetime where every value is one, else text."""
    values = [value for value in _filled(column, limit=None) if not (isinstance(value, str) and value.strip() == "--")]
    if not values:
        return "text"
    if all(isinstance(value, date) for value in values):
        return "datetime"
    if all(_is_figure(value) for value in values):
        texts = [value for value in values if isinstance(value, str)]
        style = readings.number_style(texts, default_comma=False)
        return "number" if all(readings.number(text, style) is not None for text in texts) else "text"
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) + sum(isinstance(value, date) for value in values) < len(values):
        return "text"
    dates = readings.date_style(texts, "dmy")
    if all(not text.strip().isdigit() and readings.moment(text, dates) is not None for text in texts):
        return "datetime"
    return "text"


def _is_figure(value: Cell) -> bool:
    """Whether a value is a plain number: no leading zero and no long identifier, which arithmetic would spoil."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float | Decimal):
        return bool(abs(value) < 10**_LONGEST_NUMBER)
    if not isinstance(value, str):
        return False
    figure = readings.plain_figure(value)
    digits = figure.lstrip("+-")
    if not figure or figure.startswith("+") or "e" in figure.lower():
        return False
    if digits.startswith("0") and digits[1:2].isdigit():
        return False
    return sum(map(str.isdigit, digits)) <= _LONGEST_NUMBER


def share(column: Column, test: Callable[[Cell], bool]) -> float:
    """The share of the distinct filled values (of a sample) that pass a test."""
    values = list(_filled(column, _SAMPLE))
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def _filled(column: Column, limit: int | None) -> Iterator[Cell]:
    count = 0
    for value in column.values:
        if value is not None:
            yield value
            count += 1
            if count == limit:
                return


def are_urns(column: Column) -> bool:
    """Whether all identities of a column say their scheme, as `tel:+5521987654321` does."""
    texts = (
        text_of(part) for cell in _filled(column, _SAMPLE) for part in (cell if isinstance(cell, list) else [cell])
    )
    return all(text.strip() == "--" or text.partition(":")[0].strip().lower() in SCHEMES for text in texts)


def looks_like_mail(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(_MAIL.fullmatch(cell))


def looks_like_phone(cell: Cell) -> bool:
    """8 to 15 digits, and nothing but what stands between the digits of phones."""
    if isinstance(cell, datetime | date | bool):
        return False
    text = text_of(cell).strip()
    digits = sum(map(str.isdigit, text))
    return 8 <= digits <= 15 and not re.search(r"[^\d\s()+\-./'\u00a0\u2010-\u2015]", text)


def _may_be_phone(cell: Cell) -> bool:
    text = text_of(cell)
    digits = sum(map(str.isdigit, text))
    return digits >= 6 and digits * 3 >= len(text.strip()) and not isinstance(cell, date)


def _valid_phones(column: Column, country: str) -> float:
    values = list(_filled(column, _SAMPLE))
    parsed = phones.parse_many(values, country)
    return sum(isinstance(phone, phones.Phone) and phone.verified for phone in parsed) / len(parsed)
