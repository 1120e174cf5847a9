"""channels and ingest: contacts that come by writing in."""

import json
from pathlib import Path

EVENTS = Path(__file__).parents[2] / "sample_data" / "events.jsonl"


def test_channels_are_made_and_listed(run) -> None:
    assert run("channels", "create", "Support", "--phone-number-id", "800000000000001").code == 0
    [channel] = json.loads(run("channels", "--json").out)
    assert (channel["name"], channel["type"], channel["phone_number_id"]) == ("Support", "whatsapp", "800000000000001")
    assert run("channels", "rename", "Support", "Help").code == 0
    assert run("channels", "delete", "Help").code == 0
    assert json.loads(run("channels", "--json").out) == []


def test_ingest_brings_people_in_once(run) -> None:
    run("channels", "create", "Support", "--phone-number-id", "800000000000001")
    first = json.loads(run("ingest", str(EVENTS), "--json").out)
    assert first["created"] > 100
    assert first["failed"] == 0
    assert first["unknown_numbers"] == {"800000000000009": 1}
    count = run("count").out
    again = json.loads(run("ingest", str(EVENTS), "--json").out)
    assert (again["created"], again["updated"]) == (0, 0)
    assert run("count").out == count
    assert int(run("count", "opt_in = no").out) > 0


def test_ingest_tells_the_channel_that_is_missing(run) -> None:
    answer = run("ingest", str(EVENTS))
    assert answer.code == 0
    assert "--phone-number-id 800000000000001" in answer.out


def test_ingest_reads_standard_input_and_tells_bad_lines(run) -> None:
    run("channels", "create", "Support", "--phone-number-id", "800000000000001")
    line = EVENTS.read_text("utf-8").splitlines()[0]
    answer = run("ingest", "-", input=f"{line}\nnonsense\n")
    assert answer.code == 1
    assert "line 2" in answer.out
    assert run("count").out == "4\n"
