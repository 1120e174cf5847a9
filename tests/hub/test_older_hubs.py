"""Hubs that older programs wrote, opened by this one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import contacthub as ch
from contacthub.hub.care import rescue

DATA = Path(__file__).parents[1] / "engine" / "data"
FEBRUARY = "2026-02-15T00:00:00Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A hub of form 1: Ana's opt-out is undone, Caio is merged into Bia, who opted out then, twenty are tagged."""
    path = tmp_path / "audience.hub"
    path.write_bytes(gzip.decompress((DATA / "form-1-consent.hub.gz").read_bytes()))
    return path


@pytest.fixture
def hub(path: Path) -> ch.Hub:
    return ch.open(path, actor="bia")


def called(hub: ch.Hub, name: str) -> ch.Contact:
    (contact,) = hub.find(f'name = "{name}"').page()
    return contact


def test_a_hub_of_form_1_knows_what_people_said(hub: ch.Hub) -> None:
    with hub:
        assert hub.verify() == []
        ana, bia = called(hub, "Ana"), called(hub, "Bia")
        assert (ana.opt_in["marketing"], bia.opt_in["marketing"]) == ("yes", "no")
        assert (ana.opt_in_at(FEBRUARY), bia.opt_in_at(FEBRUARY)) == ("yes", "yes")
        hub.undo(8)  # Caio comes out of Bia, and was told of her opt-out
        assert called(hub, "Caio").opt_in["marketing"] == "no"
        assert hub.verify() == []


def test_a_hub_of_form_1_knows_the_history_of_each_contact(hub: ch.Hub) -> None:
    with hub:
        assert [change.operation.id for change in called(hub, "Ana").history("opt_in.marketing")] == [6, 5, 4]
        assert [change.operation.id for change in called(hub, "Person 7").history()] == [30, 17]
        called(hub, "Ana").tag("vip")
        assert called(hub, "Ana").history("tags")[0].operation.id == 31


def test_of_the_operations_of_form_1_only_bulk_changes_are_looked_at_for_everybody(hub: ch.Hub) -> None:
    with hub:
        assert list(hub.session.store.about("operations", [called(hub, "Ana").id])) == [1, 4, 5, 6, 30]


def looked_at(hub: ch.Hub) -> None:
    assert hub.verify() == []
    ana = called(hub, "Ana")
    assert (ana.opt_in_at(FEBRUARY), called(hub, "Bia").opt_in_at(FEBRUARY)) == ("yes", "yes")
    assert [change.operation.id for change in ana.history("opt_in.marketing")] == [6, 5, 4]


def test_a_hub_of_form_1_can_be_read_as_it_is(path: Path) -> None:
    before = path.read_bytes()
    with ch.open(path, actor="bia", read_only=True) as hub:
        looked_at(hub)
        hub.backup(path.with_name("copy.hub"))
        hub.dump(path.with_name("copy.json"))
    assert path.read_bytes() == before
    assert sorted(path.parent.glob("audience.hub?*")) == [path.with_name("audience.hub-columns")]
    for kept in ("copy.hub", "copy.json"):
        restored = path.with_name(f"of {kept}.hub")
        ch.restore(path.with_name(kept), restored)
        with ch.open(restored, actor="bia") as hub:
            looked_at(hub)
            assert list(hub.session.store.about("operations", [called(hub, "Ana").id])) == [1, 4, 5, 6, 30]
    assert not list(path.parent.glob("*backup*"))


def test_the_backup_that_is_kept_can_be_restored(path: Path) -> None:
    ch.open(path, actor="bia").close()
    ch.restore(path.with_name("audience.hub.form-1.backup"), path.with_name("again.hub"))
    with ch.open(path.with_name("again.hub"), actor="bia") as hub:
        looked_at(hub)


def test_what_was_left_of_an_earlier_attempt_is_no_backup_of_a_later_state(path: Path) -> None:
    first = path.with_name("audience.hub.form-1.backup")
    first.write_text("something else")
    ch.open(path, actor="bia").close()
    assert first.read_text() == "something else"
    second = path.with_name("audience.hub.form-1-2.backup")
    path.write_bytes(second.read_bytes())  # the same state, once more
    ch.open(path, actor="bia").close()
    assert sorted(path.parent.glob("*.backup")) == [second, first]


def test_a_hub_of_form_1_without_its_table_of_contents_is_rescued(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(3996) + content[4096:])
    rescue(path, path.with_name("well.hub"))
    with ch.open(path.with_name("well.hub"), actor="bia") as hub:
        looked_at(hub)
