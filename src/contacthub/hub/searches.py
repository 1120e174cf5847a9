"""`hub.searches`: queries kept under a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contacthub.engine.port import Document
from contacthub.hub.audience import Audience
from contacthub.operations import redaction
from contacthub.operations import searches as operations
from contacthub.operations.history import Operation

if TYPE_CHECKING:
    from contacthub.hub.front import Hub


@dataclass(frozen=True)
class Search:
    """A saved search."""

    name: str
    query: str
    owner: str
    shared: bool
    _hub: Hub

    @property
    def audience(self) -> Audience:
        """Who it finds now."""
        return self._hub.find(self.query)

    def __repr__(self) -> str:
        return f"<Search {self.name}: {self.query}>"


class Searches:
    """One's own saved searches, and those shared with all."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __iter__(self) -> Iterator[Search]:
        documents = operations.visible(self._hub.session).values()
        for document in sorted(documents, key=lambda document: str(document["name"]).casefold()):
            yield self._search(document)

    def __len__(self) -> int:
        return len(operations.visible(self._hub.session))

    def get(self, name: str) -> Search:
        """The search of that name. Raises NotFound."""
        return self._search(operations.find(self._hub.session, name)[1])

    def _search(self, document: Document) -> Search:
        return Search(**document | {"query": redaction.query(self._hub.session, document["query"])}, _hub=self._hub)

    def create(self, name: str, query: str, *, shared: bool = False) -> Search:
        """Save a query, for oneself or for all. Raises QueryError, InvalidValue, Refused (`exists`)."""
        operations.save(self._hub.session, name, query, shared)
        return self.get(name)

    def delete(self, name: str) -> Operation:
        """Forget a saved search. Raises NotFound, NotAllowed."""
        return operations.delete(self._hub.session, name)
