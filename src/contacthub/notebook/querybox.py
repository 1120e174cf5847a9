"""The box that a query is typed into: a count while one types, completion, and errors that point at their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

from contacthub.errors import QueryError
from contacthub.notebook.cells import printable
from contacthub.notebook.guard import shown

STATIC = Path(__file__).parent / "static"
LONGEST_QUERY = 10_000
MOST_SUGGESTIONS = 12


class Completion(Protocol):
    """What the hub offers: `text[start:end]` is replaced by `.text`."""

    @property
    def text(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def count(self) -> int | None: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class QueryBox(anywidget.AnyWidget):
    """A line to type ContactQL into.

    `on_text` is called with each new text; it raises QueryError for one that is no query. The browser sends the next
    text when it has heard of the last one, so a slow hub hears fewer texts and never old ones.
    """

    _esm = STATIC / "querybox.js"
    _css = STATIC / "style.css"

    text = traitlets.Unicode("").tag(sync=True)
    """What stands in the box, a query or not."""
    placeholder = traitlets.Unicode("Everybody. Type a query, such as:  tag = vip AND age > 18").tag(sync=True)
    count = traitlets.Unicode("").tag(sync=True)
    """What stands at the right end: `412 of 5,000`."""
    hint = traitlets.Unicode("").tag(sync=True)
    """The line under the box: how the query is read."""
    error = traitlets.Dict().tag(sync=True)
    """`message`, and the query's text `before`, `at` and `after` the place of the error; empty: none."""

    def __init__(
        self, on_text: Callable[[str], None], complete: Callable[[str, int], Sequence[Completion]], text: str = ""
    ) -> None:
        self.last_error: Exception | None = None
        self._on_text = on_text
        self._complete = complete
        super().__init__(text=text)
        self.on_msg(self._received)

    @shown
    def _received(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("text"), str):
            return
        text, question = content["text"][:LONGEST_QUERY], content.get("id")
        if content.get("kind") == "text":
            self.enter(text)
            self.send({"kind": "text", "id": question})
        elif content.get("kind") == "complete" and isinstance(content.get("cursor"), int):
            cursor = max(0, min(content["cursor"], len(text)))
            self.send({"kind": "complete", "id": question, "items": self._suggestions(text, cursor)})

    def enter(self, text: str) -> None:
        """Take a text as if it had been typed. An error of the query is shown; the last good answer stays."""
        self.text = text
        try:
            self._on_text(text)
        except QueryError as error:
            self.last_error = error
            start = max(0, min(error.start, len(text)))
            end = max(start, min(error.end, len(text)))
            parts = {"before": text[:start], "at": text[start:end], "after": text[end:]}
            self.error = {name: printable(part) for name, part in parts.items()} | {"message": printable(error)}
        else:
            self.error = {}

    def _suggestions(self, text: str, cursor: int) -> list[dict[str, Any]]:
        return [
            {
                "text": item.text,
                "label": printable(item.label),
                "kind": item.kind,
                "count": "" if item.count is None else f"{item.count:,}",
                "start": item.start,
                "end": item.end,
            }
            for item in self._complete(text, cursor)[:MOST_SUGGESTIONS]
        ]

    def show_error(self, message: str) -> None:
        self.error = {"message": message, "before": "", "at": "", "after": ""}
