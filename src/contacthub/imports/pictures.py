"""Pictures of a preview: a coloured workbook, a page (`page`), and the rows that have problems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contacthub.errors import FileError
from contacthub.imports import report
from contacthub.imports.page import COLOURS, page, words_of
from contacthub.imports.planning import CONFLICT, ERROR, OUTCOMES
from contacthub.tables import write
from contacthub.tables.cells import CellError, text_of
from contacthub.tables.formulas import bare
from contacthub.tables.headers import PROBLEMS, known

if TYPE_CHECKING:
    import openpyxl

    from contacthub.imports.mapping import MappedColumn
    from contacthub.imports.preview import Preview

NO_IDENTITY = "no_identity"
"""The one reason of skipped rows that is mended in the file; the others were asked for."""


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
            with write.new_workbook(temporary) as book:
                _fill(book, preview)
    return path


def export_problems(preview: Preview, path: Path) -> Path:
    """Write the rows that were left out and can be mended, with what is wrong with them. What an earlier file of such
    rows said is left out, so that rows which nobody mended are written again as they were."""
    table, outcome = preview.table, preview.plan.outcome
    nobody = {index for index, problem in preview.plan.problems if problem.code == NO_IDENTITY}
    wrong = [index for index in range(len(table)) if outcome[index] in (CONFLICT, ERROR) or index in nobody]
    texts: dict[int, list[str]] = {}
    for index, column, problem in report.located(preview._planner, preview.plan):
        if index is not None and (problem.severity == "error" or problem.code == NO_IDENTITY):
            where = f"{column}: " if column else ""
            texts.setdefault(index, []).append(where + problem.message(preview.language))
    kept = [mapped.index for mapped in preview.mapping if not _tells_of_problems(mapped)]
    columns = [table.columns[index] for index in kept]
    rows = ([*(_to_mend(column.cell(index)) for column in columns), " ".join(texts.get(index, ()))] for index in wrong)
    titles = [*(table.headers[index] for index in kept), PROBLEMS.argument]
    with write.beside(path) as temporary:
        write.write(temporary, write.format_of(path), titles, rows)
    return path


def _tells_of_problems(column: MappedColumn) -> bool:
    """Whether a column is one that `export_problems` wrote, and nobody gave another meaning."""
    return column.ignored and known(column.header) == PROBLEMS


def _to_mend(cell: Any) -> Any:
    """A cell as somebody mends it. A formula without a result is blank, for only its place is known; and what keeps a
    text from being a formula is put in front by the format that needs it."""
    if isinstance(cell, CellError) and cell.code == "formula_no_result":
        return None
    plain = _plain(cell)
    return bare(plain) if isinstance(plain, str) else plain


def _plain(cell: Any) -> Any:
    return str(cell) if isinstance(cell, CellError) else text_of(cell) if isinstance(cell, list | dict) else cell


# -- the workbook -----------------------------------------------------------------------------------------------------


def _fill(book: openpyxl.Workbook, preview: Preview) -> None:
    """Four sheets: the summary, the file with changed cells coloured, the changes, the problems."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, PatternFill

    fills = {outcome: PatternFill("solid", fgColor=colour) for outcome, colour in COLOURS.items()}
    bold = Font(bold=True)

    def cell(sheet: Any, value: Any, fill: Any = None, font: Any = None) -> Any:
        made = WriteOnlyCell(sheet, value=write.workbook_value(value))
        if isinstance(made.value, str):
            made.data_type = "s"
        if fill:
            made.fill = fill
        if font:
            made.font = font
        return made

    sheet = book.create_sheet("Summary")
    for line in _summary(preview):
        sheet.append([cell(sheet, value, font=bold if len(line) == 1 else None) for value in line])
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


def _summary(preview: Preview) -> Iterator[list[Any]]:
    """The lines of the summary: counts by outcome, what else would happen, who would enter and leave groups."""
    words, summary = words_of(preview), preview.summary
    yield [preview.table.source.name]
    yield from ([words.of("outcome", outcome), summary[outcome]] for outcome in OUTCOMES)
    if told := words.effects(summary):
        yield [words.of("title", "effects")]
        yield from map(list, told)
    if moves := words.moves(summary):
        yield [words.of("column", "group"), words.of("column", "enter"), words.of("column", "leave")]
        yield from map(list, moves)


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
