"""What the columns ask of a store: to read and to be told of changes, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from pyroaring import BitMap

from contacthub.engine.port import Changes, Cursor, Document, SetKey


class Documents(Protocol):
    """The reading side of `port.Store`, which tells what each of these does."""

    def scan(self, table: str) -> Iterator[tuple[int, Document]]: ...
    def get(self, table: str, ids: Iterable[int]) -> dict[int, Document]: ...
    def members(self, key: SetKey) -> BitMap: ...
    def memberships(self, ids: BitMap) -> dict[SetKey, BitMap]: ...
    def cursor(self) -> Cursor: ...
    def changes(self, since: Cursor) -> Changes: ...
