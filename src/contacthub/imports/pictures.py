"""Pictures of a preview: a coloured workbook, a page, and the rows that have problems."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contacthub.errors import FileError
from contacthub.imports import report
from contacthub.imports.planning import CONFLICT, ERROR, OUTCOMES
from contacthub.tables import write
from contacthub.tables.cells import CellError, text_of

if TYPE_CHECKING:
    from contacthub.imports.preview import Preview

COLOURS = {
    "create": "D9F2D9", "update": "D6E9FF", "unchanged": "FFFFFF", "conflict": "F6D6F6", "error": "FFD9D9",
    "skipped": "FFF3CC",
}  # fmt: skip
_MOST_ROWS = 2_000
"""Rows of each table of the page; a browser shows no more with comfort. The workbook holds all."""


def export(preview: Preview, path: Path) -> Path:
    """Write the preview, by the ending of the path."""
    if path.suffix.lower() not in (".xlsx", ".html"):
        raise FileError(
            f"A preview is exported as .xlsx or .html, not as {path.name!r}.", code="unknown_format", path=str(path)
        )
    with write.beside(path) as temporary:
        if path.suffix.lower() == ".html":
            temporary.write_text(page(preview), encoding="utf-8")
        else:
            _workbook(preview, temporary)
    return path


def export_problems(preview: Preview, path: Path) -> Path:
    """Write the rows that were left out, with what is wrong with them."""
    table, outcome = preview.table, preview.plan.outcome
    wrong = [index for index in range(len(table)) if outcome[index] in (CONFLICT, ERROR)]
    texts: dict[int, list[str]] = {}
    for index, column, problem in report.located(preview._planner, preview.plan):
        if index is not None and problem.severity == "error":
            where = f"{column}: " if column else ""
            texts.setdefault(index, []).append(where + problem.message(preview.language))
    rows = (
        [*(_plain(column.cell(index)) for column in table.columns), " ".join(texts.get(index, ()))] for index in wrong
    )
    with write.beside(path) as temporary:
        write.write(temporary, write.format_of(path), [*table.headers, "Problem"], rows)
    return path


def _plain(cell: Any) -> Any:
    return str(cell) if isinstance(cell, CellError) else text_of(cell) if isinstance(cell, list | dict) else cell


# -- the workbook -----------------------------------------------------------------------------------------------------


def _workbook(preview: Preview, path: Path) -> None:
    """Three sheets: the file with changed cells coloured, the changes, the problems."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, PatternFill

    book = openpyxl.Workbook(write_only=True)
    fills = {outcome: PatternFill("solid", fgColor=colour) for outcome, colour in COLOURS.items()}
    bold = Font(bold=True)

    def cell(sheet: Any, value: Any, fill: Any = None, font: Any = None) -> Any:
        made = WriteOnlyCell(sheet, value=value)
        if isinstance(value, str):
            made.data_type = "s"
        if fill:
            made.fill = fill
        if font:
            made.font = font
        return made

    sheet = book.create_sheet("Rows")
    sheet.freeze_panes = "C2"
    sheet.append([cell(sheet, title, font=bold) for title in ("Row", "Outcome", *preview.table.headers)])
    changed = _changed_columns(preview)
    columns = preview.table.columns
    for index, number in enumerate(preview.table.rows.tolist()):
        outcome = OUTCOMES[preview.plan.outcome[index]]
        fill = fills[outcome]
        cells = [cell(sheet, number), cell(sheet, outcome, fill)]
        for position, column in enumerate(columns):
            value = _plain(column.cell(index))
            cells.append(cell(sheet, value, fill if position in changed.get(index, ()) else None))
        sheet.append(cells)
    for title, frame in (("Changes", preview.changes), ("Problems", preview.problems)):
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        sheet.append([cell(sheet, name, font=bold) for name in frame.columns])
        for row in frame.itertuples(index=False):
            sheet.append([cell(sheet, _shown(value)) for value in row])
    book.save(path)


def _shown(value: Any) -> Any:
    import pandas

    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return None if pandas.isna(value) else value


def _changed_columns(preview: Preview) -> dict[int, set[int]]:
    """Index of a row → positions of the columns that change something there."""
    by_path: dict[str, set[int]] = {}
    for column in preview.mapping:
        by_path.setdefault(_path(column), set()).add(column.index)
    changed: dict[int, set[int]] = {}
    pairs = [*preview.plan.changes, *(change for _, change in preview._planner.changes_of_new(preview.plan))]
    for change in pairs:
        path = change.path.partition(".")[0] if change.path.startswith("opt_in") else change.path
        changed.setdefault(change.position, set()).update(by_path.get(path, ()))
    return changed


def _path(column: Any) -> str:
    kind = column.target.kind
    if kind == "field":
        return f"fields.{column.key}"
    if column.target.is_identity or kind in ("phone_area", "phone_country"):
        return "urns"
    paths = {"first_name": "name", "last_name": "name", "group": "groups", "opt_in_on": "opt_in"}
    return str(paths.get(kind, kind))


# -- the page ---------------------------------------------------------------------------------------------------------

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: .25rem .7rem; text-align: left; vertical-align: top }
th { border-bottom: 2px solid #999 } tr + tr td { border-top: 1px solid #ddd } .outcomes td { font-size: 1.2rem }
del { color: #a33 } ins { color: #1a6; text-decoration: none } small { color: #777 }
"""


def page(preview: Preview) -> str:
    """The preview as one page that needs nothing else: no script, no picture, nothing from the network."""
    name = escape(preview.table.source.name)
    outcomes = "".join(
        f'<td style="background:#{COLOURS[outcome]}"><b>{preview.summary[outcome]:,}</b> {outcome}</td>'
        for outcome in OUTCOMES
    )
    counts = preview.problem_counts
    parts = [
        f'<!doctype html><html lang="{escape(preview.language)}"><meta charset="utf-8"><title>{name}</title>',
        f'<style>{_STYLE}</style><h1>{name}</h1><table class="outcomes"><tr>{outcomes}</tr></table>',
        f"<p><small>SHA-256 {escape(preview.table.source.sha256)} · {preview.hash[:16]}</small></p>",
        "<h2>Columns</h2>",
        _html_table(
            [list(row.values()) for row in preview.mapping.rows(preview.language)],
            list(preview.mapping.rows(preview.language)[0]) if len(preview.mapping) else [],
        ),
        "<h2>Problems</h2>",
        _html_table(counts.to_numpy(object).tolist(), list(counts.columns)),
        _html_table(preview.problems.head(_MOST_ROWS).to_numpy(object).tolist(), list(preview.problems.columns)),
        _more(len(preview.problems)),
        "<h2>Changes</h2>",
        _changes_table(preview),
        _more(len(preview.changes)),
        "</html>",
    ]
    return "\n".join(parts)


def _changes_table(preview: Preview) -> str:
    rows = "".join(
        f"<tr><td>{row.row}<td>{escape(str(row.property))}<td><del>{_text(row.before)}</del>"
        f"<td><ins>{_text(row.after)}</ins><td>{escape(str(row.reason))}"
        for row in preview.changes.head(_MOST_ROWS).itertuples()
    )
    return f"<table><tr><th>row<th>property<th>before<th>after<th>reason{rows}</table>"


def _html_table(rows: list[list[Any]], titles: list[str]) -> str:
    head = "".join(f"<th>{escape(str(title))}" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{_text(value)}" for value in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"


def _text(value: Any) -> str:
    shown = _shown(value)
    return "" if shown is None else escape(str(shown))


def _more(count: int) -> str:
    return f"<p>… {count - _MOST_ROWS:,} more; the workbook holds all.</p>" if count > _MOST_ROWS else ""
