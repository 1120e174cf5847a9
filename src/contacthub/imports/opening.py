"""The way in: a file or a frame, the options of an import, and the preview that they give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contacthub.engine.port import Progress
from contacthub.errors import InvalidValue, NotAllowed
from contacthub.model.member import MAY, may
from contacthub.session import Session
from contacthub.tables.limits import DEFAULT, Limits

if TYPE_CHECKING:
    from contacthub.imports.preview import Preview

SETS = ("tags", "lists", "groups")


def preview(
    session: Session,
    source: Any,
    *,
    sheet: str | int | None = None,
    header_row: int | None = None,
    mapping: Mapping[Any, Any] | None = None,
    recipe: Any = None,
    duplicates: str = "merge",
    only: str | None = None,
    reactivate: bool = False,
    group: str | None = None,
    add: Mapping[str, Iterable[str]] | None = None,
    area_code: str | None = None,
    language: str = "en",
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> Preview:
    """What importing a file (path) or a DataFrame would do. Nothing is written.

    `sheet` is a name, a position from 0, or `"*"` for all sheets of the same headers. `mapping` maps headers to
    targets, see `mapping.propose`. `recipe` is the path of a recipe, or the name of one that ships. `duplicates` says
    how several rows for one contact are taken: merge (in order), first, last or error. `only` is create or update.
    `group` is a static group that all contacts go to, `add` more of that kind, `{"tags": ["fair"]}`. `area_code` is
    put in front of local phone numbers. `language` is that of the messages: en, pt or es. `progress` is told rows:
    those read so far without a total, then those planned out of all.
    Raises NotFound, FileError, InvalidValue, NotAllowed, Cancelled.
    """
    from contacthub.imports import recipes
    from contacthub.imports.mapping import propose
    from contacthub.imports.planning import DUPLICATES, Options
    from contacthub.imports.preview import Preview
    from contacthub.tables.read import read

    if not may(session.role, "import"):
        raise NotAllowed(f"{session.actor} is {session.role}; an import needs the role {MAY['import']}.")
    chosen: dict[str, Any] = {
        "sheet": sheet, "header_row": header_row, "duplicates": duplicates, "only": only, "reactivate": reactivate,
        "group": group, "area_code": area_code, "add": add,
    }  # fmt: skip
    cooked = recipes.load(recipe) if recipe is not None else {}
    for key, value in recipes.options_of(cooked).items():
        if chosen[key] in (None, False, "merge"):  # what is asked for by hand wins
            chosen[key] = value
    _one_of("duplicates", chosen["duplicates"], DUPLICATES)
    _one_of("only", chosen["only"], (None, "create", "update"))
    options = Options(
        chosen["duplicates"], chosen["only"], chosen["reactivate"], chosen["group"], _added(chosen["add"]),
        chosen["area_code"],
    )  # fmt: skip
    table = read(source, sheet=chosen["sheet"], header_row=chosen["header_row"], limits=limits, progress=progress)
    if progress:
        progress(0, len(table))
    wanted = {**recipes.mapping_for(cooked, table), **(mapping or {})} if cooked else mapping
    return Preview(session, table, propose(table, session, wanted), options, language=language, progress=progress)


def _one_of(name: str, value: Any, choices: tuple[Any, ...]) -> None:
    if value not in choices:
        shown = ", ".join(str(choice) for choice in choices if choice)
        raise InvalidValue(
            f"{name} is one of {shown}, not {value!r}.", code="invalid_option", property=name, value=value
        )


def _added(add: Mapping[str, Iterable[str]] | None) -> dict[str, tuple[str, ...]]:
    """Names to add to every row, by kind. Raises InvalidValue."""
    for kind, names in (add or {}).items():
        if kind not in SETS or isinstance(names, str):
            raise InvalidValue(
                f"add takes lists of names under {', '.join(SETS)}, such as add={{'tags': ['fair']}}.",
                code="invalid_option", property="add", value=add,
            )  # fmt: skip
    return {kind: tuple(names) for kind, names in (add or {}).items()}
