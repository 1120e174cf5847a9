"""--dry-run: all that changes the hub can be tried out, is refused as the real thing is, and leaves nothing behind."""

import json
from pathlib import Path

import pytest
import typer

import contacthub
from contacthub.cli.app import app

EVENTS = Path(__file__).parents[2] / "sample_data" / "events.jsonl"
CHANGES = [
    ("create", "--name", "Davi", "--tag", "new", "--list", "Sales", "--group", "Friends"),
    ("edit", "Ana", "--name", "Ana Souza"),
    ("edit", "Ana", "--tag", "new", "--urn", "mailto:ana@example.com"),
    ("edit", "Ana", "--clear", "tags", "--clear", "fields.city", "--status", "blocked"),
    ("edit", "city != Natal", "--language", "por", "--expect", "3"),
    ("tag", "", "summer"),
    ("delete", ""),
    ("opt-out", "Ana"),
    ("merge", "Ana", "Clara"),
    ("forget", "Ana"),
    ("settings", "country=MX"),
    ("groups", "create", "New"),
    ("groups", "create", "Young", "--query", "age < 18"),
    ("groups", "query", "Adults", "age >= 21"),
    ("groups", "rename", "Adults", "Grown"),
    ("groups", "delete", "Friends"),
    ("groups", "snapshot", "Adults"),
    ("fields", "create", "Shoe"),
    ("fields", "arrange", "City"),
    ("fields", "feature", "City"),
    ("fields", "rename", "City", "Town"),
    ("fields", "retype", "City", "number", "--clear"),
    ("fields", "delete", "City"),
    ("tags", "create", "new"),
    ("tags", "color", "vip", "#2e7d32"),
    ("tags", "rename", "vip", "VIP"),
    ("tags", "merge", "vip", "other", "--into", "vip"),
    ("tags", "delete", "vip"),
    ("lists", "create", "Shop"),
    ("lists", "arrange", "Sales"),
    ("lists", "hide", "Sales"),
    ("lists", "rename", "Sales", "Shop"),
    ("lists", "delete", "Sales"),
    ("members", "create", "bia"),
    ("members", "change", "rui", "--role", "editor"),
    ("members", "delete", "rui"),
    ("searches", "save", "VIPs", "tag = vip"),
    ("searches", "delete", "Mine"),
    ("channels", "create", "Support"),
    ("channels", "rename", "Help", "Support"),
    ("channels", "delete", "Help"),
    ("ingest", str(EVENTS)),
    ("imports", "comment", "1", "looks well"),
    ("imports", "approve", "1", "--actor", "rui"),
    ("imports", "reject", "1"),
    ("undo",),
    ("undo", "1"),
    ("redo",),
]


@pytest.fixture(scope="module")
def busy(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small hub with something of everything."""
    path = tmp_path_factory.mktemp("busy") / "busy.hub"
    path.write_bytes(template.read_bytes())
    rows = path.with_name("rows.csv")
    rows.write_text("Name;URN:tel\nDavi;+5581988114455\n", "utf-8")
    with contacthub.open(path) as hub:
        hub.lists.create("Sales")
        hub.tags.create("other")
        hub.searches.create("Mine", "assignee = me")
        hub.channels.create("Help", phone_number_id="800000000000001")
        hub.members.create("rui", role="admin")
        hub.imports.preview(rows).submit(note="new people")
        hub.find("Ana").tag("x")
        hub.undo()
    return path


def state(path: Path) -> list[object]:
    """All documents of a hub."""
    tables = ("contacts", "operations", "fields", "groups", "tags", "lists", "members", "settings", "searches",
              "channels", "submissions", "snapshots", "consent", "forgotten", "events")  # fmt: skip
    with contacthub.open(path, read_only=True) as hub:
        return [(table, dict(hub.store.scan(table))) for table in tables]


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_what_is_tried_changes_nothing(run, busy: Path, command: tuple[str, ...]) -> None:
    before = state(busy)
    answer = run(*command, "--dry-run", "--hub", str(busy))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("Nothing was changed (--dry-run).\n")
    assert len(answer.out.splitlines()) > 1
    assert state(busy) == before


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_what_is_tried_is_told_to_programs_too(run, busy: Path, command: tuple[str, ...]) -> None:
    json.loads(run(*command, "--dry-run", "--json", "--hub", str(busy)).out)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("tag", "Ana", "x", "--expect", "5"), "not 5"),
        (("edit", "Ana", "--name", "x", "--expect", "5"), "not 5"),
        (("edit", "Ana", "--field", "age=old"), "old"),
        (("create", "--phone", "98765-4321"), "area"),
        (("groups", "create", "friends"), "friends"),
        (("fields", "retype", "City", "number"), "City"),
        (("settings", "country=Brazil"), "country code"),
        (("tags", "rename", "none", "some"), "none"),
        (("undo", "99"), "99"),
    ],
)
def test_what_would_be_refused_is_refused(run, command: tuple[str, ...], words: str) -> None:
    answer = run(*command, "--dry-run")
    assert answer.code == 1
    assert words in answer.err


def test_what_a_role_may_not_do_is_refused(run) -> None:
    run("members", "create", "bia", "--role", "viewer")
    for command in (("tag", "", "x"), ("forget", "Ana"), ("settings", "country=MX"), ("undo",)):
        answer = run(*command, "--dry-run", "--actor", "bia")
        assert answer.code == 1
        assert "viewer" in answer.err or "nothing that bia" in answer.err


def test_old_and_new_values_are_shown(run) -> None:
    lines = run("edit", "Ana", "--name", "Ana Souza", "--dry-run").out.splitlines()
    assert any(line.split() == ["Ana", "Souza", "name", "Ana", "Lima", "Ana", "Souza"] for line in lines)
    changes = json.loads(run("settings", "country=MX", "--dry-run", "--json").out)
    assert changes["changes"] == [{"of": "settings", "property": "country", "before": "BR", "after": "MX"}]
    renamed = json.loads(run("tags", "rename", "vip", "VIP", "--dry-run", "--json").out)
    assert (renamed["id"], renamed["changes"]) == (
        None,
        [{"of": "tags vip", "property": "name", "before": "vip", "after": "VIP"}],
    )


def test_use_of_what_would_go_is_shown(run) -> None:
    assert "field Age: 2 contacts; in the queries of Adults" in run("fields", "rename", "Age", "Years", "--dry-run").out
    assert "tag vip: 1 contact" in run("tags", "delete", "vip", "--dry-run").out


def test_export_that_is_tried_writes_no_file(run, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert "2 contacts would be in" in run("export", str(path), "tag = vip OR city = Olinda", "--dry-run").out
    assert not path.exists()


def test_every_command_can_be_tried_or_changes_nothing() -> None:
    looking = {
        "explain", "counts", "reachable",
        "tui", "find", "count", "show", "consent", "quality", "duplicates", "dossier", "template", "history", "init",
        "backup", "restore", "dump", "check", "doctor", "demo", "groups", "groups snapshots", "groups entered",
        "groups left", "fields", "tags", "lists", "members", "searches", "channels", "imports", "imports pending",
        "imports show",
    }  # fmt: skip

    def without(command, name: str = "") -> set[str]:
        inner = getattr(command, "commands", {})
        mine = set() if not name or any(p.name == "dry_run" for p in command.params) else {name}
        return mine.union(*(without(child, f"{name} {key}".strip()) for key, child in inner.items()))

    assert without(typer.main.get_command(app)) == looking
