"""Custom fields: names, keys and types."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

import regex

from contacthub.errors import InvalidValue
from contacthub.model.text import clean_line

TYPES = ("text", "number", "datetime", "state", "district", "ward")
NAME_LENGTH = 36
RESERVED_KEYS = frozenset({"has", "is", "fields", "urns", "created_on", "last_seen_on"})
"""RapidPro's reserved words, and the attributes it does not let a field shadow."""

_NAME = regex.compile(r"[\p{L}\p{M}\p{N} \-]+")
_KEY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Field:
    """A custom attribute of contacts: `key` in queries and documents, `name` for people, `type` of its values."""

    key: str
    name: str
    type: str = "text"
    featured: bool = False
    """Whether lists show it."""
    position: int = 0


def field_name(value: object) -> str:
    """A valid name: letters of any script, digits, space and hyphen, at most 36 characters. Raises InvalidValue."""
    name = clean_line(str(value))
    if not name or len(name) > NAME_LENGTH or not _NAME.fullmatch(name):
        raise InvalidValue(
            f"{name!r} cannot be the name of a field: use letters, digits, spaces and hyphens, "
            f"at most {NAME_LENGTH} characters.",
            code="invalid_field", property="name", value=value,
        )  # fmt: skip
    return name


def field_key(name: str, taken: Collection[str] = ()) -> str:
    """The key of a field by its name: lower case, accents folded, every other run of characters `_`.

    A name that leaves no key (another script) gets `field_N`. A reserved key, or one that starts with a digit, is
    refused; a key that is taken is returned as it is, for the caller to refuse.
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not key:
        number = 1
        while f"field_{number}" in taken:
            number += 1
        return f"field_{number}"
    if key in RESERVED_KEYS or not _KEY.fullmatch(key):
        raise InvalidValue(
            f"A field cannot be called {name!r}: its key would be {key!r}, which is "
            + ("reserved." if key in RESERVED_KEYS else "no word that starts with a letter."),
            code="invalid_field", property="name", value=name,
        )  # fmt: skip
    return key


def field_type(value: object) -> str:
    """A valid type of field. Raises InvalidValue."""
    if value not in TYPES:
        raise InvalidValue(
            f"{value!r} is no type of field; the types are {', '.join(TYPES)}.",
            code="invalid_field_type", property="type", value=value,
        )  # fmt: skip
    return str(value)
