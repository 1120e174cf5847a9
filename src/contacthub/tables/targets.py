"""Where a file may be written: never over the hub, nor over the file that is being read."""

from __future__ import annotations

from pathlib import Path

from contacthub.errors import Refused


def spare(path: Path, kept: str | Path | None, what: str) -> None:
    """Raise Refused (`exists`) if a file that is to be written is one that must stay, under whatever name."""
    if kept is None:
        return
    try:
        same = path.samefile(kept)
    except OSError:  # one of them is not there
        return
    if same:
        raise Refused(f"{path.name!r} is {what}, and would be lost. Choose another name.", code="exists")
