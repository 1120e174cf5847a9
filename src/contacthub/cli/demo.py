"""`contacthub demo`: the main job from end to end, on the sample data, in a hub of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from contacthub.cli.command import Call, command
from contacthub.cli.preview import show_preview
from contacthub.errors import NotFound

if TYPE_CHECKING:
    from contacthub.hub import Hub

PANEL = "Look"
QUERIES = (
    ("everybody in Recife or Olinda", "cidade = (Recife, Olinda)"),
    ("a birthday in the next 30 days", "anniversary.birthday <= +30d"),
    ("coffee lovers with a high score", "interes = coffee AND score >= 70"),
    ("written consent, and no VIP yet", "opt_in = yes AND NOT tag = vip"),
)
TAG = "tasting-december"
TAGGED = QUERIES[2][1]


def register(app: typer.Typer) -> None:
    command(app, "demo", panel=PANEL)(demo)


def demo(call: Call) -> None:
    """Show the main job on sample data: import, segment, tag, undo, export. Your own hub is not touched."""
    leads = sample("leads.xlsx")
    folder = Path(tempfile.mkdtemp(prefix="contacthub-demo-"))
    call.hub = str(folder / "demo.hub")
    with call.open(create=True) as hub:
        hub.settings.update(name="Feira do Sertão", country="BR", timezone="America/Recife")
        call.out.zone = ZoneInfo(hub.settings.timezone)
        hub.fields.create("Score", type="number")
        hub.fields.create("Birthday", type="datetime")
        call.out.line(f"A fresh hub: {call.hub}")
        _import(call, hub, leads)
        _segment(call, hub)
        _change(call, hub)
        _export(call, hub, folder)
    _goodbye(call, call.hub)


def sample(name: str) -> Path:
    """A file of the sample data. Raises NotFound where contacthub was installed without its checkout."""
    for parent in Path(__file__).resolve().parents:
        path = parent / "sample_data" / name
        if path.is_file():
            return path
    raise NotFound(
        f"The sample data ({name}) is not here: it comes with the source, not with the installed package. "
        "Run `make demo` in a clone of the repository."
    )


def _step(call: Call, number: int, title: str) -> None:
    call.out.line()
    call.out.console.rule(f"{number}. {title}", align="left", style="dim") if call.out.is_terminal else call.out.line(
        f"{number}. {title}"
    )


def _import(call: Call, hub: Hub, leads: Path) -> None:
    _step(call, 1, "Import: see it before it happens")
    with call.out.progress(f"Reading {leads.name}") as progress:
        preview = hub.imports.preview(str(leads), progress=progress)
    show_preview(call.out, hub, preview, name=leads.name, changes=6, problems=6)
    with call.out.progress("Importing") as progress:
        result = preview.commit(progress=progress)
    call.out.line()
    call.out.line(f"Committed: {result.created:,} contacts created, {result.updated:,} updated.", "green")


def _segment(call: Call, hub: Hub) -> None:
    _step(call, 2, "Segments: groups and queries")
    regulars = hub.groups.create("Regulars")
    hub.find("tag = (vip, wholesale)").add_to_group(regulars.name)
    hub.groups.create("Hot leads", query="score >= 80")
    call.out.table(
        ("group", "contacts", "kind"),
        ((group.name, f"{group.count:,}", f"dynamic: {group.query}" if group.is_dynamic else "static")
         for group in hub.groups),
        right=("contacts",), indent=2,
    )  # fmt: skip
    call.out.line()
    call.out.table(
        ("who", "query", "contacts"),
        ((title, query, f"{len(hub.find(query)):,}") for title, query in QUERIES),
        right=("contacts",), indent=2,
    )  # fmt: skip


def _change(call: Call, hub: Hub) -> None:
    _step(call, 3, "Change many at once, and take it back")
    people = hub.find(TAGGED)
    operation = people.tag(TAG)
    call.out.line(f"  {operation.summary}: {operation.count:,} contacts, operation {operation.id}")
    call.out.line(f"  tag = {TAG}: {len(hub.find(f'tag = {TAG}')):,}")
    report = hub.undo(operation.id)
    call.out.line(f"  undo {operation.id}: {len(report.kept):,} kept, {len(report.failed):,} failed")
    call.out.line(f"  tag = {TAG}: {len(hub.find(f'tag = {TAG}')):,}")


def _export(call: Call, hub: Hub, folder: Path) -> None:
    _step(call, 4, "Export a segment")
    path = folder / "recife.xlsx"
    query = QUERIES[0][1]
    with call.out.progress("Writing") as progress:
        hub.export(str(path), query=query, progress=progress)
    call.out.line(f"  {len(hub.find(query)):,} contacts are in {path}")


def _goodbye(call: Call, location: str) -> None:
    _step(call, 5, "Your turn")
    place = shlex.quote(location)
    call.out.line("In the terminal:")
    call.out.line(f"  {_program()} --hub {place}", "bold")
    call.out.line("In a notebook (jupyter lab):")
    call.out.line("  import contacthub as ch", "bold")
    call.out.line(f"  hub = ch.open({location!r})", "bold")
    call.out.line("  hub.explore()", "bold")


def _program() -> str:
    """How the person can start contacthub from where they are."""
    if shutil.which("contacthub"):
        return "contacthub"
    path = Path(sys.executable).with_name("contacthub")
    return shlex.quote(os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path))
