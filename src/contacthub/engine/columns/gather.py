"""The values of some contacts, read back from codes: what counts, tables and suggestions are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap

from contacthub.engine.columns.bits import Array, array_of
from contacthub.engine.columns.entries import Entries
from contacthub.engine.columns.sets import set_kind
from contacthub.engine.columns.view import Part, View
from contacthub.query.properties import Property

_SEVERAL = frozenset({"urn", "urns", "phone", "phone_key", "history", "tag", "list", "group", "import"})


def has_several(property: Property) -> bool:
    """Whether a contact may have several values of a property."""
    return property.kind == "scheme" or (property.kind == "attribute" and property.key in _SEVERAL)


@dataclass(frozen=True)
class Gathered:
    """The values of one property in some contacts: (place of the contact, code of the value) by rising place."""

    size: int
    """How many contacts there are, those without a value too."""
    places: Array
    codes: Array
    entries: Entries

    @property
    def single(self) -> Array:
        """One code a contact, 0 for none. Only where no contact has several."""
        codes = np.zeros(self.size, np.int64)
        codes[self.places] = self.codes
        return codes


def parts_of(view: View, ids: BitMap) -> Iterator[Part]:
    """The parts of a view, cut to some contacts."""
    for part in view.parts:
        contacts = part.contacts & ids
        if contacts:
            yield Part(part.partition, contacts)


def gather(view: View, part: Part, property: Property) -> Gathered:
    """The values of a property in the contacts of a part, by rising id."""
    kind = set_kind(property)
    if kind is None:
        column = part.partition.column(property)
        places, codes = column.of_rows(part.partition.rows_of(part.contacts))
        return Gathered(len(part.contacts), places, codes, column.entries)
    catalogue = view.sets.catalogues[kind]
    contacts = part.contacts & view.active if kind == "groups" else part.contacts
    ids = array_of(part.contacts)
    members = [array_of(view.sets.of(key) & contacts) for key in catalogue.keys]
    places = np.searchsorted(ids, np.concatenate(members)) if members else np.empty(0, np.int64)
    codes = np.repeat(catalogue.labels.codes, [len(found) for found in members])
    order = np.lexsort((codes, places))
    return Gathered(len(ids), places[order], codes[order], catalogue.labels.entries)
