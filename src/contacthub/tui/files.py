"""Asking for a file: a line that completes paths, and reads `~`."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual.suggester import Suggester

from contacthub.tui.ask import Line


class PathSuggester(Suggester):
    """Suggests the first file or folder that begins as what was typed; the right arrow takes it."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return await asyncio.to_thread(completed, value) if value else None


def completed(typed: str) -> str | None:
    """The typed path, completed; None if nothing there begins so. Hidden files only where a dot was typed."""
    folder, _, beginning = typed.rpartition("/")
    place = Path(os.path.expanduser(folder or ("/" if typed.startswith("/") else ".")))
    try:
        names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in os.scandir(place))
    except OSError:
        return None
    for name in names:
        if name.startswith(beginning) and name.rstrip("/") != beginning and (beginning or not name.startswith(".")):
            return f"{folder}/{name}" if "/" in typed else name
    return None


def existing(typed: str) -> str | None:
    """What is wrong with a path to read, or None."""
    if not typed.strip():
        return "Write the path of a file."
    path = expanded(typed)
    if path.is_dir():
        return "This is a folder; write the path of a file in it."
    return None if path.exists() else f"There is no file {path}."


def expanded(typed: str) -> Path:
    return Path(typed.strip()).expanduser()


def ask_path(title: str, text: str = "", value: str = "") -> Line:
    """A question for a file to read."""
    return Line(title, text, value=value, check=existing, suggester=PathSuggester(), hint=HINT)


HINT = "→ completes   enter ok   esc leave"
