"""A hub in memory with two fields, at a time that stands still, and Ana in it. A room's conftest takes them over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from standing_clock import Clock

import contacthub as ch


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Iterator[ch.Hub]:
    with ch.open(":memory:", create=True, actor="bia", clock=clock) as hub:
        hub.settings.update(country="BR", timezone="America/Recife", date_order="dmy")
        hub.fields.create("Age", type="number")
        hub.fields.create("City")
        yield hub


@pytest.fixture
def ana(hub: ch.Hub) -> ch.Contact:
    return hub.contacts.create(
        name="Ana", urns=["tel:+55 21 98765-4321"], fields={"age": 36, "city": "Recife"}, tags=["vip"]
    )
