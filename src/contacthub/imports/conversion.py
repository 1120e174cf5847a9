"""Conversion: what each distinct cell of a column becomes in a contact, or what is wrong with it.

Everything is decided once per distinct cell; rows only look it up.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contacthub.errors import InvalidValue
from contacthub.identity import names
from contacthub.imports import identities, readings
from contacthub.imports.converted import CLEARED, Converted, Fault, said
from contacthub.imports.labels import Labels
from contacthub.imports.mapping import MappedColumn
from contacthub.imports.problems import Problem
from contacthub.model import values as rules
from contacthub.model.contact import STATUSES
from contacthub.model.languages import find_language
from contacthub.model.text import clean, clean_line, fold
from contacthub.tables.cells import Cell, CellError, Column, is_blank, text_of

if TYPE_CHECKING:
    from contacthub.session import Session

Read = Callable[[Cell], Any]


@dataclass(slots=True)
class Context:
    """What conversion needs to know beside the cells."""

    session: Session
    labels: Labels
    area_code: str | None = None


def convert(column: MappedColumn, cells: Column, context: Context) -> Converted:
    """A mapped column, distinct cell by distinct cell. Notes about the whole column go to `column.problems`."""
    values = [_mapped(value, column) for value in cells.values] if column.values else cells.values
    done = Converted(column, cells.codes, [None] * len(values), cells.values)
    used = cells.counts().tolist()
    if column.target.is_identity:
        identities.convert(done, values, context.session.settings.country, context.area_code)
        return done
    read = _reader(column, values, context, done)
    results = done.results
    group = column.target.kind == "group"  # to clear it is to be no member
    for code, value in enumerate(values):
        if value is None or not used[code]:
            continue
        if isinstance(value, CellError):
            done.problems[code] = [Problem(value.code, "error", value.text)]
            continue
        meant = said(value)
        if meant is CLEARED and group:
            meant = False
        try:
            results[code] = CLEARED if meant is CLEARED else read(meant)
        except Fault as fault:
            done.problems[code] = [Problem(fault.code, "error", text_of(value), fault.details)]
    if column.target.kind in ("name", "first_name"):
        _note_odd_names(done)
    return done


def _mapped(value: Cell, column: MappedColumn) -> Cell:
    if is_blank(value):
        return value
    text = fold(text_of(value))
    for given, meant in column.values.items():
        if fold(given) == text:
            return meant
    return value


def _reader(column: MappedColumn, values: list[Cell], context: Context, done: Converted) -> Read:
    kind = column.target.kind
    labels, session = context.labels, context.session
    if kind in ("name", "first_name", "last_name"):
        return _name
    if kind == "field":
        return _field_reader(column, values, session)
    if kind == "tags":
        return lambda cell: _labelled(cell, labels.tag_key)
    if kind == "lists":
        return lambda cell: _labelled(cell, labels.list_key)
    if kind == "groups":
        return lambda cell: _labelled(cell, labels.group_key)
    if kind == "group":
        key = _named_group(column, labels, done)
        return lambda cell: (key, _boolean(cell)) if key else None
    if kind == "assignee":
        return lambda cell: _assignee(cell, session)
    if kind == "opt_in_on":
        return _instant_reader(values, session, column)
    readers: dict[str, Read] = {
        "uuid": _uuid, "language": _language, "status": _status, "remarks": _remarks, "avatar": _avatar,
        "opt_in": _consent, "opt_in_proof": lambda cell: _text(cell, 500), "phone_area": text_of,
        "phone_country": text_of,
    }  # fmt: skip
    return readers[kind]


# -- attributes -------------------------------------------------------------------------------------------------------


def _text(cell: Cell, limit: int) -> str:
    text = clean_line(cell if isinstance(cell, str) else text_of(cell))
    if len(text) > limit:
        raise Fault("too_long", length=len(text), limit=limit)
    return text


def _name(cell: Cell) -> str:
    return _text(cell, rules.NAME_LENGTH)


def _avatar(cell: Cell) -> str:
    try:
        return rules.avatar(_text(cell, rules.ADDRESS_LENGTH))
    except InvalidValue as error:
        raise Fault("invalid_avatar") from error


def _remarks(cell: Cell) -> str:
    text = clean(text_of(cell))
    if len(text) > rules.REMARKS_LENGTH:
        raise Fault("too_long", length=len(text), limit=rules.REMARKS_LENGTH)
    return text


def _uuid(cell: Cell) -> str:
    try:
        return str(UUID(text_of(cell).strip()))
    except ValueError:
        raise Fault("invalid_uuid") from None


def _language(cell: Cell) -> str:
    text = clean_line(text_of(cell))
    found = find_language(text) or _LANGUAGE_NAMES.get(fold(text))
    if found is None:
        raise Fault("invalid_language")
    return found


_LANGUAGE_NAMES = {
    name: code
    for code, names_ in {
        "por": "português portugues portugués brasileiro portuguese",
        "eng": "english inglês ingles inglés en-us",
        "spa": "español espanol espanhol castellano spanish castelhano",
        "fra": "french francês frances francés français",
        "deu": "german alemão alemao alemán deutsch",
        "ita": "italian italiano",
    }.items()
    for name in names_.split()
}


def _status(cell: Cell) -> str:
    word = fold(text_of(cell))
    status = _STATUS_WORDS.get(word, word)
    if status not in STATUSES:
        raise Fault("invalid_status")
    return status


_STATUS_WORDS = {
    "ativo": "active", "ativa": "active", "activo": "active", "activa": "active",
    "bloqueado": "blocked", "bloqueada": "blocked", "parado": "stopped", "parada": "stopped", "detenido": "stopped",
    "arquivado": "archived", "arquivada": "archived", "archivado": "archived", "archivada": "archived",
}  # fmt: skip


def _assignee(cell: Cell, session: Session) -> str:
    handle = session.catalogue.assignable(clean_line(text_of(cell)))
    if handle is None:
        raise Fault("unknown_member")
    return handle


def _boolean(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    answer = readings.boolean(text_of(cell))
    if answer is None:
        raise Fault("invalid_boolean")
    return answer


def _consent(cell: Cell) -> str | None:
    if fold(text_of(cell)) == "unknown":
        return None
    return "yes" if _boolean(cell) else "no"


# -- sets -------------------------------------------------------------------------------------------------------------


def items(cell: Cell) -> list[str]:
    """The names in a cell: separated by commas (or semicolons, where there is no comma), quotes allowed."""
    if isinstance(cell, list | tuple | set | frozenset):
        return [name for item in cell if (name := clean_line(text_of(item)))]
    text = text_of(cell).strip()
    delimiter = ";" if ";" in text and "," not in text else ","
    parts = next(csv.reader([text.replace("\n", delimiter)], delimiter=delimiter, skipinitialspace=True), [])
    return [name for part in parts if (name := clean_line(part))]


def _labelled(cell: Cell, label: Callable[[str], str]) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(label(name) for name in items(cell))) or None


def _named_group(column: MappedColumn, labels: Labels, done: Converted) -> str | None:
    try:
        return labels.group_key(column.target.argument)
    except Fault as fault:
        column.problems.append(Problem(fault.code, "warning", column.target.argument, fault.details))
        return None


# -- fields -----------------------------------------------------------------------------------------------------------


def _field_reader(column: MappedColumn, values: list[Cell], session: Session) -> Read:
    if column.type == "number":
        return _number_reader(values, session, column)
    if column.type == "datetime":
        return _moment_reader(values, session, column)
    return _field_text


def _field_text(cell: Cell) -> str:
    if isinstance(cell, date | time) and not isinstance(cell, datetime):
        return cell.isoformat()
    text = clean(cell.isoformat() if isinstance(cell, datetime) else text_of(cell))
    if len(text) > rules.FIELD_VALUE_LENGTH:
        raise Fault("too_long", length=len(text), limit=rules.FIELD_VALUE_LENGTH)
    return text


def _texts(values: Iterable[Cell]) -> list[str]:
    return [value for value in values if isinstance(value, str) and not value.isspace()]


def _number_reader(values: list[Cell], session: Session, column: MappedColumn) -> Read:
    style = readings.number_style(_texts(values), session.settings.decimal_comma)
    if style.open:
        shown = "1.234,5" if style.comma else "1,234.5"
        column.problems.append(Problem("decimal_open", "warning", details={"style": shown}))

    def read(cell: Cell) -> int | float | str:
        value: Any = cell
        if isinstance(cell, str):
            value = readings.number(cell, style)
            if value is None:
                raise Fault("invalid_number")
        elif isinstance(cell, float):
            value = Decimal(repr(cell))
        elif isinstance(cell, bool) or not isinstance(cell, int | Decimal):
            raise Fault("invalid_number")
        try:
            return rules.number(value, "number")
        except InvalidValue:
            raise Fault("invalid_number") from None

    return read


def _moment_reader(values: list[Cell], session: Session, column: MappedColumn) -> Read:
    style = readings.date_style(_texts(values), session.settings.date_order)
    timezone = session.settings.timezone
    if style.open:
        column.problems.append(Problem("date_order_open", "warning", details={"style": style.order}))

    def read(cell: Cell) -> str:
        value = readings.moment(cell, style) if isinstance(cell, str) else cell
        if not isinstance(value, date):
            raise Fault("invalid_date")
        try:
            return rules.moment(value, "date", timezone)
        except (InvalidValue, OverflowError, ValueError):
            raise Fault("invalid_date") from None

    return read


def _instant_reader(values: list[Cell], session: Session, column: MappedColumn) -> Read:
    """As a moment; a civil date is the beginning of its day in the hub's time zone."""
    read_moment = _moment_reader(values, session, column)
    zone = ZoneInfo(session.settings.timezone)

    def read(cell: Cell) -> str:
        text: str = read_moment(cell)
        if len(text) > 10:
            return text
        return rules.instant_text(datetime.fromisoformat(text).replace(tzinfo=zone))

    return read


_MAYBE_TESTS = re.compile("test|prueb|asdf|qwer|xxx", re.IGNORECASE)


def _note_odd_names(done: Converted) -> None:
    for code, name in enumerate(done.results):
        if not isinstance(name, str):
            continue
        plain = name.replace(" ", "").isalpha() and not name.isupper() and not _MAYBE_TESTS.search(name)
        if not plain and (reason := names.odd_name(name)):
            done.problems.setdefault(code, []).append(Problem("odd_name", "warning", name, {"reason": reason}))
