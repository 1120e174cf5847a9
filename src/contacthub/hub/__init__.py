"""The front door: what notebooks, scripts, the TUI and the CLI use. Thin collections over a session.

Nothing here decides anything: values are checked by the model, changes are made by operations, queries by ContactQL.
"""

from contacthub.hub.audience import Audience
from contacthub.hub.catalogues import Group, Member, Named
from contacthub.hub.contact import Contact
from contacthub.hub.front import Hub, open
from contacthub.hub.plans import Plan
from contacthub.hub.views import Node, Section, Update, View, Watcher
from contacthub.model.field import Field
from contacthub.operations.history import Change, Operation
from contacthub.operations.undo import UndoReport

__all__ = [
    "Audience", "Change", "Contact", "Field", "Group", "Hub", "Member", "Named", "Node", "Operation", "Plan",
    "Section", "UndoReport", "Update", "View", "Watcher", "open",
]  # fmt: skip
