"""Which of several rows for one contact counts, and which are passed over.

People of different names are not passed over for one another: their rows are conflicts, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contacthub.identity.names import share_a_word
from contacthub.imports.people import common_words
from contacthub.imports.problems import Problem


@dataclass(slots=True)
class Counting:
    """What the way of an import makes of a contact's rows."""

    row: int | None = None
    """The only row that counts; None where all do."""
    conflicts: dict[int, Problem] = field(default_factory=dict)


def counting(
    way: str, rows: list[int], known: str, name_of: Callable[[int], Any], choices: Mapping[int, str]
) -> Counting:
    """Which of these rows counts under a way of `DUPLICATES`. `known` is the contact's name, `name_of` gives that of a
    row as `Rules.name` does, `choices` what a person decided of a row (`update` for one that gives a UUID)."""
    if way == "merge" or len(rows) == 1:
        return Counting()
    if way == "error":
        return Counting(rows[0])
    names = {
        index: name for index in rows if isinstance(name := name_of(index), str) and choices.get(index) != "update"
    }
    return _first(rows, known, name_of, names, choices) if way == "first" else _last(rows, known, names, choices)


def _first(
    rows: list[int], known: str, name_of: Callable[[int], Any], names: dict[int, str], choices: Mapping[int, str]
) -> Counting:
    """The first row counts. Later ones whose name shares no word with its name are in conflict."""
    given = name_of(rows[0])
    person = known if given is None else given if isinstance(given, str) else ""
    found = Counting(rows[0])
    for index in rows[1:]:
        name = names.get(index, "")
        person = person or name
        if name and index not in choices and not share_a_word(person, name):
            found.conflicts[index] = _differs(name, person)
    return found


def _last(rows: list[int], known: str, names: dict[int, str], choices: Mapping[int, str]) -> Counting:
    """The last row counts. If the names have no word in common, none does but what a person decided: with one of them
    written, the same file would lead to others the next time."""
    everybody = list(dict.fromkeys(name for name in (known, *names.values()) if name))
    words = common_words(everybody)
    if words is None or words:
        return Counting(rows[-1])
    decided = [index for index in rows if choices.get(index) == "create"]
    found = Counting(rows[-1] if rows[-1] in choices or not decided else decided[-1])
    for index in rows:
        if index not in choices:
            name = names.get(index) or everybody[-1]
            other = next((one for one in everybody if not share_a_word(one, name)), everybody[0])
            found.conflicts[index] = _differs(name, other)
    return found


def _differs(name: str, other: str) -> Problem:
    return Problem("name_differs", "error", name, {"owner": other})
