"""The process that reads workbooks may say anything, or die: who asked lives on and takes nothing but values."""

from __future__ import annotations

from pathlib import Path

import pytest

from contacthub.errors import FileError
from contacthub.tables import guarded
from contacthub.tables.limits import DEFAULT, Limits

ACTS = """
import os, pickle, sys
class Acts:
    def __reduce__(self):
        return os.mkdir, (sys.argv[2] + ".made",)
sys.stdout.buffer.write(pickle.dumps(("sheets", Acts())))
"""


@pytest.mark.parametrize(
    ("child", "code"),
    [
        (ACTS, "hostile_file"),
        ("import os; os.abort()", "hostile_file"),
        ("print('no message')", "hostile_file"),
        ("", "hostile_file"),
        ("import pickle, sys; sys.stdout.buffer.write(pickle.dumps(('error', 'ZipError')))", "corrupt_file"),
        ("import pickle, sys; sys.stdout.buffer.write(pickle.dumps(('error', 'PasswordError')))", "encrypted_file"),
    ],
    ids=["acts", "dies", "babbles", "is silent", "finds damage", "finds a password"],
)
def test_whatever_the_reader_does_is_a_file_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, child: str, code: str
) -> None:
    script = tmp_path / "child.py"
    script.write_text(child)
    monkeypatch.setattr(guarded, "_CHILD", script)
    path = tmp_path / "people.xls"
    path.write_bytes(b"")
    with pytest.raises(FileError) as error:
        guarded.sheets(path, DEFAULT)
    assert error.value.code == code
    assert not Path(f"{path}.made").exists()


def test_the_reader_gets_no_more_memory_than_it_may_have() -> None:
    path = Path(__file__).with_name("data") / "people.xls"
    assert guarded.sheets(path, DEFAULT) == [("Leads", "visible"), ("Notes", "visible")]
    with pytest.raises(FileError) as error:
        guarded.sheets(path, Limits(memory=8 * 1024**2))
    assert error.value.code == "hostile_file"
