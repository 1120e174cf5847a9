"""The page on ContactQL says what the program does: its table of attributes, its examples, its rewritings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from query_schema import make_schema

from contacthub.query import parse
from contacthub.query.properties import ATTRIBUTES

PAGE = (Path(__file__).parents[2] / "docs" / "contactql.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```contactql\n(.*?)```", PAGE, re.DOTALL)
READINGS = re.findall(r"^\| `([^`]+)`[^|]*\| (?:＋ )?`([^`]+)`", PAGE.partition("## Properties")[0], re.MULTILINE)


def table() -> str:
    """The attributes, a row for each kind of them."""
    lines = ['| attribute | type | `= ""` |', "|---|---|---|"]
    for known in ATTRIBUTES.values():
        kind = "yes or no" if known.yes_no else "date" if known.type == "datetime" else known.type
        contains = ", `~`" if known.contains and known.type == "text" else ""
        added = "" if known.rapidpro else " ＋"
        lines.append(f"| `{known.key}`{added} | {kind}{contains} | {'yes' if known.set_check else 'no'} |")
    return "\n".join(lines)


def test_the_table_of_attributes_is_that_of_the_program() -> None:
    assert table() in PAGE


@pytest.mark.parametrize("text", [line for block in BLOCKS for line in block.splitlines()])
def test_every_example_is_a_query(text: str) -> None:
    assert parse(text, make_schema())


@pytest.mark.parametrize(("typed", "read"), READINGS)
def test_words_are_read_as_the_page_says(typed: str, read: str) -> None:
    schema = make_schema(country="BR")
    assert parse(typed, schema) == parse(read, schema)
