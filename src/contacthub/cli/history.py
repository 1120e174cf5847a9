"""What was done, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.changes import operation_record
from contacthub.cli.command import Call, changing, command
from contacthub.cli.one import instant, new_file, one_person
from contacthub.cli.times import Times

if TYPE_CHECKING:
    from contacthub import Operation, UndoReport
    from contacthub.hub import Hub
    from contacthub.operations.history import Change

PANEL = "Look back"
SHOWN = 20


def register(app: typer.Typer) -> None:
    command(app, "history", panel=PANEL)(history)
    changing(app, "undo", panel=PANEL)(undo)
    changing(app, "redo", panel=PANEL)(redo)


def history(
    call: Call,
    contact: Annotated[
        str | None,
        typer.Option("--contact", metavar="CONTACT", help="The changes of this contact, with old and new values."),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="HANDLE", help="Only what this member did.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="Only operations of a kind: tag, edit, import.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Not before: -7d, yesterday, 2026-11-01.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Only before then.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many; an export holds all.")] = 50,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Leave out so many of the newest.")] = 0,
    export: Annotated[
        str | None, typer.Option("--export", metavar="FILE", help="Write it to a file: xlsx, csv, tsv, jsonl, parquet.")
    ] = None,
) -> None:
    """List the operations, newest first; with --contact the changes of one contact."""
    with call.open(read_only=True) as hub:
        filters = _filters(hub, by, kind, since, until)
        who = one_person(hub, contact) if contact is not None else None
        if isinstance(who, str):  # deleted: its values went with it, the operations are known
            filters["contact"], who = who, None
        if export is not None:
            new_file(call, export)
            count = hub.export_history(export, **filters, **({"contact": who} if who else {}))
            if call.json:
                call.out.data({"path": export, "count": count})
            else:
                call.out.line(f"{count:,} {'line is' if count == 1 else 'lines are'} in {export}.")
        elif who is not None:
            show_changes(call, hub, who.history(**filters)[offset : offset + limit])
        else:
            _show_operations(call, hub.operations(limit=limit, offset=offset, **filters))


def _filters(hub: Hub, by: str | None, kind: str | None, since: str | None, until: str | None) -> dict[str, Any]:
    filters = {
        "actor": hub.actor if by == "me" else by,
        "kind": kind and kind.replace("-", "_"),
        "since": since and instant(hub, "--since", since),
        "until": until and instant(hub, "--until", until),
    }
    return {key: value for key, value in filters.items() if value is not None}


def _show_operations(call: Call, operations: Sequence[Operation]) -> None:
    if call.json:
        call.out.data([operation_record(operation) for operation in operations])
        return
    rows = (
        (
            operation.id,
            operation.at,
            operation.actor,
            f"{operation.count:,}",
            operation.summary + (f" (undone by {operation.undone_by})" if operation.undone_by else ""),
        )
        for operation in operations
    )
    call.out.table(("id", "when", "who", "contacts", "what"), rows, right=("id", "contacts"))


def change_record(change: Change) -> dict[str, Any]:
    """A change of a contact for programs."""
    operation = change.operation
    return {
        "operation": operation.id,
        "at": operation.at,
        "actor": operation.actor,
        "property": change.property,
        "before": change.before,
        "after": change.after,
    }


def show_changes(call: Call, hub: Hub, changes: Sequence[Change], *, indent: int = 0) -> None:
    """The changes of one contact, with old and new values."""
    if call.json:
        call.out.data([change_record(change) for change in changes])
        return
    times = Times(hub)
    rows = (
        (
            change.operation.id,
            change.operation.at,
            change.operation.actor,
            change.property,
            times.of(change.property, change.before),
            times.of(change.property, change.after),
        )
        for change in changes
    )
    call.out.table(("id", "when", "who", "property", "before", "after"), rows, right=("id",), indent=indent)


def undo(
    call: Call,
    operation: Annotated[
        int | None,
        typer.Argument(
            metavar="ID",
            help="Which operation, as `contacthub history` lists it; without it your newest that is not undone.",
        ),
    ] = None,
) -> int:
    """Take an operation back, value by value: what was changed since is kept."""
    with call.change() as hub:
        return show_report(call, hub.undo(operation))


def redo(call: Call) -> int:
    """Take your newest undo back."""
    with call.change() as hub:
        return show_report(call, hub.redo())


def show_report(call: Call, report: UndoReport) -> int:
    """What was reversed, kept and failed; the exit code is 1 if something failed."""
    if call.dry_run:
        report = replace(report, operation=None)
    if call.json:
        call.out.data(
            {
                "summary": report.summary,
                "operation": report.operation.id if report.operation else None,
                "reversed": list(report.reversed),
                "kept": list(report.kept),
                "failed": list(report.failed),
            }
        )
        return 1 if report.failed else 0
    call.out.line(report.summary)
    for title, lines in (("Kept", report.kept), ("Failed", report.failed)):
        if lines:
            call.out.heading(f"{title}: {len(lines):,}")
            for line in lines[:SHOWN]:
                call.out.line(f"  {line}")
            if len(lines) > SHOWN:
                call.out.line(f"  and {len(lines) - SHOWN:,} more; --json lists them all", "dim")
    return 1 if report.failed else 0
