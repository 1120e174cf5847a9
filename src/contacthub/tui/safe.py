"""Contact data is hostile: names come from strangers, and a terminal obeys what is printed on it.

An escape sequence in a name can write the operator's clipboard, a right-to-left override can make one name look like
another, and a line feed can break a row. Two walls stand against it. `visible` turns data into text that is safe and
one line high, with every such character shown by its name; all data passes through it on the way to a widget.
`HostileFilter` is the last wall: no control character that slipped through reaches the terminal.

Letters are left alone. Arabic and Hebrew stay in their logical order, for the terminal to lay out.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_NAMED = {
    0x7F: "␡",
    0x85: "⟨NEL⟩",
    0xAD: "⟨SHY⟩",
    0x180E: "⟨MVS⟩",
    0x200B: "⟨ZWSP⟩",
    0x2028: "⟨LS⟩",
    0x2029: "⟨PS⟩",
    0x202A: "⟨LRE⟩",
    0x202B: "⟨RLE⟩",
    0x202C: "⟨PDF⟩",
    0x202D: "⟨LRO⟩",
    0x202E: "⟨RLO⟩",
    0x2060: "⟨WJ⟩",
    0x2066: "⟨LRI⟩",
    0x2067: "⟨RLI⟩",
    0x2068: "⟨FSI⟩",
    0x2069: "⟨PDI⟩",
    0xFEFF: "⟨BOM⟩",
}
_SUSPECT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u115f\u1160\u180e\u200b\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# Terminals disagree on how many cells a joined or coloured emoji takes, and a row that is one cell off breaks the
# screen. What joins, colours or selects a glyph is left out of pictures; the Zero Width Joiner of scripts stays.
_EMOJI = "\u2190-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_JOINERS = re.compile(f"(?<=[{_EMOJI}])[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]+|(?<=[{_EMOJI}\ufe0f])\u200d|[\ufe0e\ufe0f]")
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]+")
_MANY_MARKS = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})"
                         "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")  # fmt: skip
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")

LEFT_TO_RIGHT_MARK = "\u200e"


def visible(value: object) -> str:
    """Data as one line of safe text; None is the empty text."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    if text.isascii() and text.isprintable():
        return text
    text = _SUSPECT.sub(lambda match: _name(match[0]), text)
    text = _JOINERS.sub("", text)
    text = _FLAGS.sub(lambda match: "".join(chr(ord(c) - 0x1F1E6 + ord("A")) for c in match[0]), text)
    return _MANY_MARKS.sub(r"\1", text)


def visible_lines(value: object) -> str:
    """As `visible`, for texts of several lines: line feeds stay."""
    return "\n".join(visible(line) for line in ("" if value is None else str(value)).splitlines())


def fit(text: str, width: int) -> str:
    """Safe text cut or padded to exactly `width` cells; a cut shows `…`.

    Text of a right-to-left script ends in a left-to-right mark, which takes no cell: on a terminal that reorders, it
    keeps the columns after it in their places.
    """
    length = cell_len(text)
    if length > width:
        text = set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""
        length = cell_len(text)
    mark = LEFT_TO_RIGHT_MARK if not text.isascii() and _RIGHT_TO_LEFT.search(text) else ""
    return text + mark + " " * (width - length)


def initials(name: str) -> str:
    """One or two letters for a name, exactly two cells; `··` where a name has no letter or digit."""
    words = [word for word in re.split(r"[\W_]+", visible(name)) if word]
    letters = words[0][:1] + words[-1][:1] if len(words) > 1 else "".join(words)[:2]
    letters = letters.upper()[:2]
    return fit(letters if cell_len(letters) <= 2 else letters[:1], 2) if letters else "··"


def tint(key: str, colours: int) -> int:
    """A number below `colours` that belongs to this key, the same on every machine."""
    return zlib.crc32(key.encode("utf-8", "replace")) % colours


def _name(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return _NAMED.get(code, f"⟨U+{code:04X}⟩")


class HostileFilter(LineFilter):
    """The second wall: every line of every widget passes here last, and leaves without control characters."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.control or _harmless(segment.text) for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(_CONTROL.sub(_replacement, segment.text), segment.style)
            for segment in segments
        ]


def _harmless(text: str) -> bool:
    return (text.isascii() and text.isprintable()) or _CONTROL.search(text) is None


def _replacement(match: re.Match[str]) -> str:
    """As many cells as the layout has counted for the character, so that the line keeps its width."""
    return "�" * cell_len(match[0])
