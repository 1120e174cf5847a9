"""Decisions: every conflict can be decided, a decision that decides nothing is refused, and decided is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import contacthub as ch
from contacthub.hub import Hub

File = Callable[..., str]
TWO = "Name,Phone,Email\nAna,21 98765-4321,eva@example.com\n"


@pytest.fixture
def known(hub: Hub) -> dict[str, Any]:
    ana = hub.contacts.create(name="Ana", urns=["tel:+5521987654321"])
    eva = hub.contacts.create(name="Eva", urns=["mailto:eva@example.com"])
    return {"Ana": ana, "Eva": eva}


def urns(hub: Hub) -> dict[str, list[str]]:
    return {contact.name: list(contact.urns) for contact in hub.find("")}


@pytest.mark.parametrize("name", ["Ana", "Eva"])
def test_a_row_of_two_contacts_goes_to_the_one_that_is_named(
    hub: Hub, file: File, known: dict[str, Any], name: str
) -> None:
    preview = hub.imports.preview(file(TWO.replace("Ana", "Zoe Lima")))
    assert preview.problems["code"].tolist()[-1] == "two_contacts"
    preview.resolve("update", row=2, contact=known[name].uuid)
    assert preview.summary["update"] == 1
    assert preview.rows["contact"].tolist() == [known[name].uuid]
    preview.commit()
    others = {one: list(contact.urns) for one, contact in known.items()}
    assert urns(hub) == {"Zoe Lima" if one == name else one: others[one] for one in others}


def test_a_contact_is_named_by_itself_too(hub: Hub, file: File, known: dict[str, Any]) -> None:
    preview = hub.imports.preview(file(TWO))
    preview.resolve("update", row=np.int64(2), contact=known["Ana"])
    assert preview.summary["unchanged"] == 1
    submitted = preview.submit()
    assert submitted.preview().hash == submitted.hash


def test_new_identities_of_a_decided_row_are_attached(hub: Hub, file: File, known: dict[str, Any]) -> None:
    preview = hub.imports.preview(file(TWO.replace("Email", "Email,URN:Ext").replace(".com", ".com,a7")))
    preview.resolve("update", row=2, contact=known["Ana"])
    preview.commit()
    assert urns(hub) == {"Ana": ["tel:+5521987654321", "ext:a7"], "Eva": ["mailto:eva@example.com"]}


def test_a_row_with_a_uuid_leaves_to_others_what_is_theirs(hub: Hub, file: File, known: dict[str, Any]) -> None:
    text = f"UUID,Name,Email\n{known['Ana'].uuid},Ana Lima,eva@example.com\n"
    preview = hub.imports.preview(file(text))
    assert preview.problems["code"].tolist()[-1] == "owned_by_other"
    preview.resolve("update", row=2)
    assert preview.summary["update"] == 1
    preview.commit()
    assert urns(hub) == {"Ana Lima": ["tel:+5521987654321"], "Eva": ["mailto:eva@example.com"]}


def test_a_row_with_an_unknown_uuid_is_given_to_somebody(hub: Hub, file: File, known: dict[str, Any]) -> None:
    preview = hub.imports.preview(file("UUID,Name,Email\n0199c2a0-0000-7000-8000-000000000000,Ana Lima,\n"))
    assert preview.summary["error"] == 1
    preview.resolve("update", row=2, contact=known["Ana"])
    assert preview.changes["after"].tolist() == ["Ana Lima"]


def test_another_person_without_the_identities_of_others(hub: Hub, file: File, known: dict[str, Any]) -> None:
    preview = hub.imports.preview(file(TWO.replace("Email", "Email,URN:Ext").replace(".com", ".com,a7")))
    preview.resolve("create", row=2)
    preview.commit()
    assert sorted(list(one.urns) for one in hub.find("name = Ana")) == [["ext:a7"], ["tel:+5521987654321"]]


@pytest.mark.parametrize(
    "arguments",
    [
        {"choice": "update", "row": 2},
        {"choice": "update", "code": "two_contacts"},
        {"choice": "perhaps", "row": 2},
        {"choice": "skip", "code": "nonsense"},
        {"choice": "skip", "row": 2, "code": "two_contacts"},
        {"choice": "create", "row": 2, "contact": "Ana"},
        {"choice": "update", "row": 2, "contact": 7},
        {"choice": ["update"], "row": 2},
    ],
)
def test_what_decides_nothing_is_refused(
    hub: Hub, file: File, known: dict[str, Any], arguments: dict[str, Any]
) -> None:
    preview = hub.imports.preview(file(TWO))
    if arguments.get("contact") == "Ana":
        arguments = {**arguments, "contact": known["Ana"]}
    before = preview.hash
    with pytest.raises(ch.InvalidValue) as refused:
        preview.resolve(**arguments)
    assert refused.value.code == "invalid_choice"
    assert preview.replan().hash == before


@pytest.mark.parametrize("row", [99, "2", None, 2.5, 2**70])
def test_a_row_that_is_not_there(hub: Hub, file: File, known: dict[str, Any], row: Any) -> None:
    preview = hub.imports.preview(file(TWO))
    with pytest.raises(ch.NotFound):
        preview.mend(row, "Name", "Zoe")


SHARED = "Nome,Fone\nMaria Souza,21 98765-4321\nPedro Alves,21 98765-4321\n"


def decided(hub: Hub, path: str) -> ch.imports.Preview:
    preview = hub.imports.preview(path)
    preview.resolve("create", row=3)
    return preview


def test_the_preview_says_with_whom_an_identity_stays(hub: Hub, file: File) -> None:
    hub.contacts.create(name="Maria Souza", urns=["tel:+5521987654321"])
    preview = decided(hub, file(SHARED))
    said = preview.problems.query("code == 'stays_with_owner'")
    assert said[["row", "severity", "value"]].values.tolist() == [[3, "warning", "+5521987654321"]]
    assert "Maria Souza" in said["message"].item()
    preview = hub.imports.preview(file(TWO.replace("21 98765-4321", "21 98765-4329").replace("eva@", "ivo@")))
    assert "stays_with_owner" not in preview.problems["code"].tolist()


def test_an_identity_that_stays_is_told_where_a_row_is_given_to_somebody(
    hub: Hub, file: File, known: dict[str, Any]
) -> None:
    preview = hub.imports.preview(file(TWO))
    preview.resolve("update", row=2, contact=known["Ana"])
    assert preview.problems.query("code == 'stays_with_owner'")["value"].tolist() == ["eva@example.com"]


@pytest.mark.parametrize("text", [SHARED, SHARED[:-1].replace("Fone\n", "Fone,Email\n") + ",pedro@example.com\n"])
def test_the_same_decision_on_the_same_file_makes_nobody_twice(text: str, hub: Hub, file: File) -> None:
    path = file(text)
    decided(hub, path).commit()
    again = decided(hub, path)
    assert (again.summary["create"], again.summary["unchanged"]) == (0, 2)
    assert again.commit().id == 0
    pedro = hub.find("name ~ pedro").page()[0]
    pedro.edit(urns=[*pedro.urns, "tel:+5521987654300"])
    assert decided(hub, path).summary["create"] == 0
    assert sorted(contact.name for contact in hub.find("")) == ["Maria Souza", "Pedro Alves"]


def test_two_people_of_one_name_are_made_once_each(hub: Hub, file: File) -> None:
    path = file(SHARED + "Pedro Alves,21 98765-4321\nPedro Alves,21 98765-4322\n")
    for _ in range(2):
        preview = decided(hub, path)
        preview.resolve("create", row=4)
        preview.commit()
    assert len(hub.contacts) == 4
    assert preview.summary["unchanged"] == 4


def test_a_decision_committed_twice_is_planned_anew(hub: Hub, file: File) -> None:
    path = file(SHARED)
    first, second = decided(hub, path), decided(hub, path)
    first.commit()
    with pytest.raises(ch.PlanOutdated):
        second.commit()
    assert second.replan().commit().id == 0


def test_a_decided_row_committed_twice_is_planned_anew(hub: Hub, file: File) -> None:
    hub.contacts.create(name="Maria Souza", urns=["tel:+5521987654321"])
    first, second = decided(hub, file(SHARED)), decided(hub, file(SHARED))
    first.commit()
    with pytest.raises(ch.PlanOutdated) as refused:
        second.commit()
    assert refused.value.rows == [3]
    assert second.replan().commit().id == 0
