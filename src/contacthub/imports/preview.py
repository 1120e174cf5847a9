"""The preview: what an import would do, as data; and what a person decides before it is committed."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from contacthub.engine.port import Progress
from contacthub.errors import InvalidValue, NotFound
from contacthub.imports import checking, committing, finding, pictures, recipes, report, review
from contacthub.imports.mapping import ColumnMapping, propose
from contacthub.imports.matching import Decision
from contacthub.imports.options import proposed_group
from contacthub.imports.planning import OUTCOMES, Options, Plan, Planner
from contacthub.imports.summary import Summary
from contacthub.session import Session
from contacthub.tables import headers
from contacthub.tables.cells import Table
from contacthub.tables.targets import spare, spare_hub
from contacthub.tables.values import given

if TYPE_CHECKING:
    import pandas

    from contacthub.imports.committing import ImportResult
    from contacthub.imports.review import Submission

T = TypeVar("T")
CHOICES = ("create", "update", "skip")
CONFLICTS = ("name_differs", "two_contacts", "owned_by_other")


class Preview:
    """What an import would do. Nothing is written before `commit`.

    `rows`, `changes` and `problems` are DataFrames, made when they are first looked at.
    """

    def __init__(
        self,
        session: Session,
        table: Table,
        mapping: ColumnMapping,
        options: Options,
        *,
        language: str = "en",
        decisions: Mapping[int, Decision] | None = None,
        resolutions: Iterable[tuple[Any, ...]] = (),
        reading: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        file: Path | None = None,
    ) -> None:
        self.session = session
        self.table = table
        self.mapping = mapping
        self.options = options
        self.language = language
        self.reading = dict(reading or {})
        """What was asked for of `sheet` and `header_row`."""
        self.file = file
        """The file that was read; None for a frame, and for what was submitted."""
        self._planner = Planner(session, table, mapping, options)
        self._planner.decisions.update(decisions or {})
        self.resolutions: list[tuple[Any, ...]] = list(resolutions)
        """What was decided by `resolve`: choice, row, code, contact."""
        self.plan: Plan = self._planner.plan(progress)
        self._known: dict[str, Any] = {}

    # -- looking -----------------------------------------------------------------------------------------------------

    @property
    def summary(self) -> Summary:
        """Counts by outcome, and what would be new."""
        return self._once("summary", lambda: Summary(self._planner, self.plan))

    @property
    def rows(self) -> pandas.DataFrame:
        """A row a row of the file: `row`, `outcome`, `contact` (uuid), `name`, `problems`."""
        return self._once("rows", lambda: report.rows(self._planner, self.plan, self.language))

    @property
    def changes(self) -> pandas.DataFrame:
        """A row a changed cell: `row`, `contact`, `property`, `before`, `after`, `reason`."""
        return self._once("changes", lambda: report.changes(self._planner, self.plan))

    @property
    def kept(self) -> pandas.DataFrame:
        """Cells that have a value which was not taken, as `changes`, with the reason (`kept: policy`, …)."""
        return self._once("kept", lambda: report.kept(self._planner, self.plan))

    @property
    def problems(self) -> pandas.DataFrame:
        """`row`, `column`, `severity`, `code`, `value`, `message`, `mend`; `row` is NA where the file is meant."""
        return self.problems_in(self.language)

    def problems_in(self, language: str) -> pandas.DataFrame:
        """`problems` with the messages in another language: `en`, `pt` or `es`."""
        return self._once(f"problems {language}", lambda: report.problems(self._planner, self.plan, language))

    @property
    def problem_counts(self) -> pandas.DataFrame:
        """The kinds of problems: `severity`, `code`, `count`; `row`, `column` and `value` of an example, its `message`
        and `mend`; all `rows` and `columns` that have it."""
        return self._once("counts", lambda: report.problem_counts(self._planner, self.plan, self.language))

    @property
    def hash(self) -> str:
        """SHA-256 of what would happen: the same file, mapping, decisions and hub give the same."""
        return self._once("hash", self._hash)

    @property
    def stale(self) -> bool:
        """Whether something that the plan reads or writes has changed since it was made; then look at `replan()`. Asked
        anew each time; costs what has changed."""
        return bool(self.stale_rows)

    @property
    def stale_rows(self) -> list[int]:
        """The rows that a commit would refuse for that, by their numbers in the file."""
        return checking.outdated(self.session, self._planner, self.plan)

    def find(self, query: str) -> pandas.DataFrame:
        """The rows that a query in ContactQL matches, as in `rows`: by what they say, and by `outcome`, `problem` (a
        code) and `row`. Raises QueryError."""
        codes: dict[int, list[str]] = {}
        for index, _, problem in report.located(self._planner, self.plan):
            if index is not None:
                codes.setdefault(index, []).append(problem.code)
        return self.rows[finding.find(self._planner, self.plan, query, codes)]

    def _once(self, key: str, make: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = make()
        known: T = self._known[key]
        return known

    def _hash(self) -> str:
        digest = hashlib.sha256()
        digest.update(repr((self.mapping.as_dict(), self.options, sorted(self.resolutions, key=repr))).encode())
        digest.update(np.ascontiguousarray(self.table.rows).tobytes())
        for header, column in zip(self.table.headers, self.table.columns, strict=True):
            digest.update(header.encode())
            digest.update(np.ascontiguousarray(column.codes).tobytes())
            digest.update(repr(column.values).encode("utf-8", "surrogatepass"))
        digest.update(self.plan.outcome.tobytes())
        digest.update(np.where(self.plan.matches.target > 0, self.plan.matches.target, 0).tobytes())
        for change in self.plan.changes:
            digest.update(repr(change).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.summary[outcome]:,} {outcome}" for outcome in OUTCOMES if self.summary[outcome])
        return f"<Preview of {self.table.source.name}: {counts or 'nothing'}>"

    def _repr_html_(self) -> str:
        return report.html_summary(self._planner, self.plan, self.summary, self.language)

    @property
    def proposed_group(self) -> str:
        """The static group that is proposed for its contacts, by the file's name; `group=True` takes it."""
        return proposed_group(self.session, self.table.source)

    # -- deciding ----------------------------------------------------------------------------------------------------

    def mend(self, row: int, column: str, value: Any) -> None:
        """Put another value in a cell of the file, in this preview only. Raises NotFound for a row or column,
        InvalidValue for what is no cell."""
        index = self._index(row)
        position = self._column(column)
        self._planner.table.columns[position] = self.table.columns[position].replaced(index, given(value, column))
        self.replan()

    def resolve(self, choice: str, row: int | None = None, *, code: str | None = None, contact: Any = None) -> None:
        """Decide a conflict: `skip`, `create` (another person) or `update` (the same person).

        For one row, or without `row` for all conflicts of a `code` (by default `name_differs`). A row that could mean
        two contacts needs `contact=`, a contact or its uuid. Identities that somebody else has stay there.
        Raises NotFound, InvalidValue (`invalid_choice`).
        """
        uuid = getattr(contact, "uuid", contact)
        _check_choice(choice, row, code, uuid)
        owner = None if uuid is None else self.session.store.ids("contacts", [uuid]).get(uuid)
        if uuid is not None and owner is None:
            raise NotFound(f"There is no contact {uuid}.")
        wanted = [self._index(row)] if row is not None else self._in_conflict(code or "name_differs")
        if choice == "update" and owner is None and (open := set(wanted) & set(self._in_conflict("two_contacts"))):
            number = int(self.table.rows[min(open)])
            raise InvalidValue(
                f"Row {number} could mean two contacts; say which one by its UUID: --resolve {number}=update:UUID, "
                "in Python contact=.",
                code="invalid_choice", property="contact", value=None,
            )  # fmt: skip
        self._planner.decisions.update(dict.fromkeys(wanted, Decision(choice, owner)))
        self.resolutions.append((choice, None if row is None else int(row), code, uuid))
        self.replan()

    def _in_conflict(self, code: str) -> list[int]:
        """The indices of the rows that are in conflict for a reason."""
        return [index for index, problem in self.plan.problems if problem.code == code]

    def remap(self, mapping: Mapping[Any, Any]) -> None:
        """Change what columns mean, as in `mapping=`; columns that are not named stay as they are, and so does
        what is not said of one: `{"Tags": {"policy": "replace"}}` keeps its target."""
        wanted: dict[Any, Any] = {
            column.index: {
                "target": column.target, "policy": column.policy, "type": column.type if column.new else "",
                "values": column.values, "guessed": column.guessed,
            }
            for column in self.mapping
        }  # fmt: skip
        for name, value in mapping.items():
            for index in [name] if isinstance(name, int) else [self._column(str(name))]:
                partly = isinstance(value, Mapping) and "target" not in value
                wanted[index] = {**wanted[index], **value} if partly and index in wanted else value
        self.mapping = propose(self.table, self.session, wanted)
        self._planner.mapping = self.mapping
        self.replan()

    def replan(self, progress: Progress | None = None) -> Preview:
        """Work the plan out anew, on the hub as it is now. Returns itself, to be looked at. Raises Cancelled if
        `progress` does; then it is as it was."""
        notes = [column.problems for column in self.mapping]
        try:
            self.plan = self._planner.plan(progress)
        except BaseException:
            for column, problems in zip(self.mapping, notes, strict=True):
                column.problems = problems
            raise
        self._known.clear()
        return self

    def _index(self, row: Any) -> int:
        try:
            return self.table.index_of(operator.index(row))
        except (KeyError, TypeError, OverflowError):
            raise NotFound(f"{self.table.source.name!r} has no row {row} with data.") from None

    def _column(self, column: str) -> int:
        """The position of a column, by its header in the file or by the header of its target."""
        wanted = headers.folded(column)
        for mapped in self.mapping:
            if wanted in (headers.folded(mapped.header), headers.folded(str(mapped.target))):
                return mapped.index
        known = ", ".join(repr(header) for header in self.table.headers if header)
        raise NotFound(f"{self.table.source.name!r} has no column {column!r}. Its columns are {known}.")

    # -- doing -------------------------------------------------------------------------------------------------------

    def commit(self, progress: Progress | None = None) -> ImportResult:
        """Do what the preview shows, in one transaction. Rows in conflict or error are left out.

        Raises PlanOutdated if a value that the plan reads or writes has changed since; then look at `replan()`.
        Raises NotAllowed, Cancelled, Busy, StoreError.
        """
        return committing.commit(self.session, self._planner, self.plan, hash=self.hash, progress=progress)

    def submit(self, note: str = "") -> Submission:
        """Put the preview into the hub, for somebody else to look at, approve and commit."""
        return review.submit(self, note)

    # -- keeping -----------------------------------------------------------------------------------------------------

    def export(self, path: str | Path) -> Path:
        """The preview as a file to send round: a workbook (`.xlsx`) with changed cells coloured and a sheet of
        problems, or one self-contained page (`.html`). Raises FileError, NotFound, Refused (`exists`: never over the
        file that was read, nor over the hub)."""
        return pictures.export(self, self._target(path))

    def export_problems(self, path: str | Path) -> Path:
        """The rows in conflict or error and those without an identity, as in the file, with a column `Problem`: to be
        mended and imported again. Raises FileError, NotFound, Refused (`exists`)."""
        return pictures.export_problems(self, self._target(path))

    def save_recipe(self, path: str | Path) -> Path:
        """The mapping and the options as a recipe, for the next file of this kind. Raises FileError, NotFound, Refused
        (`exists`)."""
        target = self._target(path)
        recipes.save(target, self.mapping, self.options, self.reading)
        return target

    def _target(self, path: str | Path) -> Path:
        """Where to write: not over what the import comes from or goes to."""
        target = Path(path).expanduser()
        spare(target, self.file, "the file that is imported")
        spare_hub(target, self.session.home)
        return target


def _check_choice(choice: Any, row: Any, code: Any, uuid: Any) -> None:
    """Raise InvalidValue for a decision that is none."""

    def refuse(message: str, property: str, value: Any) -> InvalidValue:
        return InvalidValue(message, code="invalid_choice", property=property, value=value)

    if choice not in CHOICES:
        raise refuse(f"A conflict is resolved by {', '.join(CHOICES)}, not {choice!r}.", "choice", choice)
    if code is not None and code not in CONFLICTS:
        raise refuse(f"Conflicts have one of the codes {', '.join(CONFLICTS)}, not {code!r}.", "code", code)
    if row is not None and code is not None:
        raise refuse("Decide one row, or all conflicts of a code; not both.", "code", code)
    if uuid is not None and (choice != "update" or not isinstance(uuid, str)):
        raise refuse("Only 'update' goes with a contact, which is one of the hub or its UUID.", "contact", uuid)
