"""The funnel: what each condition of a query lets through, and how many are left with those before it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from contacthub.notebook.cells import printable

if TYPE_CHECKING:
    from contacthub.hub import Audience


class Funnel(ipywidgets.HTML):
    """A bar a condition: pale for those it gives alone, strong for those left with the conditions before it.

    Where conditions are alternatives (OR) nothing runs together, so only the pale bars are there. Hidden while there
    is no condition.
    """

    def __init__(self) -> None:
        super().__init__()
        self.add_class("contacthub")
        self.add_class("contacthub-conditions")
        self.explanation: Any = None
        self.show(None)

    def show(self, audience: Audience | None) -> None:
        """Explain an audience; None: nothing to explain."""
        self.explanation = audience.explain() if audience is not None else None
        steps = self.explanation.steps if self.explanation else []
        self.layout.display = "block" if steps else "none"
        if not steps:
            self.value = ""
            return
        everyone = self.explanation.everyone
        bars = [_bar("everybody", everyone, everyone, everyone, "")]
        for number, step in enumerate(steps):
            together = step.together if self.explanation.is_funnel else 0
            count = step.together if self.explanation.is_funnel else step.alone
            label = f"and {step.condition}" if number and self.explanation.is_funnel else step.condition
            note = f"{step.alone:,} alone; {step.unset:,} have no value"
            bars.append(_bar(label, step.alone, together, everyone, note, count))
        self.value = f'<div class="contacthub-funnel">{"".join(bars)}</div>'


def _bar(label: str, alone: int, together: int, everyone: int, note: str, count: int | None = None) -> str:
    label, everyone = escape(printable(label)), everyone or 1
    return (
        f'<code title="{label}">{label}</code>'
        f'<div class="contacthub-step" title="{escape(note)}">'
        f'<div class="contacthub-alone" style="width: {alone / everyone:.2%}"></div>'
        f'<div class="contacthub-part" style="width: {together / everyone:.2%}"></div></div>'
        f'<span class="contacthub-of">{alone if count is None else count:,}</span>'
    )
