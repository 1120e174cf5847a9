"""demo: the whole job, readable, in a hub of its own that stays."""

import re
import shlex
from pathlib import Path

import openpyxl

import contacthub


def test_demo_shows_the_job_and_leaves_a_hub_to_look_at(program, hub_path: Path, tmp_path: Path) -> None:
    answer = program("demo", TMPDIR=str(tmp_path))
    assert (answer.returncode, answer.stderr) == (0, "")
    for words in ("Preview of leads.xlsx", "create", "conflict", "error", "Cell changes", "Problems", "Committed",
                  "dynamic", "static", "0 kept, 0 failed", "hub.explore()"):  # fmt: skip
        assert words in answer.stdout, words
    [path] = re.findall(r"A fresh hub: (.*)", answer.stdout)
    with contacthub.open(path) as hub:
        assert len(hub.contacts) > 400
        assert {group.name: group.is_dynamic for group in hub.groups} == {"Regulars": False, "Hot leads": True}
        assert len(hub.find("tag = tasting-december")) == 0
    assert openpyxl.load_workbook(Path(path).parent / "recife.xlsx").active.max_row > 10
    assert program("count").stdout == "3\n"  # one's own hub is as it was


def test_demo_says_how_to_open_its_hub(program, tmp_path: Path) -> None:
    shown = program("demo", TMPDIR=str(tmp_path)).stdout
    [command] = re.findall(r"^ +(\S*contacthub --hub .*)$", shown, re.MULTILINE)
    assert program(*shlex.split(command)[1:], "count").stdout.strip().isdigit()


def test_queries_of_the_demo_find_somebody(program, tmp_path: Path) -> None:
    shown = program("demo", TMPDIR=str(tmp_path)).stdout
    table = shown[shown.index("who ") :].split("\n\n")[0].splitlines()[1:5]
    assert [int(line.split()[-1].replace(",", "")) > 0 for line in table] == [True] * 4
