"""The settings of a hub, with their defaults."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contacthub.errors import InvalidValue

DATE_ORDERS = ("dmy", "mdy", "ymd")
PURPOSES = ("marketing", "utility", "service")
"""Purposes of consent that every hub has."""
LIMITS = {
    "max_fields": (1, 10_000), "max_groups": (1, 10_000), "history_days": (0, 36_500),
    "import_rows": (1, 100_000_000), "import_columns": (1, 16_384), "import_cell": (1, 1_000_000),
    "import_megabytes": (1, 1_000_000), "import_ratio": (1, 100_000),
}  # fmt: skip
"""The smallest and the largest value of settings that are numbers."""
_KINDS: dict[type, str] = {str: "a text", bool: "True or False", int: "a whole number", tuple: "a list of names"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a hub decides once. Changed by `hub.settings.update(...)`, which is an operation."""

    name: str = ""
    """The organisation, shown as title."""
    country: str = ""
    """Default country of phone numbers without a country code, ISO 3166-1 alpha-2; empty: none."""
    timezone: str = "UTC"
    """Days begin at midnight here (IANA name)."""
    date_order: str = "dmy"
    """How `03/04/2026` is read: dmy, mdy or ymd."""
    decimal_comma: bool = False
    """How a number is read where a column leaves it open: `1.234` is 1234 when True."""
    redact_urns: bool = False
    """Hide phone numbers and other identities from everybody."""
    purposes: tuple[str, ...] = ()
    """The hub's own purposes of consent, besides marketing, utility and service."""
    max_fields: int = 250
    max_groups: int = 250
    opt_out_words: str = ""
    """Messages that opt out, separated by commas; empty: STOP, SAIR, BAJA and the like (`channels.words`)."""
    opt_in_words: str = ""
    """Messages that opt in, separated by commas; empty: START, UNSTOP, SUBSCRIBE."""
    history_days: int = 0
    """Days after which operations can no longer be undone; 0: never pruned."""
    import_rows: int = 1_000_000
    """Rows with data that an imported file may have."""
    import_columns: int = 512
    import_cell: int = 32_767
    """Characters of a cell; a longer one is a problem of its row."""
    import_megabytes: int = 2048
    """Megabytes (of 1024 kB) of an imported file; of a workbook and of Parquet, unpacked."""
    import_ratio: int = 100
    """Unpacked bytes per packed byte, above which a workbook or Parquet file is taken for a bomb."""

    def updated(self, **values: Any) -> Self:
        """A copy with other values. Raises InvalidValue for an unknown setting or a value it cannot take."""
        known = {field.name: field for field in fields(self)}
        for key, value in list(values.items()):
            if key not in known:
                raise InvalidValue(
                    f"There is no setting {key!r}. The settings are {', '.join(known)}.",
                    code="unknown_setting", property=key, value=value,
                )  # fmt: skip
            if key == "purposes" and isinstance(value, (list, tuple)):
                values[key] = tuple(_purpose(name) for name in value)
            elif type(value) is not type(getattr(self, key)):  # True is no number of fields
                raise _invalid(key, value, _KINDS[type(getattr(self, key))])
            elif key in LIMITS and not LIMITS[key][0] <= value <= LIMITS[key][1]:
                raise _invalid(key, value, f"a whole number from {LIMITS[key][0]} to {LIMITS[key][1]:,}")
        new = replace(self, **values)
        _check(new)
        return new

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self) | {"purposes": list(self.purposes)}


def _purpose(name: Any) -> str:
    if not isinstance(name, str) or not re.fullmatch("[a-z][a-z0-9_]{0,35}", name):
        raise InvalidValue(
            f"{name!r} cannot be a purpose: use lower-case letters, digits and _, beginning with a letter.",
            code="invalid_setting", property="purposes", value=name,
        )  # fmt: skip
    return name


def _check(settings: Settings) -> None:
    from phonenumbers import SUPPORTED_REGIONS

    if settings.country and settings.country not in SUPPORTED_REGIONS:
        raise _invalid("country", settings.country, "a country code such as BR or MX")
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _invalid("timezone", settings.timezone, "a name such as America/Recife") from None
    known = (*PURPOSES, *settings.purposes)
    if len(set(known)) < len(known):
        twice = next(name for name in known if known.count(name) > 1)
        raise _invalid("purposes", list(settings.purposes), f"each purpose once, and {twice} is there already")
    if settings.date_order not in DATE_ORDERS:
        raise _invalid("date_order", settings.date_order, "dmy, mdy or ymd")


def _invalid(key: str, value: Any, right: str) -> InvalidValue:
    return InvalidValue(
        f"The setting {key} takes {right}, not {value!r}.", code="invalid_setting", property=key, value=value
    )
