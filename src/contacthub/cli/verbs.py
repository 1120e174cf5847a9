"""The audience verbs: `contacthub tag QUERY NAME` and its sisters. The query comes first.

Each one can be looked at first (`--dry-run`), is refused if the query gives another number than `--expect`, and is one
operation that `contacthub undo` takes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.command import Call, command
from contacthub.cli.one import audience_of

if TYPE_CHECKING:
    from contacthub import Audience, Operation
    from contacthub.hub import Hub
    from contacthub.hub.plans import Plan

PANEL = "Change everybody whom a query matches"

Query = Annotated[str, typer.Argument(metavar="QUERY", help="Whom: a query in ContactQL, or a contact's UUID.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Expect = Annotated[
    int | None, typer.Option("--expect", metavar="N", min=0, help="Refuse unless the query gives exactly N contacts.")
]
Purpose = Annotated[str, typer.Option("--purpose", help="What for: marketing, utility, service.")]
Tags = Annotated[list[str], typer.Argument(metavar="NAME", help="The tag, or several.")]
Groups = Annotated[list[str], typer.Argument(metavar="NAME", help="The static group, or several.")]
Lists = Annotated[list[str], typer.Argument(metavar="NAME", help="The list, or several.")]
FieldName = Annotated[str, typer.Argument(metavar="FIELD", help="Key or name of the field.")]
Note = Annotated[str | None, typer.Option("--note", help="A note kept with it.")]
Occurred = Annotated[
    str | None, typer.Option("--occurred-at", metavar="DATE", help="When the person said so; without it: now.")
]


def register(app: typer.Typer) -> None:
    verbs: tuple[Callable[..., None], ...] = (
        tag, untag, add_to_group, remove_from_group, add_to_list, remove_from_list, assign, unassign, set_field,
        clear_field, set_language, opt_in, opt_out, *PLAIN,
    )  # fmt: skip
    for verb in verbs:
        command(app, verb.__name__.replace("_", "-"), panel=PANEL)(verb)


def tag(call: Call, query: Query, names: Tags, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Put tags on."""
    _verb(call, "tag", query, *names, dry_run=dry_run, expect=expect)


def untag(call: Call, query: Query, names: Tags, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Take tags off."""
    _verb(call, "untag", query, *names, dry_run=dry_run, expect=expect)


def add_to_group(call: Call, query: Query, names: Groups, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Add to static groups."""
    _verb(call, "add_to_group", query, *names, dry_run=dry_run, expect=expect)


def remove_from_group(call: Call, query: Query, names: Groups, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Remove from static groups."""
    _verb(call, "remove_from_group", query, *names, dry_run=dry_run, expect=expect)


def add_to_list(call: Call, query: Query, names: Lists, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Put on lists of the team's inbox."""
    _verb(call, "add_to_list", query, *names, dry_run=dry_run, expect=expect)


def remove_from_list(call: Call, query: Query, names: Lists, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Take off lists."""
    _verb(call, "remove_from_list", query, *names, dry_run=dry_run, expect=expect)


def assign(
    call: Call,
    query: Query,
    members: Annotated[list[str], typer.Argument(metavar="HANDLE", help="The member who gets them.")],
    balanced: Annotated[bool, typer.Option("--balanced", help="Share out evenly among several members.")] = False,
    dry_run: DryRun = False,
    expect: Expect = None,
) -> None:
    """Assign to a member of the team, or share out among several."""
    if len(members) > 1 and not balanced:
        raise typer.BadParameter("Several members: say --balanced to share the contacts out among them.")
    if balanced:
        _verb(call, "assign", query, members, balanced=True, dry_run=dry_run, expect=expect)
    else:
        _verb(call, "assign", query, members[0], dry_run=dry_run, expect=expect)


def unassign(call: Call, query: Query, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Leave without an assignee."""
    _verb(call, "unassign", query, dry_run=dry_run, expect=expect)


def set_field(
    call: Call,
    query: Query,
    field: FieldName,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value.")],
    dry_run: DryRun = False,
    expect: Expect = None,
) -> None:
    """Set a custom field."""
    _verb(call, "set_field", query, field, value, dry_run=dry_run, expect=expect)


def clear_field(call: Call, query: Query, field: FieldName, dry_run: DryRun = False, expect: Expect = None) -> None:
    """Clear a custom field."""
    _verb(call, "clear_field", query, field, dry_run=dry_run, expect=expect)


def set_language(
    call: Call,
    query: Query,
    language: Annotated[str, typer.Argument(metavar="CODE", help="ISO 639-3, such as por or spa.")],
    dry_run: DryRun = False,
    expect: Expect = None,
) -> None:
    """Set the language."""
    _verb(call, "set_language", query, language, dry_run=dry_run, expect=expect)


def opt_in(
    call: Call,
    query: Query,
    proof: Annotated[str, typer.Option("--proof", help="Where the consent is written down: a form, a message id.")],
    purpose: Purpose = "marketing",
    source: Annotated[
        str, typer.Option("--source", help="How it came: form, keyword, preference, member, api.")
    ] = "form",
    occurred_at: Occurred = None,
    note: Note = None,
    dry_run: DryRun = False,
    expect: Expect = None,
) -> None:
    """Record that people agreed to be written to. It needs a proof."""
    more = _given(occurred_at=occurred_at, note=note)
    _verb(
        call, "opt_in", query, purpose, proof=proof, source=source, dry_run=dry_run, expect=expect, **more
    )  # fmt: skip


def opt_out(
    call: Call,
    query: Query,
    purpose: Purpose = "marketing",
    occurred_at: Occurred = None,
    note: Note = None,
    dry_run: DryRun = False,
    expect: Expect = None,
) -> None:
    """Record that people do not want to be written to."""
    _verb(
        call, "opt_out", query, purpose, dry_run=dry_run, expect=expect,
        **_given(occurred_at=occurred_at, note=note),
    )  # fmt: skip


def _plain(name: str, help: str) -> Callable[..., None]:
    """A verb that needs nothing but whom."""

    def verb(call: Call, query: Query, dry_run: DryRun = False, expect: Expect = None) -> None:
        _verb(call, name, query, dry_run=dry_run, expect=expect)

    verb.__name__, verb.__doc__ = name, help
    return verb


PLAIN = tuple(
    _plain(name, help)
    for name, help in (
        ("block", "Block: their messages are not answered, nothing is sent."),
        ("stop", "Stop: nothing is sent to them until they write again."),
        ("archive", "Put aside, out of every group and view."),
        ("reactivate", "Make active again."),
        ("delete", "Delete. `contacthub undo` brings them back."),
    )
)


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _verb(call: Call, verb: str, query: str, *arguments: Any, dry_run: bool, expect: int | None, **more: Any) -> None:
    with call.open() as hub:
        people = audience_of(hub, query)
        carry_out(call, hub, verb, people, *arguments, dry_run=dry_run, expect=expect, **more)


def carry_out(
    call: Call, hub: Hub, verb: str, people: Audience, *arguments: Any, dry_run: bool, expect: int | None, **more: Any
) -> None:
    """Plan a verb; show the plan, or apply it and show the operation."""
    plan = getattr(hub.plan, verb)(people, *arguments, **more)
    if dry_run:
        show_plan(call, plan)
        return
    with call.out.progress(plan.summary) as progress:
        operation = plan.apply(expect=expect, progress=progress)
    show_operation(call, operation)


def show_plan(call: Call, plan: Plan) -> None:
    """What would change, whom it leaves alone and why, and some of those it concerns."""
    sample = list(plan.sample)
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
            ("such as", ", ".join(contact.display_name for contact in sample[:5])),
        ],
        indent=2,
    )
    call.out.line("Nothing was changed (--dry-run).", "dim")


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


def show_operation(call: Call, operation: Operation) -> None:
    if call.json:
        call.out.data(operation_record(operation))
        return
    call.out.line(operation.summary)
    if operation.count:
        call.out.line(f"Operation {operation.id}; `contacthub undo {operation.id}` takes it back.", "dim")
