"""TinyDB's own tests, of the installed version, with this project's storage and table in the place of TinyDB's."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

MEMORY = "asserts the attribute `memory` of TinyDB's memory storage, whose contents it sets to what are no tables"
FILE = "asserts the JSON file itself, or the ways in which TinyDB opens it"

EXCEPTIONS = {
    "test_middlewares.py::test_caching_write_many": MEMORY,
    "test_middlewares.py::test_caching_flush": MEMORY,
    "test_middlewares.py::test_caching_flush_manually": MEMORY,
    "test_middlewares.py::test_caching_write": MEMORY,
    "test_storages.py::test_in_memory": MEMORY,
    "test_middlewares.py::test_caching_json_write": "asserts that TinyDB's file handle is closed",
    "test_storages.py::test_json": FILE,
    "test_storages.py::test_json_kwargs": FILE,
    "test_storages.py::test_json_read": FILE,
    "test_storages.py::test_create_dirs": FILE,
    "test_storages.py::test_json_invalid_directory": FILE,
    "test_storages.py::test_encoding": FILE,
    "test_storages.py::test_json_invalid_mode_warning": FILE,
    "test_tables.py::test_table_repr": "asserts the names of TinyDB's storage classes",
}

CONFTEST = '''
"""Put the hub's storage and table in the place of TinyDB's, before any test imports them."""
import tinydb
import tinydb.storages
from contacthub.engine.sqlite import SqliteStore
from contacthub.engine.tiny.storage import SqliteStorage
from contacthub.engine.tiny.table import Table


class JSONStorage(SqliteStorage):
    def __init__(self, path, **options):
        super().__init__(path)


class MemoryStorage(SqliteStorage):
    def __init__(self):
        super().__init__(SqliteStore.open(":memory:"))


stock = tinydb.TinyDB.table_class


def table(storage, name, **options):
    return (Table if isinstance(storage, SqliteStorage) else stock)(storage, name, **options)


tinydb.TinyDB.table_class = staticmethod(table)
tinydb.TinyDB.default_storage_class = tinydb.JSONStorage = tinydb.storages.JSONStorage = JSONStorage
tinydb.storages.MemoryStorage = MemoryStorage
'''


@pytest.fixture
def suite(tmp_path) -> Path:
    """The folder of TinyDB's tests, out of the source distribution of the version that is installed."""
    wanted = f"tinydb=={version('tinydb')}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--quiet", wanted]
    try:
        fetched = subprocess.run([*command, "--dest", str(tmp_path)], capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip(f"the source distribution of {wanted} could not be had in time")
    archives = list(tmp_path.glob("tinydb-*.tar.gz"))
    if not archives:
        pytest.skip(f"the source distribution of {wanted} cannot be had: {fetched.stderr.strip()[-200:]}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    folders = list(tmp_path.glob("tinydb-*/tests"))
    if not folders:
        pytest.skip(f"the source distribution of {wanted} holds no tests")
    return folders[0]


def test_tinydbs_own_tests_pass_but_for_named_exceptions(suite, tmp_path):
    # Away from TinyDB's source, so that the installed one is tested; its conftest stays, ours comes first.
    work = tmp_path / "work"
    work.mkdir()
    suite.rename(work / "tests")
    (work / "conftest.py").write_text(CONFTEST)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-p", "no:randomly", "tests"],
        cwd=work, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    results = [line.split()[:2] for line in ran.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "ERROR"))]
    plain = [(result, name.removeprefix("tests/").partition("[")[0]) for result, name in results]
    failed = {name for result, name in plain if result != "PASSED"}
    passed = [name for result, name in plain if result == "PASSED"]
    assert failed == EXCEPTIONS.keys() & {name for _, name in plain}, ran.stdout[-5000:]
    assert len(passed) >= 200
