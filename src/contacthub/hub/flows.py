"""`hub.flows`: automations outside tell what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from contacthub.hub.contact import Contact
from contacthub.operations import flows
from contacthub.operations.history import Operation

if TYPE_CHECKING:
    from contacthub.hub.front import Hub


class Flows:
    """The flows of an automation outside, as far as contacts are concerned: searched by `flow` and `history`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def enter(self, contact: str | UUID | Contact, flow: str) -> Operation:
        """A contact enters a flow, and leaves the one it was in. Raises NotFound, InvalidValue."""
        return flows.enter(self._hub.session, self._hub.contacts.id_of(contact), flow)

    def exit(self, contact: str | UUID | Contact) -> Operation:
        """A contact leaves the flow it is in. Raises NotFound."""
        return flows.exit(self._hub.session, self._hub.contacts.id_of(contact))
