"""Arranging what a hub is arranged by: the order of fields and lists, colours, what is featured or hidden, and tags
that turn out to be one."""

from __future__ import annotations

from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import Document, SetKey
from contacthub.errors import InvalidValue
from contacthub.operations.catalogue import followed
from contacthub.operations.commit import commit
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation
from contacthub.operations.usage import found
from contacthub.session import Session


def arrange(session: Session, names: list[str]) -> Operation:
    """Put fields in this order; those not named follow in the order they have. Raises NotFound."""
    return _arranged(session, "fields", names)


def feature(session: Session, name: str, featured: bool = True) -> Operation:
    """Show a field in lists, or no longer. Raises NotFound."""
    word = "feature" if featured else "no longer feature"
    return _changed(session, "fields", name, f"{word} {name}", featured=featured)


def _changed(session: Session, table: str, name: str, summary: str, **values: Any) -> Operation:
    session.require(table)

    def effects() -> Effects:
        id, before = found(session, table, name)
        return Effects(catalogue=[CatalogueChange(table, id, before, {**before, **values})])

    return commit(session, kind=table, summary=summary, effects=effects)


def _arranged(session: Session, table: str, names: list[str]) -> Operation:
    session.require(table)

    def effects() -> Effects:
        first = [found(session, table, name)[0] for name in names]
        documents = session.catalogue.documents[table]
        rest = sorted(documents.keys() - set(first), key=lambda id: (documents[id].get("position", 0), id))
        changes: list[CatalogueChange] = []
        for position, id in enumerate([*dict.fromkeys(first), *rest]):
            before: Document = documents[id]
            if before.get("position") != position:
                changes.append(CatalogueChange(table, id, before, {**before, "position": position}))
        return Effects(catalogue=changes)

    return commit(session, kind=table, summary=f"arrange {table}: {', '.join(names)}", effects=effects)


def arrange_lists(session: Session, names: list[str]) -> Operation:
    """Put the inbox tabs in this order; those not named follow. Raises NotFound."""
    return _arranged(session, "lists", names)


def decorate(session: Session, table: str, name: str, **values: Any) -> Operation:
    """Give a tag a colour (`color`, `#rrggbb`), or hide a list (`hidden`). Raises NotFound, InvalidValue."""
    colour = values.get("color")
    if colour is not None and not (
        isinstance(colour, str)
        and len(colour) == 7
        and colour[0] == "#"
        and set(colour[1:].lower()) <= set("0123456789abcdef")
    ):
        raise InvalidValue(
            f"{colour!r} is no colour; write it like #2e7d32.", code="invalid_color", property="color", value=colour
        )
    what = ", ".join(f"{key} {value}" for key, value in values.items())
    return _changed(session, table, name, f"{name}: {what}", **values)


def merge_tags(session: Session, names: list[str], into: str) -> Operation:
    """Make several tags one: whoever has any of them has `into`, the others go, and queries that named them name
    `into`. Raises NotFound."""
    session.require("tags")

    def effects() -> Effects:
        target, kept = found(session, "tags", into)
        done, joined, renamed = Effects(), BitMap(), {}
        for id, before in dict(found(session, "tags", name) for name in names).items():
            if id == target:
                continue
            members = session.store.members(SetKey("tags", id))
            joined |= members
            renamed[before["name"]] = kept["name"]
            done.remove_from_set(SetKey("tags", id), members)
            done.catalogue.append(CatalogueChange("tags", id, before, None))
        done.add_to_set(SetKey("tags", target), joined - session.store.members(SetKey("tags", target)))
        done.catalogue += followed(session, "tags", renamed)
        return done

    return commit(session, kind="tags", summary=f"merge tags {', '.join(names)} into {into}", effects=effects)
