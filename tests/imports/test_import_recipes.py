"""Recipes: what is saved, used again, gives the same preview."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import contacthub as ch
from contacthub.hub import Hub
from contacthub.imports import review

File = Callable[..., str]
PHONES = "Name,Phone,Phone,Phone\nAna,21 98765-4321,21 98765-4322,call her\n"


def titled(folder: Path) -> Path:
    """The people are on the second sheet, under two rows that read like headers."""
    book = openpyxl.Workbook()
    book.active.append(["Nothing", "here"])  # type: ignore[union-attr]
    sheet = book.create_sheet("People")
    for row in (
        ["Name", "Phone"],
        ["given", "as written"],
        ["Name", "Phone", "City"],
        ["Ana", "21 98765-4321", "Natal"],
    ):
        sheet.append(row)
    path = folder / "people.xlsx"
    book.save(path)
    return path


def again(hub: Hub, preview: Any, source: Any, folder: Path) -> Any:
    return hub.imports.preview(source, recipe=preview.save_recipe(folder / "crm.toml"))


def test_sheet_and_header_row_are_kept(hub: Hub, tmp_path: Path) -> None:
    path = titled(tmp_path)
    preview = hub.imports.preview(path, sheet="People", header_row=3)
    assert (preview.summary["create"], len(preview.rows)) == (1, 1)
    assert again(hub, preview, path, tmp_path).hash == preview.hash
    text = (tmp_path / "crm.toml").read_text(encoding="utf-8")
    assert 'sheet = "People"\nheader_row = 3\n' in text


def test_what_was_found_is_not_kept(hub: Hub, tmp_path: Path, file: File) -> None:
    hub.imports.preview(file(PHONES)).save_recipe(tmp_path / "crm.toml")
    text = (tmp_path / "crm.toml").read_text(encoding="utf-8")
    assert "sheet" not in text
    assert "header_row" not in text


def test_the_first_sheet_asked_for_by_hand_wins(hub: Hub, tmp_path: Path) -> None:
    path = titled(tmp_path)
    with pytest.raises(ch.FileError):
        hub.imports.preview(path, sheet=0, recipe={"sheet": "People", "header_row": 3})


def test_a_submitted_preview_keeps_them(hub: Hub, tmp_path: Path) -> None:
    path = titled(tmp_path)
    preview = hub.imports.preview(path, sheet="People", header_row=3)
    opened = review.get(hub.session, preview.submit().id).preview()
    assert again(hub, opened, path, tmp_path).hash == preview.hash


def test_columns_of_one_header_are_kept_one_by_one(hub: Hub, tmp_path: Path, file: File) -> None:
    path = file(PHONES)
    preview = hub.imports.preview(path, mapping={1: "Phone", 2: "Phone:WhatsApp", 3: "ignore"})
    assert preview.summary["create"] == 1
    second = again(hub, preview, path, tmp_path)
    assert [str(column.target) for column in second.mapping] == ["Name", "Phone", "Phone:WhatsApp", "ignore"]
    assert second.changes["after"].tolist() == preview.changes["after"].tolist()


def test_columns_of_one_header_and_one_meaning_are_told_once(hub: Hub, tmp_path: Path, file: File) -> None:
    path = file(PHONES.replace("call her", "21 98765-4323"))
    again(hub, hub.imports.preview(path), path, tmp_path)
    assert (tmp_path / "crm.toml").read_text(encoding="utf-8").count("Phone") == 2


@pytest.mark.parametrize(("header", "fits"), [("Phone", False), ("Phone,Phone", True), ("Phone,Phone,Phone", False)])
def test_more_or_fewer_columns_of_a_header_do_not_fit(hub: Hub, file: File, header: str, fits: bool) -> None:
    path = file(f"Name,{header}\nAna,21 98765-4321,21 98765-4322,21 98765-4323\n")
    recipe = {"columns": {"Phone": ["Phone", "ignore"]}}
    if fits:
        assert hub.imports.preview(path, recipe=recipe).summary["create"] == 1
        return
    with pytest.raises(ch.InvalidValue) as refused:
        hub.imports.preview(path, recipe=recipe)
    assert refused.value.code == "recipe_does_not_fit"


def test_a_recipe_goes_where_a_file_can_go(hub: Hub, tmp_path: Path, file: File) -> None:
    with pytest.raises(ch.NotFound):
        hub.imports.preview(file(PHONES.replace("call her", ""))).save_recipe(tmp_path / "none" / "crm.toml")


def test_the_recipe_of_the_page_about_imports_is_taken(hub: Hub, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "imports.md").read_text(encoding="utf-8")
    recipe = tmp_path / "crm.toml"
    recipe.write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    book = openpyxl.Workbook()
    sheet = book.create_sheet("People")
    for row in (["Name", "Fone", "Fone", "Idioma"], ["Ana", "21 98765-4321", "x", "Português"]):
        sheet.append(row)
    book.save(tmp_path / "leads.xlsx")
    hub.imports.preview(tmp_path / "leads.xlsx", recipe=recipe).commit()
    (ana,) = hub.find("group = leads AND tag = fair")
    assert (ana.language, list(ana.urns)) == ("por", ["tel:+5521987654321"])
