"""The import wizard on a real hub, without a browser: look, put right, commit, undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import contacthub as ch
from contacthub.notebook.import_wizard import Wizard

LEADS = Path(__file__).parents[2] / "sample_data" / "leads.xlsx"
ROWS = {
    "Nome": ["Ana Lima", "Bruno Sá", "Célia Reis", "<img src=x>", "Davi Melo"],
    "Telefone": ["+55 81 98765-0001", "+55 81 98765-0002", "81 98765 0003", "81 98765 0004", "não tem"],
    "Cidade": ["Olinda", "Recife", "Natal", "Natal", "Natal"],
}


@pytest.fixture
def hub(tmp_path) -> Iterator[ch.Hub]:
    with ch.open(tmp_path / "people.hub", create=True, actor="bia") as hub:
        hub.settings.update(country="BR", timezone="America/Recife")
        hub.fields.create("City")
        hub.contacts.create(name="Ana Lima", urns=["tel:+5581987650001"], fields={"city": "Recife"})
        hub.contacts.create(name="Rui Prado", urns=["tel:+5581987650002"])
        yield hub


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "leads.csv"
    pd.DataFrame(ROWS).to_csv(path, index=False)
    return path


@pytest.fixture
def wizard(hub, file) -> Wizard:
    wizard = hub.imports.wizard(file, mapping={"Cidade": "Field:City"})
    wizard.work.wait()
    return wizard


def shown(table) -> list[dict[str, str]]:
    titles = [column["title"] for column in table.columns]
    return [
        {
            title: cell.get("text", f"{cell.get('before')} → {cell.get('after')}")
            for title, cell in zip(titles, row["cells"], strict=True)
        }
        for row in table.first
    ]


def line(wizard: Wizard, header: str):
    rows = wizard.preview.mapping.rows()
    return wizard.tabs.mapping.lines[[row["column"] for row in rows].index(header)]


def select_problem(wizard: Wizard, code: str) -> None:
    problems = wizard.tabs.problems
    messages = set(wizard.preview.problems.query("code == @code")["message"])
    problems.select(
        [
            row["key"]
            for row, told in zip(problems.first, shown(problems), strict=True)
            if told["What is wrong"] in messages
        ]
    )


def test_nothing_is_written_by_looking(wizard, hub):
    assert len(hub.contacts) == 2
    assert len(hub.find("city = Recife")) == 1


def test_it_counts_outcomes(wizard):
    assert wizard.value["outcome"].tolist() == ["update", "conflict", "create", "create", "error"]
    assert "<b>2</b> new" in wizard.outcomes.value
    assert "<b>1</b> with errors, left out" in wizard.outcomes.value
    assert wizard.commit_button.description == "Commit 3 rows"
    assert wizard.tabs.titles[2] == "Rows (5)"


def test_it_shows_what_each_column_means(wizard):
    assert line(wizard, "Telefone").target.value == "Phone"
    assert line(wizard, "Cidade").target.value == "Field:City"
    assert line(wizard, "Cidade").type.layout.visibility == "hidden"
    assert "Field:City" in line(wizard, "Nome").target.options


def test_it_shows_old_and_new(wizard):
    wizard.tabs.which.value = "known"
    assert {"Row": "2", "Name": "Ana Lima", "Property": "fields.city", "Old → new": "Recife → Olinda"}.items() <= shown(
        wizard.tabs.changes
    )[0].items()
    assert "<del>Recife</del> <ins>Olinda</ins>" in wizard.tabs.changes.as_html()


def test_rows_are_filtered_by_outcome(wizard):
    wizard.tabs.outcome.value = "error"
    assert [row["Name"] for row in shown(wizard.tabs.rows)] == ["Davi Melo"]
    wizard.tabs.outcome.value = ""
    assert wizard.tabs.rows.count == 5


def test_names_of_the_file_are_text(wizard):
    assert "<img" not in wizard._repr_mimebundle_()["text/html"]


def test_an_edited_column_is_previewed_again_before_it_can_be_committed(wizard):
    line(wizard, "Cidade").target.value = "ignore"
    assert wizard.commit_button.disabled
    assert "Preview again" in wizard.notice.value
    with pytest.raises(ch.Refused):
        wizard.commit()
    wizard.again_button.click()
    wizard.work.wait()
    assert wizard.value["outcome"].tolist()[0] == "unchanged"
    assert wizard.commit_button.description == "Commit 2 rows"
    assert not wizard.commit_button.disabled
    assert line(wizard, "Telefone").target.value == "Phone"


def test_a_new_field_gets_the_type_that_was_chosen(wizard, hub):
    line(wizard, "Cidade").target.value = "Field:Town"
    wizard.again_button.click()
    wizard.work.wait()
    assert line(wizard, "Cidade").type.layout.visibility == "visible"
    line(wizard, "Cidade").type.value = "district"
    wizard.again_button.click()
    wizard.work.wait()
    wizard.commit()
    assert hub.fields.get("Town").type == "district"


def test_a_policy_decides_what_may_be_overwritten(wizard, hub):
    line(wizard, "Cidade").policy.value = "fill"
    wizard.again_button.click()
    wizard.work.wait()
    wizard.commit()
    assert hub.contacts.by_urn("tel:+5581987650001").fields["city"] == "Recife"


def test_a_target_that_is_none_is_told_and_nothing_can_be_committed(wizard):
    line(wizard, "Cidade").target.value = "Nonsense"
    wizard.again_button.click()
    wizard.work.wait()
    assert "Nonsense" in wizard.notice.value
    assert wizard.commit_button.disabled
    line(wizard, "Cidade").target.value = "Field:City"
    wizard.again_button.click()
    wizard.work.wait()
    assert not wizard.commit_button.disabled


def test_committing_writes_what_was_shown_and_undo_takes_it_back(wizard, hub):
    wizard.commit_button.click()
    wizard.work.wait()
    assert (wizard.result.created, wizard.result.updated) == (2, 1)
    assert "2 contacts created, 1 updated; 2 rows left out" in wizard.notice.value
    assert len(hub.contacts) == 4
    assert hub.contacts.by_urn("tel:+5581987650001").fields["city"] == "Olinda"
    assert wizard.commit_button.disabled
    wizard.undo_button.click()
    wizard.work.wait()
    assert len(hub.contacts) == 2
    assert hub.contacts.by_urn("tel:+5581987650001").fields["city"] == "Recife"
    assert wizard.undo_button.disabled
    wizard.again_button.click()
    wizard.work.wait()
    assert wizard.commit().created == 2


def test_a_wrong_cell_is_mended_where_it_is_told(wizard, hub):
    select_problem(wizard, "invalid_phone")
    mending = wizard.tabs.mending
    assert mending.layout.display == "flex"
    assert mending.where.value == "Row 6, Telefone:"
    assert mending.value.value == "não tem"
    assert "não tem is not a phone number." in mending.advice.value
    assert mending.choices["skip"].layout.display == "none"
    mending.value.value = "81 98765 0006"
    mending.mend_button.click()
    wizard.work.wait()
    assert wizard.value["outcome"].tolist()[4] == "create"
    assert mending.layout.display == "none"
    wizard.commit()
    assert hub.contacts.by_urn("tel:+5581987650006").name == "Davi Melo"


@pytest.mark.parametrize(("choice", "outcome"), [("update", "update"), ("skip", "skipped")])
def test_a_conflict_is_decided_where_it_is_told(wizard, choice, outcome):
    select_problem(wizard, "name_differs")
    assert wizard.tabs.mending.value.layout.display == "none"
    wizard.tabs.mending.choices[choice].click()
    wizard.work.wait()
    assert wizard.value["outcome"].tolist()[1] == outcome


def test_the_gravest_problems_come_first(wizard):
    severities = [row["Severity"] for row in shown(wizard.tabs.problems)]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert {"error", "note"} <= set(severities)


def test_a_problem_of_the_whole_file_offers_nothing(wizard):
    wizard.tabs.problems.select([str(wizard.tabs.problems.count - 1)])
    assert wizard.tabs.problems.selection
    assert wizard.tabs.mending.layout.display == "none"


def test_what_somebody_changed_meanwhile_stops_the_commit(wizard, hub):
    hub.contacts.edit(hub.contacts.by_urn("tel:+5581987650001"), fields={"city": "Caruaru"})
    wizard.commit_button.click()
    wizard.work.wait()
    assert isinstance(wizard.last_error, ch.PlanOutdated)
    assert "rows 2" in wizard.notice.value
    assert wizard.commit_button.disabled
    assert len(hub.contacts) == 2
    wizard.again_button.click()
    wizard.work.wait()
    wizard.tabs.which.value = "known"
    assert shown(wizard.tabs.changes)[0]["Old → new"] == "Caruaru → Olinda"
    assert wizard.commit().updated == 1


def test_a_commit_in_a_cell_raises_what_went_wrong(wizard, hub):
    hub.contacts.edit(hub.contacts.by_urn("tel:+5581987650001"), fields={"city": "Caruaru"})
    with pytest.raises(ch.PlanOutdated):
        wizard.commit()


def test_there_is_nothing_to_undo_before_a_commit(wizard):
    assert wizard.undo_button.disabled
    with pytest.raises(ch.Refused):
        wizard.undo()


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty_file"), ("Nome,Cidade\nAna,Recife\n", "no_identity")], ids=["empty", "nobody"]
)
def test_a_file_that_cannot_be_read_is_told_in_the_widget_and_raised_in_a_cell(hub, tmp_path, text, code):
    path = tmp_path / "odd.csv"
    path.write_text(text)
    wizard = hub.imports.wizard(path)
    wizard.work.wait()
    assert wizard.notice.value
    assert wizard.commit_button.disabled
    with pytest.raises(ch.FileError) as caught:
        wizard.preview
    assert caught.value.code == code
    assert str(caught.value) in repr(wizard)


def test_a_frame_is_imported_as_a_file_is(hub):
    wizard = hub.imports.wizard(pd.DataFrame(ROWS), mapping={"Cidade": "Field:City"})
    assert wizard.value["outcome"].tolist() == ["update", "conflict", "create", "create", "error"]
    assert "preview(frame, mapping=" in wizard.code()


def test_the_code_does_the_same(wizard, hub, file, tmp_path):
    line(wizard, "Cidade").policy.value = "keep"
    wizard.again_button.click()
    wizard.work.wait()
    wizard.mend(6, "Telefone", "81 98765 0006")
    wizard.resolve("skip", 3)
    expected = wizard.preview.hash
    names: dict = {}
    exec(wizard.code(), names)
    assert names["preview"].hash == expected
    names["hub"].close()
    wizard.commit()
    assert wizard.code().endswith("preview.commit()")


def test_a_saved_notebook_shows_the_preview(hub, file):
    data = hub.imports.wizard(file)._repr_mimebundle_()
    assert "Ana Lima" in data["text/html"]
    assert data["text/plain"].startswith("leads.csv: 2 new")


def test_the_sample_data_has_every_outcome_of_a_first_import(hub):
    wizard = hub.imports.wizard(LEADS)
    summary = wizard.preview.summary
    assert summary["create"] > 400
    assert summary["created_contacts"] < summary["create"]  # of some, several rows tell
    assert all(summary[outcome] for outcome in ("conflict", "error", "skipped"))
    assert wizard.tabs.changes.count == len(wizard.preview.changes)
