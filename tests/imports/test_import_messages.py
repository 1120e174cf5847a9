"""The catalogue of messages: every code that is used is there, in three languages, and none is left over."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import contacthub
from contacthub.imports.problems import Problem, catalogue, language_of

SOURCES = Path(contacthub.__file__).parent
ROOMS = [*SOURCES.joinpath("imports").glob("*.py"), *SOURCES.joinpath("tables").glob("*.py")]
IDENTITY = [SOURCES / "identity" / "phones.py", SOURCES / "identity" / "warnings.py"]


def used() -> set[str]:
    code = "".join(path.read_text(encoding="utf-8") for path in ROOMS)
    found = set(re.findall(r'(?:Problem|Note|Fault|CellError|_conflict)\(\s*(?:index, )?"(\w+)"', code))
    for names in re.findall(r"_codes = (\{.*?\})", code):
        found |= set(re.findall(r': "(\w+)"', names))
    found |= set(re.findall(r'"(\w+)"', re.search(r"_KNOWN_CODES = frozenset\((.*?)\)", code, re.DOTALL)[1]))  # type: ignore[index]
    warnings = IDENTITY[1].read_text(encoding="utf-8")
    return found | set(re.findall(r'Warning\(\s*"(\w+)"', warnings))


def test_every_code_has_a_message_and_every_message_a_use() -> None:
    assert set(catalogue()) == used()


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_messages_are_complete_in_three_languages(code: str) -> None:
    for part, texts in catalogue()[code].items():
        assert part in ("message", "mend")
        assert set(texts) == {"en", "pt", "es"}
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts.values()]
        assert fields[0] == fields[1] == fields[2]
        assert all(text.endswith((".", "}", "|")) for text in texts.values())
    assert "?" not in Problem(code, "note", "x").message("pt-BR") or catalogue()[code]["message"]["pt"].count("{")


@pytest.mark.parametrize(
    ("language", "name"), [("por", "pt"), ("pt-BR", "pt"), ("es_MX", "es"), ("spa", "es"), ("en", "en"), ("fra", "en")]
)
def test_languages_by_any_of_their_names(language: str, name: str) -> None:
    assert language_of(language) == name
