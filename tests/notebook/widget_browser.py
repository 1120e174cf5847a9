"""What a browser sends to a widget, and what it hears from it: the tests' own front end."""

from __future__ import annotations

from typing import Any

import pytest


class Browser:
    """What a browser sends to a widget, and what it hears from it."""

    def __init__(self, widget: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget = widget
        self.heard: list[dict[str, Any]] = []
        monkeypatch.setattr(widget, "send", lambda content, buffers=None: self.heard.append(content))

    def send(self, **message: Any) -> list[dict[str, Any]]:
        """Send a message as the front end does, and give what was answered to it."""
        before = len(self.heard)
        self.widget._handle_custom_msg(message, [])
        return self.heard[before:]
