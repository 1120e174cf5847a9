"""Looking after hubs as files: restored from a backup or a dump, rescued from a damaged one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from contacthub.engine.port import Problem, Progress
from contacthub.engine.sqlite import doctor
from contacthub.engine.sqlite import restore as restore_store

SHOWN = 3
"""Problems of one kind that are told one by one."""


def restore(source: str | Path, target: str | Path, progress: Progress | None = None) -> None:
    """Make a hub at `target` from a backup or a dump. Raises NotFound, Refused (there is something at the target),
    StoreError."""
    restore_store(Path(source), Path(target), progress)


def rescue(path: str | Path, target: str | Path) -> list[Problem]:
    """Read what can be read of a damaged hub into a new one; what could not is told. Raises NotFound, Refused,
    StoreError."""
    from contacthub.model.shapes import is_whole
    from contacthub.operations.mending import mend

    return doctor(Path(path), Path(target), mend, is_whole)


def lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Problems for people: of each kind the first few, and how many more there are."""
    for _, alike in groupby(sorted(problems, key=lambda problem: problem.code), key=lambda problem: problem.code):
        messages = [problem.message for problem in alike]
        yield from messages[:SHOWN]
        if len(messages) > SHOWN:
            yield f"… and {len(messages) - SHOWN:,} more like these."
