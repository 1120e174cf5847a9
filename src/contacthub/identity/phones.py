"""Phone numbers: from what stands in a cell to E.164, or a clear refusal.

The `phonenumbers` library decides. Before it sees a value, the value is made plain: its characters cleaned, floats and
scientific notation read exactly, extensions dropped, numbers of plans that changed rewritten; the library itself would
read letters as keypad digits, `2198765432.0` as somebody else's number and the old mobile numbers of Mexico as
impossible.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from numbers import Integral, Real
from typing import Any, NamedTuple

from contacthub.errors import InvalidValue
from contacthub.identity import dialling
from contacthub.identity.keys import spellings
from contacthub.identity.warnings import EXTENSION_DROPPED, PREMIUM_RATE, TOLL_FREE, UNVERIFIED, Warning

EXACT_FLOAT = 10**15
"""Below this every whole number is a float of its own, so a float of a spreadsheet is the number that was typed."""

_WORDS_OF_EXTENSION = r"extension|extensión|extensão|extensao|extn|ext|ramal|rml|interno|anexo|int|x|#"
_EXTENSION = re.compile(rf"(?<=\d)[\s.,;)\-(]*(?:{_WORDS_OF_EXTENSION})[\s.:=]*\d{{1,7}}\)?\s*\Z", re.IGNORECASE)
_SEPARATOR = re.compile(rf"[;,](?!\s*(?:{_WORDS_OF_EXTENSION})\b)|[/|\n]|\s(?:ou|or|e|o|y|and)\s", re.IGNORECASE)
_LABEL = re.compile(
    r"\A(?:tel|telefone|teléfono|telefono|phone|fone|mobile|cel|celular|móvil|movil|whatsapp|whats|wpp|zap|fax)"
    r"\s*[.:]*\s*(?=[+(\d])",
    re.IGNORECASE,
)
_CARRIER = re.compile(r"\A(\(?)0\s?(?:xx|\*\*)\s?(?=\)?\s?\d\d)", re.IGNORECASE)
_FLOAT = re.compile(r"[+-]?(\d+)[.,]00?\Z")
_SCIENTIFIC = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,3})\Z")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){2,}\Z")
_PUNCTUATION = str.maketrans("", "", " ()-.[]~:")
_QUOTES = "'\"`´‘’“”="


class Phone(NamedTuple):
    """A phone number that was accepted. A plain tuple, since imports make a million of them."""

    e164: str
    verified: bool = True
    """Whether the number is valid by its country's plan; a number that is merely possible is not."""
    warnings: tuple[Warning, ...] = ()


def clean(value: Any) -> str:
    """A value as the text of a number: plain digits and punctuation, exact, of one line per line of the cell.

    Takes str, int and float (a whole float below 1e15 is its digits). Raises InvalidValue: `phone_digits_lost` for
    scientific notation that has lost digits, `invalid_phone` for what is no number at all (NaN, True, 2.5).
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return _digits_of(value)
    text = value
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_plain, text.replace("\r\n", "\n").replace("\r", "\n")))
    text = text.strip().strip(_QUOTES).strip()
    if match := _SCIENTIFIC.match(text):
        return _exact(match, value)
    if match := _FLOAT.match(text):
        return ("+" if text.startswith("+") else "") + match[1]
    if _THOUSANDS.match(text):
        return text.replace(",", "")
    return text


def split(text: str) -> list[str]:
    """The numbers of one cell, each as its text. A list of one when there is nothing to split.

    Separators are `;`, `/`, `,`, `|`, a line break and the words for *or* and *and*; what follows is another number
    and never an extension. Nothing is split unless two parts have digits.
    """
    return _parts(clean(text))


def parse(value: Any, country: str, area_code: str | None = None) -> Phone:
    """A number in E.164.

    `country` is the hub's default (ISO 3166-1 alpha-2, or empty), for numbers without a calling code; `area_code` is
    put in front of local numbers. Raises InvalidValue with the code `phone_no_area_code` for a local number,
    `phone_no_country` for a national number where there is no default country, `unknown_calling_code` for `+` and a
    code that no country has, `several_phones`, `phone_digits_lost`, `empty`, or else `invalid_phone`.
    """
    outcome = _parse(value, country, area_code)
    if isinstance(outcome, InvalidValue):
        raise outcome
    return outcome


def parse_many(values: Sequence[Any], country: str, area_code: str | None = None) -> list[Phone | InvalidValue]:
    """`parse` for a column: the number, or the error, of each value. Equal values are read once."""
    known: dict[Any, Phone | InvalidValue] = {}
    result: list[Phone | InvalidValue] = []
    plan = dialling.plan(country) if country and len(values) else None
    for value in values:
        # True equals 1, and is no number.
        key = value if isinstance(value, str) else (type(value), value)
        outcome = known.get(key)
        if outcome is None:
            outcome = _quick(value, plan) or _parse(value, country, area_code)
            known[key] = outcome
        result.append(outcome)
    return result


def country_of_number(digits: str) -> str:
    """The country of an international number without `+` (ISO 3166-1 alpha-2); empty if its calling code has none.

    Countries that share a calling code are told apart by the number; one that fits none of them counts to the main one.
    """
    regions = dialling.regions_of(dialling.calling_code(digits))
    if not regions or regions[0] == "001":
        return ""
    if len(regions) == 1 or dialling.is_of_main_country(digits):
        return regions[0]
    import phonenumbers

    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{digits}")) or regions[0]
    except phonenumbers.NumberParseException:
        return regions[0]


def is_valid(digits: str) -> bool:
    """Whether digits with their calling code, or another spelling of them, are a valid number."""
    if dialling.is_ordinary(digits):
        return True
    outcome = _decide(f"+{digits}", "")
    return isinstance(outcome, Phone) and outcome.verified


def _parse(value: Any, country: str, area_code: str | None) -> Phone | InvalidValue:
    quick = _quick(value, dialling.plan(country) if country else None)
    if quick is not None:
        return quick
    try:
        text = clean(value)
    except InvalidValue as error:
        return error
    if not text:
        return _refusal("empty", value, country)
    warnings: tuple[Warning, ...] = ()
    number = _plain_number(text)
    if not number:
        parts = _parts(text)
        if len(parts) > 1:
            return _refusal("several_phones", value, country)
        number, warnings = _dressed_number(parts[0])
    if not number:
        return _refusal("invalid_phone", value, country)
    outcome = _read(number, country)
    if outcome == "phone_no_area_code" and area_code and not number.startswith("+"):
        outcome = _read(_digits_only(area_code).lstrip("0") + number.lstrip("0"), country)
    if isinstance(outcome, str):
        return _refusal(outcome, value, country)
    return outcome._replace(warnings=warnings + outcome.warnings) if warnings else outcome


def _parts(text: str) -> list[str]:
    """The numbers of a cleaned text."""
    parts = [part.strip() for part in _SEPARATOR.split(text)]
    if len(parts) == 1:
        return parts
    parts = [part for part in parts if part]
    numbers = [part for part in parts if any(map(str.isdigit, part))]
    if len(numbers) > 1 or len(parts) == 1:
        return parts
    return [text]


def _quick(value: Any, plan: dialling.Plan | None) -> Phone | None:
    """The answer for an ordinary number written in an ordinary way; None if it takes a closer look."""
    if not isinstance(value, str):
        return None
    # Four replacements of one character are twice as fast as one translation.
    text = value.replace(" ", "").replace("-", "").replace("(", "").replace(")", "")
    if not text.isascii():
        return None
    if text.isdigit():
        number = dialling.e164(text, plan)
        return Phone(number) if number else None
    if text.startswith("+") and text[1:].isdigit() and dialling.is_ordinary(text[1:]):
        return Phone(text)
    return None


def _read(number: str, country: str) -> Phone | str:
    """The number that plain digits are, or the code of their refusal: quickly, if the country's plan surely tells."""
    plan = dialling.plan(country) if country else None
    if plan is not None and plan.local.match(number):
        return "phone_no_area_code"
    return _quick(number, plan) or read_by_library(number, country)


def read_by_library(number: str, country: str) -> Phone | str:
    """The number that plain digits (`+` in front or not) are by the library's rules and those of other spellings.

    The first reading that is valid counts, else the first that is possible; if there is none, the result is the code
    of why the first was refused. This is what the quick ways must agree with.
    """
    outcomes = []
    for reading in _readings(number):
        outcome = _decide(reading, country)
        if isinstance(outcome, Phone) and outcome.verified:
            return outcome
        outcomes.append(outcome)
    return next((outcome for outcome in outcomes if isinstance(outcome, Phone)), outcomes[0])


def _readings(number: str) -> list[str]:
    """What a number may mean, the likeliest first: `00` is `+`, and a long number may lack its `+`."""
    if number.startswith("+00"):
        number = number[1:]
    if number.startswith("00"):
        return ["+" + number.lstrip("0"), number]
    if len(number) >= 11 and number[0] not in "+0":
        return [number, "+" + number]
    return [number]


def _decide(number: str, country: str) -> Phone | str:
    """One reading of a number: what it is, or the code of its refusal."""
    import phonenumbers

    number = _renumbered(number, country)
    if not number.startswith("+") and dialling.plan(country) is None:
        return "phone_no_country"
    try:
        parsed = phonenumbers.parse(number, None if number.startswith("+") else country)
        number = _e164(parsed)
        again = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        unknown = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        return "unknown_calling_code" if unknown else "invalid_phone"
    if _e164(again) != number:
        # The library would take a second national prefix off its own result, and so on: this is no number.
        return "invalid_phone"
    return _judged(number, again)


def _judged(number: str, parsed: Any) -> Phone | str:
    """An E.164 number by its country's plan: valid, valid in another spelling, possible, or why it is refused."""
    import phonenumbers

    possible = phonenumbers.is_possible_number_with_reason(parsed)
    # A few national services are as short as local numbers, and valid; they must not take in somebody's local number.
    if possible == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY or len(number) - 1 < dialling.FEWEST_DIGITS:
        return "phone_no_area_code"
    if len(number) - 1 > dialling.MOST_DIGITS:
        return "invalid_phone"
    if phonenumbers.is_valid_number(parsed):
        kind = phonenumbers.number_type(parsed)
        if kind == phonenumbers.PhoneNumberType.PREMIUM_RATE:
            return Phone(number, True, (PREMIUM_RATE,))
        return Phone(number, True, (TOLL_FREE,) if kind == phonenumbers.PhoneNumberType.TOLL_FREE else ())
    others = (urn.removeprefix("tel:") for urn in spellings(f"tel:{number}", weak=True)[1:] if urn.startswith("tel:"))
    if any(phonenumbers.is_valid_number(phonenumbers.parse(other)) for other in others):
        return Phone(number)
    if len(phonenumbers.national_significant_number(parsed)) < _shortest(str(parsed.country_code)):
        return "phone_no_area_code"
    return (
        Phone(number, False, (UNVERIFIED,))
        if possible == phonenumbers.ValidationResult.IS_POSSIBLE
        else "invalid_phone"
    )


def _e164(parsed: Any) -> str:
    import phonenumbers

    return _renumbered(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), "")


_MEXICO = re.compile(r"\+52(?:1|044|045|01)(\d{10})\Z")
_MEXICO_AT_HOME = re.compile(r"(?:044|045|01|521|52044|52045|5201)(\d{10})\Z")
_BENIN = re.compile(r"\+229(\d{8})\Z")
_BENIN_AT_HOME = re.compile(r"(?:229)?(\d{8})\Z")


def _renumbered(number: str, country: str) -> str:
    """Old numbers of plans that changed, as they are dialled now: the library calls the old ones impossible.

    Mexico gave up the mobile prefixes 1, 044 and 045 and the trunk prefix 01 in August 2019; Benin put 01 in front of
    its numbers of eight digits in November 2024.
    """
    if match := _MEXICO.match(number) or (country == "MX" and _MEXICO_AT_HOME.match(number)):
        return f"+52{match[1]}"
    if match := _BENIN.match(number) or (country == "BJ" and _BENIN_AT_HOME.match(number)):
        return f"+22901{match[1]}"
    return number


@cache
def _shortest(code: str) -> int:
    """Digits of the shortest fixed-line or mobile number under a calling code; 0 where there is none of either."""
    return min(dialling.subscriber_lengths(code), default=0)


def _plain_number(text: str) -> str:
    """The digits of a cleaned text, with `+` where it has one; empty if there is more in it than punctuation."""
    text = text.translate(_PUNCTUATION)
    digits = text.lstrip("+")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    return digits if digits == text else f"+{digits}"


def _dressed_number(text: str) -> tuple[str, tuple[Warning, ...]]:
    """As `_plain_number`, without a label in front and an extension behind; and what was left out."""
    text = _LABEL.sub("", text, count=1)
    text = _CARRIER.sub(r"\g<1>0", text)
    shorter = _EXTENSION.sub("", text)
    return _plain_number(shorter), (EXTENSION_DROPPED,) if shorter != text else ()


def _digits_only(text: str) -> str:
    return "".join(character for character in clean(text) if character.isdigit())


def _digits_of(value: Any) -> str:
    """The digits of a number of a spreadsheet, exact or refused."""
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0:
        return str(int(value))
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        if math.isfinite(number) and number >= 0 and number.is_integer():
            if number < EXACT_FLOAT:
                return str(int(number))
            raise _refusal("phone_digits_lost", value, "")
    raise _refusal("invalid_phone", value, "")


def _exact(match: re.Match[str], value: str) -> str:
    """`5.521987654321E+12` says every digit; `5,52199E+12` does not, and zeros would be somebody else's number."""
    whole, fraction, exponent = match[1], match[2] or "", int(match[3])
    kept, rest = fraction[:exponent], fraction[exponent:]
    if len(kept) < exponent or rest.strip("0"):
        raise _refusal("phone_digits_lost", value, "")
    return whole + kept


@cache
def _plain(character: str) -> str:
    """A character of any script as the ASCII one that stands for the same in a phone number; empty if it is unseen."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Zl", "Zp") or character == "\n":
        return "\n"
    if category == "Zs" or character == "\t":
        return " "
    if category in ("Cc", "Cf", "Cs"):
        return ""
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if "\N{FULLWIDTH EXCLAMATION MARK}" <= character <= "\N{FULLWIDTH TILDE}":
        return chr(ord(character) - 0xFEE0)
    return character


_MESSAGES = {
    "empty": "There is no phone number here.",
    "several_phones": "{value} holds several phone numbers; write each on its own.",
    "phone_digits_lost": "{value} has lost digits in a spreadsheet; format the column as text and type it again.",
    "phone_no_country": "{value} has no country code, and the hub no default country; write it like +55 21 98765-4321.",
    "phone_no_area_code": "{value} has no area code; write it with the area code, like {example}.",
    "unknown_calling_code": "{value} starts with a country code that no country has; write it like {example}.",
    "invalid_phone": "{value} is not a phone number; write it like {example}.",
}


def _refusal(code: str, value: Any, country: str) -> InvalidValue:
    shown = repr(value)[:60]
    message = _MESSAGES[code].format(value=shown, example=_example(country))
    return InvalidValue(message, code=code, property="tel", value=value)


@cache
def _example(country: str) -> str:
    """A valid number of the country, as it is written internationally."""
    if dialling.plan(country or "BR") is None:
        return "+55 21 98765-4321"
    import phonenumbers

    number = phonenumbers.example_number_for_type(country or "BR", phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return "+55 21 98765-4321"
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
