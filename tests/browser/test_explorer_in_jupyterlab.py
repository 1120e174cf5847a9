"""The explorer in a real JupyterLab: typed into, completed, selected, tagged, undone, and read in the next cell."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

EXPLORER = """
import contacthub as ch

hub = ch.open(":memory:")
hub.settings.update(name="Feira do Sertão", country="BR", timezone="America/Recife")
hub.fields.create("City")
hub.fields.create("Age", type="number")
names = ["Ana Lima", "Bruno Sá", "Célia Duarte", "Davi Rocha", "Edna Moura", "Fábio Nunes", "Gilda Pires", "Hugo Reis"]
for i in range(160):
    hub.contacts.create(
        name=f"{names[i % 8]} {i}", urns=[f"tel:+5581987650{i:03d}"], language=("por", "spa")[i % 5 == 0],
        fields={"city": ("Recife", "Olinda", "Caruaru")[i % 3], "age": 18 + i % 50},
        tags=[tag for tag, every in (("vip", 4), ("wholesale", 9)) if i % every == 0],
    )
explorer = hub.explore()
explorer
"""


def test_a_query_is_typed_people_are_tagged_and_the_next_cell_reads_them(lab):
    notebook = lab.open(
        "explorer", EXPLORER, "sorted(explorer.value['name'])[:2], len(explorer.value)", "len(hub.find('tag = summer'))"
    )
    notebook.run()
    page = notebook.page
    box = page.get_by_role("combobox", name="Query")
    count = page.locator(".contacthub-count")
    expect(count).to_have_text("160 of 160")

    box.fill("tag = v")
    expect(page.get_by_role("option").filter(has_text="vip")).to_be_visible()
    notebook.screenshot("explorer-completion")
    box.press("ArrowDown")
    box.press("Enter")
    expect(count).to_have_text("40 of 160")
    box.press("End")
    box.press_sequentially(" AND age >")
    expect(page.locator(".contacthub-query .contacthub-bad")).to_be_visible()
    notebook.screenshot("explorer-error")
    box.press_sequentially(" 40")
    expect(count).to_have_text("20 of 160")
    expect(page.locator(".contacthub-funnel code").last).to_contain_text("age > 40")
    assert notebook.answer(1).endswith(", 20)")

    grid = page.get_by_role("grid")
    grid.get_by_role("row").nth(1).locator(".contacthub-tick").click()
    grid.get_by_role("row").nth(3).locator(".contacthub-tick").click()
    expect(page.locator(".contacthub-selected")).to_have_text("2 selected")
    page.get_by_role("button", name="Tag…").click()
    page.get_by_label("Tag", exact=True).fill("summer")
    expect(page.locator(".contacthub-form")).to_contain_text("2 will change")
    notebook.screenshot("explorer-light")
    assert notebook.answer(2) == "0"
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".contacthub-notice .contacthub-good")).to_contain_text("2 contacts changed")
    assert notebook.answer(2) == "2"
    notebook.theme("JupyterLab Dark")
    notebook.screenshot("explorer-dark")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".contacthub-notice .contacthub-good")).to_contain_text("undone")
    assert notebook.answer(2) == "0"
