"""The picture of the explorer for the README; run by docs/pictures.py, and by no test run."""

import os
from pathlib import Path

from conftest import PATIENCE, Lab

QUERY = "cidade = (Recife, Olinda) AND score >= 40"


def test_picture(lab: Lab) -> None:
    hub, target = Path(os.environ["CONTACTHUB_PICTURE_HUB"]), os.environ["CONTACTHUB_PICTURE"]
    (lab.root / hub.name).write_bytes(hub.read_bytes())
    notebook = lab.open(
        "Segments",
        f"import contacthub as ch\n\nhub = ch.open({hub.name!r}, actor='bia')\nhub.explore({QUERY!r})",
    )
    notebook.page.set_viewport_size({"width": 1280, "height": 820})
    notebook.run()
    notebook.page.locator(
        ".jp-OutputArea-output canvas, .jp-OutputArea-output [role=grid], .jp-OutputArea-output table"
    ).first.wait_for(timeout=PATIENCE)
    notebook.page.wait_for_load_state("networkidle")
    notebook.page.screenshot(path=target)
