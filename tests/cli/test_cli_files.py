"""Files that commands write: nothing that is there is lost unless somebody says so."""

from pathlib import Path

import pytest

import contacthub as ch
from contacthub.errors import Refused
from contacthub.tables.targets import spare_hub

ROWS = "Nome;Celular;Fone\nDavi;(81) 98811-4455;\nZé;12;\n"
EARLIER = 'description = "precious"\n'
"""A recipe, which a later one may replace."""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, "utf-8")
    return path


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["plain", "force"])
@pytest.mark.parametrize("option", ["--problem-rows", "--save-recipe"])
def test_the_imported_file_is_never_written_over(run, rows: Path, option: str, force: tuple[str, ...]) -> None:
    answer = run("import", str(rows), "--dry-run", option, str(rows), *force)
    assert answer.code == 1
    assert rows.read_text("utf-8") == ROWS


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("export",), "there.xlsx"),
        (("import", "rows.csv", "--dry-run", "--problem-rows"), "there.xlsx"),
        (("import", "rows.csv", "--dry-run", "--report"), "there.xlsx"),
        (("import", "rows.csv", "--dry-run", "--save-recipe"), "there.toml"),
    ],
)
def test_a_file_that_is_there_is_replaced_by_force_alone(
    run, rows: Path, command: tuple[str, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rows.parent)
    there = rows.parent / name
    there.write_text(EARLIER)
    refused = run(*command, name)
    assert (refused.code, "--force" in refused.err) == (1, True)
    assert there.read_text() == EARLIER
    assert run(*command, name, "--force").code in (0, 3)
    assert there.read_bytes() != EARLIER.encode()


@pytest.mark.parametrize("way", ["--dry-run", "--yes"])
@pytest.mark.parametrize("name", ["precious.hub", "precious.toml"])
def test_a_recipe_replaces_a_recipe_alone(run, rows: Path, tmp_path: Path, name: str, way: str) -> None:
    ch.open(tmp_path / name, create=True, actor="bia").close()
    before = (tmp_path / name).read_bytes()
    answer = run("import", str(rows), way, "--save-recipe", str(tmp_path / name), "--force")
    assert (answer.code, answer.out) == (1, "")
    assert "Choose another name" in answer.err or ".toml" in answer.err
    assert (tmp_path / name).read_bytes() == before
    assert run("count").out.strip() == "3"


def test_a_trial_export_is_refused_as_the_real_one(run, rows: Path) -> None:
    assert run("export", str(rows), "--dry-run").code == 1


def test_two_options_do_not_share_a_file(run, rows: Path, tmp_path: Path) -> None:
    both = str(tmp_path / "both.xlsx")
    answer = run("import", str(rows), "--dry-run", "--report", both, "--problem-rows", both)
    assert answer.code == 2


def test_nothing_is_exported_over_the_hub_itself(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    (tmp_path / "link.csv").symlink_to(path)
    with ch.open(path, create=True, actor="bia") as hub:
        hub.contacts.create(name="Ana", urns=["tel:+5581987654321"])
        preview = hub.imports.preview(hub.find("").to_pandas())
        for write in (hub.export, hub.export_history, preview.export_problems, preview.save_recipe):
            for name in ("people.csv", "link.csv"):
                with pytest.raises(Refused) as refused:
                    write(tmp_path / name)
                assert refused.value.code == "exists"
    with ch.open(path, actor="bia") as hub:
        assert len(hub.contacts) == 1


@pytest.fixture
def table_hub(hub_path: Path, tmp_path: Path) -> Path:
    """A hub whose name could be that of an export."""
    path = tmp_path / "people.csv"
    path.write_bytes(hub_path.read_bytes())
    (tmp_path / "link.csv").symlink_to(path)
    return path


WRITING = [
    ("export", "{}", "--force"),
    ("export", "{}", "--force", "--dry-run"),
    ("import", "rows.csv", "--dry-run", "--force", "--report", "{}"),
    ("import", "rows.csv", "--dry-run", "--force", "--problem-rows", "{}"),
    ("import", "rows.csv", "--dry-run", "--force", "--save-recipe", "{}"),
    ("import", "rows.csv", "--yes", "--force", "--save-recipe", "{}"),
    ("history", "--export", "{}"),
    ("template", "{}"),
    ("backup", "{}"),
    ("dump", "{}"),
    ("dossier", "Ana", "--output", "{}"),
    ("doctor", "--rescue", "{}"),
]


@pytest.mark.parametrize(
    "name",
    ["people.csv", "link.csv", "people.csv-wal", "people.csv-shm", "people.csv.secret", "people.csv-columns/x",
     "people.csv.form-1.backup", "people.csv.form-12-2.backup"],
)  # fmt: skip
@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_no_command_writes_where_the_hub_is_or_keeps_its_files(
    run, rows: Path, table_hub: Path, command: tuple[str, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(rows.parent)
    with ch.open(table_hub, actor="bia") as hub:  # so that its files are there
        hub.find("Ana").tag("held")
        answer = run(*(word.format(name) for word in command), CONTACTHUB_HUB=str(table_hub), CONTACTHUB_ACTOR="bia")
        assert (answer.code, answer.out) == (1, "")
        assert "Choose another name" in answer.err
        assert len(hub.find("tag = held")) == 1
    with ch.open(table_hub, actor="bia") as hub:
        assert [contact.name for contact in hub.find("tag = held").page()] == ["Ana Lima"]
        assert hub.verify() == []


@pytest.mark.parametrize("made", ["table_hub", "older_hub"])
def test_what_a_hub_keeps_beside_its_file_is_known(request: pytest.FixtureRequest, made: str) -> None:
    path = request.getfixturevalue(made)
    before = {file for file in path.parent.iterdir() if file != path}
    with ch.open(path, actor="bia") as hub:
        hub.find("Ana").tag("held")
        hub.contacts.forget(hub.find("Ana").at(0), hub.find("Ana").at(0).name)
        kept = set(path.parent.iterdir()) - before
        assert len(kept) > (3 if made == "table_hub" else 4)
        for file in kept:
            with pytest.raises(Refused):
                spare_hub(file, path)


def test_a_name_that_only_begins_as_that_of_the_hub_is_free(table_hub: Path) -> None:
    spare_hub(table_hub.with_name("people.csv-2026-11-01"), table_hub)
    spare_hub(table_hub.with_name("people.csv.json"), table_hub)
    spare_hub(table_hub.with_name("people.csv.form-1.backup.csv"), table_hub)
    spare_hub(table_hub.with_name("people.csv.form-.backup"), table_hub)


@pytest.mark.parametrize("target", ["nowhere/all.csv", "folder.csv", "all.txt"])
def test_a_trial_export_is_refused_where_the_export_would_be(run, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    tried = run("export", str(tmp_path / target), "--force", "--dry-run")
    assert tried.code == 1
    assert tried == run("export", str(tmp_path / target), "--force")
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("test.hub")} == {"folder.csv"}


def test_an_export_in_python_replaces_an_older_one(tmp_path: Path) -> None:
    with ch.open(":memory:", actor="bia") as hub:
        hub.export(tmp_path / "all.csv")
        hub.contacts.create(name="Ana", urns=["tel:+5581987654321"])
        assert hub.export(tmp_path / "all.csv").count == 1
        assert "Ana" in (tmp_path / "all.csv").read_text("utf-8-sig")
        with pytest.raises(ch.errors.FileError):
            hub.imports.template(tmp_path / "form.csv")
        assert not (tmp_path / "form.csv").exists()


def test_a_template_is_a_workbook(run, tmp_path: Path) -> None:
    answer = run("template", str(tmp_path / "form.csv"))
    assert (answer.code, ".xlsx" in answer.err) == (1, True)
    assert not (tmp_path / "form.csv").exists()


def test_rows_to_mend_are_also_those_without_an_identity(run, tmp_path: Path) -> None:
    path, wrong = tmp_path / "list.csv", tmp_path / "wrong.csv"
    path.write_text("Nome;Celular\nDavi;81 98811-4455\nLia;\nZé;12\nAna Lima;81 98765-4321\n", "utf-8")
    assert run("import", str(path), "--dry-run", "--only", "create", "--problem-rows", str(wrong)).code == 3
    lines = wrong.read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["Nome", "Lia", "Zé"]  # Ana was left out because she was to be
    assert "no phone" in lines[1]


def test_no_list_for_sending_is_written_without_the_numbers(run, tmp_path: Path) -> None:
    run("settings", "redact_urns=yes")
    refused = run("export", str(tmp_path / "send.csv"), "--for-sending")
    assert (refused.code, "redact_urns=no" in refused.err) == (1, True)
    assert not (tmp_path / "send.csv").exists()
    assert "redact_urns=no" in run("dump", str(tmp_path / "all.json")).err
    assert run("export", str(tmp_path / "all.csv")).code == 0


def test_a_hub_is_restored_into_a_folder_that_is_there(run, hub_path: Path, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.hub")
    assert run("backup", copy).code == 0
    refused = run("restore", copy, "--hub", str(tmp_path / "new" / "hub.hub"))
    assert (refused.code, "There is no folder" in refused.err, (tmp_path / "new").exists()) == (1, True, False)


@pytest.mark.parametrize("named", ["test.hub", "gone.hub", ""], ids=["there", "gone", "none"])
def test_where_a_hub_is_restored_to_is_said_and_never_taken_from_the_environment(
    run, hub_path: Path, tmp_path: Path, named: str
) -> None:
    copy = str(tmp_path / "copy.hub")
    assert run("backup", copy).code == 0
    usual = str(tmp_path / named) if named else ""
    home = {"CONTACTHUB_HUB": usual, "XDG_DATA_HOME": str(tmp_path / "home")}
    refused = run("restore", copy, **home)
    assert (refused.code, refused.out) == (2, "")
    assert "--hub NEW_HUB" in refused.err
    assert (usual or str(tmp_path / "home")) in refused.err
    assert not (tmp_path / "gone.hub").exists()
    assert not (tmp_path / "home").exists()
    restored = run("restore", copy, "--hub", str(tmp_path / "new.hub"), **home)
    assert restored.out == f"The hub at {tmp_path / 'new.hub'} has 3 contacts.\n"
    assert "CONTACTHUB_HUB" in restored.err
    if named == "gone.hub":
        assert run("restore", copy, "--hub", usual, **home).err == ""


@pytest.mark.parametrize("command", [("init",), ("restore", "copy.hub")])
def test_no_hub_is_made_in_the_memory_of_a_command(run, tmp_path: Path, command: tuple[str, ...], monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("backup", "copy.hub").code == 0
    refused = run(*command, "--hub", ":memory:")
    assert (refused.code, "path of a file" in refused.err, Path(":memory:").exists()) == (2, True, False)


def test_nothing_is_restored_over_a_hub_or_into_its_files(run, hub_path: Path, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.hub")
    assert run("backup", copy).code == 0
    run("tag", "Ana", "since")
    before = hub_path.read_bytes()
    for target in (hub_path, f"{copy}-wal", copy):
        refused = run("restore", copy, "--hub", str(target))
        assert refused.code == 1
        assert "Choose another name" in refused.err or "is there already" in refused.err
    assert hub_path.read_bytes() == before
    assert run("count", "tag = since").out == "1\n"


def test_a_change_of_nobody_says_so(run) -> None:
    for more in ((), ("--dry-run",)):
        assert "matches nobody" in run("tag", "tel = 5581982223334", "vip", *more).out
    assert "matches nobody" not in run("tag", "Ana", "vip").out


def test_a_file_that_is_not_there_or_none_is_named_as_it_was_typed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ch.open(":memory:", actor="bia") as hub:
        with pytest.raises(ch.errors.NotFound, match=r"^There is no file 'nope\.csv'\. Check"):
            hub.imports.preview("nope.csv")
        with pytest.raises(ch.errors.FileError, match=r"^'\.' is a folder"):
            hub.imports.preview(".")


def test_targets_and_columns_are_listed_whole(run, rows: Path, tmp_path: Path) -> None:
    told = run("import", str(rows), "--dry-run", "--map", "Fone=Nope:x").err
    for target in ("Phone:WhatsApp", "Phone:Country", "Phone:Area", "Phone:Number"):
        assert target in told
    told = run("export", str(tmp_path / "x.csv"), "-c", "nope").err
    assert "Opt In On" in told
    assert run("export", str(tmp_path / "x.csv"), "-c", "Opt In,Opt In On").code == 0


def test_standard_input_has_one_name(run) -> None:
    shown = run("import", "-", "--dry-run", input=ROWS).out
    assert "Preview of stdin" in shown
