"""What is kept of a preview: searches, recipes, pages and workbooks, rows to mend."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from contacthub.errors import InvalidValue, NotFound, QueryError
from contacthub.hub import Hub
from contacthub.imports import recipes

File = Callable[..., str]
TEXT = "Nome;Telefone;Idade;Tags\nAna <b>;21 98765-4321;36;vip\nBia;98765-4321;12;\nEva;+1 202 555 0123;x;vip\n"


def test_rows_are_found_by_a_query(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(TEXT), mapping={"Idade": {"target": "Field:Idade", "type": "number"}})
    for query, rows in {
        "outcome = error": [3, 4],
        "outcome = error AND tag = vip": [4],
        "country = BR": [2],
        "problem = phone_no_area_code": [3],
        "idade > 20": [2],
        "name ~ eva OR row = 2": [2, 4],
    }.items():
        assert preview.find(query)["row"].tolist() == rows, query


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("outcome = errror", "Did you mean error?"),
        ("outcome != (create, gone)", "The outcomes are create,"),
        ("row = 2 OR problem = phone_no_area", "phone_no_area_code"),
        ("problem = foo", "foo"),
    ],
)
def test_no_rows_are_searched_for_what_none_can_have(hub: Hub, file: File, query: str, hint: str) -> None:
    preview = hub.imports.preview(file(TEXT))
    with pytest.raises(QueryError, match=re.escape(hint)) as refused:
        preview.find(query)
    assert query[refused.value.start : refused.value.end] in ("errror", "gone", "phone_no_area", "foo")


def test_rows_without_problems_are_found(hub: Hub, file: File) -> None:
    assert hub.imports.preview(file(TEXT)).find('problem != phone_no_area_code AND outcome = "Create"')["row"].size


def test_a_recipe_is_saved_and_used_again(hub: Hub, file: File, tmp_path: Path) -> None:
    options = {"area_code": "21", "add": {"tags": ["fair"]}, "group": 'The "fair"'.replace('"', "")}
    mapping = {"Idade": {"target": "Field:Age", "type": "number", "policy": "fill"}, "Tags": "ignore"}
    preview = hub.imports.preview(file(TEXT), mapping=mapping, **options)
    recipe = preview.save_recipe(tmp_path / "crm.toml")
    again = hub.imports.preview(file(TEXT), recipe=recipe)
    assert again.mapping.as_dict() == preview.mapping.as_dict()
    assert again.options == preview.options
    assert again.hash == preview.hash


def test_a_recipe_that_does_not_fit_says_so(hub: Hub, file: File, tmp_path: Path) -> None:
    recipe = hub.imports.preview(file(TEXT)).save_recipe(tmp_path / "crm.toml")
    with pytest.raises(InvalidValue, match="'Idade', 'Tags'") as error:
        hub.imports.preview(file("Nome;Telefone\nAna;2198765432\n"), recipe=recipe)
    assert error.value.code == "recipe_does_not_fit"
    with pytest.raises(NotFound, match="hubspot"):
        hub.imports.preview(file(TEXT), recipe="nobody")
    recipe.write_text("colour = 'red'")
    with pytest.raises(InvalidValue):
        hub.imports.preview(file(TEXT), recipe=recipe)


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("rapidpro", "Contact UUID,Name,Language,Status,URN:Tel,Field:Age,Group:VIP"),
        ("hubspot", "Record ID,First Name,Last Name,Email,Phone Number,Contact owner"),
        ("google-contacts", "First Name,Last Name,Notes,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value"),
        ("whatsapp-crm", "Name,WhatsApp Number,Tags,Opted In"),
    ],
)
def test_recipes_that_ship_fit_their_systems(hub: Hub, file: File, name: str, headers: str) -> None:
    assert name in recipes.shipped()
    cells = {
        "Contact UUID": "5a4eb79e-ee3f-4fb8-a68b-4e9d0b6f0d9c", "Language": "por", "Status": "active",
        "URN:Tel": "+5521987654321", "Phone Number": "+5521987654321", "Phone 1 - Value": "+5521987654321",
        "WhatsApp Number": "5521987654321", "Email": "ana@example.com", "E-mail 1 - Value": "ana@example.com",
        "Group:VIP": "true", "Opted In": "yes", "Field:Age": "36",
    }  # fmt: skip
    row = ",".join(cells.get(header, "Ana") for header in headers.split(","))
    preview = hub.imports.preview(file(f"{headers}\n{row}\n"), recipe=name)
    assert preview.summary["create"] == 1, preview.problems["message"].tolist()


def test_the_page_needs_nothing_else_and_runs_nothing(hub: Hub, file: File, tmp_path: Path) -> None:
    page = hub.imports.preview(file(TEXT)).export(tmp_path / "preview.html").read_text(encoding="utf-8")
    assert "Ana &lt;b&gt;" in page
    assert "no area code" in page
    assert not any(word in page for word in ("<script", "http://", "https://", "<img", "<link"))


def test_the_workbook_colours_what_changes(hub: Hub, file: File, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(hub.imports.preview(file(TEXT)).export(tmp_path / "preview.xlsx"))
    assert book.sheetnames == ["Summary", "Rows", "Changes", "Problems"]
    rows = book["Rows"]
    assert [cell.value for cell in rows[2]] == [2, "create", "Ana <b>", "21 98765-4321", "36", "vip"]
    assert {cell.fill.fgColor.rgb for cell in rows[2]} == {"00000000", "00D9F2D9"}
    assert rows["C2"].fill.fgColor.rgb == "00D9F2D9"
    assert rows["C3"].fill.fgColor.rgb == "00000000"


def test_problem_rows_go_out_and_come_in_again(hub: Hub, file: File, tmp_path: Path) -> None:
    path = hub.imports.preview(file(TEXT)).export_problems(tmp_path / "mend.csv")
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    assert rows[0] == ["Nome", "Telefone", "Idade", "Tags", "Problem"]
    assert [row[0] for row in rows[1:]] == ["Bia"]
    assert "no area code" in rows[1][4]
    path.write_text(path.read_text(encoding="utf-8-sig").replace("98765-4321", "21 98765-4399"), encoding="utf-8")
    assert hub.imports.preview(path).summary["create"] == 1


def test_a_mended_cell_is_what_is_committed(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file(TEXT))
    preview.mend(row=3, column="Phone", value="+55 81 98765-4321")
    assert preview.rows["outcome"].tolist()[1] == "create"
    preview.commit()
    assert hub.contacts.by_urn("tel:+5581987654321").name == "Bia"
    with pytest.raises(NotFound):
        preview.mend(row=99, column="Phone", value="")
    with pytest.raises(NotFound):
        preview.mend(row=3, column="Shoe", value="")


def test_a_field_that_an_import_brings_leaves_what_stored_queries_ask(hub: Hub, file: Callable[[str], str]) -> None:
    hub.contacts.create(name="Ana", tags=["vip"])
    hub.groups.create("Friends", query="tag = vip")
    hub.imports.preview(
        file("Name,Phone,Tag\nBob,+5521987654321,blue\n"), mapping={"Tag": {"target": "Field:Tag"}}
    ).commit()
    assert hub.groups.get("Friends").query == 'contact.tag = "vip"'
    assert (hub.groups.get("Friends").count, hub.find("tag = blue").count) == (1, 1)
    hub.undo()
    assert hub.groups.get("Friends").query == 'tag = "vip"'
