"""Rules of single values: names, tags, numbers, dates. Each returns what is stored or raises InvalidValue."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from contacthub.errors import InvalidValue
from contacthub.model.text import clean, clean_line

NAME_LENGTH = 128
REMARKS_LENGTH = 10_000
FIELD_VALUE_LENGTH = 640
TAG_LENGTH = 64
LIST_LENGTH = 30
GROUP_LENGTH = 64
ADDRESS_LENGTH = 2_000
"""Of web and e-mail addresses."""
TAGS_PER_CONTACT = 100
URNS_PER_CONTACT = 50
EXACT_DIGITS = 15
"""A binary float holds any decimal of up to 15 significant digits; a longer number is kept as its text."""

_MAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")


def line(value: Any, property: str, limit: int, *, empty: bool = True) -> str:
    """One line of text within a limit, cleaned; nothing is cut in silence."""
    text = clean_line(_text(value, property))
    if len(text) > limit:
        raise InvalidValue(
            f"{property} has {len(text)} characters; at most {limit} are kept.",
            code="too_long", property=property, value=value,
        )  # fmt: skip
    if not text and not empty:
        raise InvalidValue(f"{property} must not be empty.", code="empty", property=property, value=value)
    return text


def _text(value: Any, property: str) -> str:
    """A value that is a text already: nothing else is made one, so that no `None` and no `['vip']` becomes a name."""
    if not isinstance(value, str):
        raise InvalidValue(
            f"{property} is a text, and {value!r} is none.", code="not_a_text", property=property, value=value
        )
    return value


def contact_name(value: Any) -> str:
    return line(value, "name", NAME_LENGTH)


def tag_name(value: Any) -> str:
    return line(value, "tags", TAG_LENGTH, empty=False)


def list_name(value: Any) -> str:
    return line(value, "lists", LIST_LENGTH, empty=False)


def group_name(value: Any) -> str:
    """1 to 64 characters, no quotes and no backslash."""
    text = line(value, "group", GROUP_LENGTH, empty=False)
    if any(character in text for character in "\"'\\"):
        raise InvalidValue(
            f"The group name {text!r} has a quote or a backslash; choose one without.",
            code="invalid_group_name", property="group", value=value,
        )  # fmt: skip
    return text


def remarks(value: Any) -> str:
    text = clean(_text(value, "remarks"))
    if len(text) > REMARKS_LENGTH:
        raise InvalidValue(
            f"remarks have {len(text)} characters; at most {REMARKS_LENGTH} are kept.",
            code="too_long", property="remarks", value=value,
        )  # fmt: skip
    return text


def avatar(value: Any) -> str:
    """Where a picture is: an address of the web, or the path of a file. A page that shows it runs nothing."""
    text = line(value, "avatar", ADDRESS_LENGTH)
    scheme, colon, _ = text.partition(":")
    if colon and scheme.isalpha() and len(scheme) > 1 and scheme.casefold() not in ("http", "https"):
        raise InvalidValue(
            f"avatar is the address of a picture, http or https, or the path of a file; not {text[:40]!r}.",
            code="invalid_avatar", property="avatar", value=value,
        )  # fmt: skip
    return text


def mail_address(value: Any) -> str:
    """An e-mail address as it is written, or empty for none."""
    text = line(value, "email", ADDRESS_LENGTH)
    if text and not _MAIL.fullmatch(text):
        raise InvalidValue(
            f"{text[:40]!r} is no e-mail address; write it like ana@example.com.",
            code="invalid_email", property="email", value=value,
        )  # fmt: skip
    return text


def number(value: Any, property: str) -> int | float | str:
    """A number as it is stored: int or float while that is exact, else the text of the decimal."""
    if isinstance(value, bool) or "_" in str(value):  # 1_000 is a number to Python and to nobody else
        raise _no_number(value, property)
    try:
        decimal = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation as error:
        raise _no_number(value, property) from error
    if not decimal.is_finite():
        raise _no_number(value, property)
    digits = decimal.normalize().as_tuple()
    if not isinstance(digits.exponent, int) or abs(digits.exponent) > 300:
        raise _no_number(value, property)
    if len(digits.digits) + max(digits.exponent, 0) > EXACT_DIGITS:
        text = format(decimal.normalize(), "f")
        if len(text) > FIELD_VALUE_LENGTH:
            raise _no_number(value, property)
        return text
    return int(decimal) if digits.exponent >= 0 else float(decimal)


def _no_number(value: Any, property: str) -> InvalidValue:
    return InvalidValue(
        f"{property} is a number; {str(value)[:40]!r} is not one. Write it like 36 or 12.5.",
        code="invalid_number", property=property, value=value,
    )  # fmt: skip


def moment(value: Any, property: str, timezone: str = "UTC") -> str:
    """A moment as it is stored: a civil date `YYYY-MM-DD`, or an instant in UTC.

    A datetime without a zone is in the hub's time zone.
    """
    if isinstance(value, datetime):
        return instant_text(value if value.tzinfo else value.replace(tzinfo=ZoneInfo(timezone)))
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    try:
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
        return moment(datetime.fromisoformat(text), property, timezone)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(
            f"{property} is a date; {text[:40]!r} is not one. Write it like 2026-05-01.",
            code="invalid_date", property=property, value=value,
        ) from error  # fmt: skip


def instant_text(instant: datetime) -> str:
    """An instant as documents hold it: ISO 8601 in UTC, so that texts sort as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds" if instant.microsecond else "seconds")


def field_value(value: Any, type: str, property: str, timezone: str = "UTC") -> Any:
    """A custom field's value as it is stored, by the field's type."""
    if type == "number":
        return number(value, property)
    if type == "datetime":
        return moment(value, property, timezone)
    if not isinstance(value, (str, int, float, Decimal, date)):
        _text(value, property)
    text = clean(str(value))
    if len(text) > FIELD_VALUE_LENGTH:
        raise InvalidValue(
            f"{property} has {len(text)} characters; at most {FIELD_VALUE_LENGTH} are kept.",
            code="too_long", property=property, value=value,
        )  # fmt: skip
    return text
