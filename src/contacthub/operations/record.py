"""The effects of an operation as bytes, for the history: compact, and readable by every later version.

Values are kept by column (ids as a bitmap, then the values before and after; one value where all are the same), so a
bulk change of 100,000 contacts stores what changed and not 100,000 contacts. Of a contact that was created only its
uuid is kept: to undo is to delete, and what is deleted is kept whole by the undo.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

import msgspec
from pyroaring import BitMap

from contacthub.engine.port import SetChange, SetKey, SetKind
from contacthub.operations.effects import CatalogueChange, Effects

FORMAT = 1


def encode(effects: Effects) -> bytes:
    return msgspec.msgpack.encode(
        {
            "format": FORMAT,
            "created": [
                [id, bytes.fromhex(document["uuid"].replace("-", ""))] for id, document in effects.created.items()
            ],
            "deleted": [[id, _json(document)] for id, document in effects.deleted.items()],
            "values": {path: _column(changes) for path, changes in effects.values.items()},
            "sets": [
                [key.kind, key.id, change.added.serialize(), change.removed.serialize()]
                for key, change in effects.sets.items()
            ],
            "catalogue": [
                [change.table, change.id, _json(change.before), _json(change.after)] for change in effects.catalogue
            ],
            "ledger": [_json(event) for event in effects.ledger],
        }
    )


def decode(data: bytes, contact: int | None = None) -> Effects:
    """The effects that were encoded; or those on one contact alone, and none of the ledger: what there is of a million
    others is passed over then."""
    raw = _record.decode(data)
    alone = contact is not None
    changed = {path: _changes(column, contact) for path, column in raw.values.items()}
    return Effects(
        created={id: {"uuid": str(UUID(bytes=uuid))} for id, uuid in _pairs(raw.created, contact)},
        deleted={id: msgspec.json.decode(text) for id, text in _pairs(raw.deleted, contact)},
        values={path: changes for path, changes in changed.items() if changes or not alone},
        sets={
            SetKey(cast(SetKind, kind), id): SetChange(_cut(added, contact), _cut(removed, contact))
            for kind, id, added, removed in raw.sets
        },
        catalogue=[
            CatalogueChange(table, id, _document(before), _document(after))
            for table, id, before, after in raw.catalogue
        ],
        ledger=[] if alone else [msgspec.json.decode(text) for text in _texts.decode(raw.ledger)],
    )


class _Record(msgspec.Struct):
    """What is kept. The parts that may be of very many contacts are decoded only as far as they are asked for."""

    created: msgspec.Raw
    deleted: msgspec.Raw
    values: dict[str, tuple[bytes, msgspec.Raw, msgspec.Raw]]
    sets: list[tuple[str, int, bytes, bytes]]
    catalogue: list[tuple[str, int, bytes | None, bytes | None]]
    ledger: msgspec.Raw


_record = msgspec.msgpack.Decoder(_Record)
_texts = msgspec.msgpack.Decoder(list[bytes])
_of_ids = msgspec.msgpack.Decoder(list[tuple[int, bytes]])


def _pairs(raw: msgspec.Raw, contact: int | None) -> Iterator[tuple[int, bytes]]:
    return (pair for pair in _of_ids.decode(raw) if contact is None or pair[0] == contact)


def _cut(packed: bytes, contact: int | None) -> BitMap:
    ids = BitMap.deserialize(packed)
    return ids if contact is None else ids & BitMap([contact])


def _json(document: dict[str, Any] | None) -> bytes | None:
    return None if document is None else msgspec.json.encode(document)


def _document(text: bytes | None) -> dict[str, Any] | None:
    return None if text is None else cast(dict[str, Any], msgspec.json.decode(text))


def _column(changes: dict[int, tuple[Any, Any]]) -> list[Any]:
    ids = BitMap(changes)
    pairs = [changes[id] for id in ids]
    return [ids.serialize(), _same([before for before, _ in pairs]), _same([after for _, after in pairs])]


def _same(values: list[Any]) -> list[Any]:
    """Whether all values are one, then that one or all of them."""
    if all(value == values[0] and type(value) is type(values[0]) for value in values):
        return [True, values[0]]
    return [False, values]


def _changes(column: tuple[bytes, msgspec.Raw, msgspec.Raw], contact: int | None) -> dict[int, tuple[Any, Any]]:
    ids = BitMap.deserialize(column[0])
    if contact is not None and contact not in ids:
        return {}
    sides = ([value] * len(ids) if same else value for same, value in map(msgspec.msgpack.decode, column[1:]))
    changes = dict(zip(ids, zip(*sides, strict=True), strict=True))
    return changes if contact is None else {contact: changes[contact]}
