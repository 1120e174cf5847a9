"""Numbering plans compiled for speed: what `phonenumbers` would surely accept, told by one regular expression.

The library takes 20 to 30 microseconds a number, because it runs through every rule it has. Most numbers of a table are
ordinary ones, written in an ordinary way, and its own metadata says which: an ordinary number of a country that starts
with neither the international nor the national prefix is parsed as it stands. Whatever matches here is what the library
would answer; whatever does not is for the library to decide. A test compares the two on fuzzed strings.

`phonenumbers` is imported when a plan is first compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from contacthub.identity.keys import PHONE, match_key

FEWEST_DIGITS, MOST_DIGITS = 7, 15
"""Digits of an E.164 number, calling code included (the most is the rule of the ITU)."""

_NEVER = r"(?!)"
_ORDINARY = ("mobile", "fixed_line", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail")
_WORTH_A_WARNING = ("premium_rate", "toll_free")
_SHORTER_BEFORE = ("225", "229")
"""Calling codes whose numbers were shorter in their old spelling: Côte d'Ivoire and Benin."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How numbers are dialled within one country: patterns of their digits, without `+`."""

    calling_code: str
    national: re.Pattern[str]
    """Valid, ordinary numbers as they are dialled within the country, without its national prefix."""
    bare: re.Pattern[str]
    """The same with the calling code in front, where they cannot be national numbers."""
    national_form: re.Pattern[str]
    """As `national`, of a possible form but not surely valid."""
    bare_form: re.Pattern[str]
    """As `bare`, of a possible form but not surely valid."""
    local: re.Pattern[str]
    """Surely without an area code: too short for a subscriber's number, and valid in no other way."""


def e164(digits: str, plan: Plan | None) -> str | None:
    """The E.164 form of a valid, ordinary number without `+`; None if only the library can tell."""
    if plan is None:
        return None
    if plan.national.match(digits):
        return f"+{plan.calling_code}{digits}"
    if plan.bare.match(digits):
        return f"+{digits}"
    if plan.national_form.match(digits) and _valid_today(f"{plan.calling_code}{digits}"):
        return f"+{plan.calling_code}{digits}"
    if plan.bare_form.match(digits) and _valid_today(digits):
        return f"+{digits}"
    return None


def is_ordinary(digits: str) -> bool:
    """Whether digits that start with a calling code are a valid, ordinary number; False if only the library can tell.

    A number in an old spelling is ordinary when its strong spelling of today is.
    """
    code = calling_code(digits)
    if not code:
        return False
    form, valid = _international(code)
    return bool(valid.match(digits)) or (_valid_today(digits) and bool(form.match(digits)))


def _valid_today(digits: str) -> bool:
    """Whether a number in an old spelling is valid in the spelling of today."""
    today = match_key(f"whatsapp:{digits}").removeprefix(PHONE)
    return today != digits and bool(_international(calling_code(today))[1].match(today))


def calling_code(digits: str) -> str:
    """The calling code that an international number starts with; empty if no country has it."""
    code = _codes().get(digits[:3])
    return _first_code(digits) if code is None else code


def regions_of(code: str) -> tuple[str, ...]:
    """The countries that share a calling code, the main one first; `001` stands for services of no country."""
    return _regions().get(code, ())


def is_of_main_country(digits: str) -> bool:
    """Whether a number is surely one of the main country of its calling code; False if only the library can tell."""
    return bool(_international(calling_code(digits))[1].match(digits))


def subscriber_lengths(code: str) -> set[int]:
    """The lengths that fixed-line and mobile numbers have under a calling code, in digits after it."""
    found: set[int] = set()
    for region in regions_of(code):
        metadata = _metadata(region, code)
        for description in (metadata.fixed_line, metadata.mobile):
            if description is not None:
                found.update(length for length in description.possible_length if length > 0)
    return found


@cache
def area_code_lengths(country: str) -> frozenset[int]:
    """The lengths that area codes may have in a country: of a whole fixed-line number without one dialled at home.
    Empty where that is not known, or where numbers are never dialled without."""
    metadata = _metadata(country)
    described = metadata.fixed_line if metadata is not None else None
    if described is None:
        return frozenset()
    local = described.possible_length_local_only
    return frozenset(whole - short for whole in described.possible_length for short in local if 0 < short < whole)


@cache
def plan(country: str) -> Plan | None:
    """The plan of a country, None for an unknown one."""
    metadata = _metadata(country)
    if metadata is None:
        return None
    code = str(metadata.country_code)
    length = _length(metadata, code)
    at_home = rf"(?!00)(?!{metadata.international_prefix or _NEVER})"
    national = f"{length}{at_home}{_no_prefix(metadata)}"
    bare = rf"(?={code}{length}){at_home}(?!(?:{_form(metadata)})\Z){code}{_no_prefix(metadata, code)}"
    if country != regions_of(code)[0]:
        # Numbers of the main country are valid here too; but only this country's own form tells the library that a
        # number starts with an area code and not with the calling code.
        national += rf"(?=(?:{_form(metadata)})\Z)"
        bare = _NEVER
    valid, form = _valid(code, country), _possible(code, metadata)
    local = f"{_local(code)}(?!{code}){at_home}{_no_prefix(metadata)}"
    return Plan(code, *map(re.compile, (national + valid, bare + valid, national + form, bare + form, local)))


@cache
def _international(code: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Numbers with a calling code in front and no prefix to lose: those of a possible form, and the valid ones."""
    main = regions_of(code)[0]
    metadata = _metadata(main, code)
    start = code + _length(metadata, code) + _no_prefix(metadata, code)
    return re.compile(start + _possible(code, metadata)), re.compile(start + _valid(code, main))


def _valid(code: str, country: str) -> str:
    """A pattern of national numbers that are valid and need no warning: those of the main country, and of this one."""
    regions = regions_of(code)
    accepted = []
    earlier = ""
    for region in regions:
        metadata = _metadata(region, code)
        leading = metadata.leading_digits
        if region in (regions[0], country):
            lead = f"(?={leading})" if leading else ""
            accepted.append(f"{earlier}{lead}{_ordinary(metadata)}")
        if region == country:
            break
        if leading:
            # The library gives a number with these leading digits to that region, valid there or not.
            earlier += f"(?!{leading})"
    return f"{_no_warning(code)}(?:{'|'.join(accepted)})"


def _possible(code: str, metadata: Any) -> str:
    """A pattern of national numbers of the general form of a country, apart from those that need a warning."""
    return rf"{_no_warning(code)}(?:{_form(metadata)})\Z"


def _ordinary(metadata: Any) -> str:
    kinds = [_kind(getattr(metadata, name)) for name in _ORDINARY]
    return rf"(?=(?:{_form(metadata)})\Z)(?:{'|'.join(kind for kind in kinds if kind)})\Z"


def _local(code: str) -> str:
    """Numbers too short for a subscriber under a calling code, where no old spelling is that short."""
    most = min(subscriber_lengths(code), default=0) - 1
    if most < 2 or code in _SHORTER_BEFORE:
        return _NEVER
    kinds = _kinds(code, (*_ORDINARY, *_WORTH_A_WARNING))
    return rf"(?=\d{{2,{most}}}\Z)(?!(?:{'|'.join(kinds)})\Z)"


def _no_warning(code: str) -> str:
    special = _kinds(code, _WORTH_A_WARNING)
    return rf"(?!(?:{'|'.join(special)})\Z)" if special else ""


def _kinds(code: str, names: Iterable[str]) -> list[str]:
    """The patterns of some kinds of numbers in all countries under a calling code, which often agree."""
    found = (_kind(getattr(_metadata(region, code), name)) for region in regions_of(code) for name in names)
    return [kind for kind in dict.fromkeys(found) if kind]


def _form(metadata: Any) -> str:
    """The library's general pattern of a country's numbers."""
    return str(metadata.general_desc.national_number_pattern)


def _kind(description: Any) -> str:
    """The numbers of one kind, as a pattern; the library heeds their lengths as well as their pattern."""
    if description is None or not description.national_number_pattern:
        return ""
    lengths = "|".join(rf"\d{{{length}}}\Z" for length in description.possible_length if length > 0)
    return f"(?={lengths})(?:{description.national_number_pattern})" if lengths else ""


def _length(metadata: Any, code: str) -> str:
    """A look-ahead: digits only, as many as the country's numbers have and E.164 allows; no length of local numbers."""
    lengths = metadata.general_desc.possible_length
    most = min(max(lengths), MOST_DIGITS - len(code))
    local = _metadata(regions_of(code)[0], code).general_desc.possible_length_local_only
    not_local = "".join(rf"(?!\d{{{length}}}\Z)" for length in local if length <= most)
    return rf"(?=\d{{{max(min(lengths), FEWEST_DIGITS - len(code))},{most}}}\Z){not_local}"


def _no_prefix(metadata: Any, before: str = "") -> str:
    """A look-ahead, behind the digits `before`: no national prefix that the library would take off.

    The prefixes of some countries match nothing at all, and then take nothing off.
    """
    prefix = metadata.national_prefix_for_parsing
    return rf"(?!(?:{prefix})(?<!\A{before}))" if prefix else ""


def _metadata(region: str, code: str = "") -> Any:
    from phonenumbers import PhoneMetadata

    if region == "001":
        return PhoneMetadata.metadata_for_nongeo_region(int(code), None)
    return PhoneMetadata.metadata_for_region(region, None)


@cache
def _codes() -> dict[str, str]:
    """The calling code under every three digits that a number may start with."""
    return {start: _first_code(start) for start in (f"{number:03}" for number in range(1000))}


def _first_code(digits: str) -> str:
    starts = (digits[:length] for length in (1, 2, 3))
    return next((start for start in starts if start in _regions()), "")


@cache
def _regions() -> dict[str, tuple[str, ...]]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return {str(code): tuple(regions) for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}
