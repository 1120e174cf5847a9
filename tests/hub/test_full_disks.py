"""A disk that is full while something is imported or written: it is said, nothing is half done, and room mends it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_disk import fill, small_disk

import contacthub as ch
from contacthub.errors import FileError, StoreError
from contacthub.imports import Preview

ROWS = 3_000
SIZE = 16 << 20
"""Bytes of the disk. Importing the rows takes between one and three MB of it."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", SIZE) as disk:
        yield disk


def write_table(path: Path, count: int) -> Path:
    """A file of people nobody knows, of some that are known, and of one that has a problem."""
    rows = (f"Person {number},+55119{50_000_000 + number},City {number % 9},new,Team\n" for number in range(count))
    known = (f"Ana {number} Lima,+55219{60_000_000 + number},Recife,new,Team\n" for number in range(10))
    path.write_text("name,phone,city,tags,groups\n" + "".join((*rows, *known)) + "Bad,12,Natal,new,Team\n")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "people.csv", ROWS)


@pytest.fixture
def short_table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "people.csv", 100)


def make(path: Path) -> Path:
    """A hub of fifty people, with a history."""
    with ch.open(path, create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.fields.create("City")
        for number in range(50):
            hub.contacts.create(name=f"Ana {number}", urns=[f"tel:+55219{60_000_000 + number}"], tags=["vip"])
    return path


@pytest.fixture
def hub(disk: Path) -> Iterator[ch.Hub]:
    with ch.open(make(disk / "audience.hub"), actor="bia") as hub:
        hub.find("").tag("known")  # from now on the files beside the hub are there
        yield hub


def contents(hub: ch.Hub, folder: Path) -> bytes:
    """All that a hub holds."""
    path = folder / "contents.json"
    hub.dump(path)
    held = path.read_bytes()
    path.unlink()
    return held


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("left", [0, 4_096, 65_536, 300_000, 1_000_000])
def test_an_import_without_room_changes_nothing_and_succeeds_once_there_is(
    hub: ch.Hub, disk: Path, table: Path, tmp_path: Path, left: int
) -> None:
    preview = hub.imports.preview(table)
    before, cursor = contents(hub, tmp_path), hub.session.store.cursor()
    ballast = fill(disk, leave=left)
    there = names(disk)
    with pytest.raises(StoreError, match="the disk is full") as caught:
        preview.commit()
    assert caught.value.code == "disk_full"
    assert str(hub.path) in str(caught.value)
    assert names(disk) == there
    assert hub.session.store.cursor() == cursor
    assert contents(hub, tmp_path) == before
    assert hub.find("tag = new").count == 0  # and it goes on working
    ballast.unlink()
    assert hub.session.store.check() == []
    result = preview.commit()
    assert (result.created, result.updated) == (ROWS, 10)
    assert hub.find("tag = new").count == ROWS + 10
    assert hub.session.store.check() == []


LIMITED = """
import resource, sys
from pathlib import Path
import contacthub as ch
from contacthub.errors import StoreError

path, table, before, after = sys.argv[1:]
with ch.open(path, actor="bia") as hub:
    preview = hub.imports.preview(table)
    hub.dump(before)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(path).stat().st_size, limits[1]))
    try:
        preview.commit()
    except StoreError as error:
        print(error.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    hub.dump(after)
    print(hub.session.store.check(), preview.commit().created, len(hub.contacts))
"""


def test_an_import_beyond_the_limit_of_what_one_may_write_changes_nothing(tmp_path: Path, table: Path) -> None:
    """As `ulimit -f` sets it; whoever may not mount a disk can test this too."""
    hub, before, after = make(tmp_path / "audience.hub"), tmp_path / "before.json", tmp_path / "after.json"
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, hub, table, before, after], capture_output=True, text=True, timeout=120
    )
    assert ran.stdout.split("\n") == ["disk_full", f"[] {ROWS} {ROWS + 50}", ""], ran.stderr
    assert after.read_bytes() == before.read_bytes()


def test_the_program_says_that_an_import_has_no_room_and_does_it_once_there_is(
    disk: Path, table: Path, tmp_path: Path
) -> None:
    path = make(disk / "audience.hub")

    def contacthub(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("contacthub")
        return subprocess.run(
            [program, *arguments], env={**os.environ, "CONTACTHUB_HUB": str(path), "CONTACTHUB_ACTOR": "bia"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    with ch.open(path) as hub:
        before = contents(hub, tmp_path)
    ballast = fill(disk, leave=300_000)
    there = names(disk)
    refused = contacthub("import", table, "--yes")
    assert refused.returncode == 1
    assert "the disk is full" in refused.stderr
    assert "make room and try again" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert names(disk) == there
    with ch.open(path) as hub:
        assert contents(hub, tmp_path) == before
    ballast.unlink()
    done = contacthub("import", table, "--yes")
    assert done.returncode == 3, done.stderr  # one row has a problem
    assert contacthub("check").returncode == 0
    with ch.open(path) as hub:
        assert hub.find("tag = new").count == ROWS + 10


Write = Callable[[ch.Hub, Preview, Path], object]
WRITES: dict[str, tuple[Write, type[Exception], str]] = {
    **{
        f"all.{ending}": (lambda hub, preview, path: hub.export(path), FileError, "cannot_write")
        for ending in ("xlsx", "csv", "tsv", "jsonl", "parquet")
    },
    "preview.xlsx": (lambda hub, preview, path: preview.export(path), FileError, "cannot_write"),
    "preview.html": (lambda hub, preview, path: preview.export(path), FileError, "cannot_write"),
    "problems.xlsx": (lambda hub, preview, path: preview.export_problems(path), FileError, "cannot_write"),
    "problems.csv": (lambda hub, preview, path: preview.export_problems(path), FileError, "cannot_write"),
    "recipe.toml": (lambda hub, preview, path: preview.save_recipe(path), FileError, "cannot_write"),
    "template.xlsx": (lambda hub, preview, path: hub.imports.template(path), FileError, "cannot_write"),
    "backup.hub": (lambda hub, preview, path: hub.backup(path), StoreError, "disk_full"),
    "dump.json": (lambda hub, preview, path: hub.dump(path), StoreError, "disk_full"),
}


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")  # a traceback that people would see
@pytest.mark.parametrize("name", WRITES)
def test_what_is_written_to_a_full_disk_is_refused_and_leaves_nothing(
    hub: ch.Hub, disk: Path, short_table: Path, tmp_path: Path, name: str
) -> None:
    write, kind, code = WRITES[name]
    preview = hub.imports.preview(short_table)
    hub.find("city = Recife").count  # what a search keeps beside the hub is there before the disk is full
    before, path = contents(hub, tmp_path), disk / name
    ballast = fill(disk)
    there = names(disk)
    with pytest.raises(kind, match=r"disk is full|No space left") as caught:
        write(hub, preview, path)
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert name in str(caught.value)
    del caught
    gc.collect()
    assert names(disk) == there
    assert contents(hub, tmp_path) == before
    ballast.unlink()
    write(hub, preview, path)
    assert path.stat().st_size > 0


@pytest.mark.parametrize("name", ["all.xlsx", "all.csv", "all.parquet", "preview.html"])
def test_an_older_file_stays_where_there_is_no_room_for_the_newer(
    hub: ch.Hub, disk: Path, short_table: Path, name: str
) -> None:
    write, kind, _ = WRITES[name]
    preview, path = hub.imports.preview(short_table), disk / name
    path.write_text("of yesterday")
    fill(disk)
    with pytest.raises(kind):
        write(hub, preview, path)
    assert path.read_text() == "of yesterday"


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("left", [0, 4_096])
@pytest.mark.parametrize("name", ["all.xlsx", "preview.xlsx"])
def test_a_workbook_without_room_for_its_temporary_files_is_refused_and_leaves_none(
    disk: Path, short_table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, left: int
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    write, kind, code = WRITES[name]
    with ch.open(make(tmp_path / "audience.hub"), actor="bia") as hub:
        preview = hub.imports.preview(short_table)
        ballast = fill(disk, leave=left)
        there, here = names(disk), names(tmp_path)
        with pytest.raises(kind, match="No space left") as caught:
            write(hub, preview, tmp_path / name)
        assert caught.value.code == code  # type: ignore[attr-defined]
        del caught
        gc.collect()
        assert (names(disk), names(tmp_path)) == (there, here)
        ballast.unlink()
        write(hub, preview, tmp_path / name)
    assert names(disk) == []
