"""A frame of the hub's own, be it `to_pandas` or an export read back, answers as the hub does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import contacthub as ch
from contacthub.query import Schema


def found(frame: pd.DataFrame, query: str, schema: Schema | None = None) -> list[int]:
    return np.flatnonzero(ch.mask(frame, query, schema).to_numpy()).tolist()


@pytest.fixture(scope="module")
def hub() -> Iterator[ch.Hub]:
    with ch.open(":memory:", create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.fields.create("Age", type="number")
        hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], fields={"age": 36})
        hub.contacts.create(name="Bob", urns=["whatsapp:5521987651111"])
        hub.contacts.create(name="Cid", urns=["mailto:cid@example.org", "tel:+552133334444"])
        hub.contacts.create(name="Dea")
        hub.find("name != Bob").opt_in(proof="form")
        hub.find("name = Cid").block()
        yield hub


QUERIES = [
    "reachable = yes", "reachable = no", "opt_in = unknown", "opt_in.utility = unknown", "tickets = 0", "tickets > 0",
    "needs_reply = no", "awaiting_reply = yes", "messages_sent = 0", "messages_failed < 1", 'reply_rate = ""',
    'tel = ""', 'tel != ""', 'whatsapp != ""', 'urn = "+5521987651111"', 'urn = "5521987651111"', "phone ~ 98765",
    'phone = "21 98765-1111"', 'mailto = "cid@example.org"', "age > 18", 'phone = ""',
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_frame_of_the_hub_answers_as_the_hub(hub: ch.Hub, query: str) -> None:
    frame = hub.find("").to_pandas()
    schema = Schema(fields={"age": "number"}, country="BR")
    assert set(frame.index[ch.mask(frame, query, schema)]) == set(hub.find(query).uuids)


@pytest.mark.parametrize("query", [query for query in QUERIES if "urn" not in query])
def test_an_export_read_back_answers_as_the_hub(hub: ch.Hub, query: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    hub.export(path)
    frame = pd.read_csv(path)
    assert {"Field:Age", "URN:Tel"} <= set(frame.columns)
    schema = Schema(fields={"age": "number"}, country="BR")
    assert set(frame["UUID"][ch.mask(frame, query, schema)]) == set(hub.find(query).uuids)


def test_who_spoke_last_is_told_by_the_moments() -> None:
    def at(*hours: int | None) -> list[Any]:
        return [None if hour is None else datetime(2026, 5, 1, hour, tzinfo=UTC) for hour in hours]

    frame = pd.DataFrame({"last_seen_on": at(1, 2, None, None), "last_message_on": at(2, 2, 3, None)})
    assert found(frame, "needs_reply = yes") == [1]
    assert found(frame, "awaiting_reply = yes") == [0, 2]
    both = frame.assign(last_sent_on=at(0, 3, None, None))
    assert found(both, "needs_reply = yes") == [0]
    assert found(both, "awaiting_reply = yes") == [1]


def test_rates_are_those_of_the_counts() -> None:
    frame = pd.DataFrame({"messages_received": [1, 3, None], "messages_sent": [4, 4, 0]})
    assert found(frame, "reply_rate >= 0.75") == [1]
    assert found(frame, 'reply_rate = ""') == [2]
    assert found(frame, "messages_received = 0") == [2]


@pytest.mark.parametrize("column", ["phone", "tel", "URN:Tel"])
def test_phones_are_read_as_people_write_them(column: str) -> None:
    frame = pd.DataFrame({column: ["(21) 98765-4321", "021 98765 4321", "soon", None, "+55 21 98765-4321"]})
    assert found(frame, 'phone = "+5521987654321"', Schema(country="BR")) == [0, 1, 4]
    assert found(frame, 'tel = "+5521987654321"', Schema(country="BR")) == [0, 1, 4]
    assert found(frame, "tel = soon") == [2]
    floats = pd.DataFrame({column: [5521987654321.0, np.nan]})
    assert found(floats, 'phone = "+5521987654321"') == [0]


def test_an_email_column_is_the_address_and_keeps_its_name() -> None:
    frame = pd.DataFrame({"email": ["ANA@example.org", None]})
    assert found(frame, "ana@example.org") == found(frame, 'email = "ana@example.org"') == [0]
    assert found(frame, 'mailto = ""') == [1]
