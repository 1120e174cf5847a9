"""Languages, as ISO 639-3 codes. The table of codes comes from `python-iso639`, loaded when it is first asked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from contacthub.errors import InvalidValue


@lru_cache(maxsize=1_024)
def is_language(code: str) -> bool:
    """Whether a text is an ISO 639-3 code, in lower case."""
    from iso639 import Language, LanguageNotFoundError

    try:
        Language.from_part3(code)
    except LanguageNotFoundError:
        return False
    return True


@lru_cache(maxsize=1_024)
def find_language(text: str) -> str | None:
    """The ISO 639-3 code that a text means: `por`, `pt`, `pt-BR` or `Portuguese`; None when it means none."""
    from iso639 import Language, LanguageNotFoundError

    text = text.strip()
    if is_language(text.lower()):
        return text.lower()
    short = text.replace("_", "-").partition("-")[0].lower()
    for finder, value in (
        (Language.from_part1, short),
        (Language.from_part2b, short),
        (Language.from_name, text.title()),
    ):
        try:
            return str(finder(value).part3)
        except LanguageNotFoundError:
            continue
    return None


def language(value: Any) -> str | None:
    """A language as it is stored; None for none. Raises InvalidValue."""
    if value is None or value == "":
        return None
    code = str(value).strip().lower()
    if not is_language(code):
        meant = find_language(str(value))
        raise InvalidValue(
            f"{str(value)[:40]!r} is no ISO 639-3 language code" + (f"; did you mean {meant!r}?" if meant else "."),
            code="invalid_language", property="language", value=value,
        )  # fmt: skip
    return code
