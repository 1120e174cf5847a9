"""The history of a bulk change keeps what changed, and not the contacts."""

from __future__ import annotations

import contacthub as ch
from contacthub.engine.port import ChangeSet
from contacthub.model.contact import new_document
from contacthub.operations.history import OPERATIONS

MANY = 5_000


def test_a_bulk_change_is_a_bitmap_and_a_value(hub: ch.Hub) -> None:
    ids = hub.store.reserve("contacts", MANY)
    documents = {id: new_document(now=hub.session.now(), source="manual", name=f"Somebody {id}") for id in ids}
    hub.store.apply(ChangeSet(put={"contacts": documents}))
    for change in (hub.find("").tag("summer"), hub.find("").set_language("por")):
        assert change.count == MANY
        kept = hub.store.blob(OPERATIONS, change.id, "effects")
        assert kept is not None
        assert len(kept) < 2_000, "a set of contacts, and the values before and after once"
