"""Looking after hubs as files: restored from a backup or a dump, rescued from a damaged one."""

from __future__ import annotations

from pathlib import Path

from contacthub.engine.port import Progress
from contacthub.engine.sqlite import Problem, doctor
from contacthub.engine.sqlite import restore as restore_store


def restore(source: str | Path, target: str | Path, progress: Progress | None = None) -> None:
    """Make a hub at `target` from a backup or a dump. Raises NotFound, Refused (there is something at the target),
    StoreError."""
    restore_store(Path(source), Path(target), progress)


def rescue(path: str | Path, target: str | Path) -> list[Problem]:
    """Read what can be read of a damaged hub into a new one; what could not is told. Raises NotFound, Refused,
    StoreError."""
    from contacthub.operations.mending import mend

    return doctor(Path(path), Path(target), mend)
