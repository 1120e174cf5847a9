"""Where a file may be written: never over the hub and what belongs to it, nor over the file that is being read."""

from __future__ import annotations

import re
from pathlib import Path

from contacthub.errors import Refused

BESIDE_A_HUB = ("-wal", "-shm", "-journal", "-writer", "-columns", ".secret")
"""How the names of files and folders go on that a hub keeps beside its own file: SQLite's, the note of who writes, the
columns, the secret of the forgotten. SQLite takes whatever has such a name for its own."""
_EARLIER_FORM = re.compile(r"\.form-\d+(-\d+)?\.backup")
"""How the name of a backup goes on that a hub keeps when a newer program changes its form."""


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
    written = (path.absolute(), path.resolve(), *path.resolve().parents)
    for name in dict.fromkeys((home.absolute(), home.resolve())):
        for kept in written:
            if kept.parent == name.parent and _beside(kept.name, name.name):
                raise Refused(
                    f"{path.name!r} would be where the hub keeps files of its own ({kept.name}). Choose another name.",
                    code="exists",
                )
        for suffix in BESIDE_A_HUB:
            spare(path, name.with_name(name.name + suffix), "a file of the hub")
    for backup in earlier_forms(home):
        spare(path, backup, "a file of the hub")


def earlier_forms(home: str | Path | None) -> list[Path]:
    """The backups beside the hub at `home` that were kept when newer programs changed its form, as far as its folder
    can be listed."""
    if home is None:
        return []
    hub = Path(home).expanduser().resolve()
    try:
        return sorted(path for path in hub.parent.iterdir() if _of_earlier_form(path.name, hub.name))
    except OSError:  # it is not there, or may only be entered
        return []


def _beside(name: str, hub: str) -> bool:
    """Whether a name is one of those that a hub keeps for files beside its own."""
    return name in {hub + suffix for suffix in BESIDE_A_HUB} or _of_earlier_form(name, hub)


def _of_earlier_form(name: str, hub: str) -> bool:
    return name.startswith(hub) and _EARLIER_FORM.fullmatch(name, len(hub)) is not None
