"""Columns beside each other: what each means where another says the same, or is what it wants beside it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from contacthub.imports.problems import Problem
from contacthub.model.text import fold
from contacthub.tables import headers
from contacthub.tables.headers import IGNORE, Target

if TYPE_CHECKING:
    from contacthub.imports.mapping import MappedColumn

SINGLE = frozenset(
    {"uuid", "name", "first_name", "last_name", "language", "status", "remarks", "avatar", "assignee", "opt_in",
     "opt_in_on", "opt_in_proof", "phone_country", "phone_area", "field", "group"}
)  # fmt: skip
"""Targets that only one column may give."""


def settle_identity(columns: list[MappedColumn]) -> None:
    """A file whose values tell of nobody: its headers are believed then, and the rows told what is wrong with them."""
    if any(column.target.is_identity or column.target.kind == "uuid" for column in columns):
        return
    for column in columns:
        target = headers.guess(column.header)
        if column.guessed and column.target.kind == "field" and target is not None and target.is_identity:
            column.target = target


def settle_names(columns: list[MappedColumn], said: Collection[int]) -> None:
    """`Nome` beside `Sobrenome` is a first name; a full name beside both of them wins. What was `said` of a column, by
    its position, holds in any case; what is only guessed of the others gives way."""
    kinds = {column.target.kind for column in columns}
    parts = kinds & {"first_name", "last_name"}
    if "name" in kinds and parts:
        of_names = [column for column in columns if column.target.kind in ("name", "first_name", "last_name")]
        kinds_said = {column.target.kind for column in of_names if column.index in said}
        if "name" not in kinds_said and "first_name" not in kinds:
            next(column for column in of_names if column.target.kind == "name").target = Target("first_name")
        elif "name" not in kinds_said and kinds_said:
            given = " / ".join(str(Target(kind)) for kind in ("first_name", "last_name") if kind in parts)
            _give_way([column for column in of_names if column.target.kind == "name"], given)
        else:
            _give_way([column for column in of_names if column.target.kind != "name"], "Name")
    if kinds & {"phone_area", "phone_country"} and "phone_number" not in kinds:
        for column in columns:
            if column.target.kind == "phone":
                column.target = Target("phone_number", column.target.argument)
                break


def _give_way(columns: list[MappedColumn], target: str) -> None:
    for column in columns:
        column.problems.append(Problem("duplicate_column", "warning", details={"target": target}))
        column.target = IGNORE


def refuse_twice(columns: list[MappedColumn]) -> None:
    seen: set[tuple[str, str]] = set()
    for column in columns:
        target = column.target
        if target.kind not in SINGLE:
            continue
        if (target.kind, fold(target.argument)) in seen:
            column.problems.append(Problem("duplicate_column", "warning", details={"target": str(target)}))
            column.target = IGNORE
        seen.add((target.kind, fold(target.argument)))


def refuse_same_field(columns: list[MappedColumn]) -> None:
    """Two headers may lead to one key."""
    seen: set[str] = set()
    for column in columns:
        if column.target.kind != "field":
            continue
        if column.key in seen:
            column.problems = [Problem("duplicate_column", "warning", details={"target": str(column.target)})]
            column.target, column.policy, column.new = IGNORE, "", False
        seen.add(column.key)


def note_alone(columns: list[MappedColumn]) -> None:
    """Columns that mean nothing without another one, which the file has not."""
    present = {(column.target.kind, column.target.argument) for column in columns}
    for column in columns:
        kind, argument = column.target.kind, column.target.argument
        if kind in ("opt_in_on", "opt_in_proof") and ("opt_in", argument) not in present:
            column.problems.append(Problem("opt_in_incomplete", "warning"))
        elif kind in ("phone_country", "phone_area") and not any(kind == "phone_number" for kind, _ in present):
            column.problems.append(Problem("phone_part_alone", "warning", details={"target": str(column.target)}))
