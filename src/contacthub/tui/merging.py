"""Two contacts that are one person become one: who stays, which of two values stays, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contacthub.errors import Refused
from contacthub.tui.ask import Choice, Choose, Confirm
from contacthub.tui.columns import shown_phone
from contacthub.tui.safe import visible
from contacthub.tui.words import named

if TYPE_CHECKING:
    from contacthub.hub import Operation
    from contacthub.tui.verbs import Targets, VerbScreen

LINES_SHOWN = 10


async def merge(screen: VerbScreen, targets: Targets) -> Operation | None:
    """Ask, show and apply; None if the person left it. Raises Refused where not exactly two contacts are marked."""
    if targets.count != 2:
        raise Refused("Mark the two contacts that are one person, then press M.")
    hub = screen.hub
    first, second = await screen.read(lambda: list(targets.audience().page(0, 2)))
    stays = await screen.ask(Choose("One person. Which contact stays?", [
        Choice("1", first.display_name, shown_phone(first) or first.ref),
        Choice("2", second.display_name, shown_phone(second) or second.ref),
    ], "The other goes into it, with its identities, tags and groups."))  # fmt: skip
    if stays is None:
        return None
    keep, other = (first, second) if stays == "1" else (second, first)
    choose: dict[str, Any] = {}
    for line in (await screen.read(lambda: hub.plan.merge(keep, other))).conflicts:
        way = await screen.ask(Choose(f"{named(line.path)}: which is right?", [
            Choice("1", _text(line.keep), "of the one who stays"), Choice("2", _text(line.other), "of the other"),
        ]))  # fmt: skip
        if way is None:
            return None
        if way == "2":
            choose[line.path] = "other"
    plan = await screen.read(lambda: hub.plan.merge(keep, other, choose))
    lines = [f"{named(line.path)}: {_text(line.result)}" for line in plan.lines if _is_read(line)]
    if len(lines) > LINES_SHOWN:
        lines[LINES_SHOWN:] = [f"… {len(lines) - LINES_SHOWN} more"]
    if not await screen.ask(Confirm(f"{plan.summary[:1].upper()}{plan.summary[1:]}?", "\n".join(lines))):
        return None
    return await screen.read(lambda: hub.contacts.merge(keep, other, choose))


def _is_read(line: Any) -> bool:
    """Whether a person decides by it: times and counts follow by themselves."""
    return not isinstance(line.result, dict) and not line.path.partition(".")[0].endswith("_on")


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return visible(", ".join(str(item) for item in value))
    return "—" if value is None or value == "" else visible(value)
