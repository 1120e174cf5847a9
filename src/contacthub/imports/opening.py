"""The way in: a file or a frame, the options of an import, and the preview that they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contacthub.engine.port import Progress
from contacthub.errors import NotAllowed
from contacthub.imports import options
from contacthub.model.member import MAY, may
from contacthub.session import Session
from contacthub.tables.limits import Limits

if TYPE_CHECKING:
    from contacthub.imports.mapping import ColumnMapping
    from contacthub.imports.preview import Preview
    from contacthub.tables.cells import Table


def preview(
    session: Session,
    source: Any,
    *,
    sheet: str | int | None = None,
    header_row: int | None = None,
    mapping: Mapping[Any, Any] | ColumnMapping | None = None,
    recipe: Any = None,
    duplicates: str = "merge",
    only: str | None = None,
    reactivate: bool = False,
    group: str | bool | None = None,
    add: Mapping[str, Iterable[str]] | None = None,
    area_code: str | None = None,
    language: str = "en",
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Preview:
    """What importing a file (path) or a DataFrame would do. Nothing is written.

    `sheet` is a name, a position from 0, or `"*"` for all sheets of the same headers. `mapping` maps headers to
    targets, see `mapping.propose`. `recipe` is the path of a recipe, or the name of one that ships. `duplicates` says
    how several rows for one contact are taken: merge (in order), first, last or error. `only` is create or update.
    `group` is a static group that all contacts go to (True: one of the file's name), `add` more of that kind,
    `{"tags": ["fair"]}`. `area_code` is put in front of local phone numbers. `language` is that of the messages: en,
    pt or es. `progress` is told rows: those read so far without a total, then those planned out of all.
    `limits` are those of the hub's settings, unless others are given.
    Raises NotFound, FileError, InvalidValue, NotAllowed, Cancelled.
    """
    from contacthub.imports import recipes
    from contacthub.imports.mapping import ColumnMapping, propose
    from contacthub.imports.planning import Options
    from contacthub.imports.preview import Preview
    from contacthub.tables.read import read

    if not may(session.role, "import"):
        raise NotAllowed(f"{session.actor} is {session.role}; an import needs the role {MAY['import']}.")
    chosen: dict[str, Any] = {
        "sheet": sheet, "header_row": header_row, "duplicates": duplicates, "only": only, "reactivate": reactivate,
        "group": group, "area_code": area_code, "add": _listed(add),
    }  # fmt: skip
    options.check({**chosen, "language": language})
    if not isinstance(mapping, ColumnMapping | None):
        options.check_columns(mapping, "mapping")
    cooked = recipes.load(recipe) if recipe is not None else {}
    for key, value in recipes.options_of(cooked).items():
        if chosen[key] is None or (key, chosen[key]) in (("duplicates", "merge"), ("reactivate", False)):
            chosen[key] = value  # what is asked for by hand wins
    reading = {"sheet": chosen["sheet"], "header_row": chosen["header_row"]}
    table = read(source, **reading, limits=limits or Limits.of(session.settings), progress=progress)
    if chosen["group"] is True:
        chosen["group"] = options.proposed_group(session, table.source)
    way = Options(
        chosen["duplicates"], chosen["only"], chosen["reactivate"], chosen["group"],
        {kind: tuple(names) for kind, names in (chosen["add"] or {}).items()}, chosen["area_code"],
    )  # fmt: skip
    wanted = _wanted(mapping, recipes.mapping_for(cooked, table), table)
    return Preview(
        session, table, propose(table, session, wanted), way, language=language, reading=reading, progress=progress,
        file=Path(source).expanduser().absolute() if isinstance(source, str | Path) else None,
    )  # fmt: skip


def _listed(add: Any) -> Any:
    """Names to add, which may be given as any iterable, as lists."""
    if not isinstance(add, Mapping):
        return add
    return {
        kind: list(names) if isinstance(names, Iterable) and not isinstance(names, str | Mapping) else names
        for kind, names in add.items()
    }


def _wanted(
    mapping: Mapping[Any, Any] | ColumnMapping | None, cooked: Mapping[int, Any], table: Table
) -> dict[Any, Any] | ColumnMapping:
    """What is asked of the columns of a table: by hand before by recipe."""
    if isinstance(mapping, Mapping | None):
        return {**cooked, **(mapping or {})}
    if [column.header for column in mapping] == table.headers:
        return mapping
    return {**cooked, **mapping.as_dict()}
