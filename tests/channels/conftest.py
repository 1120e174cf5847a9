from __future__ import annotations

from collections.abc import Iterator

import pytest
from channel_clock import Clock
from made_events import NUMBER

import contacthub as ch


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Iterator[ch.Hub]:
    with ch.open(":memory:", create=True, actor="bia", clock=clock) as hub:
        hub.settings.update(country="BR", timezone="America/Recife")
        hub.channels.create("Support", phone_number_id=NUMBER)
        yield hub
