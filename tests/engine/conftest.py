"""Stores to test: the embedded engine, in a file; and, for the contract, the fake beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_store import FakeStore

from contacthub.engine.sqlite import SqliteStore, open_store


@pytest.fixture
def hub_path(tmp_path: Path) -> Path:
    return tmp_path / "audience.hub"


@pytest.fixture
def store(hub_path: Path) -> Iterator[SqliteStore]:
    with open_store(hub_path, create=True) as store:
        yield store


@pytest.fixture(params=["fake", "sqlite"])
def any_store(request: pytest.FixtureRequest, hub_path: Path) -> Iterator[FakeStore | SqliteStore]:
    store = FakeStore() if request.param == "fake" else open_store(hub_path, create=True)
    yield store
    store.close()
