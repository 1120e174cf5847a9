"""Operations and undos in a person's words: what was done, and how many contacts it concerns."""

from __future__ import annotations

import re
from typing import Any

PROPERTIES = {"urns": "identities", "opt_in.marketing": "opt-in"}


def counted(count: int, noun: str) -> str:
    """`1 contact`, `5,000 contacts`."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def named(path: str) -> str:
    """A property as a title: `City` for `fields.city`."""
    return _capital(PROPERTIES.get(path, path.removeprefix("fields.")).replace("_", " ").replace(".", " "))


def deed(operation: Any) -> str:
    """What an operation did: `Edit Ana Lima: identities`, `Tag summer, 16 contacts`."""
    return _capital(_deed(operation.summary, operation.count))


def undo_text(report: Any) -> str:
    """What an undo or redo did, or would do: `Undone: tag summer, 16 contacts; 2 kept, changed since`.

    Contacts are counted, not the values of them.
    """
    redo = report.of.kind == "undo"
    done = "Redone" if redo else "Undone"
    told = _deed(report.of.summary, len(report.reversed.contacts))
    parts = [f"{done}: {told}" if report.operation is not None else _capital(told)]
    if in_part := report.outcomes["in part"]:
        parts.append(f"{in_part:,} of them in part")
    for bucket, what in ((report.kept, "kept"), (report.failed, "failed")):
        if count := report.outcomes[what] or bucket.others:
            parts.append(f"{count:,} {what}" + (f", {bucket.why}" if bucket.why else ""))
    return "; ".join(parts)


def _deed(summary: str, count: int) -> str:
    summary = summary.removeprefix("undo ").removeprefix("redo ")
    if summary.startswith("edit "):
        who, colon, properties = summary.rpartition(": ")
        words = re.sub(r"[\w.]+", lambda match: PROPERTIES.get(match[0], match[0].removeprefix("fields.")), properties)
        summary = who + colon + words if colon else summary
    return summary if count < 2 else f"{summary}, {counted(count, 'contact')}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
