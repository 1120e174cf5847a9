from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import contacthub as ch


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


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
