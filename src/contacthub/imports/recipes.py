"""Recipes: a mapping with its policies and the options of an import, as a small TOML file that reads well in a diff."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from contacthub.errors import InvalidValue, NotFound
from contacthub.imports.mapping import ColumnMapping
from contacthub.imports.planning import Options
from contacthub.tables import headers
from contacthub.tables.cells import Table

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
    path = Path(recipe).expanduser()
    if path.exists():
        text, name = path.read_text(encoding="utf-8"), path.name
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


def _checked(recipe: dict[str, Any], name: str) -> dict[str, Any]:
    unknown = set(recipe) - {*OPTIONS, "columns", "optional", "description"}
    if unknown:
        raise InvalidValue(
            f"The recipe {name!r} has {', '.join(sorted(unknown))}; a recipe has columns, optional, description, "
            f"{', '.join(OPTIONS)}.",
            code="invalid_recipe", property="recipe", value=name,
        )  # fmt: skip
    return recipe


def mapping_for(recipe: Mapping[str, Any], table: Table) -> dict[int, Any]:
    """What a recipe says of the columns of a table. Raises InvalidValue (`recipe_does_not_fit`) for a header that the
    table has not, unless the recipe lists it as optional."""
    wanted = {headers.folded(header): value for header, value in recipe.get("columns", {}).items()}
    optional = {headers.folded(header) for header in recipe.get("optional", ())}
    if "*" in recipe.get("optional", ()):
        optional = set(wanted)
    present = [headers.folded(header) for header in table.headers]
    missing = [header for header in recipe.get("columns", {}) if headers.folded(header) not in {*present, *optional}]
    if missing:
        raise InvalidValue(
            f"The recipe does not fit {table.source.name!r}: it has no column {', '.join(map(repr, missing))}. "
            f"Its columns are {', '.join(repr(header) for header in table.headers if header)}.",
            code="recipe_does_not_fit", property="recipe", value=missing,
        )  # fmt: skip
    return {index: wanted[header] for index, header in enumerate(present) if header in wanted}


def options_of(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {key: recipe[key] for key in OPTIONS if key in recipe}


def save(path: Path, mapping: ColumnMapping, options: Options) -> None:
    """Write the recipe of a preview."""
    lines = []
    for key in ("duplicates", "only", "reactivate", "group", "area_code"):
        value = getattr(options, key)
        if value and not (key == "duplicates" and value == "merge"):
            lines.append(f"{key} = {_toml(value)}")
    if options.add:
        lines.append("add = " + _toml({kind: list(names) for kind, names in options.add.items()}))
    lines += ["", "[columns]"]
    for header, column in mapping.as_dict().items():
        target, *rest = column.values()
        plain = not rest or (list(column) == ["target", "policy"] and column["policy"] in ("set", "add"))
        lines.append(f"{_toml(header)} = {_toml(target if plain else column)}")
    path.write_text("\n".join(lines).lstrip() + "\n", encoding="utf-8")


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
