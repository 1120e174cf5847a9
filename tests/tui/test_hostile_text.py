"""The two walls between contact data and the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from contacthub.tui.safe import HostileFilter, fit, initials, visible, visible_lines

OBEYED = {*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)}


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("Ana", "Ana"),
        (None, ""),
        (36, "36"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("a\nb\tc", "a␊b␉c"),
        ("invoice\u202excod.exe", "invoice⟨RLO⟩xcod.exe"),
        ("zero\u200bwidth", "zero⟨ZWSP⟩width"),
        ("\ud800", "⟨U+D800⟩"),
        ("[/x]", "[/x]"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("👍🏽", "👍"),
        ("🇧🇷 Brasil", "BR Brasil"),
        ("❤\ufe0f", "❤"),
        ("Z" + "\u0300" * 20, "Z" + "\u0300" * 3),
    ],
)
def test_data_is_shown_and_never_obeyed(data: object, shown: str) -> None:
    assert visible(data) == shown


@pytest.mark.parametrize("name", ["محمد علي", "שלום כהן", "Zoë", "李小龙", "क्\u200dष", "Ñandú", "می\u200cخواهم"])
def test_letters_of_all_scripts_stay_as_they_are(name: str) -> None:
    assert visible(name) == name


def test_line_feeds_stay_only_where_lines_are_wanted() -> None:
    assert visible_lines("one\ntwo\x1b[2J") == "one\ntwo␛[2J"


@given(st.text(st.characters()))
def test_no_text_passes_the_first_wall_with_something_a_terminal_obeys(text: str) -> None:
    assert not OBEYED & {ord(character) for character in visible(text)}
    visible(text).encode("utf-8")


@given(st.text(st.characters()), st.integers(0, 40))
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, width: int) -> None:
    assert cell_len(fit(visible(text), width)) == width


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("Ana Lima", 8, "Ana Lima"),
        ("Ana Lima", 5, "Ana… "),
        ("Ana", 5, "Ana  "),
        ("李小龙", 5, "李小…"),
        ("李小龙", 4, "李… "),
        ("Ana", 0, ""),
    ],
)
def test_a_cut_is_shown(text: str, width: int, cut: str) -> None:
    assert fit(text, width) == cut


def test_right_to_left_names_are_kept_apart_from_the_next_column() -> None:
    assert fit("שלום", 6) == "שלום\u200e  "


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ana Lima", "AL"),
        ("ana", "AN"),
        ("", "··"),
        ("👍", "··"),
        ("李小龙", "李"),
        ("Ana de Souza Lima", "AL"),
        ("X", "X "),
    ],
)
def test_initials_take_two_cells(name: str, letters: str) -> None:
    assert initials(name).rstrip("\u200e") == letters
    assert cell_len(initials(name)) == 2


@given(st.lists(st.text(st.characters()), max_size=4))
def test_the_second_wall_keeps_the_width_of_every_line(texts: list[str]) -> None:
    before = [Segment(text) for text in texts]
    after = HostileFilter().apply(before, Color(0, 0, 0))
    assert not OBEYED & {ord(character) for segment in after for character in segment.text}
    assert sum(cell_len(segment.text) for segment in after) == sum(cell_len(segment.text) for segment in before)


def test_the_second_wall_leaves_what_the_screen_itself_says() -> None:
    control = Segment("\x1b[2J", None, [(1,)])  # type: ignore[list-item]
    assert HostileFilter().apply([control, Segment("\x1b[2J")], Color(0, 0, 0)) == [control, Segment("[2J")]
