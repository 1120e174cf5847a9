"""What an import does beside writing its cells is seen before: in the summary, on the page and in the workbook."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contacthub.hub import Hub
from contacthub.imports import Preview
from contacthub.imports.mapping import POLICIES, SET_POLICIES
from contacthub.imports.planning import OUTCOMES

File = Callable[..., str]
TEXT = """UUID,Name,Phone,Status,Opt In,Field:Age,Field:Pontos,Tags,City
{ana},Ana Lima,21 98765-4322,,yes,17,7,vip,Natal
{eva},Eva,,active,no,,x,,
,Igor,21 98765-4329,,yes,40,9,new,Olinda
,Igor,21 98765-4329,,no,,,,
,Nobody,,,,,,,
"""


@pytest.fixture
def preview(hub: Hub, file: File) -> Preview:
    hub.fields.create("Age", type="number")
    hub.fields.create("City")
    hub.groups.create("Adults", query="age > 17")
    hub.groups.create("Of Natal", query="city = Natal")
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"], fields={"age": 30})
    eva = hub.contacts.create(name="Eva", urns=["tel:+5521987654325"], fields={"age": 30})
    eva.stop()
    text = TEXT.format(ana=ana.uuid, eva=eva.uuid)
    mapping = {"Field:Pontos": {"target": "Field:Pontos", "type": "text"}}
    return hub.imports.preview(file(text), mapping=mapping, reactivate=True)


def test_the_summary_counts_each_contact_once(preview: Preview) -> None:
    summary = preview.summary
    assert (summary["opted_in"], summary["opted_out"]) == (1, 2)
    assert (summary["reactivated"], summary["identities_attached"]) == (1, 1)
    assert summary["groups"] == {"Adults": (2, 1), "Of Natal": (1, 0)}


def test_what_was_told_is_what_happens(hub: Hub, preview: Preview) -> None:
    adults, opted = {one.uuid for one in hub.find('group = "Adults"')}, len(hub.find("opt_in = no"))
    enter, leave = preview.summary["groups"]["Adults"]
    told = preview.summary["opted_out"]
    preview.commit()
    after = {one.uuid for one in hub.find('group = "Adults"')}
    assert (len(after - adults), len(adults - after)) == (enter, leave)
    assert len(hub.find("opt_in = no")) - opted == told


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("</style>")[2]))


def test_the_page_tells_them(preview: Preview, tmp_path: Path) -> None:
    text = text_of(preview.export(tmp_path / "preview.html").read_text(encoding="utf-8"))
    for told in (
        "contacts who opt in 1", "contacts who opt out 2", "contacts reactivated 1",
        "identities attached to known contacts 1", "new fields Pontos", "new tags new, vip",
        "rows left out: no identity 1", "group enter leave Adults 2 1 Of Natal 1 0",
    ):  # fmt: skip
        assert told in text, told


def test_the_workbook_tells_them(preview: Preview, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(preview.export(tmp_path / "preview.xlsx"))["Summary"]
    rows = [tuple(value for value in row if value is not None) for row in sheet.iter_rows(values_only=True)]
    for row in (("contacts who opt out", 2), ("Adults", 2, 1), ("to be mended", 0), ("new tags", "new, vip")):
        assert row in rows


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("to be mended", "Tags is added", "a new field Pontos (text)", "was empty", "how to mend it")),
        (
            "pt",
            ("a corrigir", "Etiquetas é acrescentada", "um campo novo Pontos (texto)", "estava vazio", "como corrigir"),
        ),
        (
            "es",
            ("por corregir", "Etiquetas se añade", "un campo nuevo Pontos (texto)", "estaba vacío", "cómo corregirlo"),
        ),
    ],
)
def test_the_page_speaks_to_people(hub: Hub, preview: Preview, language: str, words: tuple[str, ...]) -> None:
    preview.language = language
    text = text_of(preview._once("page", lambda: _page(preview)))
    for word in words:
        assert word in text, word
    assert not re.search(r"\b(True|False|None|NaN|nan|NA)\b", text)
    assert not re.search(r"\b(fields|opt_in|tel)[.:]\w", text)
    assert not re.search(r"\w_\w", text), re.findall(r"\S*\w_\w\S*", text)  # codes have underscores, words have not


def _page(preview: Preview) -> str:
    from contacthub.imports.page import page

    return page(preview)


def test_every_word_is_there_in_three_languages() -> None:
    catalogue = tomllib.loads(files("contacthub.imports").joinpath("words.toml").read_text(encoding="utf-8"))
    for part, entries in catalogue.items():
        for key, texts in entries.items():
            assert set(texts) == {"en", "pt", "es"}, (part, key)
            assert all(texts.values()), (part, key)
            assert len({tuple(sorted(_places(text))) for text in texts.values()}) == 1, (part, key)
    assert set(catalogue["outcome"]) == set(OUTCOMES)
    assert set(catalogue["policy"]) == {*POLICIES, *SET_POLICIES}


def _places(text: Any) -> Iterator[str]:
    yield from re.findall(r"{\w*}", text)


@pytest.mark.parametrize("rows", ["Ana,21 98765-4321,x\n", "Ana,98765,5\n", "Ana,,5\n"])
def test_an_import_of_which_nothing_comes_in_writes_nothing(rows: str, hub: Hub, file: File) -> None:
    path = file("Name,Phone,Valor\n" + rows)
    preview = hub.imports.preview(path, mapping={"Valor": {"target": "Field:Valor", "type": "number"}})
    before = [operation.id for operation in hub.operations()]
    result = preview.commit()
    assert (result.id, result.created, result.updated, result.operation) == (0, 0, 0, None)
    assert [operation.id for operation in hub.operations()] == before
    assert (list(hub.fields), preview.summary["new_fields"]) == ([], [])
