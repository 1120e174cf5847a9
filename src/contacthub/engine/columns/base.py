"""The base: columns in a file of Arrow's format, mapped into memory, so that processes share it and opening is quick.

The file is an Arrow IPC stream of one row, a list column for every array of every column; any Arrow reader opens it.
Behind the end of the stream stands a directory, which tells where each array begins, so that it is mapped without
Arrow, and a checksum of each, which is compared when the array is first used. A file that is truncated, damaged or of
another format is no base: it is deleted, and built again.
"""

from __future__ import annotations

import json
import mmap
import os
import secrets
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array
from contacthub.engine.columns.column import Column
from contacthub.engine.columns.partition import Partition
from contacthub.engine.port import Cursor
from contacthub.query.properties import Property

FORMAT = 2
"""Version of the format, part of the file's name: other versions of the program leave each other's files alone."""

_NAME = f"columns-{FORMAT}-"
_LOCK = f"columns-{FORMAT}.lock"
_TAIL = struct.Struct("<QI8s")
"""Size and checksum of the directory, and a mark."""
_MARK = b"chcolumn"


class Damaged(Exception):
    """The base is not what was written. It is deleted and built again; nobody needs to be told."""


class Base:
    """A mapped base file."""

    def __init__(self, path: Path) -> None:
        """Raises `Damaged` for a file that is no base, OSError for one that cannot be read."""
        self.path = path
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _TAIL.size:
                raise Damaged(path)
            self._bytes = np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)
        length, check, mark = _TAIL.unpack(self._bytes[-_TAIL.size :].tobytes())
        end = size - _TAIL.size
        directory = self._bytes[max(0, end - length) : end].tobytes()
        if mark != _MARK or length > end or zlib.crc32(directory) != check:
            raise Damaged(path)
        found = json.loads(directory)
        self.cursor = Cursor(found["cursor"])
        self.rows: int = found["rows"]
        self._columns = {Property(*key): about for key, about in found["columns"]}
        arrays = _Arrays(self._bytes, path, found["arrays"])
        self._arrays = arrays
        self.everyone = BitMap.deserialize(arrays["everyone"].tobytes())
        self.ids = arrays["ids"] if "ids" in arrays else None  # noqa: SIM401 - it has no get of its own

    def __contains__(self, property: Property) -> bool:
        return property in self._columns

    def column(self, property: Property) -> Column:
        about = self._columns[property]
        return Column(self.rows, about["distinct"], property.type, _Named(self._arrays, about["arrays"]))


class _Arrays(Mapping[str, Array]):
    """Arrays in the mapped bytes, each compared with its checksum when it is first fetched."""

    def __init__(self, bytes: Array, path: Path, places: Mapping[str, list[Any]]) -> None:
        self._bytes = bytes
        self._path = path
        self._places = places
        self._fetched: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        array = self._fetched.get(name)
        if array is None:
            dtype, offset, length, check = self._places[name]
            type = np.dtype(dtype)
            piece = self._bytes[offset : offset + length * type.itemsize]
            if len(piece) != length * type.itemsize or checksum(piece) != check:
                raise Damaged(self._path)
            array = self._fetched[name] = piece.view(type)
        return array

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class _Named(Mapping[str, Array]):
    """Arrays under other names."""

    def __init__(self, arrays: Mapping[str, Array], names: Mapping[str, str]) -> None:
        self._arrays = arrays
        self._names = names

    def __getitem__(self, name: str) -> Array:
        return self._arrays[self._names[name]]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def checksum(bytes: Array) -> int:
    """A sum that any change of a stretch of bytes changes, at the speed of memory."""
    whole = len(bytes) // 8 * 8
    words = bytes[:whole].view(np.uint64)
    total = int(np.add.reduce(words, dtype=np.uint64)) if len(words) else 0
    return total ^ zlib.crc32(bytes[whole:].tobytes())


def newest(folder: Path) -> Base | None:
    """The newest base in a folder that can be used. Those that are damaged are deleted."""
    with suppress(OSError):
        for path in sorted(_files(folder), key=lambda file: file.stat().st_mtime_ns, reverse=True):
            try:
                return Base(path)
            except Damaged:
                path.unlink()
            except OSError:
                continue  # of another user, or deleted this moment
    return None


def delete(folder: Path, but: Path | None = None) -> None:
    """Delete all bases in a folder, or all but one. Who has one mapped may go on with it."""
    for path in _files(folder):
        if path != but:
            with suppress(OSError):
                path.unlink()


def _files(folder: Path) -> list[Path]:
    return list(folder.glob(f"{_NAME}*.arrow"))


@contextmanager
def building(folder: Path) -> Iterator[None]:
    """The builder's lock: one process builds, the others wait and find what it built."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            import fcntl
        except ImportError:
            yield  # Windows: two may build at once, and the later rename wins
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # closing it is not enough while a forked child has it open too


def write(folder: Path, cursor: Cursor, partition: Partition) -> Path:
    """Write a partition as the base of a state. Raises OSError when there is no room or no right to."""
    path = folder / f"{_NAME}{secrets.token_hex(8)}.arrow"
    unfinished = path.with_suffix(".unfinished")
    for left in folder.glob("*.unfinished"):  # of a builder that was killed: the lock is ours
        left.unlink()
    descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "r+b") as file:
            _write(file, unfinished, cursor, partition)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    delete(folder, but=path)
    return path


def _write(file: IO[bytes], path: Path, cursor: Cursor, partition: Partition) -> None:
    arrays: dict[str, Array] = {"everyone": np.frombuffer(partition.everyone.serialize(), np.uint8)}
    if partition.ids is not None:
        arrays["ids"] = partition.ids
    columns = []
    for property, column in partition.columns.items():
        names = {}
        for name, array in column.kept.items():
            # Forms of one text that are the same array are written once.
            known = next((key for key, other in arrays.items() if other is array), None)
            names[name] = known or f"{property.label}/{property.type}/{name}"
            arrays[names[name]] = array
        key = (property.kind, property.key, property.type, property.qualifier)
        columns.append((key, {"distinct": column.distinct, "arrays": names}))
    offsets = _write_arrow(file, path, arrays)
    directory = json.dumps(
        {
            "cursor": cursor,
            "rows": partition.rows,
            "columns": columns,
            "arrays": {
                name: (array.dtype.str, offsets[name], len(array), checksum(_bytes(array)))
                for name, array in arrays.items()
            },
        }
    ).encode()
    file.seek(0, os.SEEK_END)
    file.write(directory)
    file.write(_TAIL.pack(len(directory), zlib.crc32(directory), _MARK))


def _bytes(array: Array) -> Array:
    return np.ascontiguousarray(array).view(np.uint8)


def _write_arrow(file: IO[bytes], path: Path, arrays: Mapping[str, Array]) -> dict[str, int]:
    """Write the stream; returns at which byte of the file each array begins."""
    import pyarrow as pa

    # Buffers are handed over as they are: `pyarrow.array` would import pandas to look whether it is given some.
    lists = []
    for array in arrays.values():
        plain = array.view(np.uint8) if array.dtype == np.bool_ else array
        values = pa.Array.from_buffers(
            getattr(pa, plain.dtype.name if plain.dtype.kind != "f" else "float64")(),
            len(plain),
            [None, pa.py_buffer(np.ascontiguousarray(plain))],
        )
        bounds = pa.Array.from_buffers(pa.int64(), 2, [None, pa.py_buffer(np.array([0, len(plain)], np.int64))])
        lists.append(pa.LargeListArray.from_arrays(bounds, values))
    batch = pa.record_batch(lists, names=list(arrays))
    with pa.ipc.new_stream(file, batch.schema) as stream:
        stream.write_batch(batch)
    file.flush()
    with pa.memory_map(str(path)) as mapped:
        whole = mapped.read_buffer()
        written = pa.ipc.open_stream(pa.BufferReader(whole)).read_next_batch()
        return {
            name: (column.values.buffers()[1].address - whole.address) if len(arrays[name]) else 0
            for name, column in zip(written.schema.names, written.columns, strict=True)
        }
