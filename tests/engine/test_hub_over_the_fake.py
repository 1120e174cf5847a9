"""Nothing above the port knows its engine: a hub does the same over the fake, which has no file and no SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fake_hub import SearchingFake

import contacthub as ch
from contacthub.hub.front import Hub
from contacthub.operations import integrity
from contacthub.session import Session


def clock() -> datetime:
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def hubs() -> Iterator[list[Hub]]:
    real = ch.open(":memory:", create=True, actor="bia", clock=clock)
    fake = Hub(Session(SearchingFake(), actor="bia", clock=clock), ":memory:")
    with real, fake:
        for hub in (real, fake):
            hub.settings.update(country="BR", timezone="America/Recife")
            hub.fields.create("Age", type="number")
            hub.groups.create("Adults", query="age >= 18")
            hub.groups.create("Team")
            for number, name in enumerate(("Ana", "Bia", "Caio", "Duda")):
                hub.contacts.create(
                    name=name, urns=[f"tel:+55 21 98765-432{number}"], fields={"age": 12 + 5 * number}, tags=["new"]
                )
        yield [real, fake]


def tags(hub: Hub) -> None:
    hub.find("age > 15").tag("vip")
    hub.find("tag = vip").untag("new")
    hub.tags.rename("vip", "dear")


def undoing(hub: Hub) -> None:
    hub.find("name = Ana").tag("vip")
    hub.find('group = "Adults"').add_to_group("Team")
    hub.find("name = Bia").at(0).edit(name="Beatriz")
    hub.undo()
    hub.undo()
    hub.redo()


def deleting(hub: Hub) -> None:
    hub.find("age > 20").archive()
    hub.find("name = Ana").delete()
    hub.find("").tag("left")
    hub.undo()


def merging(hub: Hub) -> None:
    hub.find("age > 15").tag("vip")
    hub.tags.merge(["vip", "new"], "vip")


def consenting(hub: Hub) -> None:
    hub.find("age < 20").opt_in(proof="form 7")
    hub.find("name = Ana").opt_out()


def importing(hub: Hub, folder: Path) -> None:
    table = folder / "people.csv"
    table.write_text("name,phone,Field:Age,tags\nAna again,+55 21 98765-4320,40,imported\nEva,+55 21 98765-4329,8,\n")
    hub.imports.preview(table).commit()


def seen(hub: Hub) -> list[dict[str, Any]]:
    """All contacts, without what is different in each hub."""
    contacts = []
    for contact in hub.find("", sort="name"):
        document = {
            key: value for key, value in contact.as_dict().items() if key not in ("uuid", "id", "ref", "merged")
        }
        document["imports"] = len(document.get("imports") or ())
        document["groups"] = hub.groups.of(contact)
        contacts.append(document)
    return contacts


@pytest.mark.parametrize("work", [tags, undoing, deleting, merging, consenting, importing])
def test_a_hub_does_the_same_whatever_its_engine(hubs: list[Hub], tmp_path: Path, work: Callable[..., None]) -> None:
    before = seen(hubs[0])
    for hub in hubs:
        work(hub, tmp_path) if work is importing else work(hub)
    real, fake = hubs
    assert seen(real) == seen(fake) != before
    assert [one.summary for one in real.operations()] == [one.summary for one in fake.operations()]
    assert [(node.label, node.count) for section in real.tree() for node in section.nodes] == [
        (node.label, node.count) for section in fake.tree() for node in section.nodes
    ]
    assert integrity.check(real.session) == integrity.check(fake.session) == []
    assert real.verify() == fake.verify() == []


def test_watching_and_reading_only_what_changed_need_no_file(hubs: list[Hub]) -> None:
    fake = hubs[1]
    watcher = fake.watch()
    assert watcher.poll() is None
    (ana,) = fake.find("name = Ana")
    ana.tag("vip")
    update = watcher.poll()
    assert update is not None
    assert set(update.contacts) == {ana.uuid}
