"""A list of any length: it holds a few pages of rows, and threads fetch the others when they come into view.

It knows nothing of contacts. It is given a `Source` and `Column`s, and tells by messages where the cursor is and what
was opened. Mounting a million rows costs what mounting fifty costs. While a page is on its way its rows are blank;
while a page is fetched again, the rows it had stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from contacthub.tui import keys
from contacthub.tui.marks import Marks
from contacthub.tui.safe import fit
from contacthub.tui.work import STORE

PAGE = 64
"""Rows fetched at once: more than a screen, little enough for a few milliseconds."""
PAGES_KEPT = 48

Cell = str | tuple[str, str]
"""Safe text, or safe text and one of the `LazyTable.TONES` or `TINTS`."""

TINTS = {
    f"tint{number}": Style(color="#ffffff", bgcolor=colour)
    for number, colour in enumerate(
        ("#005f87", "#875f00", "#5f5faf", "#00875f", "#af5f5f", "#5f8700", "#875f87", "#5f5f5f")
    )
}
"""White on a colour of one's own, for initials. The colours are among the 256 that SSH leaves us, far apart."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is shown of one thing. `key` is its identity, for marks and reloads."""

    key: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in cells; with `share`, the least width, and the part it gets of what is left over."""

    title: str
    width: int
    share: int = 0
    right: bool = False


class Source(Protocol):
    """Where rows come from. Its methods are called in threads."""

    @property
    def count(self) -> int: ...

    def fetch(self, start: int, n: int) -> list[Row]:
        """Rows `start` to `start + n`, fewer at the end."""
        ...


class Rows:
    """A source over rows that are there already."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self.rows = rows

    @property
    def count(self) -> int:
        return len(self.rows)

    def fetch(self, start: int, n: int) -> list[Row]:
        return list(self.rows[start : start + n])


class LazyTable(ScrollView, can_focus=True):
    """The list. See the module."""

    TONES: ClassVar[tuple[str, ...]] = ("dim", "good", "bad", "warn", "accent", "strong")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lazytable--header", "lazytable--row", "lazytable--cursor", "lazytable--marked", "lazytable--gutter",
        *(f"lazytable--{tone}" for tone in TONES),
    }  # fmt: skip
    BINDINGS: ClassVar = keys.bindings("table")

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Moved(Message):
        """The cursor is on another row, or its row has been fetched. `row` is None until it is there."""

        table: LazyTable
        index: int
        row: Row | None

        @property
        def control(self) -> LazyTable:
            return self.table

    @dataclass
    class Opened(Message):
        """Enter, or a click on the row under the cursor."""

        table: LazyTable
        index: int
        row: Row

        @property
        def control(self) -> LazyTable:
            return self.table

    @dataclass
    class Marked(Message):
        """The marks have changed."""

        table: LazyTable

        @property
        def control(self) -> LazyTable:
            return self.table

    @dataclass
    class PageLoaded(Message):
        """From a thread: the rows of a page of the source that was shown then."""

        source: Source
        page: int
        rows: list[Row]

    @dataclass
    class PageFailed(Message):
        """From a thread: a page could not be fetched."""

        source: Source
        page: int
        error: Exception

    def __init__(self, columns: Sequence[Column] = (), *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.source: Source = Rows()
        self.marks = Marks()
        self._columns = tuple(columns)
        self._empty = empty
        self._widths: tuple[int, ...] = ()
        self._pages: dict[int, list[Row]] = {}
        """In the order in which they were last in view."""
        self._stale: set[int] = set()
        self._loading: set[int] = set()
        self._styles: dict[str, Style] = {}
        self._anchor: int | None = None

    # What is shown

    @property
    def count(self) -> int:
        return self.source.count

    def show(self, source: Source, *, first: Sequence[Row] = (), start: int = 0, cursor: int = 0) -> None:
        """Show another source, with the cursor at `cursor`. `first`: rows from `start` that are fetched already."""
        self.source = source
        self._pages.clear()
        self._stale.clear()
        self._loading.clear()
        self._anchor = None
        for page in range(-(-start // PAGE), (start + len(first)) // PAGE + 1):
            rows = list(first[page * PAGE - start : (page + 1) * PAGE - start])
            if rows and (len(rows) == PAGE or page * PAGE + len(rows) == source.count):
                self._pages[page] = rows
        self._resize()
        self.set_reactive(LazyTable.cursor, max(0, min(cursor, source.count - 1)))
        self._reveal()
        self.refresh()
        self._tell()

    def reload(self, keys: Iterable[str] | None = None) -> None:
        """Fetch again the pages that hold these keys (None: all). The old rows stay until the new ones are here."""
        wanted = None if keys is None else set(keys)
        for page, rows in self._pages.items():
            if wanted is None or any(row.key in wanted for row in rows):
                self._stale.add(page)
        self._request()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other columns. Rows must have as many cells from now on: call `show` or `reload` after it."""
        self._columns = tuple(columns)
        self._resize()
        self.refresh()

    def set_empty(self, text: str) -> None:
        """What an empty list says."""
        self._empty = text
        self.refresh()

    def row_at(self, index: int) -> Row | None:
        """The row, if its page is here."""
        rows = self._pages.get(index // PAGE)
        return rows[index % PAGE] if rows is not None and 0 <= index % PAGE < len(rows) else None

    @property
    def row(self) -> Row | None:
        """The row under the cursor, if it is here."""
        return self.row_at(self.cursor)

    # Marks

    def mark(self) -> None:
        """Mark or unmark the row under the cursor and move on."""
        if self.row is not None:
            self.marks.toggle(self.row.key)
            self._marks_changed()
            self.cursor += 1

    @property
    def range_start(self) -> int | None:
        """Where a range was started, if one is under way."""
        return self._anchor

    def start_range(self) -> None:
        self._anchor = self.cursor
        self._marks_changed()

    def end_range(self) -> range:
        """The rows from the start of the range to the cursor; the caller marks them, since they may not be here."""
        anchor = self.cursor if self._anchor is None else self._anchor
        self._anchor = None
        return range(min(anchor, self.cursor), max(anchor, self.cursor) + 1)

    def change_marks(self, change: Callable[[Marks], None]) -> None:
        """Apply `change` to the marks, and show and tell it."""
        change(self.marks)
        self._marks_changed()

    def clear_marks(self) -> bool:
        """Clear marks and a range that was started; False if there was nothing to clear."""
        if not self.marks.count(self.count) and self._anchor is None:
            self.marks.clear()
            return False
        self._anchor = None
        self.change_marks(Marks.clear)
        return True

    def _marks_changed(self) -> None:
        self.refresh()
        self.post_message(self.Marked(self))

    # The cursor

    def validate_cursor(self, value: int) -> int:
        return max(0, min(value, self.count - 1))

    def watch_cursor(self, before: int, after: int) -> None:
        if self._anchor is not None:
            self.refresh()
        if not self._reveal():
            top = self.scroll_offset.y
            for index in (before, after):
                self.refresh(Region(0, index - top + 1, self.size.width, 1))
        self._tell()

    def action_down(self) -> None:
        self.cursor += 1

    def action_up(self) -> None:
        self.cursor -= 1

    def action_page(self, pages: int) -> None:
        self.cursor += pages * max(1, self._height - 1)

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = self.count - 1

    def action_open(self) -> None:
        if self.row is not None:
            self.post_message(self.Opened(self, self.cursor, self.row))

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y - 1
        if event.y > 0 and 0 <= index < self.count:
            if index == self.cursor:
                self.action_open()
            self.cursor = index

    def _tell(self) -> None:
        if self.count:
            self.post_message(self.Moved(self, self.cursor, self.row))

    def _reveal(self) -> bool:
        """Scroll so that the cursor is in view: by half a page, so that a slow line is not filled with scrolling."""
        top, height = self.scroll_offset.y, self._height
        if height < 1 or top <= self.cursor < top + height:
            return False
        jump = abs(self.cursor - top) > 2 * height
        if self.cursor < top:
            to = self.cursor - height // 2 if jump else min(self.cursor, top - height // 2)
        else:
            to = self.cursor - height // 2 if jump else max(self.cursor - height + 1, top + height // 2)
        self.scroll_to(y=max(0, min(to, self.count - height)), animate=False, force=True)
        return True

    # Pages

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._request()

    def _request(self) -> None:
        """Fetch the pages in view that are missing or stale."""
        if self.size.height < 1 or not self.count:
            return
        top = self.scroll_offset.y
        for page in range(top // PAGE, min(self.count - 1, top + self._height) // PAGE + 1):
            if page in self._pages:
                self._pages[page] = self._pages.pop(page)
            if (page not in self._pages or page in self._stale) and page not in self._loading:
                self._loading.add(page)
                self._stale.discard(page)
                self.run_worker(self._fetcher(self.source, page), group=STORE, thread=True, exit_on_error=False)

    def _fetcher(self, source: Source, page: int) -> Callable[[], None]:
        def fetch() -> None:
            try:
                rows = source.fetch(page * PAGE, PAGE)
            except Exception as error:  # noqa: BLE001 - handed to the event loop, which shows it
                self.post_message(self.PageFailed(source, page, error))
            else:
                self.post_message(self.PageLoaded(source, page, rows))

        return fetch

    def on_lazy_table_page_loaded(self, message: PageLoaded) -> None:
        message.stop()
        if message.source is not self.source:
            return
        self._loading.discard(message.page)
        self._pages.pop(message.page, None)
        self._pages[message.page] = message.rows
        while len(self._pages) > PAGES_KEPT:
            del self._pages[next(iter(self._pages))]
        self.refresh()
        if self.cursor // PAGE == message.page:
            self._tell()
        self._request()

    def on_lazy_table_page_failed(self, message: PageFailed) -> None:
        """Bubbles on to the app, which shows the error. The page is asked for again at the next move."""
        self._loading.discard(message.page)

    # Drawing

    @property
    def _height(self) -> int:
        """Rows in view."""
        return self.size.height - 1

    def on_resize(self) -> None:
        self._resize()
        self._reveal()
        self._request()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def _resize(self) -> None:
        width = self.scrollable_content_region.width or self.size.width
        self.virtual_size = Size(width, self.count + 1)
        free = width - 1 - sum(column.width for column in self._columns) - len(self._columns)
        shares = sum(column.share for column in self._columns)
        widths = []
        for column in self._columns:
            extra = max(0, free) * column.share // shares if column.share else 0
            free, shares = free - extra, shares - column.share
            widths.append(column.width + extra)
        self._widths = tuple(widths)
        self._request()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return self._header(width)
        index = self.scroll_offset.y + y - 1
        if index >= self.count:
            base = self._style("row")
            lines = [] if self.count else self._empty.splitlines()
            text = fit("  " + lines[y - 2], width) if 0 <= y - 2 < len(lines) else " " * width
            return Strip([Segment(text, base + self._style("dim", only_text=True))], width)
        row = self.row_at(index)
        marked = row is not None and row.key in self.marks
        in_range = self._anchor is not None and min(self._anchor, self.cursor) <= index <= max(
            self._anchor, self.cursor
        )
        kind = "cursor" if index == self.cursor else "marked" if marked or in_range else "row"
        base = self._style(kind)
        segments = [Segment("▌" if marked else "│" if in_range else " ", base + self._style("gutter", only_text=True))]
        if row is None:
            return Strip([*segments, Segment(" " * (width - 1), base)], width)
        return self._line(segments, row.cells, base, width, plain=kind == "cursor")

    def _line(self, segments: list[Segment], cells: Sequence[Cell], base: Style, width: int, *, plain: bool) -> Strip:
        """Cells at their widths; neighbours of one style become one segment, which saves bytes on a slow line."""
        used = 1
        style, text = base, ""
        for cell, column, size in zip(cells, self._columns, self._widths, strict=False):
            value, tone = cell if isinstance(cell, tuple) else (cell, "")
            own = base
            if tone in TINTS:
                own = TINTS[tone]
            elif tone:
                own = base + self._style(tone, only_text=not plain, weight_only=plain)
            value = fit(" " * (size - cell_len(value)) + value if column.right else value, size)
            if own != style:
                if text:
                    segments.append(Segment(text, style))
                style, text = own, value
            else:
                text += value
            if own is base:
                text += " "
            else:
                segments.append(Segment(text, style))
                style, text = base, " "
            used += size + 1
        segments.append(Segment(text + " " * max(0, width - used), style))
        return Strip(segments).adjust_cell_length(width, base)

    def _header(self, width: int) -> Strip:
        base = self._style("header")
        titles = tuple(column.title for column in self._columns)
        return self._line([Segment(" ", base)], titles, base, width, plain=False)

    def _style(self, name: str, *, only_text: bool = False, weight_only: bool = False) -> Style:
        """A style of the theme; `only_text` without its background, `weight_only` without its colours too."""
        kind = f"{name}{only_text}{weight_only}{self.has_focus}"
        style = self._styles.get(kind)
        if style is None:
            if name == "cursor" and not self.has_focus:
                style = self._style("marked") + Style(bold=False)
            else:
                style = self.get_component_rich_style(f"lazytable--{name}")
            if only_text:
                style = Style(color=style.color, bold=style.bold, dim=style.dim)
            if weight_only:
                style = Style(bold=style.bold)
            self._styles[kind] = style
        return style

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()
