"""import and export: the preview, the question, exit codes, standard input."""

import json
from pathlib import Path

import openpyxl
import pytest

ROWS = "Nome;Celular;E-mail;City\nDavi;(81) 98811-4455;;Natal\nAna Lima;81 98765-4321;;Olinda\nZé;12;;Recife\n"


@pytest.fixture
def rows(tmp_path: Path) -> str:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, "utf-8")
    return str(path)


def test_dry_run_shows_the_preview_and_changes_nothing(run, rows: str) -> None:
    answer = run("import", rows, "--dry-run")
    assert answer.code == 3
    for word in ("create", "update", "error", "Olinda", "Nothing was changed"):
        assert word in answer.out
    assert run("count").out == "3\n"


def test_yes_commits_and_says_what_was_left_out(run, rows: str) -> None:
    answer = run("import", rows, "--yes")
    assert answer.code == 3
    assert "1 created, 1 updated" in answer.out
    assert "1 row was left out" in answer.out
    assert run("count", "city = (Natal, Olinda)").out == "3\n"
    assert run("undo").code == 0
    assert run("count").out == "3\n"


def test_import_of_good_rows_is_zero_and_again_changes_nothing(run, tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_text(ROWS.replace("Zé;12;", "Zé;(81) 98811-4466;"), "utf-8")
    assert run("import", str(path), "--yes").code == 0
    summary = json.loads(run("import", str(path), "--yes", "--json").out)["summary"]
    assert (summary["create"], summary["update"], summary["unchanged"]) == (0, 0, 3)


def test_options_narrow_and_add(run, rows: str) -> None:
    answer = run("import", rows, "--yes", "--only", "create", "--tag", "fair", "--group", "Fair 2026", "--json")
    assert json.loads(answer.out)["created"] == 1
    assert run("count", 'tag = fair AND group = "Fair 2026"').out == "1\n"


EFFECTS = """Name;URN:tel;Status;Opt In;Field:Age
Ana Lima;+5581987654321;;yes;12
Bento;;active;no;20
Davi;+5581988114455;;yes;40
"""


@pytest.fixture
def effects(run, tmp_path: Path) -> str:
    """A file of three people, who enter and leave the group of adults, opt in and out, and are reactivated."""
    [bento] = json.loads(run("find", "Bento", "--json").out)
    run("stop", "Bento")
    path = tmp_path / "effects.csv"
    text = EFFECTS.replace("Name;", "UUID;Name;").replace("\nAna", "\n;Ana").replace("\nDavi", "\n;Davi")
    path.write_text(text.replace("Bento;;", f"{bento['uuid']};Bento;+5581988110000;"), "utf-8")
    return str(path)


def test_the_preview_tells_what_else_it_does(run, effects: str) -> None:
    answer = run("import", effects, "--dry-run", "--reactivate")
    assert answer.code == 0, answer.err
    for told in (
        "identities attached to known contacts: 1", "contacts opting in: 2", "contacts opting out: 1",
        "contacts reactivated: 1", "group Adults: 2 enter, 1 leave",
    ):  # fmt: skip
        assert told in answer.out, told


def test_programs_see_the_whole_preview(run, effects: str) -> None:
    record = json.loads(run("import", effects, "--dry-run", "--reactivate", "--json").out)
    assert record["summary"]["groups"] == {"Adults": {"enter": 2, "leave": 1}}
    assert record["summary"]["opted_in"] == 2
    assert [column["target"] for column in record["mapping"]] == [
        "UUID", "Name", "URN:Tel", "Status", "Opt In", "Field:Age",
    ]  # fmt: skip
    ages = [change for change in record["changes"] if change["property"] == "fields.age"]
    assert [(change["row"], change["before"], change["after"]) for change in ages] == [
        (2, 36, 12), (3, 12, 20), (4, None, 40),
    ]  # fmt: skip


def test_a_commit_tells_programs_the_changes_when_asked(run, effects: str) -> None:
    assert "changes" not in json.loads(run("import", effects, "--yes", "--json").out)
    run("undo")
    record = json.loads(run("import", effects, "--yes", "--json", "--show", "1").out)
    assert (record["created"], len(record["changes"]) > 3) == (1, True)
    assert record["summary"]["groups"]["Adults"] == {"enter": 1, "leave": 1}


def test_contacts_go_to_a_group_of_the_files_name(run, rows: str) -> None:
    assert run("import", rows, "--yes", "--file-group").code == 3
    assert run("count", "group = rows").out == "2\n"
    assert run("import", rows, "--yes", "--file-group", "--group", "Fair").code == 2


def test_mapping_is_taken_from_the_command_line(run, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Who;Where to;Number\nDavi;Natal;81 98811-4455\n", "utf-8")
    answer = run(
        "import", str(path), "--yes", "--map", "Who=Name", "--map", "Where to=Field:City", "--map", "Number=URN:tel"
    )
    assert answer.code == 0, answer.err
    assert run("count", "Davi AND city = Natal AND tel = +5581988114455").out == "1\n"


def test_type_of_a_new_field_is_taken_from_the_command_line(run, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("Nome;Celular;Pontos\nDavi;81 98811-4455;7\nAna Lima;81 98765-4321;many\n", "utf-8")
    assert run("import", str(path), "--yes", "--type", "Pontos=number").code == 3
    assert run("count", "pontos > 6").out == "1\n"


def test_recipe_is_saved_and_used_again(run, rows: str, tmp_path: Path) -> None:
    recipe = tmp_path / "fair.toml"
    run("import", rows, "--dry-run", "--map", "City=ignore", "--save-recipe", str(recipe))
    assert run("import", rows, "--yes", "--recipe", str(recipe)).code == 3
    assert run("count", "city = Natal").out == "0\n"


def test_preview_is_written_to_send_round(run, rows: str, tmp_path: Path) -> None:
    page, wrong = tmp_path / "preview.html", tmp_path / "wrong.xlsx"
    assert run("import", rows, "--dry-run", "--report", str(page), "--problem-rows", str(wrong)).code == 3
    assert "Olinda" in page.read_text("utf-8")
    sheet = openpyxl.load_workbook(wrong).active
    assert sheet is not None
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["Zé"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rows.csv",), "Without a terminal"),
        (("-",), "standard input"),
        (("rows.csv", "--yes", "--dry-run"), "contradict"),
        (("rows.csv", "--yes", "--map", "Nome"), "HEADER=TARGET"),
    ],
)
def test_wrong_use(run, rows: str, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(rows).parent)
    answer = run("import", *arguments)
    assert answer.code == 2
    assert words in answer.err


def test_a_file_that_is_not_there_and_one_that_is_no_table(run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    for path in (str(tmp_path / "none.csv"), str(empty)):
        answer = run("import", path, "--yes")
        assert answer.code == 1
        assert len(answer.err.strip().splitlines()) <= 2
        assert "fault" not in answer.err


def test_standard_input(run) -> None:
    answer = run("import", "-", "--yes", "--json", input=ROWS)
    assert answer.code == 3, answer.err
    assert json.loads(answer.out)["created"] == 1


def test_export_writes_whom_the_query_matches(run, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    answer = run("export", str(path), "city = Recife")
    assert answer.code == 0, answer.err
    assert "1 contact is in" in answer.out
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert sheet.max_row == 2


def test_export_comes_back_unchanged(run, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert run("export", str(path)).code == 0
    summary = json.loads(run("import", str(path), "--dry-run", "--json").out)["summary"]
    assert summary["unchanged"] == 3


def test_a_mended_value_may_hold_an_equals_sign(run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Nome;Celular;Avatar\nZé;81 98811-4455;https://example.org/a.png\n", "utf-8")
    done = run("import", str(path), "--yes", "--mend", "2:Avatar=https://example.org/a?b=1")
    assert done.code == 0, done.err
    assert json.loads(run("show", "Zé", "--json").out)["avatar"] == "https://example.org/a?b=1"


def test_a_missing_file_is_told_before_anything_is_asked(run, tmp_path: Path) -> None:
    done = run("import", str(tmp_path / "nowhere.xlsx"))
    assert done.code == 1
    assert "There is no file" in done.err


def test_a_phone_is_exported_by_its_property(run, tmp_path: Path) -> None:
    made = run("create", "--name", "Wanda", "--urn", "whatsapp:5581988114455")
    assert made.code == 0, made.err
    assert run("export", str(tmp_path / "out.csv"), "name = Wanda", "-c", "name,phone").code == 0
    assert (tmp_path / "out.csv").read_text("utf-8-sig").split() == ["Name,Phone", "Wanda,+5581988114455"]
    assert run("export", str(tmp_path / "other.csv"), "-c", ",").code == 1
    assert run("export", str(tmp_path / "other.csv"), "--for-sending", "-c", "name").code == 1


def test_cells_are_mended_and_conflicts_decided(run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Nome;Celular\nZé;12\nBruno;81 98765-4321\n", "utf-8")
    summary = json.loads(run("import", str(path), "--dry-run", "--json").out)["summary"]
    assert (summary["error"], summary["conflict"]) == (1, 1)
    done = run("import", str(path), "--yes", "--mend", "2:Celular=(81) 98811-4455", "--resolve", "3=skip")
    assert (done.code, run("count", "Zé").out) == (0, "1\n"), done.err
    assert run("import", str(path), "--yes", "--resolve", "3=perhaps").code == 1
    assert run("import", str(path), "--yes", "--resolve", "three=skip").code == 2
    assert run("import", str(path), "--yes", "--mend", "Celular=12").code == 2
    assert run("import", str(path), "--yes", "--mend", "2:Fax=12").code == 1


def test_the_policy_of_a_column_is_taken_from_the_command_line(run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Nome;Celular;Tags;City\nAna Lima;81 98765-4321;fair;Natal\n", "utf-8")
    assert run("import", str(path), "--yes", "--policy", "tags=replace", "--policy", "City=fill").code == 0
    [ana] = json.loads(run("find", "Ana", "--json").out)
    assert (ana["tags"], ana["fields"]["city"]) == (["fair"], "Recife")
    wrong = run("import", str(path), "--dry-run", "--policy", "Tags=set")
    assert (wrong.code, "add, replace, remove" in wrong.err) == (1, True)
    assert run("import", str(path), "--dry-run", "--policy", "Labels=add").code == 1
    assert run("import", str(path), "--dry-run", "--policy", "Tags").code == 2
