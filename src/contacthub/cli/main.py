"""The program `contacthub`: runs one command and turns its end into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import typer

from contacthub.cli.app import app

WRONG_USE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit code: 0 done, 1 refused, 2 wrong use, 3 imported with rows left out."""
    _use_utf8()
    try:
        code = _program()(None if arguments is None else list(arguments), prog_name="contacthub", standalone_mode=False)
        return int(code or 0)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:  # wrong use; errors of the hub end in `command`
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "contacthub"
        print(f"{message()} See `{path} --help`.", file=sys.stderr)  # noqa: T201
        return WRONG_USE


@cache
def _program() -> Any:
    """The tree of all commands. Making it takes longer than many a command, so who runs several makes it once."""
    return typer.main.get_command(app)


def _use_utf8() -> None:
    """Names are in every script: under a C locale Python would refuse to print them."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
