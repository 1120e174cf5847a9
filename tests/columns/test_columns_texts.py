"""Many texts in one buffer: parts, prefixes, words and grams are found as Python finds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from drawn import TEXTS, URNS, ZONES
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from contacthub.engine.columns.bits import array_of, bitmap_of_mask, mask_of
from contacthub.engine.columns.grams import Grams
from contacthub.engine.columns.strings import Strings
from contacthub.engine.columns.words import word_heads
from contacthub.engine.columns.zones import month_and_day
from contacthub.model.text import fold_accents, words

texts = st.lists(st.sampled_from(TEXTS + URNS) | st.text(max_size=6), max_size=12)
parts = st.sampled_from(["a", "an", "ana", "8765", "\ud800", "ção", "São P", "tel:+5521987654321", "ñ"]) | st.text(
    min_size=1, max_size=4
)


@given(texts, parts)
def test_finds_parts(held: list[str], part: str) -> None:
    assert Strings.of(held).containing(part).tolist() == [at for at, text in enumerate(held) if part in text]


@given(texts, parts.filter(lambda part: len(part.encode("utf-8", "surrogatepass")) >= 3))
def test_finds_parts_by_grams(held: list[str], part: str) -> None:
    strings = Strings.of(held)
    found = Grams.of(strings).containing(part, strings)
    assert found.tolist() == [at for at, text in enumerate(held) if part in text]


@given(texts, parts)
def test_finds_equals_and_prefixes_in_sorted_texts(held: list[str], part: str) -> None:
    held = sorted(held)
    strings = Strings.of(held)
    low, high = strings.equal(part)
    assert list(range(low, high)) == [at for at, text in enumerate(held) if text == part]
    low, high = strings.starting(part)
    assert list(range(low, high)) == [at for at, text in enumerate(held) if text.startswith(part)]
    assert strings.every() == held
    assert strings.repeats().tolist() == [at for at in range(1, len(held)) if held[at] == held[at - 1]]


@given(st.text() | st.sampled_from(TEXTS) | st.text("abZ 09_'áÉßÿ", max_size=30))
def test_the_quick_way_to_words_finds_the_same(text: str) -> None:
    assert word_heads(text, accents=True) == {word[:8] for word in words(text)}
    assert word_heads(text, accents=False) == {fold_accents(word)[:8] for word in words(text)}


@given(st.sets(st.integers(0, 200_000), max_size=30), st.sets(st.tuples(st.integers(0, 3), st.integers(1, 65_536))))
def test_masks_and_bitmaps_are_the_same_sets(single: set[int], runs: set[tuple[int, int]]) -> None:
    expected = BitMap(single)
    for block, size in runs:
        expected.update(range(block * 65_536, block * 65_536 + size))
    mask = mask_of(expected, 4 * 65_536 + 11)
    assert bitmap_of_mask(mask) == expected
    assert array_of(expected).tolist() == list(expected)


@pytest.mark.parametrize("timezone", ZONES)
def test_days_of_many_instants_are_those_of_each(timezone: str) -> None:
    first = datetime(1965, 1, 1, tzinfo=UTC)
    instants = [first + timedelta(hours=7 * number, microseconds=number % 3) for number in range(0, 78_000, 3)]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    micros = np.array([(instant - epoch) // timedelta(microseconds=1) for instant in instants])
    local = [instant.astimezone(ZoneInfo(timezone)) for instant in instants]
    assert month_and_day(micros, timezone).tolist() == [day.month * 100 + day.day for day in local]
