"""Traces: where a text names a person, by an identity in any spelling or by name, and the text without her.

Forgetting looks for them in what the history says and in previews that wait for somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from contacthub.identity.keys import PHONE, match_key, spellings
from contacthub.model.text import fold_accents

Where = Literal["anywhere", "query", "hers"]
"""What a text is: any, a query, or a part of an operation that changed her. A first name or a short code is a trace of
her in the last two only; elsewhere it is a word like any other."""

NOBODY = "a forgotten person"
LONG_PATH = 6
"""An identity's path of so many characters is told from other words by itself."""
FEWEST_DIGITS = 7
"""Digits that are surely a telephone number: a local one without its area code has as many."""
LONGEST_PREFIX = 6
"""What may stand before a national number: `00` and the country, or a trunk prefix and a carrier."""
MOST_GROUPS = 8
"""A number is written in fewer groups of digits."""

_DIGITS = re.compile(r"\d+")
_RUN = re.compile(r"[+(]*\d(?:\d|[^\w\"']{1,3}(?=\d))*")


class Traces:
    """What names one person in a text."""

    def __init__(
        self, *, uuids: Iterable[str], refs: Iterable[str], urns: Iterable[str], names: Iterable[str],
        shared: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """`names` are hers alone, `shared` names are others' too and mean her only in what changed her."""
        urns = set(urns)
        phones = {urn for urn in urns if match_key(urn).startswith(PHONE)}
        paths = {urn.partition(":")[2] for urn in urns - phones}
        anywhere = {*uuids, *refs, *(urns - phones), *(path for path in paths if len(path) >= LONG_PATH)}
        names, shared = _spelled(names), _spelled(shared)
        anywhere |= {name for name in names if " " in name}
        query = anywhere | names | paths
        self._words: dict[Where, re.Pattern[str] | None] = {
            "anywhere": _pattern(anywhere), "query": _pattern(query), "hers": _pattern(query | shared),
        }  # fmt: skip
        self._numbers = {
            (full, _national(full))
            for urn in phones
            for spelling in spellings(urn, weak=True)
            if (full := "".join(_DIGITS.findall(spelling)))
        }

    def scrubbed(self, value: Any, where: Where = "anywhere") -> Any:
        """A document or a text without her: what names her is replaced, in texts at any depth."""
        if isinstance(value, str):
            words = self._words[where]
            text = words.sub(NOBODY, value) if words else value
            return _RUN.sub(self._without_number, text) if self._numbers else text
        if isinstance(value, dict):
            return {key: self.scrubbed(item, "query" if key == "query" else where) for key, item in value.items()}
        return [self.scrubbed(item, where) for item in value] if isinstance(value, list) else value

    def name_her(self, text: str, where: Where = "anywhere") -> bool:
        """Whether a text has a trace of her."""
        return bool(self.scrubbed(text, where) != text)

    def _without_number(self, run: re.Match[str]) -> str:
        """A run of digits and what stands between them, without groups that are a number of hers. Groups of two
        numbers may stand side by side, so every stretch of groups is tried, the longest first."""
        text = run.group()
        groups = [(match.start(), match.end(), _plain(match.group())) for match in _DIGITS.finditer(text)]
        first = 0
        while first < len(groups):
            for last in range(min(len(groups), first + MOST_GROUPS), first, -1):
                if self._is_hers("".join(digits for _, _, digits in groups[first:last])):
                    start, end = groups[first][0], groups[last - 1][1]
                    rest = _RUN.sub(self._without_number, text[end:])
                    return text[: start if first else 0] + NOBODY + rest
            first += 1
        return text

    def _is_hers(self, digits: str) -> bool:
        return len(digits) >= FEWEST_DIGITS and any(
            full.endswith(digits) or (digits.endswith(national) and len(digits) - len(national) <= LONGEST_PREFIX)
            for full, national in self._numbers
        )


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Any of these as whole words, the longest first, whatever the case."""
    known = sorted({word for word in words if word}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", re.IGNORECASE) if known else None


def _spelled(names: Iterable[str]) -> set[str]:
    """Names as they are, without accents, and as they stand between the quotes of a query."""
    known = {name for name in names if name}
    known |= {fold_accents(name) for name in known}
    return known | {name.replace("\\", "\\\\").replace('"', '\\"') for name in known}


def _national(digits: str) -> str:
    """A number without the code of its country."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return digits
    return str(phonenumbers.national_significant_number(parsed))


def _plain(digits: str) -> str:
    """Digits of any script as ASCII."""
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)
