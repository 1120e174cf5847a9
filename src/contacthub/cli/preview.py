"""The preview of an import on a terminal: counts by outcome, some cell changes, the problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from contacthub.cli.output import Output, visible

if TYPE_CHECKING:
    from contacthub.imports import Preview

OUTCOMES = {
    "create": ("new contacts", "green"),
    "update": ("contacts change", "cyan"),
    "unchanged": ("stay as they are", "dim"),
    "conflict": ("conflict, left out", "magenta"),
    "error": ("cannot be imported, left out", "red"),
    "skipped": ("skipped", "yellow"),
}
BAR = 30


def left_out(summary: Mapping[str, Any]) -> int:
    """Rows that a commit leaves out although somebody meant them to come in."""
    return int(summary["conflict"]) + int(summary["error"])


def show_preview(out: Output, preview: Preview, *, name: str, some: int) -> None:
    """The whole preview, with `some` rows of each table."""
    out.heading(f"Preview of {name}")
    _mapping(out, preview)
    _outcomes(out, preview.summary)
    _changes(out, preview, some)
    _problems(out, preview, some)


def _mapping(out: Output, preview: Preview) -> None:
    pairs = [(str(column.header), str(column.target or "ignored")) for column in preview.mapping]
    if pairs:
        out.line()
        out.table(("column", "is"), pairs, indent=2)


def _outcomes(out: Output, summary: Mapping[str, Any]) -> None:
    out.line()
    counts = {outcome: int(summary[outcome]) for outcome in OUTCOMES}
    total = max(1, sum(counts.values()))
    for outcome, (meaning, style) in OUTCOMES.items():
        count = counts[outcome]
        if not count:
            continue
        text = Text(f"  {outcome:<10}{count:>7,}  ")
        if out.is_terminal:
            text.append("█" * max(1, round(BAR * count / total)), style=style)
            text.append(" ")
        text.append(meaning, style="dim")
        out.console.print(text)


def _changes(out: Output, preview: Preview, some: int) -> None:
    changes = preview.changes
    if not len(changes) or not some:
        return
    out.heading(f"Cell changes: {len(changes):,}" + (f", {some} of them" if len(changes) > some else ""))
    # What somebody typed is worth a look where it is not what will be kept.
    notable = changes[changes["reason"].astype(str).str.startswith(("normalised", "cleared"))]
    rows = notable if len(notable) else changes
    picked = rows.drop_duplicates("property").head(some)
    if len(picked) < some:
        picked = picked._append(rows.drop(picked.index).head(some - len(picked)))
    columns = ("row", "property", "before", "after", "reason")
    out.table(columns, picked[list(columns)].itertuples(index=False), right=("row",), indent=2)


def _problems(out: Output, preview: Preview, some: int) -> None:
    import pandas

    problems = preview.problems
    if not len(problems):
        return
    by_code = problems.groupby(["severity", "code"], sort=False).agg(
        count=("row", "size"), row=("row", "first"), value=("value", "first"), message=("message", "first")
    )
    out.heading(f"Problems: {len(problems):,}")
    order = {"error": 0, "warning": 1, "note": 2}
    styles = {"error": "red", "warning": "yellow", "note": "dim"}
    rows = sorted(by_code.reset_index().itertuples(), key=lambda row: (order[str(row.severity)], -int(row.count)))
    for row in rows[:some] if some else ():
        text = Text(f"  {row.count:>5,}  ")
        text.append(f"{row.severity:<8}", style=styles[str(row.severity)])
        text.append(visible(row.code), style="bold")
        out.console.print(text)
        where = f"row {row.row}: " if pandas.notna(row.row) else ""
        out.line(f"         {where}{row.message}", "dim")
    if some and len(rows) > some:
        out.line(f"  and {len(rows) - some} more kinds; --show {len(rows)} shows all", "dim")


def preview_record(preview: Preview) -> dict[str, Any]:
    """A preview for programs: the summary, and the problems one by one."""
    return {
        "summary": dict(preview.summary),
        "hash": preview.hash,
        "problems": [row.dropna().to_dict() for _, row in preview.problems.iterrows()],
    }
