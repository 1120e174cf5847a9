"""Identities that are hidden are seen nowhere: not in values, counts, texts, errors or what an operation remembers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import contacthub as ch

SECRETS = ("87651111", "87654321", "23456789", "ana@example.com")


@pytest.fixture
def hub(hub: ch.Hub, tmp_path: Path) -> ch.Hub:
    ana = hub.contacts.create(name="Ana", urns=["tel:+552187654321"], fields={"city": "Recife"})
    hub.contacts.create(
        name="Ana", urns=["tel:+54 9 11 2345-6789", "mailto:ana@example.com"], fields={"city": "Recife"}
    )
    hub.contacts.create(name="Carla", urns=["tel:+54 11 2345-6789"])
    ana.edit(urns=["tel:+5521987651111"])
    hub.find("tel = +5521987651111").tag("x")
    hub.find('tel ~ "87651111" OR mailto = ana@example.com').tag("x")
    hub.groups.create("Numbers", query='tel = "21 98765-1111"')
    hub.groups.change_query("Numbers", "urn = ana@example.com")
    hub.export(tmp_path / "out.csv", query="whatsapp = 5521987651111")
    hub.contacts.create(name="Gone", urns=["tel:+5521987654321"]).delete()
    hub.searches.create("Her", 'tel = "21 98765-1111"', shared=True)
    hub.settings.update(redact_urns=True)
    return hub


def first(hub: ch.Hub) -> ch.Contact:
    return hub.find('city = Recife AND mailto = ""').at(0)


def operations(hub: ch.Hub) -> list[ch.Operation]:
    return hub.operations(limit=None)


def preview(hub: ch.Hub) -> Any:
    table = pd.DataFrame({"UUID": [first(hub).uuid], "Phone": ["11 91234-0000"], "Name": ["Ana Lima"]})
    return hub.imports.preview(table)


LOOKS: dict[str, Callable[[ch.Hub], Any]] = {
    "document": lambda hub: [contact.as_dict() for contact in hub.find("")],
    "repr": lambda hub: [(repr(one), one._repr_html_(), one.phone) for one in hub.find("")],
    "frame": lambda hub: hub.find("").to_pandas().to_string(),
    "columns": lambda hub: hub.find("").to_arrow(["tel", "urn", "urns", "phone", "mailto"]).to_pylist(),
    "history": lambda hub: hub.history().to_string(),
    "summaries": lambda hub: [(one.summary, repr(one)) for one in operations(hub)],
    "arguments": lambda hub: [one.arguments for one in operations(hub)],
    "effects": lambda hub: [one.effects for one in operations(hub)],
    "changes": lambda hub: [(c.property, c.before, c.after, c.operation.effects) for c in first(hub).history()],
    "duplicates": lambda hub: hub.contacts.duplicates(),
    "quality": lambda hub: (hub.quality(), hub.quality().duplicates),
    "merge": lambda hub: hub.plan.merge(first(hub), hub.find('mailto != ""').at(0)),
    "why": lambda hub: [hub.why(first(hub), query) for query in ('tel != ""', 'urn != ""', 'phone != ""', "Ana")],
    "complete": lambda hub: [hub.complete(f"{name} = ") for name in ("tel", "urn", "phone")],
    "plan of undo": lambda hub: [hub.plan.undo(one.id).of.effects for one in operations(hub) if one.undoable],
    "groups": lambda hub: [(repr(one), one.query) for one in hub.groups],
    "searches": lambda hub: [(repr(one), one.query) for one in hub.searches],
    "preview": lambda hub: (
        preview(hub).changes.to_string() + preview(hub).kept.to_string() + preview(hub)._repr_html_()
    ),
    "tree": lambda hub: hub.find("").explain(),
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_look_shows_an_identity(hub: ch.Hub, look: str) -> None:
    shown = str(LOOKS[look](hub))
    assert [secret for secret in SECRETS if secret in shown.replace("-", "").replace(" ", "")] == []


def test_what_is_hidden_is_still_told_apart_by_scheme(hub: ch.Hub) -> None:
    assert first(hub).urns == ["tel:••••"]
    assert [line.result for line in LOOKS["merge"](hub).lines if line.path == "urns"] == [
        ["tel:••••", "tel:••••", "mailto:••••"]
    ]
    assert {(one.reason, one.value) for one in hub.contacts.duplicates()} >= {("weak phone", "••••")}


REFUSED: dict[str, Callable[[ch.Hub, Path], Any]] = {
    "counts urn": lambda hub, path: hub.find("").counts("urn"),
    "counts phone": lambda hub, path: hub.find("").counts("city", "phone"),
    "counts tel": lambda hub, path: hub.find("").counts("tel"),
    "dossier": lambda hub, path: hub.contacts.dossier(first(hub)),
    "by urn": lambda hub, path: hub.contacts.by_urn("tel:+5521987651111"),
    "match": lambda hub, path: hub.match(pd.DataFrame({"tel": ["+5521987651111"]}), phone="tel"),
    "edit": lambda hub, path: first(hub).edit(urns=["tel:+5521987652222"]),
    "edit by uuid": lambda hub, path: hub.contacts.edit(first(hub).uuid, urns=[]),
    "dump": lambda hub, path: hub.dump(path),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_needs_identities_is_refused(hub: ch.Hub, tmp_path: Path, what: str) -> None:
    path = tmp_path / "new"
    with pytest.raises(ch.NotAllowed) as refused:
        REFUSED[what](hub, path)
    assert refused.value.code == "redacted_urns"
    assert not path.exists()
    assert first(hub).urns == ["tel:••••"]


def test_a_preview_still_tells_that_an_identity_changes(hub: ch.Hub) -> None:
    [change] = [row for row in preview(hub).changes.itertuples() if row.property == "urns"]
    assert (change.before, set(change.after)) == (["tel:••••"], {"tel:••••"})


def test_an_identity_that_is_taken_is_no_oracle(hub: ch.Hub) -> None:
    with pytest.raises(ch.InvalidValue) as refused:
        hub.contacts.create(name="Z", urns=["tel:+5521987651111"])
    assert refused.value.code == "urn_taken"
    assert "Ana" not in str(refused.value)
    assert "8765" not in str(refused.value)


def test_undo_restores_identities_that_the_actor_does_not_see(hub: ch.Hub) -> None:
    deleted = next(one for one in operations(hub) if one.kind == "delete")
    assert next(iter(deleted.effects.deleted.values()))["urns"] == ["tel:••••"]
    hub.undo(deleted.id)
    hub.settings.update(redact_urns=False)
    assert hub.find("name = Gone").at(0).urns == ["tel:+5521987654321"]


def test_texts_that_are_no_identities_stay(hub: ch.Hub) -> None:
    hub.find('created_on > "2026-05-01" AND city = Recife AND age != 1200000').tag("y")
    arguments = operations(hub)[0].arguments
    assert "2026-05-01" in arguments["query"]
    assert "Recife" in arguments["query"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "team.hub"
    with ch.open(path, create=True, actor="bia") as hub:
        hub.settings.update(country="BR")
        for handle, role in (("vi", "viewer"), ("ag", "agent"), ("ed", "editor")):
            hub.members.create(handle, role=role)
        hub.contacts.create(name="Ana", urns=["tel:+5521987651111"])
        hub.contacts.create(name="Bruno")
    return path


@pytest.mark.parametrize(("actor", "may"), [("vi", False), ("ag", False), ("ed", True), ("bia", True)])
def test_copies_of_everything_take_an_editor(file: Path, tmp_path: Path, actor: str, may: bool) -> None:
    with ch.open(file, actor=actor) as hub:
        for number, copy in enumerate((hub.backup, hub.dump)):
            target = tmp_path / f"copy{number}"
            if may:
                copy(target)
            else:
                with pytest.raises(ch.NotAllowed):
                    copy(target)
            assert target.exists() is may


def test_a_hub_that_hides_identities_is_backed_up_by_an_admin(file: Path, tmp_path: Path) -> None:
    with ch.open(file, actor="bia") as hub:
        hub.settings.update(redact_urns=True)
        hub.backup(tmp_path / "copy")
    with ch.open(file, actor="ed") as hub, pytest.raises(ch.NotAllowed, match="hidden"):
        hub.backup(tmp_path / "other")


@pytest.mark.parametrize(("actor", "may"), [("vi", False), ("ag", False), ("ed", True)])
def test_looking_at_a_merge_takes_who_may_merge(file: Path, actor: str, may: bool) -> None:
    with ch.open(file, actor=actor) as hub:
        one, other = hub.find("")
        if may:
            assert hub.plan.merge(one, other).lines
        else:
            with pytest.raises(ch.NotAllowed):
                hub.plan.merge(one, other)


def test_a_viewer_sees_the_tree_of_a_hub_with_groups_by_number(file: Path) -> None:
    with ch.open(file, actor="bia") as hub:
        hub.groups.create("Her", query="tel = +5521987651111")
    with ch.open(file, actor="vi") as hub:
        assert [node.label for section in hub.tree() for node in section.nodes if section.title == "Groups"] == ["Her"]
