"""The page on channels is true: its Python runs on the sample data, and its tables name what there is."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from contacthub import channels
from contacthub.channels.words import OPT_IN, OPT_OUT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "channels.md").read_text("utf-8")


def test_its_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_data").mkdir()
    shutil.copy(ROOT / "sample_data" / "events.jsonl", tmp_path / "sample_data")
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        exec(compile(block, "channels.md", "exec"), names)
    with names["hub"] as hub:
        assert names["report"].created > 100
        assert len(names["waiting"]) > 10
        assert (names["receipt"].outcome, hub.contacts.get(names["receipt"].contact).name) == ("created", "Ana")


@pytest.mark.parametrize("name", sorted({event.__name__ for event in channels.Event.__subclasses__()}))
def test_it_names_every_event(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_it_names_every_word() -> None:
    assert ", ".join(OPT_OUT) in PAGE
    assert ", ".join(OPT_IN) in PAGE
