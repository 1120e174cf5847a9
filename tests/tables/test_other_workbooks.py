"""Workbooks that are not xlsx: what is read of xls, xlsb and ods, and what is told of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from binary_workbook import NOT_AVAILABLE, xlsb
from open_document import cell, ods, row

from contacthub.errors import NotFound
from contacthub.tables.cells import CellError, Table
from contacthub.tables.read import read

OLD = Path(__file__).parent / "data" / "people.xls"
"""Written by LibreOffice: two sheets, a hidden row, a date, a formula with an error."""


def cells(table: Table) -> list[list[object]]:
    return [list(row) for row in zip(*(column.cells() for column in table.columns), strict=True)]


HEADERS = row(cell("Name"), cell("Phone"))


OTHER = '<table:table table:name="Z"><table:table-row table:visibility="collapse"/></table:table>'


def table_of(tmp_path: Path, *rows: str) -> Table:
    (tmp_path / "people.ods").write_bytes(ods(*rows, before=OTHER))
    return read(tmp_path / "people.ods", sheet="A")


def test_an_old_workbook_is_read_and_says_what_it_cannot_tell() -> None:
    table = read(OLD)
    assert table.source.format == "xls"
    assert table.source.sheets == [("Leads", "visible"), ("Notes", "visible")]
    assert table.headers == ["Name", "Phone", "Age", "Joined"]
    assert cells(table) == [
        ["José", "+5521987654321", 36.5, date(2026, 5, 1)],
        ["007", 5521987654322, None, None],
        ["Bia", "21987654323", None, None],
    ]
    assert (table.notes[0].code, table.notes[0].details) == ("old_workbook", {"format": "xls"})


def test_a_binary_workbook_is_read(tmp_path: Path) -> None:
    rows = [["Name", "Phone", "Age", "VIP"], ["José", 5521987654321, 36.5, True], [], ["007", "+1", NOT_AVAILABLE]]
    path = tmp_path / "people"
    path.write_bytes(xlsb(("Old", "hidden", [["nothing"]]), ("Leads", "visible", rows)))
    table = read(path)
    assert table.source.format == "xlsb"
    assert table.source.sheets == [("Old", "hidden"), ("Leads", "visible")]
    assert table.headers == ["Name", "Phone", "Age", "VIP"]
    assert cells(table) == [["José", 5521987654321, 36.5, True], ["007", "+1", None, None]]
    assert table.rows.tolist() == [2, 4]
    assert [(note.code, note.details) for note in table.notes] == [("old_workbook", {"format": "xlsb"})]
    with pytest.raises(NotFound, match="'Old', 'Leads'"):
        read(path, sheet="Nobody")


@pytest.mark.parametrize("state", ["collapse", "filter"])
def test_hidden_rows_of_ods_are_told(tmp_path: Path, state: str) -> None:
    hidden = row(cell("Bia"), cell("2"), more=f'table:visibility="{state}" table:number-rows-repeated="2"')
    table = table_of(tmp_path, HEADERS, row(cell("Ana"), cell("1")), hidden, row(cell("Rui"), cell("3")))
    assert table.rows.tolist() == [2, 3, 4, 5]
    (note,) = table.notes[:1]
    assert (note.code, note.severity, note.details) == ("hidden_rows", "warning", {"count": 2, "rows": "3-4"})


@pytest.mark.parametrize(
    ("shown", "more", "read_as"),
    [
        ("#DIV/0!", 'table:formula="of:=1/0" calcext:value-type="error"', CellError("cell_error", "#DIV/0!")),
        ("Err:502", 'table:formula="of:=X()" calcext:value-type="error"', CellError("cell_error", "Err:502")),
        ("#N/A", 'table:formula="of:=NA()"', CellError("cell_error", "#N/A")),  # as Excel writes it
        ("#N/A", 'table:formula="of:=T()" calcext:value-type="string"', "#N/A"),
        ("#N/A", "", "#N/A"),
        ("x", 'table:formula="of:=A1"', "x"),
    ],
)
def test_errors_of_ods_are_faults_and_texts_are_not(tmp_path: Path, shown: str, more: str, read_as: object) -> None:
    blank = '<table:table-cell table:number-columns-repeated="2"/>'
    table = table_of(
        tmp_path,
        row(cell("Name"), cell("Age"), cell("Sex"), cell("Phone")),
        row(cell("Ana"), cell("1"), cell("f"), cell("1"), more='table:number-rows-repeated="3"'),
        row(cell("Bia"), blank, cell(shown, more)),
    )
    assert table.rows.tolist() == [2, 3, 4, 5]
    assert cells(table)[-1] == ["Bia", None, None, read_as]


def test_a_formula_of_ods_without_a_result_is_a_fault(tmp_path: Path) -> None:
    formula = '<table:table-cell table:formula="of:=B9"/>'
    table = table_of(tmp_path, HEADERS, row(cell("Ana"), formula))
    assert cells(table) == [["Ana", CellError("formula_no_result", "B2")]]


def test_merged_cells_of_ods_are_told_and_merged_headers_spread(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell/>"
    table = table_of(
        tmp_path,
        row(cell("Name"), cell("Phone", 'table:number-columns-spanned="2" table:number-rows-spanned="1"'), covered),
        row(cell("Ana", 'table:number-columns-spanned="1" table:number-rows-spanned="2"'), cell("1"), cell("2")),
        row(covered, cell("3")),
    )
    assert table.headers == ["Name", "Phone", "Phone"]
    assert cells(table) == [["Ana", "1", "2"], [None, "3", None]]
    assert [(note.code, note.row) for note in table.notes if note.code != "other_sheets"] == [("merged_cells", 2)]
