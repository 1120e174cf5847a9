"""Imports that were submitted: looked at, commented, approved or rejected, and committed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.command import Call, changing, command, group
from contacthub.cli.importing import PANEL, SHOWN, show_result
from contacthub.cli.preview import preview_record, show_preview

if TYPE_CHECKING:
    from contacthub.imports.review import Submission

Id = Annotated[
    int, typer.Argument(metavar="ID", help="Of a submitted import; `contacthub imports pending` lists them.")
]
Note = Annotated[str, typer.Option("--note", help="Why, for the others to read.")]
OUTDATED = "The hub has changed since; it would now do something else than was submitted."
COLUMNS = ("id", "file", "state", "actor", "at", "create", "update", "note")


def register(app: typer.Typer) -> None:
    @group(app, "imports", panel=PANEL)
    def inner(call: Call) -> None:
        """List all imports; look at those that were submitted, and decide about them."""
        with call.open(read_only=True) as hub:
            history = hub.imports.history().astype(object)
            records = history.where(history.notna(), None).to_dict("records")
        if call.json:
            call.out.data(records)
            return
        if not records:
            call.out.line("There are no imports yet.", "dim")
            return
        columns = ("id", "file", "state", "actor", "at", "created", "updated", "operation")
        numbers = ("id", "created", "updated", "operation")
        call.out.table(columns, ([record[key] for key in columns] for record in records), right=numbers)

    command(inner, "pending")(pending)
    command(inner, "show")(show)
    changing(inner, "comment")(comment)
    changing(inner, "approve")(approve)
    changing(inner, "reject")(reject)
    changing(inner, "commit")(commit)


def pending(call: Call) -> None:
    """List the submitted imports that wait for somebody."""
    with call.open(read_only=True) as hub:
        _list(call, hub.imports.pending())


def show(
    call: Call,
    id: Id,
    show: Annotated[
        int, typer.Option("--show", metavar="N", min=0, help="So many cell changes and kinds of problems.")
    ] = SHOWN,
) -> None:
    """Show a submitted import: its preview on the hub as it is now, and what was said about it."""
    with call.open(read_only=True) as hub, call.out.progress("Working it out") as progress:
        submission = hub.imports.get(id)
        if not submission.is_open:  # what came of it is in the history; what was said stays
            _tell(call, submission)
            return
        preview = submission.preview(progress)
        if call.json:
            call.out.data(_record(submission) | {"preview": preview_record(preview)})
            return
        show_preview(call.out, hub, preview, name=submission.file, changes=show, problems=show)
        _tell(call, submission)
        if preview.hash != submission.hash:
            call.out.line(OUTDATED, "yellow")


def comment(
    call: Call, id: Id, text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say about it.")]
) -> None:
    """Say something about a submitted import."""
    with call.change() as hub:
        _tell(call, hub.imports.get(id).comment(text))


def approve(call: Call, id: Id, note: Note = "") -> None:
    """Let a submitted import be committed."""
    with call.change() as hub, call.out.progress("Working it out") as progress:
        approved = hub.imports.get(id).approve(note)
        outdated = approved.is_outdated(progress)
    _tell(call, approved)
    if outdated:
        call.out.note(f"{OUTDATED} A commit is refused: look at its preview, and submit it again.")


def reject(call: Call, id: Id, note: Note = "") -> None:
    """Do not let a submitted import be committed."""
    with call.change() as hub:
        _tell(call, hub.imports.get(id).reject(note))


def commit(call: Call, id: Id) -> int:
    """Commit an approved import, exactly as it was submitted."""
    with call.change() as hub, call.out.progress("Importing") as progress:
        submission = hub.imports.get(id)
        return show_result(call, submission.summary, submission.commit(progress), _record(submission))


def _record(submission: Submission) -> dict[str, Any]:
    return {
        "id": submission.id,
        "file": submission.file,
        "sha256": submission.sha256,
        "state": submission.state,
        "actor": submission.actor,
        "at": submission.at,
        "note": submission.note,
        "summary": submission.summary,
        "comments": submission.comments,
    }


def _list(call: Call, submissions: Iterable[Submission]) -> None:
    records = [_record(submission) for submission in submissions]
    if call.json:
        call.out.data(records)
        return
    if not records:
        call.out.line("No import waits for anybody.", "dim")
        return
    rows = ([(record | record["summary"])[column] for column in COLUMNS] for record in records)
    call.out.table(COLUMNS, rows, right=("id", "create", "update"))


def _tell(call: Call, submission: Submission) -> None:
    """Where a submission stands and what was said about it."""
    if call.json:
        call.out.data(_record(submission))
        return
    call.out.heading(f"{submission.file}: {submission.state}")
    call.out.line(f"  submitted by {submission.actor}" + (f": {submission.note}" if submission.note else ""))
    for said in submission.comments:
        call.out.line(f"  {said['actor']}: {said['text']}")
