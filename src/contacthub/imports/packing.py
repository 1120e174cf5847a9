"""Tables as bytes, for previews that wait in the hub for somebody else. No code in them: opening one runs nothing."""

from __future__ import annotations

import zlib
from dataclasses import asdict
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from contacthub.tables.cells import Cell, CellError, Column, Note, Source, Table

_EXACT = 2**63


def pack(table: Table) -> bytes:
    """A table as compressed MessagePack; cells that it does not know are pairs of a kind and a text."""
    raw = {
        "headers": table.headers,
        "columns": [[[_packed(value) for value in c.values], c.codes.astype("<i4").tobytes()] for c in table.columns],
        "rows": table.rows.astype("<i8").tobytes(),
        "source": asdict(table.source),
        "notes": [asdict(note) for note in table.notes],
    }
    return zlib.compress(msgspec.msgpack.encode(raw), 1)


def unpack(data: bytes) -> Table:
    raw = msgspec.msgpack.decode(zlib.decompress(data))
    source = Source(**raw["source"])
    source.sheets = [(name, state) for name, state in source.sheets]
    source.above = [(row, texts) for row, texts in source.above]
    source.below = [(row, texts) for row, texts in source.below]
    return Table(
        raw["headers"],
        [Column([_unpacked(v) for v in values], np.frombuffer(codes, "<i4")) for values, codes in raw["columns"]],
        np.frombuffer(raw["rows"], "<i8"),
        source,
        [Note(**note) for note in raw["notes"]],
    )


def _packed(cell: Cell) -> Any:
    if isinstance(cell, CellError):
        return {"error": cell.code, "text": cell.text}
    for name, kind in (("datetime", datetime), ("date", date), ("time", time)):
        if isinstance(cell, kind):
            return {name: cell.isoformat()}
    if isinstance(cell, Decimal) or (isinstance(cell, int) and not -_EXACT <= cell < _EXACT):
        return {"decimal" if isinstance(cell, Decimal) else "int": str(cell)}
    if isinstance(cell, list):
        return {"list": [_packed(part) for part in cell]}
    if isinstance(cell, dict):
        return {"dict": {str(key): _packed(part) for key, part in cell.items()}}
    return cell


_KINDS: dict[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "decimal": Decimal,
    "int": int,
    "list": lambda parts: [_unpacked(part) for part in parts],
    "dict": lambda parts: {key: _unpacked(part) for key, part in parts.items()},
}


def _unpacked(cell: Any) -> Cell:
    if not isinstance(cell, dict):
        return cell  # type: ignore[no-any-return]
    if "error" in cell:
        return CellError(cell["error"], cell["text"])
    ((kind, value),) = cell.items()
    unpacked: Cell = _KINDS[kind](value)
    return unpacked
