"""The query box without a browser: texts in, counts and errors out, completion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from widget_browser import Browser

from contacthub.errors import QueryError, StoreError
from contacthub.notebook.querybox import LONGEST_QUERY, MOST_SUGGESTIONS, QueryBox


@dataclass
class Suggestion:
    text: str
    label: str
    kind: str = "tag"
    count: int | None = None
    start: int = 0
    end: int = 0


class Hub:
    """Takes any text but one that ends in an operator; completes to as many suggestions as it is asked for."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.suggestions = 2

    def search(self, text: str) -> None:
        if text.endswith(">"):
            raise QueryError("Something is missing after >.", code="missing", start=len(text) - 1, end=len(text))
        self.texts.append(text)

    def complete(self, text: str, cursor: int) -> list[Suggestion]:
        return [Suggestion(f"tag{i}", f"tag{i}", count=1000 * i or None, end=cursor) for i in range(self.suggestions)]


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def box(hub: Hub) -> QueryBox:
    return QueryBox(hub.search, hub.complete)


@pytest.fixture
def browser(box: QueryBox, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(box, monkeypatch)


def test_what_is_typed_is_searched_and_then_answered(browser, box, hub):
    assert browser.send(kind="text", id="v-1", text="tag = vip") == [{"kind": "text", "id": "v-1"}]
    assert hub.texts == ["tag = vip"]
    assert box.text == "tag = vip"


def test_an_error_shows_its_place_and_goes_away_with_it(browser, box, hub):
    assert browser.send(kind="text", id="v-1", text="age >") == [{"kind": "text", "id": "v-1"}]
    assert box.error == {"before": "age ", "at": ">", "after": "", "message": "Something is missing after >."}
    assert isinstance(box.last_error, QueryError)
    browser.send(kind="text", id="v-2", text="age > 18")
    assert box.error == {}


def test_a_failure_of_the_hub_is_shown_too(browser, box, hub, monkeypatch):
    def broken(text: str) -> None:
        raise StoreError("The hub's file is gone.")

    monkeypatch.setattr(box, "_on_text", broken)
    browser.send(kind="text", id="v-1", text="x")
    assert box.error["message"] == "The hub's file is gone."


def test_suggestions_carry_what_the_browser_needs(browser):
    (answer,) = browser.send(kind="complete", id="v-9", text="tag = v", cursor=7)
    assert answer["id"] == "v-9"
    assert answer["items"] == [
        {"text": "tag0", "label": "tag0", "kind": "tag", "count": "", "start": 0, "end": 7},
        {"text": "tag1", "label": "tag1", "kind": "tag", "count": "1,000", "start": 0, "end": 7},
    ]


def test_there_are_never_more_suggestions_than_one_reads(browser, hub):
    hub.suggestions = 500
    (answer,) = browser.send(kind="complete", id="v-9", text="", cursor=0)
    assert len(answer["items"]) == MOST_SUGGESTIONS


@pytest.mark.parametrize(("cursor", "end"), [(-5, 0), (10**9, 3)])
def test_a_cursor_keeps_within_the_text(browser, cursor, end):
    (answer,) = browser.send(kind="complete", id="v-9", text="tag", cursor=cursor)
    assert answer["items"][0]["end"] == end


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"kind": "text"},
        {"kind": "text", "text": 5},
        {"kind": "complete", "text": "x", "cursor": "1"},
        {"text": "x"},
    ],
)
def test_what_is_no_question_gets_no_answer(browser, hub, message: dict[str, Any]):
    assert browser.send(**message) == []
    assert hub.texts == []


def test_an_endless_text_is_cut_before_it_is_parsed(browser, hub):
    browser.send(kind="text", id="v-1", text="x" * 1_000_000)
    assert len(hub.texts[0]) == LONGEST_QUERY
