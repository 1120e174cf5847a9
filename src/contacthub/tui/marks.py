"""Which rows are marked: some keys, or all of an answer except some keys. Works at any size of the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Marks:
    """Marked keys; with `everything`, all keys but these."""

    keys: set[str] = field(default_factory=set)
    everything: bool = False

    def __contains__(self, key: str) -> bool:
        return (key in self.keys) != self.everything

    def count(self, total: int) -> int:
        """How many of `total` rows are marked."""
        return total - len(self.keys) if self.everything else len(self.keys)

    def toggle(self, key: str) -> None:
        self.keys ^= {key}

    def mark(self, keys: Iterable[str]) -> None:
        if self.everything:
            self.keys.difference_update(keys)
        else:
            self.keys.update(keys)

    def invert(self) -> None:
        self.everything = not self.everything

    def mark_all(self) -> None:
        self.keys, self.everything = set(), True

    def clear(self) -> None:
        self.keys, self.everything = set(), False
