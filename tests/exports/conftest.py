from __future__ import annotations

from collections.abc import Iterator

import pytest

import contacthub as ch
from contacthub.hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(country="BR", timezone="America/Recife")
        hub.fields.create("Age", type="number")
        hub.fields.create("Joined", type="datetime")
        hub.fields.create("Document")
        hub.fields.create("State", type="state")
        hub.groups.create("VIPs, all")
        hub.groups.create("--")
        hub.members.create("bia", name="Bia", role="admin")
        yield hub
