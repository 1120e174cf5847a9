"""Members, colours, orders, what is hidden, queries of groups, saved searches, a hub for a group."""

import grp
import json
import os
import stat
from pathlib import Path

import pytest

import contacthub


def names(run, kind: str) -> list[str]:
    return [item["name"] for item in json.loads(run(kind, "--json").out)]


def test_members_are_changed(run) -> None:
    run("members", "create", "bia", "--role", "viewer")
    changed = run("members", "change", "bia", "--role", "editor", "--name", "Bia Souza", "--email", "bia@example.com")
    assert changed.code == 0
    [bia] = [member for member in json.loads(run("members", "--json").out) if member["handle"] == "bia"]
    assert (bia["role"], bia["name"], bia["email"]) == ("editor", "Bia Souza", "bia@example.com")
    assert run("members", "change", "bia").code == 2
    refused = run("members", "change", "bia", "--role", "boss")
    assert (refused.code, "viewer, agent, editor, admin" in refused.err) == (1, True)


def test_tags_are_made_and_coloured(run) -> None:
    run("tags", "create", "new")
    assert run("tags", "color", "new", "#2E7D32").code == 0
    colors = {tag["name"]: tag["color"] for tag in json.loads(run("tags", "--json").out)}
    assert colors == {"new": "#2E7D32", "vip": None}
    assert run("tags", "color", "new", "green").code == 1
    run("tags", "color", "new", "none")
    assert {tag["color"] for tag in json.loads(run("tags", "--json").out)} == {None}


def test_lists_are_arranged_and_hidden(run) -> None:
    for name in ("Sales", "Support", "Billing"):
        run("lists", "create", name)
    assert run("lists", "arrange", "Billing", "Sales").code == 0
    assert names(run, "lists") == ["Billing", "Sales", "Support"]
    run("lists", "hide", "Sales")
    hidden = {item["name"]: item["hidden"] for item in json.loads(run("lists", "--json").out)}
    assert hidden == {"Billing": False, "Sales": True, "Support": False}
    run("lists", "hide", "Sales", "--show")
    assert not any(item["hidden"] for item in json.loads(run("lists", "--json").out))


def test_fields_are_arranged_and_featured(run) -> None:
    assert run("fields", "arrange", "City").code == 0
    assert names(run, "fields") == ["City", "Age"]
    run("fields", "feature", "Age")
    assert [field["featured"] for field in json.loads(run("fields", "--json").out)] == [False, True]
    run("fields", "feature", "Age", "--off")
    assert [field["featured"] for field in json.loads(run("fields", "--json").out)] == [False, False]


def test_query_of_a_group_changes(run) -> None:
    assert "Adults has 2 contacts now" in run("groups", "query", "Adults", "age > 10").out
    assert run("count", "group = Adults").out == "2\n"
    assert "static" in run("groups", "query", "Friends", "age > 10").err


def test_snapshots_are_listed(run) -> None:
    run("groups", "snapshot", "Adults")
    run("set-field", "Bento", "age", "20")
    run("groups", "snapshot", "Adults")
    assert [taken["count"] for taken in json.loads(run("groups", "snapshots", "Adults", "--json").out)] == [1, 2]
    assert len(run("groups", "snapshots", "Adults").out.splitlines()) == 3


def test_searches_are_saved_used_and_deleted(run) -> None:
    assert run("searches", "save", "In Recife", "city = Recife", "--shared").code == 0
    [search] = json.loads(run("searches", "--json").out)
    assert (search["name"], search["shared"]) == ("In Recife", True)
    assert json.loads(run("find", "--saved", "in recife", "--columns", "name", "--json").out) == [{"name": "Ana Lima"}]
    assert run("count", "age < 18", "--saved", "In Recife").out == "0\n"
    assert run("find", "--saved", "Nobody").code == 1
    assert run("searches", "save", "Wrong", "ctiy = x").code == 1
    assert run("searches", "delete", "In Recife").code == 0
    assert json.loads(run("searches", "--json").out) == []


def test_contact_is_made_and_edited_with_all_that_it_has(run) -> None:
    run("lists", "create", "Sales")
    made = run(
        "create", "--name", "Davi", "--list", "Sales", "--group", "Friends", "--assignee", "me", "--avatar",
        "https://example.com/davi.png", "--json",
    )  # fmt: skip
    davi = json.loads(made.out)
    assert (davi["lists"], len(davi["groups"]), davi["avatar"]) == (["Sales"], 1, "https://example.com/davi.png")
    assert run("count", "assignee = me").out == "1\n"
    assert run("edit", "Davi", "--status", "archived", "--list", "Support", "--clear", "assignee").code == 0
    [davi] = json.loads(run("find", "Davi", "--json").out)
    assert (davi["status"], davi["lists"], davi["assignee"]) == ("archived", ["Support"], None)
    assert run("edit", "Ana", "--clear", "fields.city", "--clear", "tags", "--expect", "1").code == 0
    [ana] = json.loads(run("find", "Ana", "--json").out)
    assert (ana["fields"], ana["tags"]) == ({"age": 36}, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("edit", "Ana", "--assignee", "nobody"), "nobody"),
        (("edit", "Ana", "--status", "asleep"), "asleep"),
        (("edit", "Ana", "--group", "Adults"), "query"),
        (("edit", "Nemo", "--name", "Captain"), "Nobody is"),
        (("edit", "", "--tag", "x", "--expect", "3"), "tag"),
    ],
)
def test_edit_refuses(run, arguments: tuple[str, ...], words: str) -> None:
    answer = run(*arguments)
    assert (answer.code, words in answer.err) == (1, True), answer.err


def test_hub_of_a_group_is_its_groups(run, tmp_path: Path) -> None:
    path = tmp_path / "team" / "team.hub"
    name = grp.getgrgid(os.getgid()).gr_name
    assert run("init", "--group", name, "--hub", str(path)).code == 0
    found = path.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, os.getgid())
    refused = run("init", "--group", "no-such-group", "--hub", str(tmp_path / "other.hub"))
    assert refused.code == 1
    assert "no-such-group" in refused.err
    assert not (tmp_path / "other.hub").exists()


def test_opt_out_tells_where_it_came_from(run, hub_path: Path) -> None:
    assert run("opt-out", "Ana", "--source", "keyword", "--note", "wrote STOP").code == 0
    with contacthub.open(hub_path) as hub:
        assert hub.find("Ana").at(0).as_dict()["opt_in"]["marketing"] == "no"
    assert "keyword" in run("dossier", "Ana").out
    assert run("opt-out", "Ana", "--source", "rumour").code == 1
