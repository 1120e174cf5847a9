"""What automations outside tell of their flows: which one a contact is in, and which it has been in."""

from __future__ import annotations

from contacthub.engine.port import CONTACTS
from contacthub.errors import NotFound
from contacthub.model import values as rules
from contacthub.operations.commit import commit
from contacthub.operations.effects import Effects
from contacthub.operations.history import Operation
from contacthub.session import Session


def enter(session: Session, id: int, flow: str) -> Operation:
    """A contact enters a flow, and leaves the one it was in. Raises NotFound, InvalidValue."""
    return _moved(session, id, rules.line(flow, "flow", rules.GROUP_LENGTH, empty=False))


def exit(session: Session, id: int) -> Operation:
    """A contact leaves the flow it is in; the flow stays in its history. Raises NotFound."""
    return _moved(session, id, None)


def _moved(session: Session, id: int, flow: str | None) -> Operation:
    session.require("edit")

    def effects() -> Effects:
        document = session.store.get(CONTACTS, [id]).get(id)
        if document is None:
            raise NotFound("This contact is not there any more.")
        done = Effects()
        done.set_value(id, "flow", document["flow"], flow)
        if flow is not None and flow not in document["flow_history"]:
            done.set_value(id, "flow_history", document["flow_history"], [*document["flow_history"], flow])
        return done

    return commit(session, kind="flow", summary=f"enter flow {flow}" if flow else "leave flow", effects=effects)
