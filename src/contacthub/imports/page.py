"""The page of a preview: for people who have no hub, in their language; it needs nothing else and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from contacthub.imports.planning import OUTCOMES
from contacthub.imports.words import Words

if TYPE_CHECKING:
    from contacthub.imports.preview import Preview

COLOURS = {
    "create": "D9F2D9", "update": "D6E9FF", "unchanged": "FFFFFF", "conflict": "F6D6F6", "error": "FFD9D9",
    "skipped": "FFF3CC",
}  # fmt: skip
_MOST_ROWS = 2_000
"""Rows of each table; a browser shows no more with comfort. The workbook holds all."""
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: .25rem .7rem; text-align: left; vertical-align: top }
th { border-bottom: 2px solid #999 } tr + tr td { border-top: 1px solid #ddd } .outcomes td { font-size: 1.2rem }
del { color: #a33 } ins { color: #1a6; text-decoration: none } small { color: #777 }
"""


def words_of(preview: Preview) -> Words:
    """The words for a preview, with the names of its fields: those of the hub, and those it would make."""
    names = {key: field.name for key, (_, field) in preview.session.catalogue.fields.items()}
    names |= {column.key: column.target.argument for column in preview.mapping if column.new}
    return Words(preview.language, names)


def page(preview: Preview) -> str:
    """The preview as one page: no script, no picture, nothing from the network."""
    words = words_of(preview)
    name = escape(preview.table.source.name)
    outcomes = "".join(
        f'<td style="background:#{COLOURS[outcome]}"><b>{preview.summary[outcome]:,}</b> '
        f"{escape(words.of('outcome', outcome))}"
        for outcome in OUTCOMES
    )
    sha256, hash = escape(preview.table.source.sha256), preview.hash[:16]
    return "\n".join(
        (
            f'<!doctype html><html lang="{words.language}"><meta charset="utf-8"><title>{name}</title>',
            f'<style>{_STYLE}</style><h1>{name}</h1><table class="outcomes"><tr>{outcomes}</tr></table>',
            f"<p><small>SHA-256 {sha256} · {hash}</small></p>",
            *_effects(preview, words),
            f"<h2>{words.of('title', 'columns')}</h2>",
            _table(
                words, ("column", "samples", "filled", "meaning", "policy", "notes"), words.columns(preview.mapping)
            ),
            *_problems(preview, words),
            f"<h2>{words.of('title', 'changes')}</h2>",
            _changes(preview, words),
            _more(len(preview.changes), words),
            "</html>",
        )
    )


def _effects(preview: Preview, words: Words) -> Iterable[str]:
    told, moves = words.effects(preview.summary), words.moves(preview.summary)
    if told or moves:
        yield f"<h2>{words.of('title', 'effects')}</h2>"
    if told:
        yield "<table>" + "".join(f"<tr><td>{_text(what)}<td>{_text(value)}" for what, value in told) + "</table>"
    if moves:
        yield _table(words, ("group", "enter", "leave"), moves)


def _problems(preview: Preview, words: Words) -> Iterable[str]:
    kinds = preview.problem_counts
    if not len(kinds):
        return
    titles = ["severity", "count", "row", "column", "value", "message", "mend"]
    yield f"<h2>{words.of('title', 'kinds')}</h2>"
    yield _table(words, titles, _said(kinds[titles], words))
    titles = ["row", "column", "severity", "value", "message", "mend"]
    yield f"<h2>{words.of('title', 'problems')}</h2>"
    yield _table(words, titles, _said(preview.problems[titles].head(_MOST_ROWS), words))
    yield _more(len(preview.problems), words)


def _said(frame: Any, words: Words) -> list[list[Any]]:
    """The rows of a frame of problems, with words for their severity."""
    severities = [words.of("severity", severity) for severity in frame["severity"]]
    return frame.assign(severity=severities).astype(object).to_numpy().tolist()  # type: ignore[no-any-return]


def _changes(preview: Preview, words: Words) -> str:
    head = "".join(
        f"<th>{escape(words.of('column', name))}" for name in ("row", "property", "before", "after", "reason")
    )
    rows = "".join(
        f"<tr><td>{change['row']:,}<td>{escape(words.property(change['property']))}"
        f"<td><del>{escape(words.value(change['property'], change['before']))}</del>"
        f"<td><ins>{escape(words.value(change['property'], change['after']))}</ins>"
        f"<td>{escape(words.reason(change['reason']))}"
        for change in preview.changes.head(_MOST_ROWS).to_dict("records")
    )
    return f"<table><tr>{head}{rows}</table>"


def _table(words: Words, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{escape(words.of('column', title))}" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{_text(value)}" for value in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"


def _text(value: Any) -> str:
    import pandas

    if isinstance(value, int):
        return f"{value:,}"
    return "" if pandas.isna(value) else escape(str(value))


def _more(count: int, words: Words) -> str:
    return f"<p>{words.of('title', 'more', count=f'{count - _MOST_ROWS:,}')}</p>" if count > _MOST_ROWS else ""
