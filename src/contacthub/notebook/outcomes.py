"""What would become of the rows of a file, as one bar: a part an outcome, with its count in words below."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets

from contacthub.notebook.cells import Tone

OUTCOMES: dict[str, tuple[str, Tone]] = {
    "create": ("new", "good"),
    "update": ("changed", "info"),
    "unchanged": ("as they are", "muted"),
    "conflict": ("in conflict, left out", "warn"),
    "error": ("with errors, left out", "bad"),
    "skipped": ("skipped", "muted"),
}
"""Outcome → what it means, and its tone."""


class OutcomeBar(ipywidgets.HTML):
    """The counts of a preview's summary. A part keeps a width one can see, however few rows it stands for."""

    def __init__(self) -> None:
        super().__init__()
        self.add_class("contacthub")
        self.show({})

    def show(self, summary: Mapping[str, Any]) -> None:
        counts = {outcome: int(summary.get(outcome, 0)) for outcome in OUTCOMES}
        there = {outcome: count for outcome, count in counts.items() if count}
        parts = "".join(
            f'<div class="contacthub-outcome contacthub-{outcome}" style="flex: {count} 1 6px"'
            f' title="{count:,} {escape(OUTCOMES[outcome][0])}"></div>'
            for outcome, count in there.items()
        )
        legend = "".join(
            f'<span><i class="contacthub-dot contacthub-{outcome}"></i><b>{count:,}</b> '
            f"{escape(OUTCOMES[outcome][0])}</span>"
            for outcome, count in there.items()
        )
        self.value = (
            f'<div class="contacthub-outcomes">{parts}</div><div class="contacthub-legend">{legend}</div>'
            if there
            else ""
        )
