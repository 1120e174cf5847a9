"""Hubs whose contacts are always the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from tui_driver import NOW

import contacthub as ch

PEOPLE = (
    ("Ana Lima", "whatsapp:5521987654321", "Recife", 36, ["vip", "fair-2026"]),
    ("Bruno Souza", "tel:+5521987654322", "Olinda", 17, ["lead"]),
    ("Carla Nunes", "tel:+5521987654323", "Recife", 52, ["vip"]),
    ("Édson Araújo", "whatsapp:5521987654324", "São Paulo", 29, []),
    ("محمد علي", "tel:+201001234567", "", None, ["lead"]),
    ("שלום כהן", "tel:+972541234567", "", None, []),
    ("李小龙", "tel:+8613912345678", "", 33, ["vip"]),
    ("", "tel:+5521987654325", "Recife", None, []),
)
HOSTILE = (
    "\x1b]52;c;aGFja2Vk\x07Eve",
    "[/x] [bold red]Mallory[/]",
    "\x1b[2J\x1b[31mOscar",
    "invoice\u202excod.exe",
    "a\nb\tc\rd",
    "\x9b31mTrudy",
    "👨\u200d👩\u200d👧 Família 👍🏽 🇧🇷 ❤\ufe0f",
    "Z" + "\u0300\u0301\u0302" * 20 + "algo",
    "非常に長い名前の人" * 8,
    "zero\u200bwidth\u2060\ufeff",
    "\u2067isolated\u2069",
)


class _Clock:
    """The time in the hub: one contact a minute while they are made, then `NOW`."""

    now = NOW


_clock = _Clock()


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration, draft or log of the person who runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audience.hub"


@pytest.fixture
def empty_hub(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ch.Hub]:
    """No contacts; uuids and the clock are the same in every run."""
    random = Random(47)
    monkeypatch.setattr("contacthub.model.contact.uuid4", lambda: uuid.UUID(int=random.getrandbits(128), version=4))
    with ch.open(path, create=True, actor="bia", clock=lambda: _clock.now) as hub:
        hub.settings.update(name="Horizonte", country="BR")
        hub.fields.create("Age", type="number")
        hub.fields.create("City")
        yield hub


@pytest.fixture
def hub(empty_hub: ch.Hub) -> ch.Hub:
    """Eight people, two groups, a list."""
    for minutes, (name, urn, city, age, tags) in enumerate(PEOPLE):
        _clock.now = NOW - timedelta(minutes=minutes)
        fields = {"city": city or None, "age": age}
        empty_hub.contacts.create(name=name, urns=[urn], fields=fields, tags=tags)
    _clock.now = NOW
    empty_hub.groups.create("Friends")
    empty_hub.groups.create("Adults", query="age >= 18")
    empty_hub.lists.create("Sales")
    return empty_hub


@pytest.fixture
def hostile_hub(empty_hub: ch.Hub) -> ch.Hub:
    for number, name in enumerate(HOSTILE):
        empty_hub.contacts.create(name=name, urns=[f"tel:+55219876543{number:02}"], fields={"city": name[:20]})
    return empty_hub
