"""What an undo did, or would do, in words: which values went back, which stayed and why, which could not go back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from pyroaring import BitMap

from contacthub.operations.history import Operation

NOBODY = 0
"""In the place of a contact's id: a line that is about no contact."""
CHANGED = "changed since"
NAMED_AT_ONCE = 1_000


class Bucket(Sequence[str]):
    """What went one way in an undo: its length is the number of values and memberships, its items are lines of text,
    each with the contact, what of it, and why.

    The lines are made when they are read, since a bulk change has a hundred thousand; read them while the hub is open.
    """

    def __init__(self, named: Callable[[BitMap], Mapping[int, str]] | None = None) -> None:
        self._named = named or (lambda ids: {})
        self._parts: list[tuple[str, str, BitMap]] = []

    def add(self, what: str, ids: Iterable[int], why: str = "") -> None:
        """Note something of contacts; "" is each contact itself."""
        if found := BitMap(ids):
            self._parts.append((what, why, found))

    def note(self, what: str, why: str = "") -> None:
        """A line that is about no contact."""
        self._parts.append((what, why, BitMap([NOBODY])))

    @property
    def contacts(self) -> BitMap:
        found = BitMap()
        for _, _, ids in self._parts:
            found |= ids
        return found - BitMap([NOBODY])

    @property
    def others(self) -> int:
        """Changes of no contact: of fields, groups, settings."""
        return sum(NOBODY in ids for _, _, ids in self._parts)

    @property
    def why(self) -> str:
        """The reason, if there is one for everything."""
        reasons = {why for _, why, _ in self._parts}
        return reasons.pop() if len(reasons) == 1 else ""

    def __len__(self) -> int:
        return sum(len(ids) for _, _, ids in self._parts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return list(self)[index]

    def __iter__(self) -> Iterator[str]:
        for what, why, ids in self._parts:
            for first in range(0, len(ids), NAMED_AT_ONCE):
                some = ids[first : first + NAMED_AT_ONCE]
                names = self._names(some)
                for id in some:
                    yield ": ".join(filter(None, (names[id], what, why)))

    def _names(self, ids: BitMap) -> dict[int, str]:
        """The contacts by name; by number too, where another of them is called the same."""
        named = self._named(ids)
        often = Counter(named.values())
        names = {id: f"{name} (#{id})" if often[name] > 1 else name for id, name in named.items()}
        return {id: names.get(id, f"#{id}") if id else "" for id in ids}

    def __repr__(self) -> str:
        parts = (f"{': '.join(filter(None, (what, why)))} × {len(ids)}" for what, why, ids in self._parts)
        return f"<{len(self)}: {', '.join(parts)}>"


@dataclass(repr=False)
class UndoReport:
    """What an undo did, or would do."""

    of: Operation
    """The operation that is taken back."""
    reversed: Bucket = field(default_factory=Bucket)
    kept: Bucket = field(default_factory=Bucket)
    failed: Bucket = field(default_factory=Bucket)
    operation: Operation | None = None
    """The undo itself, once it is done."""

    @property
    def outcomes(self) -> dict[str, int]:
        """How many contacts went back `whole`, and how many `in part`, were `kept`, or `failed`: each counts once."""
        back, kept, failed = self.reversed.contacts, self.kept.contacts, self.failed.contacts
        return {
            "whole": len(back - kept - failed),
            "in part": len(back & (kept | failed)),
            "kept": len(kept - back - failed),
            "failed": len(failed - back),
        }

    @property
    def summary(self) -> str:
        done = ("redone" if self.of.kind == "undo" else "undone") if self.operation else "would be taken back"
        outcomes = self.outcomes
        if any(outcomes.values()):
            first, others = f"{counted(outcomes['whole'], 'contact')} {done}", "other change"
        else:
            first, others = f"{counted(self.reversed.others, 'change')} {done}", "change"
        parts = [f"{original(self.of)}: {first}"]
        if outcomes["in part"]:
            parts.append(f"{outcomes['in part']:,} in part")
        for name, bucket in (("kept", self.kept), ("failed", self.failed)):
            counts = [f"{outcomes[name]:,}"] if outcomes[name] else []
            counts += [counted(bucket.others, others)] if bucket.others else []
            if counts:
                parts.append(" and ".join(counts) + f" {name}" + (f" ({bucket.why})" if bucket.why else ""))
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<{self.summary}>"


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def original(target: Operation) -> str:
    """The summary of the operation at the end of a chain of undos and redos."""
    return target.summary.removeprefix("undo ").removeprefix("redo ")
