"""Contacts that come by writing in: events of a channel, and the contact that each of them is about.

Events change contacts in one transaction through the store, without an entry in the history; an automatic merge is an
operation. Nothing here listens to a network: payloads come from a file or from whoever received them.
"""

from contacthub.channels import whatsapp
from contacthub.channels.events import (
    DeliveryStatus,
    Event,
    IdentityChange,
    InboundMessage,
    OutboundMessage,
    PreferenceChange,
)
from contacthub.channels.ingest import IngestReport
from contacthub.channels.receive import Receipt
from contacthub.channels.registry import Channel

__all__ = [
    "Channel", "DeliveryStatus", "Event", "IdentityChange", "InboundMessage", "IngestReport", "OutboundMessage",
    "PreferenceChange", "Receipt", "whatsapp",
]  # fmt: skip
