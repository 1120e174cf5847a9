"""Bare words and whole queries → conditions: what is typed without a property.

A bare URN is that URN, digits are a phone, an e-mail address is that address (contacthub), all else is a name.
"""

from __future__ import annotations

import re
from dataclasses import replace

from contacthub.errors import InvalidValue
from contacthub.model.text import words
from contacthub.query.names import SCHEMES, Dialect, shadowed
from contacthub.query.properties import Property, attribute
from contacthub.query.schema import Resolver
from contacthub.query.tree import Bare, Condition, Operator

_PHONE_CHARACTERS = re.compile(r"\+?[0-9\s().\-/\u2010-\u2015\u00a0]*[0-9][0-9\s().\-/\u2010-\u2015\u00a0]*")
_BARE_PHONE = re.compile(r"\+?[-0-9]{4,}")
_DIGITS = re.compile("[^0-9]+")
_KEPT = re.compile("[^+0-9]+")
_ADDRESS = re.compile(r"[^\s@:]+@[^\s@.]+(\.[^\s@.]+)+")
_TEL_PATH = re.compile(r"\+[0-9]{7,15}|[0-9]{3,6}|[a-z0-9]{1,64}", re.IGNORECASE)
_REFERENCE = re.compile(r"[A-HJ-NP-Z2-9]{6,7}|[A-Z2-7]{10}", re.IGNORECASE)
"""RapidPro's codes of contacts, and the hub's own."""

FEWEST_DIGITS = 4
"""Fewer are a word of a name."""


def whole_phone(text: str, resolver: Resolver | None, dialect: Dialect) -> Condition | None:
    """The condition of a query that is nothing but a phone number; None when it is something else."""
    trimmed = text.strip()
    if (resolver and resolver.redact_urns) or not _PHONE_CHARACTERS.fullmatch(trimmed) or len(trimmed) > 40:
        return None
    digits = _DIGITS.sub("", trimmed)
    if len(digits) < FEWEST_DIGITS:
        return None
    start = len(text) - len(text.lstrip())
    span = (start, start + len(trimmed))
    country = resolver.country if resolver else ""
    if dialect == "rapidpro":
        number = _rapidpro_number(trimmed, country)
        return _condition(Property("scheme", "tel"), "=", number, span) if number else None
    number = full_number(trimmed, country)
    return _phone("=" if number else "~", number or digits, span, resolver)


def full_number(text: str, country: str) -> str:
    """A *valid* number under a country, in E.164; empty when it is none, or only part of one."""
    from contacthub.identity import phones

    try:
        phone = phones.parse(text, country)
    except InvalidValue:
        return ""
    return phone.e164 if phone.verified and phone.e164.startswith("+") else ""


def _rapidpro_number(text: str, country: str) -> str:
    """What RapidPro takes for a number: what the library calls valid, without our rewriting of old plans."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else ""


def condition_of(bare: Bare, resolver: Resolver | None, dialect: Dialect) -> Condition:
    """What a bare word or string asks."""
    value, span = bare.text, bare.span
    if resolver and resolver.redact_urns:
        return _reference(value, span) or _name(value, span)
    if urn := _urn(value):
        return _condition(Property("scheme", urn[0]), "=", urn[1], span)
    if _BARE_PHONE.fullmatch(value):
        if dialect == "rapidpro":
            return _condition(Property("scheme", "tel"), "~", _KEPT.sub("", value), span)
        if len(digits := _DIGITS.sub("", value)) >= FEWEST_DIGITS:
            return _phone("~", digits, span, resolver)
    if dialect == "contacthub" and _ADDRESS.fullmatch(value):
        return _condition(Property("scheme", "mailto"), "=", value, span)
    return _name(value, span)


def _urn(value: str) -> tuple[str, str] | None:
    """Scheme and path of a text that is a valid URN."""
    scheme, _, path = value.partition(":")
    scheme = scheme.lower()
    if not path or scheme not in SCHEMES:
        return None
    if scheme == "tel":  # valid by its form; whether such a number exists does not matter for finding it
        return (scheme, path) if _TEL_PATH.fullmatch(path) else None
    from contacthub.identity import urns

    try:
        return scheme, urns.normalize(f"{scheme}:{path}", "").path
    except InvalidValue:
        return None


def _name(value: str, span: tuple[int, int]) -> Condition:
    return _condition(attribute("name"), "~" if words(value) else "=", value, span)


def _reference(value: str, span: tuple[int, int]) -> Condition | None:
    """A code of a contact has a digit or is in capitals; otherwise `marcus` could not be searched for."""
    if _REFERENCE.fullmatch(value) and (value.isupper() or any(character.isdigit() for character in value)):
        return _condition(attribute("ref"), "=", value, span)
    return None


def _phone(operator: Operator, value: str, span: tuple[int, int], resolver: Resolver | None) -> Condition:
    condition = _condition(attribute("phone"), operator, value, span)
    return replace(condition, forced=shadowed(condition.property, resolver))


def _condition(property: Property, operator: Operator, value: str, span: tuple[int, int]) -> Condition:
    return Condition(property, operator, (value,), span=span, name_span=span, value_spans=(span,))
