"""The terminal interface."""

from __future__ import annotations

from typing import Annotated

import typer

from contacthub.cli.command import Call, command, default_hub

PANEL = "Look"


def register(app: typer.Typer) -> None:
    command(app, "tui", panel=PANEL)(tui)


def tui(
    call: Call,
    mouse: Annotated[
        bool, typer.Option("--mouse/--no-mouse", help="Answer to the mouse, or leave it to the terminal.")
    ] = True,
    read_only: Annotated[bool, typer.Option("--read-only", help="Look, and change nothing.")] = False,
) -> int | None:
    """Open the terminal interface. Your own hub is made the first time."""
    import sys

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.BadParameter("The terminal interface needs a terminal. `contacthub find` prints instead.")
    from contacthub.tui import run

    own = call.location == str(default_hub())
    with call.open(create=own and not read_only, read_only=read_only) as hub:
        return run(hub, mouse=mouse, read_only=read_only)
