"""Makes the README's pictures from the running programs, on a hub of the sample data: `make pictures`.

    tui.png        the terminal interface at 120x36, by Textual's own screenshot
    notebook.png   the segment explorer in a real JupyterLab, in headless Chromium

The hub, its people and the clock are the same at every run, so a picture changes when a face does.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
SIZE = (120, 36)
QUERY = "cidade = (Recife, Olinda) AND score >= 40"
FONT = "DejaVu Sans Mono"


def sample_hub(path: Path) -> None:
    """The leads, with a few groups and lists, as a team would have after a week of work."""
    import contacthub
    from contacthub.model import contact

    random = Random(47)
    contact.uuid4 = lambda: UUID(int=random.getrandbits(128), version=4)  # equals are sorted by uuid
    with contacthub.open(path, create=True, actor="bia", clock=lambda: NOW) as hub:
        hub.settings.update(name="Feira do Sertão", country="BR", timezone="America/Recife")
        hub.fields.create("Score", type="number")
        hub.fields.create("Birthday", type="datetime")
        hub.imports.preview(str(ROOT / "sample_data" / "leads.xlsx")).commit()
        hub.groups.create("Regulars")
        hub.find("tag = (vip, wholesale)").add_to_group("Regulars")
        hub.groups.create("Hot leads", query="score >= 80")
        hub.groups.create("Birthday this month", query="month.birthday = 11")
        hub.find("interes = coffee").add_to_list("Tasting")
        hub.find("tag = press").assign("me")


async def picture_of_the_terminal(hub_path: Path, target: Path) -> None:
    import contacthub
    from contacthub.tui.app import ContactsApp

    with contacthub.open(hub_path, actor="bia", clock=lambda: NOW) as hub:
        app = ContactsApp(hub, now=lambda: NOW)
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)
            await pilot.press("slash", *QUERY, "enter")
            await settled(pilot)
            await pilot.press("j", "space", "j", "space")
            await settled(pilot)
            svg = app.export_screenshot(title="contacthub")
    target.write_bytes(png(svg))


async def settled(pilot) -> None:  # type: ignore[no-untyped-def]
    """Wait until no worker reads any more and the screen shows what it read."""
    await pilot.pause()
    while any(not worker.is_finished for worker in pilot.app.workers):
        await asyncio.sleep(0.05)
        await pilot.pause()
    await pilot.pause()


def png(svg: str) -> bytes:
    """The screenshot as a PNG, in a monospace font that is here rather than one from the network."""
    import resvg_py

    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)
    svg = re.sub(r"font-family:\s*[^;\"]*", f"font-family: {FONT}", svg)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, monospace_family=FONT, font_family=FONT))


def picture_of_the_notebook(hub_path: Path, target: Path) -> None:
    """Driven by the harness of the browser tests, so that there is one of its kind."""
    environment = {**os.environ, "CONTACTHUB_PICTURE_HUB": str(hub_path), "CONTACTHUB_PICTURE": str(target)}
    recipe = ROOT / "tests" / "browser" / "picture_of_explorer.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(recipe)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def main() -> None:
    if not shutil.which("chromium"):
        sys.exit("The picture of the notebook needs Chromium: apt-get install chromium.")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # No configuration of the person who makes the pictures.
        os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_STATE_HOME"] = folder
        hub_path = Path(folder) / "fair.hub"
        sample_hub(hub_path)
        asyncio.run(picture_of_the_terminal(hub_path, PICTURES / "tui.png"))
        print("docs/pictures/tui.png")
        picture_of_the_notebook(hub_path, PICTURES / "notebook.png")
        print("docs/pictures/notebook.png")


if __name__ == "__main__":
    main()
