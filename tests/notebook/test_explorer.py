"""The explorer on a real hub, without a browser: typing, the funnel, selecting, and everything that its buttons do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from widget_browser import Browser

import contacthub as ch
from contacthub.notebook.explorer import Explorer


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Path:
    """A hub of 31 people, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("people")
    with ch.open(folder / "people.hub", create=True, actor="bia") as hub:
        hub.settings.update(country="BR", timezone="America/Recife")
        hub.fields.create("Age", type="number")
        hub.fields.create("City")
        for number in range(30):
            hub.contacts.create(
                name=f"Ana {number}",
                urns=[f"tel:+55219876500{number:02d}"],
                fields={"age": number, "city": ("Recife", "Olinda")[number % 2]},
                tags=["vip"] if number % 3 == 0 else [],
            )
        hub.contacts.create(name="Rui", status="blocked", fields={"age": 50})
        hub.groups.create("Friends")
    return folder


@pytest.fixture
def hub(people, tmp_path) -> Iterator[ch.Hub]:
    shutil.copytree(people, tmp_path, dirs_exist_ok=True)
    with ch.open(tmp_path / "people.hub", actor="bia") as hub:
        yield hub


@pytest.fixture
def explorer(hub) -> Explorer:
    return hub.explore()


def typed(explorer: Explorer, text: str) -> None:
    explorer.box._handle_custom_msg({"kind": "text", "id": "v-1", "text": text}, [])


def click(explorer: Explorer, row: int, mode: str = "only", anchor: int = 0) -> None:
    message = {"kind": "select", "version": explorer.table.version, "row": row, "mode": mode, "anchor": anchor}
    explorer.table._handle_custom_msg(message, [])


def apply(explorer: Explorer, action: str, name: str) -> None:
    explorer.buttons[action].click()
    explorer.form.name.value = name
    assert not explorer.form.apply_button.disabled, explorer.form.outlook.value
    explorer.form.apply_button.click()
    explorer.work.wait()


def cells(explorer: Explorer) -> list[dict[str, str]]:
    titles = [column["title"] for column in explorer.table.columns]
    return [dict(zip(titles, map(_text, row["cells"]), strict=True)) for row in explorer.table.first]


def _text(cell: dict) -> str:
    return ", ".join(cell["names"]) if cell["kind"] == "chips" else cell["text"]


def test_it_begins_with_everybody(explorer):
    assert explorer.query == ""
    assert explorer.box.count == "31 of 31"
    assert explorer.table.count == 31
    assert explorer.funnel.layout.display == "none"


def test_a_query_can_be_given(hub):
    explorer = hub.explore("tag = vip AND age > 18")
    assert explorer.box.text == "tag = vip AND age > 18"
    assert explorer.box.count == "3 of 31"


def test_typing_changes_count_table_value_and_audience(explorer):
    typed(explorer, "tag = vip AND age > 18")
    assert explorer.query == "tag = vip AND age > 18"
    assert explorer.count == 3
    assert sorted(explorer.value["name"]) == ["Ana 21", "Ana 24", "Ana 27"]
    assert sorted(explorer.audience.uuids) == sorted(row["key"] for row in explorer.table.first)


def test_the_table_shows_who_they_are_and_what_was_asked_about(explorer):
    typed(explorer, "city = Olinda AND age = 27")
    (row,) = cells(explorer)
    assert row["Name"] == "Ana 27"
    assert row["Phone"] == "+5521987650027"
    assert row["Tags"] == "vip"
    assert row["City"] == "Olinda"
    assert row["Age"] == "27"
    assert row["Opt-in"] == "unknown"


def test_a_status_that_is_not_active_is_seen(explorer):
    typed(explorer, "name = Rui")
    assert cells(explorer)[0]["Tags"] == "blocked"


def test_a_half_typed_query_says_where_and_leaves_what_was_shown(explorer):
    typed(explorer, "tag = vip")
    typed(explorer, "tag = vip AND age >")
    assert explorer.box.error["message"]
    assert explorer.query == "tag = vip"
    assert explorer.table.count == 10
    assert isinstance(explorer.box.last_error, ch.QueryError)
    typed(explorer, "tag = vip AND age > 18")
    assert explorer.box.error == {}


def test_an_unknown_field_is_told_before_anything_is_shown(hub):
    explorer = hub.explore("shoe_size > 40")
    assert "shoe_size" in explorer.box.error["message"]
    assert explorer.count == 31


def test_the_funnel_counts_condition_by_condition(explorer):
    typed(explorer, "tag = vip AND age > 18")
    steps = explorer.funnel.explanation.steps
    assert [step.together for step in steps] == [10, 3]
    assert "age &gt; 18" in explorer.funnel.value
    assert explorer.funnel.value.count("contacthub-step") == 3
    typed(explorer, "")
    assert explorer.funnel.layout.display == "none"


def test_the_funnel_shows_values_as_text(explorer):
    typed(explorer, 'name = "<img src=x>"')
    assert "<img" not in explorer.funnel.value


@pytest.mark.parametrize(
    ("query", "hint"),
    [("tag = vip AND Age > 18", ""), ("ana", 'Read as  name ~ "ana"'), ("", ""), ("tag=vip city=Olinda", "Read as")],
)
def test_what_is_understood_is_told_where_it_is_more_than_what_was_typed(explorer, query, hint):
    typed(explorer, query)
    assert explorer.box.hint.startswith(hint)
    assert bool(explorer.box.hint) == bool(hint)


def test_completion_comes_from_the_hub(explorer, monkeypatch):
    browser = Browser(explorer.box, monkeypatch)
    (answer,) = browser.send(kind="complete", id="v-1", text="tag = v", cursor=7)
    assert "vip" in [item["label"].strip('"') for item in answer["items"]]
    json.dumps(answer)


def test_headers_sort(explorer):
    explorer.table._handle_custom_msg({"kind": "sort", "key": "fields.age"}, [])
    assert [row["Age"] for row in cells(explorer)[:3]] == ["0", "1", "2"]
    explorer.table._handle_custom_msg({"kind": "sort", "key": "fields.age"}, [])
    assert [row["Age"] for row in cells(explorer)[:3]] == ["50", "29", "28"]


def test_the_selection_is_an_audience(explorer):
    typed(explorer, "tag = vip")
    assert len(explorer.selection) == 0
    click(explorer, 0)
    click(explorer, 2, "extend")
    assert len(explorer.selection) == 3
    assert explorer.scope_label.value == "3 selected:"
    assert set(explorer.selection.uuids) < set(explorer.audience.uuids)


def test_a_long_range_is_selected_as_a_short_one(explorer, monkeypatch):
    expected = explorer.audience.uuids[2:29]
    for few in (5, 50):
        monkeypatch.setattr("contacthub.notebook.people.FEW", few)
        click(explorer, 2)
        click(explorer, 28, "extend", anchor=2)
        assert explorer.table.selection == expected


def test_tagging_says_first_what_it_would_do_and_does_nothing_before_apply(explorer, hub):
    typed(explorer, "age < 6")
    explorer.buttons["tag"].click()
    explorer.form.name.value = "vip"
    assert "4 will change" in explorer.form.outlook.value
    assert "2 already so" in explorer.form.outlook.value
    assert len(hub.find("tag = vip")) == 10
    explorer.form.cancel_button.click()
    assert len(hub.find("tag = vip")) == 10
    assert explorer.form.layout.display == "none"


def test_tagging_everybody_who_matches_and_undoing_it(explorer, hub):
    typed(explorer, "NOT tag = vip AND status = active")
    before = len(hub.operations())
    apply(explorer, "tag", "summer")
    assert len(hub.find("tag = summer")) == 20
    assert len(hub.operations()) == before + 1
    assert "20 contacts changed" in explorer.notice.value
    assert not explorer.undo_button.disabled
    explorer.undo_button.click()
    explorer.work.wait()
    assert len(hub.find("tag = summer")) == 0
    assert explorer.undo_button.disabled


def test_tagging_those_who_are_selected(explorer, hub):
    click(explorer, 1)
    click(explorer, 4, "toggle")
    chosen = set(explorer.selection.uuids)
    apply(explorer, "tag", "chosen")
    assert set(hub.find("tag = chosen").uuids) == chosen


def test_the_selection_outlives_a_change_and_another_order_but_not_another_query(explorer, hub):
    typed(explorer, "tag = vip")
    click(explorer, 1)
    click(explorer, 4, "toggle")
    chosen = set(explorer.selection.uuids)
    apply(explorer, "tag", "chosen")
    explorer.table._handle_custom_msg({"kind": "sort", "key": "name"}, [])
    assert set(explorer.table.selection) == chosen
    assert [row["key"] for row in explorer.table.first if row["selected"]] != []
    hub.contacts.delete(next(iter(chosen)))
    explorer.table._handle_custom_msg({"kind": "sort", "key": "name"}, [])
    assert explorer.table.selection == []
    click(explorer, 1)
    typed(explorer, "age > 5")
    assert explorer.table.selection == []


def test_the_table_shows_the_change_at_once(explorer):
    typed(explorer, "age = 1")
    apply(explorer, "tag", "summer")
    assert cells(explorer)[0]["Tags"] == "summer"


def test_adding_to_a_group_tells_who_cannot(explorer, hub):
    typed(explorer, "age > 25")
    explorer.buttons["add_to_group"].click()
    assert list(explorer.form.name.options) == ["Friends"]
    explorer.form.name.value = "Fri"
    assert explorer.form.apply_button.disabled
    explorer.form.name.value = "Friends"
    assert "1 cannot (not active)" in explorer.form.outlook.value
    apply(explorer, "add_to_group", "Friends")
    assert len(hub.find("group = Friends")) == 4


def test_saving_the_query_as_a_dynamic_group_and_undoing_it(explorer, hub):
    typed(explorer, "age > 18 AND tag = vip")
    apply(explorer, "save_group", "Adults")
    assert hub.groups.get("Adults").is_dynamic
    assert hub.groups.get("Adults").count == 3
    explorer.undo_button.click()
    explorer.work.wait()
    assert "Adults" not in hub.groups


@pytest.mark.parametrize(("query", "why"), [("", "everybody would be in it"), ("status = blocked", "status")])
def test_what_cannot_be_a_dynamic_group_is_told_before_it_is_made(explorer, hub, query, why):
    typed(explorer, query)
    explorer.buttons["save_group"].click()
    explorer.form.name.value = "All"
    assert explorer.form.apply_button.disabled
    assert why in explorer.form.outlook.value
    assert "All" not in hub.groups


def test_exporting_who_matches(explorer, tmp_path):
    typed(explorer, "tag = vip AND age > 18")
    apply(explorer, "export", str(tmp_path / "vip.xlsx"))
    sheet = openpyxl.load_workbook(tmp_path / "vip.xlsx").active
    assert sheet.max_row == 4
    assert "3 contacts" in explorer.notice.value


@pytest.mark.parametrize(("name", "complaint"), [("vip.doc", ".xlsx or .csv"), ("nowhere/vip.csv", "no folder")])
def test_an_export_to_nowhere_is_refused_before_it_begins(explorer, tmp_path, name, complaint):
    explorer.buttons["export"].click()
    explorer.form.name.value = str(tmp_path / name)
    assert explorer.form.apply_button.disabled
    assert complaint in explorer.form.outlook.value


def test_what_somebody_else_changed_meanwhile_is_not_applied_unseen(explorer, hub):
    typed(explorer, "age < 3")
    explorer.buttons["tag"].click()
    explorer.form.name.value = "summer"
    hub.contacts.by_urn("tel:+5521987650000").tag("summer")
    explorer.form.apply_button.click()
    explorer.work.wait()
    assert "changed since" in explorer.notice.value
    assert isinstance(explorer.last_error, ch.PlanOutdated)
    assert len(hub.find("tag = summer")) == 1


def test_the_code_does_the_same(explorer, hub):
    typed(explorer, "tag = vip AND age > 18")
    expected = explorer.value
    path = hub.path
    names: dict = {}
    exec(explorer.code().replace("people.to_pandas()", "frame = people.to_pandas()"), names)
    pd.testing.assert_frame_equal(names["frame"], expected)
    assert str(path) in explorer.code()
    names["hub"].close()
    apply(explorer, "tag", "summer")
    assert "hub.find('tag = vip AND age > 18').tag('summer')" in explorer.code()


def test_a_saved_notebook_and_a_terminal_show_who_matched(explorer):
    typed(explorer, "tag = vip AND age > 18")
    data = explorer._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert "<td>Ana 21</td>" in data["text/html"]
    assert data["text/plain"].startswith("tag = vip AND age > 18\n")
    assert "3 contacts" in repr(explorer)


def test_a_closed_hub_is_told_in_the_widget(explorer, hub):
    hub.close()
    typed(explorer, "tag = vip")
    assert explorer.box.error["message"]
    assert explorer.box.last_error is not None
