"""The options of an import, checked where they come in: from Python, the command line or a recipe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

from contacthub.errors import InvalidValue
from contacthub.imports.planning import DUPLICATES
from contacthub.imports.problems import LANGUAGES
from contacthub.model.text import clean_line, fold
from contacthub.model.values import GROUP_LENGTH
from contacthub.session import Session
from contacthub.tables.cells import Source
from contacthub.tables.headers import Target

SETS = ("tags", "lists", "groups")
Refuse = Callable[[str, str, Any], InvalidValue]
"""Makes the error: what is wrong, of which option, the value."""


def refused(message: str, option: str, value: Any) -> InvalidValue:
    """The error of an option that was given by hand."""
    return InvalidValue(message, code="invalid_option", property=option, value=value)


def check(options: Mapping[str, Any], refuse: Refuse = refused) -> None:
    """Raise InvalidValue for an option that has not the kind of value it takes."""
    for option, value in options.items():
        rule, takes = RULES[option]
        if not rule(value):
            raise refuse(f"{option} is {takes}, not {_shown(value)}.", option, value)


def check_columns(columns: Any, option: str, refuse: Refuse = refused) -> None:
    """Raise InvalidValue for what is no mapping of columns to what they mean."""
    if not isinstance(columns, Mapping):
        example = 'columns = { "Fone 2" = "Phone" }' if option == "columns" else "mapping={'Fone 2': 'Phone'}"
        raise refuse(
            f"{option} says of columns what they mean, as in {example}, not {_shown(columns)}.", option, columns
        )
    for header, meaning in columns.items():
        if not (isinstance(header, str | int) and not isinstance(header, bool)):
            raise refuse(f"{option} names columns by header or position, not by {_shown(header)}.", option, header)
        problem = _wrong_meaning(meaning)
        if problem:
            raise refuse(f"{option}, column {header!r}: {problem}.", option, meaning)


def _wrong_meaning(meaning: Any) -> str:
    """What is wrong with what one column is said to mean; "" where nothing is."""
    parts = meaning if isinstance(meaning, Mapping) else {"target": meaning}
    for part, value in parts.items():
        if part == "target" and not (value is None or isinstance(value, str | Target)):
            return f"it is mapped to a target such as 'Phone' or 'Field:Age', or to a table, not to {_shown(value)}"
        if part in ("policy", "type") and not (value is None or isinstance(value, str)):
            return f"its {part} is a text, not {_shown(value)}"
        if part == "values" and not (value is None or _values(value)):
            return f"its values are a table of texts, such as {{'Português': 'por'}}, not {_shown(value)}"
    return ""


def _values(values: Any) -> bool:
    return isinstance(values, Mapping) and all(isinstance(value, str | int | float) for value in values.values())


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _code(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\(?[0-9]{1,5}\)?", value) is not None


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _added(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        kind in SETS
        and isinstance(names, Iterable)
        and not isinstance(names, str | Mapping)
        and all(isinstance(name, str) for name in names)
        for kind, names in value.items()
    )


RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "sheet": (lambda value: value is None or _text(value) or _whole(value), "the name of a sheet, or its place from 0"),
    "header_row": (lambda value: value is None or (_whole(value) and value >= 1), "the number of a row, from 1"),
    "duplicates": (lambda value: value in DUPLICATES, f"one of {', '.join(DUPLICATES)}"),
    "only": (lambda value: value in (None, "create", "update"), "one of create, update"),
    "reactivate": (lambda value: isinstance(value, bool), "true or false"),
    "group": (
        lambda value: value is None or value is True or _text(value),
        "the name of a group, or true for the file's name",
    ),
    "area_code": (lambda value: value is None or _code(value), "an area code as a text, such as '21'"),
    "add": (
        lambda value: value is None or _added(value),
        f"lists of names under {', '.join(SETS)}, such as {{'tags': ['fair']}}",
    ),
    "language": (
        lambda value: isinstance(value, str) and re.split("[-_]", value)[0].lower() in LANGUAGES, "one of en, pt, es",
    ),
}  # fmt: skip
"""Option → whether it takes a value, and what it takes."""


def proposed_group(session: Session, source: Source) -> str:
    """The group that is proposed for the contacts of a file: the file's name without its ending; of a frame, which has
    none, the day."""
    if source.format == "frame":
        return f"Import of {session.now().date().isoformat()}"
    name = clean_line(re.sub(r"[\"'\\]+", " ", Path(source.name).stem))[:GROUP_LENGTH].strip() or "Import"
    groups = session.catalogue.documents["groups"].values()
    if any(document.get("query") and fold(document["name"]) == fold(name) for document in groups):
        ending = " (import)"  # a dynamic group finds its contacts itself
        return name[: GROUP_LENGTH - len(ending)] + ending
    return name
