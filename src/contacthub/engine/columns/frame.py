"""Any DataFrame as a `Source`: the same evaluator that finds the contacts of a hub.

A column of the frame is the property of its name: `name`, `tel` or `urns.tel`, `city` or `fields.city` or `City`. What
type it has is told by its dtype, and by its values where that is `object`. Of several columns of one name a row has
the values of all; a cell with a list, tuple or set has several values; a bool is yes or no. Headers of exports
(`Field:Age`, `URN:Tel`, `Last Seen On`) are known. A `phone` is read as people write it, an `email` is one's mailto.
What follows from other columns (reachable, needs_reply) is derived from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import mask_of
from contacthub.engine.columns.cells import Cells, cell_type, cells
from contacthub.engine.columns.column import ENTRIES, Column
from contacthub.engine.columns.derive import DEFAULTED, DERIVED, derived
from contacthub.engine.columns.encode import Coder
from contacthub.engine.columns.entries import Texts
from contacthub.engine.columns.evaluate import evaluate
from contacthub.engine.columns.sets import set_kind
from contacthub.errors import InvalidValue
from contacthub.identity.phones import parse_many
from contacthub.model.field import field_key
from contacthub.query.meaning import Meaning, Test
from contacthub.query.names import PURPOSEFUL, SCHEMES
from contacthub.query.properties import ATTRIBUTES, Property, Type, attribute
from contacthub.query.schema import Resolver, Schema
from contacthub.query.values import values

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from contacthub.query.query import Query

_PLURAL = {"tags": "tag", "lists": "list", "groups": "group", "imports": "import", "urns": "urn"}
_OF_URNS = frozenset({"urn", "phone", "phone_key"})
_STATUS = attribute("status")
_SCHEME_OF = {"phone": "tel", "email": "mailto", "e_mail": "mailto"}
"""The scheme of columns that hold identities as people write them. An e-mail column has its own name too."""


def mask(
    frame: pd.DataFrame, query: str | Query | Meaning, schema: Resolver | None = None, *, now: datetime | None = None
) -> pd.Series[bool]:
    """Which rows of a DataFrame a ContactQL query matches: a boolean Series with the frame's index.

    `schema` tells the types of columns, groups, the country of phone numbers and the time zone; without one, types
    are told by the columns, and days are those of UTC. `now` is the instant of relative dates. Raises `QueryError`.
    """
    import pandas as pd

    resolver = schema or infer_schema(frame)
    meaning = _meaning(query, resolver, now)
    found = evaluate(meaning, FrameSource(frame, resolver.timezone, resolver.country))
    return pd.Series(mask_of(found, len(frame)), index=frame.index, dtype=bool)


def _meaning(query: str | Query | Meaning, resolver: Resolver, now: datetime | None) -> Meaning:
    from contacthub.query.query import Query, parse

    if isinstance(query, str):
        query = parse(query, resolver)
    return query.meaning(now) if isinstance(query, Query) else query


def infer_schema(frame: pd.DataFrame) -> Schema:
    """What a query may ask of a DataFrame: its columns as fields, and the groups that occur in it."""
    fields: dict[str, Type] = {}
    groups: dict[str, None] = {}
    for place, (kind, key) in enumerate(map(name_of, frame.columns)):
        if kind == "field" and key and key not in fields:
            fields[key] = cell_type(frame.iloc[:, place])
        elif (kind, key) == ("attribute", "group"):
            groups |= dict.fromkeys(cells(frame.iloc[:, place], "text", "UTC").distinct)
    return Schema(fields=fields, groups=list(groups), flows=None)


def name_of(label: Any) -> tuple[str, str]:
    """The kind and key of the property that a column of this label holds; the key is empty if there is none."""
    text = str(label).strip().lower()
    spaced = text.replace(" ", "_")
    prefix, colon, rest = spaced.partition(":")
    if colon and prefix == "field":
        return "field", _key(text.partition(":")[2].strip())
    if colon and prefix == "urn":
        return "scheme", rest
    if colon and prefix in PURPOSEFUL:
        spaced = f"{prefix}.{rest}"
    if spaced.partition(".")[0] in ATTRIBUTES:
        text = spaced
    prefix, dot, rest = text.partition(".")
    if dot and prefix == "fields":
        return "field", _key(rest)
    if dot and prefix == "urns":
        return "scheme", rest
    if text in ATTRIBUTES or text == "urns" or (dot and prefix in ATTRIBUTES):
        return "attribute", _PLURAL.get(text, text)
    if text in SCHEMES:
        return "scheme", text
    if text in _PLURAL:
        return "attribute", _PLURAL[text]
    return "field", _key(text)


def _key(text: str) -> str:
    try:
        return field_key(text)
    except InvalidValue:
        return ""  # a label that no query could name


class FrameSource:
    """The rows of a DataFrame, numbered from 0."""

    def __init__(self, frame: pd.DataFrame, timezone: str = "UTC", country: str = "") -> None:
        self._frame = frame
        self._timezone = timezone
        """Of instants that have none."""
        self._country = country
        """Of phone numbers that have none."""
        self._columns: dict[Property, Column] = {}
        self._places: dict[tuple[str, str], list[int]] = {}
        for place, name in enumerate(map(name_of, frame.columns)):
            self._places.setdefault(name, []).append(place)

    @cached_property
    def everyone(self) -> BitMap:
        return BitMap(range(len(self._frame)))

    def passing(self, test: Test) -> BitMap:
        found = self._column(test.property).passing(test)
        if set_kind(test.property) == "groups" and self._series(_STATUS):
            found &= self._active
        return found

    @cached_property
    def _active(self) -> BitMap:
        column = self._column(_STATUS)
        places = [place for place in range(column.distinct) if column.entries.value(place) == "active"]
        return column.having(np.array(places, np.int64))

    def _series(self, property: Property) -> list[pd.Series[Any]]:
        """The columns that hold a property. A field may also be asked by the name of an attribute, and the other way
        round: in a frame there is one kind of column."""
        key = property.key + (f".{property.qualifier}" if property.qualifier else "")
        names = [(property.kind, key)]
        if property.kind != "scheme":
            names += [("field", key), ("attribute", key)]
        places = dict.fromkeys(place for name in names for place in self._places.get(name, ()))
        found = [self._frame.iloc[:, place] for place in places]
        if not found and property.kind == "attribute":
            found = [
                self._frame.index.get_level_values(level).to_series()
                for level, name in enumerate(self._frame.index.names)
                if name == key
            ]
        return found

    def _column(self, property: Property) -> Column:
        if property not in self._columns:
            coder = Coder(property)
            if property.kind == "scheme" or (property.kind == "attribute" and property.key in _OF_URNS):
                found = self._urns
                self._add(coder, found, [_of_urn(urn, property) for urn in found.distinct])
            elif self._is_derived(property):
                self._add_derived(coder)
            else:
                self._add_cells(coder)
            self._columns[property] = coder.column(len(self._frame))
        return self._columns[property]

    def _add_cells(self, coder: Coder) -> None:
        property = coder.property
        found = _joined([cells(series, property.type, self._timezone) for series in self._series(property)])
        if property.kind == "field" and ENTRIES[property.type] is Texts:
            self._add(coder, found, [values({"fields": {property.key: text}}, property) for text in found.distinct])
        else:  # an attribute that is the empty text is not set
            self._add(coder, found, [() if value == "" else (value,) for value in found.distinct])

    def _is_derived(self, property: Property) -> bool:
        if property.kind != "attribute" or property.key not in DERIVED:
            return False
        return property.key in DEFAULTED or not self._series(property)

    def _add_derived(self, coder: Coder) -> None:
        found = derived(coder.property, len(self._frame), self._by_row, self._urns_by_row)
        distinct = {value: place for place, value in enumerate(dict.fromkeys(found))}
        codes = np.array([distinct[value] for value in found], np.int64)
        meant = [() if value is None else (value,) for value in distinct]
        self._add(coder, Cells(np.arange(len(found)), codes, list(distinct)), meant)

    def _by_row(self, property: Property) -> dict[int, Any] | None:
        """The value of each row that has one; None if there is no such column."""
        series = self._series(property)
        if not series:
            return None
        found = _joined([cells(each, property.type, self._timezone) for each in series])
        pairs = zip(found.rows[::-1].tolist(), found.codes[::-1].tolist(), strict=True)
        return {row: found.distinct[code] for row, code in pairs if found.distinct[code] != ""}

    @cached_property
    def _urns_by_row(self) -> dict[int, list[str]]:
        by_row: dict[int, list[str]] = {}
        for row, code in zip(self._urns.rows.tolist(), self._urns.codes.tolist(), strict=True):
            if self._urns.distinct[code]:
                by_row.setdefault(row, []).append(self._urns.distinct[code])
        return by_row

    def _add(self, coder: Coder, found: Cells, meant: Sequence[tuple[Any, ...]]) -> None:
        """Take cells, each distinct one meaning one value or none. What a row has twice counts once."""
        numbers = np.array([coder.number(several[0]) if several else 0 for several in meant], np.int64)
        pairs = np.unique(np.stack([found.rows, numbers[found.codes]]), axis=1) if len(found.rows) else np.empty((2, 0))
        coder.add(pairs[0].astype(np.int64), pairs[1].astype(np.int64))

    @cached_property
    def _urns(self) -> Cells:
        """The URNs of the rows: from columns of whole ones, of one scheme each, and of phones and e-mail addresses.

        A row that lists its URNs has no others: the phone beside them is one of them, perhaps of another scheme.
        """
        whole = _joined([self._texts(place) for place in self._places.get(("attribute", "urn"), ())])
        listed = whole.rows[np.array([bool(text) for text in whole.distinct], bool)[whole.codes]]
        found = [whole]
        for (kind, key), places in self._places.items():
            scheme = key if kind == "scheme" else _SCHEME_OF.get(key, "")
            for place in places if scheme else ():
                of_column = self._texts(place)
                urns = self._with_scheme(scheme, of_column.distinct)
                left = np.full(len(of_column.rows), True) if kind == "scheme" else ~np.isin(of_column.rows, listed)
                found.append(Cells(of_column.rows[left], of_column.codes[left], urns))
        return _joined(found)

    def _texts(self, place: int) -> Cells:
        found = cells(self._frame.iloc[:, place], "text", self._timezone)
        return Cells(found.rows, found.codes, [text.strip() for text in found.distinct])

    def _with_scheme(self, scheme: str, texts: Sequence[str]) -> list[str]:
        """Each text as a URN of a scheme; a phone in its normal form, or as it is if it is no number."""
        paths = [text.removeprefix(f"{scheme}:") for text in texts]
        if scheme == "tel":
            numbers = parse_many(paths, self._country)
            paths = [
                path if isinstance(number, InvalidValue) else number.e164
                for path, number in zip(paths, numbers, strict=True)
            ]
        return [f"{scheme}:{path}" if path else "" for path in paths]


def _of_urn(urn: str, property: Property) -> tuple[Any, ...]:
    return values({"urns": [urn]}, property) if urn else ()


def _joined(found: Sequence[Cells]) -> Cells:
    """The cells of several columns as if they stood in one."""
    if len(found) == 1:
        return found[0]
    firsts = np.cumsum([0, *(len(one.distinct) for one in found)])
    return Cells(
        np.concatenate([np.empty(0, np.int64), *(one.rows for one in found)]),
        np.concatenate(
            [np.empty(0, np.int64), *(one.codes + first for one, first in zip(found, firsts, strict=False))]
        ),
        [value for one in found for value in one.distinct],
    )
