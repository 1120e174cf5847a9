"""What people do between an export and an import: open the file in LibreOffice, and save it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

import contacthub as ch
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


@pytest.fixture
def hub() -> Iterator[Hub]:
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(country="BR", timezone="America/Recife")
        hub.fields.create("Age", type="number")
        hub.fields.create("Joined", type="datetime")
        hub.fields.create("Document")
        hub.groups.create("VIPs, all")
        yield hub


def filled(hub: Hub) -> None:
    ana = hub.contacts.create(
        name="Ana",
        urns=["whatsapp:5521987654321", "tel:+55 21 3333-4444", "tel:+5521987654322", "ext:007, x"],
        fields={"age": 36.5, "joined": "2026-05-01", "document": "00123"},
        tags=["a, b", "vip"],
        groups=["VIPs, all"],
        language="por",
        remarks="two\nlines",
    )
    ana.opt_in(proof="form 7")
    hub.contacts.create(
        name="=HYPERLINK()",
        urns=["telegram:12345678901234567"],
        fields={"age": "12345678901234567890123", "joined": "2026-05-01T03:00:00.123456+00:00", "document": "1e5"},
    )
    hub.contacts.create(name="'@handle", urns=["mailto:x@example.com"], fields={"document": "-12", "age": -3})
    hub.contacts.create(name="TRUE", urns=["ext:1.0"], fields={"document": "3/4", "age": 0})
    hub.contacts.create(name="#N/A", urns=["ext:2"], fields={"document": "2026-05-01", "joined": "1899-12-31"})


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
