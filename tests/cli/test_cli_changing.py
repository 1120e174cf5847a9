"""create, edit, the audience verbs, catalogues, settings, history and undo."""

import json
from pathlib import Path

import pytest

import contacthub


def test_create_and_edit_one_contact(run) -> None:
    made = json.loads(
        run(
            "create", "--name", "Davi", "--phone", "(81) 98811-4455", "--tag", "new", "--field", "city=Natal", "--json"
        ).out
    )
    assert made["urns"] == ["tel:+5581988114455"]
    assert run("edit", "Davi", "--name", "Davi Sá", "--field", "age=20", "--field", "city=").code == 0
    [davi] = json.loads(run("find", "tag = new", "--json").out)
    assert (davi["name"], davi["fields"]) == ("Davi Sá", {"age": 20})
    assert run("edit", "Davi", "--clear", "name").code == 0
    assert json.loads(run("find", "tag = new", "--json").out)[0]["name"] == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create",), "at least one thing"),
        (("edit", "Ana"), "what to change"),
        (("edit", "Ana", "--field", "age"), "KEY=VALUE"),
        (("settings", "country"), "KEY=VALUE"),
        (("assign", "", "bia", "rui"), "--balanced"),
        (("fnd",), "No such command"),
        (("find", "--nope"), "No such option"),
        (("tag", "Ana"), "Missing argument"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(run, arguments: tuple[str, ...], words: str) -> None:
    answer = run(*arguments)
    assert answer.code == 2
    assert words in answer.err
    assert "--help" in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "--phone", "98765-4321"), "area"),
        (("edit", "Ana", "--field", "age=old"), "old"),
        (("edit", "Ana", "--field", "shoe=42"), "shoe"),
        (("add-to-group", "", "Nowhere"), "Nowhere"),
        (("groups", "create", "friends"), "friends"),
        (("settings", "country=Brazil"), "country code"),
        (("settings", "shoes=42"), "no setting"),
        (("undo", "99"), "99"),
        (("tag", "", "x", "--expect", "99"), "99"),
    ],
)
def test_what_the_hub_refuses_is_told_and_changes_nothing(run, arguments: tuple[str, ...], words: str) -> None:
    before = run("history", "--json").out
    answer = run(*arguments)
    assert answer.code == 1
    assert words in answer.err
    assert "Traceback" not in answer.err
    assert "fault" not in answer.err
    assert run("history", "--json").out == before


@pytest.mark.parametrize(
    ("command", "query"),
    [
        (("tag", "", "summer", "sun"), "tag = sun AND tag = summer"),
        (("add-to-group", "", "Friends"), "group = Friends"),
        (("add-to-list", "", "Sales"), "list = Sales"),
        (("set-field", "", "city", "Natal"), "city = Natal"),
        (("set-language", "", "por"), "language = por"),
        (("opt-in", "", "--proof", "form 7"), "opt_in = yes"),
        (("opt-out", ""), "opt_in = no"),
        (("block", ""), "status = blocked"),
        (("stop", ""), "status = stopped"),
        (("archive", ""), "status = archived"),
        (("assign", "", "me"), "assignee = me"),
    ],
)
def test_verb_changes_everybody_and_undo_takes_it_back(run, command: tuple[str, ...], query: str) -> None:
    with_dry_run = run(*command, "--dry-run")
    assert (with_dry_run.code, run("count", query).out) == (0, "0\n"), with_dry_run.err
    answer = run(*command, "--expect", "3", "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["count"] == 3
    assert run("count", query).out == "3\n"
    assert run("undo").code == 0
    assert run("count", query).out == "0\n"
    assert run("redo").code == 0
    assert run("count", query).out == "3\n"


def test_verbs_that_take_away(run) -> None:
    run("add-to-group", "", "Friends")
    run("add-to-list", "", "Sales")
    for command, query in (
        (("untag", "", "vip"), "tag = vip"),
        (("remove-from-group", "", "Friends"), "group = Friends"),
        (("remove-from-list", "", "Sales"), "list = Sales"),
        (("clear-field", "", "city"), 'city != ""'),
        (("unassign", ""), 'assignee != ""'),
    ):
        assert run(*command).code == 0
        assert run("count", query).out == "0\n"


def test_reactivate_and_delete(run) -> None:
    run("block", "Ana")
    assert run("reactivate", "status = blocked").code == 0
    assert run("count", "status = active").out == "3\n"
    assert run("delete", "tag = vip", "--expect", "1").code == 0
    assert run("count").out == "2\n"
    run("undo")
    assert run("count").out == "3\n"


def test_dry_run_tells_how_many_are_so_already(run) -> None:
    plan = json.loads(run("tag", "", "vip", "--dry-run", "--json").out)
    assert (plan["will_change"], plan["already"], len(plan["sample"])) == (2, 1, 2)


def test_a_uuid_stands_for_its_contact(run, hub_path: Path) -> None:
    with contacthub.open(hub_path) as hub:
        uuid = hub.find("Clara").uuids[0]
    assert run("tag", uuid, "one").code == 0
    assert json.loads(run("find", "tag = one", "--json", "--columns", "name").out) == [{"name": "Clara"}]


def test_undo_looked_at_first_changes_nothing(run) -> None:
    operation = json.loads(run("tag", "", "vip", "--json").out)
    report = json.loads(run("undo", str(operation["id"]), "--dry-run", "--json").out)
    assert (len(report["reversed"]), report["operation"]) == (2, None)
    assert run("count", "tag = vip").out == "3\n"


def test_undo_tells_what_it_keeps(run) -> None:
    operation = json.loads(run("set-field", "", "city", "Natal", "--json").out)
    run("set-field", "Ana", "city", "Lisboa")
    answer = run("undo", str(operation["id"]))
    assert "Kept: 1" in answer.out
    assert run("count", "city = Lisboa").out == "1\n"


def test_history_lists_the_newest_first(run) -> None:
    run("tag", "", "summer")
    newest, *_ = json.loads(run("history", "--json", "--limit", "2").out)
    assert (newest["kind"], newest["count"], newest["surface"]) == ("tag", 3, "cli")
    assert "tag summer" in run("history").out.splitlines()[1]


@pytest.mark.parametrize(
    ("kind", "names"),
    [("groups", ["Adults", "Friends"]), ("fields", ["Age", "City"]), ("tags", ["vip"]), ("lists", []), ("members", [])],
)
def test_catalogues_are_listed(run, kind: str, names: list[str]) -> None:
    assert sorted(item["name"] for item in json.loads(run(kind, "--json").out)) == names
    assert run(kind).code == 0


def test_groups_are_created_renamed_and_deleted(run) -> None:
    assert "1 contact." in run("groups", "create", "Recifenses", "--query", "city = Recife").out
    assert run("groups", "rename", "Recifenses", "From Recife").code == 0
    assert run("count", 'group = "From Recife"').out == "1\n"
    assert run("groups", "delete", "From Recife").code == 0
    assert run("count", 'group = "From Recife"').code == 1


def test_fields_tags_and_lists_are_made_and_renamed(run) -> None:
    assert "it is shoe_size" in run("fields", "create", "Shoe size", "--type", "number").out
    assert run("tags", "rename", "vip", "VIPs").code == 0
    assert run("lists", "create", "Sales").code == 0
    assert run("lists", "rename", "Sales", "Shop").code == 0
    assert json.loads(run("lists", "--json").out) == [{"name": "Shop", "count": 0, "hidden": False}]
    assert run("count", "tag = VIPs").out == "1\n"


def test_members_act_under_their_role(run) -> None:
    assert run("members", "create", "bia", "--name", "Bia Souza", "--role", "viewer").code == 0
    assert run("find", "--actor", "bia").code == 0
    answer = run("--actor", "bia", "tag", "", "x")
    assert answer.code == 1
    assert "viewer" in answer.err
    assert run("members", "delete", "bia").code == 0
    assert run("find", "--actor", "bia").code == 1


def test_settings_are_shown_and_changed(run) -> None:
    assert run("settings", "country=MX", "redact_urns=yes", "max_groups=10", "purposes=events,news").code == 0
    settings = json.loads(run("settings", "--json").out)
    assert (settings["country"], settings["redact_urns"], settings["max_groups"]) == ("MX", True, 10)
    assert settings["purposes"] == ["events", "news"]


def test_tags_become_one_and_fields_change_their_type(run) -> None:
    run("tag", "Clara", "VIPs")
    assert run("tags", "merge", "VIPs", "--into", "vip").code == 0
    assert run("count", "tag = vip").out == "2\n"
    assert "2 cannot" in run("fields", "retype", "City", "number", "--dry-run").out
    refused = run("fields", "retype", "City", "number")
    assert (refused.code, run("count", "city = Recife").out) == (1, "1\n")
    assert run("fields", "retype", "City", "number", "--clear").code == 0
    assert run("count", 'city = ""').out == "3\n"


def test_groups_are_compared_with_their_snapshot(run) -> None:
    assert "1 contact now" in run("groups", "snapshot", "Adults").out
    run("set-field", "Bento", "age", "19")
    run("set-field", "Ana", "age", "17")
    assert [one["name"] for one in json.loads(run("groups", "entered", "Adults", "--json").out)] == ["Bento Prado"]
    assert [one["name"] for one in json.loads(run("groups", "left", "Adults", "--json").out)] == ["Ana Lima"]


def test_edit_of_several_needs_the_count(run) -> None:
    refused = run("edit", "city != Natal", "--language", "por")
    assert refused.code == 1
    assert "--expect 3" in refused.err
    assert run("edit", "city != Natal", "--language", "por", "--expect", "3").code == 0
    assert run("count", "language = por").out == "3\n"
