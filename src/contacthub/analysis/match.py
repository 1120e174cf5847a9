"""Rows of a table matched to contacts by phone or e-mail, by the rules of imports, once per distinct value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contacthub.engine.port import CONTACTS
from contacthub.errors import InvalidValue
from contacthub.identity.keys import match_key, spellings
from contacthub.identity.phones import parse_many, split
from contacthub.identity.urns import normalize
from contacthub.session import Session

Found = tuple[int | None, str]
"""A contact's id, and how it was found: `matched`, `weak`, `unknown`, `invalid`, `several`; empty for a blank."""


def match(session: Session, phones: Sequence[Any] | None, mails: Sequence[Any] | None) -> list[tuple[str | None, str]]:
    """Per row: the uuid of the contact, and how.

    `matched` by a strong spelling, `weak` by one that reaches the same person only probably, `unknown` where nobody
    has it, `invalid` where the value is no number and no address, `several` where the row points at more than one
    contact (no uuid then).
    """
    columns = []
    if phones is not None:
        columns.append(_looked_up(phones, _by_phone(session, _distinct(phones))))
    if mails is not None:
        columns.append(_looked_up(mails, _by_mail(session, _distinct(mails))))
    rows = [_joined(found) for found in zip(*columns, strict=True)]
    ids = {id for id, _ in rows if id is not None}
    documents = session.store.get(CONTACTS, ids)
    return [(documents[id]["uuid"] if id is not None else None, how) for id, how in rows]


def _distinct(values: Sequence[Any]) -> list[Any]:
    return [value for value in dict.fromkeys(values) if not _blank(value)]


def _blank(value: Any) -> bool:
    return value is None or str(value).strip() in ("", "nan", "NaN", "NaT", "<NA>")


def _looked_up(values: Sequence[Any], found: dict[Any, Found]) -> list[Found]:
    return [(None, "") if _blank(value) else found[value] for value in values]


def _joined(found: tuple[Found, ...]) -> Found:
    """One answer for a row of several columns: a match beats a weak one, that beats none; two contacts are several."""
    ids = {id for id, _ in found if id is not None}
    hows = [how for _, how in found]
    if len(ids) > 1 or "several" in hows:
        return None, "several"
    for how in ("matched", "weak"):
        if how in hows:
            return next(iter(ids)), how
    return None, "unknown" if "unknown" in hows else "invalid" if "invalid" in hows else "unknown"


def _by_phone(session: Session, values: list[Any]) -> dict[Any, Found]:
    """A cell may hold several numbers."""
    parts = {value: split(value) if isinstance(value, str) else [value] for value in values}
    flat = list(dict.fromkeys(part for some in parts.values() for part in some))
    parsed = dict(zip(flat, parse_many(flat, session.settings.country), strict=True))
    urns = {part: f"tel:{phone.e164}" for part, phone in parsed.items() if not isinstance(phone, InvalidValue)}
    owners = session.store.owners({match_key(urn) for urn in urns.values()})
    left = {urn for urn in urns.values() if match_key(urn) not in owners}
    weak = {urn: {match_key(spelling) for spelling in spellings(urn, weak=True)} for urn in left}
    weak_owners = session.store.owners({key for keys in weak.values() for key in keys})
    found: dict[Any, Found] = {}
    for value, some in parts.items():
        known = [urns[part] for part in some if part in urns]
        strong = {owners[key] for urn in known if (key := match_key(urn)) in owners}
        maybe = {weak_owners[key] for urn in known for key in weak.get(urn, ()) if key in weak_owners}
        found[value] = _decided(strong, maybe, bool(known))
    return found


def _by_mail(session: Session, values: list[Any]) -> dict[Any, Found]:
    keys: dict[Any, str | None] = {}
    for value in values:
        try:
            keys[value] = match_key(str(normalize(f"mailto:{value}")))
        except InvalidValue:
            keys[value] = None
    owners = session.store.owners({key for key in keys.values() if key})
    return {
        value: _decided({owners[key]} if key in owners else set(), set(), key is not None)
        for value, key in keys.items()
    }


def _decided(strong: set[int], weak: set[int], valid: bool) -> Found:
    for ids, how in ((strong, "matched"), (weak, "weak")):
        if len(ids) == 1:
            return next(iter(ids)), how
        if ids:
            return None, "several"
    return None, "unknown" if valid else "invalid"
