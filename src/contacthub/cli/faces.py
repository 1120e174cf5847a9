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
    query: Annotated[str, typer.Argument(metavar="[QUERY]", help="What the list shows at first.")] = "",
    mouse: Annotated[bool, typer.Option("--mouse/--no-mouse", help="Answer to the mouse.")] = True,
) -> int | None:
    """Open the terminal interface. Your own hub is made the first time."""
    import sys

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise typer.BadParameter("The terminal interface needs a terminal. `contacthub find` prints instead.")
    own = call.location == str(default_hub())
    with call.open(create=own) as hub:
        from contacthub.tui import run

        return run(hub, query=query, mouse=mouse)
