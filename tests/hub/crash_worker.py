"""A process of its own that works on a hub until it is killed: `crash_worker.py HUB SEED`. What is done is told."""

from __future__ import annotations

import itertools
import random
import sys
from pathlib import Path

import contacthub as ch

ROWS = 40
ANAS = 200
FAMILIES = 20
"""Of the Anas; each contact has 100 tags at most."""
KIN = ANAS // FAMILIES


def work(hub: ch.Hub, folder: Path, seed: str) -> None:
    """Each step has a name of its own, so that it can be looked for afterwards."""
    chance = random.Random(seed)
    for number in itertools.count():
        step = f"{seed}x{number}"
        what = chance.choice(["import", "import", "tag", "create", "edit", "undo", "group"])
        if what == "group" and len(list(hub.groups)) >= 100:  # a hub has 250 at most
            what = "edit"
        if what == "import":
            table = folder / f"{step}.csv"
            start = 10_000_000 + int(seed) * 200_000 + number * ROWS
            rows = [f"Row {step},+55119{start + row:08d},import {step}\n" for row in range(ROWS)]
            table.write_text("name,phone,tags\n" + "".join(rows))
            hub.imports.preview(table).commit()
        elif what == "create":
            hub.contacts.create(name=f"Made {step}", urns=[f"mailto:{step}@example.org"], tags=[f"create {step}"])
        elif what == "edit":
            hub.find("name ~ Bia").at(0).edit(name=f"Bia {step}")
        elif what == "group":
            hub.groups.create(f"group {step}")
            print("done", "group", step, flush=True)
            hub.find("name ~ Ana").add_to_group(f"group {step}")
            what = "filled"
        else:
            tagged = hub.find(f"name ~ Kin{chance.randrange(FAMILIES)}x").tag(f"{what} {step}")
            assert tagged.count == KIN, f"{step}: {tagged.count}, {len(hub.contacts)} contacts"
            if what == "undo":
                hub.undo()
        print("done", what, step, flush=True)


if __name__ == "__main__":
    with ch.open(sys.argv[1]) as hub:
        print("at work", flush=True)
        work(hub, Path(sys.argv[1]).parent, sys.argv[2])
