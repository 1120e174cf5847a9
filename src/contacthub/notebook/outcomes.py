"""What would become of the rows of a file, as one bar: a part an outcome, with its count in words below."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets

from contacthub.notebook.cells import Tone, printable

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
            f'<div class="contacthub-outcome contacthub-is-{outcome}" style="flex: {count} 1 6px"'
            f' title="{count:,} {escape(OUTCOMES[outcome][0])}"></div>'
            for outcome, count in there.items()
        )
        legend = "".join(
            f'<span><i class="contacthub-dot contacthub-is-{outcome}"></i><b>{count:,}</b> '
            f"{escape(OUTCOMES[outcome][0])}</span>"
            for outcome, count in there.items()
        )
        brings = f'<div class="contacthub-brings">{escape(_brings(summary))}</div>'
        self.value = (
            f'<div class="contacthub-outcomes">{parts}</div><div class="contacthub-legend">{legend}</div>{brings}'
            if there
            else ""
        )


BRINGS = {
    "new_fields": "New fields",
    "new_tags": "New tags",
    "new_lists": "New lists",
    "new_groups": "New groups",
    "identities_attached": "Identities attached to known contacts",
    "opted_in": "Opt-ins",
    "opted_out": "Opt-outs",
    "reactivated": "Reactivated",
}
MOST_NAMES = 8


def _brings(summary: Mapping[str, Any]) -> str:
    """What the import would bring beside rows: `New fields: City, Score · Opt-outs: 3`."""
    return " · ".join(f"{title}: {_few(found)}" for key, title in BRINGS.items() if (found := summary.get(key)))


def _few(found: Any) -> str:
    if isinstance(found, int):
        return f"{found:,}"
    names = [printable(name) for name in found]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
