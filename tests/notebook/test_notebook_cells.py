"""Texts of cells: whatever strangers write, one harmless line that says what is in it."""

from __future__ import annotations

import pytest

from contacthub.notebook.cells import printable
from contacthub.tui.safe import visible


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("Ana", "Ana"),
        (None, ""),
        ("a\n b\tc", "a b c"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_value_is_one_harmless_line(data: object, shown: str) -> None:
    assert printable(data) == shown


@pytest.mark.parametrize("character", list("\u202e\u202a\u2066\u2069\u200b\ufeff\u2060\x7f\x9b\xad\ud800"))
def test_notebooks_and_the_terminal_name_characters_alike(character: str) -> None:
    name = printable(f"a{character}b")
    assert name != f"a{character}b"
    assert name == visible(f"a{character}b")
