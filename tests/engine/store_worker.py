"""A process of its own for the tests of sharing: `store_worker.py WHAT HUB …`."""

from __future__ import annotations

import itertools
import sys
import threading

from hubs import NEW, VIP, entering
from pyroaring import BitMap

from contacthub.engine.port import ChangeSet, SetChange
from contacthub.engine.sqlite import SqliteStore, open_store


def hold(store: SqliteStore) -> None:
    """Keep a transaction open until told to go."""
    with store.transaction():
        store.apply(entering(VIP, 2))
        print("holding", flush=True)
        sys.stdin.readline()


def write(store: SqliteStore, writer: str, edits: str) -> None:
    """Count up a counter of one's own and one that all share, and make a contact each time."""
    for step in range(int(edits)):
        with store.transaction():
            counters = store.get("counters", [int(writer), 5])
            for counter in counters.values():
                counter["value"] += 1
            (id,) = store.reserve("contacts", 1)
            made = {"uuid": f"{writer}-{step}", "writer": writer, "step": step}
            store.apply(
                ChangeSet(put={"counters": counters, "contacts": {id: made}}, sets={VIP: SetChange(added=BitMap([id]))})
            )


def read(store: SqliteStore) -> None:
    """Read until told to stop; what is read must agree with itself."""
    stop = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    cursor, known = store.cursor(), store.count("contacts")
    while store.cursor() != cursor:  # a contact came between the two
        cursor, known = store.cursor(), store.count("contacts")
    while not stop.is_set():
        counters = {id: document["value"] for id, document in store.scan("counters")}
        assert sum(counters[id] for id in range(1, 5)) == counters[5], counters
        changes = store.changes(cursor)
        assert not changes.everything
        new = changes.put.get("contacts", BitMap())
        assert all(document["tags"] == ["VIP"] for document in store.get("contacts", new).values())
        known += len(new)
        cursor = changes.cursor
    assert known == store.count("contacts")


def crash(store: SqliteStore) -> None:
    """Edit, tag in bulk, import and record, without end; each finished step is acknowledged."""
    print("at work", flush=True)
    for number in itertools.count(store.count("operations") + 1):
        entering_ids, leaving_ids = BitMap(range(1, 1001)), BitMap(range(1001, 2001))
        if number % 2 == 0:
            entering_ids, leaving_ids = leaving_ids, entering_ids
        with store.transaction():
            ids = store.reserve("contacts", 50)
            edited = store.get("contacts", [1])[1] | {"name": f"step {number}"}
            for key in ("tags", "lists", "groups", "imports"):
                del edited[key]
            store.apply(ChangeSet(put={"contacts": {1: edited}}))
            store.apply(ChangeSet(sets={NEW: SetChange(added=entering_ids, removed=leaving_ids)}))
            rows = {id: {"uuid": f"import-{number}-{row}", "text": "y" * 300} for row, id in enumerate(ids)}
            store.apply(ChangeSet(put={"contacts": rows}, identities_taken={f"tel:+55{id}": id for id in ids}))
            store.apply(
                ChangeSet(put={"operations": {number: {}}}, blobs={("operations", number, "effects"): b"x" * 5000})
            )
        print(number, flush=True)


if __name__ == "__main__":
    what, path, *arguments = sys.argv[1:]
    with open_store(path) as store:
        {"hold": hold, "write": write, "read": read, "crash": crash}[what](store, *arguments)
