"""Frames: an audience as a typed table, value counts, and the history as a DataFrame. Loads pandas and pyarrow."""

from __future__ import annotations

from html import escape
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyroaring import BitMap

from contacthub.errors import InvalidValue
from contacthub.exports.people import stored
from contacthub.exports.phones import preferred
from contacthub.notebook import register_accessor
from contacthub.query import property_named
from contacthub.query.checks import is_identity
from contacthub.query.properties import PLACES, URNS, Property
from contacthub.tables import clearing

if TYPE_CHECKING:
    from contacthub.hub.audience import Audience
    from contacthub.hub.front import Hub

PROFILE = (
    "name", "phone", "urns", "language", "country", "status", "tag", "list", "group", "assignee", "opt_in", "source",
    "created_on", "modified_on", "last_seen_on", "last_message_on", "messages_received", "messages_sent",
)  # fmt: skip
COLUMN_NAMES = {"tag": "tags", "list": "lists", "group": "groups", "import": "imports"}
"""Properties of several values are named in the plural, as in a contact's document."""
SEVERAL = ("urns", "tags", "lists", "groups", "imports", "flow_history")
REPEATING = ("language", "country", "status", "assignee", "opt_in", "source")
"""Attributes whose few values repeat: categoricals in pandas."""
MOST_CATEGORIES = 0.5
"""A text field becomes categorical when it has fewer distinct values than this share of its rows."""


def properties_of(hub: Hub, columns: list[str] | None) -> dict[str, Property]:
    """Column name → property; by default the profile and all custom fields. Raises QueryError."""
    if columns is None:
        fields = {field.key: Property("field", field.key, field.type) for field in hub.fields}  # type: ignore[arg-type]
        profile = {COLUMN_NAMES.get(key, key): _property(hub, key) for key in PROFILE}
        return profile | {key if key not in profile else f"fields.{key}": value for key, value in fields.items()}
    singular = {plural: key for key, plural in COLUMN_NAMES.items()}
    return {name: _property(hub, singular.get(name, name)) for name in columns if name != "uuid"}


def _property(hub: Hub, name: str) -> Property:
    return URNS if name == "urns" else property_named(name, hub.session.resolver)


def arrow(hub: Hub, order: list[int], columns: list[str] | None) -> pa.Table:
    """The contacts of `order`, in that order, as a typed Arrow table that begins with `uuid`."""
    wanted = properties_of(hub, columns)
    ids = BitMap(order)
    table: pa.Table = hub.store.arrow(ids, list(wanted.values()))
    table = _with_whole_places(hub, table.rename_columns(["uuid", *wanted]), ids, wanted)
    rank = {id: position for position, id in enumerate(ids)}
    table = table.take(pa.array([rank[id] for id in order], pa.int64()))
    if hub.session.catalogue.redact_urns:
        table = _without_paths(table, wanted)
    return _with_group_names(hub, _with_one_phone(table))


def _without_paths(table: pa.Table, wanted: dict[str, Property]) -> pa.Table:
    for index, (name, property) in enumerate(wanted.items(), start=1):
        if _shows_identities(property):
            table = table.set_column(index, name, pa.nulls(len(table), table.schema.field(name).type))
    return table


def _shows_identities(property: Property) -> bool:
    return property == URNS or is_identity(property)


def _with_whole_places(hub: Hub, table: pa.Table, ids: BitMap, wanted: dict[str, Property]) -> pa.Table:
    """Places as they are stored, `Brasil > Pernambuco`: the columns hold their last part, which is another place when
    a frame comes back."""
    for name, property in wanted.items():
        if property.kind != "field" or property.type not in PLACES:
            continue
        column = table.column(name)
        there = np.array(ids.to_array(), np.int64)[column.is_valid().to_numpy()]
        known = stored(hub.session, BitMap(there), {name: ("fields", itemgetter(property.key))})[name]
        places = pa.array([known.get(id) for id in ids], pa.string())
        table = table.set_column(table.column_names.index(name), name, places)
    return table


def _with_one_phone(table: pa.Table) -> pa.Table:
    """The preferred phone as people write it, if it is a full number, which can be read back; all identities are in
    `urns`."""
    if "phone" not in table.column_names or not pa.types.is_list(table.schema.field("phone").type):
        return table
    phones = preferred(table.column("phone").combine_chunks())
    return table.set_column(table.column_names.index("phone"), "phone", phones)


def _with_group_names(hub: Hub, table: pa.Table) -> pa.Table:
    """Groups by name, since nobody reads uuids."""
    if "groups" not in table.column_names:
        return table
    names = {group.uuid: group.name for group in hub.groups}
    lists = [[names.get(uuid, uuid) for uuid in uuids or ()] for uuids in table.column("groups").to_pylist()]
    return table.set_column(table.column_names.index("groups"), "groups", pa.array(lists, pa.list_(pa.string())))


def to_pandas(audience: Audience, columns: list[str] | None, wide: bool) -> pd.DataFrame:
    """See `Audience.to_pandas`."""
    table = audience.to_arrow(columns)
    series = {name: _series(name, table.column(name)) for name in table.column_names if name != "uuid"}
    index = pd.Index(table.column("uuid").to_pylist(), name="uuid", dtype="str")
    frame = pd.DataFrame({name: values.set_axis(index) for name, values in series.items()}, index=index)
    if wide and "tags" in frame.columns:
        tags = sorted({tag for tags in frame["tags"] for tag in tags}, key=str.casefold)
        position = list(frame.columns).index("tags")
        flags = pd.DataFrame({f"tag:{tag}": [tag in tags for tags in frame["tags"]] for tag in tags}, index=index)
        left, right = frame.iloc[:, :position], frame.iloc[:, position + 1 :]
        frame = pd.concat([left, flags, right], axis=1)
    register_accessor()
    frame.attrs |= {"hub": audience.hub.path, "query": audience.query}
    return frame


def _series(name: str, column: pa.ChunkedArray) -> pd.Series[Any]:
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or name in SEVERAL:
        return pd.Series([tuple(values or ()) for values in column.to_pylist()], dtype=object)
    if pa.types.is_date(kind):  # civil dates stay what they are, so that a frame comes back unchanged
        return pd.Series(column.to_pandas(types_mapper={kind: pd.ArrowDtype(kind)}.get))
    if pa.types.is_timestamp(kind):
        return pd.Series(column.to_pandas())
    if pa.types.is_integer(kind):
        return pd.Series(column.to_pandas(types_mapper={kind: pd.Int64Dtype()}.get))
    if pa.types.is_floating(kind):
        return pd.Series(column.to_pandas(types_mapper={kind: pd.Float64Dtype()}.get))
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = pd.Series(column.to_pylist(), dtype="str")
        if values.str.endswith(clearing.CLEAR).any():
            values = values.map(clearing.escaped, na_action="ignore")
        few = name in REPEATING or (len(values) > 0 and values.nunique() < len(values) * MOST_CATEGORIES)
        return values.astype("category") if few and name not in ("name", "phone") else values
    return pd.Series(column.to_pylist(), dtype=object)


def counts(audience: Audience, names: tuple[str, ...]) -> pd.DataFrame:
    """See `Audience.counts`."""
    properties = list(properties_of(audience.hub, list(names)).values())
    if any(map(_shows_identities, properties)):
        audience.hub.session.require_identities()
    tally = audience.hub.store.tally(audience.ids, properties)
    groups = {group.uuid: group.name for group in audience.hub.groups}
    rows = [
        (*(groups.get(value, value) if property.key == "group" else value
           for value, property in zip(values, properties, strict=True)), count)
        for values, count in tally
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=[*names, "count"])
    numbers = [name for name, property in zip(names, properties, strict=True) if property.type == "number"]
    return frame.assign(**{name: frame[name].convert_dtypes() for name in numbers})


def to_html(audience: Audience, rows: int = 10) -> str:
    """The first contacts of an audience as an HTML table, escaped."""
    head = f"<b>{len(audience):,} contacts</b> · <code>{escape(audience.query or 'everyone')}</code>"
    cells = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in _texts(contact)) + "</tr>"
        for contact in audience.page(0, rows)
    )
    titles = "".join(f"<th>{title}</th>" for title in ("Name", "Phone", "Status", "Tags"))
    return f"<div>{head}<table><thead><tr>{titles}</tr></thead><tbody>{cells}</tbody></table></div>"


def _texts(contact: Any) -> tuple[str, ...]:
    return contact.display_name, contact.phone, contact.status, ", ".join(contact.tags)


def history(hub: Hub, **filters: Any) -> pd.DataFrame:
    """See `Hub.history`."""
    rows = [
        (one.id, one.at, one.actor, one.surface, one.kind, one.summary, one.count, one.undoes, one.undone_by)
        for one in hub.operations(limit=None, **filters)
    ]
    names = ["id", "at", "actor", "surface", "kind", "summary", "count", "undoes", "undone_by"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({"at": "datetime64[us, UTC]", "undoes": "Int64", "undone_by": "Int64"})


def match(hub: Hub, table: pd.DataFrame, phone: str | None, email: str | None) -> pd.DataFrame:
    """See `Hub.match`."""
    from contacthub.analysis.match import HOWS
    from contacthub.analysis.match import match as matched

    hub.session.require_identities()
    missing = [name for name in (phone, email) if name is not None and name not in table.columns]
    if missing or (phone is None and email is None):
        raise InvalidValue(
            f"The table has no column {missing[0]!r}." if missing else "Say which column: phone= or email=.",
            code="unknown_column", property="phone" if missing[:1] == [phone] else "email", value=missing,
        )  # fmt: skip
    rows = matched(hub.session, _columns(table, phone), _columns(table, email))
    uuids = pd.Series([uuid for uuid, _ in rows], index=table.index, dtype="str")
    hows = pd.Categorical([how for _, how in rows], categories=HOWS)
    return pd.DataFrame({"uuid": uuids, "how": pd.Series(hows, index=table.index)}, index=table.index)


def _columns(table: pd.DataFrame, name: str | None) -> list[list[Any]]:
    """All columns of a name, since a table may have several."""
    if name is None:
        return []
    return [table.iloc[:, place].tolist() for place, label in enumerate(table.columns) if label == name]
