"""The real program in a real terminal: tmux, at 80 by 24."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import contacthub as ch

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
PATIENCE = 60.0
"""Seconds after which a text that should be there is missed: an upper bound, not a measure."""


class Terminal:
    """A program in a tmux of its own."""

    def __init__(self, command: str, folder: Path) -> None:
        self._socket = f"contacthub-{uuid.uuid4().hex[:8]}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", str(folder), command)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-L", self._socket, *arguments], capture_output=True, text=True, check=False)
        return done.stdout

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def wait_for(self, text: str) -> str:
        until = time.monotonic() + PATIENCE
        while text not in (screen := self.screen()):
            assert time.monotonic() < until, f"{text!r} did not come:\n{screen}"
            time.sleep(0.05)
        return screen

    def alive(self) -> bool:
        return self._tmux("list-sessions") != ""

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def terminal(hub: ch.Hub, tmp_path: Path) -> Iterator[Terminal]:
    hub.contacts.create(name="Eve\u202e\u200b[/x]", urns=["tel:+5521987650009"])
    hub.contacts.create(name="李小龙👨\u200d👩\u200d👧🇧🇷", urns=["tel:+5521987650010"])
    hub.close()
    program = tmp_path / "open.py"
    program.write_text(
        "import sys, contacthub as ch\nfrom contacthub.tui import run\n"
        f"with ch.open({str(hub.path)!r}, actor='bia', surface='tui') as hub:\n    sys.exit(run(hub))\n",
        "utf-8",
    )
    folders = f"XDG_CONFIG_HOME={tmp_path}/config XDG_STATE_HOME={tmp_path}/state LC_ALL=C.UTF-8"
    terminal = Terminal(f"env -u NO_COLOR {folders} {sys.executable} {program}", tmp_path)
    yield terminal
    terminal.close()


def test_a_session_of_an_operator(terminal: Terminal, hub: ch.Hub) -> None:
    screen = terminal.wait_for("Ana Lima")
    assert "Horizonte › Available" in screen
    assert "Eve⟨RLO⟩⟨ZWSP⟩[/x]" in screen
    lines = [line for line in screen.splitlines() if "+55219876500" in line]
    assert len({_cells_before(line, "+") for line in lines}) == 1, "the columns stand under each other"
    terminal.press("/")
    terminal.press("-l", "agge > 18")
    terminal.press("Enter")
    terminal.wait_for("Did you mean age?")
    terminal.press("C-u")
    terminal.press("-l", "tag = vip")
    terminal.wait_for(" 3\n")
    terminal.press("Enter")
    terminal.wait_for("3 contacts")
    terminal.press("t")
    terminal.wait_for("Tag 1 contact")
    terminal.press("-l", "summer")
    terminal.press("Enter")
    terminal.wait_for("u undoes it.")
    terminal.press("q")
    until = time.monotonic() + PATIENCE
    while terminal.alive():
        assert time.monotonic() < until
        time.sleep(0.05)
    with ch.open(hub.path, actor="bia") as again:
        assert len(again.find("tag = summer")) == 1
        assert again.operations(limit=1)[0].surface == "tui"


def _cells_before(line: str, character: str) -> int:
    from rich.cells import cell_len

    return cell_len(line[: line.index(character)])


def test_importing_the_core_does_not_import_textual() -> None:
    code = (
        "import sys, contacthub as ch\n"
        "hub = ch.open(':memory:', create=True, actor='bia')\n"
        "hub.contacts.create(name='Ana'); hub.find('name ~ ana').page()\n"
        "assert 'textual' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "NO_COLOR": "1"})


def test_the_first_screen_needs_no_pandas(hub: ch.Hub, tmp_path: Path) -> None:
    hub.close()
    program = tmp_path / "first.py"
    program.write_text(
        "import asyncio, sys, contacthub as ch\n"
        "from contacthub.tui.app import ContactsApp\n"
        "async def look(app):\n"
        "    async with app.run_test(size=(80, 24)) as pilot:\n"
        "        while not app.screen.query_one('#list').count:\n"
        "            await pilot.pause()\n"
        f"with ch.open({str(hub.path)!r}, actor='bia') as hub:\n"
        "    asyncio.run(look(ContactsApp(hub)))\n"
        "late = {'pandas', 'openpyxl', 'IPython', 'matplotlib'} & set(sys.modules)\n"
        "assert not late, late\n",
        "utf-8",
    )
    subprocess.run([sys.executable, str(program)], check=True)
