"""The audience verbs: `contacthub tag QUERY NAME` and its sisters. The query comes first.

Each one can be looked at first (`--dry-run`), is refused if the query gives another number than `--expect`, and is one
operation that `contacthub undo` takes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contacthub.cli.changes import counted, show_operation, show_plan
from contacthub.cli.command import Call, changing
from contacthub.cli.one import audience_of

if TYPE_CHECKING:
    from contacthub.hub import Audience, Hub

PANEL = "Change everybody whom a query matches"

Query = Annotated[
    str,
    typer.Argument(
        metavar="QUERY", help="Whom: a query such as 'city = Recife', a contact's UUID or URN; '' is everybody."
    ),
]
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
        changing(app, verb.__name__.replace("_", "-"), panel=PANEL)(verb)


def tag(call: Call, query: Query, names: Tags, expect: Expect = None) -> None:
    """Put tags on contacts."""
    _verb(call, "tag", query, *names, expect=expect)


def untag(call: Call, query: Query, names: Tags, expect: Expect = None) -> None:
    """Take tags off contacts."""
    _verb(call, "untag", query, *names, expect=expect)


def add_to_group(call: Call, query: Query, names: Groups, expect: Expect = None) -> None:
    """Add contacts to static groups."""
    _verb(call, "add_to_group", query, *names, expect=expect)


def remove_from_group(call: Call, query: Query, names: Groups, expect: Expect = None) -> None:
    """Remove contacts from static groups."""
    _verb(call, "remove_from_group", query, *names, expect=expect)


def add_to_list(call: Call, query: Query, names: Lists, expect: Expect = None) -> None:
    """Put contacts on lists of the team's inbox."""
    _verb(call, "add_to_list", query, *names, expect=expect)


def remove_from_list(call: Call, query: Query, names: Lists, expect: Expect = None) -> None:
    """Take contacts off lists of the team's inbox."""
    _verb(call, "remove_from_list", query, *names, expect=expect)


def assign(
    call: Call,
    query: Query,
    members: Annotated[list[str], typer.Argument(metavar="HANDLE", help="The member who gets them.")],
    balanced: Annotated[bool, typer.Option("--balanced", help="Share out evenly among several members.")] = False,
    expect: Expect = None,
) -> None:
    """Assign contacts to a member of the team, or share them out among several."""
    if len(members) > 1 and not balanced:
        raise typer.BadParameter("Several members: say --balanced to share the contacts out among them.")
    if balanced:
        _verb(call, "assign", query, members, balanced=True, expect=expect)
    else:
        _verb(call, "assign", query, members[0], expect=expect)


def unassign(call: Call, query: Query, expect: Expect = None) -> None:
    """Leave contacts without an assignee."""
    _verb(call, "unassign", query, expect=expect)


def set_field(
    call: Call,
    query: Query,
    field: FieldName,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value.")],
    expect: Expect = None,
) -> None:
    """Set a custom field of contacts."""
    _verb(call, "set_field", query, field, value, expect=expect)


def clear_field(call: Call, query: Query, field: FieldName, expect: Expect = None) -> None:
    """Clear a custom field of contacts."""
    _verb(call, "clear_field", query, field, expect=expect)


def set_language(
    call: Call,
    query: Query,
    language: Annotated[str, typer.Argument(metavar="CODE", help="ISO 639-3, such as por or spa.")],
    expect: Expect = None,
) -> None:
    """Set the language of contacts."""
    _verb(call, "set_language", query, language, expect=expect)


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
    expect: Expect = None,
) -> None:
    """Record that people agreed to be written to. It needs a proof."""
    more = _given(occurred_at=occurred_at, note=note)
    _verb(
        call, "opt_in", query, purpose, proof=proof, source=source, expect=expect, **more
    )  # fmt: skip


def opt_out(
    call: Call,
    query: Query,
    purpose: Purpose = "marketing",
    source: Annotated[
        str, typer.Option("--source", help="How it came: member, keyword, preference, send_error, form, api.")
    ] = "member",
    occurred_at: Occurred = None,
    note: Note = None,
    expect: Expect = None,
) -> None:
    """Record that people do not want to be written to."""
    _verb(
        call, "opt_out", query, purpose, source=source, expect=expect,
        **_given(occurred_at=occurred_at, note=note),
    )  # fmt: skip


def _plain(name: str, help: str) -> Callable[..., None]:
    """A verb that needs nothing but whom."""

    def verb(call: Call, query: Query, expect: Expect = None) -> None:
        _verb(call, name, query, expect=expect)

    verb.__name__, verb.__doc__ = name, help
    return verb


PLAIN = tuple(
    _plain(name, help)
    for name, help in (
        ("block", "Block contacts: their messages are not answered, nothing is sent to them."),
        ("stop", "Stop contacts: nothing is sent to them until they write again."),
        ("archive", "Put contacts aside, out of every group and view."),
        ("reactivate", "Make blocked, stopped or archived contacts active again."),
        ("delete", "Delete contacts. `contacthub undo` brings them back."),
    )
)


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _verb(call: Call, verb: str, query: str, *arguments: Any, expect: int | None, **more: Any) -> None:
    with call.change() as hub:
        carry_out(call, hub, verb, audience_of(hub, query), *arguments, expect=expect, **more)


def carry_out(
    call: Call, hub: Hub, verb: str, people: Audience, *arguments: Any, expect: int | None, **more: Any
) -> None:
    """Plan a verb, apply it, and show the operation; under `--dry-run` the plan."""
    if not people:
        call.out.line("The query matches nobody.", "yellow")
    plan = getattr(hub.plan, verb)(people, *arguments, **more)
    sample = list(plan.sample) if call.dry_run else []
    if call.dry_run and expect is None:
        expect = len(people)  # whoever only looks need not know the count of a large change
    if verb == "delete" and plan.will_change > 1 and expect is None and call.out.can_ask and not call.dry_run:
        names = ", ".join(contact.display_name for contact in plan.sample[:3])
        call.out.note(f"This deletes {counted(plan.will_change)}, such as {names}.")
        if not call.out.ask("Delete them?"):
            return
    with call.out.progress(plan.summary) as progress:
        operation = plan.apply(expect=expect, progress=progress)
    if call.dry_run:
        show_plan(call, plan, sample)
    else:
        show_operation(call, hub, operation)
