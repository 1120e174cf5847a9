"""People whom an earlier import of the same file made, because somebody decided so (`resolve("create")`).

Their identities stayed with somebody else, so their rows cannot find them by these; the same file, with the same
decision, would make them again each time.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, SetKey, Store
from contacthub.identity.keys import match_key
from contacthub.model.text import fold
from contacthub.query.meaning import Equals
from contacthub.query.properties import attribute
from contacthub.tables.cells import Source


class MadeBefore:
    """The contacts that earlier imports of a file made, to be found by the names of its rows, each for one row."""

    def __init__(self, store: Store, source: Source, names: Mapping[int, str]) -> None:
        """`names` are those of the rows that are decided to be other people, by the indices of these."""
        self._names = {index: fold(name) for index, name in names.items()}
        self._by_name: dict[str, list[tuple[int, list[str]]]] = {}
        members = BitMap()
        if names and source.sha256:
            for id, document in store.scan("imports"):
                if document["sha256"] == source.sha256:
                    members |= store.members(SetKey("imports", id))
        if members:
            members &= store.matching(Equals(attribute("name"), frozenset(self._names.values())))
        for id, document in sorted(store.get(CONTACTS, members).items()):
            if document["source"] == "import":
                keys = [match_key(urn) for urn in document["urns"]]
                self._by_name.setdefault(fold(document["name"]), []).append((id, keys))

    def take(self, index: int, keys: list[str], in_file: Container[str]) -> int | None:
        """The contact that a row made before, if there is one; it is no other row's then.

        `keys` are the match keys of the row; who has another one that is in the file is another row's person."""
        found = self._by_name.get(self._names.get(index, ""), [])
        for position, (id, own) in enumerate(found):
            if not any(key in in_file and key not in keys for key in own):
                del found[position]
                return id
        return None
