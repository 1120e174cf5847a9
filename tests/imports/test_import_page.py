"""The page about imports names every policy, every outcome and every exact header."""

from __future__ import annotations

from pathlib import Path

import pytest

from contacthub.imports.mapping import POLICIES, SET_POLICIES
from contacthub.imports.planning import DUPLICATES, OUTCOMES
from contacthub.imports.recipes import shipped
from contacthub.tables.headers import _TITLES

PAGE = (Path(__file__).parents[2] / "docs" / "imports.md").read_text(encoding="utf-8")
HEADERS = [title for title in _TITLES.values() if title != "URNs"]


@pytest.mark.parametrize("word", [*POLICIES, *SET_POLICIES, *OUTCOMES, *shipped(), *HEADERS, "Opt In Proof", "URN:Tel"])
def test_the_page_tells(word: str) -> None:
    assert f"`{word}`" in PAGE or f'"{word}"' in PAGE


def test_the_ways_of_duplicates_are_told() -> None:
    assert "--duplicates" in PAGE
    assert DUPLICATES[0] in PAGE
