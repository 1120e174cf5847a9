"""Saved searches: queries under a name, for oneself or for all."""

from __future__ import annotations

from contacthub.engine.port import Document
from contacthub.errors import NotFound, Refused
from contacthub.model import values as rules
from contacthub.model.text import fold
from contacthub.operations.commit import commit
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation
from contacthub.query import parse
from contacthub.session import Session

SEARCHES = "searches"


def visible(session: Session) -> dict[int, Document]:
    """The searches that the actor sees: her own, and those shared with all."""
    searches = session.catalogue.documents[SEARCHES].items()
    return {id: document for id, document in searches if document["shared"] or document["owner"] == session.actor}


def find(session: Session, name: str) -> tuple[int, Document]:
    """The search of that name, one's own before a shared one. Raises NotFound."""
    named = [(id, document) for id, document in visible(session).items() if fold(document["name"]) == fold(name)]
    if not named:
        raise NotFound(f"There is no saved search {name!r}.")
    return min(named, key=lambda item: item[1]["owner"] != session.actor)


def save(session: Session, name: str, query: str, shared: bool) -> Operation:
    """Keep a query under a name; dates are kept so that no setting changes their meaning. Raises QueryError,
    InvalidValue, Refused (`exists`)."""
    session.require("edit")
    name = rules.line(name, "search", rules.TAG_LENGTH, empty=False)

    def effects() -> Effects:
        if any(fold(document["name"]) == fold(name) for document in visible(session).values()):
            raise Refused(f"There is a saved search {name!r} already; choose another name.", code="exists")
        saved = parse(query, session.resolver).saved(session.now())
        document = {"name": name, "query": saved, "owner": session.actor, "shared": shared}
        return Effects(catalogue=[CatalogueChange(SEARCHES, -1, None, document)])

    return commit(session, kind=SEARCHES, summary=f"save search {name}", effects=effects)


def delete(session: Session, name: str) -> Operation:
    """Forget a saved search; somebody else's takes the role that may undo others' work. Raises NotFound."""

    def effects() -> Effects:
        id, document = find(session, name)
        session.require("edit" if document["owner"] == session.actor else "undo_others")
        return Effects(catalogue=[CatalogueChange(SEARCHES, id, document, None)])

    return commit(session, kind=SEARCHES, summary=f"delete search {name}", effects=effects)
