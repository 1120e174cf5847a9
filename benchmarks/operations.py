"""Operations on a hub of a million contacts: opening it, a bulk change with its history, its undo, and plans.

The peer is stock TinyDB with 100,000 contacts: opening its file, and its bare `update` of all of them, which keeps no
history and needs no search.

    python -m benchmarks.operations [contacts]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinydb import TinyDB

import contacthub as ch
from benchmarks.data import documents, fill
from contacthub.engine.sqlite import open_store

BULK = 100_000
FIRST_SCREEN = """
import sys, time
import contacthub as ch, contacthub.hub, contacthub.engine.tiny, contacthub.query.query
import contacthub.engine.columns.searcher
ch.query.parse("tag = vip")
start = time.perf_counter()
with ch.open(sys.argv[1]) as hub:
    page = hub.find("status = active").page(0, 50)
print(time.perf_counter() - start)
assert len(page) == 50 and "pandas" not in sys.modules
"""
STOCK_OPENING = """
import sys, time
from tinydb import TinyDB
start = time.perf_counter()
first = next(iter(TinyDB(sys.argv[1]).table("contacts")))
print(time.perf_counter() - start)
"""
FROM_NOTHING = "import contacthub as ch, sys; ch.open(sys.argv[1]).find('status = active').page(0, 50)"


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def in_a_process(program: str, path: Path) -> float:
    """Seconds that a new process tells, the best of three: what it imports first is not counted."""
    command = [sys.executable, "-c", program, str(path)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(3)]
    return min(float(run.stdout) for run in runs)


def run(count: int) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stock_path, path = folder / "stock.json", folder / "bench.hub"
        stock_path.write_text(json.dumps({"contacts": dict(documents(BULK))}, default=str))
        stock_open = in_a_process(STOCK_OPENING, stock_path)
        with TinyDB(stock_path) as stock:
            stock_update, _ = seconds(lambda: stock.table("contacts").update({"tagged": "summer"}))
        with open_store(path, create=True) as store:
            fill(store, count)
        rows: list[tuple[str, float, str]] = []
        with ch.open(path) as hub:
            base, _ = seconds(lambda: hub.find("status = active").count)
            rows.append(("the first search ever: the columns are made", base, ""))
        opening = in_a_process(FIRST_SCREEN, path)
        rows.append(("open, and the first page of the list", opening, f"{stock_open / opening:.1f} × (20)"))
        whole, _ = seconds(lambda: subprocess.run([sys.executable, "-c", FROM_NOTHING, str(path)], check=True))
        rows.append(("the same from nothing: Python started, everything imported", whole, ""))
        with ch.open(path) as hub:
            rows += measured(hub, stock_update)
    lines = [
        f"A hub of {count:,} contacts. Stock TinyDB with {BULK:,}: opening {stock_open:.2f} s, `update` of all "
        f"{stock_update:.2f} s. In brackets what is to be reached.",
        "",
        "| work | milliseconds | faster than stock |",
        "|---|--:|--:|",
        *(f"| {what} | {spent * 1_000:,.1f} | {ratio} |" for what, spent, ratio in rows),
    ]
    return "\n".join(lines)


def measured(hub: ch.Hub, stock_update: float) -> list[tuple[str, float, str]]:
    everyone = hub.find("")
    some = everyone.sample(BULK)
    hub.find("name ~ ana").page()
    rows = []

    def tag_and_search() -> int:
        some.tag("summer")
        return hub.find("tag = summer").count

    spent, found = seconds(tag_and_search)
    assert found == len(some)
    rows.append((f"tag {len(some):,}, with history and the next search", spent, f"{stock_update / spent:.0f} × (10)"))
    spent, _ = seconds(hub.undo)
    rows.append(("undo of it", spent, f"{stock_update / spent:.0f} ×"))
    for what, plan in (
        ("plan: tag everybody", lambda: hub.plan.tag(everyone, "summer")),
        ("plan: block everybody", lambda: hub.plan.block(everyone)),
        ("plan: delete everybody", lambda: hub.plan.delete(everyone)),
        ("the tree: every view, group, tag and list counted", hub.tree),
    ):
        rows.append((what, seconds(plan)[0], ""))
    contact = everyone.at(0)
    rows.append(("one edit, with history", seconds(lambda: contact.edit(name="Somebody else"))[0], ""))
    rows.append(("the search after it", seconds(lambda: hub.find("name ~ somebody").count)[0], ""))
    return rows


if __name__ == "__main__":
    print(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
