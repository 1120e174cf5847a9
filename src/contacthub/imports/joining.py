"""Phones that stand in several columns: country code (DDI), area code (DDD) and number, joined into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contacthub.errors import InvalidValue
from contacthub.identity import dialling, phones
from contacthub.imports.countries import Country, country_of
from contacthub.imports.mapping import MappedColumn
from contacthub.tables.cells import Cell, CellError, Column, Table, is_blank, text_of

_WHOLE = 10
"""Digits of a number that may repeat its area code."""


def phone_columns(
    columns: list[MappedColumn], table: Table, home: str, area_code: str | None = None
) -> dict[int, Column]:
    """The number column, by its index, with codes of country and area in front; empty if there is nothing to join.

    `home` is the hub's country, of numbers without a country code; `area_code` is put in front of local numbers."""
    number = next((column for column in columns if column.target.kind == "phone_number"), None)
    codes = {
        kind: table.columns[column.index]
        for kind in ("phone_country", "phone_area")
        for column in columns
        if column.target.kind == kind
    }
    if number is None or not codes:
        return {}
    parts = [codes.get("phone_country"), codes.get("phone_area"), table.columns[number.index]]
    stacked = np.stack([part.codes if part else np.zeros(len(table), np.int32) for part in parts])
    distinct, inverse = np.unique(stacked, axis=1, return_inverse=True)
    countries: list[Cell] = parts[0].values if parts[0] else [None]
    areas = [_digits(value) for value in parts[1].values] if parts[1] else [""]
    numbers = table.columns[number.index].values
    fronts: dict[tuple[int, int], Front] = {}
    values: list[Cell] = []
    for country, area, local in distinct.T.tolist():
        front = fronts.get((country, area))
        if front is None:
            front = fronts[country, area] = front_of(countries[country], areas[area], home, area_code)
        values.append(joined(front, numbers[local]))
    return {number.index: Column(values, inverse.astype(np.int32).reshape(-1))}


@dataclass(frozen=True, slots=True)
class Front:
    """What stands in front of a number: the digits of its country's code and of its area code, "" for none."""

    unknown: str
    """What stands in place of a country and is none; "" where there is nothing wrong."""
    country: str
    area: str
    area_code: str | None
    region: str
    """The country whose numbers these are, "" for an unknown one."""
    code: str
    """Its calling code."""
    plan: dialling.Plan | None
    fits: bool
    """Whether the country has area codes of this length."""


def front_of(cell: Cell, area: str, home: str, area_code: str | None = None) -> Front:
    """The front of numbers, out of the cell of the country and the digits of that of the area."""
    found = country_of(cell)
    unknown = text_of(cell).strip() if found is None else ""
    country = found or Country()
    region = country.region if country.code else home
    plan = dialling.plan(region) if region else None
    lengths = dialling.area_code_lengths(region) if region else frozenset()
    fits = not lengths or not lengths.isdisjoint((len(area), len(area.lstrip("0"))))
    code = plan.calling_code if plan else country.code
    return Front(unknown, country.code, area, area_code, region, code, plan, fits)


def joined(front: Front, number: Cell) -> Cell:
    """One number out of its parts; as it is where it has its country code already, or where there is no more to add.

    A cell that cannot be joined is a CellError, of a code of phones."""
    if is_blank(number) or not isinstance(number, str | int | float):
        return number
    text = text_of(number).strip()
    if text.startswith(("+", "00", "--")):
        return number
    if front.unknown:  # whose number it is nobody can tell, and not that it is one of the hub's country
        return CellError("phone_country", f"{front.unknown} {text}")
    if not text.replace("-", "").replace(" ", "").isdigit():
        try:
            text = phones.clean(number)
        except InvalidValue as error:  # told with the cell's own text, before codes are put in front of it
            return CellError("phone_digits_lost", text) if error.code == "phone_digits_lost" else number
        parts = phones.split(text)
        if len(parts) > 1:
            found = [_one(front, part) for part in parts]
            wrong = next((part for part in found if isinstance(part, CellError)), None)
            return wrong or "; ".join(map(str, found))
    return _one(front, text)


def _one(front: Front, text: str) -> str | CellError:
    """A single number, with its codes in front."""
    found = _with_area(front, text) if front.area.lstrip("0") and not text.startswith(("+", "00")) else text
    if front.country and isinstance(found, str) and not found.startswith(("+", "00")):
        return _international(front, found)
    return found


def _with_area(front: Front, text: str) -> str | CellError:
    """A number with its area code in front, unless it has one itself.

    What is whole with the area code is taken so; else what is whole alone, having its own area code (whatever the other
    column says) or its country's code. What is neither is judged later, but never as a number of another country."""
    whole = front.area + text.lstrip("0")
    plain = text.replace("-", "").replace(" ", "")
    if front.fits and len(plain) < _WHOLE and dialling.e164(front.area + plain, front.plan):
        return whole  # nearly always
    code, local = front.area.lstrip("0"), _digits(text).lstrip("0")
    if local.startswith(code) and len(local) >= _WHOLE:
        return local  # the number column repeats the area code
    outcome = phones.parse_many([whole], front.region)[0]
    fits = _fits(front, outcome)
    if fits and _is_sure(front, outcome):
        return whole
    if _is_sure(front, phones.parse_many([text], front.region)[0]):
        return text
    if not fits:
        return CellError("phone_area_code", f"{front.area} {text}")
    if isinstance(outcome, phones.Phone):
        stays = outcome.e164.startswith(f"+{front.code}")
    else:
        stays = outcome.code not in ("phone_no_area_code", "invalid_phone")
    if not stays:
        return CellError("invalid_phone", f"{front.area} {text}")
    return whole


def _is_sure(front: Front, outcome: phones.Phone | InvalidValue) -> bool:
    """Whether a reading gave a valid number of the country."""
    return isinstance(outcome, phones.Phone) and outcome.verified and outcome.e164.startswith(f"+{front.code}")


def _fits(front: Front, outcome: phones.Phone | InvalidValue) -> bool:
    """Whether the country has area codes of this length. Mobile numbers that belong to no area may be parted anyhow."""
    if front.fits:
        return True
    if not isinstance(outcome, phones.Phone):
        return False
    import phonenumbers

    parsed = phonenumbers.parse(outcome.e164)
    return phonenumbers.is_valid_number(parsed) and not phonenumbers.is_number_geographical(parsed)


def _international(front: Front, text: str) -> str:
    """A number of the country of a calling code, as it is dialled at home there: with a zero or another prefix in
    front, or its country code repeated. One that is not valid there has the code put in front, and is judged later."""
    written = f"+{front.country}{text.lstrip('0')}"
    if front.region in ("", "001"):
        return written
    outcome = phones.parse_many([text], front.region, front.area_code)[0]
    if not isinstance(outcome, phones.Phone) or not outcome.verified or outcome.warnings:
        return written
    return outcome.e164 if outcome.e164.startswith(f"+{front.country}") else written


def _digits(cell: Cell) -> str:
    if is_blank(cell):
        return ""
    try:
        text = phones.clean(text_of(cell))
    except InvalidValue:
        text = text_of(cell)
    return "".join(character for character in text if character.isdigit())
