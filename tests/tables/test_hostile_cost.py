"""What a hostile file may cost: a few seconds and a bounded amount of memory, and the process that asked lives on."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import peak_memory
import pyarrow
import pyarrow.parquet
import pytest
from open_document import cell, ods, row

pytestmark = pytest.mark.slow

MEMORY = 512 * 1024**2
SECONDS = 5
HELPERS = Path(peak_memory.__file__).parent

_PREVIEW = """
import resource, sys
import contacthub as ch
from contacthub.errors import FileError
from peak_memory import peak, peak_of_children

with ch.open(":memory:", actor="bia") as hub:
    hub.settings.update(country="BR")
    try:
        preview = hub.imports.preview(sys.argv[1])
        assert preview.hash and preview.summary
        code = "read"
    except FileError as error:
        code = error.code
own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
spent = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
print(code, spent, max(peak(), peak_of_children()))
"""


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for cells in (["Name", "Phone"], ["Ana", "21987654321"]):
        book.active.append(cells)  # type: ignore[union-attr]
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change(source.read(name)) if name == part else source.read(name))
    return stream.getvalue()


def with_sheet(sheet: bytes) -> bytes:
    """The workbook with another sheet in the place of its own."""
    return with_part("xl/worksheets/sheet1.xml", lambda _: sheet)


PART = 9_900_000
"""Bytes of a part that is just small enough to be allowed any compression."""
_MAIN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'

_END = b"</row></sheetData></worksheet>"
WIDE = ",".join(["Phone", *(f"c{number}" for number in range(500))])
PHONES: list[object] = [str(21987650000 + i) for i in range(300)]


def repeated(element: bytes, before: bytes = b"<worksheet><sheetData>", after: bytes = b"") -> bytes:
    return with_sheet(before + element * (PART // len(element)) + after)


def more(part: str, before: bytes, element: bytes) -> bytes:
    """An element of a part repeated as often as it may be, before some text of it."""
    return with_part(part, lambda content: content.replace(before, element * (PART // len(element)) + before))


def padded(element: bytes) -> bytes:
    """Forty megabytes of an element, beside noise that keeps the compression under the limit."""
    noise = b"<!--" + random.Random(1).randbytes(450_000).hex().encode() + b"-->"
    return with_sheet(_MAIN.replace(b"<sheetData>", noise + b"<sheetData>") + element * (40_000_000 // len(element)))


def parquet(**columns: Any) -> bytes:
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), stream, compression="zstd")
    return stream.getvalue()


def bomb() -> bytes:
    return with_sheet(b"<worksheet><sheetData>" + b"<row/>" * 50_000_000 + b"</sheetData></worksheet>")


def deep() -> bytes:
    return with_sheet(
        b"<worksheet><sheetData>" + b"<row>" * 300_000 + b"</row>" * 300_000 + b"</sheetData></worksheet>"
    )


def entities() -> bytes:
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12)]
    return with_sheet(f'<!DOCTYPE x [<!ENTITY e0 "lol">{"".join(names)}]><worksheet>&e11;</worksheet>'.encode())


def far() -> bytes:
    cell = b'<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>'
    return with_sheet(b'<worksheet><sheetData><row r="1048576">' + cell + b"</row></sheetData></worksheet>")


def claim() -> bytes:
    """A header that claims a part of a gigabyte."""
    content = bytearray(workbook())
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = (1 << 30).to_bytes(4, "little")
    return bytes(content)


def wide_far() -> bytes:
    """An ods with a cell far to the right and below, by repetition."""
    blank = '<table:table-cell table:number-columns-repeated="16383"/>'
    return ods(row(blank, cell("x"), more='table:number-rows-repeated="1048575"'))


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "zip bomb": bomb,
    "deep XML": deep,
    "entities": entities,
    "a lone far cell": far,
    "a claim of a gigabyte": claim,
    "repeated cells in ods": wide_far,
    "100,000 columns": lambda: b"a," * 100_000 + b"\n" + b"1," * 100_000 + b"\n",
    "NUL bytes": lambda: b"Name,Phone\n" + b"\0" * 50_000_000,
    "one endless line": lambda: b"Name,Phone\n" + b"x" * 100_000_000,
    "one endless quote": lambda: b'Name,Phone\n"' + b"x\n" * 30_000_000,
    "deep JSON": lambda: b'{"a":' * 1_000_000,
    "cells without end": lambda: repeated(b"<c "),
    "few cells without end": lambda: with_sheet(b"<worksheet><sheetData>" + b"<c " * 100_000),
    "rows without end": lambda: repeated(b"<row "),
    "formulas without end": lambda: repeated(b'<c r="A1"><f>x'),
    "places without end": lambda: repeated(b'r="A1" ', b"<worksheet><sheetData><c "),
    "cells without a place": lambda: repeated(b"<c/>", _MAIN + b'<row r="1">', _END),
    "filled cells without a place": lambda: repeated(b"<c><v>1</v></c>", _MAIN + b"<row>", _END),
    "rows of one number": lambda: repeated(b"<row><c><v>1</v></c></row>", _MAIN, b"</sheetData></worksheet>"),
    "cells in a padded sheet": lambda: padded(b'<c r="A1"/>'),
    "errors in a padded sheet": lambda: padded(b'<c r="A1" t="e"><f>'),
    "sheets": lambda: more("xl/workbook.xml", b"</sheets>", b'<sheet name="a" sheetId="1" r:id="rId1"/>'),
    "names": lambda: more("xl/workbook.xml", b"<sheets>", b'<definedName name="a">1</definedName>'),
    "links": lambda: more(
        "xl/_rels/workbook.xml.rels", b"</Relationships>", b'<Relationship Id="z" Type="t" Target="u"/>'
    ),
    "types": lambda: more("[Content_Types].xml", b"</Types>", b'<Override PartName="/a" ContentType="b"/>'),
    "styles": lambda: more("xl/styles.xml", b"</cellXfs>", b'<xf numFmtId="0"/>'),
    "properties": lambda: more("docProps/core.xml", b"</cp:coreProperties>", b"<a/>"),
    "shared texts": lambda: more("xl/sharedStrings.xml", b"</sst>", b"<si/>"),
    "an address of dots": lambda: b"Name,Phone,X\nAna,21987654321,a@" + b"." * 120_000 + b"@\n",
    "a long cell": lambda: b"Name,Phone,X\nAna,21987654321," + b"a" * 900_000 + b"\n",
    "long cells": lambda: (b"Name,Phone,X\n" + b"Ana,21987654321," + b"a" * 140_000 + b"\n") * 300,
    "short rows under a wide header": lambda: WIDE.encode() + b"\n" + b"1\n" * 999_000,
    "short objects after a wide one": lambda: (
        json.dumps(dict.fromkeys(WIDE.split(","), 1)).encode() + b"\n" + b'{"Phone":1}\n' * 999_000
    ),
    "blank columns in Parquet": lambda: parquet(**{name: pyarrow.nulls(999_000) for name in WIDE.split(",")}),
    "a long JSON line": lambda: b'{"a": "' + b"x" * 100_000_000 + b'"}\n',
    "a long JSON list": lambda: b'{"a": [' + b"1," * 30_000_000 + b"1]}\n",
    "a long text in Parquet": lambda: parquet(Name=["x" * 400_000] * 3000, Phone=PHONES * 10),
    "long lists in Parquet": lambda: parquet(Phone=PHONES, L=[[0] * 100_000] * 300),
    "many long texts in Parquet": lambda: parquet(L=[f"{i}{'x' * 32_000}" for i in range(9_000)]),
    "an old workbook of noise": lambda: _OLE + b"\xff" * 600 + "Workbook".encode("utf-16-le") * 50,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_at_a_bounded_cost(tmp_path: Path, name: str) -> None:
    path = tmp_path / "people"
    path.write_bytes(HOSTILE[name]())
    done = subprocess.run(
        [sys.executable, "-c", _PREVIEW, path],
        capture_output=True, text=True, timeout=120, env=os.environ | {"PYTHONPATH": str(HELPERS)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    code, spent, peak = done.stdout.split()
    assert code in (
        "read",
        "no_identity",
        "hostile_file",
        "corrupt_file",
        "no_rows",
        "no_header",
        "empty_file",
        "too_many_rows",
    )
    assert float(peak) < MEMORY
    assert float(spent) < SECONDS
