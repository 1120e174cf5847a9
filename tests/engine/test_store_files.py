"""The files of a hub: what is left beside it, what is planted there, and what a kill or a full disk leaves."""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hubs import VIP, catalogues, contact, entering, people

from contacthub.engine.port import ChangeSet, Sort
from contacthub.engine.sqlite import doctor, open_store, place, restore, schema
from contacthub.errors import StoreError
from contacthub.query.properties import attribute

HERE = Path(__file__).parent


@pytest.fixture
def hub(hub_path):
    with open_store(hub_path, create=True) as store:
        store.apply(catalogues())
        store.apply(people(500))
    return hub_path


def damaged(path):
    """Overwrite pages in the middle of a hub."""
    with open(path, "r+b") as file:
        for page in range(8, path.stat().st_size // 4096, 3):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    return path


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, timeout=60, env=os.environ | {"PYTHONPATH": str(HERE)},
    )  # fmt: skip


# -- what reading leaves -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("read_only", [False, True])
def test_reading_leaves_nothing_beside_the_hub(hub, read_only):
    with open_store(hub, read_only=read_only) as store:
        assert store.count("contacts") == 500
    assert os.listdir(hub.parent) == [hub.name]


def test_an_empty_log_is_no_sign_that_somebody_uses_the_hub(hub):
    Path(f"{hub}-wal").touch()
    with open_store(hub) as store:
        assert store.count("contacts") == 500
    assert os.listdir(hub.parent) == [hub.name]


def test_a_reader_that_closes_leaves_the_log_to_those_who_write(hub):
    with open_store(hub) as writer:
        writer.apply(entering(VIP, 1))
        for read_only in (True, False):
            with open_store(hub, read_only=read_only) as reader:
                assert len(reader.members(VIP)) == 1
        writer.apply(entering(VIP, 2))
        assert len(writer.members(VIP)) == 2


# -- what is taken away while it is open -------------------------------------------------------------------------------
def deleted(hub):
    hub.unlink()


def moved(hub):
    hub.rename(hub.with_name("elsewhere.hub"))


def replaced(hub):
    moved(hub)
    shutil.copy(hub.with_name("elsewhere.hub"), hub)


@pytest.mark.parametrize("take", [deleted, moved, replaced])
def test_a_hub_that_is_no_longer_at_its_place_takes_no_change(hub, take):
    with open_store(hub) as store:
        store.apply(entering(VIP, 1))
        take(hub)
        for _ in range(2):
            with pytest.raises(StoreError, match="was moved, deleted or replaced") as caught:
                store.apply(entering(VIP, 2))
            assert caught.value.code == "moved"
        with pytest.raises(StoreError), store.transaction():
            pass
    assert Path(f"{hub}-wal").exists()  # the newest of it, which goes with the file that was moved


def test_a_new_reader_does_not_read_what_came_to_the_place_of_a_hub(hub):
    with open_store(hub) as store:
        first = store.scan("contacts")
        next(first)
        replaced(hub)
        with pytest.raises(StoreError, match="was moved, deleted or replaced"):
            store.count("contacts")  # by a second connection
        assert len(list(first)) == 499


@pytest.mark.parametrize("take", [deleted, moved, replaced])
def test_a_hub_that_is_no_longer_at_its_place_is_told_to_who_first_uses_it_then(hub, take):
    for use in (lambda store: store.apply(entering(VIP, 1)), lambda store: store.count("contacts")):
        with open_store(hub) as store:
            store._connections.close_idle()
            kept = hub.read_bytes()
            take(hub)
            with pytest.raises(StoreError, match="was moved, deleted or replaced") as caught:
                use(store)
            assert caught.value.code == "moved"
        hub.write_bytes(kept)


def test_nothing_is_lost_of_a_hub_that_was_moved_and_is_brought_back(hub):
    with open_store(hub) as store:
        store.apply(entering(VIP, 1))
        moved(hub)
    hub.with_name("elsewhere.hub").rename(hub)
    with open_store(hub) as store:
        assert len(store.members(VIP)) == 1
        assert store.check() == []


def test_a_hub_whose_log_was_deleted_takes_no_change_and_loses_none(hub):
    with open_store(hub) as store:
        store.apply(entering(VIP, 1))
        Path(f"{hub}-wal").unlink()
        for _ in range(2):
            with pytest.raises(StoreError, match="log") as caught:
                store.apply(entering(VIP, 2))
            assert caught.value.code == "moved"
    with open_store(hub) as store:
        assert len(store.members(VIP)) == 1
        assert store.check() == []


def test_nothing_is_lost_where_a_program_ends_its_own_locks(hub):
    """As by copying the file itself: the next program that closes the hub then deletes the log of both."""
    with open_store(hub) as store:
        store.apply(entering(VIP, 1))
        hub.read_bytes()
        ran = run("import sys; from contacthub.engine.sqlite import open_store; open_store(sys.argv[1]).close()", hub)
        assert ran.returncode == 0, ran.stderr
        with pytest.raises(StoreError, match="log"):
            store.apply(entering(VIP, 2))
    with open_store(hub) as store:
        assert len(store.members(VIP)) == 1
        store.apply(entering(VIP, 2))
        assert store.check() == []


# -- what is damaged ---------------------------------------------------------------------------------------------------
def test_a_damaged_hub_has_no_backup(hub, tmp_path):
    damaged(hub)
    with open_store(hub) as store, pytest.raises(StoreError) as caught:
        store.backup(tmp_path / "copy.hub")
    assert caught.value.code == "corrupt_hub"
    assert str(hub) in str(caught.value)
    assert os.listdir(tmp_path) == [hub.name]


def test_a_damaged_backup_is_not_restored(hub, tmp_path):
    with open_store(hub) as store:
        store.backup(tmp_path / "copy.hub")
    damaged(tmp_path / "copy.hub")
    with pytest.raises(StoreError) as caught:
        restore(tmp_path / "copy.hub", tmp_path / "new.hub")
    assert caught.value.code == "corrupt_hub"
    assert str(tmp_path / "copy.hub") in str(caught.value)
    assert sorted(os.listdir(tmp_path)) == [hub.name, "copy.hub"]


# -- what is planted ---------------------------------------------------------------------------------------------------
def planted_link(folder):
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")


def planted_folder(folder):
    folder.mkdir()
    folder.chmod(0o777)


@pytest.mark.parametrize("plant", [planted_link, planted_folder])
def test_columns_are_kept_in_no_folder_that_others_may_read_or_write(hub, plant, monkeypatch):
    folder = Path(f"{hub}-columns")
    plant(folder)
    with open_store(hub) as store:
        first = store.ordered(_all(store), _by_name(), 0, 3)
        assert len(first) == 3
    assert list(folder.iterdir()) == []


def _all(store):
    from pyroaring import BitMap

    return BitMap(id for id, _ in store.scan("contacts"))


def _by_name():
    return Sort(attribute("name"))


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_nothing_is_made_beside_the_log_of_another_hub(hub, tmp_path, suffix):
    """SQLite would take it for the log of the new file, and mix the two."""
    with open_store(hub) as store:
        store.backup(tmp_path / "copy.hub")
        store.dump(tmp_path / "copy.json")
    left = tmp_path / f"new.hub{suffix}"
    left.write_bytes(b"the newest of a hub that was moved away")
    before = sorted(os.listdir(tmp_path))
    with open_store(hub) as store:
        for make in (
            lambda: store.backup(tmp_path / "new.hub"),
            lambda: restore(tmp_path / "copy.hub", tmp_path / "new.hub"),
            lambda: restore(tmp_path / "copy.json", tmp_path / "new.hub"),
            lambda: doctor(hub, tmp_path / "new.hub"),
        ):
            with pytest.raises(StoreError, match=f"new.hub{suffix} is left") as caught:
                make()
            assert caught.value.code == "cannot_open"
    assert [name for name in sorted(os.listdir(tmp_path)) if not name.startswith("audience.hub-")] == before


def test_a_hub_whose_log_appears_while_it_is_restored_is_not_made(hub, tmp_path):
    with open_store(hub) as store:
        store.backup(tmp_path / "copy.hub")
    log = tmp_path / "new.hub-wal"
    with pytest.raises(StoreError, match="is left"):
        restore(tmp_path / "copy.hub", tmp_path / "new.hub", lambda *_: log.touch())
    assert not (tmp_path / "new.hub").exists()


def test_columns_that_cannot_be_deleted_are_told_by_purge(hub):
    planted_link(Path(f"{hub}-columns"))
    (hub.parent / "elsewhere" / "precious").touch()
    with open_store(hub) as store, pytest.raises(StoreError, match="is a link") as caught:
        store.purge()
    assert caught.value.code == "cannot_write"
    assert (hub.parent / "elsewhere" / "precious").exists()


# -- kills and full disks while a file is made -------------------------------------------------------------------------
LIMITED = """
import resource, sys
from contacthub.engine.sqlite import open_store
from contacthub.errors import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    open_store(sys.argv[1], create=True).close()
except StoreError as error:
    print(error.code, sys.argv[1] in str(error), ".part-" in str(error))
"""


@pytest.mark.parametrize("size", [100, 4096, 30_000])
def test_a_disk_that_is_full_when_a_hub_is_made_leaves_nothing_and_the_hub_is_named(hub_path, size):
    ran = run(LIMITED, hub_path, size)
    assert ran.stdout.split() == ["disk_full", "True", "False"], ran.stderr
    assert os.listdir(hub_path.parent) == []


KILLED = """
import os, sys
from contacthub.engine.sqlite import open_store, schema
created = schema.create
def create(connection):
    created(connection)
    os.kill(os.getpid(), 9)
schema.create = create
open_store(sys.argv[1], create=True)
"""


def test_a_kill_while_a_hub_is_made_leaves_no_hub_and_is_cleaned_up_by_the_next(hub_path):
    assert run(KILLED, hub_path).returncode == -9
    assert not hub_path.exists()
    assert os.listdir(hub_path.parent) != []
    with open_store(hub_path, create=True) as store:
        store.apply(people(1))
        assert store.check() == []
    assert os.listdir(hub_path.parent) == [hub_path.name]


def test_only_what_processes_left_that_are_no_more_is_cleaned_up(hub, tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here = socket.gethostname()
    left = tmp_path / f"copy.hub.part-{here}-{ended.pid}"
    others = [
        tmp_path / f"copy.hub.part-{here}-{os.getppid()}",
        tmp_path / f"copy.hub.part-{here}-x-{ended.pid}",
        tmp_path / f"other.hub.part-{here}-{ended.pid}",
    ]
    for path in (left, *others):
        path.touch()
    with open_store(hub) as store:
        store.backup(tmp_path / "copy.hub")
    assert not left.exists()
    assert all(path.exists() for path in others)


def test_the_file_that_is_named_when_the_disk_is_full_is_the_one_that_was_wanted(hub, tmp_path):
    code = """
import resource, sys
from pathlib import Path
from contacthub.engine.sqlite import open_store, doctor, restore
from contacthub.errors import StoreError
hub, wanted = sys.argv[1:]
with open_store(hub) as store:
    store.dump(Path(wanted + ".json"))
    list(store.scan("contacts"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    for write in (
        lambda: store.backup(Path(wanted)),
        lambda: store.dump(Path(wanted)),
        lambda: restore(Path(hub), Path(wanted)),
        lambda: restore(Path(wanted + ".json"), Path(wanted)),
        lambda: doctor(Path(hub), Path(wanted)),
    ):
        try:
            write()
        except StoreError as error:
            print(error.code, str(error).startswith(wanted + " cannot"))
"""
    with open_store(hub) as store:
        store.apply(people(2000, first=1000))
    ran = run(code, hub, tmp_path / "wanted")
    assert ran.stdout.split() == ["disk_full", "True"] * 5, ran.stdout + ran.stderr
    assert [name for name in os.listdir(tmp_path) if name.startswith("wanted")] == ["wanted.json"]


# -- programs of different age -----------------------------------------------------------------------------------------
def test_a_program_that_has_the_hub_open_stops_writing_when_a_newer_one_has_changed_its_form(hub):
    with open_store(hub) as store:
        store.apply(entering(VIP, 1))
        connection = sqlite3.connect(hub)
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
        connection.close()
        for _ in range(2):
            with pytest.raises(StoreError) as caught:
                store.apply(ChangeSet(put={"contacts": {9000: contact(9000)}}))
            assert caught.value.code == "newer_hub"
    connection = sqlite3.connect(hub)
    assert connection.execute("SELECT count(*) FROM rows_contacts WHERE id = 9000").fetchone() == (0,)
    connection.close()


def test_the_backup_before_a_migration_holds_all_that_was_written_before_it(hub, monkeypatch):
    kept = hub.with_name(f"{hub.name}.form-{schema.VERSION}.backup")
    with open_store(hub) as store:
        store.apply(entering(VIP, 1))  # in the log, not in the file
        found = []

        def migrate(connection):
            found.append(kept.exists() and connection.in_transaction)

        monkeypatch.setattr(schema, "MIGRATIONS", {schema.VERSION: migrate})
        monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
        open_store(hub).close()
    assert found == [True]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    monkeypatch.undo()
    with open_store(kept) as store:
        assert len(store.members(VIP)) == 1
        assert store.check() == []


# -- file systems ------------------------------------------------------------------------------------------------------
TOLD = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)
//me@server/share on /Volumes/the share (smbfs, nodev, nosuid, mounted by me)
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/Volumes/the share/a/b", "smbfs"), ("/Volumes/the shares", "apfs"), ("/Applications", "apfs")],
)
def test_the_file_system_of_a_folder_on_a_mac_is_read_from_its_mounts(folder, kind):
    assert place.kind_of_mount(TOLD, Path(folder)) == kind


def test_a_hub_that_is_rescued_leaves_nothing_but_the_new_one(hub, tmp_path):
    assert doctor(hub, tmp_path / "well.hub") == []
    assert sorted(os.listdir(tmp_path)) == [hub.name, "well.hub"]


# -- forms that were ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", range(1, schema.VERSION + 1))
def test_a_hub_of_every_form_that_ever_was_is_opened(hub_path, form):
    """For each new form, keep here a hub as the last program of the form before wrote it."""
    hub_path.write_bytes(gzip.decompress((HERE / "data" / f"form-{form}.hub.gz").read_bytes()))
    with open_store(hub_path) as store:
        assert store.check() == []
        contacts = [document for _, document in store.scan("contacts")]
        assert [(document["name"], *document["tags"]) for document in contacts] == [
            ("Ana", "vip"), ("Bia", "vip"), ("Caio", "vip"),
        ]  # fmt: skip
        assert [len(document["groups"]) for document in contacts] == [0, 0, 1]
        assert store.owners(["phone:5521987654322"]) == {"phone:5521987654322": 3}
        assert store.get("notes", [1]) == {1: {"text": "hello"}}
        assert store.blob("operations", store.count("operations"), "effects")
