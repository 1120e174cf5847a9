"""Where a file may be written: never over the hub and what belongs to it, nor over the file that is being read."""

from __future__ import annotations

from pathlib import Path

from contacthub.errors import Refused

BESIDE_A_HUB = ("-wal", "-shm", "-journal", "-writer", "-columns", ".secret")
"""How the names of files and folders go on that a hub keeps beside its own file: SQLite's, the note of who writes, the
columns, the secret of the forgotten. SQLite takes whatever has such a name for its own."""


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


def spare_hub(path: Path, home: str | Path | None) -> None:
    """Raise Refused (`exists`) if a file that is to be written is that of the hub at `home`, or in the place of one
    that the hub keeps beside it, be it there at the moment or not. None is a hub in memory."""
    if home is None:
        return
    home = Path(home).expanduser()
    spare(path, home, "the hub itself")
    for name in dict.fromkeys((home.absolute(), home.resolve())):
        for suffix in BESIDE_A_HUB:
            kept = name.with_name(name.name + suffix)
            if kept in (path.absolute(), *path.resolve().parents, path.resolve()):
                raise Refused(
                    f"{path.name!r} would be where the hub keeps files of its own ({kept.name}). Choose another name.",
                    code="exists",
                )
            spare(path, kept, "a file of the hub")
