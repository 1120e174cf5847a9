"""Looking after a hub where something is in the way: rights, a full disk, what is no hub."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import contacthub
from contacthub.cli import main
from contacthub.engine.sqlite import schema

NOBODY = 65534


def as_nobody(*arguments: str) -> int:
    """The exit code of the program for a user without rights; in a forked child, since the super-user has them all."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setegid(NOBODY)
                os.seteuid(NOBODY)
            code = main(arguments)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def reachable(hub_path: Path) -> Path:
    """The hub, which everybody may read and nobody else may write, in folders that everybody may enter."""
    folder = hub_path.parent
    while folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
        folder.chmod(0o755)
        folder = folder.parent
    hub_path.chmod(0o444)
    return hub_path


@pytest.mark.parametrize("command", ["backup", "dump"])
def test_who_may_only_read_a_hub_may_copy_it(reachable: Path, command: str) -> None:
    target = reachable.parent / "theirs"
    target.mkdir()
    target.chmod(0o777)
    if os.getuid() != 0:
        reachable.parent.chmod(0o555)
    assert as_nobody(command, str(target / "copy"), "--hub", str(reachable)) == 0
    reachable.parent.chmod(0o755)
    assert main(["restore", str(target / "copy"), "--hub", str(target / "again.hub")]) == 0


def test_who_may_not_write_is_told_what_works(reachable: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if os.getuid() != 0:
        reachable.parent.chmod(0o555)
    assert as_nobody("tag", "Ana", "vip", "--hub", str(reachable)) == 1
    reachable.parent.chmod(0o755)
    told = capfd.readouterr().err
    assert "works: find, show, backup" in told
    assert "Ask for the right to write it" in told


def test_a_hub_that_cannot_be_read_is_named_by_its_rescue_and_not_the_new_one(
    reachable: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reachable.chmod(0o600 if os.getuid() == 0 else 0)
    target = reachable.parent / "theirs"
    target.mkdir()
    target.chmod(0o777)
    assert as_nobody("doctor", "--hub", str(reachable), "--rescue", str(target / "new.hub")) == 1
    told = capfd.readouterr().err
    assert f"{reachable} cannot be read" in told
    assert "new.hub" not in told
    assert list(target.iterdir()) == []


@pytest.fixture
def shelf(reachable: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Path]:
    """A folder that everybody may read and only its owner may write, and in it one that anybody may write."""
    main(["doctor", "--hub", str(reachable)])  # Python itself may lie where only its owner reads: what is loaded, stays
    capfd.readouterr()
    (reachable.parent / "theirs").mkdir()
    (reachable.parent / "theirs").chmod(0o777)
    reachable.parent.chmod(0o555)
    yield reachable.parent
    reachable.parent.chmod(0o755)


def test_doctor_says_that_a_hub_can_only_be_read_where_it_is(
    shelf: Path, hub_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert as_nobody("doctor", "--hub", str(hub_path)) == 0
    told = capfd.readouterr()
    assert f"access        read only: you may not write {hub_path}\n" in told.out
    assert "contacts      3" in told.out
    hub_path.chmod(0o666)
    assert as_nobody("doctor", "--hub", str(hub_path)) == 0
    assert f"access        read only: you may not write {shelf}\n" in capfd.readouterr().out
    shelf.chmod(0o777)
    assert as_nobody("doctor", "--hub", str(hub_path)) == 0
    assert "access        read and write\n" in capfd.readouterr().out


def test_a_rescue_says_where_the_new_hub_is_or_has_to_be(
    shelf: Path, hub_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert as_nobody("doctor", "--hub", str(hub_path), "--rescue", str(shelf / "new.hub")) == 1
    told = capfd.readouterr().err
    assert f"you may not write {shelf}. Name the new hub in a folder that you may write" in told
    assert f"{hub_path} is only read" in told
    new = shelf / "theirs" / "new.hub"
    assert as_nobody("doctor", "--hub", str(hub_path), "--rescue", str(new)) == 0
    assert f"{hub_path} was only read. The new hub is {new}.\n" in capfd.readouterr().out


def test_a_hub_whose_log_cannot_be_read_in_its_place_is_rescued_from_there(
    shelf: Path, hub_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """SQLite needs to write beside a log to read it: what a program that was killed has left is not lost."""
    shelf.chmod(0o755)
    with contacthub.open(hub_path, actor="bia") as hub:
        hub.find("Ana").tag("last")
        kept = [(path, path.read_bytes()) for path in (hub_path, Path(f"{hub_path}-wal"))]
    for path, content in kept:
        path.write_bytes(content)
        path.chmod(0o444)
    shelf.chmod(0o555)
    assert as_nobody("doctor", "--hub", str(hub_path)) == 1
    told = capfd.readouterr().out
    assert "problem" in told
    assert "remedy        Its file can be read: `contacthub doctor --hub HUB --rescue NEW_HUB`" in told
    new = shelf / "theirs" / "new.hub"
    assert as_nobody("doctor", "--hub", str(hub_path), "--rescue", str(new)) == 0
    capfd.readouterr()
    assert main(["count", "tag = last", "--hub", str(new)]) == 0
    assert capfd.readouterr().out == "1\n"


def test_doctor_on_a_medium_that_can_only_be_read(hub_path: Path, tmp_path: Path, capfd) -> None:
    (tmp_path / "medium").mkdir()
    (tmp_path / "disc").mkdir()
    shutil.move(hub_path, tmp_path / "disc" / "a.hub")
    place = tmp_path / "medium"
    bound = ["mount", "--bind", tmp_path / "disc", place], ["mount", "-o", "remount,bind,ro", place]
    if not shutil.which("mount") or subprocess.run(bound[0], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("a medium can only be made by the super-user")
    try:
        subprocess.run(bound[1], check=True)
        assert main(["doctor", "--hub", str(place / "a.hub")]) == 0
        assert f"read only: {place / 'a.hub'} is on a medium that can only be read" in capfd.readouterr().out
        assert main(["doctor", "--hub", str(place / "a.hub"), "--rescue", str(place / "new.hub")]) == 1
        assert f"{place} is on a medium that can only be read" in capfd.readouterr().err
        assert main(["doctor", "--hub", str(place / "a.hub"), "--rescue", str(tmp_path / "new.hub")]) == 0
        assert f"The new hub is {tmp_path / 'new.hub'}." in capfd.readouterr().out
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.fixture
def full_disk(tmp_path: Path, hub_path: Path) -> Iterator[Path]:
    """The hub on a disk of its own, on which nothing else has room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    size = f"size={hub_path.stat().st_size // 1024 + 16}k"
    if not shutil.which("mount") or subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", disk]).returncode:
        pytest.skip("a small disk can only be made by the super-user")
    try:
        shutil.copyfile(hub_path, disk / "audience.hub")
        with open(disk / "rest", "wb", buffering=0) as rest:
            try:
                while rest.write(bytes(1024)):
                    pass
            except OSError:
                pass
        yield disk / "audience.hub"
    finally:
        subprocess.run(["umount", disk], check=True)


def test_on_a_full_disk_everything_can_be_read_and_brought_away(
    full_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = ["--hub", str(full_disk)]
    for command in (["find", "Ana"], ["check"], ["doctor"], ["history"], ["backup", str(tmp_path / "away.hub")]):
        assert main([*command, *hub]) == 0, capsys.readouterr().err
    assert main(["restore", str(tmp_path / "away.hub"), "--hub", str(tmp_path / "again.hub")]) == 0
    assert main(["check", "--hub", str(tmp_path / "again.hub")]) == 0
    capsys.readouterr()
    assert main(["tag", "Ana", "vip", *hub]) == 1
    assert "the disk is full" in capsys.readouterr().err


def test_a_rescue_that_loses_something_says_so_by_its_exit_code(hub_path: Path, tmp_path: Path, capsys) -> None:
    sound = ["doctor", "--hub", str(hub_path), "--rescue"]
    assert main([*sound, str(tmp_path / "well.hub")]) == 0
    assert "Nothing was lost." in capsys.readouterr().out
    connection = sqlite3.connect(hub_path)
    connection.execute("UPDATE rows_contacts SET body = x'7b' WHERE id = 1")
    connection.commit()
    connection.close()
    assert main([*sound, str(tmp_path / "less.hub")]) == 1
    told = capsys.readouterr().out
    assert "This was lost:" in told
    assert "contacts that are damaged inside: 1" in told


def test_a_newer_hub_is_not_rescued_into_an_older_form(hub_path: Path, tmp_path: Path, capsys) -> None:
    connection = sqlite3.connect(hub_path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert main(["doctor", "--hub", str(hub_path), "--rescue", str(tmp_path / "new.hub")]) == 1
    assert "Update contacthub" in capsys.readouterr().err
    assert not (tmp_path / "new.hub").exists()


def test_the_last_of_a_hub_that_is_empty_is_not_deleted_by_its_rescue(hub_path: Path, tmp_path: Path, capsys) -> None:
    """Where the file was emptied, what is in its log is all that is left; opening it, SQLite would delete the log."""
    from contacthub.engine.sqlite import open_store

    with open_store(hub_path) as store, store.own.writing("notes") as change:
        change.put([(1, b'{"text": "likes jazz"}')])
        change.note()
    log = Path(f"{hub_path}-wal")
    with open_store(hub_path) as store:
        with store.own.writing("notes") as change:
            change.put([(2, b'{"text": "likes blues"}')])
        kept = log.read_bytes()
    hub_path.write_bytes(b"")
    log.write_bytes(kept)
    main(["doctor", "--hub", str(hub_path), "--rescue", str(tmp_path / "new.hub")])
    assert log.read_bytes() == kept


@pytest.mark.parametrize("content", [b"rubbish", b"\xff\xfe" * 50, b"", b"name,phone\nAna,123\n", b'{"_default": {}}'])
def test_what_is_neither_backup_nor_dump_is_refused_in_plain_words(tmp_path: Path, capsys, content: bytes) -> None:
    (tmp_path / "old").write_bytes(content)
    assert main(["restore", str(tmp_path / "old"), "--hub", str(tmp_path / "new.hub")]) == 1
    told = capsys.readouterr().err
    assert "is not the whole dump of a hub" in told
    told = told.replace(str(tmp_path), "")
    assert not any(word in told for word in ("Error", "codec", "..", "Expecting", "'str'", "()"))


def test_a_folder_is_no_hub_to_rescue(tmp_path: Path, capsys) -> None:
    assert main(["doctor", "--hub", str(tmp_path), "--rescue", str(tmp_path / "new.hub")]) == 1
    assert f"{tmp_path} is not a contact hub" in capsys.readouterr().err


def test_who_deletes_in_a_dump_is_told_what_to_do_instead(run, hub_path: Path, tmp_path: Path, capsys) -> None:
    from tinydb import TinyDB

    dump = tmp_path / "dump.json"
    assert main(["tag", "Ana", "vip", "--hub", str(hub_path)]) == 0
    assert main(["dump", str(dump), "--hub", str(hub_path)]) == 0
    with TinyDB(dump) as plain:
        assert "_contacthub_sets" in plain.table("_contacthub").get(doc_id=1)["note"]
        plain.table("contacts").remove(doc_ids=[1])
    assert main(["restore", str(dump), "--hub", str(tmp_path / "new.hub")]) == 1
    told = capsys.readouterr().err
    assert "delete them in the hub" in told
    assert ".." not in told


def test_doctor_says_how_an_older_hub_that_has_to_be_brought_up_is_opened(
    run, older_hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "READABLE", schema.VERSION)  # as if this form could not do without the index
    hub = ("--hub", str(older_hub), "--actor", "bia")
    told = run("doctor", *hub)
    assert told.code == 1
    remedy = told.out.splitlines()[-1]
    assert "remedy" in remedy
    assert "keeps a backup beside it" in remedy
    assert run("settings", "country=BR", "--dry-run", *hub).code == 0
    assert run("doctor", *hub).code == 0


def test_restore_says_nothing_of_another_hub_where_the_usual_one_is_named_otherwise(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("backup", "copy.hub").code == 0
    restored = run("restore", "copy.hub", "--hub", "new.hub", CONTACTHUB_HUB=str(tmp_path / "new.hub"))
    assert (restored.code, restored.err) == (0, "")
