"""The table where no browser runs our code: escaped HTML for saved notebooks, plain text for terminals."""

from __future__ import annotations

import unicodedata
from html import escape

from contacthub.notebook.rows import Rows

HTML_ROWS = 20
TEXT_ROWS = 10
WIDEST = 28
"""Columns of a terminal that one cell may take."""


def as_html(rows: Rows, count: int, caption: str) -> str:
    """A plain `<table>`, without styles that a front end would strip and without anything that runs."""
    head = "".join(f"<th>{escape(column.title)}</th>" for column in rows.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell.html()}</td>" for cell in row.cells) + "</tr>"
        for row in rows.fetch(0, min(count, HTML_ROWS))
    )
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<p>{escape(_note(count, HTML_ROWS, caption))}</p>"
    )


def as_text(rows: Rows, count: int, caption: str) -> str:
    """Columns under their titles, cut to fit a terminal."""
    lines = [[column.title for column in rows.columns]]
    lines += [[cell.text() for cell in row.cells] for row in rows.fetch(0, min(count, TEXT_ROWS))]
    lines = [[_fit(text) for text in line] for line in lines]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    table = [
        "  ".join(text + " " * (w - _width(text)) for text, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([*(table if widths else []), _note(count, TEXT_ROWS, caption)])


def _note(count: int, shown: int, caption: str) -> str:
    return f"{caption}, the first {shown} shown" if count > shown else caption


def _fit(text: str) -> str:
    if _width(text) <= WIDEST:
        return text
    while _width(text) > WIDEST - 1:
        text = text[:-1]
    return text + "…"


def _width(text: str) -> int:
    """Terminal columns: East Asian wide characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
