"""The list of any length, over rows that are no contacts."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest
from textual.app import App, ComposeResult
from tui_driver import press, run, screen_text, settle

from contacthub.errors import StoreError
from contacthub.tui.marks import Marks
from contacthub.tui.table import PAGE, PAGES_KEPT, Column, LazyTable, Row

MILLION = 1_000_000


class Numbers:
    """A million rows that are made when they are asked for, and tell what was asked."""

    def __init__(self, count: int = MILLION) -> None:
        self.count = count
        self.asked: list[int] = []
        self.word = "row"

    def fetch(self, start: int, n: int) -> list[Row]:
        self.asked.append(start)
        return [
            Row(str(i), (f"{self.word} {i}", (f"{i * i}", "dim"))) for i in range(start, min(start + n, self.count))
        ]


class TableApp(App[None]):
    CSS = "LazyTable { height: 1fr; }"

    def __init__(self, source: Numbers) -> None:
        super().__init__()
        self.numbers = source
        self.opened: list[int] = []
        self.failures: list[Exception] = []

    def compose(self) -> ComposeResult:
        yield LazyTable((Column("Name", 10, share=1), Column("Square", 14, right=True)), empty="Nothing.")

    def on_mount(self) -> None:
        self.query_one(LazyTable).show(self.numbers)
        self.query_one(LazyTable).focus()

    def on_lazy_table_opened(self, event: LazyTable.Opened) -> None:
        self.opened.append(event.index)

    def on_lazy_table_page_failed(self, event: LazyTable.PageFailed) -> None:
        self.failures.append(event.error)


def test_a_million_rows_cost_the_page_that_is_seen() -> None:
    source = Numbers()
    app = TableApp(source)

    async def script(pilot) -> None:
        assert "row 0 " in screen_text(app)
        assert set(source.asked) == {0}
        await press(pilot, "G")
        assert "row 999999 " in screen_text(app)
        assert "999998000001" in screen_text(app)
        assert len(source.asked) <= 3

    run(app, script, (60, 20))


def test_pages_that_were_left_long_ago_are_forgotten() -> None:
    app = TableApp(Numbers())

    async def script(pilot) -> None:
        table = app.query_one(LazyTable)
        for page in range(PAGES_KEPT + 10):
            table.cursor = page * PAGE
            await settle(pilot)
        assert table.row_at(0) is None
        assert table.row is not None

    run(app, script, (60, 20))


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [("j j j k", 2), ("down down up", 1), ("G", 99), ("G g", 0), ("pagedown", 18), ("ctrl+d ctrl+d ctrl+u", 18),
     ("end home", 0), ("k", 0), ("G j", 99)],
)  # fmt: skip
def test_the_cursor_moves_and_stays_in_view(keys: str, cursor: int) -> None:
    app = TableApp(Numbers(100))

    async def script(pilot) -> None:
        await press(pilot, *keys.split())
        table = app.query_one(LazyTable)
        assert table.cursor == cursor
        assert f"row {cursor} " in screen_text(app)
        assert 0 <= cursor - table.scroll_offset.y < table.size.height - 1

    run(app, script, (60, 20))


def test_at_the_edge_it_scrolls_by_half_a_page() -> None:
    app = TableApp(Numbers(1000))

    async def script(pilot) -> None:
        table = app.query_one(LazyTable)
        await press(pilot, *["j"] * 19)
        assert table.scroll_offset.y == 19 // 2

    run(app, script, (60, 20))


def test_enter_opens_the_row() -> None:
    app = TableApp(Numbers(10))

    async def script(pilot) -> None:
        await press(pilot, "j", "j", "enter")
        assert app.opened == [2]

    run(app, script, (60, 20))


def test_a_click_moves_and_a_click_on_the_cursor_opens() -> None:
    app = TableApp(Numbers(10))

    async def script(pilot) -> None:
        await pilot.click(LazyTable, offset=(5, 4))
        assert app.query_one(LazyTable).cursor == 3
        assert app.opened == []
        await pilot.click(LazyTable, offset=(5, 4))
        await settle(pilot)
        assert app.opened == [3]

    run(app, script, (60, 20))


def test_reloaded_rows_change_in_place() -> None:
    source = Numbers(1000)
    app = TableApp(source)

    async def script(pilot) -> None:
        await press(pilot, "j", "j", "space")
        source.word = "line"
        app.query_one(LazyTable).reload({"5"})
        await settle(pilot)
        assert "line 5 " in screen_text(app)
        assert app.query_one(LazyTable).cursor == 2

    run(app, script, (60, 20))


def test_rows_on_their_way_are_blank_and_the_keys_go_on() -> None:
    gate = Event()

    class Slow(Numbers):
        def fetch(self, start: int, n: int) -> list[Row]:
            gate.wait()
            return super().fetch(start, n)

    app = TableApp(Slow(100))

    async def session() -> None:
        async with app.run_test(size=(60, 20)) as pilot:
            await pilot.press("j", "j")
            assert app.query_one(LazyTable).cursor == 2
            assert "row" not in screen_text(app)
            gate.set()
            await settle(pilot)
            assert "row 2 " in screen_text(app)

    asyncio.run(session())


def test_a_page_that_cannot_be_read_is_told_and_the_rest_works() -> None:
    class Broken(Numbers):
        def fetch(self, start: int, n: int) -> list[Row]:
            if start:
                raise StoreError("The disk is gone.")
            return super().fetch(start, n)

    app = TableApp(Broken(1000))

    async def script(pilot) -> None:
        await press(pilot, "G")
        assert [str(error) for error in app.failures][:1] == ["The disk is gone."]
        await press(pilot, "g")
        assert "row 0 " in screen_text(app)

    run(app, script, (60, 20))


def test_an_empty_list_says_so() -> None:
    app = TableApp(Numbers(0))

    async def script(pilot) -> None:
        assert "Nothing." in screen_text(app)
        await press(pilot, "j", "G", "enter", "space")
        assert app.opened == []

    run(app, script, (60, 20))


def test_marks_hold_some_rows_or_all_but_some() -> None:
    marks = Marks()
    marks.mark(["a", "b"])
    marks.toggle("b")
    assert "a" in marks
    assert "b" not in marks
    assert marks.count(10) == 1
    marks.invert()
    assert "a" not in marks
    assert "z" in marks
    assert marks.count(10) == 9
    marks.toggle("z")
    assert marks.count(10) == 8
    marks.mark(["a"])
    assert marks.count(10) == 9
    marks.mark_all()
    assert marks.count(10) == 10
    marks.clear()
    assert marks.count(10) == 0
