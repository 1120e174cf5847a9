"""Text files: encodings, delimiters, quotes, where the header stands, what is passed over."""

from __future__ import annotations

import csv
import os
import tempfile
from itertools import chain
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from contacthub.errors import FileError, NotFound
from contacthub.tables import text
from contacthub.tables.cells import CellError, Table
from contacthub.tables.limits import DEFAULT, Limits
from contacthub.tables.read import read


def table_of(tmp_path: Path, content: str | bytes, **options: object) -> Table:
    path = tmp_path / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, **options)  # type: ignore[arg-type]


def cells(table: Table) -> list[list[object]]:
    return [list(row) for row in zip(*(column.cells() for column in table.columns), strict=True)]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Nome,Telefone\nJoão,1\n".encode(), "utf-8"),
        ("Nome,Telefone\nJoão,1\n".encode("utf-8-sig"), "utf-8-sig"),
        ("Nome,Telefone\nJoão,1\n".encode("utf-16"), "utf-16"),
        ("Nome,Telefone\nJoão,1\n".encode("utf-16-le"), "utf-16-le"),
        ("Nome,Telefone\nJoão,1\n".encode("utf-16-be"), "utf-16-be"),
        ("Nome,Telefone\nJoão,1\n".encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, content: bytes, encoding: str) -> None:
    table = table_of(tmp_path, content)
    assert table.source.encoding == encoding
    assert cells(table) == [["João", "1"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_of_constant_width(tmp_path: Path, delimiter: str) -> None:
    rows = [["Name", "Phone", "Note"], ["Ana", "1", "a, b; c"], ["Bia", "2", "d"], ["Rui", "3", "e, f"]]
    text = "\n".join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    table = table_of(tmp_path, text)
    assert table.source.delimiter == delimiter
    assert cells(table) == rows[1:]


def test_a_declared_delimiter_is_honoured_and_counts_as_a_row(tmp_path: Path) -> None:
    table = table_of(tmp_path, "sep=|\nName|Phone\nAna, Maria|1\n")
    assert cells(table) == [["Ana, Maria", "1"]]
    assert table.rows.tolist() == [3]


def test_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert cells(table_of(tmp_path, "Phone\n1\n2\n")) == [["1"], ["2"]]


def test_an_unclosed_quote_does_not_swallow_the_file(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'Name,Phone\nAna,1\n"Bia,2\nRui,3\n"Eva, Maria",4\n')
    assert cells(table) == [["Ana", "1"], ['"Bia', "2"], ["Rui", "3"], ["Eva, Maria", "4"]]
    assert [(note.code, note.details["line"]) for note in table.notes] == [("unclosed_quote", 3)]


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'Name,Phone\n"Ana ""Nina"" Lima","1,2"\n"two\nlines",3\n')
    assert cells(table) == [['Ana "Nina" Lima', "1,2"], ["two\nlines", "3"]]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("length", [32_768, 131_073, 200_000])
def test_a_cell_beyond_the_limit_is_a_fault_of_its_row_alone(tmp_path: Path, length: int, quote: str) -> None:
    before = csv.field_size_limit()
    table = table_of(tmp_path, f"Name,Phone,Note\nAna,1,{quote}{'a' * length}{quote}\nBia,2,b\n")
    (ana, bia) = cells(table)
    assert (ana[:2], bia) == (["Ana", "1"], ["Bia", "2", "b"])
    assert isinstance(ana[2], CellError)
    assert (ana[2].code, len(ana[2].text)) == ("cell_too_long", len(f"{'a' * 60}… ({length:,} > 32,767)"))
    assert csv.field_size_limit() == before


def test_a_cell_at_the_limit_is_taken(tmp_path: Path) -> None:
    assert cells(table_of(tmp_path, f"Phone\n{'1' * 32_767}\n")) == [["1" * 32_767]]
    assert isinstance(cells(table_of(tmp_path, "Phone\n123\n", limits=Limits(cell=2)))[0][0], CellError)


def test_a_long_cell_beside_an_unclosed_quote(tmp_path: Path) -> None:
    table = table_of(tmp_path, f'Name,Phone\n"Ana,{"1" * 140_000}\nBia,2\n')
    ((name, phone), bia) = cells(table)
    assert (name, bia) == ('"Ana', ["Bia", "2"])
    assert isinstance(phone, CellError)
    assert [(note.code, note.details["line"]) for note in table.notes] == [("unclosed_quote", 2)]


def test_rows_of_any_width_are_taken(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Name,Phone\nAna\nBia,2,more\n,\nRui,3\n")
    assert table.headers == ["Name", "Phone", ""]
    assert cells(table) == [["Ana", None, None], ["Bia", "2", "more"], ["Rui", "3", None]]
    assert table.rows.tolist() == [2, 3, 5]


@pytest.mark.parametrize(
    ("text", "header_row", "first"),
    [
        ("Leads of the fair\n\nName,Phone\nAna,1\n", 3, ["Ana", "1"]),
        ("Report,,\nDate:,2026-05-01,\nNome,Telefone,Cidade\nAna,1,Recife\n", 3, ["Ana", "1", "Recife"]),
        ("Name,Phone\nName,Phone\nAna,1\n", 1, ["Name", "Phone"]),
        ("Colour,Shape\nred,round\n", 1, ["red", "round"]),
    ],
)
def test_the_header_row_is_found_under_titles(tmp_path: Path, text: str, header_row: int, first: list[str]) -> None:
    table = table_of(tmp_path, text)
    assert table.source.header_row == header_row
    assert cells(table)[0] == first


def test_what_is_passed_over_is_kept_to_be_shown(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Leads\nName,Phone,Sum\nAna,1,5\nTotal,,5\n")
    assert table.source.above == [(1, ["Leads"])]
    assert table.source.below == [(4, ["Total", "5"])]
    assert len(table) == 1


@pytest.mark.parametrize(
    ("rows", "below"),
    [
        ('TOTAL,,"R$ 8.265,70"\n', [(3, ["TOTAL", "R$ 8.265,70"])]),
        ("Total,,US$ 12\n", [(3, ["Total", "US$ 12"])]),
        ("TOTAL,,20\n,,\nFonte: x,,\n", [(3, ["TOTAL", "20"])]),
        ("Subtotal,,€ 5\nTOTAL,,5\n", [(3, ["Subtotal", "€ 5"]), (4, ["TOTAL", "5"])]),
    ],
)
def test_totals_of_money_and_totals_above_a_remark(
    tmp_path: Path, rows: str, below: list[tuple[int, list[str]]]
) -> None:
    table = table_of(tmp_path, "Name,Phone,Valor\nAna,+5521987654321,5\n" + rows)
    assert table.source.below == below
    assert len(table) == 1 + rows.count("Fonte")


@pytest.mark.parametrize("row", ["Total,+5521987654321,5", "Total,,Rua 5", "Total,a@example.com,R$ 5"])
def test_a_person_is_no_total(tmp_path: Path, row: str) -> None:
    assert len(table_of(tmp_path, f"Name,Phone,Valor\n{row}\n")) == 1


def test_a_contact_called_total_is_no_total(tmp_path: Path) -> None:
    assert len(table_of(tmp_path, "Name,Phone\nTotal Energia,+5521987654321\n")) == 1


def test_header_row_decides(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Name,Phone\nNome,Fone\nAna,1\n", header_row=2)
    assert table.headers == ["Nome", "Fone"]
    with pytest.raises(FileError) as error:
        table_of(tmp_path, "Name,Phone\nAna,1\n", header_row=9)
    assert error.value.code == "no_header"


def test_an_escaped_formula_is_read_without_its_apostrophe(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Name,Phone\n'=1+1,1\n''=x,2\n'plain,3\n")
    assert [row[0] for row in cells(table)] == ["=1+1", "'=x", "'plain"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n \n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"Name,Phone\n", "no_rows"),
        (b"Name,Phone\n,\n,\n", "no_rows"),
        (b"+5521987654321,ana@example.com\n+5521987654322,bia@example.com\n", "no_header"),
        (b"Name,Phone\nAna\x00,1\n", "corrupt_file"),
        (b"%PDF-1.7 ...", "unknown_format"),
        (b"\x89PNG\r\n\x1a\n....", "unknown_format"),
        (b"<html><body><table><tr><td>Name</td></tr></table>", "unknown_format"),
        (b"PK\x03\x04 broken", "corrupt_file"),
        (b"{not json}\n", "corrupt_file"),
        (b'[{"name": "Ana"}]', "unknown_format"),
        (b'\xef\xbb\xbf[\n  {"name": "Ana"}]', "unknown_format"),
        (b'[["Ana", 1]]', "unknown_format"),
        (b'["Ana"]', "unknown_format"),
        (b"[]", "unknown_format"),
        (b"<meta charset=utf-8><div><TABLE><tr><td>Name", "unknown_format"),
        (b"a," * 600 + b"\n" + b"1," * 599 + b"1\n", "hostile_file"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_code(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileError) as error:
        table_of(tmp_path, content)
    assert error.value.code == code
    assert str(error.value)


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("{Name},Phone\nAna,1\n", "{Name}"),
        ("[Name],Phone\nAna,1\n", "[Name]"),
        ("Name,Phone,Note\nAna,1,<table>x</table>\n", "Name"),
    ],
)
def test_a_mark_of_another_format_in_a_cell_makes_no_other_format(tmp_path: Path, content: str, header: str) -> None:
    table = table_of(tmp_path, content)
    assert (table.source.format, table.headers[0], cells(table)[0][:2]) == ("csv", header, ["Ana", "1"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_lines_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    table = table_of(tmp_path, '{"name": "João", "fields": {"age": 36}}\n{"name": "Bia"}\n'.encode(encoding))
    assert (table.source.format, table.headers) == ("jsonl", ["name", "fields.age"])
    assert cells(table) == [["João", 36], ["Bia", None]]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="Save what it gives") as error:
        read(tmp_path / "pipe")
    assert error.value.code == "unknown_format"


def test_a_sheet_of_a_file_without_sheets(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="has no sheet 'Leads'"):
        table_of(tmp_path, "Name,Phone\nAna,1\n", sheet="Leads")
    assert len(table_of(tmp_path, "Name,Phone\nAna,1\n", sheet="*")) == 1


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        table_of(tmp_path, b"Name,Phone\n" + b"x" * 3_000_000)
    assert error.value.code in ("hostile_file", "corrupt_file")


def test_rows_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        table_of(tmp_path, "Phone\n" + "1\n" * 11, limits=Limits(rows=10))
    assert error.value.code == "too_many_rows"
    assert len(table_of(tmp_path, "Phone\n" + "1\n" * 10 + "\n" * 1000, limits=Limits(rows=10))) == 10


@settings(max_examples=300, deadline=None)
@given(content=st.text(st.sampled_from('ab;"\n\r'), max_size=60), size=st.integers(1, 40))
def test_blocks_of_lines_are_read_as_line_by_line(content: str, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "people.csv"
        path.write_bytes(content.encode())
        patch.setattr(text, "_BLOCK", size)
        found = text.TextRows(path, DEFAULT, delimiter=";", encoding="utf-8")
        rows = list(chain.from_iterable(found.batches()))
        slow = text.TextRows(path, DEFAULT, delimiter=";", encoding="utf-8")
        with path.open(encoding="utf-8", newline="") as file:
            lines = text._Rewindable(slow._lines(file), 0)
            assert rows == list(chain.from_iterable(slow._records(lines)))
        assert found.notes == slow.notes
