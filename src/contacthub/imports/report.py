"""The tables of a preview: rows, changes and problems as DataFrames, built from columns when they are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from contacthub.imports.planning import OUTCOMES, Plan, Planner
from contacthub.imports.problems import Problem
from contacthub.operations.redaction import value
from contacthub.tables.cells import text_of

if TYPE_CHECKING:
    import pandas

    from contacthub.imports.applying import Change
    from contacthub.imports.summary import Summary

Located = tuple[int | None, str, Problem]
"""Index of a row (None: the file), header of a column, problem."""


def rows(planner: Planner, plan: Plan, language: str) -> pandas.DataFrame:
    import pandas

    table = planner.table
    names = [plan.rules.name(index) for index in range(len(table))]
    uuids = [plan.uuids[target][0] if target in plan.uuids else None for target in plan.matches.target.tolist()]
    texts: dict[int, list[str]] = {}
    for index, column, problem in located(planner, plan):
        if index is not None:
            where = f"{column}: " if column else ""
            texts.setdefault(index, []).append(where + problem.message(language))
    return pandas.DataFrame(
        {
            "row": table.rows,
            "outcome": pandas.array([OUTCOMES[code] for code in plan.outcome.tolist()], dtype="str"),
            "contact": pandas.array(uuids, dtype="str"),
            "name": pandas.array([name if isinstance(name, str) else None for name in names], dtype="str"),
            "problems": pandas.array([" ".join(texts.get(index, ())) for index in range(len(table))], dtype="str"),
        }
    )


def changes(planner: Planner, plan: Plan) -> pandas.DataFrame:
    pairs = [*zip(plan.change_targets, plan.changes, strict=True), *planner.changes_of_new(plan)]
    pairs.sort(key=lambda pair: pair[1].position)
    return _changes(planner, plan, pairs)


def kept(planner: Planner, plan: Plan) -> pandas.DataFrame:
    targets = plan.matches.target
    return _changes(planner, plan, [(int(targets[change.position]), change) for change in plan.kept])


def _changes(planner: Planner, plan: Plan, pairs: list[tuple[int, Change]]) -> pandas.DataFrame:
    import pandas

    numbers = planner.table.rows
    if planner.session.catalogue.redact_urns:  # they hold what the hub knows besides the file
        pairs = [
            (id, one._replace(before=value(one.path, one.before), after=value(one.path, one.after)))
            for id, one in pairs
        ]
    return pandas.DataFrame(
        {
            "row": np.array([numbers[change.position] for _, change in pairs], np.int64),
            "contact": pandas.array([plan.uuids[id][0] if id in plan.uuids else None for id, _ in pairs], dtype="str"),
            "property": pandas.array([change.path for _, change in pairs], dtype="str"),
            "before": pandas.Series([change.before for _, change in pairs], dtype=object),
            "after": pandas.Series([change.after for _, change in pairs], dtype=object),
            "reason": pandas.array([change.reason for _, change in pairs], dtype="str"),
        }
    )


def located(planner: Planner, plan: Plan) -> Iterator[Located]:
    """All problems: of the file, of columns, of cells, of rows."""
    table = planner.table
    for note in table.notes:
        index = None
        if note.row:
            index = int(np.searchsorted(table.rows, note.row))
            index = index if index < len(table) and table.rows[index] == note.row else None
        yield index, note.column, Problem(note.code, note.severity, note.value, note.details)  # type: ignore[arg-type]
    for above in [table.source.above]:
        if above:
            shown = " / ".join(" ".join(texts) for _, texts in above)
            yield None, "", Problem("rows_above", "note", shown, {"count": len(above)})
    for _, texts in table.source.below:
        yield None, "", Problem("total_row", "note", " ".join(texts))
    for mapped in planner.mapping:
        for problem in mapped.problems:
            yield None, mapped.header, problem
    for column in plan.columns:
        if column.problems:
            wrong = np.isin(column.codes, np.fromiter(column.problems, np.int64))
            for index in np.flatnonzero(wrong).tolist():
                for problem in column.problems[int(column.codes[index])]:
                    yield index, column.column.header, problem
    for index, problem in plan.problems:
        yield index, "", _in_zone(problem, planner) if problem.code == "opt_in_future" else problem


def _in_zone(problem: Problem, planner: Planner) -> Problem:
    """A problem with an instant, which is shown to the minute in the hub's time zone."""
    at = datetime.fromisoformat(problem.value).astimezone(ZoneInfo(planner.session.settings.timezone))
    return replace(problem, value=at.strftime("%Y-%m-%d %H:%M"))


_ORDER = {"error": 0, "warning": 1, "note": 2}


def problems(planner: Planner, plan: Plan, language: str) -> pandas.DataFrame:
    import pandas

    numbers = planner.table.rows
    found = sorted(
        located(planner, plan), key=lambda item: (-1 if item[0] is None else item[0], _ORDER[item[2].severity])
    )
    return pandas.DataFrame(
        {
            "row": pandas.array(
                [None if index is None else int(numbers[index]) for index, _, _ in found], dtype="Int64"
            ),
            "column": pandas.array([column for _, column, _ in found], dtype="str"),
            "severity": pandas.array([problem.severity for _, _, problem in found], dtype="str"),
            "code": pandas.array([problem.code for _, _, problem in found], dtype="str"),
            "value": pandas.array([problem.value for _, _, problem in found], dtype="str"),
            "message": pandas.array([problem.message(language) for _, _, problem in found], dtype="str"),
            "mend": pandas.array([problem.mend(language) for _, _, problem in found], dtype="str"),
        }
    )


def problem_counts(planner: Planner, plan: Plan, language: str) -> pandas.DataFrame:
    import pandas

    numbers = planner.table.rows
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], Located] = {}
    columns: dict[tuple[str, str], dict[str, None]] = {}
    rows: dict[tuple[str, str], dict[int, None]] = {}
    for item in located(planner, plan):
        index, column, problem = item
        kind: tuple[str, str] = (problem.severity, problem.code)
        counts[kind] += 1
        examples.setdefault(kind, item)
        if column:
            columns.setdefault(kind, {})[column] = None
        if index is not None:
            rows.setdefault(kind, {})[int(numbers[index])] = None
    ordered = sorted(counts, key=lambda kind: (_ORDER[kind[0]], -counts[kind], kind[1]))
    records = []
    for kind in ordered:
        index, column, problem = examples[kind]
        row = None if index is None else int(numbers[index])
        records.append(
            {
                "severity": kind[0], "code": kind[1], "count": counts[kind], "row": row, "column": column,
                "value": problem.value, "message": problem.message(language), "mend": problem.mend(language),
                "rows": sorted(rows.get(kind, ())), "columns": list(columns.get(kind, ())),
            }
        )  # fmt: skip
    titles = ["severity", "code", "count", "row", "column", "value", "message", "mend", "rows", "columns"]
    return pandas.DataFrame(records, columns=titles).astype({"row": "Int64"})


def html_summary(planner: Planner, plan: Plan, summary: Summary, language: str) -> str:
    """A small picture for notebooks."""
    cells = "".join(f"<td style='padding:0 1em'><b>{summary[name]:,}</b><br>{name}</td>" for name in OUTCOMES)
    name = escape(text_of(planner.table.source.name))
    counts = problem_counts(planner, plan, language).head(8)
    table = counts[["severity", "code", "count", "message"]].to_html(index=False) if len(counts) else ""
    return f"<p>Preview of <b>{name}</b></p><table><tr>{cells}</tr></table>{table}"
