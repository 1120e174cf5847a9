"""What the explorer can do with people: each action is foreseen first, and then done, or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contacthub.errors import Refused
from contacthub.notebook.rows import counted
from contacthub.notebook.work import Progress

if TYPE_CHECKING:
    from contacthub.hub import Audience, Hub
    from contacthub.hub.plans import Plan
    from contacthub.operations.history import Operation


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom an action is about: the query, or those of it that are selected."""

    hub: Hub
    query: str
    people: Audience
    selected: bool = False

    @property
    def code(self) -> str:
        """The Python that finds the same people."""
        return f"hub.audience({list(self.people.uuids)!r})" if self.selected else f"hub.find({self.query!r})"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: a sentence, and what is needed to take it back."""

    text: str
    code: str
    operation: Operation | None = None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an action would do. Nothing has happened yet."""

    text: str
    worth_doing: bool
    do: Callable[[Progress], Done]


@dataclass(frozen=True, slots=True)
class Action:
    """A button: what it asks for, and what it would do with the answer."""

    key: str
    title: str
    asks: str
    foresee: Callable[[Scope, str], Foreseen]
    choices: Callable[[Hub], Sequence[str]] = lambda hub: ()
    proposal: str = ""


def _planned(scope: Scope, plan: Plan, call: str) -> Foreseen:
    def do(progress: Progress) -> Done:
        operation = plan.apply(progress=progress)
        return Done(
            f"{operation.summary}: {counted(operation.count, 'contact')} changed.", f"{scope.code}.{call}", operation
        )

    return Foreseen(plan.summary, plan.will_change > 0, do)


def _tag(scope: Scope, name: str) -> Foreseen:
    return _planned(scope, scope.hub.plan.tag(scope.people, name), f"tag({name!r})")


def _add_to_group(scope: Scope, name: str) -> Foreseen:
    return _planned(scope, scope.hub.plan.add_to_group(scope.people, name), f"add_to_group({name!r})")


def _save_group(scope: Scope, name: str) -> Foreseen:
    hub, query = scope.hub, scope.query
    checked = hub.check(query)
    if not checked.allow_as_group:
        raise Refused(f"This query cannot define a group. {checked.group_reasons[0]}")

    def do(progress: Progress) -> Done:
        hub.groups.create(name, query=query)
        created = next(iter(hub.operations(limit=1)), None)
        return Done(f"The group {name} is there.", f"hub.groups.create({name!r}, query={query!r})", created)

    count = counted(len(hub.find(query)), "contact")
    return Foreseen(f"A group {name} that always holds who matches the query, {count} today", True, do)


def _export(scope: Scope, text: str) -> Foreseen:
    path = Path(text).expanduser()
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise Refused("Give the file a name that ends in .xlsx or .csv.")
    if not path.absolute().parent.is_dir():
        raise Refused(f"There is no folder {path.absolute().parent}.")
    count = counted(len(scope.people), "contact")
    arguments: dict[str, Any] = {"query": scope.people if scope.selected else scope.query}
    call = scope.code if scope.selected else repr(scope.query)

    def do(progress: Progress) -> Done:
        scope.hub.export(str(path), progress=progress, **arguments)
        return Done(f"{count} written to {path}.", f"hub.export({str(path)!r}, query={call})")

    replaces = ", in place of the file that is there" if path.exists() else ""
    return Foreseen(f"{count} to {path.absolute()}{replaces}", len(scope.people) > 0, do)


ACTIONS = (
    Action("tag", "Tag…", "Tag", _tag, lambda hub: [tag.name for tag in hub.tags]),
    Action(
        "add_to_group",
        "Add to group…",
        "Group",
        _add_to_group,
        lambda hub: [group.name for group in hub.groups if not group.is_dynamic],
    ),
    Action("save_group", "Save as dynamic group…", "Name of the group", _save_group),
    Action("export", "Export…", "File", _export, proposal="contacts.xlsx"),
)
