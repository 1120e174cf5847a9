"""Rows with problems go out, are mended, and come in again, as often as it takes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import contacthub as ch
from contacthub.hub import Hub
from contacthub.tables.formulas import bare, escaped, unescaped

File = Callable[..., str]
LEADS = Path(__file__).parents[2] / "sample_data" / "leads.xlsx"


def cells(path: Path) -> list[Any]:
    """All cells of a file, headers first, of csv as it is written; its objects."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".xlsx":
        return [list(row) for row in openpyxl.load_workbook(path).worksheets[0].values]
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return [list(row) for row in csv.reader(opened)]


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)
    return path


def round_of(hub: Hub, source: Any, target: Path) -> Path:
    """One round: what is right is imported, the rest written out."""
    preview = hub.imports.preview(source)
    preview.export_problems(target)
    preview.commit()
    return target


@pytest.mark.parametrize("ending", ["csv", "xlsx", "tsv", "jsonl"])
def test_what_nobody_mends_is_written_again_as_it_was(hub: Hub, tmp_path: Path, ending: str) -> None:
    preview = hub.imports.preview(LEADS)
    number = int(preview.problems.query("code == 'formula_no_result'")["row"].iloc[0])
    preview.mend(number, "Score", "forty")  # by its place it would be known in this one file only
    preview.export_problems(first := tmp_path / f"first.{ending}")
    preview.commit()
    second = round_of(hub, first, tmp_path / f"second.{ending}")
    third = round_of(hub, second, tmp_path / f"third.{ending}")
    assert len(cells(first)) > 15
    assert cells(first) == cells(second) == cells(third)


@pytest.mark.parametrize("header", ["Problem", "problem", " PROBLEM: "])
def test_what_an_earlier_import_said_is_left_out(hub: Hub, file: File, tmp_path: Path, header: str) -> None:
    preview = hub.imports.preview(file(f"Name,Phone,{header}\nAna,98765,an old story\n"))
    (note,) = preview.mapping[2].problems
    assert (note.code, note.severity) == ("earlier_problems", "note")
    assert "earlier import" in note.message()
    titles, row = cells(preview.export_problems(tmp_path / "wrong.csv"))
    assert titles == ["Name", "Phone", "Problem"]
    assert "old story" not in row[2]
    assert "98765" in row[2]


def test_a_column_of_problems_that_means_something_else_stays(hub: Hub, file: File, tmp_path: Path) -> None:
    preview = hub.imports.preview(
        file("Name,Phone,Problem\nAna,98765,no internet\n"), mapping={"Problem": "Field:Fault"}
    )
    titles, row = cells(preview.export_problems(tmp_path / "wrong.csv"))
    assert titles == ["Name", "Phone", "Problem", "Problem"]
    assert row[2] == "no internet"


@pytest.mark.parametrize(
    ("text", "in_csv", "in_workbook"),
    [
        ("'+5585987800966", "+5585987800966", "+5585987800966"), ("''+55 81", "'+55 81", "+55 81"),
        ("=1+1", "'=1+1", "=1+1"), ("'=1+1", "'=1+1", "=1+1"), ("'--", "'--", "'--"), ("'tis", "'tis", "'tis"),
    ],
)  # fmt: skip
def test_what_keeps_a_formula_from_running_is_put_in_front_once(
    hub: Hub, tmp_path: Path, text: str, in_csv: str, in_workbook: str
) -> None:
    source = tmp_path / "people.xlsx"
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["Name", "Phone", "Note"])
    sheet.append(["Ana", "98765", "x"])
    sheet["C2"].value = text
    sheet["C2"].data_type = "s"
    book.save(source)
    preview = hub.imports.preview(source)
    for _ in range(2):
        path = preview.export_problems(tmp_path / "wrong.csv")
        assert cells(path)[1][2] == in_csv
        preview = hub.imports.preview(path)
        path = preview.export_problems(tmp_path / "wrong.xlsx")
        assert cells(path)[1][2] == in_workbook
        preview = hub.imports.preview(path)


@given(st.text("'=+-@1a\t", max_size=6))
def test_a_bare_text_is_read_back_from_csv_and_is_bare_again(text: str) -> None:
    assert bare(bare(text)) == bare(text)
    assert unescaped(escaped(bare(text))) == bare(text)
    assert text.endswith(bare(text))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_formula_without_a_result_is_blank_and_told(hub: Hub, tmp_path: Path, ending: str) -> None:
    hub.fields.create("Score", type="number")
    source = workbook(tmp_path / "people.xlsx", [["Name", "Phone", "Score"], ["Ana", "21 98765-4321", "=4*10"]])
    path = hub.imports.preview(source).export_problems(tmp_path / f"wrong.{ending}")
    row = cells(path)[1]
    assert row[2] in (None, "")
    assert "C2 holds a formula" in row[3]
    assert hub.imports.preview(path).summary["create"] == 1


def test_a_recipe_of_rows_to_be_mended_fits_the_next_file(hub: Hub, file: File, tmp_path: Path) -> None:
    again = hub.imports.preview(file("Nome,Fone,Problem\nAna,21 98765-4321,old\n"))
    recipe = again.save_recipe(tmp_path / "crm.toml")
    assert hub.imports.preview(file("Nome,Fone\nBia,21 98765-4322\n"), recipe=recipe).summary["create"] == 1


@pytest.mark.parametrize(
    ("zone", "shown"), [("America/Recife", "2030-01-01 00:00"), ("Asia/Tokyo", "2030-01-01 12:00")]
)
def test_a_consent_of_the_future_is_told_in_the_time_of_the_hub(hub: Hub, file: File, zone: str, shown: str) -> None:
    hub.settings.update(timezone=zone)
    preview = hub.imports.preview(
        file("Name,Phone,Opt In,Opt In On\nAna,21 98765-4321,yes,2030-01-01T03:00:00+00:00\n")
    )
    (message,) = preview.problems.query("code == 'opt_in_future'")["message"]
    assert message.startswith(f"{shown} is in the future")


# -- recipes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["precious.hub", "recipe", "rows.csv", "crm.toml.backup"])
def test_a_recipe_ends_in_toml(hub: Hub, file: File, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(ch.FileError) as refused:
        hub.imports.preview(file("Nome,Fone\nAna,21 98765-4321\n", "people.csv")).save_recipe(tmp_path / name)
    assert refused.value.code == "unknown_format"
    assert (tmp_path / name).read_text() == "precious"


@pytest.mark.parametrize(
    "make",
    [
        lambda path: ch.open(path, create=True, actor="bia").close(),
        lambda path: path.write_text('[project]\nname = "precious"\n'),
        lambda path: path.write_bytes(b"\xff\x00"),
        lambda path: path.write_text("precious"),
        lambda path: path.mkdir(),
    ],
    ids=["hub", "settings", "bytes", "text", "folder"],
)
def test_a_recipe_replaces_no_other_file(hub: Hub, file: File, tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "precious.toml"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ch.Refused) as refused:
        hub.imports.preview(file("Nome,Fone\nAna,21 98765-4321\n")).save_recipe(path)
    assert refused.value.code == "exists"
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_recipe_replaces_an_earlier_one(hub: Hub, file: File, tmp_path: Path) -> None:
    hub.imports.preview(file("Nome,Fone\nAna,21 98765-4321\n")).save_recipe(tmp_path / "crm.toml")
    hub.imports.preview(file("Name,Phone\nAna,21 98765-4321\n")).save_recipe(tmp_path / "crm.toml")
    assert "Nome" not in (tmp_path / "crm.toml").read_text(encoding="utf-8")


# -- what was said of a column ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "mapping", "targets"),
    [
        ("Nome,Apellidos", {}, ["First Name", "Last Name"]),
        ("Nome,Apellidos", {"Nome": "Name"}, ["Name", "ignore"]),
        ("Nome,Apellidos", {"Nome": "Name", "Apellidos": "Field:Family"}, ["Name", "Field:Family"]),
        ("Nome,Apellidos", {"Apellidos": "Last Name"}, ["First Name", "Last Name"]),
        ("Nome,Apellidos", {"Apellidos": "Name"}, ["ignore", "Name"]),
        ("Nome,Apellidos", {"Apellidos": "First Name"}, ["ignore", "First Name"]),
        ("Name,Last Name", {"Name": "Name"}, ["Name", "ignore"]),
    ],
)
def test_what_is_said_of_a_column_holds_against_guesses(
    hub: Hub, file: File, header: str, mapping: dict[str, str], targets: list[str]
) -> None:
    path = file(f"{header},Fone\nAna,Silva,21 98765-4321\n")
    preview = hub.imports.preview(path, mapping=mapping)
    assert [str(column.target) for column in preview.mapping][:2] == targets
    for column in preview.mapping:
        if column.ignored:
            assert [problem.code for problem in column.problems] == ["duplicate_column"]
    later = hub.imports.preview(path)
    later.remap(mapping)
    assert [str(column.target) for column in later.mapping][:2] == targets


def test_the_field_that_a_column_was_said_to_be_is_its_own(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Age,Years,Fone\n1,36,21 98765-4321\n"), mapping={"Years": "Field:Age"})
    assert [str(column.target) for column in preview.mapping] == ["ignore", "Field:Age", "Phone"]
