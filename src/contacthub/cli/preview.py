"""The preview of an import on a terminal: counts by outcome, some cell changes, the problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from contacthub.cli.output import Output, visible
from contacthub.cli.times import Times

if TYPE_CHECKING:
    import pandas

    from contacthub.hub import Hub
    from contacthub.imports import Preview
    from contacthub.imports.mapping import MappedColumn

OUTCOMES = {
    "create": ("make a new contact", "green"),
    "update": ("change a contact", "cyan"),
    "unchanged": ("change nothing", "dim"),
    "conflict": ("left out until somebody decides", "magenta"),
    "error": ("left out until they are mended", "red"),
    "skipped": ("left out", "yellow"),
}
SEVERITIES = {"error": "red", "warning": "yellow", "note": "dim"}
EFFECTS = {
    "identities_attached": "identities attached to known contacts",
    "opted_in": "contacts opting in",
    "opted_out": "contacts opting out",
    "reactivated": "contacts reactivated",
}
BAR = 28
SAMPLE = 24
PLACES = 12
"""Rows and columns named of each kind of problem, unless more is asked for."""


def left_out(summary: Mapping[str, Any]) -> int:
    """Rows that a commit leaves out although somebody meant them to come in."""
    return int(summary["conflict"]) + int(summary["error"])


def show_preview(out: Output, hub: Hub, preview: Preview, *, name: str, changes: int, problems: int) -> None:
    """The preview, with so many changed cells and kinds of problems. No changes at all are much quicker than some."""
    out.heading(f"Preview of {name}")
    _mapping(out, preview)
    _outcomes(out, preview.summary)
    _effects(out, preview.summary, groups=bool(changes))
    instants = (column.key for column in preview.mapping if column.target.kind == "field" and column.type == "datetime")
    _changes(out, preview, changes, Times(hub, instants))
    _problems(out, preview, problems)


def _mapping(out: Output, preview: Preview) -> None:
    """What each column is taken for, with one of its values."""
    rows = [
        (column.header, f"{column.target}{_kind(column)}", next(iter(column.samples), "")[:SAMPLE])
        for column in preview.mapping
    ]
    out.line()
    out.table(("column", "is taken for", "such as"), rows, indent=2)


def _kind(column: MappedColumn) -> str:
    return f" (new {column.type})" if column.new else ""


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
        text.append(_of_contacts(summary, outcome) or meaning, style="dim")
        text.append(_because(summary) if outcome == "skipped" else "", style="dim")
        out.console.print(text)


def _of_contacts(summary: Mapping[str, Any], outcome: str) -> str:
    """What rows do together, where several are of one contact."""
    what = {"create": "make {:,} new {}", "update": "change {:,} {}"}.get(outcome)
    count = int(summary[f"{outcome}d_contacts"]) if what else 0
    if what is None or count == summary[outcome]:
        return ""
    return what.format(count, "contact" if count == 1 else "contacts") + ", some by several rows"


def _effects(out: Output, summary: Mapping[str, Any], *, groups: bool) -> None:
    """What the import does beside that: what is new, consents, and who enters and leaves dynamic groups, which is told
    with the changes since it takes as long as they do."""
    for kind in ("fields", "tags", "lists", "groups"):
        names = list(summary[f"new_{kind}"])
        if names:
            out.paragraph(f"new {kind}: {', '.join(names)}", indent=2)
    for key, title in EFFECTS.items():
        if summary[key]:
            out.paragraph(f"{title}: {summary[key]:,}", indent=2)
    for name, (enter, leave) in (summary["groups"] if groups else {}).items():
        moves = [f"{count:,} {verb}" for count, verb in ((enter, "enter"), (leave, "leave")) if count]
        out.paragraph(f"group {name}: {', '.join(moves)}", indent=2)


def _because(summary: Mapping[str, Any]) -> str:
    reasons = ", ".join(
        f"{visible(code.replace('_', ' '))} {count:,}" for code, count in summary["skipped_because"].items()
    )
    return f": {reasons}" if reasons else ""


def _changes(out: Output, preview: Preview, some: int, times: Times) -> None:
    """Changed cells, of each property those first that are most worth a look: an old value goes, or the new one is
    not what stands in the file."""
    if not some:
        return
    changes = preview.changes
    if not len(changes):
        return
    word = changes["reason"].str.split(" ").str[0]
    rank = word.map({"normalised": 1, "cleared": 1}).fillna(2).where(changes["before"].isna(), 0)
    again = changes.groupby([rank, "property"]).cumcount()
    picked = changes.assign(rank=rank, again=again).sort_values(["again", "rank", "row"]).head(some)
    out.heading(f"Cell changes: {len(changes):,}" + (f", {len(picked)} of them" if len(changes) > some else ""))
    columns = ["row", "property", "before", "after", "reason"]
    picked = picked.assign(reason=picked["reason"].str.replace("normalised from", "from"))
    rows = (
        (row, property, times.of(property, before), times.of(property, after), reason)
        for row, property, before, after, reason in picked.sort_values("row")[columns].itertuples(index=False)
    )
    out.table(columns, rows, right=("row",), indent=2)


def _problems(out: Output, preview: Preview, some: int) -> None:
    """The kinds of problems with an example each, errors first."""
    from pandas import isna

    kinds = preview.problem_counts
    if not len(kinds):
        return
    out.heading(f"Problems: {int(kinds['count'].sum()):,}")
    for kind in kinds.head(some).to_dict("records"):
        text = Text(f"  {kind['count']:>5,}  ")
        text.append(f"{kind['severity']:<8}", style=SEVERITIES[kind["severity"]])
        text.append(visible(kind["code"]), style="bold")
        out.console.print(text)
        row = "" if isna(kind["row"]) else f"row {kind['row']}"
        example = ", ".join(filter(None, (row, kind["column"])))
        out.paragraph(f"{example}: {kind['message']}" if example else kind["message"], "dim", indent=9)
        if kind["mend"]:
            out.paragraph(kind["mend"], "dim", indent=9)
        for line in _places(kind, max(some, PLACES)):
            out.paragraph(line, "dim", indent=9)
    if len(kinds) > some:
        out.line(f"  and {len(kinds) - some} more kinds; --show {len(kinds)} shows all", "dim")


def _places(kind: Mapping[Any, Any], most: int) -> Iterator[str]:
    """Where a problem is found besides its example."""
    for what, places in (("rows", kind["rows"]), ("columns", kind["columns"])):
        if len(places) > 1:
            more = f" and {len(places) - most:,} more (--problem-rows, --report)" if len(places) > most else ""
            yield f"{what} {', '.join(map(str, places[:most]))}{more}"


def preview_record(preview: Preview, *, changes: bool = True) -> dict[str, Any]:
    """A preview for programs: the summary, what columns mean, the problems one by one, and, unless they are not asked
    for, the changed cells and who enters and leaves dynamic groups. To be made before the commit."""
    record: dict[str, Any] = {
        "summary": dict(preview.summary),
        "hash": preview.hash,
        "mapping": preview.mapping.rows(preview.language),
        "problems": _records(preview.problems),
    }
    if changes:
        moves = preview.summary["groups"].items()
        record["summary"]["groups"] = {name: {"enter": enter, "leave": leave} for name, (enter, leave) in moves}
        record["changes"] = _records(preview.changes)
    return record


def _records(frame: pandas.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, with None for what is missing."""
    plain = frame.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")  # type: ignore[return-value]
