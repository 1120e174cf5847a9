"""What a file may hold at most is a setting of the hub, and who meets a limit is told which."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from contacthub.errors import FileError
from contacthub.hub import Hub

File = Callable[..., str]


@pytest.mark.parametrize(
    ("setting", "text", "code"),
    [
        ({"import_rows": 2}, "Phone\n21987654321\n21987654322\n21987654323\n", "too_many_rows"),
        ({"import_columns": 2}, "Name,Phone,City\nAna,21987654321,Recife\n", "hostile_file"),
    ],
)
def test_a_limit_of_the_hub_is_named_by_its_error(
    setting: dict[str, int], text: str, code: str, hub: Hub, file: File
) -> None:
    path = file(text)
    assert hub.imports.preview(path).summary["create"] > 0
    hub.settings.update(**setting)
    with pytest.raises(FileError, match=next(iter(setting))) as error:
        hub.imports.preview(path)
    assert error.value.code == code


def test_a_file_of_too_many_bytes_is_refused(hub: Hub, file: File) -> None:
    path = file("Name,Phone\nAna,21987654321\n" + ",\n" * 600_000)
    assert hub.imports.preview(path).summary["create"] == 1
    hub.settings.update(import_megabytes=1)
    with pytest.raises(FileError, match="import_megabytes"):
        hub.imports.preview(path)


def test_the_compression_that_is_taken_is_a_setting(hub: Hub, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Name", "Phone"], ["Ana", "21987654321"]):
        book.active.append(row)  # type: ignore[union-attr]
    path = tmp_path / "people.xlsx"
    book.save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/picture.bin", b"0" * 20_000_000)
    with pytest.raises(FileError, match="import_ratio"):
        hub.imports.preview(path)
    hub.settings.update(import_ratio=2000)
    assert hub.imports.preview(path).summary["create"] == 1


def test_a_long_cell_leaves_out_its_row_alone(hub: Hub, file: File) -> None:
    path = file("Name,Phone,Remarks\nAna,21987654321,12345\nBia,21987654322,123\n")
    hub.settings.update(import_cell=11)
    assert hub.imports.preview(path).summary["create"] == 2
    path = file("Name,Phone,Remarks\nAna,21987654321,123456789012\nBia,21987654322,123\n")
    preview = hub.imports.preview(path)
    assert (preview.summary["create"], preview.summary["error"]) == (1, 1)
    (problem,) = preview.problems.query("code == 'cell_too_long'").to_dict("records")
    assert (problem["row"], problem["column"]) == (2, "Remarks")
    assert "import_cell" in problem["mend"]
