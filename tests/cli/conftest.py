"""The program, run in this process (`run`, `at_a_terminal`) or as a process of its own (`program`)."""

from __future__ import annotations

import gzip
import io
import os
import pty
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import contacthub
from contacthub.cli import main


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small hub of three people, two fields and two groups."""
    path = tmp_path_factory.mktemp("template") / "test.hub"
    with contacthub.open(path, create=True) as hub:
        hub.settings.update(country="BR", timezone="America/Recife")
        hub.fields.create("Age", type="number")
        hub.fields.create("City")
        hub.groups.create("Friends")
        hub.groups.create("Adults", query="age >= 18")
        hub.contacts.create(
            name="Ana Lima", urns=["tel:+5581987654321"], fields={"age": 36, "city": "Recife"}, tags=["vip"]
        )
        hub.contacts.create(name="Bento Prado", urns=["mailto:bento@example.com"], fields={"age": 12})
        hub.contacts.create(name="Clara", urns=["tel:+5581988112233"], fields={"city": "Olinda"})
    return path


@pytest.fixture
def hub_path(template: Path, tmp_path: Path) -> Path:
    """A copy of the small hub, for one test."""
    return Path(shutil.copy(template, tmp_path / "test.hub"))


@pytest.fixture
def older_hub(tmp_path: Path) -> Path:
    """A hub of form 1, which a command that writes brings to the form of this program; `bia` is of its team."""
    path = tmp_path / "older.hub"
    data = Path(__file__).parents[1] / "engine" / "data" / "form-1-consent.hub.gz"
    path.write_bytes(gzip.decompress(data.read_bytes()))
    return path


@pytest.fixture
def run(hub_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the small hub; `input` is what stands on standard input, the rest are variables."""
    monkeypatch.setenv("CONTACTHUB_HUB", str(hub_path))

    def run(*arguments: str, input: str = "", **variables: str) -> Answer:
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input.encode())))
            for name, value in variables.items():
                patched.setenv(name, value)
            code = main(arguments)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture
def at_a_terminal(hub_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command on the small hub at a terminal of that width, where somebody types; gives what it shows."""

    def at_a_terminal(*arguments: str, columns: int = 80, typed: str = "", **variables: str) -> str:
        primary, secondary = pty.openpty()
        shown = bytearray()

        def read() -> None:
            while True:
                try:
                    data = os.read(primary, 4096)
                except OSError:  # Linux tells the end of a terminal so
                    return
                if not data:
                    return
                shown.extend(data)

        os.write(primary, typed.encode())
        reader = threading.Thread(target=read)
        reader.start()
        with (
            monkeypatch.context() as patched,
            os.fdopen(os.dup(secondary), encoding="utf-8") as keyboard,
            os.fdopen(secondary, "w", buffering=1, encoding="utf-8") as screen,
        ):
            for name, stream in (("stdin", keyboard), ("stdout", screen), ("stderr", screen)):
                patched.setattr(sys, name, stream)
            patched.delenv("NO_COLOR", raising=False)
            environment = {"CONTACTHUB_HUB": str(hub_path), "TERM": "xterm-256color", "COLUMNS": str(columns)}
            for name, value in (environment | variables).items():
                patched.setenv(name, value)
            main(arguments)
        reader.join()
        os.close(primary)
        return shown.decode().replace("\r\n", "\n")

    return at_a_terminal


@pytest.fixture
def program(hub_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the real program as a process, without a terminal."""

    def program(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("contacthub")), *arguments],
            env={**os.environ, "CONTACTHUB_HUB": str(hub_path), **variables},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=180,
        )  # fmt: skip

    return program
