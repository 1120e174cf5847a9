"""A contact as a document: what is stored, and what is public of it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from contacthub.model.values import instant_text

Document = dict[str, Any]

STATUSES = ("active", "blocked", "stopped", "archived")
SOURCES = ("import", "manual", "message", "api")
MARKETING = "marketing"
UNKNOWN = "unknown"
"""The state of a consent that nobody has given or refused."""

SET_PROPERTIES = ("tags", "lists", "groups", "imports")
"""What stands in a contact's document but is kept as sets of contacts, not in it."""

INTERNAL_PROPERTIES = ("name_source", "profile_name", "identities", "merged")
"""What is stored and not part of the public document: where the name came from, the profile name; of each identity
how it was received, whether it is verified, and whether it is superseded; and the uuids of contacts merged into it."""

TIMES = ("first_seen_on", "last_seen_on", "last_sent_on", "last_message_on")
COUNTS = ("received", "sent", "delivered", "read", "failed")


def new_uuid() -> str:
    return str(uuid4())


def ref_of(uuid: str) -> str:
    """The short code of a contact, shown where identities are hidden: ten capitals and digits 2 to 7."""
    return base64.b32encode(bytes.fromhex(uuid.replace("-", "")[:12]) + b"\0").decode()[:10]


def new_document(
    *,
    now: datetime,
    source: str,
    uuid: str | None = None,
    name: str = "",
    urns: Iterable[str] = (),
    identities: Mapping[str, Document] | None = None,
    country: str | None = None,
    language: str | None = None,
    status: str = "active",
    assignee: str | None = None,
    fields: Mapping[str, Any] | None = None,
    remarks: str = "",
    avatar: str | None = None,
    name_source: str | None = None,
) -> Document:
    """The stored document of a new contact. All values have been checked; sets are added apart."""
    uuid = uuid or new_uuid()
    at = instant_text(now)
    return {
        "uuid": uuid,
        "ref": ref_of(uuid),
        "name": name,
        "name_source": name_source or ("import" if source == "import" else "person") if name else None,
        "profile_name": None,
        "urns": list(urns),
        "identities": dict(identities or {}),
        "language": language,
        "country": country,
        "status": status,
        "assignee": assignee,
        "opt_in": {MARKETING: UNKNOWN},
        "opt_in_on": {},
        "opt_in_source": {},
        "fields": dict(fields or {}),
        "engagement": dict.fromkeys(COUNTS, 0),
        "flow": None,
        "flow_history": [],
        "tickets": 0,
        "remarks": remarks,
        "avatar": avatar,
        "source": source,
        "created_on": at,
        "modified_on": at,
        **dict.fromkeys(TIMES),
    }


def public(id: int, document: Mapping[str, Any]) -> Document:
    """The public form of a stored document with its sets merged in: a copy of one's own, without what is internal."""
    return {
        key: list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value
        for key, value in {**document, "id": id}.items()
        if key not in INTERNAL_PROPERTIES
    }
