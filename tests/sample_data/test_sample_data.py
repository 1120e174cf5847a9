"""The sample data is what its script makes, byte for byte, and holds what it promises."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import phonenumbers
import pytest

SAMPLES = Path(__file__).parents[2] / "sample_data"
NAMES = ("leads.xlsx", "customers.csv", "events.jsonl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, str(SAMPLES / "make.py"), str(folder)], check=True)
    return folder


def test_workbook_is_made_again_with_the_same_contents(made: Path) -> None:
    # compared member by member: the compressed bytes may differ between versions of zlib
    with zipfile.ZipFile(made / "leads.xlsx") as new, zipfile.ZipFile(SAMPLES / "leads.xlsx") as kept:
        assert new.namelist() == kept.namelist()
        for name in new.namelist():
            assert new.read(name) == kept.read(name), name


@pytest.mark.parametrize("name", NAMES[1:])
def test_text_is_made_again_byte_for_byte(made: Path, name: str) -> None:
    assert (made / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_workbook_has_a_hidden_sheet_a_title_and_formulas_with_and_without_results() -> None:
    book = openpyxl.load_workbook(SAMPLES / "leads.xlsx")
    results = openpyxl.load_workbook(SAMPLES / "leads.xlsx", data_only=True)["Leads"]
    assert [sheet.sheet_state for sheet in book] == ["hidden", "visible"]
    sheet = book["Leads"]
    assert 490 <= sheet.max_row <= 520
    assert [cell.value for cell in sheet[2]] == [None] * sheet.max_column
    formulas = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert sorted(results[cell.coordinate].value is None for cell in formulas) == [False] * 12 + [True]


def test_customers_are_five_thousand_lines_of_windows_1252() -> None:
    data = (SAMPLES / "customers.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    lines = data.decode("cp1252").splitlines()
    assert len(lines) == 5001
    assert all(line.count(";") == 11 for line in lines)


def test_phone_numbers_of_customers_are_valid() -> None:
    lines = (SAMPLES / "customers.csv").read_text("cp1252").splitlines()[1:]
    for number in (line.split(";")[2] for line in lines):
        text = f"+{number}" if number.startswith("55") else number
        assert phonenumbers.is_valid_number(phonenumbers.parse(text, "BR")), number


def test_events_are_whatsapp_payloads_with_a_repeated_one() -> None:
    lines = (SAMPLES / "events.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["object"] for line in lines} == {"whatsapp_business_account"}
    assert len(set(lines)) < len(lines)
