"""Every key of the terminal interface, in one table.

The bindings of each screen, the help, the command palette, and the table in `docs/tui.md` are made from it. A key has
an id, by which the operator's configuration can give it other keys. `ctrl+h`, `ctrl+i`, `ctrl+m` and `alt+enter` are
backspace, tab and enter on most terminals, `ctrl+a` and `ctrl+b` belong to screen and tmux: none of them is bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """One entry: what pressing `keys` does in the place `where`."""

    id: str
    where: str
    keys: str
    """As Textual names them, separated by commas."""
    action: str
    label: str
    """A word or two, for the footer."""
    text: str
    """A sentence, for help."""
    show: bool = False
    writes: bool = False
    """Changes something: taken away in a read-only session."""
    priority: bool = False

    @property
    def display(self) -> str:
        return display(self.keys)

    def binding(self) -> Binding:
        first = self.keys.split(",")[0]
        return Binding(
            self.keys, self.action, self.label, show=self.show, key_display=_DISPLAY.get(first, first),
            priority=self.priority, tooltip=self.text, id=self.id,
        )  # fmt: skip


_DISPLAY = {
    "slash": "/", "question_mark": "?", "colon": ":", "backslash": "\\", "plus": "+", "minus": "-", "asterisk": "*",
    "space": "space", "escape": "esc", "enter": "enter", "tab": "tab", "down": "↓", "up": "↑", "pagedown": "PgDn",
    "pageup": "PgUp", "home": "Home", "end": "End", "ctrl+r": "^r", "ctrl+s": "^s", "ctrl+d": "^d", "ctrl+u": "^u",
    "ctrl+p": "^p", "ctrl+n": "^n", "ctrl+t": "^t", "f1": "F1", "less_than_sign": "<", "greater_than_sign": ">",
    "shift+tab": "⇧tab", "left": "←", "right": "→",
}  # fmt: skip

PLACES = {
    "table": "In every list",
    "browse": "Contacts",
    "contact": "Contacts, and one contact",
    "tree": "In the tree",
    "detail": "In the detail",
    "card": "One contact",
    "search": "In the search box",
    "form": "In the contact form",
    "import": "Import preview",
    "history": "History",
    "jobs": "Jobs",
    "app": "Everywhere",
    "confirm": "In a question",
    "dialog": "In a dialog",
    "pick": "In a list of names",
    "tell": "In a message",
    "help": "In the help",
}
"""The places, in the order of the help."""

KEYS: tuple[Key, ...] = (
    Key("table.down", "table", "j,down", "down", "Down", "Move down."),
    Key("table.up", "table", "k,up", "up", "Up", "Move up."),
    Key("table.page_down", "table", "ctrl+d,pagedown", "page(1)", "Page down", "Move down by a page."),
    Key("table.page_up", "table", "ctrl+u,pageup", "page(-1)", "Page up", "Move up by a page."),
    Key("table.first", "table", "g,home", "first", "First", "Go to the first row."),
    Key("table.last", "table", "G,end", "last", "Last", "Go to the last row."),
    Key("table.open", "table", "enter", "open", "Open", "Open the row."),
    Key("browse.search", "browse", "slash", "search", "Search", "Write a query (ContactQL).", show=True),
    Key("browse.back", "browse", "escape", "back", "Back", "Leave the box, then the marks, then the query."),
    Key("browse.tree", "browse", "backslash", "toggle_tree", "Tree", "Show or hide views, groups, tags and lists."),
    Key("browse.pane_tree", "browse", "1", "pane('tree')", "Tree", "Go to the tree."),
    Key("browse.pane_list", "browse", "2", "pane('list')", "List", "Go to the list."),
    Key("browse.pane_detail", "browse", "3", "pane('detail')", "Detail", "Go to the detail, where it is shown."),
    Key("browse.next_pane", "browse", "tab", "app.focus_next", "Next pane", "Go to the next pane."),
    Key("browse.previous_pane", "browse", "shift+tab", "app.focus_previous", "Pane before", "Go to the pane before."),
    Key("browse.mark", "browse", "space", "mark", "Mark", "Mark the row and move on.", show=True),
    Key("browse.range", "browse", "v", "mark_range", "Range", "Start a range; again: mark from there to here."),
    Key("browse.invert", "browse", "i", "invert", "Invert", "Marked becomes unmarked, and the other way round."),
    Key("browse.all", "browse", "asterisk", "mark_all", "All", "Mark all contacts of the query."),
    Key("browse.new", "browse", "a", "new", "New", "Write a new contact.", show=True, writes=True),
    Key("browse.sort", "browse", "O", "sort", "Sort", "Sort the list."),
    Key("browse.reload", "browse", "r", "reload", "Reload", "Evaluate the query again."),
    Key("browse.save", "browse", "S", "save_group", "Save as group", "Save the query as a dynamic group.", writes=True),
    Key("browse.merge", "browse", "M", "merge", "Merge", "Make the two marked contacts one.", writes=True),
    Key("contact.edit", "contact", "e", "edit", "Edit", "Edit the contact.", show=True, writes=True),
    Key("contact.tag", "contact", "t", "verb('tag')", "Tag", "Add a tag.", show=True, writes=True),
    Key("contact.untag", "contact", "T", "verb('untag')", "Untag", "Take a tag away.", writes=True),
    Key("contact.group", "contact", "plus", "verb('group')", "Add to group", "Add to a static group.", writes=True),
    Key("contact.ungroup", "contact", "minus", "verb('ungroup')", "Remove", "Remove from a static group.", writes=True),
    Key("contact.lists", "contact", "L", "lists", "Lists", "Add to a list, or remove from it.", writes=True),
    Key("contact.assign", "contact", "A", "verb('assign')", "Assign", "Assign to a member, or to nobody.", writes=True),
    Key("contact.mine", "contact", "m", "assign_to_me", "To me", "Assign to yourself.", writes=True),
    Key("contact.opt_in", "contact", "o", "consent", "Opt-in", "Opt in or out; asks which, and why.", writes=True),
    Key("contact.remark", "contact", "R", "remark", "Remark", "Add a remark.", writes=True),
    Key("contact.status", "contact", "s", "status", "Status",
        "Then b block, s stop, a reactivate, x archive.", writes=True),
    Key("contact.delete", "contact", "D", "delete", "Delete", "Delete; of several the count has to be typed.",
        writes=True),
    Key("contact.copy", "contact", "y", "copy_phone", "Copy phone", "Copy the phone number."),
    Key("contact.copy_json", "contact", "Y", "copy_json", "Copy JSON", "Copy the contact as JSON."),
    Key("tree.down", "tree", "j", "cursor_down", "Down", "Move down."),
    Key("tree.up", "tree", "k", "cursor_up", "Up", "Move up."),
    Key("detail.down", "detail", "j", "scroll_down", "Down", "Scroll down."),
    Key("detail.up", "detail", "k", "scroll_up", "Up", "Scroll up."),
    Key("card.next", "card", "n", "next(1)", "Next", "Go to the next contact of the list.", show=True),
    Key("card.previous", "card", "p", "next(-1)", "Previous", "Go to the contact before.", show=True),
    Key("card.back", "card", "escape,left", "back", "Back", "Go back to the list.", show=True),
    Key("search.accept", "search", "tab", "accept", "Complete", "Take the highlighted completion."),
    Key("search.down", "search", "down", "move(1)", "Down", "Next completion; the list, where there is none."),
    Key("search.up", "search", "up", "move(-1)", "Up", "Completion before."),
    Key("search.leave", "search", "escape", "leave", "Leave", "Close the completions, then leave the box."),
    Key("form.save", "form", "ctrl+s", "save", "Save", "Save what was changed.", show=True, priority=True),
    Key("form.leave", "form", "escape", "leave", "Leave", "Leave; asks where something was changed.", show=True),
    Key("import.tab", "import", "tab", "next_tab(1)", "Next page", "Columns, rows, changes, problems.", show=True),
    Key("import.tab_back", "import", "shift+tab", "next_tab(-1)", "Page before", "The page before."),
    Key("import.duplicates", "import", "d", "duplicates", "Duplicates",
        "What to do with several rows of one contact.", show=True),
    Key("import.commit", "import", "ctrl+s", "commit", "Commit", "Commit what the preview shows.", show=True,
        writes=True, priority=True),
    Key("import.leave", "import", "escape", "leave", "Leave", "Leave the preview; nothing is changed.", show=True),
    Key("history.undo", "history", "u", "undo_this", "Undo this", "Undo the operation under the cursor.", show=True,
        writes=True),
    Key("history.leave", "history", "escape", "leave", "Back", "Go back.", show=True),
    Key("jobs.cancel", "jobs", "x", "cancel", "Cancel", "Cancel the job under the cursor.", show=True),
    Key("jobs.leave", "jobs", "escape", "leave", "Back", "Go back.", show=True),
    Key("confirm.yes", "confirm", "y,enter", "yes", "Yes", "Do it."),
    Key("confirm.no", "confirm", "n,escape", "leave", "No", "Leave it."),
    Key("dialog.leave", "dialog", "escape", "leave", "Leave", "Leave it."),
    Key("pick.down", "pick", "down,ctrl+n", "move(1)", "Down", "Next name."),
    Key("pick.up", "pick", "up,ctrl+p", "move(-1)", "Up", "Name before."),
    Key("tell.close", "tell", "enter,escape,q", "leave", "Close", "Close it."),
    Key("help.close", "help", "escape,question_mark,q", "leave", "Close", "Close the help.", show=True),
    Key("app.undo", "app", "u", "undo", "Undo", "Undo your last operation.", show=True, writes=True),
    Key("app.redo", "app", "ctrl+r", "redo", "Redo", "Redo what was undone.", writes=True),
    Key("app.import", "app", "I", "import_file", "Import", "Import a file: look at it, then commit.", writes=True),
    Key("app.export", "app", "X", "export", "Export", "Export the marked contacts, or the list."),
    Key("app.jobs", "app", "J", "jobs", "Jobs", "What is running in the background."),
    Key("app.history", "app", "H", "history", "History", "All operations; undo any of them."),
    Key("app.palette", "app", "colon,ctrl+p", "command_palette", "Commands", "Find a command by its name."),
    Key("app.help", "app", "f1,question_mark", "help", "Help", "Show the keys.", show=True),
    Key("app.quit", "app", "q", "quit", "Quit", "Quit.", show=True),
)  # fmt: skip

BY_ID = {key.id: key for key in KEYS}
WRITING_ACTIONS = frozenset(key.action.partition("(")[0] for key in KEYS if key.writes)


COMMANDS = ("browse", "contact", "app")
"""The places whose keys the command palette offers."""


def display(keys: str) -> str:
    """Keys as people read them: `?  F1` for `question_mark,f1`."""
    return "  ".join(_DISPLAY.get(key, key) for key in keys.split(","))


def bindings(*places: str) -> list[BindingType]:
    """The bindings of these places, in the order of the table."""
    return [key.binding() for key in KEYS if key.where in places]


def in_places(*places: str) -> Iterator[tuple[str, list[Key]]]:
    """Title and keys of each place, for help."""
    for place, title in PLACES.items():
        if not places or place in places:
            yield title, [key for key in KEYS if key.where == place]


def as_markdown() -> str:
    """The table of `docs/tui.md`."""
    lines: list[str] = []
    for title, keys in in_places():
        lines += [f"### {title}", "", "| key | what it does | id |", "|---|---|---|"]
        lines += [f"| {_escaped(key.display)} | {key.text} | `{key.id}` |" for key in keys]
        lines.append("")
    return "\n".join(lines)


def _escaped(keys: str) -> str:
    return " ".join("`" + key.replace("|", "\\|") + "`" for key in keys.split())
