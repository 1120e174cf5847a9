"""Merging two contacts that are one person, looked at property by property before it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document
from contacthub.errors import InvalidValue, NotFound
from contacthub.identity.keys import match_key
from contacthub.model.contact import COUNTS, SET_PROPERTIES
from contacthub.model.values import TAGS_PER_CONTACT, URNS_PER_CONTACT
from contacthub.operations import paths
from contacthub.operations.commit import commit
from contacthub.operations.effects import Effects
from contacthub.operations.history import Operation
from contacthub.session import Session

Choice = Literal["keep", "other"]
ONE_VALUE = ("name", "language", "assignee", "avatar", "remarks", "flow")
"""Properties of one value: the survivor's own stays, and it takes what it lacks."""

STRICTEST_FIRST = ("blocked", "stopped", "archived", "active")
"""Of two statuses the stricter one stays, unless it is chosen otherwise."""


@dataclass(frozen=True, slots=True)
class MergeLine:
    """One property of the two contacts, and what the survivor will have."""

    path: str
    """The property, as `name` or `fields.city`."""
    keep: Any
    other: Any
    result: Any

    @property
    def conflict(self) -> bool:
        """Whether the two differ, so that somebody has to say which value stays."""
        one_value = self.path in (*ONE_VALUE, "status") or self.path.startswith("fields.")
        return one_value and self.keep not in (None, "") and self.other not in (None, "") and self.keep != self.other


@dataclass(frozen=True)
class MergePlan:
    """What merging `other` into `keep` would do."""

    keep: str
    other: str
    lines: list[MergeLine]
    effects: Effects
    summary: str

    @property
    def conflicts(self) -> list[MergeLine]:
        """Properties of one value in which the two differ."""
        return [line for line in self.lines if line.conflict]


def plan_merge(session: Session, keep: int, other: int, choose: Mapping[str, Choice] | None = None) -> MergePlan:
    """What a merge would do. `choose` tells, per property (`name`, `fields.city`), whose value stays; by default the
    survivor's. Raises NotFound, InvalidValue."""
    if keep == other:
        raise InvalidValue(
            "A contact cannot be merged with itself.", code="same_contact", property="contact", value=keep
        )
    documents = session.store.get(CONTACTS, [keep, other])
    if len(documents) < 2:
        raise NotFound("One of the two contacts is not there any more.")
    mine, theirs = documents[keep], documents[other]
    choose = dict(choose or {})
    wrong = [value for value in choose.values() if value not in ("keep", "other")]
    if wrong:
        raise InvalidValue("Choose keep or other.", code="invalid_choice", property="choose", value=wrong[0])
    results = _one_value(mine, theirs, choose) | _joined(mine, theirs) | _consent(mine, theirs)
    effects, lines = Effects(), []
    for path, result in results.items():
        before, away = paths.get(mine, path), paths.get(theirs, path)
        effects.set_value(keep, path, before, result)
        if path not in paths.INTERNAL and (before, away) != (None, None) and (before != away or result != before):
            lines.append(MergeLine(path, before, away, result))
    effects.deleted[other] = {key: value for key, value in theirs.items() if key not in SET_PROPERTIES}
    memberships = session.store.memberships(BitMap([keep, other]))
    for key, ids in memberships.items():
        if other in ids:
            effects.remove_from_set(key, BitMap([other]))
            effects.add_to_set(key, BitMap([keep]) - ids)
    lines.extend(
        MergeLine(kind, mine[kind], theirs[kind], sorted({*mine[kind], *theirs[kind]}))
        for kind in SET_PROPERTIES
        if mine[kind] != theirs[kind]
    )
    unknown = choose.keys() - results.keys()
    if unknown:
        raise InvalidValue(
            f"The two contacts do not differ in {', '.join(sorted(unknown))}.",
            code="invalid_choice", property="choose", value=sorted(unknown),
        )  # fmt: skip
    _check_limits(lines)
    names = [document["name"] or document["ref"] for document in (mine, theirs)]
    return MergePlan(mine["uuid"], theirs["uuid"], lines, effects, f"merge {names[1]} into {names[0]}")


def _check_limits(lines: list[MergeLine]) -> None:
    for line in lines:
        limit = {"tags": TAGS_PER_CONTACT, "urns": URNS_PER_CONTACT}.get(line.path)
        if limit is not None and len(line.result) > limit:
            raise InvalidValue(
                f"Together the two contacts have {len(line.result)} {line.path}; a contact has at most {limit}. "
                "Take some away first.",
                code=f"too_many_{line.path}", property=line.path, value=len(line.result),
            )  # fmt: skip


def merge(session: Session, keep: int, other: int, choose: Mapping[str, Choice] | None = None) -> Operation:
    """Make two contacts one. Tags, lists, groups and identities are united, counts add up, an opt-out of either
    survives; the uuid that goes leads to the survivor. Raises NotFound, InvalidValue, NotAllowed."""
    session.require("merge")
    plans: list[MergePlan] = []

    def effects() -> Effects:
        plans.append(plan_merge(session, keep, other, choose))
        return plans[0].effects

    summary = plan_merge(session, keep, other, choose).summary
    return commit(session, kind="merge", summary=summary, effects=effects)


def _one_value(mine: Document, theirs: Document, choose: Mapping[str, Choice]) -> dict[str, Any]:
    fields = [f"fields.{key}" for key in {**mine["fields"], **theirs["fields"]}]
    statuses = {"keep": mine["status"], "other": theirs["status"]}
    strictest = min(statuses.values(), key=STRICTEST_FIRST.index)
    results: dict[str, Any] = {"status": statuses[choose["status"]] if "status" in choose else strictest}
    for path in (*ONE_VALUE, *fields):
        own, away = paths.get(mine, path), paths.get(theirs, path)
        taken = away if choose.get(path) == "other" or own in (None, "") else own
        results[path] = own if taken in (None, "") else taken
        if path == "name":
            results["name_source"] = theirs["name_source"] if results[path] != own else mine["name_source"]
    return results


def _joined(mine: Document, theirs: Document) -> dict[str, Any]:
    def pick(path: str, choice: Callable[..., str]) -> str | None:
        known = [value for value in (mine[path], theirs[path]) if value is not None]
        return choice(known) if known else None

    keys = {match_key(urn) for urn in mine["urns"]}
    urns = [*mine["urns"], *(urn for urn in theirs["urns"] if match_key(urn) not in keys)]
    return {
        "urns": urns,
        "identities": {**theirs["identities"], **mine["identities"]},
        "country": mine["country"] or theirs["country"],
        "profile_name": mine["profile_name"] or theirs["profile_name"],
        "created_on": pick("created_on", min),
        "first_seen_on": pick("first_seen_on", min),
        "last_seen_on": pick("last_seen_on", max),
        "last_sent_on": pick("last_sent_on", max),
        "last_message_on": pick("last_message_on", max),
        "tickets": (mine["tickets"] or 0) + (theirs["tickets"] or 0),
        "flow_history": list(dict.fromkeys([*mine["flow_history"], *theirs["flow_history"]])),
        "merged": [*(mine.get("merged") or ()), theirs["uuid"], *(theirs.get("merged") or ())],
        **{f"engagement.{key}": mine["engagement"].get(key, 0) + theirs["engagement"].get(key, 0) for key in COUNTS},
    }


def _consent(mine: Document, theirs: Document) -> dict[str, Any]:
    """An opt-out of either survives; otherwise an opt-in of either."""
    results: dict[str, Any] = {}
    for purpose in {**mine["opt_in"], **theirs["opt_in"]}:
        states = {side["opt_in"].get(purpose, "unknown"): side for side in (theirs, mine)}
        state = next(state for state in ("no", "yes", "unknown") if state in states)
        decides = states[state]
        results[f"opt_in.{purpose}"] = state
        for detail in ("opt_in_on", "opt_in_source"):
            results[f"{detail}.{purpose}"] = decides[detail].get(purpose)
    return results
