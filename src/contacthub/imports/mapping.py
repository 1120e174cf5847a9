"""The mapping: what each column of a file means. Proposed from headers and values, edited by people.

Headers of the exact format come first, then the hub's own fields, then guesses in three languages with the values as
second witness; what is left is proposed as a new field. Nothing is ignored in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import regex

from contacthub.errors import FileError, InvalidValue, Refused
from contacthub.imports import settling, witness
from contacthub.imports.problems import Problem
from contacthub.model.field import NAME_LENGTH, Field, field_key, field_name, field_type
from contacthub.model.text import clean_line, fold
from contacthub.tables import headers
from contacthub.tables.cells import Column, Source, Table, text_of
from contacthub.tables.headers import IGNORE, SCHEMES, Target

if TYPE_CHECKING:
    import pandas

    from contacthub.session import Session

POLICIES = ("set", "fill", "keep")
"""`set` writes, `fill` writes only where the contact has nothing, `keep` writes on new contacts only."""
SET_POLICIES = ("add", "replace", "remove")
SET_KINDS = frozenset({"tags", "lists", "groups", "urn", "phone", "urns", "phone_number"})


@dataclass(slots=True)
class MappedColumn:
    """What one column means. `target`, `policy`, `values` and `type` are for people to edit."""

    index: int
    header: str
    target: Target
    policy: str = ""
    type: str = ""
    """Of a custom field: its type, existing or proposed."""
    values: dict[str, str] = field(default_factory=dict)
    """Texts of the file → what they stand for, compared without case: `Português` → `por`."""
    key: str = ""
    """Of a custom field: its key."""
    new: bool = False
    """Whether the import would create the field."""
    guessed: bool = False
    samples: list[str] = field(default_factory=list)
    filled: int = 0
    """Rows that are not blank."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def ignored(self) -> bool:
        return self.target.kind in ("ignore", "read_only")


class ColumnMapping:
    """The columns of a file in their order; by header or position as in a dict."""

    def __init__(self, columns: list[MappedColumn]) -> None:
        self.columns = columns

    def __iter__(self) -> Iterator[MappedColumn]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __getitem__(self, header: str | int) -> MappedColumn:
        if isinstance(header, int):
            return self.columns[header]
        wanted = headers.folded(header)
        for column in self.columns:
            if headers.folded(column.header) == wanted:
                return column
        raise KeyError(header)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Header → what a recipe keeps of it."""
        return {
            column.header: {
                "target": str(column.target),
                **({"policy": column.policy} if column.policy else {}),
                **({"type": column.type} if column.new else {}),
                **({"values": dict(column.values)} if column.values else {}),
            }
            for column in self.columns
            if column.header
        }

    def rows(self, language: str = "en") -> list[dict[str, Any]]:
        """The table that people look at: column, samples, target, type, policy, problems."""
        return [
            {
                "column": column.header or f"({column.index + 1})",
                "samples": " · ".join(column.samples),
                "filled": column.filled,
                "target": str(column.target),
                "type": column.type,
                "policy": column.policy,
                "new": column.new,
                "problems": " ".join(problem.message(language) for problem in column.problems),
            }
            for column in self.columns
        ]

    def to_pandas(self, language: str = "en") -> pandas.DataFrame:
        import pandas

        return pandas.DataFrame(self.rows(language))

    def __repr__(self) -> str:
        return "\n".join(f"{row['column']} → {row['target']} {row['policy']}".rstrip() for row in self.rows())

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))


def propose(table: Table, session: Session, wanted: Mapping[Any, Any] | ColumnMapping | None = None) -> ColumnMapping:
    """The mapping of a table: as asked for where `wanted` names a column, by headers and values elsewhere.

    `wanted` maps headers (or positions from 0) to targets, written as the exact headers (`Field:Age`, `URN:Tel`,
    `ignore`), or to dicts with `target`, `policy`, `type` and `values`.
    Raises FileError (`no_identity`, `only_uuid`, `unknown_scheme`, `invalid_field`), InvalidValue, Refused.
    """
    if isinstance(wanted, ColumnMapping):
        wanted = {column.index: _as_asked(column) for column in wanted}
    asked = _by_index(table, wanted or {})
    columns = [_column(table, index) for index in range(len(table.columns))]
    known_phone = False
    for column in columns:
        if column.index in asked:
            _obey(column, asked[column.index])
        else:
            column.target = _by_header(column, table, session)
        known_phone |= column.target.kind in ("phone", "phone_number") or str(column.target) in (
            "URN:Tel",
            "URN:WhatsApp",
        )
    taken: set[str] = set()
    for column in columns:
        if column.target is _UNDECIDED:
            column.target = _by_values(column, table.columns[column.index], session, known_phone, taken)
            taken.add(fold(column.target.argument))
    settling.settle_identity(columns)
    said = {index for index, what in asked.items() if not what.get("guessed")}
    settling.settle_names(columns, said)
    by_rank = sorted(columns, key=lambda column: column.index not in said)
    settling.refuse_twice(by_rank)
    for column in columns:
        _complete(column, table.columns[column.index], session)
    settling.refuse_same_field(by_rank)
    settling.note_alone(columns)
    check(columns, table.source, session)
    return ColumnMapping(columns)


_UNDECIDED = Target("ignore", "undecided")
PHONE = Target("phone", "tel")


def _as_asked(column: MappedColumn) -> dict[str, Any]:
    return {
        "target": column.target,
        "policy": column.policy,
        "type": column.type,
        "values": column.values,
        "guessed": column.guessed,
    }


def _column(table: Table, index: int) -> MappedColumn:
    column = table.columns[index]
    blank = column.blank()
    samples: list[str] = []
    for code in column.codes[:2000].tolist():
        value = column.values[code]
        if value is not None and (text := clean_line(text_of(value))[:40]) not in samples:
            samples.append(text)
        if len(samples) == 3:
            break
    return MappedColumn(index, table.headers[index], IGNORE, samples=samples, filled=int((~blank).sum()))


def _by_index(table: Table, wanted: Mapping[Any, Any]) -> dict[int, Mapping[str, Any]]:
    """What was asked for, by position. Raises InvalidValue for a header that the file has not."""
    asked: dict[int, Mapping[str, Any]] = {}
    by_header: dict[str, list[int]] = {}
    for index, header in enumerate(table.headers):
        by_header.setdefault(headers.folded(header), []).append(index)
    for name, value in wanted.items():
        if isinstance(name, int):
            indices = [name] if 0 <= name < len(table.headers) else []
        else:
            indices = by_header.get(headers.folded(str(name)), [])
        if not indices:
            known = ", ".join(repr(header) for header in table.headers if header)
            raise InvalidValue(
                f"The mapping names the column {name!r}, which {table.source.name!r} has not. Its columns are {known}.",
                code="unknown_column", property="mapping", value=name,
            )  # fmt: skip
        for index in indices:
            asked[index] = value if isinstance(value, Mapping) else {"target": value}
    return asked


def _obey(column: MappedColumn, asked: Mapping[str, Any]) -> None:
    unknown = set(asked) - {"target", "policy", "type", "values", "guessed"}
    if unknown:
        raise InvalidValue(
            f"The mapping of {column.header!r} has {', '.join(sorted(unknown))}; it takes target, policy, type "
            "and values.",
            code="invalid_mapping", property="mapping", value=dict(asked),
        )  # fmt: skip
    column.target = target_of(asked.get("target", column.header))
    column.policy = asked.get("policy") or ""
    column.type = field_type(asked["type"]) if asked.get("type") else ""
    column.values = {str(key): str(value) for key, value in (asked.get("values") or {}).items()}
    column.guessed = bool(asked.get("guessed"))


def target_of(value: Any) -> Target:
    """A target as people write it: an exact header (`Field:Age`, `URN:Tel`, `Phone`), or None and `ignore`.

    Raises InvalidValue (`unknown_target`)."""
    if value is None or value == "":
        return IGNORE
    if isinstance(value, Target):
        return value
    target = headers.known(str(value)) or headers.guess(str(value))
    if target is None:
        raise InvalidValue(
            f"{value!r} is no target of a column. Targets are ignore, UUID, Name, First Name, Last Name, Language, "
            "Status, Remarks, Avatar, Phone, Phone:WhatsApp, Phone:Country, Phone:Area, Phone:Number, URN:<scheme>, "
            "Field:<name>, Group:<name>, Tags, Lists, Groups, Assignee, Opt In, Opt In On, Opt In Proof.",
            code="unknown_target", property="mapping", value=value,
        )  # fmt: skip
    return target


def _by_header(column: MappedColumn, table: Table, session: Session) -> Target:
    header = column.header
    if not header:
        if column.filled:
            column.problems.append(Problem("no_header_column", "warning", details={"position": column.index + 1}))
        return IGNORE
    if target := headers.known(header):
        if target.kind == "urns" and not witness.are_urns(table.columns[column.index]):
            # A frame's column of paths does not say which scheme each is of.
            return Target("read_only", "URNs")
        return target
    if found := field_of(session, header):
        return Target("field", found.name)
    target = headers.guess(header)
    if target is None:
        return _UNDECIDED
    column.guessed = True
    confirmed = witness.confirmed(target, header, table.columns[column.index])
    return confirmed or (target if target == PHONE and headers.folded(header) == "phone" else _UNDECIDED)


def _by_values(
    column: MappedColumn, cells: Column, session: Session, known_phone: bool, taken: Collection[str]
) -> Target:
    if target := witness.identity(cells, session.settings.country, look_for_phones=not known_phone):
        column.guessed = True
        return target
    if not column.filled:
        return IGNORE
    column.guessed = True
    return Target("field", proposed_name(column.header, taken))


def field_of(session: Session, name: str) -> Field | None:
    """The hub's field of that name, else of that key."""
    fields = [found for _, found in session.catalogue.fields.values()]
    wanted = fold(clean_line(name))
    return next((found for found in fields if fold(found.name) == wanted), None) or next(
        (found for found in fields if found.key == wanted), None
    )


_NOT_IN_NAMES = regex.compile(r"[^\p{L}\p{M}\p{N}\- ]+")


def proposed_name(header: str, taken: Collection[str] = ()) -> str:
    """A valid name of a field for a free header: `Data de nasc. (dd/mm)` → `Data de nasc dd mm`. One that had to be cut
    is numbered where a longer header was cut to the same (`taken`, folded)."""
    whole = clean_line(_NOT_IN_NAMES.sub(" ", header)) or "Field"
    try:
        field_key(whole)
    except InvalidValue:
        whole = f"Field {whole}"
    name, number = whole[:NAME_LENGTH].strip(), 1
    while len(whole) > NAME_LENGTH and fold(name) in taken:
        number += 1
        name = f"{whole[: NAME_LENGTH - 1 - len(str(number))].strip()} {number}"
    return name


def _complete(column: MappedColumn, cells: Column, session: Session) -> None:
    """Policy, field and notes of a column whose target is settled."""
    target = column.target
    if target.kind in ("ignore", "read_only"):
        column.policy = ""
        if target == headers.PROBLEMS:
            column.problems.append(Problem("earlier_problems", "note"))
        elif target.kind == "read_only":
            column.problems.append(Problem("read_only_column", "note", details={"target": target.argument}))
        elif column.filled and not column.problems:
            column.problems.append(Problem("ignored_column", "note"))
        return
    allowed = SET_POLICIES if target.kind in SET_KINDS else POLICIES
    column.policy = column.policy or allowed[0]
    if column.policy not in allowed:
        raise InvalidValue(
            f"The column {column.header!r} takes one of the policies {', '.join(allowed)}, not {column.policy!r}.",
            code="invalid_policy", property="mapping", value=column.policy,
        )  # fmt: skip
    if target.kind == "field":
        _complete_field(column, cells, session)
    elif column.guessed:
        column.problems.append(Problem("guessed_column", "note", details={"target": str(target)}))


def _complete_field(column: MappedColumn, cells: Column, session: Session) -> None:
    found = field_of(session, column.target.argument)
    if found:
        _take(column, found)
        return
    try:
        name = field_name(column.target.argument)
        column.key = field_key(name, session.catalogue.fields)
    except InvalidValue as error:
        raise FileError(f"Column {column.header!r}: {error.message}", code="invalid_field") from error
    if column.key in session.catalogue.fields:
        # Another spelling of a field that is there: `Data Nasc` for `data-nasc`.
        known = session.catalogue.fields[column.key][1]
        column.target = Target("field", known.name)
        _take(column, known)
        return
    column.new = True
    column.target = Target("field", name)
    column.type = column.type or witness.field_type(cells)
    column.problems.append(Problem("new_field", "note", details={"name": name, "type": column.type}))


@contextmanager
def settled_anew(mapping: ColumnMapping, table: Table, session: Session) -> Iterator[None]:
    """The columns of fields, by the fields that the hub has now: somebody may have made one since, or taken one away.

    They are as they were before if what is done under this raises."""
    columns = [column for column in mapping if column.target.kind == "field"]
    before = [
        (column.target, column.key, column.type, column.new, column.policy, column.problems) for column in mapping
    ]
    try:
        moved = [column for column in columns if is_another_field(column, session)]
        for column in moved:
            column.problems = [one for one in column.problems if one.code not in ("new_field", "type_kept")]
            _complete_field(column, table.columns[column.index], session)
        if moved:
            settling.refuse_same_field(columns)
        yield
    except BaseException:
        for column, known in zip(mapping, before, strict=True):
            column.target, column.key, column.type, column.new, column.policy, column.problems = known
        raise


def is_another_field(column: MappedColumn, session: Session) -> bool:
    """Whether the hub's fields are no longer as they were when a column was taken for one of them, or for a new one."""
    found = field_of(session, column.target.argument)
    if found is None:
        return not column.new or column.key in session.catalogue.fields
    return column.new or (found.key, found.type) != (column.key, column.type)


def _take(column: MappedColumn, found: Field) -> None:
    """A column gives a field that the hub has, which keeps its type."""
    if column.type not in ("", found.type):
        details = {"name": found.name, "type": found.type, "asked": column.type}
        column.problems.append(Problem("type_kept", "warning", details=details))
    column.key, column.type, column.new = found.key, found.type, False


def check(columns: list[MappedColumn], source: Source, session: Session) -> None:
    """Refuse a file whose columns cannot make contacts. Raises FileError, Refused (`limit`)."""
    name = source.name
    for column in columns:
        if column.target.kind == "urn" and column.target.argument not in SCHEMES:
            raise FileError(
                f"{name!r} has the column {column.header!r}; there is no scheme {column.target.argument!r}. "
                f"The schemes are {', '.join(SCHEMES)}.",
                code="unknown_scheme",
            )
    has_uuid = any(column.target.kind == "uuid" for column in columns)
    others = [column for column in columns if not column.ignored and column.target.kind != "uuid"]
    if has_uuid and not others:
        raise FileError(f"{name!r} has a UUID column and nothing else to import.", code="only_uuid")
    if not has_uuid and not any(column.target.is_identity for column in columns):
        raise FileError(
            f"{name!r} has no column that tells who a contact is: a phone, an e-mail address, another identity or a "
            "UUID. Name one: --map 'Contact no.=Phone', in Python mapping={'Contact no.': 'Phone'}."
            + source.told_of_sheets(),
            code="no_identity",
        )
    check_room(session, "fields", sum(column.new for column in columns))


def check_room(session: Session, kind: Literal["fields", "groups"], new: int) -> None:
    """Refuse more new fields or groups than the hub has room for. Raises Refused (`limit`)."""
    limit: int = getattr(session.settings, f"max_{kind}")
    if new and len(session.catalogue.documents[kind]) + new > limit:
        raise Refused(
            f"The file would make {new} new {kind}, and the hub keeps at most {limit} (setting max_{kind}). "
            "Map some of the columns to ignore.",
            code="limit",
        )
