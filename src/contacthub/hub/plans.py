"""`hub.plan`: every verb, looked at before it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS
from contacthub.errors import NotFound
from contacthub.operations import plan as core
from contacthub.operations import redaction, verbs
from contacthub.operations.fields import Retype, plan_retype
from contacthub.operations.merge import Choice, MergePlan, plan_merge
from contacthub.operations.undo import UndoReport, preview
from contacthub.operations.usage import Usage, usage

if TYPE_CHECKING:
    from contacthub.hub.contact import Contact
    from contacthub.hub.front import Hub


class Plan(core.Plan):
    """A change worked out and not applied: `summary`, `will_change`, `already`, `cannot`, `sample`, `apply()`."""

    hub: Hub

    @property
    def sample(self) -> list[Contact]:
        """A few of the contacts that would change."""
        return self.hub.contacts.of_ids(self.sample_ids())

    def __repr__(self) -> str:
        return f"<Plan {self.summary}>"


class Planner:
    """`hub.plan.tag(people, "summer")` and so on: the verbs of an audience, planned and not applied."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def make(self, kind: str, target: Any, *arguments: Any, **options: Any) -> Plan:
        """The plan of a verb by its name, for an audience, a contact, uuids, or a DataFrame indexed by uuid."""
        from contacthub.hub.audience import Audience

        session, verb = self._hub.session, verbs.VERBS[kind]
        session.require(kind)
        pinned = ids_of(self._hub, target)
        current: Callable[[], BitMap] = target.evaluate if isinstance(target, Audience) else lambda: pinned
        if kind != "edit":  # where None clears
            options = {key: value for key, value in options.items() if value is not None}
        plan = Plan(
            session=session,
            kind=kind,
            what=verbs.describe(kind, arguments, options),
            arguments={
                "query": getattr(target, "query", None),
                "arguments": [str(argument) for argument in arguments],
                **{key: str(value) for key, value in options.items()},
            },
            ids=pinned,
            current=current,
            draft=lambda ids: verb(session, ids, *arguments, **options),
        )
        plan.hub = self._hub
        return plan

    def undo(self, id: int) -> UndoReport:
        """What undoing an operation would do now. Raises NotFound, Refused (`already_undone`, `pruned`, …)."""
        return preview(self._hub.session, id)

    def usage(self, table: str, name: str) -> Usage:
        """Who and what uses something of a catalogue (`hub.plan.usage("tags", "vip")`), before it is renamed or
        deleted: contacts, dynamic groups, saved searches. Raises NotFound."""
        return usage(self._hub.session, table, name)

    def merge(self, keep: Any, other: Any, choose: Mapping[str, Choice] | None = None) -> MergePlan:
        """What merging two contacts would do, property by property. Raises NotFound, InvalidValue, NotAllowed."""
        session, contacts = self._hub.session, self._hub.contacts
        session.require("merge")
        plan = plan_merge(session, contacts.id_of(keep), contacts.id_of(other), choose)
        return redaction.merge_plan(plan) if session.catalogue.redact_urns else plan

    def retype(self, field: str, type: str) -> Retype:
        """What giving a field another type would do to its values. Raises NotFound, InvalidValue."""
        return plan_retype(self._hub.session, field, type)

    def __getattr__(self, name: str) -> Callable[..., Plan]:
        if name not in verbs.VERBS:
            raise AttributeError(f"There is no verb {name!r}; there are {', '.join(verbs.VERBS)}.")
        return lambda target, *arguments, **options: self.make(name, target, *arguments, **options)

    def __dir__(self) -> list[str]:
        return [*verbs.VERBS, "undo", "usage", "merge", "retype", "make"]


def ids_of(hub: Hub, target: Any) -> BitMap:
    """The engine's ids of an audience, a contact, one uuid or several, or a DataFrame indexed by uuid."""
    from contacthub.hub.audience import Audience
    from contacthub.hub.contact import Contact

    if isinstance(target, Audience):
        return target.ids
    if isinstance(target, Contact):
        return BitMap([target.id])
    if isinstance(target, (str, UUID)):
        return BitMap([hub.contacts.id_of(target)])
    uuids = [item.uuid if isinstance(item, Contact) else str(item) for item in _rows(target)]
    found = hub.store.ids(CONTACTS, uuids)
    missing = [uuid for uuid in uuids if uuid not in found]
    if missing:
        raise NotFound(f"{len(missing)} of the {len(uuids)} contacts are not in this hub, such as {missing[0]}.")
    return BitMap(found.values())


def _rows(target: Any) -> Iterable[Any]:
    """A DataFrame of contacts gives its index, or its column `uuid`; everything else its items."""
    if hasattr(target, "columns") and hasattr(target, "index"):
        return list(target["uuid"]) if "uuid" in target.columns else list(target.index)
    return list(target)
