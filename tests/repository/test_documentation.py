"""The documentation is whole: every command, option, setting and error code is there, and no link is broken."""

import ast
import dataclasses
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from contacthub.model.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "errors.md"])
def test_reference_is_that_of_the_program(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == load("reference").page(name), "run: python docs/reference.py"


def test_every_command_and_option_says_what_it_does() -> None:
    reference = load("reference")
    import typer

    from contacthub.cli.app import app

    for name, command in reference.commands(typer.main.get_command(app)):
        assert command.help, name
        for parameter in command.params:
            assert parameter.help, (name, parameter.name)


@pytest.mark.parametrize("setting", [field.name for field in dataclasses.fields(Settings)])
def test_setting_is_documented(setting: str) -> None:
    assert f"| `{setting}` |" in (DOCS / "settings.md").read_text("utf-8")


MAKERS = re.compile(r"(error|invalid|unsupported|refusal|refused)$")


def codes() -> set[str]:
    """Every code that an error of the package may carry: `code="…"` in calls and classes, the first argument of
    functions that make errors, and the keys of tables of messages."""
    found = set()
    for path in (ROOT / "src" / "contacthub").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            targets = {getattr(name, "id", "") for name in node.targets} if isinstance(node, ast.Assign) else set()
            value = getattr(node, "value", None)
            if (isinstance(node, ast.keyword) and node.arg == "code") or "code" in targets:
                found |= constants(value)
            elif "_MESSAGES" in targets:
                found |= {key for child in getattr(value, "keys", ()) for key in constants(child)}
            elif isinstance(node, ast.Call) and MAKERS.search(getattr(node.func, "attr", getattr(node.func, "id", ""))):
                found |= {text for argument in node.args[:2] for text in constants(argument) if "_" in text}
    settings = {field.name for field in dataclasses.fields(Settings)}
    return {code for code in found - settings if re.fullmatch(r"[a-z]+(_[a-z]+)*", code)}


def constants(node: ast.AST | None) -> set[str]:
    choices = (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)
    return {choice.value for choice in choices if isinstance(choice, ast.Constant) and isinstance(choice.value, str)}


@pytest.mark.parametrize("code", sorted(codes()))
def test_error_code_is_documented(code: str) -> None:
    assert f"| `{code}` |" in (DOCS / "errors.md").read_text("utf-8")


def test_pages_are_built_without_a_broken_link(tmp_path: Path) -> None:
    written = load("build").build(tmp_path / "docs")
    assert {path.name for path in written} >= {"index.html", "cli.html", "errors.html"}
    index = (tmp_path / "docs" / "index.html").read_text("utf-8")
    for address in re.findall(r'(?:href|src)="([^"#]+)', index):
        assert (tmp_path / "docs" / address).exists(), address


def test_pages_load_nothing_from_elsewhere(tmp_path: Path) -> None:
    for path in load("build").build(tmp_path / "docs"):
        assert not re.search(r'(?:src=|<link|@import|url\()\s*"?https?:', path.read_text("utf-8")), path.name


@pytest.mark.parametrize("target", ["nowhere.md", "index.md#nothing-of-that-name", "pictures/none.png"])
def test_broken_link_is_an_error(target: str, tmp_path: Path) -> None:
    build = load("build")
    path = tmp_path / "wrong.md"
    path.write_text(f"# Wrong\n\n[there]({target})\n", "utf-8")
    pages = {page.stem: build.read(page) for page in DOCS.glob("*.md")}
    with pytest.raises(build.BrokenLink):
        build.check(build.read(path), pages)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_files_that_the_front_pages_name_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert re.match(r"https?:", target) or (ROOT / target).exists(), target
