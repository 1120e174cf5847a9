"""How commands print: tables for people, JSON for programs, errors as sentences.

Answers go to standard output; errors, questions and progress to standard error. On a terminal tables are fitted and
coloured; anywhere else they are plain and whole. Contact data is hostile: a terminal obeys what is printed on it, so
every control character is made visible first, and no data is ever read as markup. People read instants in the hub's
time zone, which is named once; programs get them in UTC.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo
from itertools import islice
from typing import Any, Literal

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from contacthub.errors import HubError, QueryError

PLAIN_PAGE = 1000
"""Rows of a plain table that are measured at once: a million rows must not wait for the last."""

GAP = 2
"""Blanks between the columns of a table."""
NARROWEST = 6
"""A column is not squeezed below this, even if the table then is wider than the terminal."""

SET_ANOTHER_ZONE = (
    "Install the data of time zones (`pip install tzdata`), or set another zone: contacthub settings timezone=UTC"
)

Progress = Callable[[int, "int | None"], None]

_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_NAMED = {
    "\n": "↵",
    "\t": "⇥",
    "\x7f": "␡",
    "\u202e": "⟨RLO⟩",
    "\u202d": "⟨LRO⟩",
    "\u200b": "⟨ZWSP⟩",
    "\ufeff": "⟨BOM⟩",
}


def visible(value: object, zone: tzinfo = UTC) -> str:
    """Text on one line in which no character acts on a terminal: each such character is shown by a sign."""
    text = value if isinstance(value, str) else shown(value, zone)
    return _CONTROL.sub(_sign, text)


def _sign(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else f"⟨{code:04X}⟩"


def shown(value: object, zone: tzinfo = UTC) -> str:
    """A value as people read it: nothing for none, several values with commas, instants to the minute in a zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return (value.astimezone(zone) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(item, zone)}" for key, item in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(shown(item, zone) for item in value)
    return str(value)


def has_instant(value: object) -> bool:
    """Whether the zone matters to how a value is shown."""
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return any(map(has_instant, value.values() if isinstance(value, dict) else value))
    return isinstance(value, datetime) and value.tzinfo is not None


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Left to `command`, which ends quietly."""
        raise BrokenPipeError


LONG = 50_000
"""Contacts whose columns take longer to make than one waits without a word."""


class Output:
    """Standard output and standard error of one command."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self.zone: tzinfo = UTC
        """In which people read instants: the hub's, once it is open."""
        self._zone_named = False
        self._zone_missing = False
        self._prepared = False
        self.console = _Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.errors = _Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def is_terminal(self) -> bool:
        return self.console.is_terminal

    @property
    def can_ask(self) -> bool:
        """Whether a person is there to answer a question."""
        return sys.stdin.isatty() and self.errors.is_terminal

    def line(self, text: object = "", style: str = "") -> None:
        """One line for people; nothing under `--json`."""
        if not self.json:
            self.console.print(Text(visible(text), style=style))

    def paragraph(self, text: object, style: str = "", *, indent: int = 0) -> None:
        """Text for people, broken at words and indented on a terminal."""
        if self.json:
            return
        if not self.is_terminal:
            self.line(" " * indent + visible(text))
            return
        from rich.padding import Padding

        self.console.print(Padding(Text(visible(text), style=style), (0, 0, 0, indent)), soft_wrap=False)

    def heading(self, text: str) -> None:
        """What the next lines are about."""
        self.line()
        self.line(text, "bold cyan")

    def data(self, value: object) -> None:
        """The answer for programs."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")

    def records(self, records: Iterable[object]) -> None:
        """An array for programs, written as it comes, so that it needs no memory."""
        first = True
        for record in records:
            sys.stdout.write("[\n  " if first else ",\n  ")
            sys.stdout.write(json.dumps(record, ensure_ascii=False, default=_plain))
            first = False
        sys.stdout.write("[]\n" if first else "\n]\n")

    def table(
        self, headers: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), indent: int = 0
    ) -> None:
        """A table: fitted to a terminal, plain and whole anywhere else. `right`: headers of columns of numbers."""
        if not self.is_terminal:
            return self._plain_table(headers, rows, right, indent)
        from rich import box
        from rich.padding import Padding
        from rich.table import Table

        kept = [list(row) for row in rows]
        cells = [[visible(cell, self.zone) for cell in row] for row in kept]
        widths = fitted(headers, cells, right, self.console.width - indent)
        table = Table(
            box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, GAP - 1, 0, 0)
        )
        for header, width in zip(headers, widths, strict=True):
            justify: Literal["left", "right"] = "right" if header in right else "left"
            table.add_column(Text(header), justify=justify, width=width, no_wrap=True, overflow="ellipsis")
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self.console.print(Padding(table, (0, 0, 0, indent), expand=False), soft_wrap=False)
        if has_instant(kept):
            self._name_zone(indent)
        return None

    def _plain_table(
        self, headers: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str], indent: int
    ) -> None:
        lines: Iterator[Sequence[object]] = iter(rows)
        page = list(islice(lines, PLAIN_PAGE))
        titles = self._titles(headers, page)
        widths = [cell_len(title) for title in titles]
        page.insert(0, titles)
        in_zone = False
        while page:
            in_zone = in_zone or has_instant(page)
            cells = [[visible(cell, self.zone) for cell in row] for row in page]
            widths = [max(width, *(cell_len(row[i]) for row in cells)) for i, width in enumerate(widths)]
            for row in cells:
                padded = (
                    " " * (width - cell_len(cell)) + cell if header in right else cell + " " * (width - cell_len(cell))
                    for header, cell, width in zip(headers, row, widths, strict=True)
                )
                sys.stdout.write((" " * indent + "  ".join(padded)).rstrip() + "\n")
            page = list(islice(lines, PLAIN_PAGE))
        if in_zone:
            self._name_zone(indent)

    def _titles(self, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
        """The headers, those of instants with their zone: what is piped into a file is read without a line beneath."""
        in_zone = [any(has_instant(row[i]) for row in rows) for i in range(len(headers))]
        self._zone_named = self._zone_named or any(in_zone)
        return [f"{header} ({self.zone})" if here else header for header, here in zip(headers, in_zone, strict=True)]

    def _name_zone(self, indent: int = 0) -> None:
        """Say once in which zone instants are."""
        if not self._zone_named:
            self._zone_named = True
            self.line(f"{' ' * indent}Times are in {self.zone}.", "dim")

    def pairs(self, pairs: Iterable[tuple[str, object]], *, indent: int = 0) -> None:
        """Names with their values, one a line; pairs without a value are left out."""
        filled = [(label, value) for label, value in pairs if value not in (None, "", [], (), {})]
        kept = [(label, visible(value, self.zone)) for label, value in filled]
        width = max((cell_len(label) for label, _ in kept), default=0)
        for label, value in kept:
            text = Text(" " * indent)
            text.append(label + " " * (width - cell_len(label)), style="cyan")
            text.append("  " + value)
            self.console.print(text)
        if has_instant(filled):
            self._name_zone(indent)

    def note(self, text: str) -> None:
        """A remark that is not the answer, on standard error."""
        self.errors.print(Text(visible(text), style="dim"))

    def missing_zone(self, zone: str) -> None:
        """The hub's time zone is none that this machine knows: people read instants in UTC, which is said once."""
        self.zone = UTC
        if not self._zone_missing and not self.json:
            self.note(
                f"This machine does not know the hub's time zone {zone!r}; times are shown in UTC. {SET_ANOTHER_ZONE}"
            )
        self._zone_missing = True

    def preparing(self, done: int, total: int | None) -> None:
        """Told while a search waits for its columns; says so once, to somebody who waits at a terminal."""
        if self._prepared or self.json or not self.errors.is_terminal or (total or 0) < LONG:
            return
        self._prepared = True
        self.note(f"Preparing {total:,} contacts for searching; later searches need not wait for this.")

    def waiting(self, who: str) -> None:
        """Told while a change waits for another program's; says so to somebody who waits at a terminal."""
        if not self.json and self.errors.is_terminal:
            self.note(f"Waiting for {who}, which is changing the hub.")

    def ask(self, question: str) -> bool:
        """Yes or no from the person at the terminal; return alone is no."""
        self.errors.print(Text(f"{question} [y/N] "), end="")
        return sys.stdin.readline().strip().casefold() in ("y", "yes", "s", "sim", "sí", "si")

    def fail(self, message: str, **details: Any) -> None:
        """An error in plain sentences on standard error."""
        if self.json:
            record = {"error": {"message": message, **details}}
            sys.stderr.write(json.dumps(record, ensure_ascii=False, default=_plain) + "\n")
        else:
            sys.stderr.write("\n".join(visible(line) for line in message.split("\n")) + "\n")

    def error(self, error: HubError) -> None:
        """An error of the hub; under a wrong query, a caret at the place."""
        details: dict[str, Any] = {"code": error.code}
        if not isinstance(error, QueryError):
            self.fail(str(error), **details)
            return
        self.fail(str(error), **details, extra=error.extra, start=error.start, end=error.end)
        if error.query and not self.json:
            sys.stderr.write("\n".join(caret(error.query, error.start, error.end)) + "\n")

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """A bar on standard error for long work; gives the callback that moves it. Nothing where nobody looks."""
        if self.json or not self.errors.is_terminal:
            yield lambda done, total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.errors, transient=True) as bar:
            task = bar.add_task(visible(label), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def fitted(headers: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str], room: int) -> list[int]:
    """Widths of columns that fit into `room`: the widest give way first, numbers never, for half a number is wrong."""
    widths = [
        max(cell_len(header), *(cell_len(row[i]) for row in rows)) if rows else cell_len(header)
        for i, header in enumerate(headers)
    ]
    shrinkable = [i for i, header in enumerate(headers) if header not in right]
    while shrinkable and sum(widths) + GAP * len(widths) > room:
        widest = max(shrinkable, key=lambda i: widths[i])
        if widths[widest] <= NARROWEST:
            break
        widths[widest] -= 1
    return widths


def caret(query: str, start: int, end: int) -> tuple[str, str]:
    """The line of the query that is wrong, and a line with carets under the place."""
    begin = query.rfind("\n", 0, start) + 1
    stop = query.find("\n", start)
    stop = len(query) if stop < 0 else stop
    line = query[begin:stop]
    before, place = visible(line[: start - begin]), visible(line[start - begin : max(end - begin, start - begin)])
    return f"  {visible(line)}", "  " + " " * cell_len(before) + "^" * max(1, cell_len(place))


def _plain(value: Any) -> Any:
    """What JSON has no form for."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    item = getattr(value, "item", None)  # numpy's numbers
    return item() if callable(item) else str(value)
