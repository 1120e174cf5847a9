"""The contacts of an export a column at a time: from the engine's columns, its sets, and where these do not say it
exactly, from one pass over the documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, SetKey, SetKind
from contacthub.exports.phones import preferred
from contacthub.model.shapes import demand
from contacthub.model.values import number
from contacthub.query.properties import Property
from contacthub.session import Session
from contacthub.tables.columnar import Cells, Order

if TYPE_CHECKING:
    import pyarrow

Cell = str | int | float | bool | date | None
Read = tuple[str, Callable[[Any], Cell]]
"""What is read of a document: a key, and the cell that its value makes."""
_MIDNIGHTS = 86_400_000_000


class People:
    """Some contacts by rising id. What is asked of them is told beforehand, so that it is read once.

    `properties` are asked of the engine's columns; `reads` of the documents, as they are stored.
    """

    def __init__(
        self,
        session: Session,
        ids: Sequence[int],
        properties: Iterable[Property],
        reads: Mapping[str, Read],
        *,
        as_stored: Callable[[Property], Read],
    ) -> None:
        """`as_stored` reads a property from a document, where the columns do not tell two stored values apart."""
        self._session = session
        wanted, properties = BitMap(ids), list(dict.fromkeys(properties))
        table = session.store.arrow(wanted, properties)
        while table.num_rows != len(wanted):  # somebody deleted contacts meanwhile
            wanted = BitMap().union(*(BitMap(found) for found in session.store.bodies(CONTACTS, wanted)))
            table = session.store.arrow(wanted, properties)
        self.ids = np.array(wanted.to_array(), np.int64)
        self._table: pyarrow.Table = table
        self._read = stored(session, wanted, reads) if reads else {}
        self._corrected: dict[str, dict[int, Cell]] = {}
        """Property → contact → the cell, where the table shows as one what is stored as two."""
        for property in properties:
            if unclear := self._unclear(property):
                self._corrected |= stored(session, unclear, {property.label: as_stored(property)})

    def order(self, ids: Sequence[int]) -> Order:
        """The places of contacts, in the order in which they are to be written."""
        given = np.asarray(ids, np.int64)
        places = np.searchsorted(self.ids, given)
        there = places < len(self.ids)
        there[there] = self.ids[places[there]] == given[there]
        found: Order = places[there]
        return found

    def _unclear(self, property: Property) -> BitMap:
        """Whose value is perhaps stored otherwise than the table shows it: of places it has the last part, and among
        instants a civil date is its midnight."""
        import pyarrow as pa

        if property.kind != "field" or property.type in ("text", "number"):
            return BitMap()
        column = _one(self._table[property.label])
        unclear = column.is_valid().to_numpy(zero_copy_only=False)
        if property.type == "datetime":
            if not pa.types.is_timestamp(column.type):
                return BitMap()
            micros = column.cast(pa.int64()).fill_null(1).to_numpy()
            unclear &= micros % _MIDNIGHTS == 0
        return BitMap(self.ids[unclear])

    # -- columns -----------------------------------------------------------------------------------------------------

    def most(self, scheme: Property) -> int:
        """How many identities of a scheme one contact has at most."""
        import pyarrow.compute as pc

        return pc.max(pc.list_value_length(self._table[scheme.label])).as_py() or 0

    def identity(self, scheme: Property, position: int) -> Cells:
        """The paths of the identities of a scheme at a position."""
        import pyarrow as pa
        import pyarrow.compute as pc

        lists = _one(self._table[scheme.label])
        has = pc.greater(pc.list_value_length(lists), position)
        places = pc.if_else(has, pc.add(lists.offsets[:-1], position), pa.scalar(None, pa.int32()))
        return Cells(lists.values.take(places))

    def phones(self, property: Property) -> Cells:
        """The preferred phone of each contact."""
        return Cells(preferred(_one(self._table[property.label])))

    def property(self, property: Property, convert: Callable[[str], Cell] | None = None) -> Cells:
        """The values of a property with one value a contact, through `convert` where it is given."""
        cells = self._cells(property, convert)
        corrected = self._corrected.get(property.label)
        return self._with(cells, corrected) if corrected else cells

    def _cells(self, property: Property, convert: Callable[[str], Cell] | None) -> Cells:
        import pyarrow as pa

        column = _one(self._table[property.label])
        if pa.types.is_timestamp(column.type):
            encoded = column.dictionary_encode()
            return Cells(_instants(encoded.dictionary), encoded.indices)
        texts = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        if texts and property.type != "number" and convert is None:
            return Cells(column)
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        values = encoded.dictionary
        if convert is not None:
            return Cells([convert(value) for value in values.to_pylist()], encoded.indices)
        if property.type == "number":
            return Cells([_number(value) for value in values.to_pylist()], encoded.indices)
        return Cells(values.to_pylist() if pa.types.is_date(values.type) else values, encoded.indices)

    def engine_ids(self) -> Cells:
        return Cells(self.ids.tolist(), _rising(len(self.ids)))

    def uuids(self) -> Cells:
        return Cells(_one(self._table["uuid"]))

    def read(self, name: str) -> Cells:
        """What one of `reads` read."""
        return self._sparse(self._read[name])

    def has_any(self, property: Property, besides: str) -> bool:
        """Whether anybody has another value than this."""
        import pyarrow.compute as pc

        return bool(pc.any(pc.not_equal(_one(self._table[property.label]).cast("string"), besides)).as_py())

    def _with(self, cells: Cells, corrected: Mapping[int, Cell]) -> Cells:
        """Cells, of which those of some contacts are others."""
        import pyarrow as pa

        values = cells.values if isinstance(cells.values, list) else cells.values.to_pylist()
        codes = _rising(len(values)) if cells.codes is None else cells.codes
        places = codes.cast(pa.int64()).fill_null(-1).to_numpy().copy()
        places[np.searchsorted(self.ids, np.array(list(corrected), np.int64))] = len(values) + np.arange(len(corrected))
        return Cells([*values, *corrected.values()], pa.array(places, mask=places < 0))

    def _sparse(self, values: Mapping[int, Cell]) -> Cells:
        import pyarrow as pa

        distinct: dict[tuple[type, Cell], int] = {}
        codes = np.full(len(self.ids), -1, np.int64)
        for id, value in values.items():
            codes[np.searchsorted(self.ids, id)] = distinct.setdefault((type(value), value), len(distinct))
        return Cells([value for _, value in distinct], pa.array(codes, mask=codes < 0))

    def member(self, key: SetKey) -> Cells:
        """Whether each contact is in a set."""
        import pyarrow as pa

        members = np.array(self._session.store.members(key).to_array(), np.int64)
        return Cells([False, True], pa.array(np.isin(self.ids, members).astype(np.int64)))

    def sets(self, kind: SetKind, names: Mapping[int, str]) -> Cells:
        """The names of the sets of a kind that each contact is in, sorted, in one cell."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = self._session.store.memberships(BitMap(self.ids))
        keys = sorted((key for key in found if key.kind == kind and key.id in names), key=lambda key: names[key.id])
        members = [np.searchsorted(self.ids, np.array(found[key].to_array(), np.int64)) for key in keys]
        places = np.concatenate([np.empty(0, np.int64), *members])
        labels = np.repeat(np.arange(len(keys)), [len(some) for some in members])
        by_contact = np.argsort(places, kind="stable")
        offsets = np.searchsorted(places[by_contact], np.arange(len(self.ids) + 1)).astype(np.int32)
        texts = pa.array([joined([names[key.id]]) for key in keys], pa.string())
        lists = pa.ListArray.from_arrays(pa.array(offsets), texts.take(pa.array(labels[by_contact])))
        whole = pc.binary_join(lists, ",")
        blank = pa.array(offsets[1:] == offsets[:-1])
        return Cells(pc.if_else(blank, pa.scalar(None, pa.string()), whole))


def stored(session: Session, ids: BitMap, reads: Mapping[str, Read]) -> dict[str, dict[int, Cell]]:
    """Name → contact → what is read of its document: one pass, in which only the keys in question are decoded. Few
    contacts have what is looked for, so only what is there is kept."""
    import msgspec

    kept = msgspec.defstruct("Kept", [(key, Any, None) for key in {key for key, _ in reads.values()}], gc=False)
    decoder = msgspec.json.Decoder(kept)
    found: dict[str, dict[int, Cell]] = {name: {} for name in reads}
    wanted = [(key, cell, found[name]) for name, (key, cell) in reads.items()]
    for bodies in session.store.bodies(CONTACTS, ids):
        try:
            for id, body in bodies.items():
                document: Any = decoder.decode(body) if isinstance(body, bytes) else _slowly(body, kept)
                for key, cell, known in wanted:
                    value = getattr(document, key)
                    if value is not None and (value := cell(value)) is not None:
                        known[id] = value
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # If documents are damaged, reading them one by one says so, in an error for people.
            demand(CONTACTS, session.store.get(CONTACTS, BitMap(bodies)))
            raise
    return found


def _slowly(body: str, kept: Any) -> Any:
    """A document that only Python's own reader takes."""
    document = json.loads(body)
    return kept(**{key: document.get(key) for key in kept.__struct_fields__})


def joined(names: Sequence[Any]) -> str | None:
    """Names in one cell: commas between them, quotes where a name needs them. A semicolon needs them too: in a cell
    without a comma an import takes it for what separates."""
    return ",".join(_quoted(str(name)) for name in names) or None


def _quoted(name: str) -> str:
    if any(character in name for character in ',;"\r\n') or name != name.strip():
        return '"' + name.replace('"', '""') + '"'
    return name


def _rising(count: int) -> Any:
    import pyarrow as pa

    return pa.array(np.arange(count))


def _one(column: Any) -> Any:
    """A column of a table as one array."""
    import pyarrow as pa

    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        return whole.chunk(0) if whole.num_chunks else pa.array([], whole.type)
    return whole


def _number(value: Any) -> int | float | str:
    """A number as it is stored."""
    if value.__class__ is int and -(10**15) < value < 10**15:
        return value
    return number(
        value if isinstance(value, Decimal) else Decimal(repr(value) if value.__class__ is float else value), ""
    )


def _instants(instants: Any) -> Any:
    """Instants as documents hold them (`model.values.instant_text`)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    micros = instants.cast(pa.int64()).to_numpy()
    texts = pc.utf8_replace_slice(instants.cast(pa.timestamp("us")).cast(pa.string()), 10, 11, "T")
    whole = pa.array(micros % 1_000_000 == 0)
    return pc.binary_join_element_wise(pc.if_else(whole, pc.utf8_slice_codeunits(texts, 0, 19), texts), "+00:00", "")
