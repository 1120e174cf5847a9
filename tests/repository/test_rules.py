"""Rules of the repository that no linter checks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "contacthub"


def kept_files() -> list[Path]:
    """Text files under version control (all files, where this is no clone)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in (".png", ".xlsx", ".csv", ".hub")]


def test_no_file_holds_an_absolute_path_of_a_machine() -> None:
    pattern = re.compile(rf"{re.escape(str(ROOT))}/|(?<![\w.])/(?:home|Users|root|work)/\w")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in kept_files()
        for match in pattern.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "raise NotImplemented" + "Error", "XX" + "X"])
def test_nothing_is_left_for_later(word: str) -> None:
    assert [path for path in PACKAGE.rglob("*.py") if re.search(rf"\b{word}\b", path.read_text("utf-8"))] == []


def test_files_are_short_enough_to_read() -> None:
    long = {path.name: count for path in PACKAGE.rglob("*.py") if (count := len(path.read_text().splitlines())) > 500}
    assert long == {}


def test_every_room_says_what_it_is_for() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        assert path.read_text("utf-8").lstrip().startswith('"""'), path.relative_to(ROOT)


HEAVY = ("pandas", "textual", "openpyxl", "tinydb", "IPython", "ipywidgets", "anywidget", "matplotlib")


@pytest.mark.parametrize("module", ["contacthub", "contacthub.cli", "contacthub.hub"])
def test_import_of_the_core_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*({{name.partition('.')[0] for name in sys.modules}} & set({HEAVY!r})))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []
