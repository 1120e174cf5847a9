"""The key table: complete, without keys that terminals swallow, and the source of help and docs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from contacthub.tui import keys

DOCS = Path(__file__).parents[2] / "docs" / "tui.md"
SWALLOWED = {"ctrl+h", "ctrl+i", "ctrl+m", "alt+enter", "ctrl+a", "ctrl+b"}


def test_ids_are_unique_and_name_their_place() -> None:
    counts = Counter(key.id for key in keys.KEYS)
    assert max(counts.values()) == 1
    assert all(key.id.partition(".")[0] == key.where for key in keys.KEYS)
    assert {key.where for key in keys.KEYS} == set(keys.PLACES)


@pytest.mark.parametrize("key", keys.KEYS, ids=lambda key: key.id)
def test_no_key_is_one_that_terminals_or_multiplexers_swallow(key: keys.Key) -> None:
    bound = set(key.keys.split(","))
    assert not bound & SWALLOWED
    assert not any(name.startswith("alt+") for name in bound)


@pytest.mark.parametrize(
    "places",
    [
        ("browse", "contact", "table", "app"),
        ("card", "detail", "contact", "app"),
        ("history", "table"),
        ("jobs", "table"),
        ("import", "table"),
        ("tree",),
    ],
)
def test_no_key_means_two_things_in_one_place(places: tuple[str, ...]) -> None:
    bound = Counter(name for key in keys.KEYS if key.where in places for name in key.keys.split(","))
    assert [name for name, count in bound.items() if count > 1] == []


def test_the_docs_hold_the_table_as_it_is() -> None:
    assert keys.as_markdown() in DOCS.read_text("utf-8")
