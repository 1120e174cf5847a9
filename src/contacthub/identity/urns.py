"""URNs: identities as `scheme:path`, in the one normal form in which they are kept and compared.

Normalising twice changes nothing. A path has at most 200 characters; an unknown scheme is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from contacthub.errors import InvalidValue
from contacthub.identity import phones
from contacthub.identity.dialling import FEWEST_DIGITS
from contacthub.identity.keys import PHONE, match_key
from contacthub.identity.warnings import EMERGENCY, UNVERIFIED, Warning
from contacthub.model.text import clean

PATH_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Urn:
    """An identity in normal form. `str(urn)` is what is stored: `tel:+5521987654321`.

    Two are equal when their normal forms are, however they were received.
    """

    scheme: str
    path: str
    received: str = field(compare=False)
    """The URN as it was given, trimmed."""
    verified: bool = field(default=True, compare=False)
    """False for a phone number that is merely possible by its country's plan."""
    warnings: tuple[Warning, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.path}"


@dataclass(frozen=True, slots=True)
class Scheme:
    """What the paths of one scheme look like."""

    name: str
    title: str
    """For headings and labels."""
    pattern: re.Pattern[str]
    """A whole path in normal form."""
    right: str
    """What a path is, for messages: *1234 is no Telegram identity; a path is … *."""
    fold: Callable[[str], str] = str
    """From a trimmed path to the normal form; the pattern is checked after it."""


def _digits_as_they_come(path: str) -> str:
    """The digits of a number without what stands between them, or a business-scoped id, its country in capitals."""
    plain = phones.clean(path)
    number = plain.translate(_BETWEEN_DIGITS).removeprefix("+")
    if number.isascii() and number.isdigit():
        return number
    country, dot, rest = path.partition(".")
    if rest[:4].upper() == "ENT.":
        rest = "ENT." + rest[4:]
    return country.upper() + dot + rest


def _handle(path: str) -> str:
    return clean(path.lower()).lstrip("@").strip()


def _scheme(
    name: str, title: str, pattern: str, right: str, fold: Callable[[str], str] = str, flags: int = 0
) -> tuple[str, Scheme]:
    return name, Scheme(name, title, re.compile(rf"(?:{pattern})\Z", flags), right, fold)


_BETWEEN_DIGITS = str.maketrans("", "", " \t()-./")
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}\Z")
_ANYTHING = r"(?s:.+)"
_DIGITS = r"[0-9]+"
_MAIL = r"[^\s@<>]+@[^\s@<>]+"

SCHEMES: dict[str, Scheme] = dict(
    (
        _scheme("tel", "Phone", r"\+[0-9]{7,15}|[0-9]{3,6}|(?=[0-9]*[a-z])[a-z0-9]{3,}", "a phone number"),
        _scheme(
            "whatsapp",
            "WhatsApp",
            rf"{_DIGITS}|[A-Z]{{2}}\.(?:ENT\.)?[A-Za-z0-9]{{1,128}}",
            "digits, as in 5521987654321, or a business-scoped id, as in BR.1000000000000001",
            _digits_as_they_come,
        ),
        _scheme(
            "mailto", "E-mail", _MAIL, "an e-mail address, as in ana@example.com", lambda path: clean(path.lower())
        ),
        _scheme("telegram", "Telegram", _DIGITS, "digits"),
        _scheme("facebook", "Facebook", _DIGITS, "digits"),
        _scheme("instagram", "Instagram", _DIGITS, "digits"),
        _scheme("twitter", "Twitter", r"[a-z0-9_]{1,15}", "a handle of 1 to 15 letters, digits and _", _handle),
        _scheme("twitterid", "Twitter id", _DIGITS, "digits"),
        _scheme("viber", "Viber", r"[A-Za-z0-9_=/+]{1,24}", "1 to 24 letters, digits and _ = / +"),
        _scheme("line", "LINE", r"[A-Za-z0-9_]{1,36}", "1 to 36 letters, digits and _"),
        _scheme("jiochat", "JioChat", _DIGITS, "digits"),
        _scheme(
            "webchat", "Web chat", rf"[A-Za-z0-9]{{24}}(?::{_MAIL})?", "24 letters and digits, and may be : and e-mail"
        ),
        _scheme("ext", "External id", _ANYTHING, "any text"),
        _scheme("fcm", "Firebase", _ANYTHING, "any text"),
        _scheme("slack", "Slack", _ANYTHING, "any text"),
        _scheme("vk", "VK", _ANYTHING, "any text"),
        _scheme("wechat", "WeChat", _ANYTHING, "any text"),
        _scheme("rocketchat", "Rocket.Chat", _ANYTHING, "any text"),
        _scheme("freshchat", "Freshchat", _ANYTHING, "any text"),
        _scheme("discord", "Discord", _ANYTHING, "any text"),
    )
)
"""All schemes by name. An unknown one is an error, since a slip of the pen would else be a new kind of identity."""


def split_urn(text: str) -> tuple[str, str]:
    """Scheme (in lower case) and path of a URN, both trimmed; the path is not looked at.

    Raises InvalidValue: `invalid_urn` for a text without a colon or a path, `unknown_scheme`.
    """
    scheme, colon, path = clean(text).partition(":")
    scheme, path = scheme.strip().lower(), path.strip()
    if not colon or not scheme:
        raise _invalid(text, "invalid_urn", f"{_shown(text)} is no URN; write it like tel:+5521987654321.")
    if scheme not in SCHEMES:
        known = ", ".join(SCHEMES)
        raise _invalid(text, "unknown_scheme", f"There is no scheme {_shown(scheme)}. The schemes are {known}.")
    if not path:
        raise _invalid(text, "invalid_urn", f"{_shown(text)} has nothing behind the colon.")
    return scheme, path


def normalize(urn: str, country: str = "") -> Urn:
    """A URN in normal form. `country` is the hub's default country, for phone numbers without a calling code.

    Raises InvalidValue: the codes of `split_urn`; `too_long` for a path of more than 200 characters; `invalid_urn` for
    a path that its scheme cannot have; for `tel` those of `phones.parse`.
    """
    scheme, path = split_urn(urn)
    received = clean(urn)
    if scheme == "tel":
        _check_length(path, urn)
        return _phone(path, country, received, urn)
    rule = SCHEMES[scheme]
    try:
        path = rule.fold(path)
    except InvalidValue as error:
        raise _invalid(urn, error.code, error.message) from None
    _check_length(path, urn)
    if not rule.pattern.match(path):
        message = f"{_shown(path)} is no {rule.title} identity; that is {rule.right}."
        raise _invalid(urn, "invalid_urn", message)
    if scheme == "whatsapp" and path.isdigit() and not phones.is_valid(path):
        return Urn(scheme, path, received, False, (UNVERIFIED,))
    return Urn(scheme, path, received)


def is_valid_path(scheme: str, path: str) -> bool:
    """Whether a path is in its scheme's normal form, by its characters alone: no numbering plan is asked."""
    rule = SCHEMES.get(scheme)
    return rule is not None and len(path) <= PATH_LENGTH and bool(rule.pattern.match(path))


def is_business_scoped(urn: str) -> bool:
    """Whether a URN is a business-scoped WhatsApp user id (BSUID), such as `whatsapp:BR.1000000000000001`.

    People with a username may write in under one without showing their number. It is a key, like a phone number, but
    only within one business portfolio, and it changes when the person's number does. Its match key is the URN itself.
    """
    scheme, _, path = urn.partition(":")
    return scheme == "whatsapp" and bool(_BSUID.match(path))


def is_parent_business_scoped(urn: str) -> bool:
    """Whether a URN is a parent BSUID, such as `whatsapp:BR.ENT.2000000000000001`, shared by linked portfolios."""
    return is_business_scoped(urn) and urn.startswith("ENT.", len("whatsapp:BR."))


def country_of(urn: str) -> str:
    """The country of a URN's phone number (ISO 3166-1 alpha-2); empty for any other identity."""
    key = match_key(urn)
    return phones.country_of_number(key.removeprefix(PHONE)) if key.startswith(PHONE) else ""


_SENDER = re.compile(r"(?=[0-9]*[a-z])[a-z0-9]{3,}\Z")
_SHORT_CODE = re.compile(r"[0-9]{3,6}\Z")
_NO_VALUE = frozenset(
    ("none", "null", "nan", "na", "nil", "nao", "sem", "nenhum", "ninguno", "unknown", "true", "false")
)
"""What spreadsheets write for *nothing*; as a sender's id it would make one person of everybody without a phone."""


def _phone(path: str, country: str, received: str, urn: str) -> Urn:
    """A phone number, or else the short code or the alphanumeric id of a sender."""
    try:
        phone = phones.parse(path, country)
    except InvalidValue as error:
        other = "" if error.code == "phone_digits_lost" else _short_code(path, country) or _sender(path)
        if not other:
            raise _invalid(urn, error.code, error.message) from None
        warnings = (EMERGENCY,) if other.isdigit() and _is_emergency(other, country) else ()
        return Urn("tel", other, received, True, warnings)
    if not phone.verified and (code := _short_code(path, country)):
        return Urn("tel", code, received, True, (EMERGENCY,) if _is_emergency(code, country) else ())
    return Urn("tel", phone.e164, received, phone.verified, phone.warnings)


def _short_code(path: str, country: str) -> str:
    """A number of 3 to 6 digits, which means something within one country only."""
    code = phones.clean(path)
    return code if country and _SHORT_CODE.match(code) else ""


def _sender(path: str) -> str:
    """An alphanumeric sender id, such as `mybank`; a number with a stray letter in it is none."""
    sender = path.lower()
    few_digits = sum(map(str.isdigit, sender)) < FEWEST_DIGITS
    return sender if few_digits and sender not in _NO_VALUE and _SENDER.match(sender) else ""


def _is_emergency(code: str, country: str) -> bool:
    import phonenumbers

    return bool(phonenumbers.is_emergency_number(code, country))


def _check_length(path: str, urn: str) -> None:
    if len(path) > PATH_LENGTH:
        message = f"{_shown(path)} has {len(path)} characters; a URN's path has at most {PATH_LENGTH}."
        raise _invalid(urn, "too_long", message)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _invalid(value: str, code: str, message: str) -> InvalidValue:
    return InvalidValue(message, code=code, property="urns", value=value)
