"""Looking after a hub: making one, backing it up, and finding out what is wrong."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Annotated

import typer

from contacthub.cli.changes import counted
from contacthub.cli.command import Call, command, default_hub
from contacthub.cli.one import new_file
from contacthub.errors import HubError, NotFound, Refused, StoreError
from contacthub.tables.targets import spare_hub

PANEL = "Look after the hub"
UNUSABLE_HERE = ("cannot_open", "read_only", "older_hub")
"""Codes of errors that are not about damage: the hub may be whole."""
NewFile = Annotated[str, typer.Argument(metavar="FILE", help="Where to write it; a file that is there is refused.")]


def register(app: typer.Typer) -> None:
    command(app, "init", panel=PANEL)(init)
    command(app, "backup", panel=PANEL)(backup)
    command(app, "restore", panel=PANEL)(restore)
    command(app, "dump", panel=PANEL)(dump)
    command(app, "check", panel=PANEL)(check)
    command(app, "doctor", panel=PANEL)(doctor)


def init(
    call: Call,
    name: Annotated[str | None, typer.Option("--name", help="The organisation, shown as title.")] = None,
    country: Annotated[
        str | None,
        typer.Option("--country", metavar="CODE", help="Country of phone numbers that tell none, such as BR."),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            "--timezone", metavar="ZONE", help="Days begin at midnight here, and times are shown in it: America/Recife."
        ),
    ] = None,
    date_order: Annotated[
        str | None, typer.Option("--date-order", metavar="ORDER", help="How 03/04/2026 is read: dmy, mdy or ymd.")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group", metavar="GROUP", help="A Unix group whose members may use it too, each as who their account is."
        ),
    ] = None,
) -> None:
    """Make a new hub, with its first settings."""
    location = _lasting(call.location)
    if "://" not in location and Path(location).expanduser().exists():
        raise Refused(f"{location} is there already. `contacthub settings` changes how it is set up.", code="exists")
    values = {"name": name, "country": country, "timezone": timezone, "date_order": date_order}
    given = {key: value for key, value in values.items() if value is not None}
    from contacthub.model.settings import Settings

    Settings().updated(**given)  # a wrong setting must not leave a hub behind
    with call.open(create=True, group=group) as hub:
        if given:
            hub.settings.update(**given)
    if call.json:
        call.out.data({"path": location})
    else:
        call.out.line(f"A new hub is at {location}.")
        if "country" not in given:
            call.out.note("Set its country next, so that phone numbers are understood: contacthub settings country=BR")


def backup(call: Call, path: NewFile) -> None:
    """Write a copy of the hub, while it is in use."""
    new_file(call, path)
    with call.open(read_only=True) as hub, call.out.progress("Copying") as progress:
        hub.backup(path, progress=progress)
    _written(call, path, "A backup")


def dump(call: Call, path: NewFile) -> None:
    """Write the hub as JSON that plain TinyDB opens and `contacthub restore` reads."""
    new_file(call, path)
    with call.open(read_only=True) as hub, call.out.progress("Writing") as progress:
        hub.dump(path, progress=progress)
    _written(call, path, "A dump")


def _written(call: Call, path: str, what: str) -> None:
    size = Path(path).stat().st_size
    if call.json:
        call.out.data({"path": path, "bytes": size})
    else:
        call.out.line(f"{what} is at {path} ({size / 1e6:,.1f} MB).")


def restore(
    call: Call, path: Annotated[str, typer.Argument(metavar="FILE", help="A backup or a dump of a hub.")]
) -> None:
    """Make a new hub from a backup or a dump. --hub has to say where; CONTACTHUB_HUB does not count. Nothing is
    overwritten."""
    from contacthub.hub.care import restore as restore_hub

    location = Path(_target(call)).expanduser()
    if location.exists():
        raise Refused(
            f"{location} is there already, and nothing is restored over it. Say with --hub where the restored hub "
            "goes, or move that hub away with all of its files.",
            code="exists",
        )
    spare_hub(location, path)
    if location == default_hub():
        location.parent.mkdir(parents=True, exist_ok=True)
    elif not location.parent.is_dir():
        raise NotFound(f"There is no folder {str(location.parent)!r} to write {location.name!r} to.")
    with call.out.progress("Restoring") as progress:
        restore_hub(Path(path), location, progress)
    with call.open(read_only=True) as hub:
        count = len(hub.contacts)
    usual = Path(Call().location).expanduser()
    if call.json:
        call.out.data({"path": str(location), "contacts": count})
    else:
        call.out.line(f"The hub at {location} has {counted(count)}.")
        if usual.resolve() != location.resolve():
            call.out.note(f"Without --hub, commands go on using {usual}; set CONTACTHUB_HUB to change that.")


def _target(call: Call) -> str:
    """Where a restored hub goes. It has to be said: what an environment variable of last week or a default names is
    where the hub in use is, and seldom where a backup is to be looked at."""
    if call.hub is None:
        raise typer.BadParameter(
            f"Say where the restored hub goes: --hub NEW_HUB. (Other commands use {call.location} now; to restore to "
            "that place, name it.)"
        )
    return _lasting(call.location)


def _lasting(location: str) -> str:
    """Where a hub is made that outlives the command."""
    if location == ":memory:":
        raise typer.BadParameter("A hub in memory ends with the command. Give the path of a file.")
    return location


def check(call: Call) -> int:
    """Check that the hub is whole: its file and what is in it. The exit code is 1 if it is not."""
    with call.open(read_only=True) as hub:
        problems = hub.verify()
    if call.json:
        call.out.data([{"code": problem.code, "message": problem.message} for problem in problems])
    elif not problems:
        call.out.line("The hub is whole.")
    else:
        from contacthub.hub.care import lines

        for line in lines(problems):
            call.out.line(line)
        call.out.note(
            "`contacthub restore BACKUP --hub NEW_HUB` makes a hub from a backup; "
            "`contacthub doctor --rescue NEW_HUB` saves what it can."
        )
    return 1 if problems else 0


def doctor(
    call: Call,
    rescue: Annotated[
        str | None,
        typer.Option("--rescue", metavar="FILE", help="Save what can be read of a damaged hub into this new one."),
    ] = None,
) -> int:
    """Tell what is installed, where the hub is, whether it opens and may be written; or rescue a damaged one. The hub
    is only read. The exit code is 1 if it has a problem, or if something of it was lost in the rescue."""
    if rescue is not None:
        return _rescue(call, rescue)
    facts: dict[str, object] = {
        "contacthub": _version("contacthub"),
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        **{name: _version(name) for name in ("tinydb", "pandas", "pyarrow", "textual", "phonenumbers")},
        "sqlite": _sqlite(),
        "terminal": f"{os.environ.get('TERM', 'none')}, {sys.stdout.encoding}",
        "hub": call.location,
        "access": _access(Path(call.location).expanduser()),
    }
    code = 0
    try:
        with call.open(read_only=True) as hub:
            facts["contacts"] = len(hub.contacts)
            facts["actor"] = f"{hub.actor} ({hub.role})"
            hub.store.check_pages()
    except HubError as error:
        facts["problem"] = str(error)
        if remedy := _remedy(error.code, Path(call.location).expanduser()):
            facts["remedy"] = remedy
        code = 1
    if call.json:
        call.out.data(facts)
    else:
        call.out.pairs(facts.items())
    return code


def _remedy(code: str, path: Path) -> str | None:
    """What can be done where a hub that may be whole does not open to be read."""
    if code not in UNUSABLE_HERE or not _may(path, os.R_OK):
        return None
    if code == "older_hub" and not _forbidden(path):
        return (
            "Any command that changes the hub brings it to the form of this program first, and keeps a backup beside "
            "it; so does a trial: `contacthub settings --hub HUB country=BR --dry-run`."
        )
    return (
        "Its file can be read: `contacthub doctor --hub HUB --rescue NEW_HUB` makes a new hub of what is in it, in a "
        "folder that you may write."
    )


def _rescue(call: Call, path: str) -> int:
    """The exit code is 1 if something was lost."""
    from contacthub.hub.care import rescue

    target = new_file(call, path)
    folder = target.absolute().parent
    if folder.is_dir() and (why := _unwritable(folder)):
        raise StoreError(
            f"{path} cannot be created: {why}. Name the new hub in a folder that you may write. {call.location} is "
            "only read, and can stay where it is.",
            code="read_only",
        )
    problems = rescue(Path(call.location).expanduser(), target)
    if call.json:
        call.out.data({"path": path, "lost": [{"code": one.code, "message": one.message} for one in problems]})
        return 1 if problems else 0
    call.out.line(f"{call.location} was only read. The new hub is {target.absolute()}.")
    call.out.line("This was lost:" if problems else "Nothing was lost.")
    for problem in problems:
        call.out.line(f"  {problem.message}")
    return 1 if problems else 0


def _access(path: Path) -> str | None:
    """What one may do with a hub where it is; None where there is none."""
    if not path.is_file() or not _may(path, os.R_OK):
        return None
    why = _forbidden(path)
    return f"read only: {why}" if why else "read and write"


def _forbidden(path: Path) -> str | None:
    """Why a hub may not be written where it is, None where it may."""
    path = path.resolve()
    return _unwritable(path) or _unwritable(path.parent)


def _unwritable(path: Path) -> str | None:
    """Why a file or folder may not be written, None where it may."""
    if _may(path, os.W_OK):
        return None
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{path} is on a medium that can only be read"
    return f"you may not write {path}"


def _may(path: Path, right: int) -> bool:
    return os.access(path, right, effective_ids=os.access in os.supports_effective_ids)


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version
