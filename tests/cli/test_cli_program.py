"""The program as a whole: options anywhere, exit codes, pipes, missing hubs, no traceback; as a process where that is
the point."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import contacthub
from contacthub.cli.app import app

PROGRAM = str(Path(sys.executable).with_name("contacthub"))


def test_hub_is_named_before_or_after_the_command(run, hub_path: Path) -> None:
    for arguments in (("--hub", str(hub_path), "count"), ("count", "--hub", str(hub_path))):
        assert run(*arguments, CONTACTHUB_HUB="nowhere.hub").out == "3\n"


def test_the_nearer_option_wins(run, hub_path: Path) -> None:
    assert run("--hub", "nowhere.hub", "count", "--hub", str(hub_path)).out == "3\n"
    assert run("--hub", str(hub_path), "groups", "create", "New", "--json", CONTACTHUB_HUB="").code == 0


def test_missing_hub_is_told_with_what_to_do(run, tmp_path: Path) -> None:
    answer = run("find", CONTACTHUB_HUB=str(tmp_path / "none.hub"))
    assert answer.code == 1
    assert "none.hub" in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "none.hub").exists()


def test_a_file_that_is_no_hub_is_refused(run, tmp_path: Path) -> None:
    path = tmp_path / "notes.hub"
    path.write_text("hello")
    answer = run("find", CONTACTHUB_HUB=str(path))
    assert answer.code == 1
    assert path.read_text() == "hello"
    assert len(answer.err.strip().splitlines()) == 1


def test_debug_shows_the_traceback(run) -> None:
    assert "Traceback" in run("find", "ctiy = x", "--debug").err
    assert "Traceback" not in run("find", "ctiy = x").err


def test_exit_codes_reach_the_shell(program) -> None:
    assert (program("find", "ctiy = x").returncode, program("fnd").returncode) == (1, 2)


def test_without_a_terminal_there_is_no_colour(program) -> None:
    for arguments in (("find",), ("--help",)):
        answer = program(*arguments)
        assert answer.returncode == 0
        assert "\x1b" not in answer.stdout + answer.stderr


def test_terminal_interface_needs_a_terminal(run) -> None:
    for arguments in ((), ("tui",)):
        answer = run(*arguments)
        assert answer.code == 2
        assert "needs a terminal" in answer.err


def commands(command, *words: str):
    """All commands of the program, each with the words that call it."""
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *words, name)


def named_commands(text: str) -> list[list[str]]:
    """The words of each command that a text names between backticks."""
    return [named.split() for named in re.findall(r"`contacthub ([^`]+)`", text)]


def unknown_words(named: list[str]) -> list[str]:
    """Which words of a command that is named are neither commands nor options of it; arguments are not looked at."""
    command, unknown = typer.main.get_command(app), []
    options = {option for parameter in command.params for option in parameter.opts}
    before = ""
    for word in named:
        inner = getattr(command, "commands", None)
        if word.startswith("-"):
            unknown += [] if word in options else [word]
        elif inner and not before.startswith("-"):  # else the value of an option, or an argument
            if word not in inner:
                return [*unknown, word]
            command = inner[word]
            options |= {option for parameter in command.params for option in parameter.opts}
        before = word
    return unknown


def texts_of(source: str) -> list[str]:
    """The texts of a module, with `…` for what is filled in."""
    return [
        "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        if isinstance(node, ast.JoinedStr)
        else node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    ]


def test_a_command_that_is_named_is_looked_at_whole() -> None:
    assert named_commands("`contacthub restore BACKUP --hub NEW`") == [["restore", "BACKUP", "--hub", "NEW"]]
    for named, wrong in (
        ("restore BACKUP --hub NEW", []), ("restroe BACKUP", ["restroe"]), ("restore BACKUP --hbu NEW", ["--hbu"]),
        ("--hub … init", []), ("imports shwo 1", ["shwo"]), ("imports show 1", []), ("undo 3", []),
    ):  # fmt: skip
        assert unknown_words(named.split()) == wrong


def test_no_message_names_a_command_that_there_is_not() -> None:
    sources = sorted(Path(contacthub.__file__).parent.rglob("*.py"))
    texts = [(source.name, text) for source in sources for text in texts_of(source.read_text("utf-8"))]
    named = [(source, words) for source, text in texts for words in named_commands(text)]
    assert len(named) > 20
    assert [(source, words) for source, words in named if unknown_words(words)] == []


def test_every_help_is_shown_and_tells_of_flags_without_a_type_and_of_no_command_that_there_is_not(run) -> None:
    known = dict(commands(typer.main.get_command(app)))
    for words in known:
        told = run(*words, "--help").out
        assert f"Usage: contacthub {' '.join(words)}".rstrip() in told
        assert "<bool>" not in told
        sentences = " ".join(told.replace("│", " ").split())
        for named in named_commands(sentences):
            assert unknown_words(named) == [], (words, named)


def test_sentences_of_help_are_broken_where_they_are_shown() -> None:
    for words, command in commands(typer.main.get_command(app)):
        texts = [command.help, *(parameter.help for parameter in command.params)]
        assert not any("\n" in (text or "") for text in texts), words
        assert not words or command.help.endswith("."), words


def test_version(program) -> None:
    assert program("--version").stdout == f"contacthub {contacthub.__version__}\n"


def test_a_reader_that_leaves_is_no_error(hub_path: Path) -> None:
    with contacthub.open(hub_path) as hub:
        hub.find("").tag(*(f"tag {number:03}" + "x" * 50 for number in range(90)))
        for number in range(40):
            hub.contacts.create(name=f"Somebody {number}", remarks="x" * 9000, urns=[f"mailto:s{number}@example.com"])
    environment = {**os.environ, "CONTACTHUB_HUB": str(hub_path)}
    process = subprocess.Popen(
        [PROGRAM, "find", "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(180) == 0
    process.stderr.close()


def test_interrupt_is_quiet(hub_path: Path) -> None:
    # `import -` waits for standard input, so it is certain to be interrupted at work.
    environment = {**os.environ, "CONTACTHUB_HUB": str(hub_path)}
    process = subprocess.Popen(
        [PROGRAM, "import", "-", "--dry-run", "--debug"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(b"x" * (1 << 21))  # returns when the program reads
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_init_makes_a_hub_once(run, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "new.hub"
    assert run("init", "--country", "BR", "--name", "Feira", CONTACTHUB_HUB=str(path)).code == 0
    assert json.loads(run("settings", "--json", CONTACTHUB_HUB=str(path)).out)["country"] == "BR"
    again = run("init", CONTACTHUB_HUB=str(path))
    assert again.code == 1
    assert "already" in again.err


def test_init_with_a_wrong_setting_leaves_no_hub(run, tmp_path: Path) -> None:
    path = tmp_path / "new.hub"
    assert run("init", "--country", "Brazil", CONTACTHUB_HUB=str(path)).code == 1
    assert not path.exists()


def test_own_hub_is_where_the_system_keeps_user_data(run, tmp_path: Path) -> None:
    assert run("init", CONTACTHUB_HUB="", XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path)).code == 0
    assert len(list(tmp_path.rglob("contacts.hub"))) == 1


def test_backup_opens_as_a_hub_and_overwrites_nothing(run, tmp_path: Path) -> None:
    copy = tmp_path / "copy.hub"
    assert run("backup", str(copy)).code == 0
    assert run("count", "--hub", str(copy)).out == "3\n"
    assert run("backup", str(copy)).code == 1


def test_doctor_tells_where_the_hub_is(run, hub_path: Path) -> None:
    facts = json.loads(run("doctor", "--json").out)
    assert (facts["hub"], facts["contacts"]) == (str(hub_path), 3)
    assert run("doctor", CONTACTHUB_HUB="nowhere.hub").code == 1


def test_output_is_utf8_whatever_the_locale(run, program) -> None:
    assert run("create", "--name", "Zoé 日本", "--urn", "mailto:z@example.com").code == 0
    answer = program("find", "Zoé", "--columns", "name", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert "Zoé 日本" in answer.stdout


def test_commands_load_neither_pandas_nor_textual(hub_path: Path) -> None:
    code = (
        "import sys\nfrom contacthub.cli import main\n"
        "for line in ('--help', 'find Ana', 'tag Ana x', 'show Ana', 'tag Ana y --dry-run', 'history --contact Ana'):\n"
        "    main(line.split())\n"
        "print(*({'pandas', 'textual', 'openpyxl', 'IPython', 'ipywidgets'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = {**os.environ, "CONTACTHUB_HUB": str(hub_path)}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=180)
    assert answer.stderr.strip() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "rows.csv", "--dry-run", "--group", "A", "--group", "B"),
        ("import", "rows.csv", "--dry-run", "--report", "a.html", "--report", "b.html"),
        ("find", "Ana", "--limit", "1", "-n", "2"),
    ],
)
def test_an_option_of_one_value_is_not_said_twice(run, arguments: tuple[str, ...]) -> None:
    answer = run(*arguments)
    assert (answer.code, "takes one value" in answer.err) == (2, True)


def test_a_flag_and_an_option_of_several_values_are_said_as_often_as_wanted(run) -> None:
    assert run("find", "Ana", "--json", "--json").code == 0
