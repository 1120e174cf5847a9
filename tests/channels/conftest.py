from __future__ import annotations

from collections.abc import Iterator

import pytest
from made_events import NUMBER
from small_hub import clock
from standing_clock import Clock

import contacthub as ch

__all__ = ["clock", "hub"]


@pytest.fixture
def hub(clock: Clock) -> Iterator[ch.Hub]:
    with ch.open(":memory:", create=True, actor="bia", clock=clock) as hub:
        hub.settings.update(country="BR", timezone="America/Recife")
        hub.channels.create("Support", phone_number_id=NUMBER)
        yield hub
