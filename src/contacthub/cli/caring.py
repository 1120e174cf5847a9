"""Looking after a hub: making one, backing it up, and finding out what is wrong."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Annotated

import typer

from contacthub.cli.command import Call, command
from contacthub.errors import HubError, Refused

PANEL = "Look after the hub"


def register(app: typer.Typer) -> None:
    command(app, "init", panel=PANEL)(init)
    command(app, "backup", panel=PANEL)(backup)
    command(app, "doctor", panel=PANEL)(doctor)


def init(
    call: Call,
    name: Annotated[str | None, typer.Option("--name", help="The organisation, shown as title.")] = None,
    country: Annotated[
        str | None, typer.Option("--country", metavar="CODE", help="Country of phone numbers without one, such as BR.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="Days begin at midnight here: America/Recife.")
    ] = None,
    date_order: Annotated[
        str | None, typer.Option("--date-order", metavar="ORDER", help="How 03/04/2026 is read: dmy, mdy or ymd.")
    ] = None,
) -> None:
    """Make a new hub, with its first settings."""
    location = call.location
    if "://" not in location and Path(location).expanduser().exists():
        raise Refused(f"{location} is there already. `contacthub settings` changes how it is set up.", code="exists")
    values = {"name": name, "country": country, "timezone": timezone, "date_order": date_order}
    given = {key: value for key, value in values.items() if value is not None}
    from contacthub.model.settings import Settings

    Settings().updated(**given)  # a wrong setting must not leave a hub behind
    with call.open(create=True) as hub:
        if given:
            hub.settings.update(**given)
    if call.json:
        call.out.data({"path": location})
    else:
        call.out.line(f"A new hub is at {location}.")
        if "country" not in given:
            call.out.note("Set its country next, so that phone numbers are understood: contacthub settings country=BR")


def backup(
    call: Call,
    path: Annotated[str, typer.Argument(metavar="FILE", help="Where to write the copy.")],
) -> None:
    """Write a copy of the hub, while it is in use."""
    if Path(path).exists():
        raise Refused(f"{path} is there already; a backup overwrites nothing.", code="exists")
    with call.open() as hub:
        hub.backup(path)
    if call.json:
        call.out.data({"path": path, "bytes": Path(path).stat().st_size})
    else:
        call.out.line(f"A backup is at {path} ({Path(path).stat().st_size / 1e6:,.1f} MB).")


def doctor(call: Call) -> int:
    """Tell what is installed, where the hub is and whether it opens."""
    facts: dict[str, object] = {
        "contacthub": _version("contacthub"),
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        **{name: _version(name) for name in ("tinydb", "pandas", "pyarrow", "textual", "phonenumbers")},
        "sqlite": _sqlite(),
        "terminal": f"{os.environ.get('TERM', 'none')}, {sys.stdout.encoding}",
        "hub": call.location,
    }
    code = 0
    try:
        with call.open(read_only=True) as hub:
            facts["contacts"] = len(hub.contacts)
            facts["actor"] = f"{hub.actor} ({hub.role})"
    except HubError as error:
        facts["problem"] = str(error)
        code = 1
    if call.json:
        call.out.data(facts)
    else:
        call.out.pairs(facts.items())
    return code


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version
