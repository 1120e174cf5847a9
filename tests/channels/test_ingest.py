"""Payloads replayed from a file: the sample people are recognised by name, and a second time nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_events import NUMBER, payload
from standing_clock import Clock

import contacthub as ch
from contacthub.channels import ingest, whatsapp
from contacthub.errors import Cancelled, InvalidValue, NotFound

SAMPLES = Path(__file__).parents[2] / "sample_data"
EVENTS = SAMPLES / "events.jsonl"


def texts(number: int, **message: Any) -> str:
    said = {"from": "5581987654321", "id": f"wamid.{number}", "timestamp": "1793456422", "type": "text", **message}
    return json.dumps(payload({"messages": [said]}))


def everything(hub: ch.Hub) -> dict[str, Any]:
    tables = ("contacts", "events", "consent", "merges", "operations")
    return {table: dict(hub.store.scan(table)) for table in tables}


def people(hub: ch.Hub) -> set[tuple[Any, ...]]:
    """What matters of every contact, whichever uuid it got."""
    return {
        (c.name, tuple(c.urns), c.status, c.opt_in["marketing"], *c.engagement.values(), c.last_seen_on, c.last_sent_on)
        for c in hub.find().page(limit=10_000)
    }


def test_imported_people_are_known_by_name_at_their_first_message(hub: ch.Hub, clock: Clock) -> None:
    imported = hub.imports.preview(SAMPLES / "leads.xlsx").commit()
    names = {contact.uuid: contact.name for contact in hub.find().page(limit=10_000)}
    clock.forward(minutes=5)
    report = hub.ingest(EVENTS)
    assert report.problems == []
    assert (report.created, report.updated) == (59, 104)
    known = hub.find('source = import AND last_seen_on != ""').page(limit=1_000)
    assert len(known) == 104
    assert all(contact.name == names[contact.uuid] for contact in known)
    assert len(hub.find("source = message")) == 59

    report_of_undo = hub.undo(imported.id)
    assert len(report_of_undo.kept.contacts) == 104
    assert len(hub.contacts) == 104 + 59


def test_again_nothing_changes(hub: ch.Hub, clock: Clock) -> None:
    first = hub.ingest(EVENTS)
    before, cursor = everything(hub), hub.store.cursor()
    clock.forward(days=1)
    again = hub.ingest(EVENTS)
    assert everything(hub) == before
    assert not hub.store.changes(cursor)
    assert (again.created, again.updated, again.repeated) == (0, 0, first.events)


def test_the_report_counts_what_came_of_it(hub: ch.Hub) -> None:
    report = hub.ingest(EVENTS)
    assert report.lines == len(EVENTS.read_bytes().splitlines())
    assert report.unknown_numbers == {"800000000000009": 1}
    assert report.ignored == 1  # the message in a group
    assert report.repeated >= 2
    assert report.created == len(hub.contacts)
    assert "contacts created" in report.summary
    assert "1 for numbers that are no channel of the hub" in report.summary
    assert hub.contacts.by_urn("whatsapp:5581999990001") is not None  # who changed their number
    assert len(hub.find("opt_in = no")) >= 3


def test_one_by_one_or_all_at_once_is_the_same(hub: ch.Hub, clock: Clock) -> None:
    lines = EVENTS.read_text("utf-8").splitlines()[:160] + EVENTS.read_text("utf-8").splitlines()[-10:]
    hub.ingest(lines)
    with ch.open(":memory:", create=True, clock=clock) as other:
        other.settings.update(country="BR")
        other.channels.create("Support", phone_number_id=NUMBER)
        for line in lines:
            for event in whatsapp.events(json.loads(line)):
                if event.channel == NUMBER:
                    other.receive(event)
        assert people(other) == people(hub)


def test_lines_that_cannot_be_read_are_told_and_stop_nothing(hub: ch.Hub) -> None:
    lines = [texts(1), "", "{", '{"object": "page"}', texts(2, timestamp="soon"), texts(3, **{"from": "ana"}), texts(4)]
    report = hub.ingest([*lines, b"\xff\xfe"])
    assert (report.events, report.created, report.failed, report.lines) == (2, 1, 5, 8)
    assert [problem.partition(":")[0] for problem in report.problems] == [f"line {n}" for n in (3, 4, 5, 6, 8)]
    assert "not readable" in report.summary


def test_problems_are_told_up_to_a_hundred_and_counted_beyond(hub: ch.Hub) -> None:
    report = hub.ingest(["{"] * 150)
    assert (len(report.problems), report.failed) == (100, 150)


def test_progress_and_cancelling_between_transactions(
    hub: ch.Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ingest, "BATCH", 2)
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(texts(n) for n in range(5)), "utf-8")
    told: list[tuple[int, int | None]] = []

    def cancel_after_two(done: int, total: int | None) -> None:
        told.append((done, total))
        if len(told) == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        hub.ingest(path, cancel_after_two)
    assert told == [(2, 5), (4, 5)]
    assert hub.ingest(path, lambda done, total: told.append((done, total))).repeated == 4
    assert told[2:] == [(2, 5), (4, 5), (5, 5)]
    assert [contact.engagement["received"] for contact in hub.find().page()] == [5]


def test_lines_from_a_stream_have_no_total(hub: ch.Hub) -> None:
    told: list[tuple[int, int | None]] = []
    hub.ingest(iter([texts(1)]), lambda done, total: told.append((done, total)))
    assert told == [(1, None)]


def test_a_file_that_is_not_there(hub: ch.Hub, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no file"):
        hub.ingest(tmp_path / "nothing.jsonl")
    with pytest.raises(ch.FileError, match="cannot be read"):
        hub.ingest(tmp_path)


def test_a_payload_that_is_none_says_so() -> None:
    with pytest.raises(InvalidValue, match="no payload of WhatsApp"):
        whatsapp.events({"object": "page"})
