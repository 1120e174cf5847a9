"""The main screen: tree, list and card of the contacts of one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Footer

from contacthub.errors import HubError, NotFound, QueryError
from contacthub.tui import keys
from contacthub.tui.ask import Choice, Choose, Line
from contacthub.tui.base import TitleBar
from contacthub.tui.card import CardData, ContactCard, load_card
from contacthub.tui.columns import ContactColumn, ContactRows, columns_for
from contacthub.tui.jobs import JobBar
from contacthub.tui.marks import Marks
from contacthub.tui.safe import visible
from contacthub.tui.search import SearchBar
from contacthub.tui.sidebar import Sidebar
from contacthub.tui.table import PAGE, LazyTable, Row
from contacthub.tui.verbs import Targets, VerbScreen
from contacthub.tui.when import Clock
from contacthub.tui.work import Latest, flow

if TYPE_CHECKING:
    from contacthub.hub import Hub
    from contacthub.hub.views import Update, Watcher

POLL_SECONDS = 1.0
"""How often the store is asked what others have changed."""
CARD_DELAY = 0.08
"""Quiet time before the card follows the cursor, so that holding an arrow key draws the list only."""
SORTS = {
    "c": ("", "Created", "newest first"),
    "C": ("created_on", "Created", "oldest first"),
    "n": ("name", "Name", "A to Z"),
    "N": ("-name", "Name", "Z to A"),
    "l": ("-last_seen_on", "Last seen", "newest first"),
    "L": ("last_seen_on", "Last seen", "oldest first"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What the list shows: a query, its sort, and how it is called."""

    query: str = ""
    title: str = "Everyone"
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A look with its contacts, and the rows around the cursor."""

    look: Look
    source: ContactRows
    start: int
    rows: list[Row]
    cursor: int
    nobody: str
    """What the list says if it is empty."""


WIDE = 110
"""From so many cells on, the tree and the card stand beside the list."""


class BrowseScreen(VerbScreen):
    """See the module."""

    BINDINGS: ClassVar = keys.bindings("browse", "contact")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - as Textual declares it
    AUTO_FOCUS = "#list"

    def __init__(self, hub: Hub, clock: Clock, title: str) -> None:
        super().__init__()
        self._hub = hub
        self._clock = clock
        self._name = title
        self._look = Look()
        self._home = Look()
        self._news = 0
        self._watcher: Watcher | None = None
        self._answers = Latest(self, "find")
        self._cards = Latest(self, "card", delay=CARD_DELAY)
        self._polls = Latest(self, "poll", every=True)
        self._counts = Latest(self, "news")

    def compose(self) -> ComposeResult:
        yield TitleBar(visible(self._name))
        yield SearchBar(self._hub)
        with Horizontal(id="panes"):
            yield Sidebar(self._hub)
            yield LazyTable(empty="Looking …", id="list")
            yield ContactCard(self._clock, id="detail")
        yield JobBar()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        views = {view.key: view for view in self._hub.views}
        if "available" in views:
            self._home = Look(views["available"].query, views["available"].title)
        self.call_after_refresh(self.look, self._home)
        self.set_interval(POLL_SECONDS, self._poll)

    # What is shown

    def look(self, look: Look, *, cursor: int = 0, keep_marks: bool = False, open_single: bool = False) -> None:
        """Show the contacts of another query, when a thread has them."""
        columns = columns_for(self._list_width())

        def show(answer: Answer) -> None:
            if not keep_marks:
                self.table.marks = Marks()
            self._show_answer(answer)
            if open_single and answer.source.count == 1:
                self._open(0)

        self._answers.submit(lambda: self._find(look, columns, cursor), show, self._not_found)

    def _find(self, look: Look, columns: list[ContactColumn], cursor: int) -> Answer:
        """Runs in a thread. The watch begins before the first answer, so that no change falls between them."""
        if self._watcher is None:
            self._watcher = self._hub.watch()
        source = ContactRows(self._hub.find(look.query, sort=look.sort or None), columns, self._clock)
        at = max(0, min(cursor, source.count - 1))
        start = at // PAGE * PAGE
        return Answer(look, source, start, source.fetch(start, PAGE), at, "" if source.count else self._nobody())

    def _nobody(self) -> str:
        """What an empty list says; of a new hub, how it is begun. Runs in a thread."""
        if len(self._hub.contacts):
            return "Nobody. Esc goes back."
        if self.contacts_app.read_only:
            return "No contacts yet."
        begun = "No contacts yet: a writes one, I imports a file."
        if self._hub.settings.country:
            return begun
        return f"{begun}\nNo country is set: phone numbers need their + and code, or\ncontacthub settings country=BR"

    def _show_answer(self, answer: Answer) -> None:
        first = not isinstance(self.table.source, ContactRows)
        self._look, self._news = answer.look, 0
        self.table.set_columns([column.column for column in answer.source.columns])
        self.table.show(answer.source, first=answer.rows, start=answer.start, cursor=answer.cursor)
        self.table.set_empty(answer.nobody)
        self.search.show_applied(answer.look.query, answer.source.count)
        self._show_title()
        self._fit_columns()
        if not answer.source.count:
            self.card.clear()
        if self.search.has_focus_within:
            self.table.focus()
        if first:
            self.sidebar.reload()

    def _not_found(self, error: HubError) -> None:
        if isinstance(error, QueryError):
            self.search.show_error(error)
        else:
            self.contacts_app.show_error(error)

    def refresh_answer(self) -> None:
        """Evaluate the query again; the cursor stays at its place."""
        self.look(self._look, cursor=self.table.cursor, keep_marks=not self.table.marks.everything)

    def _show_title(self) -> None:
        marked = self.table.marks.count(self.table.count)
        state = []
        if self._news:
            state.append(f"{abs(self._news):,} {'new' if self._news > 0 else 'gone'}, r to show")
        if self.table.range_start is not None:
            state.append("range: v ends it")
        if marked:
            state.append(f"{marked:,} marked")
        state.append("1 contact" if self.table.count == 1 else f"{self.table.count:,} contacts")
        if self.contacts_app.read_only:
            state.append("read-only")
        sorted_by = next((f", {label.lower()} {way}" for sort, label, way in SORTS.values()
                          if sort and sort == self._look.sort), "")  # fmt: skip
        place = f"{visible(self._name)} › {self._look.title}{sorted_by}"
        self.query_one(TitleBar).show(place, " · ".join(state))

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit_columns)

    def _list_width(self) -> int:
        """Cells of the list. A narrow screen shows it alone, which the first layout does not know yet."""
        alone = self.size.width < WIDE and not self.has_class("tree-shown")
        return self.size.width if alone else self.table.size.width or self.size.width

    def _fit_columns(self) -> None:
        """Other columns, where the list has become wider or narrower."""
        source = self.table.source
        columns = columns_for(self._list_width())
        if isinstance(source, ContactRows) and [c.key for c in columns] != [c.key for c in source.columns]:
            self.refresh_answer()

    @on(LazyTable.Moved, "#list")
    def follow(self, event: LazyTable.Moved) -> None:
        if event.row is not None and self.card.is_on_screen:
            self._load_card(event.row.key)

    def _load_card(self, uuid: str) -> None:
        def work() -> CardData | None:
            try:
                return load_card(self._hub, uuid, self._clock)
            except NotFound:
                return None

        self._cards.submit(work, lambda data: self.card.show(data) if data is not None else self.card.clear())

    @on(LazyTable.Opened, "#list")
    def opened(self, event: LazyTable.Opened) -> None:
        self._open(event.index)

    def _open(self, index: int) -> None:
        from contacthub.tui.contact import ContactScreen

        if isinstance(self.table.source, ContactRows):
            self.app.push_screen(ContactScreen(self._hub, self._clock, self.table, index))

    @on(LazyTable.Marked, "#list")
    def marks_changed(self) -> None:
        self._show_title()

    @on(Sidebar.Chosen)
    def chosen(self, event: Sidebar.Chosen) -> None:
        if self.has_class("-narrow"):
            self.remove_class("tree-shown")
        self.table.focus()
        self.call_after_refresh(self.look, Look(event.query, event.label, self._look.sort))

    @on(SearchBar.Submitted)
    def searched(self, event: SearchBar.Submitted) -> None:
        title = "Search" if event.query.strip() else "Everyone"
        self.look(Look(event.query, title, self._look.sort), open_single=True)

    @on(SearchBar.Left)
    def search_left(self) -> None:
        self.table.focus()

    # What others change

    def _poll(self) -> None:
        if self._watcher is not None:
            self._polls.submit(self._watcher.poll, self._updated)

    def _updated(self, update: Update | None) -> None:
        if update is None:
            return
        self.table.reload(None if update.everything else update.contacts)
        self.sidebar.reload()
        shown = self.card.data
        if shown is not None and (update.everything or shown.contact.uuid in update.contacts):
            self._load_card(shown.contact.uuid)
        query = self._look.query
        self._counts.submit(lambda: len(self._hub.find(query)), self._count_again)

    def _count_again(self, count: int) -> None:
        self._news = count - self.table.count
        self._show_title()

    def changed(self, kind: str) -> None:
        """An operation of this session has been applied: see it now, and not at the next poll."""
        self._poll()
        if kind in {"delete", "create", "import", "undo", "redo", "merge"}:
            self.refresh_answer()

    # Keys

    def targets(self) -> Targets | None:
        table, hub, source = self.table, self._hub, self.table.source
        marked = table.marks.count(table.count)
        if not isinstance(source, ContactRows) or not table.count:
            return None
        if not marked:
            row = table.row
            if row is None:
                return None
            uuid = row.key
            return Targets(1, lambda: hub.audience([uuid]), lambda: hub.contacts.get(uuid))
        uuids = sorted(table.marks.keys)
        if table.marks.everything:
            audience = source.audience
            return Targets(marked, (lambda: audience - hub.audience(uuids)) if uuids else (lambda: audience))
        one = (lambda: hub.contacts.get(uuids[0])) if len(uuids) == 1 else None
        return Targets(marked, lambda: hub.audience(uuids), one)

    def all_targets(self) -> Targets | None:
        """The marked contacts, or all of the list."""
        table, source = self.table, self.table.source
        if not isinstance(source, ContactRows) or not table.count or table.marks.count(table.count):
            return self.targets()
        return Targets(table.count, lambda: source.audience)

    def action_search(self) -> None:
        self.search.edit()

    def action_back(self) -> None:
        """The marks, then the query; never quits."""
        if self.table.clear_marks():
            return
        if self.focused is not self.table:
            self.table.focus()
        elif self._look != self._home:
            self.look(self._home)

    def action_toggle_tree(self) -> None:
        name = "tree-shown" if self.has_class("-narrow") else "tree-hidden"
        self.toggle_class(name)
        if self.sidebar.display:
            self.sidebar.focus()
        else:
            self.table.focus()
        self.call_after_refresh(self._fit_columns)

    def action_pane(self, pane: str) -> None:
        if pane == "tree" and not self.sidebar.display:
            self.action_toggle_tree()
        target = {"tree": self.sidebar, "list": self.table, "detail": self.card}[pane]
        if target.display:
            target.focus()

    def action_mark(self) -> None:
        self.table.mark()

    def action_mark_range(self) -> None:
        if self.table.range_start is None:
            self.table.start_range()
        else:
            self._mark_range(self.table.end_range())

    @flow
    async def _mark_range(self, rows: range) -> None:
        source = self.table.source
        found = await self.read(lambda: source.fetch(rows.start, len(rows)))
        self.table.change_marks(lambda marks: marks.mark(row.key for row in found))

    def action_invert(self) -> None:
        self.table.change_marks(Marks.invert)

    def action_mark_all(self) -> None:
        self.table.change_marks(Marks.mark_all)

    def action_new(self) -> None:
        self._new()

    @flow
    async def _new(self) -> None:
        from contacthub.tui.form import open_form

        await open_form(self.contacts_app, None)

    @flow
    async def action_sort(self) -> None:
        way = await self.ask(Choose("Sort by", [Choice(key, label, way) for key, (_, label, way) in SORTS.items()]))
        if way is not None:
            self.look(Look(self._look.query, self._look.title, SORTS[way][0]), keep_marks=True)

    def action_reload(self) -> None:
        self.refresh_answer()
        self.sidebar.reload()

    @flow
    async def action_merge(self) -> None:
        from contacthub.tui.merging import merge

        if targets := self.wanted():
            operation = await merge(self, targets)
            if operation is not None:
                self.table.clear_marks()
                self.contacts_app.changed(operation)

    @flow
    async def action_save_group(self) -> None:
        query = self._look.query
        name = await self.ask(Line("Save as a dynamic group", f"It will hold who matches: {query or 'everyone'}"))
        if name and name.strip():
            await self.read(lambda: self._hub.groups.create(name.strip(), query=query))
            self.contacts_app.tell(f"The group {visible(name.strip())} was created.")
            self.sidebar.reload()

    # Parts

    @property
    def table(self) -> LazyTable:
        return self.query_one("#list", LazyTable)

    @property
    def search(self) -> SearchBar:
        return self.query_one(SearchBar)

    @property
    def sidebar(self) -> Sidebar:
        return self.query_one(Sidebar)

    @property
    def card(self) -> ContactCard:
        return self.query_one(ContactCard)
