"""Hubs to damage, and ways to damage them."""

from __future__ import annotations

import getpass
import random
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import contacthub as ch

PAGE = 4096
WAYS = ("bytes", "head", "page", "zeros", "swap", "twice", "cut", "log")


def full_hub(path: Path, people: int) -> None:
    """A hub with something of everything that a hub keeps; a part of it is still in its log, `path` with `-wal`."""
    making = path.with_name("making.hub")
    with ch.open(making, create=True) as hub:
        hub.settings.update(country="BR")
        hub.fields.create("Age", type="number")
        hub.groups.create("Adults", query="age > 18")
        hub.groups.create("Team")
        hub.members.create(getpass.getuser(), role="admin")
    with ch.open(making) as hub:
        for number in range(people):
            hub.contacts.create(name=f"Ana {number}", urns=[f"tel:+55219{number:08}"], fields={"age": number % 90})
        for turn in range(36):  # enough that the touches of sets are folded
            hub.find(f"age > {turn}").tag("vip")
            hub.find("").untag("vip")
        hub.find("age > 40").tag("vip")
        hub.find("age < 9").add_to_list("Sales")
        hub.find("age < 9").add_to_group("Team")
        hub.searches.create("Old", query="age > 70")
        hub.store.db.table("notes").insert_multiple({"text": "likes jazz", "n": n} for n in range(50))
    with ch.open(making) as hub:
        hub.find("age = 3").opt_in(proof="form")
        hub.find("age = 3").opt_out()
        hub.undo()
        assert hub.verify() == []
        shutil.copyfile(making, path)
        shutil.copyfile(f"{making}-wal", f"{path}-wal")


def damage(path: Path, way: str, chance: random.Random) -> None:
    """Damage a file at random."""
    target = Path(f"{path}-wal") if way == "log" else path
    content = bytearray(target.read_bytes())
    pages = len(content) // PAGE
    one, other = (slice(page * PAGE, (page + 1) * PAGE) for page in (chance.randrange(pages), chance.randrange(pages)))
    match way:
        case "bytes":
            for _ in range(chance.randint(1, 30)):
                content[chance.randrange(len(content))] = chance.randrange(256)
        case "head":  # of a page: what lies in it where
            for _ in range(chance.randint(1, 5)):
                content[one.start + chance.randrange(40)] = chance.randrange(256)
        case "page":
            content[one] = chance.randbytes(PAGE)
        case "zeros":
            content[one] = bytes(PAGE)
        case "swap":
            content[one], content[other] = content[other], content[one]
        case "twice":
            content[one] = content[other]
        case "cut":
            del content[chance.randrange(len(content)) :]
        case "log":
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            del content[chance.choice((len(content), chance.randrange(len(content)))) :]
    target.write_bytes(content)


def pages_of(path: Path, table: str) -> list[int]:
    """The leaf pages of a table, in the order of its rows, counted from 1."""
    connection = sqlite3.connect(path)
    sql = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path"
    numbers = [number for (number,) in connection.execute(sql, (table,))]
    connection.close()
    return numbers


def swap(path: Path, one: int, other: int) -> None:
    content = bytearray(path.read_bytes())
    first, second = (slice((page - 1) * PAGE, page * PAGE) for page in (one, other))
    content[first], content[second] = content[second], content[first]
    path.write_bytes(content)


@contextmanager
def in_time(seconds: int = 20) -> Iterator[None]:
    """A block that must end."""

    def ring(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
