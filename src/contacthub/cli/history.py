"""What was done, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from contacthub.cli.command import Call, command
from contacthub.cli.verbs import operation_record

if TYPE_CHECKING:
    from contacthub import UndoReport

PANEL = "Look back"
SHOWN = 20


def register(app: typer.Typer) -> None:
    command(app, "history", panel=PANEL)(history)
    command(app, "undo", panel=PANEL)(undo)
    command(app, "redo", panel=PANEL)(redo)


def history(
    call: Call,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Leave out so many of the newest.")] = 0,
) -> None:
    """List the operations, newest first."""
    with call.open(read_only=True) as hub:
        operations = hub.operations(limit=limit, offset=offset)
        if call.json:
            call.out.data([operation_record(operation) for operation in operations])
            return
        call.out.table(
            ("id", "when", "who", "contacts", "what"),
            (
                (
                    operation.id,
                    operation.at,
                    operation.actor,
                    f"{operation.count:,}",
                    operation.summary + (f" (undone by {operation.undone_by})" if operation.undone_by else ""),
                )
                for operation in operations
            ),
            right=("id", "contacts"),
        )


def undo(
    call: Call,
    operation: Annotated[
        int | None, typer.Argument(metavar="ID", help="Which operation; without it your newest that is not undone.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what an undo of ID would do, and change nothing.")
    ] = False,
) -> int:
    """Take an operation back, value by value: what was changed since is kept."""
    if not dry_run:
        with call.open() as hub:
            return show_report(call, hub.undo(operation))
    if operation is None:
        raise typer.BadParameter("--dry-run needs the ID of the operation; `contacthub history` lists them.")
    with call.open(read_only=True) as hub:
        return show_report(call, hub.plan.undo(operation))


def redo(call: Call) -> int:
    """Take your newest undo back."""
    with call.open() as hub:
        return show_report(call, hub.redo())


def show_report(call: Call, report: UndoReport) -> int:
    """What was reversed, kept and failed; the exit code is 1 if something failed."""
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
    for title, lines in (("Kept, because it was changed since", report.kept), ("Failed", report.failed)):
        if lines:
            call.out.heading(f"{title}: {len(lines):,}")
            for line in lines[:SHOWN]:
                call.out.line(f"  {line}")
            if len(lines) > SHOWN:
                call.out.line(f"  and {len(lines) - SHOWN:,} more; --json lists them all", "dim")
    return 1 if report.failed else 0
