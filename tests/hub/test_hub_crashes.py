"""A program that works on a hub may be killed at any moment: what it was told is done is there, and nothing half."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from crash_worker import ANAS, FAMILIES, KIN, ROWS

import contacthub as ch


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_a_kill_in_the_midst_of_verbs_and_imports_loses_nothing_and_leaves_no_half(tmp_path: Path, kills: int) -> None:
    path = tmp_path / "audience.hub"
    with ch.open(path, create=True) as hub:
        hub.settings.update(country="BR")
        (tmp_path / "first.csv").write_text(
            "name,email\n" + "".join(f"Ana Kin{number % FAMILIES}x,a{number}@example.org\n" for number in range(ANAS))
        )
        hub.imports.preview(tmp_path / "first.csv").commit()
        hub.contacts.create(name="Bia")
    chance = random.Random(11)
    done: list[tuple[str, str]] = []
    for seed in range(kills):
        done += worked_until_killed(path, seed, chance.uniform(0, 2))
        with ch.open(path) as hub:
            assert hub.verify() == []
            look(hub, done)
    assert {what for what, _ in done} >= {"import", "tag"} or kills < 10


def worked_until_killed(path: Path, seed: int, seconds: float) -> list[tuple[str, str]]:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("crash_worker.py")), str(path), str(seed)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    said, errors = process.communicate(timeout=60)
    assert errors == ""
    return [(what, step) for what, step in (line.split()[1:] for line in said.splitlines() if line.count(" ") == 2)]


def look(hub: ch.Hub, done: list[tuple[str, str]]) -> None:
    counts = {tag.name: tag.count for tag in hub.tags} | {group.name: group.count for group in hub.groups}
    for what, step in done:  # what was told
        expected = {"import": ROWS, "tag": KIN, "create": 1, "undo": 0, "group": None, "filled": ANAS, "edit": None}[
            what
        ]
        name = f"{'group' if what == 'filled' else what} {step}"
        if what == "group":
            assert name in counts
        elif expected is not None:
            assert counts.get(name, 0) == expected, name
    whole = {"import": {ROWS}, "tag": {KIN}, "create": {1}, "undo": {0, KIN}, "group": {0, ANAS}}
    for name, count in counts.items():  # what was begun, and may not have been told
        assert count in whole[name.split()[0]] | {0}, name
    imported = sum(count for name, count in counts.items() if name.startswith(("import", "create")))
    assert len(hub.contacts) == ANAS + 1 + imported
    edits = [step for what, step in done if what == "edit"]
    if edits:
        bia = hub.find("name ~ Bia").at(0)
        changes = [operation for operation in hub.operations(None) if operation.summary.startswith("edit")]
        assert len(changes) >= len(edits)
        assert bia.name != "Bia"
