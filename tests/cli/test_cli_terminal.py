"""What a person at a terminal sees: a fitted table of one screenful, colours unless they are unwanted."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

import contacthub


def at_a_terminal(hub_path: Path, *arguments: str, columns: int = 80, **variables: str) -> str:
    """What the program shows on a terminal of that width."""
    primary, secondary = pty.openpty()
    environment = {**os.environ, "CONTACTHUB_HUB": str(hub_path), "TERM": "xterm-256color", "COLUMNS": str(columns)}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("contacthub")), *arguments],
        env=environment | variables, stdin=secondary, stdout=secondary, stderr=secondary,
    )  # fmt: skip
    os.close(secondary)
    shown = b""
    while True:
        try:
            data = os.read(primary, 4096)
        except OSError:  # Linux tells the end of a terminal so
            break
        if not data:
            break
        shown += data
    os.close(primary)
    process.wait(180)
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def crowd(hub_path: Path) -> Path:
    with contacthub.open(hub_path) as hub:
        for number in range(60):
            hub.contacts.create(name=f"Somebody with a rather long name, number {number}", remarks="x" * 200)
    return hub_path


def test_a_screenful_is_shown_and_the_rest_is_counted(crowd: Path) -> None:
    shown = at_a_terminal(crowd, "find", "--columns", "name,remarks,uuid", NO_COLOR="1")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).strip().splitlines()
    assert lines[-1] == "63 contacts, the first 50 shown; --limit 0 shows all"
    assert len(lines) == 2 + 50 + 1
    assert max(map(len, lines)) <= 80
    assert "…" in lines[2]


def test_colours_are_there_unless_unwanted(hub_path: Path) -> None:
    assert "\x1b[" in at_a_terminal(hub_path, "find")
    assert "\x1b[3" not in at_a_terminal(hub_path, "find", NO_COLOR="1")
