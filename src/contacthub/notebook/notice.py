"""A line that tells how something went: in words first, in colour second."""

from __future__ import annotations

from html import escape

import ipywidgets

from contacthub.notebook.cells import Tone, printable

_SIGNS: dict[str, str] = {"good": "✓", "bad": "✕", "warn": "!", "info": "", "muted": "", "": ""}


class Notice(ipywidgets.HTML):
    """One sentence, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.add_class("contacthub")
        self.add_class("contacthub-notice")
        self.clear()

    def tell(self, text: str, tone: Tone = "info") -> None:
        sign = f"<b>{_SIGNS[tone]}</b> " if _SIGNS[tone] else ""
        self.value = f'<span class="contacthub-{tone}">{sign}{escape(printable(text))}</span>'
        self.layout.display = "block"

    def clear(self) -> None:
        self.value = ""
        self.layout.display = "none"
