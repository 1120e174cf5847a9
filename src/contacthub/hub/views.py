"""The built-in views, the tree of everything one can look at with counts, and the watch for changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from contacthub.engine.port import CONTACTS
from contacthub.hub.catalogues import meaning_of_group, meaning_or_nobody
from contacthub.session import CATALOGUES

if TYPE_CHECKING:
    from contacthub.hub.front import Hub


class View(NamedTuple):
    """A list that every hub has. Views hold active contacts, unless their name says otherwise."""

    key: str
    title: str
    query: str


VIEWS = (
    View("available", "Available", "status = active"),
    View("active_30d", "Active in 30 days", "status = active AND active_30d = yes"),
    View("needs_reply", "Needs reply", "status = active AND needs_reply = yes"),
    View("awaiting_reply", "Awaiting reply", "status = active AND awaiting_reply = yes"),
    View("mine", "Mine", "status = active AND assignee = me"),
    View("unassigned", "Unassigned", 'status = active AND assignee = ""'),
    View("reachable", "Reachable", "reachable = yes"),
    View("opted_in", "Opted in", "status = active AND opt_in = yes"),
    View("opted_out", "Opted out", "status = active AND opt_in = no"),
    View("no_group", "In no group", 'status = active AND group = ""'),
    View("blocked", "Blocked", "status = blocked"),
    View("stopped", "Stopped", "status = stopped"),
    View("archived", "Archived", "status = archived"),
    View("everyone", "Everyone", ""),
)


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of the tree: what it is called, the query that shows it, and how many contacts it holds."""

    label: str
    query: str
    count: int
    kind: str
    """`view`, `group`, `dynamic_group`, `tag`, `list` or `assignee`."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    nodes: list[Node] = field(default_factory=list)


def tree(hub: Hub) -> list[Section]:
    """All there is to look at, with counts, in one pass over the contacts."""
    entries: list[tuple[str, str, str, str]] = [("Views", view.title, view.query, "view") for view in VIEWS]
    groups = list(hub.groups)
    for group in groups:
        kind = "dynamic_group" if group.is_dynamic else "group"
        entries.append(("Groups", group.name, f'group = "{group.name}"', kind))
    entries += [("Tags", tag.name, f"tag = {quoted(tag.name)}", "tag") for tag in hub.tags]
    entries += [("Lists", item.name, f"list = {quoted(item.name)}", "list") for item in hub.lists]
    entries += [
        ("Assignees", member.handle, f"assignee = {quoted(member.handle)}", "assignee") for member in hub.members
    ]
    by_name = {group.name: group for group in groups}
    meanings = [
        meaning_of_group(hub, by_name[label]) if title == "Groups" else meaning_or_nobody(hub, query)
        for title, label, query, _ in entries
    ]
    sections: dict[str, Section] = {}
    for (title, label, query, kind), count in zip(entries, hub.store.counts(meanings), strict=True):
        sections.setdefault(title, Section(title)).nodes.append(Node(label, query, count, kind))
    return list(sections.values())


def quoted(value: str) -> str:
    """A value as it stands in a query."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class Update:
    """What has changed since the last look."""

    everything: bool = False
    """Too much, or too long ago, to tell: read all again."""
    contacts: set[str] = field(default_factory=set)
    """The uuids of the contacts that differ and are still there."""
    deleted: int = 0
    """How many contacts are gone."""
    catalogues: bool = False
    """Whether fields, groups, tags, lists, members or settings have changed."""


class Watcher:
    """Tells what has changed since it was last asked, by whoever. Costs what changed; ask it once a second."""

    MOST = 10_000
    """Above so many changed contacts, reading all again is cheaper than naming them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._cursor = hub.store.cursor()

    def poll(self) -> Update | None:
        """What has changed since the last call, or None."""
        changes = self._hub.store.changes(self._cursor)
        self._cursor = changes.cursor
        if not changes:
            return None
        catalogues = any(table in changes.put or table in changes.deleted for table in CATALOGUES)
        if changes.everything or len(changes.touched) > self.MOST:
            return Update(everything=True, catalogues=True)
        documents = self._hub.store.get(CONTACTS, changes.touched)
        return Update(
            contacts={document["uuid"] for document in documents.values()},
            deleted=len(changes.deleted.get(CONTACTS, ())),
            catalogues=catalogues,
        )
