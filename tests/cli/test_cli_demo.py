"""demo: the whole job, readable, in a hub of its own that stays."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

import contacthub


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The demo, run once, with its hub in a folder of the tests."""
    folder = tmp_path_factory.mktemp("demo")
    return subprocess.run(
        [str(Path(sys.executable).with_name("contacthub")), "demo"],
        env={**os.environ, "TMPDIR": str(folder), "CONTACTHUB_HUB": str(folder / "own.hub")},
        capture_output=True, text=True, encoding="utf-8", timeout=180,
    )  # fmt: skip


def test_demo_shows_the_job_and_leaves_a_hub_to_look_at(demo: subprocess.CompletedProcess[str]) -> None:
    assert (demo.returncode, demo.stderr) == (0, "")
    for words in ("Preview of leads.xlsx", "create", "conflict", "error", "Cell changes", "Problems", "Committed",
                  "dynamic", "static", "0 kept, 0 failed", "hub.explore()"):  # fmt: skip
        assert words in demo.stdout, words
    [path] = re.findall(r"A fresh hub: (.*)", demo.stdout)
    with contacthub.open(path) as hub:
        assert len(hub.contacts) > 400
        assert {group.name: group.is_dynamic for group in hub.groups} == {"Regulars": False, "Hot leads": True}
        assert len(hub.find("tag = tasting-december")) == 0
    assert openpyxl.load_workbook(Path(path).parent / "recife.xlsx").active.max_row > 10


def test_demo_leaves_ones_own_hub_alone(demo: subprocess.CompletedProcess[str]) -> None:
    [path] = re.findall(r"A fresh hub: (.*)", demo.stdout)
    assert not (Path(path).parents[1] / "own.hub").exists()


def test_demo_says_how_to_open_its_hub(demo: subprocess.CompletedProcess[str]) -> None:
    [command] = re.findall(r"^ +(\S*contacthub --hub .*)$", demo.stdout, re.MULTILINE)
    program = Path(sys.executable).with_name("contacthub")
    answer = subprocess.run(
        [str(program), *shlex.split(command)[1:], "count"], capture_output=True, text=True, timeout=180
    )
    assert answer.stdout.strip().isdigit(), answer.stderr


def test_queries_of_the_demo_find_somebody(demo: subprocess.CompletedProcess[str]) -> None:
    table = demo.stdout[demo.stdout.index("who ") :].split("\n\n")[0].splitlines()[1:5]
    assert [int(line.split()[-1].replace(",", "")) > 0 for line in table] == [True] * 4
