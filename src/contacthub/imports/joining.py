"""Phones that stand in several columns: country code (DDI), area code (DDD) and number, joined into one."""

from __future__ import annotations

import numpy as np

from contacthub.imports.mapping import MappedColumn
from contacthub.tables.cells import Cell, Column, Table, is_blank, text_of


def phone_columns(columns: list[MappedColumn], table: Table) -> dict[int, Column]:
    """The number column, by its index, with codes of country and area in front; empty if there is nothing to join."""
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
        values.append(joined(*cells))
    return {number.index: Column(values, inverse.astype(np.int32).reshape(-1))}


def joined(country: Cell, area: Cell, number: Cell) -> Cell:
    """One number out of its parts; as it is where it has its country code already, or where there is no more to add."""
    if is_blank(number) or not isinstance(number, str | int | float):
        return number
    text = text_of(number).strip()
    if text.startswith(("+", "00", "--")):
        return number
    area_digits, country_digits = _digits(area).lstrip("0"), _digits(country).lstrip("0")
    local = _digits(number)
    if area_digits and local.lstrip("0").startswith(area_digits) and len(local.lstrip("0")) >= 10:
        text = local.lstrip("0")  # the number column repeats the area code
    elif area_digits:
        text = area_digits + text.lstrip("0")
    return f"+{country_digits}{text}" if country_digits and area_digits else text


def _digits(cell: Cell) -> str:
    return "" if is_blank(cell) else "".join(character for character in text_of(cell) if character.isdigit())
