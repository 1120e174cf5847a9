"""What one row does to one contact: each value by its policy, each change with its reason.

The same function serves the preview, the check under the writers' lock, and the making of new contacts, so that what
is committed is what was shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from contacthub.engine.port import Document
from contacthub.identity.keys import match_key
from contacthub.identity.names import other_first_name, share_a_word
from contacthub.imports.converted import CLEARED, Converted
from contacthub.imports.labels import Labels
from contacthub.imports.matching import RowIdentities
from contacthub.imports.problems import Problem
from contacthub.model.text import fold
from contacthub.model.values import TAGS_PER_CONTACT, URNS_PER_CONTACT, instant_text
from contacthub.operations import paths
from contacthub.tables.cells import text_of

SET_PATHS = ("tags", "lists", "groups")
_EMPTY: dict[str, Any] = {"name": "", "remarks": "", "status": "active"}
"""What stands for "no value" in a document, where that is not None."""
_ALL = ""
"""Stands for all groups; no group has it as its name."""


class Change(NamedTuple):
    """A cell that changes: of which row, at which path, from what to what, and why."""

    position: int
    """Of the row, in the table."""
    path: str
    before: Any
    after: Any
    reason: str


class State:
    """A contact as it stands while the rows of a file are applied to it, one after the other."""

    __slots__ = ("_labels", "document", "now", "row", "settled")

    def __init__(self, document: Document | None, labels: Labels) -> None:
        self.document = document
        self.now: dict[str, Any] = {}
        self.row: int | None = None
        """The first row of the file that was applied."""
        self.settled: frozenset[str] = frozenset()
        """The groups of which rows have said that the contact is not in them, `_ALL` for all but those given: columns
        that only keep what is there put nobody in these."""
        self._labels = labels

    def get(self, path: str) -> Any:
        if path in self.now:
            return self.now[path]
        if self.document is None:
            return _EMPTY.get(path)
        return paths.get(self.document, path)

    def keeps(self, path: str, blank: bool, policy: str) -> bool:
        """Whether a policy keeps what is there. Of a new contact, that is only what an earlier row of the file gave."""
        new = self.document is None
        there = not blank and (not new or path in self.now)
        return (policy == "keep" and (there or not new)) or (policy == "fill" and there)

    def members(self, kind: str) -> frozenset[str]:
        """The folded names of the contact's tags, lists or groups."""
        if kind in self.now:
            return self.now[kind]  # type: ignore[no-any-return]
        if self.document is None:
            return frozenset()
        labels = self.document[kind]
        if kind == "groups":
            return frozenset(self._labels.by_uuid[uuid] for uuid in labels if uuid in self._labels.by_uuid)
        return frozenset(map(fold, labels))

    @property
    def urns(self) -> list[str]:
        return list(self.get("urns") or ())

    @property
    def named_by_profile(self) -> bool:
        return "name" not in self.now and self.document is not None and self.document.get("name_source") == "profile"


@dataclass(slots=True)
class Single:
    """A column that gives one value."""

    path: str
    column: Converted
    policy: str


@dataclass(slots=True)
class Consent:
    """The columns that give a consent, for one purpose."""

    purpose: str
    state: Converted
    on: Converted | None = None
    proof: Converted | None = None


@dataclass(slots=True)
class Applied:
    """What a row did."""

    changes: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)
    """Cells with a value that was not taken, with the reason."""
    problems: list[Problem] = field(default_factory=list)
    conflict: Problem | None = None
    error: Problem | None = None
    consent: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)
    """Purpose, state, when (None: at the commit), proof (None: the file and row)."""


def most(columns: list[Converted]) -> int:
    """How many tags, or identities, a row can give at most in these columns."""
    return sum(
        max((len(value) for value in column.results if isinstance(value, tuple)), default=1) for column in columns
    )


class Rules:
    """All columns of a file, ready to be applied row by row."""

    def __init__(
        self,
        columns: list[Converted],
        labels: Labels,
        *,
        add: dict[str, tuple[str, ...]],
        reactivate: bool,
        now: str,
        zone: ZoneInfo,
    ) -> None:
        self.labels = labels
        self.zone = zone
        self.reactivate = reactivate
        self.now = now
        self.add = add
        self.singles: list[Single] = []
        self.sets: list[tuple[str, Converted, str]] = []
        self.group_columns: list[tuple[Converted, str]] = []
        self.identity_columns: list[Converted] = []
        self.consents: list[Consent] = []
        parts: dict[str, Converted] = {}
        consent: dict[tuple[str, str], Converted] = {}
        for column in columns:
            policy = column.column.policy
            kind: str = column.column.target.kind
            if column.column.target.is_identity:
                self.identity_columns.append(column)
            elif kind in SET_PATHS:
                self.sets.append((kind, column, policy))
            elif kind == "group":
                self.group_columns.append((column, policy))
            elif kind == "field":
                self.singles.append(Single(f"fields.{column.column.key}", column, policy))
            elif kind in ("opt_in", "opt_in_on", "opt_in_proof"):
                consent[column.column.target.argument, kind] = column
            elif kind in ("first_name", "last_name"):
                parts[kind] = column
            elif kind in ("name", "language", "status", "remarks", "avatar", "assignee"):
                self.singles.append(Single(kind, column, policy))
        self.identities = RowIdentities(self.identity_columns)
        self.name_parts = [parts[kind] for kind in ("first_name", "last_name") if kind in parts]
        self.name_column = next((single for single in self.singles if single.path == "name"), None)
        for (purpose, kind), column in consent.items():
            if kind == "opt_in":
                others = (consent.get((purpose, "opt_in_on")), consent.get((purpose, "opt_in_proof")))
                self.consents.append(Consent(purpose, column, *others))

    @property
    def may_refuse(self) -> bool:
        """Whether a row may have problems, as one of a new contact, that none of its cells has by itself, or cells
        that are not taken."""
        tags = [column for kind, column, _ in self.sets if kind == "tags"]
        return (
            bool(self.consents)
            or any(single.path == "status" and CLEARED in single.column.results for single in self.singles)
            or most(tags) + len(self.add.get("tags", ())) > TAGS_PER_CONTACT
            or most(self.identity_columns) > URNS_PER_CONTACT
            or any(policy == "keep" for _, policy in self.group_columns)
        )

    def name(self, index: int) -> Any:
        """The name that a row gives: a text, CLEARED, or None."""
        if self.name_column:
            column = self.name_column.column
            return column.results[column.codes[index]]
        values = [column.results[column.codes[index]] for column in self.name_parts]
        texts = [value for value in values if isinstance(value, str)]
        if texts:
            return " ".join(texts)
        return CLEARED if values and all(value is CLEARED for value in values) else None

    def name_text(self, index: int) -> str:
        """The name that a row gives, "" for none."""
        name = self.name(index)
        return name if isinstance(name, str) else ""

    def apply(
        self,
        state: State,
        index: int,
        *,
        by_uuid: bool = False,
        same_person: bool = False,
        elsewhere: frozenset[str] = frozenset(),
    ) -> Applied:
        """Apply a row to a contact's state. A row in conflict or error changes nothing.

        `by_uuid` and `same_person` (a person's decision) mean that names may differ; `elsewhere` are match keys that
        stay with somebody else.
        """
        done = Applied()
        name = self.name(index)
        known = "" if by_uuid or same_person or state.named_by_profile else state.get("name")
        if known and isinstance(name, str) and known != name and not share_a_word(known, name):
            done.conflict = Problem("name_differs", "error", name, {"owner": known})
            return done
        after: dict[str, Any] = {}
        for single in self.singles:
            column = single.column
            value = column.results[column.codes[index]]
            if value is not None:
                self._single(state, done, after, single.path, value, single.policy, column, index)
        if self.name_parts and name is not None:
            column = self.name_parts[0]
            self._single(state, done, after, "name", name, column.column.policy, None, index)
        if known and other_first_name(known, after.get("name") or ""):
            done.problems.append(Problem("other_first_name", "warning", after["name"], {"owner": known}))
        settled = self._settled(state, index)
        self._sets(state, done, after, index, settled)
        self._urns(state, done, after, index, elsewhere)
        for consent in self.consents:
            self._consent(state, done, after, consent, index)
        if done.error is None:
            if state.row is None:
                state.row = index
            state.now |= after
            state.settled = settled
        return done

    def _single(
        self,
        state: State,
        done: Applied,
        after: dict[str, Any],
        path: str,
        value: Any,
        policy: str,
        column: Converted | None,
        index: int,
    ) -> None:
        before = state.get(path)
        blank = before is None or before == ""
        new = state.document is None
        if value is CLEARED:
            if path == "status":
                done.problems.append(Problem("cannot_clear", "warning", "--", {"property": "status"}))
                return
            value = _EMPTY.get(path)
        if before == value or self._same_day(before, value):
            return
        if state.keeps(path, blank, policy):
            done.kept.append(Change(index, path, before, before, "kept: policy"))
            return
        if path == "status" and value == "active" and not blank and not self.reactivate:
            done.kept.append(Change(index, path, before, before, "kept: not reactivated"))
            done.problems.append(Problem("kept_status", "note", "active", {"status": before}))
            return
        after[path] = value
        if value is None or value == "":
            reason = "cleared"
        else:
            text = text_of(column.cells[column.codes[index]]).strip() if column else str(value)
            reason = f"normalised from {text!r}" if text != str(value) else "filled" if blank and not new else "set"
        done.changes.append(Change(index, path, None if blank and new else before, value, reason))

    def _same_day(self, before: Any, value: Any) -> bool:
        """Whether a value is the midnight that frames show for the civil date that is stored."""
        if not (isinstance(before, str) and isinstance(value, str) and len(before) == 10 < len(value)):
            return False
        if value[10:] == "T00:00:00+00:00":
            return value[:10] == before
        try:
            midnight = datetime.fromisoformat(before).replace(tzinfo=self.zone)
            return instant_text(midnight) == value
        except ValueError:
            return False

    # -- sets --------------------------------------------------------------------------------------------------------

    def _settled(self, state: State, index: int) -> frozenset[str]:
        """The groups of which this row or one before it says that the contact is not in them."""
        settled = state.settled
        for kind, column, policy in self.sets:
            value = column.results[column.codes[index]]
            if kind == "groups" and value is not None and (value is CLEARED or policy != "add"):
                settled |= frozenset(value) if policy == "remove" and value is not CLEARED else {_ALL}
        return settled

    def _sets(self, state: State, done: Applied, after: dict[str, Any], index: int, settled: frozenset[str]) -> None:
        touched: dict[str, tuple[frozenset[str], str]] = {}

        def current(kind: str) -> frozenset[str]:  # what earlier columns of this row made of it
            return touched[kind][0] if kind in touched else state.members(kind)

        for kind, column, policy in self.sets:
            value = column.results[column.codes[index]]
            if value is None:
                continue
            members = current(kind)
            if value is CLEARED:
                touched[kind] = frozenset(), "cleared"
            elif policy == "replace":
                touched[kind] = frozenset(value), "replaced"
            elif policy == "remove":
                touched[kind] = members - set(value), "removed"
            else:
                touched[kind] = members | set(value), "added"
        for column, policy in self.group_columns:
            value = column.results[column.codes[index]]
            if value is None or value is CLEARED:
                continue
            key, inside = value
            members = current("groups")
            if inside == (key in members):
                continue
            new = state.document is None and settled.isdisjoint((key, _ALL))
            if policy == "keep" and not (inside and new):
                there = self.labels.names("groups", members)
                done.kept.append(Change(index, "groups", there, there, "kept: policy"))
            elif inside:
                touched["groups"] = members | {key}, "added"
            else:
                touched["groups"] = members - {key}, "removed"
        for kind, keys in self.add.items():
            touched[kind] = current(kind) | set(keys), touched[kind][1] if kind in touched else "added"
        for kind, (members, reason) in touched.items():
            before = state.members(kind)
            if members == before:
                continue
            if kind == "tags" and len(members) > TAGS_PER_CONTACT:
                details = {"count": len(members), "limit": TAGS_PER_CONTACT}
                done.error = Problem("too_many_tags", "error", "", details)
                return
            after[kind] = members
            shown = self.labels.names
            done.changes.append(Change(index, kind, shown(kind, before), shown(kind, members), reason))

    # -- identities --------------------------------------------------------------------------------------------------

    def _urns(self, state: State, done: Applied, after: dict[str, Any], index: int, elsewhere: frozenset[str]) -> None:
        before = state.urns
        urns = list(before)
        keys = [match_key(urn) for urn in urns]
        replaced: dict[str, set[str]] = {}
        gone = self.identities.taken_away(index)
        for column in self.identity_columns:
            value = column.results[column.codes[index]]
            if value is None:
                continue
            policy = column.column.policy
            scheme = "" if column.column.target.kind == "urns" else column.column.target.argument
            given = () if value is CLEARED else (value,) if isinstance(value, str) else value
            if value is CLEARED or policy == "replace":
                replaced.setdefault(scheme, set()).update(map(match_key, given))
            if policy == "remove":
                continue
            for urn in given:
                key = match_key(urn)
                if key not in keys and key not in elsewhere:
                    urns.append(urn)
                    keys.append(key)
        if gone:  # what one column takes away, no other gives
            urns = [urn for urn in urns if match_key(urn) not in gone]
        for scheme, wanted in replaced.items():
            urns = [urn for urn in urns if (scheme and urn.partition(":")[0] != scheme) or match_key(urn) in wanted]
        if urns == before:
            return
        if len(urns) > URNS_PER_CONTACT:
            details = {"count": len(urns), "limit": URNS_PER_CONTACT}
            done.error = Problem("too_many_urns", "error", "", details)
            return
        after["urns"] = urns
        added = set(urns) - set(before)
        reason = "added" if len(added) == len(urns) - len(before) else "replaced" if added else "removed"
        if state.document is None and not before:
            reason = "set"
        done.changes.append(Change(index, "urns", before, urns, reason))

    # -- consent -----------------------------------------------------------------------------------------------------

    def _consent(self, state: State, done: Applied, after: dict[str, Any], consent: Consent, index: int) -> None:
        def cell(column: Converted | None) -> Any:
            value = column.results[column.codes[index]] if column else None
            if column is None or value is not CLEARED:
                return value
            done.problems.append(Problem("cannot_clear", "warning", "--", {"property": str(column.column.target)}))
            return None

        wanted, on, proof = cell(consent.state), cell(consent.on), cell(consent.proof)
        if wanted is None:
            if on or proof:
                done.problems.append(Problem("opt_in_incomplete", "warning"))
            return
        path = f"opt_in.{consent.purpose}"
        before = state.get(path) or "unknown"
        since = state.get(f"opt_in_on.{consent.purpose}")
        if wanted == before:
            return
        if state.keeps(path, before == "unknown", consent.state.column.policy):
            done.kept.append(Change(index, path, before, before, "kept: policy"))
            return
        if on is not None and on > self.now:
            done.problems.append(Problem("opt_in_future", "warning", on))
            on = None
        if before == "no" and wanted == "yes":
            if not (on and proof and (since is None or on > since)):
                done.kept.append(Change(index, path, before, before, "kept: opted out"))
                done.problems.append(Problem("kept_opt_out", "warning", "yes"))
                return
            done.problems.append(Problem("opt_in_again", "warning", "yes"))
        elif on is not None and since is not None and on < since:
            done.kept.append(Change(index, path, before, before, "kept: a later statement decides"))
            return
        after[path] = wanted
        after[f"opt_in_on.{consent.purpose}"] = on or self.now  # without a day, it is said as it is committed
        done.consent.append((consent.purpose, wanted, on, proof))
        done.changes.append(Change(index, path, before, wanted, "set"))
