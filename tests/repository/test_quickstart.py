"""The ten-minute tour is true: its commands and its Python run, in its order, on the sample data."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from contacthub.cli import main

ROOT = Path(__file__).parents[2]
LEFT_OUT = 3


def blocks(language: str) -> list[str]:
    text = (ROOT / "docs" / "quickstart.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_the_tour_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    monkeypatch.setenv("CONTACTHUB_HUB", "fair.hub")
    lines = [line for block in blocks("sh") for line in block.splitlines() if not line.startswith("export ")]
    assert len(lines) > 12
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "contacthub"
        code = main(arguments)
        captured = capsys.readouterr()
        assert code == (LEFT_OUT if arguments[0] == "import" else 0), (line, captured.err)
        assert captured.out.strip(), line
    [python] = blocks("python")
    names: dict[str, object] = {}
    exec(compile(python, "quickstart.md", "exec"), names)
    assert len(names["people"]) > 5  # type: ignore[arg-type]
    names["hub"].close()  # type: ignore[attr-defined]


def test_every_query_of_the_tour_finds_somebody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONTACTHUB_HUB", str(tmp_path / "fair.hub"))
    monkeypatch.chdir(ROOT)
    commands = [shlex.split(line)[1:] for block in blocks("sh") for line in block.splitlines()]
    for command in commands:
        if command[0] in ("init", "fields") or (command[0] == "import" and "--yes" in command):
            assert main(command) in (0, LEFT_OUT)
    queries = [command[1] for command in commands if command[0] in ("find", "count", "tag", "add-to-group")]
    assert len(queries) >= 6
    for query in queries:
        capsys.readouterr()
        assert main(["count", query]) == 0
        assert int(capsys.readouterr().out) > 0, query
