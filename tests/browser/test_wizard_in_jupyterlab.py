"""The import wizard in a real JupyterLab, on the sample data: looked at, edited, mended, committed and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LEADS = Path(__file__).parents[2] / "sample_data" / "leads.xlsx"
WIZARD = f"""
import contacthub as ch

hub = ch.open(":memory:")
hub.settings.update(country="BR", timezone="America/Recife")
hub.fields.create("City")
hub.contacts.create(name="Conceição Santos", urns=["whatsapp:5584981469465"], fields={{"city": "Recife"}})
wizard = hub.imports.wizard({str(LEADS)!r}, mapping={{"Cidade": "Field:City"}})
wizard
"""


def test_columns_are_edited_a_phone_is_mended_and_the_file_is_committed_and_undone(lab):
    notebook = lab.open("wizard", WIZARD, "len(hub.contacts)", "hub.fields.get('Score').type")
    notebook.run()
    page = notebook.page
    commit = page.get_by_role("button", name="Commit")
    expect(commit).to_have_text("Commit 478 rows")
    expect(page.locator(".contacthub-legend")).to_contain_text("477 new")
    page.locator(".contacthub-wizard").scroll_into_view_if_needed()
    notebook.screenshot("wizard-columns")

    page.get_by_title("Type of Score").select_option("number")
    expect(commit).to_be_disabled()
    page.get_by_role("button", name="Preview again").click()
    expect(commit).to_have_text("Commit 476 rows")

    page.get_by_role("tab", name="Changes").click()
    page.get_by_role("button", name="Of contacts we have").click()
    grid = page.get_by_role("grid").locator("visible=true")
    change = grid.get_by_role("row").filter(has_text="fields.city").first
    expect(change.locator("del")).to_have_text("Recife")
    expect(change.locator("del")).to_have_css("text-decoration-line", "line-through")
    expect(change.locator("ins")).to_have_text("Natal")
    notebook.screenshot("wizard-light")

    page.get_by_role("tab", name="Problems").click()
    problem = page.get_by_role("grid").locator("visible=true").get_by_role("row").filter(has_text="não tem")
    problem.first.click()
    form = page.locator(".contacthub-form").locator("visible=true")
    expect(form).to_contain_text("WhatsApp")
    form.get_by_role("textbox").fill("+55 81 99999-0001")
    notebook.screenshot("wizard-problems")
    form.get_by_role("button", name="Mend").click()
    expect(commit).to_have_text("Commit 477 rows")

    assert notebook.answer(1) == "1"
    commit.click()
    expect(page.locator(".contacthub-notice .contacthub-good")).to_contain_text("created")
    assert int(notebook.answer(1)) > 450
    assert notebook.answer(2) == "'number'"
    notebook.theme("JupyterLab Dark")
    page.get_by_role("tab", name="Rows (498)").click()
    notebook.screenshot("wizard-dark")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".contacthub-notice .contacthub-good")).to_contain_text("undone")
    assert notebook.answer(1) == "1"
