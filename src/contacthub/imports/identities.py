"""Identities in cells: phones as people write them, URNs as programs do."""

from __future__ import annotations

import re
from typing import Any

from contacthub.errors import InvalidValue
from contacthub.identity import phones, urns
from contacthub.identity.phones import Phone
from contacthub.imports.converted import CLEARED, Converted, said
from contacthub.imports.problems import Problem
from contacthub.tables.cells import Cell, CellError, text_of

_BUSINESS_SCOPED = re.compile(r"\s*[A-Za-z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}\s*\Z", re.IGNORECASE)
_PLAIN_MAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,100}\Z")
"""What needs no closer look: `urns.normalize` gives the same, at a fraction of the speed."""
_MAILS = re.compile(r"[;,|\s/]+")
_KNOWN_CODES = frozenset(
    {"invalid_phone", "phone_no_area_code", "phone_no_country", "phone_digits_lost", "unknown_calling_code",
     "several_phones", "invalid_urn", "unknown_scheme", "too_long"}
)  # fmt: skip


def convert(done: Converted, values: list[Cell], country: str, area_code: str | None) -> None:
    """Fill `done.results` with a URN, or a tuple of them, for each distinct cell."""
    todo: list[int] = []
    values = [said(value) for value in values]
    value: Any
    for code, value in enumerate(values):
        if value is None:
            continue
        if isinstance(value, CellError):
            done.problems[code] = [Problem(value.code, "error", value.text)]
        elif value is CLEARED:
            done.results[code] = CLEARED
        else:
            todo.append(code)
    target = done.column.target
    todo = [code for code in todo if not _is_list(done, values, code, country, area_code)]
    if target.kind in ("phone", "phone_number") or target.argument == "tel":
        _phones(done, values, todo, country, area_code)
        return
    for code in todo:
        try:
            done.results[code] = _urns(values[code], target.kind, target.argument, country, done, code)
        except InvalidValue as error:
            _refuse(done, code, error, text_of(values[code]), target.argument)


def _is_list(done: Converted, values: list[Cell], code: int, country: str, area_code: str | None) -> bool:
    """Convert a list of a frame or of JSON lines, part by part; False for any other cell."""
    value = values[code]
    if not isinstance(value, list) or done.column.target.kind == "urns":
        return False
    parts = Converted(done.column, done.codes, [None] * len(value), list(value))
    convert(parts, list(value), country, area_code)
    found: list[str] = []
    for result in parts.results:
        found.extend((result,) if isinstance(result, str) else result if isinstance(result, tuple) else ())
    done.results[code] = tuple(dict.fromkeys(found)) or None
    done.unverified |= parts.unverified
    if problems := [problem for number in sorted(parts.problems) for problem in parts.problems[number]]:
        done.problems[code] = problems
    return True


def _refuse(done: Converted, code: int, error: InvalidValue, value: str, scheme: str) -> None:
    known = error.code if error.code in _KNOWN_CODES else "invalid_urn"
    details = {"scheme": scheme, "length": len(value), "limit": urns.PATH_LENGTH}
    done.problems[code] = [Problem(known, "error", value, details)]


# -- phones -----------------------------------------------------------------------------------------------------------


def _phones(done: Converted, values: list[Cell], todo: list[int], country: str, area_code: str | None) -> None:
    whatsapp = done.column.target.argument == "whatsapp"
    prefix = "whatsapp:" if whatsapp else "tel:"
    cut = 1 if whatsapp else 0
    exact = done.column.target.kind == "urn"
    for code, phone in zip(todo, phones.parse_many([values[code] for code in todo], country, area_code), strict=True):
        if isinstance(phone, Phone):
            done.results[code] = prefix + phone.e164[cut:]
            if phone.warnings:
                _warn(done, code, phone, values[code])
            if not phone.verified:
                done.unverified.add(prefix + phone.e164[cut:])
        else:
            _closer(done, code, values[code], phone, prefix=prefix, country=country, area_code=area_code, exact=exact)


def _closer(
    done: Converted,
    code: int,
    value: Cell,
    error: InvalidValue,
    *,
    prefix: str,
    country: str,
    area_code: str | None,
    exact: bool,
) -> None:
    """A cell that is no single phone: several of them, a business-scoped id, or wrong."""
    text = text_of(value)
    cut = 1 if prefix == "whatsapp:" else 0
    if error.code == "several_phones":
        found: list[str] = []
        for part in phones.split(text):
            try:
                phone = phones.parse(part, country, area_code)
            except InvalidValue as wrong:
                _refuse(done, code, wrong, part, "tel")
                return
            found.append(prefix + phone.e164[cut:])
            if phone.warnings:
                _warn(done, code, phone, part)
            if not phone.verified:
                done.unverified.add(found[-1])
        done.results[code] = tuple(dict.fromkeys(found))
        return
    if (prefix == "whatsapp:" and _BUSINESS_SCOPED.match(text)) or (exact and isinstance(value, str)):
        try:
            urn = urns.normalize(prefix + text, country)
        except InvalidValue as wrong:
            _refuse(done, code, wrong, text, "tel")
            return
        done.results[code] = _noted(done, code, urn, text)
        return
    _refuse(done, code, error, text, "tel")


def _warn(done: Converted, code: int, phone: Phone, value: Cell) -> None:
    problems = done.problems.setdefault(code, [])
    for warning in phone.warnings:
        severity = "note" if warning.code == "extension_dropped" else "warning"
        problems.append(Problem(warning.code, severity, text_of(value), {"to": phone.e164}))  # type: ignore[arg-type]


# -- other identities -------------------------------------------------------------------------------------------------


def _urns(value: Cell, kind: str, scheme: str, country: str, done: Converted, code: int) -> str | tuple[str, ...]:
    if kind == "urns":
        parts = [text_of(part) for part in value] if isinstance(value, list) else _MAILS.split(text_of(value).strip())
        return tuple(dict.fromkeys(str(urns.normalize(part, country)) for part in parts if part))
    text = text_of(value).strip()
    if scheme == "mailto":
        if _PLAIN_MAIL.match(text):
            return f"mailto:{text.lower()}"
        text = text.removeprefix("mailto:").strip()
        if text.startswith("<") and text.endswith(">"):  # as in the heads of letters
            text = text[1:-1]
        parts = [part for part in _MAILS.split(text) if part]
        if len(parts) > 1 and all("@" in part for part in parts):
            return tuple(dict.fromkeys(str(urns.normalize(f"mailto:{part}", country)) for part in parts))
    return _noted(done, code, urns.normalize(f"{scheme}:{text}", country), text)


def _noted(done: Converted, code: int, urn: urns.Urn, text: str) -> str:
    """A URN as it is kept, what there is to warn of noted."""
    for warning in urn.warnings:
        problem = Problem(warning.code, "warning", text, {"to": urn.path})
        done.problems.setdefault(code, []).append(problem)
    if not urn.verified:
        done.unverified.add(str(urn))
    return str(urn)
