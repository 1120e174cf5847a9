"""Several threads and processes in one hub at once, and processes that are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hubs import NEW, VIP, catalogues, contact, entering, people
from pyroaring import BitMap
from small_disk import fill, small_disk

from contacthub.engine.port import ChangeSet, SetChange
from contacthub.engine.sqlite import open_store, restore
from contacthub.errors import Busy, StoreError

WORKER = Path(__file__).with_name("store_worker.py")


def worker(*arguments, **options):
    return subprocess.Popen([sys.executable, str(WORKER), *map(str, arguments)], text=True, **options)


@pytest.fixture
def hub(store):
    store.apply(catalogues())
    store.apply(people(20))
    return store


# -- threads -----------------------------------------------------------------------------------------------------------
def in_threads(count, do):
    failures = []

    def run(number):
        try:
            do(number)
        except BaseException as error:  # noqa: BLE001 - reported in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_threads_share_a_store(hub):
    def work(number):
        for step in range(25):
            (id,) = hub.reserve("contacts", 1)
            hub.apply(ChangeSet(put={"contacts": {id: contact(id)}}, sets={VIP: SetChange(added=BitMap([id]))}))
            assert hub.get("contacts", [id])[id]["tags"] == ["VIP"]
            assert len(list(hub.scan("contacts"))) >= 20 + step

    in_threads(6, work)
    assert hub.count("contacts") == 20 + 6 * 25
    assert len(hub.members(VIP)) == 6 * 25
    assert hub.check() == []


def test_nobody_sees_a_transaction_before_its_end(hub):
    inside, looked = threading.Event(), threading.Event()

    def write():
        with hub.transaction():
            hub.apply(entering(VIP, 1))
            inside.set()
            looked.wait(30)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait(30)
    assert hub.get("contacts", [1])[1]["tags"] == []  # readers do not wait for writers
    looked.set()
    thread.join(30)
    assert hub.get("contacts", [1])[1]["tags"] == ["VIP"]


def test_a_scan_sees_one_moment(hub):
    scan = hub.scan("contacts")
    first = next(scan)
    hub.apply(ChangeSet(deleted={"contacts": set(range(5, 10))}))
    hub.apply(people(5, first=500))
    assert [id for id, _ in (first, *scan)] == list(range(1, 21))
    assert hub.count("contacts") == 20


def test_a_scan_that_is_given_up_leaves_nothing_open(hub):
    for _ in range(50):
        next(iter(hub.scan("contacts")))
    hub.purge()  # cannot be done while somebody reads


def test_a_hub_cannot_be_closed_inside_a_transaction(hub):
    with hub.transaction(), pytest.raises(StoreError, match="inside a transaction"):
        hub.close()


# -- waiting -----------------------------------------------------------------------------------------------------------
def test_a_writer_that_waits_in_vain_is_told_who_holds_the_hub(hub, hub_path):
    holder = worker("hold", hub_path, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert holder.stdout.readline() == "holding\n"
    with open_store(hub_path, timeout=0.2) as waiting:
        assert waiting.count("contacts") == 20
        with pytest.raises(Busy) as caught:
            waiting.apply(entering(VIP, 1))
    message = str(caught.value)
    assert f"process {holder.pid}" in message
    assert "store_worker.py" in message
    holder.communicate("go\n", timeout=30)
    hub.apply(entering(VIP, 1))


def test_a_writer_that_waits_tells_once_for_whom_and_goes_on_when_it_may(hub, hub_path):
    holder = worker("hold", hub_path, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert holder.stdout.readline() == "holding\n"
    told = []

    def tell(who):
        told.append(who)
        holder.communicate("go\n", timeout=30)

    with open_store(hub_path) as waiting:
        waiting.when_waiting(tell)
        waiting.apply(entering(VIP, 1))
        waiting.apply(entering(VIP, 2))
    [who] = told
    assert f"process {holder.pid}" in who
    assert len(hub.members(VIP)) >= 2


def test_a_thread_that_waits_in_vain_is_told(hub, hub_path):
    with open_store(hub_path, timeout=0.1) as store:
        told = []

        def write():
            try:
                store.apply(entering(VIP, 1))
            except Busy as error:
                told.append(str(error))

        with store.transaction():
            thread = threading.Thread(target=write)
            thread.start()
            thread.join(30)
    assert "part of this program" in told[0]


def test_a_killed_writer_leaves_no_lock(hub, hub_path):
    holder = worker("hold", hub_path, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert holder.stdout.readline() == "holding\n"
    holder.kill()
    holder.communicate(timeout=30)
    hub.apply(entering(VIP, 1))
    assert hub.get("contacts", [2])[2]["tags"] == []  # what it had not finished is not there
    assert hub.check() == []


# -- several processes, and the locks of one ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "again",
    [
        lambda path: open_store(path).close(),
        lambda path: open_store(path, read_only=True),
        lambda path: restore(path, path.with_name("new.hub")),
    ],
)
def test_a_hub_opened_twice_in_a_program_keeps_its_log_when_another_program_closes_it(hub, hub_path, again):
    """Locks of a process on a file end when it closes any handle of it."""
    other = again(hub_path)
    ran = worker("write", hub_path, 1, 0)
    assert ran.wait(60) == 0
    hub.apply(people(5, first=1000))
    assert hub.count("contacts") == 25
    hub.close()
    if other is not None:
        other.close()
    with open_store(hub_path) as store:
        assert store.count("contacts") == 25


# -- many processes ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("edits", [150, pytest.param(2000, marks=pytest.mark.slow)])
def test_nothing_is_lost_or_doubled_when_four_processes_write_and_two_read(hub, hub_path, edits):
    hub.apply(ChangeSet(put={"counters": {number: {"value": 0} for number in range(1, 6)}}))
    writers = [worker("write", hub_path, number, edits, stderr=subprocess.PIPE) for number in range(1, 5)]
    readers = [worker("read", hub_path, stderr=subprocess.PIPE, stdin=subprocess.PIPE) for _ in range(2)]
    errors = [process.communicate(timeout=300)[1] for process in writers]
    errors += [process.communicate("stop\n", timeout=60)[1] for process in readers]
    assert errors == [""] * 6
    assert [process.returncode for process in (*writers, *readers)] == [0] * 6
    values = {id: document["value"] for id, document in hub.scan("counters")}
    assert values == {1: edits, 2: edits, 3: edits, 4: edits, 5: 4 * edits}
    assert hub.count("contacts") == 20 + 4 * edits
    made = [(document["writer"], document["step"]) for id, document in hub.scan("contacts") if id > 20]
    assert len(set(made)) == len(made) == 4 * edits
    assert len(hub.members(VIP)) == 4 * edits
    assert hub.check() == []


# -- crashes -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("times", [6, pytest.param(100, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_loses_nothing_acknowledged_and_leaves_no_half(hub_path, times):
    with open_store(hub_path, create=True) as store:
        store.apply(catalogues())
        store.apply(people(2000))
    randomness = random.Random(7)
    acknowledged = 0
    for _ in range(times):
        process = worker("crash", hub_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()  # it is at work
        time.sleep(randomness.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        said = process.communicate(timeout=60)[0].splitlines()
        acknowledged = max([acknowledged, *(int(line) for line in said if line.isdigit())])
        with open_store(hub_path) as store:
            assert store.check() == []
            whole(store, acknowledged)


def whole(store, acknowledged):
    """Each step of the worker is an edit, a bulk change, an import and its record, in one transaction."""
    steps = store.count("operations")
    assert steps >= acknowledged
    for number in range(1, steps + 1):
        imported = store.ids("contacts", [f"import-{number}-{row}" for row in range(50)])
        assert len(imported) == 50
    document = store.get("contacts", [1])[1]
    assert document["name"] == (f"step {steps}" if steps else "Ana 1")
    tagged = BitMap(range(1, 1001)) if steps % 2 else BitMap(range(1001, 2001))
    assert store.members(NEW) == (tagged if steps else BitMap())
    assert store.blob("operations", steps, "effects") == (b"x" * 5000 if steps else None)


# -- a disk that is full -----------------------------------------------------------------------------------------------
FULL = """
import resource, sys
from hubs import VIP, entering, people
from contacthub.engine.sqlite import open_store
from contacthub.errors import StoreError
with open_store(sys.argv[1]) as store:
    store.apply(entering(VIP, 1))
    size = max(store.path.stat().st_size, store.path.with_name(store.path.name + "-wal").stat().st_size) + 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    for count in (20_000, 30_000):
        try:
            store.apply(people(count, first=1000))
        except StoreError as error:
            print(error.code)
    print(store.count("contacts"), len(store.members(VIP)))
    store.apply(entering(VIP, 2))
    print(len(store.members(VIP)))
"""


def test_a_disk_that_is_full_is_said_and_leaves_the_hub_as_it_was(hub, hub_path):
    hub.close()
    environment = os.environ | {"PYTHONPATH": str(WORKER.parent)}
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(hub_path)], capture_output=True, text=True, env=environment, timeout=60
    )
    assert told.stdout.split() == ["disk_full", "disk_full", "20", "1", "2"], told.stderr
    with open_store(hub_path) as store:
        assert store.check() == []
        store.apply(people(100, first=1000))
        assert store.count("contacts") == 120


def test_a_full_file_system_is_said_and_leaves_the_hub_as_it_was(tmp_path):
    with small_disk(tmp_path / "disk", 2 << 20) as disk, open_store(disk / "audience.hub", create=True) as store:
        store.apply(people(20))
        with pytest.raises(StoreError) as caught:
            store.apply(people(20_000, first=1000))
        assert caught.value.code == "disk_full"
        assert store.count("contacts") == 20
        ballast = fill(disk)
        for write in (store.backup, store.dump):
            with pytest.raises(StoreError) as caught:
                write(disk / "copy")
            assert caught.value.code == "disk_full"
        ballast.unlink()
        assert not (disk / "copy").exists()
        store.apply(people(1, first=2000))
        assert store.check() == []
