"""`make bench`: every table, one after the other, into `benchmarks/RESULTS.md`.

python -m benchmarks [store segments operations files]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

TABLES = {
    "segments": "Searching",
    "operations": "Working",
    "files": "Files in and out",
    "store": "The store",
}
RESULTS = Path(__file__).parent / "RESULTS.md"


def machine() -> str:
    """What the figures were measured on."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    cpu = next((line.partition(":")[2].strip() for line in lines if "model name" in line), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def main(names: list[str]) -> None:
    previous = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
    sections = {title: body for title, _, body in (part.partition("\n") for part in previous.split("\n## ")[1:])}
    for name in names or list(TABLES):
        print(f"{TABLES[name]} …", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], check=True, stdout=subprocess.PIPE, text=True
        )
        print(done.stdout)
        sections[TABLES[name]] = f"\n`python -m benchmarks {name}`, {datetime.now(UTC):%Y-%m-%d}.\n\n{done.stdout}"
    head = f"# Results\n\nMade by `make bench` on {machine()}. Ratios are of one run, side by side.\n"
    body = "".join(f"\n## {title}\n{sections[title].rstrip()}\n" for title in TABLES.values() if title in sections)
    RESULTS.write_text(head + body, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
