"""Hubs damaged at random: whatever is done with one ends, in a result or in an error for people."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from damage import WAYS, damage, full_hub, in_time

import contacthub as ch
from contacthub.engine.sqlite import open_store
from contacthub.hub.care import rescue

PEOPLE = 150


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "audience.hub"
    full_hub(path, PEOPLE)
    return path


def copy(sound: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{sound}{suffix}", folder / f"audience.hub{suffix}")
    return folder / "audience.hub"


def use(path: Path, read_only: bool) -> None:
    """Do what people do with a hub."""
    with ch.open(path, read_only=read_only) as hub:
        for work in (
            hub.verify,
            lambda: [contact.as_dict() for contact in hub.find("name ~ Ana AND age > 5").page(0, 50)],
            lambda: [str(operation) for operation in hub.operations(limit=None)],
            lambda: hub.dump(path.with_name("dump.json")),
            lambda: hub.backup(path.with_name("backup.hub")),
            hub.store.check_pages,
            lambda: None if read_only else hub.find("").at(0).edit(name="New"),
            lambda: None if read_only else hub.undo(),
        ):
            with suppress(ch.errors.HubError):
                work()


def try_out(sound: Path, folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    way = WAYS[seed % len(WAYS)]
    path = copy(sound, folder)
    damage(path, way, chance)
    patient = copy(path, folder / "patient")
    with in_time():
        with suppress(ch.errors.HubError):
            use(path, read_only=chance.random() < 0.5)
        before = {file.name: file.read_bytes() for file in patient.parent.iterdir()}
        target = folder / "saved.hub"
        try:
            lost = rescue(patient, target)
        except ch.errors.HubError:
            assert not target.exists()
        else:
            with ch.open(target, actor=actor_of(target)) as hub:
                assert hub.verify() == []
                assert len(hub.contacts) == PEOPLE or lost or way == "log"
        for name, content in before.items():
            if name.endswith(".hub"):
                assert (patient.parent / name).read_bytes() == content


def actor_of(path: Path) -> str | None:
    """Somebody who may open a hub, since the name of a member may be what was damaged."""
    with open_store(path) as store:
        return next((document["handle"] for _, document in store.scan("members")), None)


def check(sound: Path, folder: Path, seeds: range) -> None:
    for seed in seeds:
        try:
            try_out(sound, folder, seed)
        except Exception as error:
            raise AssertionError(f"The hub damaged with seed {seed} ({WAYS[seed % len(WAYS)]})") from error


def test_some_hubs_damaged_at_random(sound: Path, tmp_path: Path) -> None:
    check(sound, tmp_path / "hurt", range(16))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 1360, 60))
def test_hundreds_of_hubs_damaged_at_random(sound: Path, tmp_path: Path, start: int) -> None:
    check(sound, tmp_path / "hurt", range(start, start + 60))
