"""Who can be written to, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap

from contacthub.errors import InvalidValue
from contacthub.identity.urns import SCHEMES
from contacthub.query.meaning import AnyOf, Equals, IsSet, Meaning
from contacthub.query.properties import Property, attribute
from contacthub.query.values import MESSAGING_SCHEMES
from contacthub.session import Session

PHONES = ("whatsapp", "tel")


@dataclass(frozen=True, slots=True)
class Reach:
    """Contacts by whether they can be written to. Each that cannot is under the first reason that holds."""

    reachable: BitMap
    reasons: dict[str, BitMap]


def reach(session: Session, ids: BitMap, scheme: str | None, purpose: str) -> Reach:
    """Of these contacts: who is active, has opted in for the purpose, and has an identity of the scheme (None: any
    that one can write to; `whatsapp` takes a `tel` number too, since WhatsApp reaches phones). Raises InvalidValue."""
    if scheme is not None and scheme not in SCHEMES:
        raise InvalidValue(
            f"There is no scheme {scheme!r}; the schemes are {', '.join(SCHEMES)}.",
            code="unknown_scheme", property="scheme", value=scheme,
        )  # fmt: skip
    purposes = tuple(session.catalogue.purposes())
    if purpose not in purposes:
        raise InvalidValue(
            f"There is no purpose {purpose!r}; the purposes are {', '.join(purposes)}.",
            code="invalid_purpose", property="opt_in", value=purpose,
        )  # fmt: skip
    matching = session.store.matching
    reasons: dict[str, BitMap] = {}
    left = BitMap(ids)
    for status in ("blocked", "stopped", "archived"):
        reasons[status] = left & matching(Equals(attribute("status"), frozenset({status})))
        left -= reasons[status]
    consent = attribute("opt_in", "" if purpose == "marketing" else purpose)
    for state, reason in (("no", f"opted out of {purpose}"), ("unknown", f"has not opted in for {purpose}")):
        reasons[reason] = left & matching(Equals(consent, frozenset({state})))
        left -= reasons[reason]
    addressed = left & matching(_has_identity(scheme))
    reasons[f"no {scheme} identity" if scheme else "no identity to write to"] = left - addressed
    return Reach(addressed, {reason: found for reason, found in reasons.items() if found})


def _has_identity(scheme: str | None) -> Meaning:
    schemes = MESSAGING_SCHEMES if scheme is None else PHONES if scheme == "whatsapp" else (scheme,)
    return AnyOf(tuple(IsSet(Property("scheme", each)) for each in sorted(schemes)))
