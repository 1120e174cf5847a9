"""The operator's own settings of the terminal interface, and where it keeps what outlives it.

`tui.toml` in the configuration folder: `theme = "ansi-dark"`, and a table `[keys]` of key ids with their keys.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_config_path, user_state_path

from contacthub.errors import FileError
from contacthub.tui import keys

APP = "contacthub"
DEFAULT_THEME = "textual-dark"
THEMES = (
    DEFAULT_THEME,
    "textual-light",
    "ansi-dark",
    "ansi-light",
    "nord",
    "gruvbox",
    "tokyo-night",
    "solarized-light",
)


@dataclass(frozen=True, slots=True)
class Config:
    """What the file may say."""

    theme: str = DEFAULT_THEME
    keymap: dict[str, str] = field(default_factory=dict)
    """Key id → keys, in the names of Textual, separated by commas."""


def load(path: Path | None = None) -> Config:
    """Read the file; without one, the defaults. Raises FileError for one that is wrong, saying where."""
    path = path or user_config_path(APP) / "tui.toml"
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileError(f"{path} cannot be read: {error}", code="corrupt_file", path=str(path)) from None
    keymap = values.get("keys", {})
    unknown = [id for id in keymap if id not in keys.BY_ID]
    if unknown:
        raise FileError(
            f"{path}: there is no key {unknown[0]!r}; the ids are in docs/tui.md.", code="corrupt_file", path=str(path)
        )
    theme = values.get("theme", DEFAULT_THEME)
    if theme not in THEMES:
        raise FileError(f"{path}: the themes are {', '.join(THEMES)}.", code="corrupt_file", path=str(path))
    return Config(theme, {id: str(value) for id, value in keymap.items()})


def state_path(*parts: str) -> Path:
    """A file that outlives the session, in a folder that only its owner may read."""
    path = user_state_path(APP).joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, beside and then in place."""
    beside = path.with_suffix(".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)


def log_bug(text: str) -> Path:
    """Append a traceback to the log, which holds no data of contacts beyond what the traceback says."""
    path = state_path("tui.log")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat()}\n{text}\n")
    return path
