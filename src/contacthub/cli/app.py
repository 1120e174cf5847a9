"""All commands, in the order of the help."""

from __future__ import annotations

from typing import Annotated

import typer

from contacthub.cli import (
    analysing,
    caring,
    catalogues,
    contacts,
    demo,
    faces,
    finding,
    history,
    importing,
    persons,
    reviewing,
    team,
    verbs,
    writing_in,
)
from contacthub.cli.command import Call, PlainHelpOfGroup, with_call

app = typer.Typer(
    name="contacthub",
    cls=PlainHelpOfGroup,
    help="Your audience in one place: search it, import with a preview, change it in bulk, undo. "
    "Without a command: the terminal interface. New here: `contacthub demo` shows it on sample data, "
    "and `contacthub init --country BR` makes your own hub.",
    no_args_is_help=False,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"contacthub {version('contacthub')}")
        raise typer.Exit


def _alone(
    call: Call,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> int | None:
    return faces.tui(call)


app.callback()(with_call(_alone, alone=True))
for room in (
    faces,
    finding,
    analysing,
    contacts,
    verbs,
    persons,
    catalogues,
    team,
    importing,
    reviewing,
    writing_in,
    history,
    caring,
    demo,
):
    room.register(app)
