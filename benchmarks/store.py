"""The embedded store against stock TinyDB, at a thousand to a million contacts.

Every measurement is a process of its own, so that its peak memory is its own. Beside the seconds stand the machine's
fdatasync, below which no durable edit can be, and SQLite's own `executemany` of the same text.

    python -m benchmarks.store [contacts …]
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from pyroaring import BitMap
from tinydb import TinyDB

from benchmarks.data import documents
from contacthub.engine import tiny
from contacthub.engine.port import ChangeSet, SetChange, SetKey
from contacthub.engine.tiny import TinyStore

SIZES = (1_000, 10_000, 100_000, 1_000_000)
STOCK_UP_TO = 100_000
BULK = 100_000
EDITS = 200
TAG = SetKey("tags", 1)
NOW = datetime(2026, 11, 21, tzinfo=UTC)

Figures = dict[str, float]


@contextmanager
def timed(figures: Figures, name: str, times: int = 1) -> Iterator[None]:
    start = time.perf_counter()
    yield
    figures[name] = (time.perf_counter() - start) / times


def some_ids(count: int, among: int) -> list[int]:
    return random.Random(1).choices(range(1, among + 1), k=count)


# -- the peers: each makes a store, and then is measured on one that is there ------------------------------------------
def stock_insert(path: Path, contacts: list[dict[str, Any]]) -> Figures:
    figures: Figures = {}
    with TinyDB(path) as db, timed(figures, "insert all"):
        db.insert_multiple(contacts)
    return figures


def stock_work(path: Path, size: int) -> Figures:
    figures: Figures = {}
    with timed(figures, "open, first contact"):
        db = TinyDB(path)
        db.get(doc_id=1)
    few = max(2, min(EDITS, 20_000 // size))
    with timed(figures, "get", few):
        for id in some_ids(few, size):
            db.get(doc_id=id)
    with timed(figures, "durable edit", few):
        for id in some_ids(few, size):
            db.update({"name": f"Ana {id}"}, doc_ids=[id])
    with timed(figures, "update many"):
        db.update({"remarks": "seen"})
    with timed(figures, "tag many"):
        db.update({"tags": ["vip"]}, doc_ids=range(1, min(size, BULK) + 1))
    db.close()
    return figures


def hub_insert(path: Path, contacts: list[dict[str, Any]]) -> Figures:
    """As the hub does it: one ChangeSet a portion, in one transaction."""
    figures: Figures = {}
    with tiny.open(path, create=True) as store:
        store.apply(ChangeSet(put={"tags": {1: {"key": "vip", "name": "vip"}}}))
        with timed(figures, "insert all"), store.transaction():
            ids = store.reserve("contacts", len(contacts))
            for start in range(0, len(contacts), 10_000):
                portion = dict(zip(ids[start : start + 10_000], contacts[start : start + 10_000], strict=True))
                store.apply(ChangeSet(put={"contacts": portion}))
        if len(contacts) <= STOCK_UP_TO:
            with timed(figures, "insert all, TinyDB API"):
                store.db.table("people").insert_multiple(contacts)
    return figures


def hub_work(path: Path, size: int) -> Figures:
    figures: Figures = {}
    with timed(figures, "open, first contact"):
        store = tiny.open(path)
        store.get("contacts", [1])
    with timed(figures, "get", EDITS):
        for id in some_ids(EDITS, size):
            store.get("contacts", [id])
    each = []
    for id in some_ids(EDITS, size):
        document = without_sets(store, id) | {"name": f"Ana {id}"}
        start = time.perf_counter()
        store.apply(ChangeSet(put={"contacts": {id: document}}))
        each.append(time.perf_counter() - start)
    figures["durable edit"] = statistics.median(each)
    cursor = store.cursor()
    with timed(figures, "tag many"):
        ids = BitMap(range(1, min(size, BULK) + 1)) if size <= BULK else BitMap(range(1, size + 1, size // BULK))
        store.apply(ChangeSet(sets={TAG: SetChange(added=ids)}, at=NOW))
    with timed(figures, "what changed since"):
        assert len(store.changes(cursor).touched) == len(ids)
    if size <= STOCK_UP_TO:
        people = store.db.table("people")
        each = []
        for id in some_ids(EDITS, size):
            start = time.perf_counter()
            people.update({"name": f"Ana {id}"}, doc_ids=[id])
            each.append(time.perf_counter() - start)
        figures["durable edit, TinyDB API"] = statistics.median(each)
        with timed(figures, "update many, TinyDB API"):
            people.update({"remarks": "seen"})
    store.close()
    return figures


def without_sets(store: TinyStore, id: int) -> dict[str, Any]:
    document = store.get("contacts", [id])[id]
    return {key: value for key, value in document.items() if key not in ("tags", "lists", "groups", "imports")}


def sqlite_insert(path: Path, contacts: list[dict[str, Any]]) -> Figures:
    figures: Figures = {}
    texts = [(id, contact["uuid"], msgspec.json.encode(contact)) for id, contact in enumerate(contacts, 1)]
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE contacts (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body BLOB)")
    with timed(figures, "insert all"):
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO contacts VALUES (?, ?, ?)", texts)
        connection.execute("COMMIT")
    connection.close()
    return figures


def fdatasync(folder: Path) -> float:
    """The machine's own: what one durable write costs at least, in seconds (median)."""
    each = []
    with open(folder / "probe", "wb", buffering=0) as file:
        for _ in range(EDITS):
            start = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            each.append(time.perf_counter() - start)
    return statistics.median(each)


# -- one measurement a process -----------------------------------------------------------------------------------------
PEERS: dict[str, tuple[Callable[..., Figures], Callable[..., Figures] | None]] = {
    "stock TinyDB": (stock_insert, stock_work),
    "contacthub": (hub_insert, hub_work),
    "SQLite executemany": (sqlite_insert, None),
}


def child(peer: str, what: str, path: str, size: str) -> None:
    insert, work = PEERS[peer]
    if what == "insert":
        contacts = [document for _, document in documents(int(size))]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures = insert(Path(path), contacts)
    else:
        assert work is not None
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures = work(Path(path), int(size))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps(figures | {f"peak memory, {what}": peak * 1024}))


def measure(peer: str, what: str, path: Path, size: int) -> Figures:
    command = [sys.executable, "-m", "benchmarks.store", "--child", peer, what, str(path), str(size)]
    figures: Figures = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return figures


# -- the table ---------------------------------------------------------------------------------------------------------
def run(sizes: tuple[int, ...] = SIZES) -> str:
    """Measure, and give the results as Markdown."""
    found: dict[tuple[str, int], Figures] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sync = fdatasync(folder)
        for size in sizes:
            for peer, (_, work) in PEERS.items():
                if peer == "stock TinyDB" and size > STOCK_UP_TO:
                    continue
                path = folder / f"{size} {peer}"
                found[peer, size] = measure(peer, "insert", path, size)
                if work is not None:
                    found[peer, size] |= measure(peer, "work", path, size)
                for left in folder.glob(f"{path.name}*"):
                    left.unlink()
    return report(found, sizes, sync)


def report(found: dict[tuple[str, int], Figures], sizes: tuple[int, ...], sync: float) -> str:
    names = list(dict.fromkeys(name for figures in found.values() for name in figures))
    lines = [
        f"One fdatasync of this machine: {shown('', sync)}. `many` is {BULK:,} contacts, or all where there are fewer.",
        "",
        "| work | peer | " + " | ".join(f"{size:,}" for size in sizes) + " |",
        "|---|---|" + "---:|" * len(sizes),
    ]
    for name in names:
        for peer in PEERS:
            cells = [found.get((peer, size), {}).get(name) for size in sizes]
            if any(cell is not None for cell in cells):
                row = " | ".join("" if cell is None else shown(name, cell) for cell in cells)
                lines.append(f"| {name} | {peer} | {row} |")
    lines += ["", *ratios(found, sizes, sync)]
    return "\n".join(lines)


def ratios(found: dict[tuple[str, int], Figures], sizes: tuple[int, ...], sync: float) -> Iterator[str]:
    """What is promised, and what was reached in this run."""
    largest = max(sizes)
    hub, at_most = found["contacthub", largest], min(largest, STOCK_UP_TO)
    stock, same, plain = (
        found["stock TinyDB", at_most],
        found["contacthub", at_most],
        found["SQLite executemany", largest],
    )

    def line(what: str, ratio: float, wanted: str) -> str:
        return f"- {what}: {ratio:,.1f} times (to reach: {wanted})"

    edit = same["durable edit"]
    yield line(f"one durable edit at {at_most:,}, faster than stock", stock["durable edit"] / edit, "1,000")
    yield line("the same, in fdatasyncs of this machine", edit / sync, "as near to 1 as can be")
    if (smaller := ("contacthub", 10_000)) in found:
        cost = hub["durable edit"] / found[smaller]["durable edit"]
        yield line(f"one durable edit at {largest:,}, cost of one at 10,000", cost, "at most 2")
    update = stock["update many"] / same["update many, TinyDB API"]
    yield line(f"TinyDB-API update of {at_most:,}, faster than stock", update, "2")
    yield line(f"a set change of many at {largest:,}, faster than stock", stock["tag many"] / hub["tag many"], "10")
    yield line(f"opening at {largest:,}, faster than stock at {at_most:,}",
               stock["open, first contact"] / hub["open, first contact"], "20")  # fmt: skip
    yield line(f"bulk insert of {largest:,}, rate of executemany", plain["insert all"] / hub["insert all"], "0.5")


def shown(name: str, value: float) -> str:
    if name.startswith("peak memory"):
        return f"{value / 2**20:,.0f} MB"
    return f"{value:,.2f} s" if value >= 1 else f"{value * 1e3:,.2f} ms" if value >= 1e-3 else f"{value * 1e6:,.0f} µs"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        print(run(tuple(int(size) for size in sys.argv[1:]) or SIZES))
