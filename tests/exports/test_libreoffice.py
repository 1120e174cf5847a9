"""What people do between an export and an import: open the file in LibreOffice, and save it."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from awkward_contacts import filled

from contacthub.hub import Hub
from contacthub.tables.cells import CellError
from contacthub.tables.read import read

SOFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed"),
]


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of its own, so that a LibreOffice which is open elsewhere is left alone."""
    return tmp_path_factory.mktemp("libreoffice")


def saved(path: Path, ending: str, profile: Path) -> Path:
    """The file as LibreOffice saves it, opened and saved once."""
    assert SOFFICE is not None
    folder = path.parent / f"saved as {ending}"
    command = [SOFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    subprocess.run(
        [*command, "--convert-to", ending, "--outdir", folder, path],
        check=True, capture_output=True, timeout=180, env={**os.environ, "HOME": str(profile)},
    )  # fmt: skip
    (made,) = folder.iterdir()
    return made


@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_an_export_saved_by_libreoffice_comes_back_without_a_change(
    hub: Hub, tmp_path: Path, profile: Path, ending: str
) -> None:
    filled(hub)
    hub.export(tmp_path / "all.xlsx")
    preview = hub.imports.preview(saved(tmp_path / "all.xlsx", ending, profile))
    assert preview.changes.to_dict("records") == []
    assert preview.summary["unchanged"] == len(hub.contacts), preview.problems["message"].tolist()


@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_what_libreoffice_saves_is_read(tmp_path: Path, profile: Path, ending: str) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["Name", "Phone", "Age", "Joined", "Sum"])
    sheet.append(["José", "+5521987654321", 36.5, date(2026, 5, 1), "=C2*2"])
    sheet.append(["007", 5521987654322, None, None, "=1/0"])
    sheet.row_dimensions[3].hidden = True
    workbook.create_sheet("Notes").append(["nothing"])
    workbook.save(tmp_path / "people.xlsx")
    table = read(saved(tmp_path / "people.xlsx", ending, profile))
    assert table.headers == ["Name", "Phone", "Age", "Joined", "Sum"]
    first, second = (list(row) for row in zip(*(column.cells() for column in table.columns), strict=True))
    assert first == ["José", "+5521987654321", 36.5, date(2026, 5, 1), 73]
    assert second[:4] == ["007", 5521987654322, None, None]
    hidden = [note.details["rows"] for note in table.notes if note.code == "hidden_rows"]
    if ending == "xls":  # there is no way to tell these
        assert (second[4], hidden) == (None, [])
    else:
        assert (second[4], hidden) == (CellError("cell_error", "#DIV/0!"), ["3"])
    assert [note.value for note in table.notes if note.code == "other_sheets"] == ["Notes"]
