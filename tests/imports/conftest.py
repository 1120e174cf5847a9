from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import contacthub as ch
from contacthub.hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(country="BR")
        yield hub


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    """Write a csv file; gives its path."""

    def write(text: str, name: str = "people.csv") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
