"""The words of a preview's page and workbook: what outcomes, columns, changes and effects are called by people."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from contacthub.imports.mapping import ColumnMapping, MappedColumn
from contacthub.imports.problems import language_of
from contacthub.imports.summary import Summary


@cache
def _catalogue() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(files("contacthub.imports").joinpath("words.toml").read_text(encoding="utf-8"))


class Words:
    """The words of one language: `en`, `pt` or `es`; `fields` are the names of fields by their keys."""

    def __init__(self, language: str, fields: Mapping[str, str]) -> None:
        self.language = language_of(language)
        self._fields = fields

    def of(self, part: str, key: str, **details: Any) -> str:
        """A word of a part of the catalogue; the key itself where there is none."""
        texts = _catalogue()[part].get(key)
        return texts[self.language].format(**details) if texts else key

    def property(self, path: str) -> str:
        """What a changed property is called: a field by its name."""
        kind, _, rest = path.partition(".")
        if kind == "fields":
            return self._fields.get(rest, rest)
        return self.of("property", kind, purpose=rest)

    def reason(self, reason: str) -> str:
        """Why a value changes."""
        word, separator, text = reason.partition(" from ")
        return self.of("reason", word, text=text if separator else "")

    def value(self, path: str, value: Any) -> str:
        """A value as people write it: sets with commas, identities without their scheme."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return self.of("value", "yes" if value else "no")
        if isinstance(value, list | tuple | set | frozenset):
            texts = sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)
            return ", ".join(text.partition(":")[2] or text if path == "urns" else text for text in texts)
        if path == "status" or path.startswith("opt_in"):
            return self.of("value", str(value))
        return str(value)

    def meaning(self, column: MappedColumn) -> str:
        """What a column is taken for."""
        target = column.target
        if target.kind in ("ignore", "read_only"):
            return self.of("target", target.kind)
        if target.kind == "field":
            type = self.of("type", column.type)
            return self.of("target", "new_field" if column.new else "field", name=target.argument, type=type)
        if target.kind == "group":
            return self.of("target", "group", name=target.argument)
        if target.kind in _catalogue()["property"] and target.kind != "urns":
            return self.of("property", target.kind, purpose=target.argument)
        return str(target).removeprefix("URN:")

    def columns(self, mapping: ColumnMapping) -> list[list[Any]]:
        """The columns of the file: header, samples, filled rows, meaning, policy, notes."""
        return [
            [
                column.header or f"({column.index + 1})", " · ".join(column.samples), column.filled,
                self.meaning(column), "" if column.target.kind == "uuid" else self.of("policy", column.policy),
                " ".join(problem.message(self.language) for problem in column.problems),
            ]
            for column in mapping
        ]  # fmt: skip

    def effects(self, summary: Summary) -> list[tuple[str, Any]]:
        """What an import does beside writing its cells, and why rows are left out: what it is, and names or how many;
        only what happens. Dynamic groups are told apart, by `moves`."""
        told: list[tuple[str, Any]] = []
        for key in _catalogue()["effect"]:
            value = summary[key]
            if value:
                told.append((self.of("effect", key), ", ".join(value) if isinstance(value, list) else value))
        told += [(self.of("skipped", code), count) for code, count in summary["skipped_because"].items()]
        return told

    def moves(self, summary: Summary) -> list[tuple[str, int, int]]:
        """Dynamic groups, with how many enter and leave each."""
        return [(name, enter, leave) for name, (enter, leave) in summary["groups"].items()]
