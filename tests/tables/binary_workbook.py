"""A small workbook of the binary format xlsb, which nothing at hand writes.

Records and their numbers are those of [MS-XLSB]: a type and a size, each in groups of seven bits, and the content.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

_ROW, _ERROR, _BOOLEAN, _REAL, _TEXT = 0, 3, 4, 5, 6
_SHEET, _BOOK, _SHEETS, _BUNDLE, _DIMENSION, _DATA = 129, 131, 143, 156, 148, 145
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.ms-excel"
NOT_AVAILABLE = object()
"""A cell with the error #N/A."""


def xlsb(*sheets: tuple[str, str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook of sheets: name, state (visible, hidden) and rows of texts, numbers, booleans, None and errors."""
    listed = b"".join(
        _record(_BUNDLE, struct.pack("<II", state != "visible", number) + _text(f"rId{number}") + _text(name))
        for number, (name, state, _) in enumerate(sheets, 1)
    )
    book = _record(_BOOK) + _record(_SHEETS) + listed + _record(_SHEETS + 1) + _record(_BOOK + 1)
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.bin"/>'
        for number in range(1, len(sheets) + 1)
    )
    top = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.bin"/>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="bin" ContentType="{_KIND}.sheet.binary.'
            f'macroEnabled.main"/><Default Extension="rels" ContentType="{_KIND}"/></Types>',
        )
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{top}</Relationships>')
        archive.writestr(
            "xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
        )
        archive.writestr("xl/workbook.bin", book)
        for number, (_, _, rows) in enumerate(sheets, 1):
            archive.writestr(f"xl/worksheets/sheet{number}.bin", _sheet(rows))
    return stream.getvalue()


def _sheet(rows: Sequence[Sequence[object]]) -> bytes:
    width = max(map(len, rows), default=1)
    content = _record(_SHEET) + _record(_DIMENSION, struct.pack("<IIII", 0, max(0, len(rows) - 1), 0, width - 1))
    content += _record(_DATA)
    for number, row in enumerate(rows):
        content += _record(_ROW, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))
        content += b"".join(_cell(column, value) for column, value in enumerate(row) if value is not None)
    return content + _record(_DATA + 1) + _record(_SHEET + 1)


def _cell(column: int, value: object) -> bytes:
    place = struct.pack("<II", column, 0)
    match value:
        case bool():
            return _record(_BOOLEAN, place + bytes([value]))
        case int() | float():
            return _record(_REAL, place + struct.pack("<d", value))
        case str():
            return _record(_TEXT, place + _text(value))
    return _record(_ERROR, place + b"\x2a")


def _text(text: str) -> bytes:
    content = text.encode("utf-16-le")
    return struct.pack("<I", len(content) // 2) + content


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    size = len(content)
    while size > 127:
        head += bytes([size & 127 | 128])
        size >>= 7
    return head + bytes([size]) + content
