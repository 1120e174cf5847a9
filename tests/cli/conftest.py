"""The program, run in this process (`run`) or as a process of its own (`program`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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
def run(hub_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the small hub."""
    monkeypatch.setenv("CONTACTHUB_HUB", str(hub_path))

    def run(*arguments: str) -> Answer:
        code = main(arguments)
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture
def program(hub_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the real program as a process, without a terminal."""

    def program(*arguments: str, input: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("contacthub")), *arguments],
            env={**os.environ, "CONTACTHUB_HUB": str(hub_path), **variables},
            input=input, stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True, text=True, encoding="utf-8", timeout=180,
        )  # fmt: skip

    return program
