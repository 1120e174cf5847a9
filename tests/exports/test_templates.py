"""The template that people fill in."""

from __future__ import annotations

from pathlib import Path

import openpyxl

import contacthub as ch
from contacthub.exports.template import template


def test_a_filled_template_is_imported_as_it_is(tmp_path: Path) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        hub.settings.update(country="BR")
        hub.fields.create("Age", type="number")
        hub.tags.create("=vip")
        path = template(hub.session, tmp_path / "template.xlsx")
        book = openpyxl.load_workbook(path)
        sheet = book["Contacts"]
        headers = [cell.value for cell in sheet[1]]
        lists = {str(one.sqref).rstrip("0123456789")[:1]: one.formula1 for one in sheet.data_validations.dataValidation}
        assert len(lists) == 4
        assert book["Lists"].sheet_state == "hidden"
        values = {"Name": "Ana", "URN:Tel": "21 98765-4321", "Field:Age": 36, "Tags": "=vip", "Status": "active"}
        for header, value in values.items():
            cell = sheet.cell(2, headers.index(header) + 1, value)
            cell.data_type = "n" if isinstance(value, int) else "s"
        book.save(path)
        preview = hub.imports.preview(path)
        assert preview.summary["create"] == 1, preview.problems["message"].tolist()
        assert [str(column.target) for column in preview.mapping] == headers
        preview.commit()
        (contact,) = hub.find("").page()
        assert (contact.fields, contact.tags) == ({"age": 36}, ["=vip"])
