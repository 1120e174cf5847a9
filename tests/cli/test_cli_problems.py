"""Problems of an import on the terminal: which rows and columns have them, and how to mend them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def preview(run, tmp_path: Path) -> Callable[..., str]:
    """What a trial import of a text says."""

    def preview(text: str, *options: str) -> str:
        path = tmp_path / "list.csv"
        path.write_text(text, "utf-8")
        answer = run("import", str(path), "--dry-run", *options)
        assert answer.code in (0, 3), answer.err
        return answer.out

    return preview


def test_every_row_of_a_problem_is_named(preview) -> None:
    shown = preview("Nome;Celular\nDavi;98811-4455\nLia;81 98811-4466\nZé;98811-4477\n")
    assert "row 2, Celular: 98811-4455 has no area code" in shown
    assert "rows 2, 4" in shown


def test_many_rows_are_named_as_far_as_asked_for(preview) -> None:
    text = "Nome;Celular\n" + "".join(f"N{i};98811-44{i:02}\n" for i in range(30))
    shown = preview(text)
    assert "18 more (--problem-rows" in shown
    assert ", 31\n" in preview(text, "--show", "30")


def test_problems_of_columns_name_them_and_how_to_mend_them(preview) -> None:
    shown = preview("Nome;Celular;Desde\nDavi;81 98811-4455;03/04/2026\n")
    assert "Desde: The dates could be read" in shown
    assert "write dates like 2026-05-01" in shown
    assert "columns Nome, Celular" in shown


def test_the_page_names_the_columns_of_kinds(run, tmp_path: Path) -> None:
    path, page = tmp_path / "list.csv", tmp_path / "page.html"
    path.write_text("Nome;Celular;Desde\nDavi;81 98811-4455;03/04/2026\n", "utf-8")
    run("import", str(path), "--dry-run", "--report", str(page))
    summary = page.read_text("utf-8").partition("<h2>Problems</h2>")[2].partition("</table>")[0]
    assert "<td>Desde" in summary


TWO = "Nome;Celular;E-mail\nAna Prado;81 98765-4321;bento@example.com\n"


def test_a_row_of_two_contacts_is_decided_with_what_the_preview_shows(run, preview, tmp_path: Path) -> None:
    shown = preview(TWO)
    assert "--resolve ROW=update:UUID" in shown
    [ana] = json.loads(run("find", "Ana", "--json").out)
    assert f"Ana Lima ({ana['uuid']})" in shown
    refused = run("import", str(tmp_path / "list.csv"), "--dry-run", "--resolve", "2=update")
    assert (refused.code, "--resolve 2=update:UUID" in refused.err) == (1, True)
    assert "error" not in preview(TWO, "--resolve", f"2=update:{ana['uuid']}").partition("update")[2]


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("Who;Contact no.\nDavi;x\n", "--map"),
        ("Nome;Celular\nDavi;98811-4455\n", "--area-code"),
        ("Nome;Celular\nBruno;81 98765-4321\n", "--resolve"),
    ],
)
def test_remedies_are_options_of_the_command(run, tmp_path: Path, text: str, option: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, "utf-8")
    answer = run("import", str(path), "--dry-run")
    assert option in answer.out + answer.err


def test_an_outdated_submission_or_plan_tells_the_command(run) -> None:
    from contacthub.imports.checking import plan_outdated

    assert "the same command once more" in str(plan_outdated([2]))


@pytest.mark.parametrize(("way", "taken"), [("merge", "2, 3, 4"), ("first", "2"), ("last", "4")])
def test_rows_of_one_contact_say_which_are_taken(preview, way: str, taken: str) -> None:
    text = "Nome;Celular\nDavi;81 98811-4455\nDavi L;81 98811-4455\nDavi Luz;81 98811-4455\n"
    shown = preview(text, "--duplicates", way)
    assert f"earlier ones: {taken}.\n" in shown
    assert "→" not in shown
