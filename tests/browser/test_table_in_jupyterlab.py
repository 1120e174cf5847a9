"""The table in a real JupyterLab: a hundred thousand rows, scrolled, clicked, and read in the next cell."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TABLE = """
import pandas as pd
from contacthub.notebook.rows import FrameRows
from contacthub.notebook.table import ContactTable

hostile = "<img src=http://example.org/x.png onerror=\\"document.title='owned'\\">"
frame = pd.DataFrame({"name": [f"Person {i}" for i in range(100_000)], "number": range(100_000)})
frame.loc[1, "name"] = hostile
table = ContactTable(FrameRows(frame, "contact"))
table
"""


MILLION = """
import pandas as pd
from contacthub.notebook.rows import FrameRows
from contacthub.notebook.table import ContactTable

table = ContactTable(FrameRows(pd.DataFrame({"number": range(1_000_000)})))
table
"""


def test_a_million_rows_are_reached_to_the_last(lab):
    notebook = lab.open("million", MILLION, "table.selection")
    notebook.run()
    grid = notebook.page.get_by_role("grid")
    expect(grid.locator("[data-key='0']")).to_be_visible()
    grid.press("End")
    expect(grid.locator("[data-key='999999']")).to_be_in_viewport()
    grid.press("Shift+ArrowUp")
    expect(notebook.page.locator(".contacthub-selected")).to_have_text("2 selected")
    assert notebook.answer(1) == "['999998', '999999']"
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight / 2; }")
    expect(grid.locator("[data-key^='5000']").first).to_be_visible()
    grid.press("Home")
    expect(grid.locator("[data-key='0']")).to_be_in_viewport()


def test_a_hundred_thousand_rows_are_scrolled_selected_and_read_in_the_next_cell(lab):
    notebook = lab.open("table", TABLE, "table.selection")
    notebook.run()
    grid = notebook.page.get_by_role("grid")
    expect(grid.get_by_role("row").nth(1)).to_contain_text("Person 0")
    expect(notebook.page.locator(".contacthub-caption")).to_have_text("100,000 contacts")
    assert grid.get_by_role("row").count() < 20

    expect(grid.get_by_role("row").nth(2)).to_contain_text("<img src=http://example.org/x.png")
    assert "owned" not in notebook.page.title()

    grid.evaluate("grid => { grid.scrollTop = 50000 * 30; }")
    row = grid.locator("[data-key='50002']")
    expect(row).to_contain_text("Person 50002")
    row.click()
    grid.locator("[data-key='50005']").click(modifiers=["Shift"])
    expect(notebook.page.locator(".contacthub-selected")).to_have_text("4 selected")
    assert notebook.answer(1) == "['50002', '50003', '50004', '50005']"

    grid.locator("[data-key='50003'] .contacthub-tick").click()
    expect(notebook.page.locator(".contacthub-selected")).to_have_text("3 selected")
    grid.press("End")
    expect(grid.locator("[data-key='99999']")).to_be_visible()
    grid.press(" ")
    expect(notebook.page.locator(".contacthub-selected")).to_have_text("4 selected")
    assert notebook.answer(1) == "['50002', '50004', '50005', '99999']"
    notebook.screenshot("table-light")
    notebook.theme("JupyterLab Dark")
    notebook.screenshot("table-dark")
