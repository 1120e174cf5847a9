"""A list to send to: one reachable number each, the first name and the language; nobody who must not be written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from contacthub.engine.port import Document
from contacthub.identity.keys import PHONE, match_key
from contacthub.identity.names import first_name, odd_name
from contacthub.model.contact import MARKETING

SENDING_COLUMNS = ("Phone", "First Name", "Language", "UUID")


def sending_rows(documents: Iterable[Document], left_out: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """Rows under SENDING_COLUMNS. Who is left out is counted in `left_out`, by the reason."""
    seen: set[str] = set()
    for document in documents:
        phone = next((number(urn) for urn in document["urns"] if match_key(urn).startswith(PHONE)), None)
        reason = _reason(document, phone, seen)
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        assert phone is not None
        seen.add(phone)
        name = document["name"]
        greeting = None if odd_name(name) in _NO_GREETING else first_name(name) or None
        yield (phone, greeting, document["language"], document["uuid"])


_NO_GREETING = ("phone", "test", "at_sign", "digits")
"""Odd names that greet nobody; brackets and capitals still give a first name."""


def number(urn: str) -> str:
    """The E.164 number of a `tel` or `whatsapp` URN that bears a full one."""
    path = urn.partition(":")[2]
    return path if path.startswith("+") else f"+{path}"


def _reason(document: Document, phone: str | None, seen: set[str]) -> str | None:
    if document["status"] != "active":
        return f"status {document['status']}"
    if document["opt_in"].get(MARKETING) != "yes":
        return "opted out" if document["opt_in"].get(MARKETING) == "no" else "no opt-in"
    if phone is None:
        return "no phone"
    return "number already in the list" if phone in seen else None
