"""Writes the parts of the pages that come from the program itself: `python docs/reference.py`.

All commands with their options at the end of cli.md, all problems of imports at the end of errors.md. A test fails when
a page and the program differ.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import typer

from contacthub.cli.app import app
from contacthub.cli.command import EVERYWHERE

DOCS = Path(__file__).parent
MARK = "<!-- From here on made by docs/reference.py. -->\n"


def command_reference() -> str:
    """All commands with their arguments and options, as Markdown."""
    return "\n".join(
        line for name, command in commands(typer.main.get_command(app)) for line in _section(name, command)
    )


def commands(command: Any, name: str = "") -> list[tuple[str, Any]]:
    """All commands by their full names; a group of commands comes before those in it."""
    found = [(name, command)] if name else []
    for inner, child in getattr(command, "commands", {}).items():
        found += commands(child, f"{name} {inner}".strip())
    return found


def _section(name: str, command: Any) -> list[str]:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    usage = " ".join(["contacthub", name, *(_in_usage(argument) for argument in arguments)])
    lines = [f"### `{name}`", "", f"    {usage}", "", command.help or "", ""]
    own = [p for p in command.params if getattr(p, "rich_help_panel", None) != EVERYWHERE and p.name != "help"]
    if own:
        lines += ["| | |", "|---|---|", *(f"| {_spelling(p)} | {_cell(p.help or '')} |" for p in own), ""]
    return lines


def _in_usage(argument: Any) -> str:
    name = (argument.metavar or argument.name.upper()) + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    flag = getattr(parameter, "is_flag", False)
    return names if flag or not parameter.metavar else f"{names} `{parameter.metavar}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def problem_reference() -> str:
    """All problems that the preview of an import may tell, as Markdown."""
    messages = tomllib.loads((files("contacthub.imports") / "messages.toml").read_text("utf-8"))
    rows = (
        f"| `{code}` | {_cell(texts['message']['en'])} | {_cell(texts.get('mend', {}).get('en', ''))} |"
        for code, texts in sorted(messages.items())
    )
    title = "## Problems of an import"
    text = "Rows and cells of a preview carry these; what stands in braces is filled in."
    return "\n".join([title, "", text, "", "| code | message | how to mend it |", "|---|---|---|", *rows, ""])


PARTS: dict[str, Callable[[], str]] = {"cli.md": command_reference, "errors.md": problem_reference}


def page(name: str) -> str:
    """A page with its made part as it should be."""
    return (DOCS / name).read_text("utf-8").partition(MARK)[0] + MARK + "\n" + PARTS[name]()


if __name__ == "__main__":
    for name in PARTS:
        text = page(name)
        (DOCS / name).write_text(text, "utf-8")
