"""Opening a hub: where it may lie, with which rights it is made, and what is said of a file that cannot be used."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hubs import VIP, catalogues, contact, entering, people

from contacthub.engine.port import ChangeSet, Store
from contacthub.engine.sqlite import open_store, place, schema
from contacthub.errors import NotAllowed, NotFound, StoreError


def refused(path, **options):
    with pytest.raises(StoreError) as caught:
        open_store(path, **options)
    assert str(path) in str(caught.value) or str(Path(path).resolve()) in str(caught.value)
    return caught.value.code


@pytest.fixture
def hub(hub_path):
    with open_store(hub_path, create=True) as store:
        store.apply(catalogues())
        store.apply(people(3000))
    return hub_path


def test_a_store_is_what_the_port_says(store):
    assert isinstance(store, Store)


def test_a_missing_hub_is_not_found_unless_it_is_to_be_created(hub_path):
    with pytest.raises(NotFound, match="init`, or in Python"):
        open_store(hub_path)
    with pytest.raises(NotFound):
        open_store(hub_path, create=True, read_only=True)
    assert not hub_path.exists()
    with pytest.raises(NotFound, match="folder"):
        open_store(hub_path.parent / "nowhere" / "a.hub", create=True)


def test_the_files_of_a_hub_are_for_their_owner_only(hub_path):
    before = os.umask(0)
    try:
        with open_store(hub_path, create=True) as store:
            store.apply(people(1))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in hub_path.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(modes) == {f"audience.hub{suffix}" for suffix in ("", "-wal", "-shm", "-writer")}
    assert set(modes.values()) == {0o600}


def test_a_hub_can_be_made_for_a_unix_group(hub_path):
    import grp

    name = grp.getgrgid(os.getgid()).gr_name
    with open_store(hub_path, create=True, group=name) as store:
        store.apply(people(1))
        assert {stat.S_IMODE(path.stat().st_mode) for path in hub_path.parent.iterdir()} == {0o660}
        assert hub_path.stat().st_gid == os.getgid()


def test_an_unknown_unix_group_is_said_and_leaves_no_file(hub_path):
    with pytest.raises(StoreError, match="no group"):
        open_store(hub_path, create=True, group="no-such-group-here")
    assert os.listdir(hub_path.parent) == []


def test_nothing_is_left_beside_a_closed_hub(hub):
    assert os.listdir(hub.parent) == [hub.name]


def test_a_hub_behind_a_link_is_one_hub(hub, tmp_path):
    (tmp_path / "link").symlink_to(hub)
    with open_store(tmp_path / "link") as one, open_store(hub) as other:
        one.apply(people(1, first=5000))
        assert other.count("contacts") == 3001
        assert one.path == other.path


@pytest.mark.parametrize("opened", [False, True])
def test_a_hub_that_has_two_names_is_not_written(hub, tmp_path, opened):
    """Each name would have a log of its own."""
    other = tmp_path / "other.hub"
    with open_store(hub) if opened else contextlib.nullcontext():
        os.link(hub, other)
        for path in (hub, other):
            with pytest.raises(StoreError, match="hard link") as caught:
                open_store(path)
            assert caught.value.code == "cannot_open"
    other.unlink()
    with open_store(hub) as store:
        assert store.count("contacts") == 3000


def test_a_second_name_that_a_kill_left_while_the_hub_was_made_does_no_harm(hub):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    os.link(hub, f"{hub}.part-{socket.gethostname()}-{ended.pid}")
    with open_store(hub) as store:
        store.apply(entering(VIP, 1))
    assert os.listdir(hub.parent) == [hub.name]


def test_an_empty_file_that_becomes_a_hub_is_for_its_owner_only(hub_path):
    hub_path.touch(0o644)
    with open_store(hub_path, create=True) as store:
        store.apply(people(1))
        modes = {stat.S_IMODE(path.stat().st_mode) for path in hub_path.parent.iterdir()}
    assert modes == {0o600}


def link_to_another(path):
    path.symlink_to(path.parent / "precious")


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize(("plant", "what"), [(link_to_another, "a link"), (Path.mkdir, "a folder")])
def test_what_is_planted_in_the_place_of_the_files_of_sqlite_is_named_and_left_alone(
    hub, tmp_path, suffix, plant, what
):
    (tmp_path / "precious").write_bytes(b"precious")
    plant(Path(f"{hub}{suffix}"))
    for options in ({}, {"read_only": True}):
        with pytest.raises(StoreError, match=f"{suffix} is {what}") as caught:
            open_store(hub, **options)
        assert caught.value.code == "cannot_open"
    assert (tmp_path / "precious").read_bytes() == b"precious"


# -- logs that are missing or damaged ----------------------------------------------------------------------------------
@pytest.fixture
def killed(hub):
    """A hub of which the newest is in the log: ten contacts, each in a transaction of its own."""
    code = """
import os, sys
from hubs import people
from contacthub.engine.sqlite import open_store
store = open_store(sys.argv[1])
for number in range(10):
    store.apply(people(1, first=5000 + number))
os._exit(9)
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    assert subprocess.run([sys.executable, "-c", code, str(hub)], env=environment, timeout=60).returncode == 9
    assert Path(f"{hub}-wal").stat().st_size > 10_000
    return hub


def whole_count(path):
    with open_store(path) as store:
        assert store.check() == []
        count = store.count("contacts")
        store.apply(people(1, first=9000))
        assert store.check() == []
    assert os.listdir(path.parent) == [path.name]
    return count


def test_a_log_that_a_kill_left_is_brought_in(killed):
    assert whole_count(killed) == 3010


@pytest.mark.parametrize("left", [[], ["-shm"]])
def test_without_its_log_a_hub_is_as_it_was_before_it(killed, left):
    for suffix in ("-wal", "-shm"):
        if suffix not in left:
            Path(f"{killed}{suffix}").unlink()
    assert whole_count(killed) == 3000


@pytest.mark.parametrize("part", [0, 1, 31, 32, 33, 1000, 0.3, 0.5, 0.9, 0.999])
def test_of_a_log_that_is_cut_off_all_is_kept_that_is_whole(killed, part):
    log = Path(f"{killed}-wal")
    size = log.stat().st_size
    os.truncate(log, int(part * size) if isinstance(part, float) else part)
    count = whole_count(killed)
    assert 3000 <= count < 3010
    assert count > 3000 or part != 0.999


def test_a_byte_that_changes_in_the_log_ends_it_there(killed):
    log = Path(f"{killed}-wal")
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 255
    log.write_bytes(content)
    assert 3000 < whole_count(killed) < 3010


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_random_bytes_in_the_place_of_the_files_of_sqlite_do_no_harm(killed, suffix):
    path = Path(f"{killed}{suffix}")
    path.write_bytes(random.Random(5).randbytes(path.stat().st_size))
    assert whole_count(killed) == (3000 if suffix == "-wal" else 3010)


def test_a_link_to_nothing_is_not_followed_when_a_hub_is_made(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert refused(tmp_path / "link", create=True) == "cannot_open"
    assert not (tmp_path / "elsewhere").exists()


def test_files_that_somebody_left_beside_a_new_hub_are_not_taken_over(hub_path):
    Path(f"{hub_path}-wal").write_bytes(b"planted")
    assert refused(hub_path, create=True) == "cannot_open"


def test_a_folder_is_no_hub(tmp_path):
    assert refused(tmp_path) == "not_a_hub"
    assert refused(tmp_path, create=True) == "not_a_hub"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_hub"),
        (b"name,phone\nAna,1\n", "not_a_hub"),
        (b"{}" * 4000, "not_a_hub"),
        (b"SQLite format 3\0", "corrupt_hub"),
        (b"SQLite", "not_a_hub"),
    ],
)
def test_a_file_that_is_no_hub_is_refused_and_left_alone(hub_path, content, code):
    hub_path.write_bytes(content)
    assert refused(hub_path) == code
    assert refused(hub_path, read_only=True) == code
    assert hub_path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(hub_path):
    connection = sqlite3.connect(hub_path)
    connection.execute("CREATE TABLE contacts (id)")
    connection.close()
    before = hub_path.read_bytes()
    for options in ({}, {"create": True}, {"read_only": True}):
        assert refused(hub_path, **options) == "not_a_hub"
    assert hub_path.read_bytes() == before


def test_a_hub_of_a_newer_program_is_refused(hub):
    connection = sqlite3.connect(hub)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    for options in ({}, {"create": True}, {"read_only": True}):
        assert refused(hub, **options) == "newer_hub"


def test_a_truncated_hub_is_told_from_a_whole_one(hub):
    with open(hub, "r+b") as file:
        file.truncate(hub.stat().st_size // 2 // 4096 * 4096)
    assert "contacthub doctor" in told_when_used(hub)


def test_a_damaged_page_is_told(hub):
    size = hub.stat().st_size
    with open(hub, "r+b") as file:
        for page in range(20, size // 4096, 3):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    assert "contacthub doctor" in told_when_used(hub)


def told_when_used(path):
    def use():
        with open_store(path) as store:
            list(store.scan("contacts"))

    with pytest.raises(StoreError) as caught:
        use()
    assert caught.value.code == "corrupt_hub"
    return str(caught.value)


# -- reading only ------------------------------------------------------------------------------------------------------
def test_a_hub_opened_read_only_is_read_and_not_written(hub):
    with open_store(hub, read_only=True) as store:
        assert store.read_only
        assert store.count("contacts") == 3000
        for change in (lambda: store.apply(people(1)), lambda: store.reserve("contacts", 1), store.purge):
            with pytest.raises(NotAllowed, match="read-only"):
                change()
        with pytest.raises(NotAllowed), store.transaction():
            pass


def test_a_hub_opened_read_only_sees_what_others_write(hub):
    with open_store(hub) as writer, open_store(hub, read_only=True) as reader:
        before = reader.cursor()
        writer.apply(entering(VIP, 1))
        assert reader.get("contacts", [1])[1]["tags"] == ["VIP"]
        assert set(reader.changes(before).touched) == {1}


def as_nobody(path, then=None, **options):
    """What a user without rights is told who opens a hub and writes it, if not read-only, or does what `then` says. In
    a forked child, since the super-user may write everything."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        said = "crashed"
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setegid(65534)
                os.seteuid(65534)
            with open_store(path, **options) as store:
                if then is not None:
                    then(store)
                elif not store.read_only:
                    store.apply(ChangeSet(put={"contacts": {9: {}}}))
                said = str(store.count("contacts"))
        except StoreError as error:
            said = error.code if then is None and ".part-" not in str(error) else f"{error.code}: {error}"
        finally:
            os.write(sending, said.encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(sending)
    with open(receiving) as answer:
        return answer.read()


@pytest.fixture
def reachable(hub):
    """The hub, in folders that everybody may enter."""
    folder = hub.parent
    while folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
        folder.chmod(0o755)
        folder = folder.parent
    return hub


def test_a_file_that_one_may_not_write_says_so_and_can_be_read(reachable):
    reachable.chmod(0o444)
    assert as_nobody(reachable) == "read_only"
    if os.getuid() != 0:
        reachable.parent.chmod(0o555)
    assert as_nobody(reachable, read_only=True) == "3000"
    reachable.parent.chmod(0o755)


def test_of_a_hub_that_is_read_from_a_private_copy_errors_tell_its_own_name(reachable):
    connection = sqlite3.connect(reachable)
    connection.execute("UPDATE tables SET count = 'many' WHERE name = 'contacts'")
    connection.execute("DROP TABLE rows_contacts")
    connection.commit()
    connection.close()
    reachable.chmod(0o444)
    if os.getuid() != 0:
        reachable.parent.chmod(0o555)
    assert as_nobody(reachable, then=lambda store: store.get("contacts", [1]), read_only=True).startswith(
        f"corrupt_hub: {reachable} is damaged"
    )
    reachable.parent.chmod(0o755)


def test_a_folder_that_one_may_not_write_says_so(reachable):
    reachable.chmod(0o666)
    if os.getuid() != 0:
        reachable.parent.chmod(0o555)
    assert as_nobody(reachable) in ("read_only", "cannot_open")
    assert as_nobody(reachable.parent / "new.hub", create=True) == "read_only"
    reachable.parent.chmod(0o755)


def test_a_file_that_one_may_not_read_says_so(reachable):
    reachable.chmod(0o600 if os.getuid() == 0 else 0)
    assert as_nobody(reachable, read_only=True) == "cannot_open"


# -- file systems ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs"])
def test_a_file_system_without_shared_memory_is_refused(hub_path, hub, monkeypatch, kind):
    monkeypatch.setattr(place, "file_system", lambda folder: kind)
    with pytest.raises(StoreError, match=kind) as caught:
        open_store(hub)
    assert caught.value.code == "no_wal"
    with pytest.raises(StoreError):
        open_store(hub_path.with_name("new.hub"), create=True)
    assert os.listdir(hub.parent) == [hub.name]


def test_the_file_system_of_a_folder_is_known():
    assert place.file_system(Path("/proc")) in ("proc", "")


# -- forms -------------------------------------------------------------------------------------------------------------
FORM = schema.VERSION


@pytest.fixture
def newer_program(monkeypatch):
    """A program of the next form: contacts get a second name."""

    def migrate(connection):
        connection.execute("CREATE TABLE new_in_next_form (x)")
        connection.execute("INSERT INTO new_in_next_form SELECT count(*) FROM rows_contacts")

    monkeypatch.setattr(schema, "MIGRATIONS", {FORM: migrate})
    monkeypatch.setattr(schema, "VERSION", FORM + 1)


def form(path):
    connection = sqlite3.connect(path)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version


def test_an_older_hub_is_brought_to_the_new_form_and_a_backup_is_kept(hub, newer_program):
    with open_store(hub) as store:
        assert store.count("contacts") == 3000
    kept = hub.with_name(f"{hub.name}.form-{FORM}.backup")
    assert (form(hub), form(kept)) == (FORM + 1, FORM)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_an_older_hub_opened_read_only_stays_as_it_is(hub, newer_program):
    before = hub.read_bytes()
    with open_store(hub, read_only=True) as store:
        assert store.count("contacts") == 3000
    assert hub.read_bytes() == before


def test_a_form_that_cannot_be_read_as_it_is_has_to_be_brought_up_first(hub, newer_program, monkeypatch):
    monkeypatch.setattr(schema, "READABLE", FORM + 1)
    assert refused(hub, read_only=True) == "older_hub"
    open_store(hub).close()
    open_store(hub, read_only=True).close()


def test_a_migration_that_fails_changes_nothing(hub, newer_program, monkeypatch):
    def failing(connection):
        connection.execute("DELETE FROM rows_contacts")
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "MIGRATIONS", {FORM: failing})
    with pytest.raises(ZeroDivisionError):
        open_store(hub)
    assert form(hub) == FORM
    monkeypatch.undo()
    with open_store(hub) as store:
        assert store.count("contacts") == 3000
        assert store.check() == []


# -- in memory ---------------------------------------------------------------------------------------------------------
def test_a_hub_in_memory_leaves_nothing_behind():
    store = open_store(":memory:")
    store.apply(ChangeSet(put={"contacts": {1: contact(1)}}))
    with open_store(":memory:") as other:
        assert other.count("contacts") == 0
    folder = store.path.parent
    store.close()
    store.close()
    assert not folder.exists()
    with pytest.raises(StoreError, match="closed"):
        store.count("contacts")
