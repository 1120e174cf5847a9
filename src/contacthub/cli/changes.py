"""How a change is shown: the operation that was done, or under `--dry-run` what it would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from contacthub.cli.command import Call
from contacthub.cli.times import Times
from contacthub.model.settings import Settings

if TYPE_CHECKING:
    from contacthub import Operation
    from contacthub.hub import Contact, Hub
    from contacthub.hub.plans import Plan

SHOWN = 12
"""Values shown of a change that is only tried."""
OF_CONTACTS = 5
INTERNAL = ("uuid", "key", "created_on")
"""Of an entry of a catalogue: what nobody chose."""


def operation_record(operation: Operation) -> dict[str, Any]:
    """An operation for programs."""
    return {
        "id": operation.id,
        "kind": operation.kind,
        "summary": operation.summary,
        "actor": operation.actor,
        "surface": operation.surface,
        "at": operation.at,
        "count": operation.count,
        "undone_by": operation.undone_by,
        "undoes": operation.undoes,
    }


def show_operation(call: Call, hub: Hub, operation: Operation) -> None:
    """What was done; of what is only tried, old and new values. Inside `call.change()`."""
    if call.dry_run:
        _show_rehearsed(call, hub, operation)
    elif call.json:
        call.out.data(operation_record(operation))
    else:
        call.out.line(operation.summary + (f": {counted(operation.count)}" if operation.count else ""))
        if not operation.undoable:
            call.out.line("Nothing was changed.", "dim")
        else:
            call.out.line(f"Operation {operation.id}; `contacthub undo {operation.id}` takes it back.", "dim")


def counted(count: int) -> str:
    """A number of contacts in words."""
    return f"{count:,} contact" if count == 1 else f"{count:,} contacts"


def _show_rehearsed(call: Call, hub: Hub, operation: Operation) -> None:
    columns = ("of", "property", "before", "after")
    rows = list(islice(_values(hub, operation, json=call.json), SHOWN))
    if call.json:
        changes = [dict(zip(columns, row, strict=True)) for row in rows]
        call.out.data(operation_record(operation) | {"id": None, "dry_run": True, "changes": changes})
        return
    call.out.line(operation.summary, "bold")
    if rows:
        call.out.table(columns, rows, indent=2)
    if operation.count:
        call.out.pairs([("contacts that would change", f"{operation.count:,}")], indent=2)


def _values(hub: Hub, operation: Operation, *, json: bool) -> Iterator[tuple[str, str, Any, Any]]:
    """What an operation changed, value by value: names, settings, and of some contacts."""
    for change in operation.effects.catalogue:
        before, after = change.before or {}, change.after or {}
        known = before or after
        what = f"{change.table} {known.get('name') or known.get('handle') or ''}".strip()
        if change.table == "settings":
            what, before = "settings", Settings().as_dict() | before
        for key in dict.fromkeys((*before, *after)):
            if key not in INTERNAL and before.get(key) != after.get(key):
                yield what, key, before.get(key), after.get(key)
    times = Times(hub)
    for uuid in operation.contacts[:OF_CONTACTS]:
        if uuid in hub.contacts:
            who = hub.contacts.get(uuid)
            for one in who.history(since=operation.at):
                if one.operation.id == operation.id:
                    values = (one.before, one.after)
                    before, after = values if json else (times.of(one.property, value) for value in values)
                    yield who.display_name, one.property, before, after


def show_plan(call: Call, plan: Plan, sample: Sequence[Contact]) -> None:
    """What would change, whom it leaves alone and why, and some of those it concerns."""
    if call.json:
        call.out.data(
            {
                "summary": plan.summary,
                "will_change": plan.will_change,
                "already": plan.already,
                "cannot": dict(plan.cannot),
                "sample": [contact.uuid for contact in sample],
            }
        )
        return
    call.out.line(plan.summary, "bold")
    call.out.pairs(
        [
            ("will change", f"{plan.will_change:,}"),
            ("already so", f"{plan.already:,}" if plan.already else None),
            *((f"cannot: {reason}", f"{count:,}") for reason, count in plan.cannot.items()),
            ("such as", ", ".join(contact.display_name for contact in sample)),
        ],
        indent=2,
    )
