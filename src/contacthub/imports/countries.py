"""The country of a number in a column of its own (DDI), as a calling code, an ISO code or a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from contacthub.errors import InvalidValue
from contacthub.identity import dialling, phones
from contacthub.model.text import fold_accents
from contacthub.tables.cells import Cell, is_blank, text_of

_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGES = ("en", "pt", "es")
"""Those of the messages. A name in any language at all may be that of something else in this one."""


@dataclass(frozen=True, slots=True)
class Country:
    """What a cell tells of a country."""

    code: str = ""
    """The digits that numbers begin with, without `+`; "" for a cell that tells none."""
    region: str = ""
    """ISO 3166-1 alpha-2; "" where none is known to have these digits."""


def country_of(cell: Cell) -> Country | None:
    """The country that a cell means: `55`, `+55`, `0055`, `55.0`, `BR`, `Brasil`, `Brasil (+55)`. A cell without digits
    and letters means none; the answer is None where its letters or digits are those of no country, or of two."""
    if is_blank(cell):
        return Country()
    try:
        text = phones.clean(text_of(cell))
    except InvalidValue:
        text = text_of(cell)
    code = "".join(character for character in text if character.isdigit()).lstrip("0")  # 00 is what one dials for +
    name = _key(text)
    if not name:
        return Country(code, next(iter(dialling.regions_of(code)), ""))
    region = _region(name)
    known = dialling.plan(region) if region else None
    if known is None or not (code or known.calling_code).startswith(known.calling_code):
        return None
    return Country(code or known.calling_code, region)


def _region(name: str) -> str:
    """The region of an ISO code or of a country's name, "" for none."""
    if len(name) == 2 and name.isascii():
        return name.upper()
    return _names().get(name, "")


@cache
def _names() -> dict[str, str]:
    """Regions by the names that `phonenumbers` has for them."""
    found: dict[str, str] = {}
    for region, names in _locale_data().items():
        for language in _LANGUAGES:
            name = names.get(language, "")
            name = names.get(name.removeprefix("*"), "") if name.startswith("*") else name  # as in another language
            if name:
                found.setdefault(_key(name), region)
    return found


def _locale_data() -> dict[str, dict[str, str]]:
    """The names in every language, by region. The module is loaded alone: the package that it is in would load the
    places of all prefixes of the world with it, which is a second and a hundred megabytes."""
    import phonenumbers

    path = Path(phonenumbers.__file__).with_name("geodata") / "locale.py"
    spec = spec_from_file_location("phonenumbers.geodata.locale", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    data: dict[str, dict[str, str]] = module.LOCALE_DATA
    return data


def _key(text: str) -> str:
    """A name as it is compared: its words without case and accents."""
    return " ".join(_WORD.findall(fold_accents(text)))
