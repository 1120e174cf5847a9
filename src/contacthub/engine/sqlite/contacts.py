"""Contact documents as they are seen: with the names of their sets, and the instant of their newest change."""

from __future__ import annotations

import sqlite3

from pyroaring import BitMap

from contacthub.engine import locks
from contacthub.engine.port import SET_KINDS, SET_LABEL, Document, SetKind
from contacthub.engine.sqlite import touches
from contacthub.engine.sqlite.documents import Documents, decode
from contacthub.engine.sqlite.failures import Damaged
from contacthub.engine.sqlite.sets import Sets, in_blocks


class Contacts:
    """Completes documents. Names of catalogues are kept for as long as the version of the catalogue stays the same."""

    def __init__(self, documents: Documents, sets: Sets) -> None:
        self._documents = documents
        self._sets = sets
        self._labels: dict[SetKind, tuple[int, dict[int, str]]] = {}
        self._lock = locks.lock()

    def complete(self, connection: sqlite3.Connection, documents: dict[int, Document], *, keep: bool) -> None:
        """Add `tags`, `lists`, `groups` and `imports`, and `modified_on` where a set changed last. `keep=False` where
        what the connection sees may yet be rolled back."""
        for document in documents.values():
            document["tags"], document["lists"], document["groups"], document["imports"] = [], [], [], []
        labels = {kind: self.labels(connection, kind, keep=keep) for kind in SET_KINDS}
        for number, ids in in_blocks(BitMap(documents)):
            block = self._sets.block(connection, number, keep=keep)
            for key, members in block.sets.items():
                here = members & ids
                if not here:
                    continue
                kind, label = key.kind, labels[key.kind].get(key.id)
                if label is None:
                    continue  # a set that `check` reports: nobody knows what it is called
                for id in here:
                    documents[id][kind].append(label)
            for id, newest in block.touches.newest(ids).items():
                document = documents[id]
                document["modified_on"] = max(touches.text(newest), document.get("modified_on") or "")
        for document in documents.values():
            for kind in SET_KINDS:
                document[kind].sort()

    def labels(self, connection: sqlite3.Connection, kind: SetKind, *, keep: bool) -> dict[int, str]:
        """What stands in a contact for being in each set of a kind, by the id of the set."""
        row = connection.execute("SELECT version FROM tables WHERE name = ?", (kind,)).fetchone()
        if row is None:
            return {}
        kept = self._labels.get(kind)
        if kept is not None and kept[0] == row[0]:
            return kept[1]
        label = SET_LABEL[kind]
        labels = {
            id: _text(decode(body).get(label, ""))
            for batch in self._documents.scan(connection, kind)
            for id, body in batch
        }
        if keep:
            with self._lock:
                kept = self._labels.get(kind)
                if kept is None or kept[0] < row[0]:
                    self._labels[kind] = (row[0], labels)
        return labels


def _text(label: object) -> str:
    if not isinstance(label, str):
        raise Damaged("the name of a tag, list, group or import is no text")
    return label
