"""The terminal interface: a face of the hub for operators over SSH, built on Textual.

It uses the hub's public names only, shows data only through `safe`, and never waits for the store on the event loop.
Nothing below it may import it, and importing `contacthub` must not import Textual.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contacthub.hub import Hub

# Read by Textual when it is imported. With the kitty keyboard protocol on, accents and input methods get lost on
# several terminals.
os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")

__all__ = ["run"]


def run(hub: Hub, *, mouse: bool = True, read_only: bool = False) -> int:
    """Open the terminal interface on a hub and return when the person quits; the exit code, 0 unless it failed.

    `mouse=False` leaves the mouse to the terminal (its own selection works again); `read_only=True` takes away every
    key that changes something, whatever the actor's role.
    """
    from contacthub.tui.app import ContactsApp

    app = ContactsApp(hub, read_only=read_only)
    app.run(mouse=mouse)
    return app.return_code or 0
