"""The front door: what notebooks, scripts, the TUI and the CLI use. Thin collections over a session.

Nothing here decides anything: values are checked by the model, changes are made by operations, queries by ContactQL.
"""

from contacthub.hub.audience import Audience
from contacthub.hub.contact import Contact
from contacthub.hub.front import Hub, open

__all__ = ["Audience", "Contact", "Hub", "open"]
