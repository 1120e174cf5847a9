"""A dump, a backup and what is restored from them need no more memory for many contacts than for few."""

from __future__ import annotations

import csv
import filecmp
import os
import subprocess
import sys
from pathlib import Path

import peak_memory
import pytest

pytestmark = pytest.mark.slow

FEW, MANY = 50_000, 200_000
"""Both make a hub that is larger than SQLite's cache of pages, which a restore fills."""
A_CONTACT = 150
"""Bytes that one contact more may cost: a tenth of what it takes in the hub or the dump, for the pages of SQLite's log
that a restore has in view. A dump keeps nothing of it."""
LIMITS = {"dump": 48 << 20, "restore": 160 << 20, "backup": 32 << 20, "restore of a backup": 32 << 20}
"""Bytes that they may need beside the program with its hub open. Whoever writes many pages has a cache of 64 MiB,
whoever reads one of 8."""

MAKE = """
import sys
import contacthub as ch

path, table = sys.argv[1:]
with ch.open(path, create=True, actor="bia") as hub:
    hub.settings.update(country="BR")
    preview = hub.imports.preview(table)
    made = preview.commit()
    everybody = hub.find("")
    everybody.tag("all of 2026")
    everybody.set_field("city", "Recife")
    hub.find("age > 40").add_to_list("older")
    assert made.created == len(hub.contacts) == len(everybody)
"""

MEASURE = """
import sys
from pathlib import Path
import contacthub as ch
from contacthub.hub.care import restore
from peak_memory import peak

what, hub, source, target = sys.argv[1:]
with ch.open(hub) as hub:
    assert len(hub.contacts)
    before = peak()
    if what == "dump":
        hub.dump(target)
    if what == "backup":
        hub.backup(target)
if what.startswith("restore"):
    before = peak()
    restore(source, target)
print(peak() - before)
"""


def run(code: str, *arguments: object) -> str:
    """What a process of its own prints, so that its peak of memory is its own."""
    ran = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(Path(peak_memory.__file__).parent)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def write_table(path: Path, count: int) -> Path:
    """People with all that a file may bring: fields, tags, groups and consent."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Name", "Phone", "E-mail", "City", "Age", "Tags", "Group", "Opt In", "Opt In On"])
        for number in range(count):
            consent = ("yes", "no", "")[number % 3]
            writer.writerow([
                f"Ana Lima {number}", f"+55219{60_000_000 + number}",
                "" if number % 3 else f"ana.{number}@example.com", f"Vila {number % 200}", 18 + number % 70,
                f"tag {number % 40},all", f"group {number % 7}", consent,
                consent and f"2026-{1 + number % 9:02}-{1 + number % 28:02}",
            ])  # fmt: skip
    return path


def test_copies_of_many_contacts_need_the_memory_of_few(tmp_path: Path) -> None:
    grown: dict[str, list[int]] = {what: [] for what in LIMITS}

    def measure(what: str, hub: Path, source: Path, target: Path) -> None:
        grown[what].append(int(run(MEASURE, what, hub, source, target)))

    for count in (FEW, MANY):
        hub, dump, again, backup = (tmp_path / f"{count}{name}" for name in (".hub", ".json", "-again.hub", ".backup"))
        run(MAKE, hub, write_table(tmp_path / f"{count}.csv", count))
        measure("dump", hub, hub, dump)
        measure("restore", hub, dump, again)
        run(MEASURE, "dump", again, again, tmp_path / "again.json")
        assert filecmp.cmp(dump, tmp_path / "again.json", shallow=False)
        again.unlink()
        (tmp_path / "again.json").unlink()
        measure("backup", hub, hub, backup)
        measure("restore of a backup", hub, backup, again)
        run(MEASURE, "dump", again, again, tmp_path / "again.json")
        assert filecmp.cmp(dump, tmp_path / "again.json", shallow=False)
        assert min(path.stat().st_size for path in (hub, dump)) > count * 1_000  # or it says nothing
        for path in (hub, dump, again, backup, tmp_path / "again.json"):
            path.unlink()  # together more than a gigabyte
    for what, (few, many) in grown.items():
        assert many < LIMITS[what], grown
        assert many - few < (MANY - FEW) * A_CONTACT, grown
