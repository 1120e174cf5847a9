"""Forks: nothing that a child wrote is lost, no lock is left in it, and what it cannot use it is refused."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import signal
import threading
import time

import pytest
from hubs import VIP, catalogues, entering, people

import contacthub
from contacthub.engine import locks
from contacthub.engine.columns import base
from contacthub.engine.port import Sort
from contacthub.engine.sqlite import open_store, opened
from contacthub.errors import StoreError
from contacthub.query.meaning import AllOf
from contacthub.query.properties import attribute

EVERYBODY = AllOf(())


@pytest.fixture
def hub(store):
    store.apply(catalogues())
    store.apply(people(20))
    return store


def in_child(do):
    """What `do` returns in a forked child, as JSON."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "no answer"
        try:
            answer = do()
        except BaseException as error:  # noqa: BLE001 - reported to the parent
            answer = repr(error)
        finally:
            os.write(sending, json.dumps(answer).encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(sending)
    with open(receiving) as pipe:
        return json.load(pipe)


def test_a_forked_child_goes_on_with_the_store(hub):
    def work():
        before = hub.count("contacts")
        hub.apply(people(1, first=1000))
        return [before, hub.count("contacts")]

    assert in_child(work) == [20, 21]
    assert hub.count("contacts") == 21
    hub.apply(people(1, first=2000))
    assert in_child(lambda: hub.count("contacts")) == 22
    assert hub.check() == []


def test_nothing_that_a_child_wrote_is_lost_when_its_parent_closes_first(hub, hub_path):
    hub.count("contacts")
    go, parent_closed = os.pipe()
    written, first_written = os.pipe()
    child = os.fork()
    if child == 0:
        hub.apply(people(1, first=1000))
        os.write(first_written, b"x")
        os.read(go, 1)
        for number in range(5):
            hub.apply(people(1, first=2000 + number))
        whole = hub.count("contacts") == 26
        hub.close()
        os._exit(0 if whole else 1)
    os.read(written, 1)
    hub.close()
    os.write(parent_closed, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with open_store(hub_path) as store:
        assert store.count("contacts") == 26
        assert store.check() == []


def refused_in_child(do):
    """What a child is told that must not use the hub."""
    return in_child(lambda: told_code(do))


def told_code(do):
    try:
        do()
    except StoreError as error:
        return [error.code, "spawn" in str(error)]
    return "nothing"


def test_a_child_forked_inside_a_transaction_is_refused_and_does_no_harm(hub, hub_path):
    with hub.transaction():
        hub.apply(people(3000, first=1000))
        assert refused_in_child(lambda: hub.count("contacts")) == ["forked", True]
        assert refused_in_child(lambda: hub.apply(entering(VIP, 1))) == ["forked", True]
        assert refused_in_child(lambda: open_store(hub_path)) == ["forked", True]
        assert refused_in_child(hub.close) == "nothing"
        hub.apply(people(1, first=9000))
    assert in_child(lambda: hub.count("contacts")) == 3021
    assert hub.count("contacts") == 3021
    assert hub.check() == []


def test_a_child_forked_inside_a_transaction_may_use_another_hub(hub, tmp_path):
    def work():
        with open_store(tmp_path / "other.hub", create=True) as other:
            other.apply(people(3))
            return other.count("contacts")

    with hub.transaction():
        hub.apply(people(1, first=1000))
        assert in_child(work) == 3


def test_a_child_that_leaves_the_block_of_its_parent_changes_nothing(hub):
    child = 0
    with hub.transaction():
        hub.apply(people(1, first=1000))
        child = os.fork()
    if child == 0:
        os._exit(0 if told_code(lambda: hub.apply(entering(VIP, 1))) == ["forked", True] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert hub.count("contacts") == 21
    hub.apply(entering(VIP, 1))
    assert hub.check() == []


def test_a_child_does_not_go_on_with_the_scan_of_its_parent(hub):
    hub.apply(people(1000, first=1000))
    scan = hub.scan("contacts")
    next(scan)
    assert refused_in_child(lambda: list(scan)) == ["forked", True]
    assert refused_in_child(lambda: list(hub.scan("contacts"))) == ["forked", True]
    assert len(list(scan)) == 1019
    assert in_child(lambda: hub.count("contacts")) == 1020


def test_children_forked_while_threads_work_neither_hang_nor_lose_anything(hub):
    """Threads are at work all the time; a fork waits until none is in the middle of something."""
    hub.matching(EVERYBODY)  # a module that a thread is importing at the fork is never imported in the child
    stop = threading.Event()

    def work(number):
        for step in itertools.count():
            if stop.is_set():
                return
            hub.get("contacts", range(1, 20))
            hub.ordered(hub.matching(EVERYBODY), Sort(attribute("name")), 0, 3)
            if number == 0:
                hub.apply(people(1, first=100_000 + step))

    def use():
        signal.alarm(30)  # the end of a child that hangs, which then answers nothing
        hub.apply(people(1, first=1000 + number))
        return [len(hub.get("contacts", range(1, 20))), 1000 + number in hub.matching(EVERYBODY)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(12):  # noqa: B007 - children use it
            assert in_child(use) == [19, True]
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert len(hub.get("contacts", range(1000, 1012))) == 12
    assert hub.check() == []


def test_a_fork_lets_threads_go_on_that_wait_for_each_other(hub):
    """One is stopped that holds what another needs to end its transaction."""
    needed, inside, holding = threading.Lock(), threading.Event(), threading.Event()

    def write():
        with hub.transaction():
            hub.apply(entering(VIP, 1))
            inside.set()
            holding.wait(30)
            with needed:
                pass

    def read():
        inside.wait(30)
        with needed:
            holding.set()
            while opened.gate._forking is None:
                time.sleep(0.001)
            hub.count("contacts")

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    holding.wait(30)
    assert in_child(lambda: hub.get("contacts", [1])[1]["tags"]) == ["VIP"]
    for thread in threads:
        thread.join(30)


@pytest.mark.parametrize("make", [locks.lock, locks.reentrant_lock])
def test_a_lock_that_a_thread_holds_at_a_fork_is_open_in_the_child_only(make):
    made, held, done = make(), threading.Event(), threading.Event()

    def hold():
        with made:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    assert in_child(lambda: made.acquire(timeout=5))
    assert not made.acquire(blocking=False)
    done.set()
    thread.join(30)
    assert made.acquire(timeout=5)


def test_a_child_finds_and_edits_whatever_locks_of_the_hub_threads_hold_at_the_fork(hub_path):
    """All that `locks` has made, among them those of the session, of the searcher and of what is kept in memory."""
    with contacthub.open(hub_path, create=True) as hub:
        hub.contacts.create(name="Ana")
        hub.find("name ~ ana").tag("vip")
        held, done = threading.Event(), threading.Event()

        def hold():
            with contextlib.ExitStack() as stack:
                for lock in list(locks._made):
                    stack.enter_context(lock)
                held.set()
                done.wait(30)

        def use():
            signal.alarm(30)
            hub.contacts.create(name="Ana Maria")
            hub.find("name ~ ana").tag("both")
            return [hub.find("tag = both").count, hub.contacts.get(hub.find("tag = vip").at(0).uuid).tags]

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(30)
        try:
            assert in_child(use) == [2, ["both", "vip"]]
        finally:
            done.set()
            thread.join(30)
        assert hub.find("tag = both").count == 2
        assert hub.verify() == []


def test_a_child_does_not_keep_the_lock_of_who_builds_the_columns(tmp_path):
    go, end = os.pipe()
    with base.building(tmp_path):
        child = os.fork()
        if child == 0:
            os.read(go, 1)
            os._exit(0)
    with open(next(tmp_path.iterdir()), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(end, b"x")
    os.waitpid(child, 0)


def test_a_child_is_refused_every_hub_where_another_thread_was_in_the_middle_of_something(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(opened, "PATIENCE", 0.05)
    with open_store(tmp_path / "other.hub", create=True):
        pass
    inside, done = threading.Event(), threading.Event()

    def write():
        with hub.transaction():
            hub.apply(entering(VIP, 1))
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait(30)
    assert refused_in_child(lambda: hub.count("contacts")) == ["forked", True]
    assert refused_in_child(lambda: open_store(tmp_path / "other.hub")) == ["forked", True]
    done.set()
    thread.join(30)
    assert hub.get("contacts", [1])[1]["tags"] == ["VIP"]
