"""Workbooks: sheets, hidden and merged things, formulas, dates, and what could hurt."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas
import pytest

from contacthub.errors import FileError, NotFound
from contacthub.tables.cells import CellError, Table
from contacthub.tables.guarded import GuardedSheet
from contacthub.tables.limits import DEFAULT, Limits
from contacthub.tables.read import read
from contacthub.tables.workbook import cell_of


def saved(tmp_path: Path, workbook: openpyxl.Workbook) -> Path:
    path = tmp_path / "people.xlsx"
    workbook.save(path)
    return path


def sheet_of(*rows: list[object]) -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)  # type: ignore[union-attr]
    return workbook


def cells(table: Table) -> list[list[object]]:
    return [list(row) for row in zip(*(column.cells() for column in table.columns), strict=True)]


def rewritten(path: Path, part: str, change: dict[str, str]) -> Path:
    """The workbook with texts of one part replaced."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as changed:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == part:
                for old, new in change.items():
                    assert old.encode() in content
                    content = content.replace(old.encode(), new.encode())
            changed.writestr(member.filename, content)
    return target


def test_cells_are_typed(tmp_path: Path) -> None:
    when = datetime(2026, 5, 1, 13, 30)
    path = saved(tmp_path, sheet_of(["Name", "Age", "Joined", "At", "VIP"], ["007", 36, date(2026, 5, 1), when, True]))
    assert cells(read(path)) == [["007", 36, date(2026, 5, 1), when, True]]


def test_both_date_systems_are_read(tmp_path: Path) -> None:
    workbook = sheet_of(["Name", "Joined"], ["Ana", date(2026, 5, 1)])
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert cells(read(saved(tmp_path, workbook))) == [["Ana", date(2026, 5, 1)]]


def test_the_first_visible_sheet_is_read_and_all_are_listed(tmp_path: Path) -> None:
    workbook = sheet_of(["Name", "Phone"], ["Hidden", "1"])
    workbook.active.title = "Old"  # type: ignore[union-attr]
    workbook.active.sheet_state = "hidden"  # type: ignore[union-attr]
    leads = workbook.create_sheet("Leads")
    leads.append(["Name", "Phone"])
    leads.append(["Ana", "2"])
    path = saved(tmp_path, workbook)
    table = read(path)
    assert cells(table) == [["Ana", "2"]]
    assert table.source.sheets == [("Old", "hidden"), ("Leads", "visible")]
    assert cells(read(path, sheet="old")) == cells(read(path, sheet=0)) == [["Hidden", "1"]]
    with pytest.raises(NotFound, match="'Old', 'Leads'"):
        read(path, sheet="Nobody")


def test_hidden_rows_are_read_with_a_warning(tmp_path: Path) -> None:
    workbook = sheet_of(["Name", "Phone"], ["Ana", "1"], ["Bia", "2"], ["Rui", "3"])
    workbook.active.row_dimensions[3].hidden = True  # type: ignore[union-attr]
    table = read(saved(tmp_path, workbook))
    assert len(table) == 3
    (note,) = table.notes
    assert (note.code, note.severity, note.details) == ("hidden_rows", "warning", {"count": 1, "rows": "3"})


def test_merged_headers_are_spread_and_merged_cells_are_not_filled(tmp_path: Path) -> None:
    workbook = sheet_of(["Name", "Phone", None], ["Ana", "1", "2"], ["Bia", "3", None])
    workbook.active.merge_cells("B1:C1")  # type: ignore[union-attr]
    workbook.active.merge_cells("A2:A3")  # type: ignore[union-attr]
    table = read(saved(tmp_path, workbook))
    assert table.headers == ["Name", "Phone", "Phone"]
    assert cells(table) == [["Ana", "1", "2"], [None, "3", None]]
    assert [note.code for note in table.notes] == ["merged_cells"]


def test_a_formula_gives_its_stored_result_or_a_fault(tmp_path: Path) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Phone", "Age"], ["Ana", "1", "=1+1"], ["Bia", "2", "=2+2"]))
    path = rewritten(path, "xl/worksheets/sheet1.xml", {"<f>1+1</f><v />": "<f>1+1</f><v>2</v>"})
    assert [row[2] for row in cells(read(path))] == [2, CellError("formula_no_result", "C3")]


def test_an_error_cell_is_a_fault(tmp_path: Path) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Phone"], ["Ana", "#N/A"]))
    assert cells(read(path)) == [["Ana", CellError("cell_error", "#N/A")]]


@pytest.mark.parametrize("formula", ["", "<f>NA()</f>", '<f t="shared" si="0"/>'])
def test_an_error_cell_says_which_error_it_is(tmp_path: Path, formula: str) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Phone"], ["Ana", "#DIV/0!"]))
    cell = {'<c r="B2" t="e"><v>#DIV/0!</v>': f'<c r="B2" t="e">{formula}<v>#DIV/0!</v>'}
    assert cells(read(rewritten(path, "xl/worksheets/sheet1.xml", cell))) == [
        ["Ana", CellError("cell_error", "#DIV/0!")]
    ]


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        (["Phone", 2024, "Name"], ["Phone", "2024", "Name"]),
        (["Phone", 2024, 2025], ["Phone", "2024", "2025"]),
        (["Nome", date(2024, 1, 1), "Fone"], ["Nome", "2024-01-01", "Fone"]),
        (["Phone", datetime(2024, 1, 1, 9, 30), "Name"], ["Phone", "2024-01-01 09:30:00", "Name"]),
    ],
)
def test_years_and_days_may_be_headers(tmp_path: Path, headers: list[object], shown: list[str]) -> None:
    path = saved(tmp_path, sheet_of(["Sales of"], headers, ["21987654321", 5, "Ana"], ["21987654322", 6, "Bia"]))
    table = read(path)
    assert (table.source.header_row, table.headers, len(table)) == (2, shown, 2)


def test_a_row_of_data_with_a_number_is_no_header(tmp_path: Path) -> None:
    table = read(saved(tmp_path, sheet_of(["Source", "Number"], ["WhatsApp", 5521987654321], ["Phone", 5521987654322])))
    assert (table.source.header_row, len(table)) == (1, 2)


def test_empty_rows_after_the_data_are_ordinary(tmp_path: Path) -> None:
    workbook = sheet_of(["Name", "Phone"], ["Ana", "1"])
    for row in range(3, 5000):
        workbook.active.cell(row, 1).font = openpyxl.styles.Font(bold=True)  # type: ignore[union-attr]
    assert len(read(saved(tmp_path, workbook))) == 1


@pytest.mark.parametrize("far", ["XFD1048576", "ZZ3", "AAA1"])
def test_a_lone_far_cell_is_refused(tmp_path: Path, far: str) -> None:
    workbook = sheet_of(["Name", "Phone"], ["Ana", "1"])
    workbook.active[far] = "x"  # type: ignore[index]
    with pytest.raises(FileError) as error:
        read(saved(tmp_path, workbook))
    assert error.value.code == "hostile_file"


def test_entities_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Phone"], ["Ana", "1"]))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
    with pytest.raises(FileError) as error:
        read(rewritten(path, "xl/worksheets/sheet1.xml", {"<worksheet": bomb}))
    assert error.value.code == "hostile_file"


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Phone"], ["Ana", "1"]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.xml", b"0" * 40_000_000)
    with pytest.raises(FileError) as error:
        read(path)
    assert error.value.code == "hostile_file"


def test_a_truncated_workbook_is_corrupt(tmp_path: Path) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Phone"], ["Ana", "1"]))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileError) as error:
        read(path)
    assert error.value.code == "corrupt_file"


def test_another_zip_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(FileError) as error:
        read(path)
    assert error.value.code == "unknown_format"


def test_a_protected_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(FileError) as error:
        read(path)
    assert error.value.code == "encrypted_file"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"leads\.xlsx"):
        read(tmp_path / "leads.xlsx")


def test_both_readers_give_the_same(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for column, header in enumerate(("Name", "Phone", "Age", "When", "VIP"), 2):
        sheet.cell(3, column, header)
    for column, value in enumerate(("Ana ", 5521987654321, 36.5, datetime(2026, 5, 1, 2, 3), True), 2):
        sheet.cell(4, column, value)
    sheet["B6"], sheet["C6"], sheet["E6"] = "007", "=1+1", date(2026, 5, 1)
    sheet["C7"] = "#N/A"
    sheet["B8"] = "#REF! is a text"
    path = saved(tmp_path, workbook)
    table = read(path)
    assert table.source.header_row == 3
    assert table.rows.tolist() == [4, 6, 7, 8]
    plain, without, faulty, text = cells(table)
    assert plain == ["Ana ", 5521987654321, 36.5, datetime(2026, 5, 1, 2, 3), True]
    assert without == ["007", CellError("formula_no_result", "C6"), None, date(2026, 5, 1), None]
    assert faulty[1] == CellError("cell_error", "#N/A")
    assert text[0] == "#REF! is a text"

    def said(slowly: bool) -> list[list[object]]:
        rows = [row for batch in GuardedSheet(path, "Sheet", DEFAULT, slowly=slowly).batches() for row in batch]
        return [[cell_of(cell) for cell in row if cell not in ("", None)] for row in rows]

    quick, slow = said(False), said(True)
    assert slow[6] == ["#N/A"]  # the quick reader sees a blank, and both get their errors from the sheet itself
    assert quick[:6] + quick[7:] == slow[:6] + slow[7:]


def test_the_slow_reader_takes_what_the_quick_one_does_not_understand(tmp_path: Path) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Age"], ["Ana", 36]))
    path = rewritten(path, "xl/worksheets/sheet1.xml", {"<v>36</v>": "<v> 36 </v>"})
    with pytest.raises(FileError):
        list(GuardedSheet(path, "Sheet", DEFAULT).batches())
    assert cells(read(path)) == [["Ana", 36]]


def test_ods_is_read(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"  # by content, not by name
    pandas.DataFrame({"Name": ["Ana", "Bia"], "Age": [36, 4.5]}).to_excel(
        path.with_suffix(".ods"), index=False, engine="odf"
    )
    path.with_suffix(".ods").rename(path)
    table = read(path)
    assert table.source.format == "ods"
    assert cells(table) == [["Ana", 36], ["Bia", 4.5]]


def test_a_broken_old_workbook_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "people.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\7" * 3000 + "Workbook".encode("utf-16-le") + b"\0" * 3000)
    with pytest.raises(FileError) as error:
        read(path)
    assert error.value.code in ("corrupt_file", "hostile_file")


def test_all_sheets_of_the_same_headers_are_read_together(tmp_path: Path) -> None:
    workbook = sheet_of(["Name", "Phone"], ["Ana", "1"])
    for title, headers in (("Second", ["Name", "Phone"]), ("Other", ["Colour", "Shape"]), ("Empty", [])):
        sheet = workbook.create_sheet(title)
        sheet.append(headers)
        sheet.append(["Bia", "2"] if headers else [])
    path = saved(tmp_path, workbook)
    table = read(path, sheet="*")
    assert cells(table) == [["Ana", "1"], ["Bia", "2"]]
    assert table.rows.tolist() == [2, 1002]
    assert [(note.code, note.value) for note in table.notes] == [("sheet_rows", "Second"), ("sheet_skipped", "Other")]
    assert [note.value for note in read(path).notes if note.code == "other_sheets"] == ["Second, Other, Empty"]


def test_further_sheets_are_read_with_all_that_is_told_of_the_first(tmp_path: Path) -> None:
    workbook = sheet_of(["Name", "Phone"], ["Ana", "1"], ["Bia", "2"])
    second = workbook.create_sheet("B")
    for row in (["Leads"], ["Name", "Phone"], ["Caio", "3"], ["Dora", "4"], ["Total", 2]):
        second.append(row)
    second.row_dimensions[4].hidden = True
    second.merge_cells("A3:A4")
    third = workbook.create_sheet("C")
    for row in (["Name", "Phone"], ["Eva", "5"]):
        third.append(row)
    path = saved(tmp_path, workbook)
    table = read(path, sheet="*")
    assert [row[0] for row in cells(table)] == ["Ana", "Bia", "Caio", None, "Eva"]
    assert table.rows.tolist() == [2, 3, 1003, 1004, 2002]
    assert table.source.above == [(1001, ["Leads"])]
    assert table.source.below == [(1005, ["Total", "2"])]
    assert [(note.code, note.row, note.value, note.details) for note in table.notes] == [
        ("sheet_rows", 0, "B", {"sheet": "B", "first": 1001, "offset": 1000}),
        ("hidden_rows", 0, "", {"count": 1, "rows": "1004"}),
        ("merged_cells", 1003, "", {"count": 1}),
        ("sheet_rows", 0, "C", {"sheet": "C", "first": 2001, "offset": 2000}),
    ]
    with pytest.raises(FileError) as error:
        read(path, sheet="*", limits=Limits(rows=4))
    assert error.value.code == "too_many_rows"


def test_the_content_says_the_format_and_not_the_name(tmp_path: Path) -> None:
    path = saved(tmp_path, sheet_of(["Name", "Phone"], ["Ana", "1"]))
    for name in ("people.xls", "people.csv", "people"):
        other = tmp_path / name
        other.write_bytes(path.read_bytes())
        assert read(other).source.format == "xlsx"


NOTES = {
    "one cell": [["Leia-me"]],
    "lines": [["Leia-me"], ["Preencha uma linha por pessoa."], ["Dúvidas: secretaria"]],
    "numbers": [[1, 2], [3, 4]],
    "nothing": [],
}


def covered(rows: list[list[object]]) -> openpyxl.Workbook:
    workbook = sheet_of(*rows)
    workbook.active.title = "Leia-me"
    for title, name in (("Turma A", "Ana"), ("Turma B", "Bia")):
        sheet = workbook.create_sheet(title)
        sheet.append(["Name", "Phone"])
        sheet.append([name, "1"])
    return workbook


@pytest.mark.parametrize("note", NOTES)
def test_all_sheets_are_read_past_a_cover(note: str, tmp_path: Path) -> None:
    table = read(saved(tmp_path, covered(NOTES[note])), sheet="*")
    assert (table.headers, cells(table)) == (["Name", "Phone"], [["Ana", "1"], ["Bia", "1"]])
    assert table.rows.tolist() == [2, 1002]
    assert (table.source.header_row, table.source.sheet, len(table.source.sheets)) == (1, "*", 3)
    skipped = [note.value for note in table.notes if note.code == "sheet_skipped"]
    assert skipped == (["Leia-me"] if note in ("lines", "numbers") else [])


@pytest.mark.parametrize("note", ["one cell", "numbers", "nothing"])
def test_a_cover_is_refused_with_the_names_of_the_other_sheets(note: str, tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        read(saved(tmp_path, covered(NOTES[note])))
    assert error.value.message.endswith(
        " The sheet 'Leia-me' was read; there are also 'Turma A', 'Turma B'. "
        "Choose one: --sheet 'Turma A', in Python sheet='Turma A'."
    )


def test_a_workbook_of_covers_has_no_table(tmp_path: Path) -> None:
    workbook = sheet_of(["Leia-me"])
    workbook.create_sheet("Capa").append(["Capa"])
    with pytest.raises(FileError) as error:
        read(saved(tmp_path, workbook), sheet="*")
    assert "'Sheet', 'Capa'" in error.value.message
