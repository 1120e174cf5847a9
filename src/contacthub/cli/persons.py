"""Who is who, and the rights of a person: duplicates and merging, the dossier, being forgotten."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.changes import show_operation
from contacthub.cli.command import Call, changing, command
from contacthub.cli.one import ContactArgument, new_file, one_contact, one_person
from contacthub.cli.times import Times

if TYPE_CHECKING:
    from contacthub.hub import Contact

PANEL = "One person"


def register(app: typer.Typer) -> None:
    command(app, "duplicates", panel=PANEL)(duplicates)
    changing(app, "merge", panel=PANEL)(merge)
    command(app, "dossier", panel=PANEL)(dossier)
    changing(app, "forget", panel=PANEL)(forget)


def duplicates(
    call: Call, limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50
) -> None:
    """List contacts that may be one person, with the reason, the surest first."""
    with call.open(read_only=True) as hub:
        found = hub.contacts.duplicates()
        records = [{"reason": one.reason, "value": one.value, "contacts": list(one.contacts)} for one in found[:limit]]
        if call.json:
            call.out.data(records)
            return
        rows = []
        for one in found[:limit]:
            names = [hub.contacts.get(uuid).display_name for uuid in one.contacts]
            rows.append((one.reason, one.value, " | ".join(names), *one.contacts[:2]))
        call.out.table(("reason", "value", "contacts", "keep", "other"), rows)
        if len(found) > limit:
            call.out.note(f"{len(found) - limit:,} more; --limit {len(found)} shows all")


def merge(
    call: Call,
    keep: Annotated[str, typer.Argument(metavar="KEEP", help="The contact that stays: a UUID, a URN, a query.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The contact that goes into it.")],
    take: Annotated[
        list[str] | None,
        typer.Option("--take", metavar="PROPERTY", help="Take this value from OTHER: name, fields.city. Repeatable."),
    ] = None,
) -> None:
    """Make two contacts one. KEEP's values stay, and it takes what it lacks; --dry-run shows each property."""
    with call.change() as hub:
        first, second = one_contact(hub, keep), one_contact(hub, other)
        choice: dict[str, Any] = dict.fromkeys(take or (), "other")
        plan = hub.plan.merge(first, second, choice)
        operation = hub.contacts.merge(first, second, choice)
        times = Times(hub)
        if not call.dry_run:
            show_operation(call, hub, operation)
            return
    columns = ("property", "keep", "other", "result")
    if call.json:
        lines = [
            dict(zip(columns, (line.path, line.keep, line.other, line.result), strict=True)) for line in plan.lines
        ]
        call.out.data({"summary": plan.summary, "keep": plan.keep, "other": plan.other, "lines": lines})
    else:
        call.out.line(plan.summary, "bold")
        rows = (
            (line.path, *(times.of(line.path, value) for value in (line.keep, line.other, line.result)))
            for line in plan.lines
        )
        call.out.table(columns, rows, indent=2)


def dossier(
    call: Call,
    contact: ContactArgument,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write it to a file, .html or .json; without it JSON is printed."
        ),
    ] = None,
) -> None:
    """Collect everything the hub holds of one person, to hand over."""
    if output is not None:
        new_file(call, output)
    with call.open() as hub:
        found = hub.contacts.dossier(one_contact(hub, contact))
    if output is None:
        call.out.data(found.as_dict())
    else:
        found.save(output)
        call.out.line(f"The dossier is in {output}.")


def forget(
    call: Call,
    contact: ContactArgument,
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="NAME", help="The person's name, exactly as the hub has it.")
    ] = None,
) -> None:
    """Erase a person for good, also one whose contact was deleted, by its UUID. It cannot be undone, so the name has to
    be typed."""
    if call.dry_run:
        _show_forget(call, contact)
        return
    with call.open() as hub:
        who = one_person(hub, contact)
        if confirm is None:
            if not call.out.can_ask:
                raise typer.BadParameter("Without a terminal to ask at, say --confirm NAME.")
            call.out.note(f"This erases {_named(who)} for good. It cannot be undone.")
            sys.stderr.write("Type the name to go on: ")
            sys.stderr.flush()
            confirm = sys.stdin.readline().strip()
        done = hub.contacts.forget(who, confirm)
    if call.json:
        call.out.data(
            {
                "records": done.records,
                "named_in": list(done.named_in),
                "withdrawn": list(done.withdrawn),
                "out_of_reach": list(done.out_of_reach),
            }
        )
        return
    call.out.line(f"Forgotten; values were taken from {done.records:,} entries of the history.")
    if done.withdrawn:
        call.out.line(f"Submitted imports that held the person are rejected: {', '.join(done.withdrawn)}.")
    if done.named_in:
        call.out.line(f"Queries that name the person, for you to decide about: {', '.join(done.named_in)}.")
    _tell_out_of_reach(call, done.out_of_reach)


def _show_forget(call: Call, contact: str) -> None:
    """What forgetting would erase. It is not tried out: freed pages cannot be emptied and then rolled back."""
    with call.open() as hub:
        who = one_person(hub, contact)
        hub.session.require("forget")
        records = len(hub.operations(limit=None, contact=who))
        out_of_reach = hub.contacts.out_of_reach()
    if call.json:
        uuid = who if isinstance(who, str) else who.uuid
        call.out.data({"uuid": uuid, "records": records, "out_of_reach": list(out_of_reach)})
        return
    call.out.line(f"{_named(who)} would be erased for good, and from {records:,} entries of the history.")
    _tell_out_of_reach(call, out_of_reach)


def _named(who: Contact | str) -> str:
    return f"the deleted contact {who}" if isinstance(who, str) else f"{who.display_name} ({who.uuid})"


def _tell_out_of_reach(call: Call, places: Sequence[str]) -> None:
    call.out.line("Out of the hub's reach, for you to look after:")
    for place in places:
        call.out.line(f"  {place}")
