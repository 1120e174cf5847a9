"""What a cell of the table can show. Each kind knows three forms: a message, static HTML, plain text.

The forms say the same. A person who cannot tell colours apart, reads a saved notebook or sits at a terminal gets all
of it: what changed is struck through as well as coloured, and a badge carries its word.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, Literal, Protocol

Tone = Literal["", "muted", "good", "info", "warn", "bad"]
"""Meaning of a cell, for its colour; the stylesheet knows these and no others."""

LONGEST = 500
"""Characters of a text that travel to the browser: a cell shows some 40, and a remark may have 10,000."""


class Cell(Protocol):
    def message(self) -> dict[str, Any]:
        """The form that the browser draws; every text in it is set as `textContent`."""

    def html(self) -> str:
        """Escaped HTML without scripts and without a stylesheet."""

    def text(self) -> str:
        """One line for a terminal, without control characters."""


def printable(value: object) -> str:
    """A value as one line: nothing in it can move a terminal's cursor, reorder a line or break a row.

    Characters without a shape (controls, bidirectional overrides) show by their names, as the terminal interface and
    the command line show them: `␛`, `⟨RLO⟩`, `⟨U+009B⟩`. White space is one space.
    """
    text = "" if value is None else str(value)
    if text.isascii() and text.isprintable():
        return _shortened(text)
    text = " ".join(text.split())
    return _shortened("".join(c if c.isprintable() or c in _JOINERS else _named(c) for c in text))


def _named(character: str) -> str:
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else _NAMES.get(code, f"⟨U+{code:04X}⟩")


_NAMES = {
    0x7F: "␡", 0xAD: "⟨SHY⟩", 0x180E: "⟨MVS⟩", 0x200B: "⟨ZWSP⟩", 0x2060: "⟨WJ⟩", 0xFEFF: "⟨BOM⟩",
    0x202A: "⟨LRE⟩", 0x202B: "⟨RLE⟩", 0x202C: "⟨PDF⟩", 0x202D: "⟨LRO⟩", 0x202E: "⟨RLO⟩",
    0x2066: "⟨LRI⟩", 0x2067: "⟨RLI⟩", 0x2068: "⟨FSI⟩", 0x2069: "⟨PDI⟩",
}  # fmt: skip


_JOINERS = "\u200c\u200d"
"""Unprintable to Python, but part of words in Persian and Hindi and of many emoji."""


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text."""

    value: object
    tone: Tone = ""

    def message(self) -> dict[str, Any]:
        return {"kind": "text", "text": printable(self.value), "tone": self.tone}

    def html(self) -> str:
        return escape(printable(self.value))

    def text(self) -> str:
        return printable(self.value)


@dataclass(frozen=True, slots=True)
class Person:
    """A name with the initials in a coloured circle. `seed` keeps the colour when the name changes."""

    name: str
    initials: str = ""
    seed: str = ""

    def message(self) -> dict[str, Any]:
        hue = sum(map(ord, self.seed)) * 47 % 360
        return {"kind": "person", "text": self.text(), "initials": printable(self.initials)[:2], "hue": hue}

    def html(self) -> str:
        return escape(self.text())

    def text(self) -> str:
        return printable(self.name) or "—"


@dataclass(frozen=True, slots=True)
class Chips:
    """A set of names, such as tags."""

    names: tuple[str, ...]

    def message(self) -> dict[str, Any]:
        return {"kind": "chips", "names": [printable(name) for name in self.names[:20]]}

    def html(self) -> str:
        return escape(self.text())

    def text(self) -> str:
        return ", ".join(printable(name) for name in self.names)


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with a meaning, such as an outcome or a severity."""

    word: str
    tone: Tone = ""

    def message(self) -> dict[str, Any]:
        return {"kind": "badge", "text": printable(self.word), "tone": self.tone}

    def html(self) -> str:
        return f"<b>{escape(printable(self.word))}</b>"

    def text(self) -> str:
        return printable(self.word)


@dataclass(frozen=True, slots=True)
class Change:
    """A value and what becomes of it. Equal values are a value that is kept."""

    before: object
    after: object

    def message(self) -> dict[str, Any]:
        return {"kind": "change", "before": printable(self.before), "after": printable(self.after)}

    def html(self) -> str:
        before, after = escape(printable(self.before)), escape(printable(self.after))
        if before == after:
            return before
        parts = [f"<del>{before}</del>"] if before else []
        return " ".join([*parts, f"<ins>{after}</ins>"] if after else parts)

    def text(self) -> str:
        before, after = printable(self.before), printable(self.after)
        return before if before == after else f"{before or '∅'} → {after or '∅'}"
