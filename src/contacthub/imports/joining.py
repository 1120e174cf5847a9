"""Phones that stand in several columns: country code (DDI), area code (DDD) and number, joined into one."""

from __future__ import annotations

import numpy as np

from contacthub.identity import dialling, phones
from contacthub.imports.mapping import MappedColumn
from contacthub.tables.cells import Cell, Column, Table, is_blank, text_of


def phone_columns(columns: list[MappedColumn], table: Table, area_code: str | None = None) -> dict[int, Column]:
    """The number column, by its index, with codes of country and area in front; empty if there is nothing to join.

    `area_code` is put in front of local numbers."""
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
    values: list[Cell] = []
    for country, area, local in distinct.T.tolist():
        cells = [part.values[code] if part else None for part, code in zip(parts, (country, area, local), strict=True)]
        values.append(joined(cells[0], cells[1], cells[2], area_code))
    return {number.index: Column(values, inverse.astype(np.int32).reshape(-1))}


def joined(country: Cell, area: Cell, number: Cell, area_code: str | None = None) -> Cell:
    """One number out of its parts; as it is where it has its country code already, or where there is no more to add."""
    if is_blank(number) or not isinstance(number, str | int | float):
        return number
    text = text_of(number).strip()
    if text.startswith(("+", "00", "--")):
        return number
    area_digits, country_digits = _digits(area), _digits(country).lstrip("0")
    local, code = _digits(number).lstrip("0"), area_digits.lstrip("0")
    if code and local.startswith(code) and len(local) >= 10:
        text = local  # the number column repeats the area code
    elif code:
        text = area_digits + text.lstrip("0")
    return _international(country_digits, text, area_code) if country_digits else text


def _international(country: str, text: str, area_code: str | None) -> str:
    """A number of the country of a calling code, as it is dialled at home there: with a zero or another prefix in
    front, or its country code repeated. One that is not valid there has the code put in front, and is judged later."""
    region = next(iter(dialling.regions_of(country)), "001")
    outcome = phones.parse_many([text], region, area_code)[0] if region != "001" else None
    written = f"+{country}{text.lstrip('0')}"
    if not isinstance(outcome, phones.Phone) or not outcome.verified or outcome.warnings:
        return written
    return outcome.e164 if outcome.e164.startswith(f"+{country}") else written


def _digits(cell: Cell) -> str:
    return "" if is_blank(cell) else "".join(character for character in text_of(cell) if character.isdigit())
