"""Parquet files, read by pyarrow in a process of its own: its columns are typed already."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from contacthub.engine.port import Progress
from contacthub.errors import FileError
from contacthub.tables.cells import Cell, ColumnBuilder, Source, Table
from contacthub.tables.guarded import hostile, messages
from contacthub.tables.layout import finished
from contacthub.tables.limits import Limits
from contacthub.tables.values import plain

_LEAST = 64 * 1024**2
"""Characters that any file may unpack to, however small."""


def read_parquet(path: Path, source: Source, limits: Limits, progress: Progress | None = None) -> Table:
    """A Parquet file. Rows count from 1. Raises FileError."""
    names: list[str] = []
    builders: list[ColumnBuilder] = []
    rows = characters = 0
    most = max(_LEAST, limits.ratio * path.stat().st_size)
    try:
        for message in messages("parquet", path, limits):
            if message[0] == "shape":
                _, count, names, unpacked = message
                limits.check_size(count, len(names), source.name)
                limits.check_bytes(unpacked, source.name)
                builders = [ColumnBuilder() for _ in names]
                continue
            for builder, (values, places) in zip(builders, message[1], strict=True):
                cells: list[Cell] = [plain(value) for value in values]
                characters += sum(len(cell) for cell in cells if isinstance(cell, str))
                builder.extend(cells) if places is None else builder.extend_coded(
                    cells, np.frombuffer(places, np.int32)
                )
            if characters > most:
                raise hostile(path, f"it unpacks to more than {limits.ratio} times its size")
            rows = len(builders[0]) if builders else 0
            if progress:
                progress(rows, None)
    except FileError as error:
        if error.code != "corrupt_file":
            raise
        raise FileError(
            f"{path.name!r} is damaged and cannot be read as Parquet. Ask for a new copy.",
            code="corrupt_file", path=str(path),
        ) from error  # fmt: skip
    columns = [builder.build() for builder in builders]
    return finished(names, columns, range(1, rows + 1), source, [], limits)
