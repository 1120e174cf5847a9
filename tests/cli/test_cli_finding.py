"""find, count, show: who matches, and how it is printed."""

import json
from pathlib import Path

import pytest

import contacthub
from contacthub.cli.output import caret, fitted, visible


def test_find_lists_whom_the_query_matches(run) -> None:
    answer = run("find", "city = (Recife, Olinda)", "--sort", "name", "--columns", "name,phone,city")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "name      phone           city",
        "Ana Lima  +5581987654321  Recife",
        "Clara     +5581988112233  Olinda",
    ]


def test_find_without_a_query_is_everybody(run) -> None:
    assert len(run("find").out.splitlines()) == 1 + 3


def test_find_as_json_gives_whole_documents(run) -> None:
    [ana] = json.loads(run("find", "tag = vip", "--json").out)
    assert (ana["name"], ana["tags"], ana["fields"]) == ("Ana Lima", ["vip"], {"age": 36, "city": "Recife"})


def test_find_as_json_with_columns_gives_only_those(run) -> None:
    assert json.loads(run("find", "tag = vip", "--json", "--columns", "name,groups,opt_in").out) == [
        {"name": "Ana Lima", "groups": ["Adults"], "opt_in": "unknown"}
    ]


def test_nobody_is_an_empty_array(run) -> None:
    assert json.loads(run("find", "name = nobody", "--json").out) == []


def test_limit_takes_the_first(run) -> None:
    assert run("find", "--sort", "name", "--limit", "1", "--columns", "name").out.split("\n")[1] == "Ana Lima"


def test_unknown_column_is_refused_with_those_there_are(run) -> None:
    answer = run("find", "--columns", "nmae")
    assert answer.code == 1
    assert "'nmae'" in answer.err
    assert "last_seen_on" in answer.err
    assert "city" in answer.err


def test_count_prints_the_number_alone(run) -> None:
    assert run("count", "age > 18").out == "1\n"
    assert json.loads(run("count", "--json").out) == {"query": "", "count": 3}


@pytest.mark.parametrize("text", ["tag = vip", "tel:+5581987654321", "whatsapp:558187654321", "81 98765-4321", "Ana"])
def test_show_finds_the_one_contact(run, text: str) -> None:
    answer = run("show", text)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("Ana Lima\n")
    assert "tel:+5581987654321" in answer.out


def test_show_by_uuid_with_history(run, hub_path: Path) -> None:
    with contacthub.open(hub_path) as hub:
        uuid = hub.find("tag = vip").uuids[0]
        hub.find("tag = vip").set_field("age", 37)
    record = json.loads(run("show", uuid, "--json", "--history").out)
    assert record["groups"] == ["Adults"]
    newest = record["history"][0]
    assert (newest["property"], newest["before"], newest["after"]) == ("fields.age", 36, 37)


def test_show_of_several_names_some_of_them(run) -> None:
    answer = run("show", "city != Natal")
    assert answer.code == 1
    assert "3 contacts match" in answer.err
    assert "Bento Prado" in answer.err


def test_show_of_nobody(run) -> None:
    answer = run("show", "Zoroastro")
    assert answer.code == 1
    assert answer.err.startswith("Nobody is 'Zoroastro'")


@pytest.mark.parametrize(
    ("query", "place"),
    [("ctiy = Recife", "^^^^"), ("age > 18 AND ctiy = Recife", " " * 13 + "^^^^"), ("age > ", " " * 6 + "^")],
)
def test_wrong_query_has_a_caret_under_the_place(run, query: str, place: str) -> None:
    answer = run("find", query)
    assert answer.code == 1
    *sentences, shown, carets = answer.err.splitlines()
    assert shown.rstrip() == f"  {query}".rstrip()
    assert carets.rstrip() == f"  {place}" or len(query) == 6
    assert 1 <= len(sentences) <= 2


def test_wrong_query_as_json_has_code_and_place(run) -> None:
    error = json.loads(run("find", "ctiy = Recife", "--json").err)["error"]
    assert (error["code"], error["start"], error["end"]) == ("unknown_property", 0, 4)
    assert error["extra"] == {"property": "ctiy"}


@pytest.mark.parametrize(
    ("query", "start", "end", "expected"),
    [
        ("a = b", 4, 5, ("  a = b", "      ^")),
        ("a = b\nc = d", 6, 7, ("  c = d", "  ^")),
        ("naïve 日本 = x", 6, 8, ("  naïve 日本 = x", "        ^^^^")),
        ("x = \x1b", 4, 5, ("  x = ␛", "      ^")),
        ("", 0, 0, ("  ", "  ^")),
        ("a =", 3, 3, ("  a =", "     ^")),
    ],
)
def test_caret(query: str, start: int, end: int, expected: tuple[str, str]) -> None:
    assert caret(query, start, end) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana", "Ana"), ("\x1b]52;c;x\x07", "␛]52;c;x␇"), ("a\nb\tc", "a↵b⇥c"), ("\u202eabc", "⟨RLO⟩abc"),
        ("\x9b31m", "⟨009B⟩31m"), ("\u2066x\u2069", "⟨2066⟩x⟨2069⟩"), ("[/red]", "[/red]"), ("مرحبا", "مرحبا"),
        (None, ""), (True, "yes"), (["a", "b"], "a, b"), (3, "3"),
    ],
)  # fmt: skip
def test_visible(text: object, expected: str) -> None:
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("rows", "room", "widths"),
    [
        ([["Ana", "1"]], 80, [4, 5]),
        ([["x" * 50, "1,000,000"]], 30, [17, 9]),
        ([["x" * 50, "1,000,000"]], 5, [6, 9]),
        ([], 80, [4, 5]),
        ([["日本語", "1"]], 80, [6, 5]),
    ],
)
def test_tables_are_fitted_and_numbers_stay_whole(rows: list[list[str]], room: int, widths: list[int]) -> None:
    assert fitted(["name", "count"], rows, ["count"], room) == widths


def test_hostile_names_reach_no_terminal(run, hub_path: Path) -> None:
    with contacthub.open(hub_path) as hub:
        hub.contacts.create(name="Eve \u202e[/x][bold]", urns=["mailto:eve@example.com"], remarks="\x1b[31mred")
    for command in (("find", "eve"), ("show", "eve"), ("history",), ("tag", "eve", "x", "--dry-run")):
        answer = run(*command)
        assert answer.code == 0
        assert "[/x][bold]" in answer.out or "remarks" in answer.out
        assert "\x1b" not in answer.out
        assert "\u202e" not in answer.out


def test_query_is_explained_condition_by_condition(run) -> None:
    explained = json.loads(run("explain", "city = Recife AND age > 18", "--json").out)
    assert explained["matches"] == 1
    assert [(step["alone"], step["together"], step["unset"]) for step in explained["steps"]] == [(1, 1, 1), (1, 1, 1)]
    assert "1 of 3 contacts match." in run("explain", "city = Recife AND age > 18").out


def test_why_a_contact_is_not_matched(run) -> None:
    [city, age] = json.loads(run("explain", "city = Olinda AND age > 18", "--contact", "Ana", "--json").out)
    assert (city["holds"], city["values"], age["holds"], age["values"]) == (False, ["Recife"], True, [36])
    assert "Recife" in run("explain", "city = Olinda", "--contact", "Ana").out


def test_values_are_counted(run) -> None:
    rows = json.loads(run("counts", "", "city", "--json").out)
    assert {row["city"]: row["count"] for row in rows} == {"Recife": 1, "Olinda": 1, None: 1}
    assert run("counts", "age > 18", "city", "status").out.splitlines()[1].split() == ["Recife", "active", "1"]
    assert run("counts", "", "ctiy").code == 1


def test_reachable_tells_why_the_others_are_not(run) -> None:
    found = json.loads(run("reachable", "", "--scheme", "tel", "--json").out)
    assert (found["reachable"], sum(found["reasons"].values())) == (0, 3)
    run("opt-in", "Ana", "--proof", "form 7")
    assert json.loads(run("reachable", "", "--scheme", "tel", "--json").out)["reachable"] == 1
    assert run("reachable", "").code == 0
