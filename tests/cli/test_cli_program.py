"""The program as a process: options anywhere, exit codes, pipes, missing hubs, no traceback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import contacthub

PROGRAM = str(Path(sys.executable).with_name("contacthub"))


def test_hub_is_named_before_or_after_the_command(program, hub_path: Path) -> None:
    for arguments in (("--hub", str(hub_path), "count"), ("count", "--hub", str(hub_path))):
        assert program(*arguments, CONTACTHUB_HUB="nowhere.hub").stdout == "3\n"


def test_the_nearer_option_wins(program, hub_path: Path) -> None:
    assert program("--hub", "nowhere.hub", "count", "--hub", str(hub_path)).stdout == "3\n"
    assert program("--hub", str(hub_path), "groups", "create", "New", "--json", CONTACTHUB_HUB="").returncode == 0


def test_missing_hub_is_told_with_what_to_do(program, tmp_path: Path) -> None:
    answer = program("find", CONTACTHUB_HUB=str(tmp_path / "none.hub"))
    assert answer.returncode == 1
    assert "none.hub" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "none.hub").exists()


def test_a_file_that_is_no_hub_is_refused(program, tmp_path: Path) -> None:
    path = tmp_path / "notes.hub"
    path.write_text("hello")
    answer = program("find", CONTACTHUB_HUB=str(path))
    assert answer.returncode == 1
    assert path.read_text() == "hello"
    assert len(answer.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback(program) -> None:
    assert "Traceback" in program("find", "ctiy = x", "--debug").stderr
    assert "Traceback" not in program("find", "ctiy = x").stderr


def test_without_a_terminal_there_is_no_colour(program) -> None:
    for arguments in (("find",), ("--help",), ("groups",), ("history",)):
        answer = program(*arguments)
        assert answer.returncode == 0
        assert "\x1b" not in answer.stdout + answer.stderr


def test_terminal_interface_needs_a_terminal(program) -> None:
    for arguments in ((), ("tui",)):
        answer = program(*arguments)
        assert answer.returncode == 2
        assert "needs a terminal" in answer.stderr


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


def test_init_makes_a_hub_once(program, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "new.hub"
    assert program("init", "--country", "BR", "--name", "Feira", CONTACTHUB_HUB=str(path)).returncode == 0
    assert json.loads(program("settings", "--json", CONTACTHUB_HUB=str(path)).stdout)["country"] == "BR"
    again = program("init", CONTACTHUB_HUB=str(path))
    assert again.returncode == 1
    assert "already" in again.stderr


def test_init_with_a_wrong_setting_leaves_no_hub(program, tmp_path: Path) -> None:
    path = tmp_path / "new.hub"
    assert program("init", "--country", "Brazil", CONTACTHUB_HUB=str(path)).returncode == 1
    assert not path.exists()


def test_own_hub_is_where_the_system_keeps_user_data(program, tmp_path: Path) -> None:
    assert program("init", CONTACTHUB_HUB="", XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path)).returncode == 0
    assert len(list(tmp_path.rglob("contacts.hub"))) == 1


def test_backup_opens_as_a_hub_and_overwrites_nothing(program, tmp_path: Path) -> None:
    copy = tmp_path / "copy.hub"
    assert program("backup", str(copy)).returncode == 0
    assert program("count", "--hub", str(copy)).stdout == "3\n"
    assert program("backup", str(copy)).returncode == 1


def test_doctor_tells_where_the_hub_is(program, hub_path: Path) -> None:
    facts = json.loads(program("doctor", "--json").stdout)
    assert (facts["hub"], facts["contacts"]) == (str(hub_path), 3)
    assert program("doctor", CONTACTHUB_HUB="nowhere.hub").returncode == 1


def test_output_is_utf8_whatever_the_locale(program) -> None:
    assert program("create", "--name", "Zoé 日本", "--urn", "mailto:z@example.com").returncode == 0
    answer = program("find", "Zoé", "--columns", "name", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert "Zoé 日本" in answer.stdout


@pytest.mark.parametrize("arguments", [("--help",), ("find", "Ana"), ("tag", "Ana", "x"), ("show", "Ana")])
def test_commands_load_neither_pandas_nor_textual(hub_path: Path, arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom contacthub.cli import main\n"
        f"main({arguments!r})\n"
        "print(*({'pandas', 'textual', 'openpyxl', 'IPython', 'ipywidgets'} & set(sys.modules)), file=sys.stderr)"
    )
    environment = {**os.environ, "CONTACTHUB_HUB": str(hub_path)}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=180)
    assert answer.stderr.strip() == ""
