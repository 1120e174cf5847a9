"""The table without a browser: windows, selection, sorting, errors, and what a saved notebook shows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contacthub.notebook.cells import Badge, Change, Chips, Person, Text
from contacthub.notebook.rows import FrameRows, Row
from contacthub.notebook.table import LARGEST_WINDOW, STATIC, ContactTable

HOSTILE = "\x1b[31m\u202egnp\n<img src=x onerror=alert(1)>&"


def window(browser: Any, start: int, length: int) -> list[str]:
    (answer,) = browser.send(kind="rows", id="a-1", version=browser.widget.version, row=start, rows=length)
    return [row["key"] for row in answer["rows"]]


def test_only_the_first_rows_travel_with_the_table(table, numbers):
    assert table.count == 100_000
    assert table.caption == "100,000 contacts"
    assert len(table.first) == 40
    assert numbers.fetched == [(0, 40)]


def test_a_window_is_answered_with_the_id_and_the_version_of_its_question(browser, table):
    (answer,) = browser.send(kind="rows", id="view-7", version=table.version, row=500, rows=2)
    assert (answer["kind"], answer["id"], answer["version"], answer["start"]) == ("rows", "view-7", table.version, 500)
    assert [row["key"] for row in answer["rows"]] == ["key-500", "key-501"]
    assert answer["rows"][0]["cells"][1] == {"kind": "text", "text": "500", "tone": ""}


@pytest.mark.parametrize(
    ("start", "length", "first", "rows"),
    [
        (0, 10, "key-0", 10),
        (99_998, 50, "key-99998", 2),
        (0, 10**9, "key-0", LARGEST_WINDOW),
        (100_000, 10, None, 0),
        (10**12, 10, None, 0),
        (5, 0, None, 0),
    ],
)
def test_windows_keep_within_the_rows_there_are(browser, start, length, first, rows):
    keys = window(browser, start, length)
    assert len(keys) == rows
    assert (keys[0] if keys else None) == first


@pytest.mark.parametrize(
    "message",
    [
        {"row": -1, "rows": 10},
        {"row": "0", "rows": 10},
        {"row": 0, "rows": -5},
        {"row": 0, "rows": None},
        {"row": True, "rows": 1},
        {"row": 0.5, "rows": 1},
        {"row": [0], "rows": 1},
        {},
    ],
)
def test_what_is_no_question_gets_no_answer(browser, table, message):
    assert browser.send(kind="rows", id="a-1", version=table.version, **message) == []
    assert table.last_error is None


def test_a_question_about_rows_that_are_gone_gets_no_answer(browser, table, numbers):
    old = table.version
    table.show(numbers)
    assert browser.send(kind="rows", id="a-1", version=old, row=0, rows=10) == []
    browser.send(kind="select", version=old, row=0, mode="only")
    assert table.selection == []


@pytest.mark.parametrize(
    ("clicks", "selection"),
    [
        ([("only", 3)], ["key-3"]),
        ([("only", 3), ("only", 5)], ["key-5"]),
        ([("toggle", 3), ("toggle", 1)], ["key-3", "key-1"]),
        ([("toggle", 3), ("toggle", 3)], []),
        ([("only", 3), ("extend", 5, 3)], ["key-3", "key-4", "key-5"]),
        ([("only", 5), ("extend", 3, 5)], ["key-5", "key-3", "key-4"]),
        ([("toggle", 9), ("extend", 4, 3)], ["key-9", "key-3", "key-4"]),
        ([("extend", 99_999, 10**9)], ["key-99999"]),
        ([("extend", 4, None)], ["key-4"]),
        ([("extend", 4, -1)], ["key-4"]),
        ([("only", 100_000)], []),
        ([("only", -1)], []),
    ],
)
def test_clicks_select_as_in_a_file_manager(browser, table, clicks, selection):
    for mode, row, *anchor in clicks:
        browser.send(kind="select", version=table.version, row=row, mode=mode, anchor=anchor[0] if anchor else row)
    assert table.selection == selection
    assert table.selected == len(selection)


def test_selected_rows_say_so_wherever_they_are(browser, table):
    browser.send(kind="select", version=table.version, row=2, mode="only")
    assert browser.heard == [{"kind": "selection"}]
    assert [row["selected"] for row in table.first[:4]] == [False, False, True, False]
    (answer,) = browser.send(kind="rows", id="a-1", version=table.version, row=2, rows=2)
    assert [row["selected"] for row in answer["rows"]] == [True, False]


def test_one_click_selects_a_long_range_without_its_cells(browser, table, numbers):
    browser.send(kind="select", version=table.version, row=0, mode="only")
    browser.send(kind="select", version=table.version, row=99_999, mode="extend", anchor=0)
    assert len(table.selection) == 100_000
    assert max(length for _, length in numbers.fetched) == 40


def test_other_rows_drop_the_selection(browser, table, numbers):
    browser.send(kind="select", version=table.version, row=2, mode="only")
    table.show(numbers)
    assert table.selection == []
    assert table.selected == 0
    table.show(numbers, selected=["key-5"])
    assert table.selection == ["key-5"]
    assert table.first[5]["selected"]


def test_the_selection_is_cleared_by_message_and_the_owner_is_told(numbers):
    told: list[list[str]] = []
    table = ContactTable(numbers, on_select=lambda table: told.append(table.selection))
    table._handle_custom_msg({"kind": "select", "version": table.version, "row": 1, "mode": "only"}, [])
    table._handle_custom_msg({"kind": "unselect"}, [])
    assert told == [["key-1"], []]


def test_a_table_that_is_not_selectable_selects_nothing(numbers):
    table = ContactTable(numbers, selectable=False)
    table._handle_custom_msg({"kind": "select", "version": table.version, "row": 1, "mode": "only"}, [])
    assert table.selection == []


def test_headers_sort_where_the_column_can(browser, table):
    browser.send(kind="sort", key="name")
    assert table.sort == "name"
    browser.send(kind="sort", key="name")
    assert table.sort == "-name"
    for key in ("n", "nonsense", None, ["name"]):
        browser.send(kind="sort", key=key)
        assert table.sort == "-name"


def test_an_error_of_the_source_is_shown_in_the_table_and_kept(browser, table, numbers):
    def broken(start: int, n: int) -> list[Row]:
        raise OSError("the disk is gone")

    numbers.fetch = broken
    assert browser.send(kind="rows", id="a-1", version=table.version, row=90, rows=5) == []
    assert table.error == "OSError: the disk is gone"
    assert isinstance(table.last_error, OSError)


CELLS = [
    Text(HOSTILE),
    Person(HOSTILE, HOSTILE, "seed"),
    Chips((HOSTILE, "vip")),
    Badge(HOSTILE, "bad"),
    Change(HOSTILE, "new"),
    Change("old", HOSTILE),
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: type(cell).__name__)
def test_hostile_text_becomes_neither_markup_nor_terminal_codes(cell):
    assert "<img" not in cell.html()
    for text in (cell.text(), json.dumps(cell.message(), ensure_ascii=False)):
        assert not set(text) & {"\x1b", "\u202e", "\n"}
    json.dumps(cell.message())


@pytest.mark.parametrize(
    ("cell", "html", "text"),
    [
        (Change("Recife", "Olinda"), "<del>Recife</del> <ins>Olinda</ins>", "Recife → Olinda"),
        (Change("", "Olinda"), "<ins>Olinda</ins>", "∅ → Olinda"),
        (Change("Recife", ""), "<del>Recife</del>", "Recife → ∅"),
        (Change("Recife", "Recife"), "Recife", "Recife"),
        (Change(None, None), "", ""),
        (Chips(("vip", "São João")), "vip, São João", "vip, São João"),
        (Badge("error", "bad"), "<b>error</b>", "error"),
        (Person("", "?", ""), "—", "—"),
        (Text("👩‍👩‍👧 می‌خواهم"), "👩‍👩‍👧 می‌خواهم", "👩‍👩‍👧 می‌خواهم"),
    ],
)
def test_cells_say_the_same_in_every_form(cell, html, text):
    assert cell.html() == html
    assert cell.text() == text


def test_a_long_text_does_not_travel_whole():
    assert len(Text("x" * 10_000).message()["text"]) == 500


def test_a_saved_notebook_and_a_terminal_show_the_table(table):
    data, _ = table._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == table.model_id
    assert data["text/html"].startswith("<table>")
    assert "<td>Person 19</td>" in data["text/html"]
    assert "Person 20" not in data["text/html"]
    assert data["text/html"].endswith("<p>100,000 contacts, the first 20 shown</p>")
    lines = data["text/plain"].splitlines()
    assert lines[0] == "Name      Number"
    assert lines[1] == "Person 0  0"
    assert lines[-1] == "100,000 contacts, the first 10 shown"
    assert repr(table) == data["text/plain"]


AWKWARD = {
    "empty": pd.DataFrame(),
    "no rows": pd.DataFrame({"a": pd.Series(dtype="str")}),
    "duplicated names": pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
    "two levels": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
    "numbered": pd.DataFrame(np.eye(3)),
    "missing": pd.DataFrame({"a": [None, np.nan, pd.NaT, pd.NA]}),
    "nested": pd.DataFrame({"a": [[1, 2], {"b": 1}, (3,), np.array([1, 2])]}),
    "odd types": pd.DataFrame(
        {
            "when": pd.to_datetime(["2026-01-01", None], utc=True),
            "kind": pd.Categorical(["x", None]),
            "n": pd.array([1, None], dtype="Int64"),
            "c": [1 + 2j, 3j],
        }
    ),
    "huge numbers": pd.DataFrame({"a": [10**30, -(10**30)]}),
    "hostile": pd.DataFrame({HOSTILE: [HOSTILE]}),
    "dates as index": pd.DataFrame({"a": [1]}, index=pd.to_datetime(["2026-01-01"])),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_frames_are_ordinary(name):
    frame = AWKWARD[name]
    table = ContactTable(FrameRows(frame))
    assert table.count == len(frame)
    assert [len(row["cells"]) for row in table.first] == [frame.shape[1]] * len(frame)
    json.dumps(table.get_state(["columns", "first", "caption"]))
    assert "\x1b" not in repr(table)
    assert "<img" not in table.as_html()


def test_missing_values_are_empty_cells():
    table = ContactTable(FrameRows(AWKWARD["missing"]))
    assert {row["cells"][0]["text"] for row in table.first} == {""}


def test_an_empty_table_says_what_is_missing(numbers):
    class Nobody(type(numbers)):
        def caption(self, count: int) -> str:
            return "Nobody matches."

    table = ContactTable(Nobody(0))
    assert repr(table) == "Name  Number\nNobody matches."
    assert "<td>" not in table.as_html()


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_scripts_make_no_markup_of_text_and_fetch_nothing(script):
    source = script.read_text()
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "import ",
        "fetch(",
        "http",
    ):
        assert word not in source
    assert "textContent" in source


def test_the_stylesheet_fetches_nothing():
    source = (STATIC / "style.css").read_text()
    assert "url(" not in source
    assert "@import" not in source
