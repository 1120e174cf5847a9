"""Recipes: a mapping with its policies and the options of an import, as a small TOML file that reads well in a diff."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from contacthub.errors import FileError, InvalidValue, NotFound, Refused
from contacthub.imports import options
from contacthub.imports.mapping import ColumnMapping, MappedColumn
from contacthub.imports.planning import Options
from contacthub.tables import headers, write
from contacthub.tables.cells import Table
from contacthub.tables.headers import PROBLEMS

OPTIONS = ("sheet", "header_row", "duplicates", "only", "reactivate", "group", "area_code", "add")
SHIPPED = "contacthub.imports.shipped"


def shipped() -> list[str]:
    """The names of the recipes that come along."""
    return sorted(
        entry.name.removesuffix(".toml") for entry in files(SHIPPED).iterdir() if entry.name.endswith(".toml")
    )


def load(recipe: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """A recipe by its file, or one that ships by its name. Raises NotFound, InvalidValue (`invalid_recipe`)."""
    if isinstance(recipe, Mapping):
        return _checked(dict(recipe), "the recipe")
    if not isinstance(recipe, str | Path):
        raise options.refused(
            f"recipe is a file, or the name of a recipe that ships, not {recipe!r}.", "recipe", recipe
        )
    path = Path(recipe).expanduser()
    if os.path.isfile(path):
        text, name = _text_of(path), path.name
    elif str(recipe) in shipped():
        text, name = files(SHIPPED).joinpath(f"{recipe}.toml").read_text(encoding="utf-8"), str(recipe)
    else:
        raise NotFound(f"There is no recipe {str(recipe)!r}. Give a file, or one of {', '.join(shipped())}.")
    try:
        return _checked(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise InvalidValue(
            f"The recipe {name!r} is no TOML: {error}.", code="invalid_recipe", property="recipe", value=name
        ) from error


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InvalidValue(
            f"The recipe {path.name!r} cannot be read: {reason}.",
            code="invalid_recipe", property="recipe", value=path.name,
        ) from error  # fmt: skip


def _checked(recipe: dict[str, Any], name: str) -> dict[str, Any]:
    unknown = {str(key) for key in recipe} - {*OPTIONS, "columns", "optional", "description"}
    if unknown:
        raise InvalidValue(
            f"The recipe {name!r} has {', '.join(sorted(unknown))}; a recipe has columns, optional, description, "
            f"{', '.join(OPTIONS)}.",
            code="invalid_recipe", property="recipe", value=name,
        )  # fmt: skip

    def refuse(message: str, option: str, value: Any) -> InvalidValue:
        return InvalidValue(f"The recipe {name!r}: {message}", code="invalid_recipe", property=option, value=value)

    options.check(options_of(recipe), refuse)
    columns = recipe.get("columns", {})
    if not isinstance(columns, Mapping):
        options.check_columns(columns, "columns", refuse)
    for header, meanings in columns.items():
        for meaning in _meanings(meanings):
            options.check_columns({header: meaning}, "columns", refuse)
    optional = recipe.get("optional", [])
    if not isinstance(optional, list | tuple) or not all(isinstance(header, str) for header in optional):
        raise refuse("optional is a list of headers.", "optional", optional)
    return recipe


def _meanings(meaning: Any) -> list[Any]:
    """What the columns of one header mean, in their order: a list, where a header stands over several."""
    return meaning if isinstance(meaning, list) else [meaning]


def mapping_for(recipe: Mapping[str, Any], table: Table) -> dict[int, Any]:
    """What a recipe says of the columns of a table. Raises InvalidValue (`recipe_does_not_fit`) for a header that the
    table has not, unless the recipe lists it as optional, and for one that it has more often than the recipe."""
    columns: Mapping[str, Any] = recipe.get("columns", {})
    optional = {headers.folded(header) for header in recipe.get("optional", ())}
    present: dict[str, list[int]] = {}
    for index, header in enumerate(table.headers):
        present.setdefault(headers.folded(header), []).append(index)
    found: dict[int, Any] = {}
    missing = []
    for header, meaning in columns.items():
        indices = present.get(headers.folded(header), [])
        if isinstance(meaning, list):
            if len(indices) > len(meaning):
                raise _does_not_fit(
                    table, f"it has {len(indices)} columns {header!r}, the recipe {len(meaning)}", header
                )
            found |= zip(indices, meaning, strict=False)
            lacks = len(indices) < len(meaning)
        else:
            found |= dict.fromkeys(indices, meaning)
            lacks = not indices
        if lacks and headers.folded(header) not in optional and "*" not in recipe.get("optional", ()):
            missing.append(header)
    if missing:
        raise _does_not_fit(table, f"it has no column {', '.join(map(repr, missing))}", missing)
    return found


def _does_not_fit(table: Table, why: str, value: Any) -> InvalidValue:
    return InvalidValue(
        f"The recipe does not fit {table.source.name!r}: {why}. "
        f"Its columns are {', '.join(repr(header) for header in table.headers if header)}.",
        code="recipe_does_not_fit", property="recipe", value=value,
    )  # fmt: skip


def options_of(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {key: recipe[key] for key in OPTIONS if key in recipe}


def save(path: Path, mapping: ColumnMapping, way: Options, reading: Mapping[str, Any]) -> None:
    """Write the recipe of a preview; `reading` is what was asked for of `sheet` and `header_row`. A recipe that is
    there already is replaced, and no other file. Raises FileError (`unknown_format` for a name that does not end in
    .toml), NotFound, Refused (`exists`)."""
    if path.suffix.lower() != ".toml":
        raise FileError(
            f"A recipe is a TOML file; end its name in .toml, not as {path.name!r}.",
            code="unknown_format", path=str(path),
        )  # fmt: skip
    _spare_others(path)
    lines = []
    for key in ("sheet", "header_row", "duplicates", "only", "reactivate", "group", "area_code"):
        value = reading[key] if key in reading else getattr(way, key, None)
        if value not in (None, False) and (key, value) != ("duplicates", "merge"):
            lines.append(f"{key} = {_toml(value)}")
    if way.add:
        lines.append("add = " + _toml({kind: list(names) for kind, names in way.add.items()}))
    lines += ["", "[columns]"]
    columns: dict[str, list[str]] = {}
    for column in mapping:
        if column.header and column.target != PROBLEMS:  # which the next file of the kind has not
            columns.setdefault(column.header, []).append(_meaning(column))
    for header, meanings in columns.items():
        one = all(meaning == meanings[0] for meaning in meanings)
        lines.append(f"{_toml(header)} = {meanings[0] if one else '[' + ', '.join(meanings) + ']'}")
    with write.beside(path) as temporary:
        temporary.write_text("\n".join(lines).lstrip() + "\n", encoding="utf-8")


def _spare_others(path: Path) -> None:
    """Raise Refused (`exists`) for a file that is there and is no recipe: a hub or a backup under a wrong name, the
    settings of another program."""
    if not path.exists():
        return
    try:
        load(path)
    except (InvalidValue, NotFound):  # no recipe, or no file: a folder, a device
        raise Refused(
            f"{path.name!r} is there already and is no recipe; it would be lost. Choose another name.", code="exists"
        ) from None


def _meaning(column: MappedColumn) -> str:
    """What a column means, as short as it can be said."""
    (kept,) = ColumnMapping([column]).as_dict().values()
    plain = set(kept) <= {"target", "policy"} and kept.get("policy", "set") in ("set", "add")
    return _toml(kept["target"] if plain else kept)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(str(key))} = {_toml(part)}" for key, part in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value)
