"""Several senders at once: nothing is lost, nothing counts twice, nobody is made twice."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from made_events import ANA, NUMBER, message, status

import contacthub as ch
from contacthub.channels import Event

EVENTS: list[Event] = [
    *(message(ANA, id=f"in-{n}") for n in range(20)),
    *(status(ANA, id=f"out-{n}", state=state) for n in range(5) for state in ("sent", "delivered", "read")),
]
EXPECTED = {"received": 20, "sent": 5, "delivered": 5, "read": 5, "failed": 0}


def send(path: Path, backwards: bool) -> None:
    with ch.open(path) as hub:
        for event in reversed(EVENTS) if backwards else EVENTS:
            hub.receive(event)


def made(path: Path) -> Path:
    with ch.open(path, create=True) as hub:
        hub.channels.create("Support", phone_number_id=NUMBER)
    return path


def counts(path: Path) -> list[dict[str, int]]:
    with ch.open(path) as hub:
        assert hub.store.check() == []
        return [contact.engagement for contact in hub.find().page()]


def test_threads_that_send_the_same_events(tmp_path: Path) -> None:
    path = made(tmp_path / "busy.hub")
    with ch.open(path) as hub, ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(hub.receive, EVENTS * 3))
    assert [receipt.outcome for receipt in receipts].count("created") == 1
    assert counts(path) == [EXPECTED]


def test_processes_that_send_the_same_events(tmp_path: Path) -> None:
    path = made(tmp_path / "busy.hub")
    context = multiprocessing.get_context("spawn")
    senders = [context.Process(target=send, args=(path, backwards)) for backwards in (False, True)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    assert [sender.exitcode for sender in senders] == [0, 0]
    assert counts(path) == [EXPECTED]
