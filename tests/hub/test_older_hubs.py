"""Hubs that older programs wrote, opened by this one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import contacthub as ch

DATA = Path(__file__).parents[1] / "engine" / "data"
FEBRUARY = "2026-02-15T00:00:00Z"


@pytest.fixture
def hub(tmp_path: Path) -> ch.Hub:
    """A hub of form 1: Ana's opt-out is undone, Caio is merged into Bia, who opted out then, twenty are tagged."""
    path = tmp_path / "audience.hub"
    path.write_bytes(gzip.decompress((DATA / "form-1-consent.hub.gz").read_bytes()))
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
