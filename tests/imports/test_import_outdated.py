"""What a commit stands on beside contacts: the team, the settings, and who asked to be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import contacthub as ch
from contacthub.hub import Hub

File = Callable[..., str]
TEXT = "Name,Phone,Assignee\nAna Lima,21 98765-4321,rui\nBia,21 98765-4322,bia\n"


@pytest.fixture
def team(hub: Hub) -> Hub:
    hub.members.create("bia", role="admin")
    hub.members.create("rui", name="Rui", role="agent")
    return hub


def test_somebody_who_left_the_team_is_given_nobody(team: Hub, file: File) -> None:
    preview = team.imports.preview(file(TEXT))
    team.members.delete("rui")
    with pytest.raises(ch.PlanOutdated) as refused:
        preview.commit()
    assert refused.value.rows == [2]
    assert len(team.contacts) == 0
    assert preview.replan().summary["error"] == 1


def test_somebody_who_joined_the_team_is_no_concern(team: Hub, file: File) -> None:
    preview = team.imports.preview(file(TEXT))
    team.members.create("zoe", role="agent")
    assert preview.commit().created == 2


@pytest.mark.parametrize(
    ("setting", "value"),
    [("country", "PT"), ("timezone", "Asia/Tokyo"), ("date_order", "mdy"), ("decimal_comma", True)],
)
def test_settings_by_which_cells_are_read(setting: str, value: object, hub: Hub, file: File) -> None:
    hub.settings.update(**{setting: value})
    before = hub.imports.preview(file("Name,Phone\nAna,+55 21 98765-4321\n"))
    hub.settings.update(country="BR", timezone="America/Recife", date_order="dmy", decimal_comma=False)
    assert before.stale
    with pytest.raises(ch.PlanOutdated):
        before.commit()


def test_settings_by_which_nothing_is_read(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Name,Phone\nAna,21 98765-4321\n"))
    hub.settings.update(history_days=30)
    assert preview.commit().created == 1


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("CONTACTHUB_SECRET", "a secret of this test")
    with ch.open(tmp_path / "kept.db", create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        yield hub


def test_who_asked_to_be_forgotten_meanwhile_does_not_come_back(kept: Hub, file: File) -> None:
    preview = kept.imports.preview(file("Name,Phone\nAna,21 98765-4321\nBia,21 98765-4322\n"))
    ana = kept.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    kept.contacts.forget(ana, confirm="Ana")
    assert len(kept.contacts) == 0
    with pytest.raises(ch.PlanOutdated) as refused:
        preview.commit()
    assert refused.value.rows == [2]
    assert preview.replan().commit().created == 1


def test_a_field_that_somebody_made_meanwhile_is_taken_as_it_is(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Name,Phone,Cidade,Idade\nAna Lima,21 98765-4321,Recife,36\n"))
    hub.fields.create("Cidade", type="text")
    hub.fields.create("idade", type="text")
    with pytest.raises(ch.PlanOutdated):
        preview.commit()
    preview.replan()
    assert preview.summary["new_fields"] == []
    assert [column.type for column in preview.mapping][2:] == ["text", "text"]
    assert "new_field" not in preview.problems["code"].tolist()
    assert preview.commit().created == 1
    assert hub.find("").page()[0].fields == {"cidade": "Recife", "idade": "36"}


def test_two_previews_of_one_file_make_its_fields_once(hub: Hub, file: File) -> None:
    path = file("Name,Phone,Data Nasc\nAna Lima,21 98765-4321,Recife\n")
    preview, other = hub.imports.preview(path), hub.imports.preview(path)
    other.commit()
    with pytest.raises(ch.PlanOutdated):
        preview.commit()
    assert preview.replan().commit().id == 0
    assert [field.name for field in hub.fields] == ["Data Nasc"]


def test_another_spelling_of_a_new_field_made_meanwhile(hub: Hub, file: File) -> None:
    preview = hub.imports.preview(file("Name,Phone,Data Nasc\nAna Lima,21 98765-4321,Recife\n"))
    hub.fields.create("data-nasc", type="text")
    with pytest.raises(ch.PlanOutdated):
        preview.commit()
    assert preview.replan().commit().created == 1
    assert [field.name for field in hub.fields] == ["data-nasc"]


def test_a_field_that_was_taken_away_meanwhile_is_made_again(hub: Hub, file: File) -> None:
    hub.fields.create("Cidade", type="text")
    preview = hub.imports.preview(file("Name,Phone,Cidade\nAna Lima,21 98765-4321,Recife\n"))
    hub.fields.delete("Cidade")
    with pytest.raises(ch.PlanOutdated):
        preview.commit()
    assert preview.replan().summary["new_fields"] == ["Cidade"]
    assert preview.commit().created == 1
