"""What a person can do to contacts: each verb asks what it needs, looks at the plan, confirms, and applies it.

The verbs work on the targets of the screen they are on: the marked rows or the row under the cursor of the list, or
the one contact of a card. Exactly the contacts that were confirmed are changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contacthub.errors import Refused
from contacthub.tui.ask import Choice, Choose, Confirm, Dialog, Line, Pick, TypeCount
from contacthub.tui.base import HubScreen
from contacthub.tui.columns import shown_phone
from contacthub.tui.safe import visible
from contacthub.tui.work import Answer, Result, ask, flow, in_thread

if TYPE_CHECKING:
    from contacthub.hub import Audience, Contact, Operation
    from contacthub.hub.plans import Plan

CONFIRM_BY_COUNT = 1_000
"""Changing more contacts than this asks for the count to be typed."""
AS_A_JOB = 500
"""Changing more contacts than this runs as a job, with a bar."""
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Targets:
    """The contacts that an action is for."""

    count: int
    audience: Callable[[], Audience]
    """Called in a thread."""
    contact: Callable[[], Contact] | None = None
    """The one contact, where there is only one. Called in a thread."""

    @property
    def title(self) -> str:
        return "1 contact" if self.count == 1 else f"{self.count:,} contacts"


class VerbScreen(HubScreen):
    """A screen that shows contacts, and says which are the targets."""

    def all_targets(self) -> Targets | None:
        """What an export is for: the targets, unless the screen knows better."""
        return self.targets()

    def targets(self) -> Targets | None:
        """The contacts concerned; None if there are none."""
        raise AssertionError("a screen with verbs says what its targets are")

    def wanted(self) -> Targets | None:
        """The targets of an action; says so if there are none."""
        targets = self.targets()
        if targets is None:
            self.contacts_app.tell("No contact here.")
        return targets

    # The verbs

    @flow
    async def action_verb(self, name: str) -> None:
        targets = self.wanted()
        if targets is None:
            return
        value = await _ASK[name](self, targets)
        if value is not None:
            await self.change(targets, lambda plan, audience: _PLAN[name](plan, audience, value))

    @flow
    async def action_lists(self) -> None:
        targets = self.wanted()
        if targets is None:
            return
        way = await self.ask(Choose(f"Lists of {targets.title}", [Choice("a", "Add"), Choice("r", "Remove")]))
        if way is None:
            return
        names = await self.read(lambda: [(each.name, "") for each in self.hub.lists])
        picked = await self.ask(Pick("Add to a list" if way == "a" else "Remove from a list", names,
                                     new="list" if way == "a" else ""))  # fmt: skip
        if picked is not None:
            verb = "add_to_list" if way == "a" else "remove_from_list"
            await self.change(targets, lambda plan, audience: getattr(plan, verb)(audience, picked))

    @flow
    async def action_assign_to_me(self) -> None:
        if targets := self.wanted():
            await self.change(targets, lambda plan, audience: plan.assign(audience, self.hub.actor))

    @flow
    async def action_status(self) -> None:
        targets = self.wanted()
        if targets is None:
            return
        way = await self.ask(Choose(f"Status of {targets.title}", [
            Choice("b", "Block", "not to be written to, by our decision"),
            Choice("s", "Stop", "not to be written to, by theirs"),
            Choice("a", "Reactivate", "active again"),
            Choice("x", "Archive", "out of the way"),
        ]))  # fmt: skip
        verb = {"b": "block", "s": "stop", "a": "reactivate", "x": "archive", None: None}[way]
        if verb is not None:
            await self.change(targets, lambda plan, audience: getattr(plan, verb)(audience))

    @flow
    async def action_consent(self) -> None:
        targets = self.wanted()
        if targets is None:
            return
        way = await self.ask(Choose(f"Marketing messages to {targets.title}", [
            Choice("y", "Opt in", "they agreed"), Choice("n", "Opt out", "they do not want it"),
        ]))  # fmt: skip
        if way is None:
            return
        why = await self.ask(Line(
            "Opt in" if way == "y" else "Opt out",
            "How do you know? The form and its wording, the message, the call. It is kept as the proof.",
            check=lambda typed: None if typed.strip() else "An answer is needed.",
        ))  # fmt: skip
        if why is None:
            return
        if way == "y":
            await self.change(targets, lambda plan, audience: plan.opt_in(audience, proof=why.strip(), source="member"))
        else:
            await self.change(targets, lambda plan, audience: plan.opt_out(audience, note=why.strip(), source="member"))

    @flow
    async def action_delete(self) -> None:
        targets = self.wanted()
        if targets is not None:
            await self.change(targets, lambda plan, audience: plan.delete(audience), danger=True)

    @flow
    async def action_remark(self) -> None:
        contact = await self._one()
        if contact is None:
            return
        text = await self.ask(Line(f"Remark on {visible(contact.name) or 'this contact'}"))
        if text and text.strip():
            remarks = f"{contact.remarks}\n{text.strip()}" if contact.remarks else text.strip()
            operation = await self.read(lambda: contact.edit(remarks=remarks))
            self.contacts_app.changed(operation)

    @flow
    async def action_copy_phone(self) -> None:
        contact = await self._one()
        if contact is not None:
            if not shown_phone(contact):
                raise Refused("This contact has no phone number that can be shown.")
            self.contacts_app.copy(contact.phone, contact.phone)

    @flow
    async def action_copy_json(self) -> None:
        import json

        contact = await self._one()
        if contact is not None:
            self.contacts_app.copy(json.dumps(contact.as_dict(), ensure_ascii=False, indent=2), "The contact as JSON")

    @flow
    async def action_edit(self) -> None:
        from contacthub.tui.form import open_form

        contact = await self._one()
        if contact is not None:
            await open_form(self.contacts_app, contact)

    # What they are made of

    async def ask(self, dialog: Dialog[Answer]) -> Answer | None:
        return await ask(self.contacts_app, dialog)

    async def read(self, work: Callable[[], Result]) -> Result:
        return await in_thread(self.contacts_app, work)

    async def change(
        self, targets: Targets, make: Callable[[Any, Audience], Plan], *, danger: bool = False
    ) -> Operation | None:
        """Plan, show what it would do, confirm, apply, tell. None if the person left it or nothing would change."""

        def plan_it() -> tuple[Plan, str]:
            plan = make(self.hub.plan, targets.audience())
            if danger and targets.count == 1:
                return plan, "".join(visible(contact.display_name) for contact in plan.sample)
            return plan, plan_text(plan)

        plan, text = await self.read(plan_it)
        if not plan.will_change:
            self.contacts_app.tell(_nothing(plan))
            return None
        if not await self._confirmed(plan, text, targets, danger=danger):
            return None
        if targets.count > AS_A_JOB:
            operation = await self.contacts_app.jobs.run(
                _title(plan), lambda progress: plan.apply(expect=targets.count, progress=progress)
            )
        else:
            operation = await self.read(lambda: plan.apply(expect=targets.count))
        self.contacts_app.changed(operation)
        return operation

    async def _confirmed(self, plan: Plan, text: str, targets: Targets, *, danger: bool) -> bool:
        if danger and targets.count == 1:
            return await self.ask(Confirm(f"{_title(plan)} {text}?", "u brings it back.")) is True
        if danger or targets.count > CONFIRM_BY_COUNT:
            return await self.ask(TypeCount(_title(plan), text, plan.will_change)) is not None
        if targets.count == 1:
            return True
        return await self.ask(Confirm(_title(plan), text)) is True

    async def _one(self) -> Contact | None:
        targets = self.wanted()
        if targets is None:
            return None
        if targets.contact is None:
            raise Refused(f"This is for one contact; {targets.count:,} are marked. Esc clears the marks.")
        return await self.read(targets.contact)

    async def _pick_tag(self, targets: Targets) -> str | None:
        tags = await self.read(lambda: [(tag.name, f"{tag.count:,}") for tag in self.hub.tags])
        return await self.ask(Pick(f"Tag {targets.title}", tags, new="tag"))

    async def _pick_tag_of(self, targets: Targets) -> str | None:
        def names() -> list[tuple[str, str]]:
            if targets.contact is not None:
                return [(name, "") for name in targets.contact().tags]
            return [(tag.name, f"{tag.count:,}") for tag in self.hub.tags]

        tags = await self.read(names)
        if not tags:
            raise Refused("This contact has no tags.")
        return await self.ask(Pick(f"Untag {targets.title}", tags))

    async def _pick_group(self, targets: Targets) -> str | None:
        return await self._pick_static_group(f"Add {targets.title} to a group", new="group")

    async def _pick_group_of(self, targets: Targets) -> str | None:
        return await self._pick_static_group(f"Remove {targets.title} from a group", new="")

    async def _pick_static_group(self, title: str, new: str) -> str | None:
        groups = await self.read(
            lambda: [(group.name, f"{group.count:,}") for group in self.hub.groups if not group.is_dynamic]
        )
        picked = await self.ask(Pick(title, groups, new=new, text="" if groups or new else "There are no groups yet."))
        if picked is not None and picked not in {name for name, _ in groups}:
            await self.read(lambda: self.hub.groups.create(picked))
        return picked

    async def _pick_member(self, targets: Targets) -> str | None:
        members = await self.read(lambda: [(member.handle, member.name) for member in self.hub.members])
        if not members:  # a hub of one person
            members = [(self.hub.actor, "yourself")]
        return await self.ask(Pick(f"Assign {targets.title}", [*members, (NOBODY, "takes the owner away")]))


_ASK: dict[str, Callable[[VerbScreen, Targets], Awaitable[str | None]]] = {
    "tag": VerbScreen._pick_tag,
    "untag": VerbScreen._pick_tag_of,
    "group": VerbScreen._pick_group,
    "ungroup": VerbScreen._pick_group_of,
    "assign": VerbScreen._pick_member,
}
_PLAN: dict[str, Callable[[Any, Audience, str], Plan]] = {
    "tag": lambda plan, audience, name: plan.tag(audience, name),
    "untag": lambda plan, audience, name: plan.untag(audience, name),
    "group": lambda plan, audience, name: plan.add_to_group(audience, name),
    "ungroup": lambda plan, audience, name: plan.remove_from_group(audience, name),
    "assign": lambda plan, audience, name: plan.unassign(audience) if name == NOBODY else plan.assign(audience, name),
}


def _title(plan: Plan) -> str:
    return plan.what[:1].upper() + plan.what[1:]


def plan_text(plan: Plan) -> str:
    """How many, who for instance, who already is so, who cannot and why. Reads the store: runs in a thread."""
    names = [visible(contact.display_name) for contact in plan.sample[:3]]
    lines = [f"{plan.will_change:,} will change: {', '.join(names)}{' …' if plan.will_change > len(names) else ''}"]
    if plan.already:
        lines.append(f"{plan.already:,} are so already")
    lines += [f"{count:,} cannot: {reason}" for reason, count in plan.cannot.items()]
    return "\n".join(lines)


def _nothing(plan: Plan) -> str:
    reasons = [f"{count:,} cannot: {reason}" for reason, count in plan.cannot.items()]
    if plan.already:
        reasons.insert(0, "it is so already" if plan.already == 1 else f"{plan.already:,} are so already")
    return "Nothing to change: " + "; ".join(reasons) if reasons else "Nothing to change."
