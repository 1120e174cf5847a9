"""Problems: what a person should know of a file, a column, a row or a cell. Codes are stable, messages in a catalogue.

`messages.toml` holds for each code a message and how to mend it, in English, Portuguese and Spanish, because the
partner who sent the file reads them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
LANGUAGES = {"en": "en", "eng": "en", "pt": "pt", "por": "pt", "es": "es", "spa": "es"}
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value or a row. An `error` leaves its row out of the import."""

    code: str
    severity: Severity
    value: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def message(self, language: str = "en") -> str:
        return _filled(catalogue()[self.code], "message", language, self)

    def mend(self, language: str = "en") -> str:
        """How to mend it; "" where there is nothing to mend."""
        return _filled(catalogue()[self.code], "mend", language, self)


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Code → `message` and `mend` → language → text."""
    return tomllib.loads(files("contacthub.imports").joinpath("messages.toml").read_text(encoding="utf-8"))


def language_of(language: str) -> str:
    """The catalogue's name of a language: `pt` for `por`, `pt-BR`, `pt`; English for any other."""
    return LANGUAGES.get(language.replace("_", "-").partition("-")[0].lower(), "en")


class _Known(dict[str, Any]):
    """Details for a message; one that is missing stays visible instead of raising."""

    def __missing__(self, key: str) -> str:
        return "?"


def _filled(entry: Mapping[str, Mapping[str, str]], part: str, language: str, problem: Problem) -> str:
    texts = entry.get(part, {})
    template = texts.get(language_of(language)) or texts.get("en", "")
    return template.format_map(_Known({"value": problem.value[:80], **problem.details}))
