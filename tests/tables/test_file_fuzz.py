"""Damaged files: whatever the bytes, a reader gives a table or a FileError, and nothing else."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from binary_workbook import xlsb
from open_document import cell, ods, row

from contacthub.errors import FileError
from contacthub.tables.read import read


def csv_bytes() -> bytes:
    return 'sep=;\nName;Phone;Note\nAna;"+55 21 98765-4321";"a ""b""\nc"\nBía;2;x\n'.encode()


def jsonl_bytes() -> bytes:
    return b'{"name": "Ana", "urns": ["tel:+5521987654321"], "fields": {"age": 36}}\n{"name": "Bia"}\n'


def xlsx_bytes() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for cells in (["Name", "Phone", "Age"], ["Ana", "+5521987654321", 36], ["Bia", "=1+1", 7.5]):
        sheet.append(cells)
    sheet.merge_cells("A3:A4")
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def parquet_bytes() -> bytes:
    import pyarrow
    import pyarrow.parquet

    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"Name": ["Ana", "Bia"], "Age": [36, None]}), stream)
    return stream.getvalue()


def ods_bytes() -> bytes:
    return ods(*(row(*map(cell, cells)) for cells in (("Name", "Phone"), ("Ana", "+5521987654321"), ("Bia", "2"))))


def xls_bytes() -> bytes:
    return Path(__file__).with_name("data").joinpath("people.xls").read_bytes()


def xlsb_bytes() -> bytes:
    return xlsb(("Leads", "visible", [["Name", "Phone", "Age"], ["Ana", "+5521987654321", 36], ["Bia", "2", True]]))


def damaged(content: bytes, random: random.Random) -> bytes:
    """Some bytes changed, cut out, doubled, or the end cut off."""
    data = bytearray(content)
    for _ in range(random.randint(1, 8)):
        if not data:
            break
        place = random.randrange(len(data))
        kind = random.randrange(5)
        if kind == 0:
            data[place] = random.randrange(256)
        elif kind == 1:
            del data[place : place + random.randint(1, 40)]
        elif kind == 2:
            data[place:place] = data[place : place + random.randint(1, 40)]
        elif kind == 3:
            data[place : place + 4] = random.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"<!--", b'""""', b"&a;<"])
        else:
            del data[max(place, len(data) - 200) :]
    return bytes(data)


def damaged_parts(content: bytes, random: random.Random) -> bytes:
    """A workbook whose parts are damaged, and whose archive is sound."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w") as target:
        victim = random.choice(source.namelist())
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, damaged(data, random) if name == victim else data)
    return stream.getvalue()


MAKERS: list[tuple[str, Callable[[], bytes], Callable[[bytes, random.Random], bytes]]] = [
    ("csv", csv_bytes, damaged),
    ("jsonl", jsonl_bytes, damaged),
    ("xlsx", xlsx_bytes, damaged),
    ("xlsx", xlsx_bytes, damaged_parts),
    ("parquet", parquet_bytes, damaged),
]

IN_PROCESS = ("csv", "jsonl")
"""Files that need no process of their own, so that many are tried in a moment."""


def survives(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        rows = len(read(path))
    except FileError:
        return
    assert rows > 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("ending", "make", "damage"), MAKERS, ids=["csv", "jsonl", "xlsx", "xlsx parts", "parquet"])
def test_a_damaged_file_is_a_table_or_a_file_error(
    tmp_path: Path,
    ending: str,
    make: Callable[[], bytes],
    damage: Callable[[bytes, random.Random], bytes],
) -> None:
    content = make()
    for seed in range(60 if ending in IN_PROCESS else 15):
        survives(tmp_path / f"people.{ending}", damage(content, random.Random(seed)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("ending", "make", "damage"), MAKERS, ids=["csv", "jsonl", "xlsx", "xlsx parts", "parquet"])
def test_many_damaged_files(
    tmp_path: Path, ending: str, make: Callable[[], bytes], damage: Callable[[bytes, random.Random], bytes]
) -> None:
    content = make()
    for seed in range(1000, 1600 if ending in IN_PROCESS else 1120):
        survives(tmp_path / f"people.{ending}", damage(content, random.Random(seed)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ending", "make", "damage"),
    [
        ("ods", ods_bytes, damaged),
        ("ods", ods_bytes, damaged_parts),
        ("xls", xls_bytes, damaged),
        ("xlsb", xlsb_bytes, damaged),
        ("xlsb", xlsb_bytes, damaged_parts),
    ],
    ids=["ods", "ods parts", "xls", "xlsb", "xlsb parts"],
)
def test_damaged_files_of_the_guarded_reader(
    tmp_path: Path, ending: str, make: Callable[[], bytes], damage: Callable[[bytes, random.Random], bytes]
) -> None:
    content = make()
    for seed in range(100):
        survives(tmp_path / f"people.{ending}", damage(content, random.Random(seed)))


@pytest.mark.parametrize(
    "make",
    [csv_bytes, jsonl_bytes, xlsx_bytes, parquet_bytes, ods_bytes, xls_bytes, xlsb_bytes],
    ids=lambda make: make.__name__,
)
def test_what_is_damaged_is_sound_before(tmp_path: Path, make: Callable[[], bytes]) -> None:
    (tmp_path / "people").write_bytes(make())
    assert len(read(tmp_path / "people")) >= 2
