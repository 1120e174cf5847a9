"""The parts of an xlsx file, looked at as bytes: what its readers do not tell, and what could hurt them.

Hidden rows, merged cells, formulas without a stored result and the true extent of the data are found by scanning the
sheet's XML as it is unpacked, in bounded memory.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from contacthub.errors import FileError
from contacthub.tables.limits import Limits

_BLOCK = 1 << 20
_LONGEST_TAG = 1 << 16
# Each pattern passes over a byte once: it stays within a tag, and what it has taken it does not try again. A sheet made
# to have no end of a tag would otherwise cost the square of its size.
_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*+>")
_ROW_NUMBER = re.compile(rb'\br="(\d+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_PLACE = rb'(?>[^<>]*?\br="([A-Z]++)(\d++)")'
_VALUE_CELL = re.compile(rb"<(?:\w+:)?c\b" + _PLACE + rb"[^<>/]*+>")
_NO_RESULT = re.compile(
    rb"<(?:\w+:)?c\b" + _PLACE + rb"[^<>]*+>\s*+"
    rb"<(?:\w+:)?f\b(?:[^<>]*+(?<=/)>|[^<>]*+>[^<]*+</(?:\w+:)?f>)\s*+"
    rb"(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*+/>|<(?:\w+:)?v></(?:\w+:)?v>)"
)  # fmt: skip
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^<>]*?\bt="e")' + _PLACE + rb"[^<>]*+>"
    rb"(?:(?:<(?:\w+:)?f\b[^<>]*+>(?:[^<]*+</(?:\w+:)?f>)?+)?+<(?:\w+:)?v>([^<]{1,40}+))?+"
)  # fmt: skip
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b(?>[^<>]*?\bref="([A-Z]++)(\d++):([A-Z]++)(\d++)")')
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_SMALL = 10 * 1024**2
_MOST_NOTED = 100_000
_MOST_SHEETS = 4096
_UNREADABLE = (
    zipfile.BadZipFile, KeyError, OSError, EOFError, ValueError, zlib.error, NotImplementedError, expat.ExpatError
)  # fmt: skip


@dataclass(slots=True)
class SheetPart:
    """What is known of a sheet before its cells are read. Rows and columns count from 1."""

    name: str
    state: str
    """visible, hidden or very hidden."""
    member: str
    """Its part of the package."""
    last_row: int = 0
    last_column: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column."""
    without_result: dict[int, list[int]] = field(default_factory=dict)
    """Row → columns of formulas that have no stored result."""
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    """Row → columns of cells that hold an error, and which; a text `#N/A` is none."""
    faults: int = 0
    """How many of these two were seen."""


def check_archive(path: Path, limits: Limits) -> None:
    """Refuse a zip archive that would unpack to too much. Raises FileError `hostile_file`, `corrupt_file`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            encrypted = any(member.flag_bits & 1 for member in members)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
        raise _damaged(path) from error
    if encrypted:
        raise FileError(
            f"{path.name!r} is protected by a password. Save a copy without one.", code="encrypted_file", path=str(path)
        )
    unpacked = sum(member.file_size for member in members)
    if len(members) > 10_000 or unpacked > limits.unpacked:
        raise _hostile(
            path, f"it unpacks to more than {limits.unpacked // 1024**2:,} MB (the setting import_megabytes)"
        )
    sizes = [(member.file_size, member.compress_size) for member in members]
    for size, packed in [*sizes, (unpacked, sum(packed for _, packed in sizes))]:
        # Small parts compress well by nature; a bomb is large.
        if size > _SMALL and size > limits.ratio * max(1, packed):
            raise _hostile(path, f"it unpacks to more than {limits.ratio} times its size (the setting import_ratio)")


def sheet_parts(path: Path) -> list[SheetPart]:
    """The worksheets of an xlsx file, in their order, not yet scanned. Raises FileError."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lower(): name for name in archive.namelist()}
            book = _elements(archive, names["xl/workbook.xml"], "sheet", path)
            links = _elements(archive, names["xl/_rels/workbook.xml.rels"], "Relationship", path)
    except _UNREADABLE as error:
        raise _damaged(path) from error
    targets = {link.get("Id"): link.get("Target", "") for link in links if link.get("Type", "").endswith("/worksheet")}
    parts = []
    for sheet in book:
        link_id = next((value for key, value in sheet.items() if key.rpartition("}")[2] == "id"), "")
        target = targets.get(link_id)
        if not target:
            continue
        member = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        state = {"hidden": "hidden", "veryHidden": "very hidden"}.get(sheet.get("state") or "", "visible")
        parts.append(SheetPart(sheet.get("name") or "", state, names.get(member.lower(), member)))
    if not parts:
        raise _damaged(path)
    return parts


def scan(path: Path, part: SheetPart, limits: Limits) -> None:
    """Fill in the extent, hidden rows, merged cells and formulas without result of a sheet. Raises FileError."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_shared(archive, path)
            most = _MOST_NOTED + path.stat().st_size // 4
            with archive.open(part.member) as stream:
                for window in _windows(stream):
                    _scan_window(window, part, path)
                    if part.faults > most:
                        raise _hostile(path, "it has more cells with errors than a file of its size can hold")
    except _UNREADABLE as error:
        raise _damaged(path) from error
    if part.last_column > limits.columns:
        raise _hostile(
            path,
            f"it has cells in column {column_letters(part.last_column)}; the limit is {limits.columns} columns "
            "(the hub's setting import_columns)",
        )


def _check_shared(archive: zipfile.ZipFile, path: Path) -> None:
    """No part may define entities, which can grow without end."""
    for name in archive.namelist():
        if name.endswith((".xml", ".rels")):
            with archive.open(name) as stream:
                if _DOCTYPE.search(stream.read(4096)):
                    raise _hostile(path, "it defines XML entities, which no spreadsheet does")


def _windows(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks of a stream that end at the end of a row, so that no cell is cut in two."""
    rest = b""
    while block := stream.read(_BLOCK):
        block = rest + block
        cut = block.rfind(b"row>") + 4
        if cut < 4:
            if len(block) <= 8 * _BLOCK:
                rest = block
                continue
            cut = len(block) - _LONGEST_TAG
        yield block[:cut]
        rest = block[cut:]
    yield rest


def _scan_window(window: bytes, part: SheetPart, path: Path) -> None:
    if b"<!" in window and _DOCTYPE.search(window):
        raise _hostile(path, "it defines XML entities, which no spreadsheet does")
    for row in _ROW.finditer(window):
        tag = row.group()
        if b"hidden=" not in tag or not _HIDDEN.search(tag) or len(part.hidden_rows) >= _MOST_NOTED:
            continue
        if number := _ROW_NUMBER.search(tag):
            part.hidden_rows.add(int(number[1]))
    for letters, number in _VALUE_CELL.findall(window):
        part.last_row = max(part.last_row, int(number))
        if len(letters) > 1 or part.last_column < 26:
            part.last_column = max(part.last_column, column_number(letters))
    if b"<f" in window or b":f" in window:
        for match in _NO_RESULT.finditer(window):
            part.without_result.setdefault(int(match[2]), []).append(column_number(match[1]))
            part.faults += 1
    if b't="e"' in window:
        for letters, number, error in _ERROR.findall(window):
            part.errors.setdefault(int(number), {})[column_number(letters)] = error.decode("utf-8", "replace")
            part.faults += 1
    for first_column, first_row, last_column, last_row in _MERGED.findall(window):
        if len(part.merged) < _MOST_NOTED:
            part.merged.append((int(first_row), column_number(first_column), int(last_row), column_number(last_column)))


def column_number(letters: bytes | str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for character in letters if isinstance(letters, bytes) else letters.encode():
        number = number * 26 + character - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _elements(archive: zipfile.ZipFile, name: str, wanted: str, path: Path) -> list[dict[str, str]]:
    """The attributes of all elements of a name in a part, which is parsed as a stream. Raises FileError."""
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition("}")[2] == wanted:
            found.append(attributes)
            if len(found) > _MOST_SHEETS:
                raise _hostile(path, f"it lists more than {_MOST_SHEETS:,} sheets")

    def entity(*_: object) -> None:
        raise _hostile(path, "it defines XML entities, which no spreadsheet does")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    parser.EntityDeclHandler = entity
    with archive.open(name) as stream:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    return found


def _hostile(path: Path, why: str) -> FileError:
    return FileError(f"{path.name!r} is refused: {why}.", code="hostile_file", path=str(path))


def _damaged(path: Path) -> FileError:
    return FileError(
        f"{path.name!r} is damaged and cannot be unpacked as a workbook. Ask for a new copy.",
        code="corrupt_file", path=str(path),
    )  # fmt: skip
