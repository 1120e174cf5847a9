"""Export: the marked contacts, or all of the list, into a file whose ending says the format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contacthub.tui.ask import Confirm, Line
from contacthub.tui.files import HINT, PathSuggester, expanded
from contacthub.tui.safe import visible
from contacthub.tui.work import ask, in_thread

if TYPE_CHECKING:
    from contacthub.hub import Audience
    from contacthub.tui.app import ContactsApp
    from contacthub.tui.verbs import Targets

FORMATS = (".xlsx", ".csv", ".tsv", ".jsonl", ".parquet")


async def export(app: ContactsApp, targets: Targets) -> None:
    """Ask where to, and write the file as a job."""
    typed = await ask(app, Line(
        f"Export {targets.title}", f"The ending says the format: {' '.join(FORMATS)}", value="contacts.xlsx",
        check=_wrong, suggester=PathSuggester(), hint=HINT,
    ))  # fmt: skip
    if typed is None:
        return
    path = expanded(typed)
    if path.exists() and not await ask(app, Confirm("Replace the file?", f"{path} exists already.")):
        return
    audience: Audience = await in_thread(app, targets.audience)
    await app.jobs.run(f"Export to {path.name}", lambda progress: app.hub.export(path, audience, progress=progress))
    app.tell(f"{targets.title} written to {visible(path)}")


def _wrong(typed: str) -> str | None:
    """What is wrong with a path to write to, or None."""
    path = expanded(typed)
    if path.suffix.lower() not in FORMATS:
        return f"The ending is one of {' '.join(FORMATS)}"
    return None if path.parent.is_dir() else f"There is no folder {path.parent}."
