"""The tree of views, groups, tags, lists and assignees, with their counts. Choosing one shows its query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.message import Message
from textual.widgets import Tree

from contacthub.tui import keys
from contacthub.tui.safe import fit, visible
from contacthub.tui.work import Latest

if TYPE_CHECKING:
    from contacthub.hub import Hub

SHOWN = 200
"""Entries of one section; a hub may have thousands of tags, which the search box completes."""


LABEL_WIDTH = 22
"""Cells of an entry: the width of the sidebar without its guides and its scrollbar."""


class Sidebar(Tree[Any]):
    """See the module."""

    BINDINGS: ClassVar = keys.bindings("tree")

    @dataclass
    class Chosen(Message):
        """A view, group, tag, list or assignee was chosen."""

        label: str
        query: str

    def __init__(self, hub: Hub) -> None:
        super().__init__("", id="sidebar")
        self.show_root = False
        self.guide_depth = 2
        self._hub = hub
        self._latest = Latest(self, "tree")
        self._sections: list[Any] = []

    def reload(self) -> None:
        """Read the tree again, in a thread; what is open stays open, and the cursor where it is."""
        self._latest.submit(self._hub.tree, self._show)

    def _show(self, sections: list[Any]) -> None:
        if sections == self._sections:
            return
        self._sections = sections
        line = self.cursor_line
        closed = {str(node.label) for node in self.root.children if not node.is_expanded}
        self.clear()
        for section in sections:
            title = visible(section.title)
            branch = self.root.add(Text(title, style="bold"), expand=title not in closed, data=None)
            for node in section.nodes[:SHOWN]:
                branch.add_leaf(_label(node), data=node)
            if len(section.nodes) > SHOWN:
                branch.add_leaf(Text(f"… {len(section.nodes) - SHOWN:,} more: search", style="dim"), data=None)
        self.root.expand()
        self.cursor_line = max(line, 1 if sections else 0)

    def on_tree_node_selected(self, event: Tree.NodeSelected[Any]) -> None:
        event.stop()
        if event.node.data is not None:
            self.post_message(self.Chosen(visible(event.node.data.label), event.node.data.query))


def _label(node: Any) -> Text:
    """Name and count, the counts one under the other. A dynamic group has a sign: it cannot be added to by hand."""
    sign = "≈ " if node.kind == "dynamic_group" else ""
    count = f"{node.count:,}"
    return Text.assemble(
        fit(sign + visible(node.label), LABEL_WIDTH - len(count) - 1), (f" {count}", "dim"), no_wrap=True
    )
