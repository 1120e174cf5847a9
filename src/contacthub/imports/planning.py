"""Planning: from a table and its mapping to what would happen, row by row. Nothing is written.

Rows are matched in bulk, contacts read in batches, and each row is applied to the contact it means. New contacts that
one row makes need no look at all until they are committed or looked at: all there is to decide has been decided per
distinct cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from contacthub.engine.batches import batched
from contacthub.engine.garbage import without_collection
from contacthub.engine.port import CONTACTS, Cursor, Document, Progress
from contacthub.errors import InvalidValue
from contacthub.imports import joining
from contacthub.imports.applying import Applied, Change, Rules, State
from contacthub.imports.conversion import Context, convert
from contacthub.imports.converted import CLEARED, Converted, Fault
from contacthub.imports.labels import Labels
from contacthub.imports.made_before import MadeBefore
from contacthub.imports.mapping import ColumnMapping, MappedColumn, check_room, settled_anew
from contacthub.imports.matching import Decision, Matches, match
from contacthub.imports.passing import Counting, counting
from contacthub.imports.people import People
from contacthub.imports.problems import Problem
from contacthub.imports.telling import Telling
from contacthub.model.settings import Settings
from contacthub.model.values import instant_text
from contacthub.operations.forget import forgotten
from contacthub.session import Session
from contacthub.tables.cells import Column, Table

OUTCOMES: Final = ("create", "update", "unchanged", "conflict", "error", "skipped")
CREATE, UPDATE, UNCHANGED, CONFLICT, ERROR, SKIPPED = range(6)
DUPLICATES = ("merge", "first", "last", "error")
_BATCH = 5_000
_CONVERTING, _MATCHING, _LOOKING = 0.5, 0.1, 0.1
"""Shares of the work, for those who wait for it; the rest is applying rows to contacts that exist."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an import goes about it."""

    duplicates: str = "merge"
    only: str | None = None
    reactivate: bool = False
    group: str | None = None
    add: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    area_code: str | None = None


@dataclass(slots=True)
class Plan:
    """What an import would do. Row indices are positions in the table; targets as in `Matches`."""

    cursor: Cursor
    """The state of the store that the plan was made for."""
    settings: Settings
    """Those that its cells were read by."""
    rules: Rules
    columns: list[Converted]
    matches: Matches
    outcome: NDArray[np.int8]
    changes: list[Change] = field(default_factory=list)
    """Of contacts that exist; those of new contacts follow from their rows."""
    change_targets: list[int] = field(default_factory=list)
    """The contact of each of `changes`."""
    kept: list[Change] = field(default_factory=list)
    consent: dict[int, list[tuple[int, str, str, str | None, str | None]]] = field(default_factory=dict)
    """Contact → row index, purpose, state, when, proof."""
    unproven: Counter[str] = field(default_factory=Counter)
    """Purpose → rows that opt in without a proof."""
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    """Of rows; those of cells are in `columns`."""
    rows_of: dict[int, list[int]] = field(default_factory=dict)
    """Contacts of more than one row → their rows."""
    uuids: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Contacts that exist → uuid and name."""

    def counts(self) -> tuple[int, int]:
        """How many contacts would be created, and updated: of several rows for one, each once."""
        created, updated = (self.matches.target[self.outcome == outcome] for outcome in (CREATE, UPDATE))
        return len(np.unique(created)), len(np.unique(updated))

    def new_fields(self, mapping: ColumnMapping) -> list[str]:
        """The fields that do not exist yet. Where no row is fit to come in, none is made."""
        fit = bool((self.outcome <= UNCHANGED).any())
        return [column.target.argument for column in mapping if column.new and fit]

    def new_labels(self, kind: str) -> list[str]:
        """The tags, lists or groups that do not exist yet and that rows which come in would be in."""
        labels = self.rules.labels
        coming = self.outcome <= UPDATE
        used: set[str] = set(self.rules.add.get(kind, ())) if coming.any() else set()
        for set_kind, column, policy in self.rules.sets:
            if set_kind == kind and policy != "remove":
                for code in np.unique(column.codes[coming]).tolist():
                    value = column.results[code]
                    if value is not None and value is not CLEARED:
                        used.update(value)
        if kind == "groups":
            for column, _ in self.rules.group_columns:
                for code in np.unique(column.codes[coming]).tolist():
                    value = column.results[code]
                    if value is not None and value[1]:
                        used.add(value[0])
        return [labels.shown[kind][key] for key in sorted(used) if labels.is_new(kind, key)]


class Planner:
    """Makes plans of one table: anew after a mend, a decision, or a change of the hub."""

    def __init__(self, session: Session, table: Table, mapping: ColumnMapping, options: Options) -> None:
        self.session = session
        self.table = table
        self.mapping = mapping
        self.options = options
        self.decisions: dict[int, Decision] = {}
        self._conversions: dict[int, tuple[tuple[Any, ...], Converted, list[Problem]]] = {}
        """Column → what it was converted from, what came of it, what was noted."""

    @without_collection()
    def plan(self, progress: Progress | None = None) -> Plan:
        """The plan as of now; `progress` is told rows of the file. Raises Cancelled if it does."""
        with settled_anew(self.mapping, self.table, self.session):
            return self._plan(progress)

    def _plan(self, progress: Progress | None) -> Plan:
        telling = Telling(progress, len(self.table))
        store = self.session.store
        cursor = store.cursor()
        settings = self.session.settings
        labels = Labels(self.session)
        columns = self._converted(labels, telling)
        add = self._added(labels)
        now, zone = instant_text(self.session.now()), ZoneInfo(settings.timezone)
        rules = Rules(columns, labels, add=add, reactivate=self.options.reactivate, now=now, zone=zone)
        count = len(self.table)
        outcome = np.full(count, SKIPPED, np.int8)
        wrong = np.zeros(count, bool)
        for column in columns:
            wrong |= column.errors()
        for index, decision in self.decisions.items():
            if decision.choice == "skip":
                wrong[index] = False
        outcome[wrong] = ERROR
        last = self.options.duplicates == "last"
        matches = match(
            telling.over(np.flatnonzero(~wrong).tolist(), _MATCHING),
            count,
            rules.identities,
            next((column for column in columns if column.column.target.kind == "uuid"), None),
            store,
            decisions=self.decisions,
            people=People(rules.name_text, self._own_name) if last else None,
            made_before=self.made_before(rules),
            name_of=self._name_of,
            row_name=rules.name_text,
            forgotten=lambda: set(forgotten(self.session, rules.identities.all_keys())),
        )
        plan = Plan(cursor, settings, rules, columns, matches, outcome)
        self._note_unmatched(plan)
        self._apply(plan, telling)
        _note_unproven(plan)
        check_room(self.session, "groups", len(plan.new_labels("groups")))
        return plan

    def _converted(self, labels: Labels, telling: Telling) -> list[Converted]:
        context = Context(self.session, labels, self.options.area_code)
        for column in self.mapping:
            column.problems = [problem for problem in column.problems if problem.code not in _BY_CONVERSION]
        wanted = [column for column in self.mapping if not column.ignored]
        joined = joining.phone_columns(wanted, self.table, self.session.settings.country, self.options.area_code)
        converted = []
        for column in telling.over(wanted, _CONVERTING):
            cells = joined.get(column.index, self.table.columns[column.index])
            if column.target.kind not in ("phone_area", "phone_country"):
                converted.append(self._convert(column, cells, context))
        return converted

    def _convert(self, column: MappedColumn, cells: Column, context: Context) -> Converted:
        """A column as it was converted for the last plan, where nothing that decides it is another now."""
        if column.target.kind in _BY_CATALOGUE:
            return convert(column, cells, context)
        decides = (column.target, column.type, dict(column.values), self.session.settings, self.options.area_code)
        basis = (cells.values, cells.codes, *decides)
        known = self._conversions.get(column.index)
        if known is not None and all(one == other for one, other in _cheaply(known[0], basis)):
            _, done, notes = known
            column.problems += notes
            done.column = column
            return done
        before = len(column.problems)
        done = convert(column, cells, context)
        self._conversions[column.index] = basis, done, column.problems[before:]
        return done

    def _added(self, labels: Labels) -> dict[str, tuple[str, ...]]:
        add = {kind: tuple(_key(labels, kind, name) for name in names) for kind, names in self.options.add.items()}
        if self.options.group:
            add["groups"] = (*add.get("groups", ()), _key(labels, "groups", self.options.group))
        return add

    def made_before(self, rules: Rules) -> MadeBefore:
        """Whom earlier imports of this file made of the rows that a person decided to be of somebody new."""
        decided = [index for index, decision in self.decisions.items() if decision.choice == "create"]
        names = {index: name for index in decided if isinstance(name := rules.name(index), str)}
        return MadeBefore(self.session.store, self.table.source, names)

    def _name_of(self, contact: int, *, uuid: bool = False) -> str:
        if contact > 0:
            document = self.session.store.get(CONTACTS, [contact]).get(contact, {})
            name = str(document.get("name") or document.get("ref") or contact)
            return f"{name} ({document['uuid']})" if uuid and document else name
        return "a new contact of this file"

    def _own_name(self, contact: int) -> str:
        """The name of a contact of the hub, unless it is only that of a profile."""
        document = self.session.store.get(CONTACTS, [contact]).get(contact)
        return "" if document is None or document.get("name_source") == "profile" else document["name"]

    def _note_unmatched(self, plan: Plan) -> None:
        for index, problem in plan.matches.problems.items():
            plan.outcome[index] = CONFLICT if index in plan.matches.conflicts else ERROR
            plan.problems.append((index, problem))
        for index, problem in plan.matches.skipped.items():
            plan.problems.append((index, problem))
        plan.problems += plan.matches.staying

    def _apply(self, plan: Plan, telling: Telling) -> None:
        targets = plan.matches.target
        matched = np.flatnonzero(targets)
        _, first, counts = np.unique(targets[matched], return_index=True, return_counts=True)
        several = set(targets[matched][first[counts > 1]].tolist())
        if several:
            for index in matched[np.isin(targets[matched], np.fromiter(several, np.int64))].tolist():
                plan.rows_of.setdefault(int(targets[index]), []).append(index)
        new = targets < 0
        plan.outcome[new] = SKIPPED if self.options.only == "update" else CREATE
        if self.options.only == "update":
            plan.problems.extend((index, Problem("only_update", "note")) for index in np.flatnonzero(new).tolist())
        elif several:
            for contact in sorted((contact for contact in several if contact < 0), reverse=True):
                self._apply_rows(plan, contact, None, plan.rows_of[contact])
        if plan.rules.may_refuse:
            for index in telling.over(np.flatnonzero(new & (plan.outcome == CREATE)).tolist(), _LOOKING):
                if int(targets[index]) not in several:
                    self._apply_rows(plan, int(targets[index]), None, [index])
        existing = np.flatnonzero(targets > 0)
        order = list(dict.fromkeys(targets[existing].tolist()))
        row_of = dict(zip(targets[existing].tolist()[::-1], existing.tolist()[::-1], strict=True))
        for batch in batched(telling.over(order, 1.0), _BATCH):
            documents = self.session.store.get(CONTACTS, batch)
            for contact in batch:
                rows = plan.rows_of.get(contact) or [row_of[contact]]
                self._apply_rows(plan, contact, documents.get(contact), rows)

    def _apply_rows(self, plan: Plan, contact: int, document: Document | None, rows: list[int]) -> None:
        """Apply all rows of one contact, in order."""
        if contact > 0:
            if document is None:
                plan.outcome[rows] = ERROR
                return
            plan.uuids[contact] = (document["uuid"], document["name"])
            if self.options.only == "create":
                plan.outcome[rows] = SKIPPED
                plan.problems.extend((index, Problem("only_create", "note")) for index in rows)
                return
        outcome, made = (UPDATE, True) if contact > 0 else (CREATE, False)
        done: list[tuple[int, Applied]] = []
        for index, applied in self.applied(plan, contact, document, rows):
            if isinstance(applied, Problem):
                plan.problems.append((index, applied))
                plan.outcome[index] = ERROR if applied.severity == "error" else SKIPPED
                continue
            plan.problems.extend((index, problem) for problem in applied.problems)
            if problem := applied.conflict or applied.error:
                plan.problems.append((index, problem))
                plan.outcome[index] = CONFLICT if applied.conflict else ERROR
                continue
            done.append((index, applied))
        changes = net([change for _, applied in done for change in applied.changes])
        changed = {change.path for change in changes}
        for index, applied in done:
            effective = any(change.path in changed for change in applied.changes)
            plan.outcome[index] = outcome if effective or not made else UNCHANGED
            made = True
            plan.kept.extend(applied.kept)
            for purpose, state, _, proof in applied.consent:
                if state == "yes" and not proof and f"opt_in.{purpose}" in changed:
                    plan.unproven[purpose] += 1
            if contact > 0:
                for purpose, state, on, proof in applied.consent:
                    if f"opt_in.{purpose}" in changed:
                        plan.consent.setdefault(contact, []).append((index, purpose, state, on, proof))
        if contact > 0:
            plan.changes.extend(changes)
            plan.change_targets.extend([contact] * len(changes))

    def applied(
        self, plan: Plan, contact: int, document: Document | None, rows: list[int], state: State | None = None
    ) -> Iterator[tuple[int, Applied | Problem]]:
        """What each row does to a contact, in order; a Problem for a row that is passed over as a duplicate."""
        state = state or State(document, plan.rules.labels)
        ways = self.options.duplicates
        first = int(self.table.rows[rows[0]])
        way = self._counting(plan, state, rows)
        for index in rows:
            number = int(self.table.rows[index])
            if index in way.conflicts:
                yield index, Applied(conflict=way.conflicts[index])
                continue
            if way.row is not None and index != way.row:
                if ways == "error":
                    yield index, Problem("duplicate_error", "error", "", {"first": first})
                else:
                    kept = int(self.table.rows[way.row])
                    yield index, Problem("duplicate_row", "warning", "", {"first": kept, "rows": kept})
                continue
            decision = self.decisions.get(index)
            applied = plan.rules.apply(
                state,
                index,
                by_uuid=index in plan.matches.by_uuid,
                same_person=decision is not None and decision.choice == "update",
                elsewhere=self._elsewhere(plan, contact, index) if decision else frozenset(),
            )
            if len(rows) > 1 and number != first and not applied.conflict:
                details = {"first": first, "rows": self._numbers(rows)}
                applied.problems.append(Problem("duplicate_row", "warning", "", details))
            yield index, applied

    def _counting(self, plan: Plan, state: State, rows: list[int]) -> Counting:
        """Which of a contact's rows counts."""
        choices = {index: decision.choice for index in rows if (decision := self.decisions.get(index))}
        choices |= dict.fromkeys(plan.matches.by_uuid.intersection(rows), "update")
        known = "" if state.named_by_profile else str(state.get("name") or "")
        return counting(self.options.duplicates, rows, known, plan.rules.name, choices)

    def _numbers(self, rows: list[int]) -> str:
        """Rows by their numbers in the file, as many as one reads."""
        numbers = ", ".join(str(self.table.rows[index]) for index in rows[:10])
        return numbers + (", …" if len(rows) > 10 else "")

    def _elsewhere(self, plan: Plan, contact: int, index: int) -> frozenset[str]:
        """Identities of a row that stay with somebody else, because a person said that this is another contact."""
        _, keys = plan.rules.identities.of(index)
        return frozenset(key for key in keys if plan.matches.owners.get(key, contact) != contact)

    def is_named(self, plan: Plan, index: int) -> bool:
        """Whether a row means a contact by its UUID or because a person said so, and not by its identities."""
        decision = self.decisions.get(index)
        return index in plan.matches.by_uuid or (decision is not None and decision.contact is not None)

    def new_contacts(self, plan: Plan) -> Iterator[tuple[int, list[int]]]:
        """New contacts with their rows, in the order of the file."""
        created = np.flatnonzero(plan.outcome == CREATE)
        _, first = np.unique(plan.matches.target[created], return_index=True)
        created = created[np.sort(first)]
        for index, contact in zip(created.tolist(), plan.matches.target[created].tolist(), strict=True):
            yield contact, plan.rows_of.get(contact) or [index]

    def changes_of_new(self, plan: Plan) -> Iterator[tuple[int, Change]]:
        """The changes that make the new contacts."""
        for contact, rows in self.new_contacts(plan):
            for change in self.net_changes(plan, contact, None, rows):
                yield contact, change

    def net_changes(self, plan: Plan, contact: int, document: Document | None, rows: list[int]) -> list[Change]:
        """What all rows of a contact change together."""
        done = [applied for _, applied in self.applied(plan, contact, document, rows) if isinstance(applied, Applied)]
        return net([change for applied in done for change in applied.changes])


def _note_unproven(plan: Plan) -> None:
    """One warning a column, not one a row: who has no proof has none for anybody, as a rule."""
    for consent in plan.rules.consents:
        if count := plan.unproven[consent.purpose]:
            consent.state.column.problems.append(Problem("opt_in_without_proof", "warning", details={"count": count}))


def _key(labels: Labels, kind: str, name: str) -> str:
    """A tag, list or group that all rows go to. Raises InvalidValue."""
    try:
        return {"tags": labels.tag_key, "lists": labels.list_key, "groups": labels.group_key}[kind](name)
    except Fault as fault:
        message = Problem(fault.code, "error", name, fault.details).message()
        raise InvalidValue(message, code=fault.code, property=kind, value=name) from None


def net(changes: list[Change]) -> list[Change]:
    """What several rows change together: a value that a later row puts back has not changed. Each change stands at
    the last row that makes it."""
    first: dict[str, Change] = {}
    last: dict[str, Change] = {}
    for change in changes:
        first.setdefault(change.path, change)
        last[change.path] = change
    if len(last) == len(changes):
        return changes
    return [
        change._replace(before=first[path].before)
        for path, change in last.items()
        if not _is_back(path, first[path].before, change.after)
    ]


def _is_back(path: str, before: Any, after: Any) -> bool:
    """Whether rows have put back what was there. An identity that went and came has its place again."""
    if path == "urns" and before and after:
        return sorted(before) == sorted(after)
    return before == after or (before is None and after == "")


def _cheaply(known: tuple[Any, ...], now: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """What two conversions stand on, pair by pair; of cells, whether they are the very same."""
    yield id(known[0]), id(now[0])
    yield id(known[1]), id(now[1])
    yield from zip(known[2:], now[2:], strict=True)


_BY_CATALOGUE = frozenset({"tags", "lists", "groups", "group", "assignee"})
"""Columns whose cells mean what the hub's catalogues say, and quick to convert: anew for each plan."""
_BY_CONVERSION = frozenset(
    {"decimal_open", "date_order_open", "dynamic_group", "invalid_group", "opt_in_without_proof"}
)
"""Problems of a column that are noted again when the plan is made anew."""
