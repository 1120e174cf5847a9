"""The options of an import: each takes one kind of value, from Python as from a recipe, and says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest

import contacthub as ch
from contacthub.hub import Hub

File = Callable[..., str]
TEXT = "Name,Phone,City\nAna,21 98765-4321,Natal\n"

WRONG: list[tuple[str, Any, str]] = [
    ("sheet", 1.5, "sheet"),
    ("sheet", "", "sheet"),
    ("sheet", True, "sheet"),
    ("header_row", "1", "header_row"),
    ("header_row", 0, "header_row"),
    ("header_row", True, "header_row"),
    ("duplicates", "twice", "duplicates"),
    ("duplicates", ["merge"], "duplicates"),
    ("only", "delete", "only"),
    ("only", {}, "only"),
    ("reactivate", "no", "reactivate"),
    ("reactivate", 1, "reactivate"),
    ("group", 7, "group"),
    ("group", " ", "group"),
    ("group", False, "group"),
    ("area_code", 21, "area_code"),
    ("area_code", "abc", "area_code"),
    ("add", ["fair"], "add"),
    ("add", "vip", "add"),
    ("add", {"tags": "fair"}, "add"),
    ("add", {"tags": [5]}, "add"),
    ("add", {"tags": None}, "add"),
    ("add", {"fields": ["a"]}, "add"),
    ("language", "xx", "language"),
    ("language", None, "language"),
    ("mapping", ["Name"], "mapping"),
    ("mapping", "Name", "mapping"),
    ("mapping", {"Name": 5}, "mapping"),
    ("mapping", {"Name": ["Name"]}, "mapping"),
    ("mapping", {None: "Name"}, "mapping"),
    ("mapping", {"Name": {"target": 5}}, "mapping"),
    ("mapping", {"Name": {"target": "Name", "values": "x"}}, "mapping"),
    ("mapping", {"Name": {"target": "Name", "values": {"x": ["y"]}}}, "mapping"),
    ("mapping", {"Name": {"target": "Name", "policy": 5}}, "mapping"),
    ("mapping", {"City": {"target": "Field:City", "type": 5}}, "mapping"),
    ("recipe", 5, "recipe"),
]


@pytest.mark.parametrize(("option", "value", "said"), WRONG)
def test_a_wrong_value_is_told(hub: Hub, file: File, option: str, value: Any, said: str) -> None:
    with pytest.raises(ch.InvalidValue) as refused:
        hub.imports.preview(file(TEXT), **{option: value})
    assert refused.value.code == "invalid_option"
    assert refused.value.property == option
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "options",
    [
        {"add": {"tags": (name for name in ("fair",))}},
        {"add": {"tags": {"fair"}, "lists": ("Sales",)}},
        {"area_code": "021"},
        {"language": "pt-BR"},
        {"mapping": {2: "Field:City", "Name": None}},
        {"mapping": {"City": {"target": "Field:City", "policy": None, "values": {"Natal": 5}}}},
        {"sheet": None, "header_row": 1},
    ],
)
def test_right_values_are_taken(hub: Hub, file: File, options: dict[str, Any]) -> None:
    assert hub.imports.preview(file(TEXT), **options).summary["create"] == 1


def test_the_mapping_of_another_preview_is_taken(hub: Hub, file: File) -> None:
    first = hub.imports.preview(file(TEXT), mapping={"City": "Remarks"})
    second = hub.imports.preview(file(TEXT), mapping=first.mapping)
    assert second.hash == first.hash


RECIPES = {
    "columns that are none": 'columns = "x"',
    "columns in a list": 'columns = ["x"]',
    "a number as target": "[columns]\nName = 5",
    "a list with a number": '[columns]\nName = ["Name", 5]',
    "values that are none": '[columns]\nName = { target = "Name", values = "x" }',
    "optional that is none": "optional = 5",
    "optional with a number": "optional = [5]",
    "a row in words": 'header_row = "three"',
    "a tag without a list": 'add = "vip"',
    "a group that is a number": "group = 7",
    "no in words": 'reactivate = "no"',
    "an unknown way": 'duplicates = "twice"',
    "an area code as a number": "area_code = 21",
    "an unknown part": "colour = 1",
    "no TOML": "a b c",
}


@pytest.mark.parametrize("what", RECIPES)
def test_a_wrong_recipe_is_told(hub: Hub, file: File, tmp_path: Path, what: str) -> None:
    path = tmp_path / "crm.toml"
    path.write_text(RECIPES[what], encoding="utf-8")
    with pytest.raises(ch.InvalidValue) as refused:
        hub.imports.preview(file(TEXT), recipe=path)
    assert refused.value.code == "invalid_recipe"
    assert "crm.toml" in str(refused.value)


def test_no_in_words_reactivates_nobody(hub: Hub, file: File) -> None:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    ana.stop()
    for options in ({"reactivate": "no"}, {"recipe": {"reactivate": "no"}}):
        with pytest.raises(ch.InvalidValue):
            hub.imports.preview(file("Name,Phone,Status\nAna,21 98765-4321,active\n"), **options)
    preview = hub.imports.preview(file("Name,Phone,Status\nAna,21 98765-4321,active\n"), recipe={"reactivate": True})
    assert preview.summary["reactivated"] == 1


def test_a_recipe_that_is_no_text(hub: Hub, file: File, tmp_path: Path) -> None:
    path = tmp_path / "crm.toml"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(ch.InvalidValue) as refused:
        hub.imports.preview(file(TEXT), recipe=path)
    assert refused.value.code == "invalid_recipe"


@pytest.mark.parametrize("recipe", ["", "none.toml", "x" * 5000, "a\0b", "."])
def test_a_recipe_that_is_not_there(hub: Hub, file: File, recipe: str) -> None:
    with pytest.raises(ch.NotFound):
        hub.imports.preview(file(TEXT), recipe=recipe)


# -- the group --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("leads.csv", "leads"),
        ("Leads 2026.03.csv", "Leads 2026.03"),
        ('it\'s "new".csv', "it s new"),
        ("'.csv", "Import"),
        ("x" * 100 + ".csv", "x" * 64),
        ("Adults.csv", "Adults (import)"),
    ],
)
def test_the_group_of_a_file_has_its_name(hub: Hub, file: File, name: str, group: str) -> None:
    hub.fields.create("Age", type="number")
    hub.groups.create("Adults", query="age > 17")
    preview = hub.imports.preview(file(TEXT, name))
    assert preview.proposed_group == group
    hub.imports.preview(file(TEXT, name), group=True).commit()
    assert [list(hub.groups.of(contact)) for contact in hub.find("")] == [[group]]
    assert hub.imports.preview(file(TEXT, name), group=True).summary["unchanged"] == 1


def test_the_group_of_a_frame_has_its_day(hub: Hub) -> None:
    frame = pandas.DataFrame({"Name": ["Ana"], "Phone": ["21 98765-4321"]})
    preview = hub.imports.preview(frame, group=True)
    assert preview.summary["new_groups"] == [preview.proposed_group]
    assert preview.proposed_group.startswith("Import of 20")


def test_a_recipe_may_ask_for_the_group_of_the_file(hub: Hub, file: File) -> None:
    for name in ("one.csv", "two.csv"):
        preview = hub.imports.preview(file(TEXT, name), recipe={"group": True})
        assert preview.summary["new_groups"] == [name.removesuffix(".csv")]
