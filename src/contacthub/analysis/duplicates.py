"""Contacts that may be one person, with the reason. Nothing is merged here; a person decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from contacthub.identity.keys import is_phone, match_key, may_be_same, weak_key
from contacthub.model.text import fold, fold_accents
from contacthub.operations.redaction import HIDDEN
from contacthub.operations.suggestions import suggestions
from contacthub.query.meaning import EVERYONE
from contacthub.query.properties import Property, attribute
from contacthub.session import Session

MOST_PER_REASON = 20
"""More contacts than this that share a value (a switchboard, `info@`) are no hint that they are one person."""

IDENTITIES = ("weak phone", "same e-mail")
"""Reasons whose value is an identity, which may be hidden."""

CITY_WORDS = ("city", "cidade", "ciudad", "town", "municipio")
BIRTHDAY_WORDS = ("birth", "dob", "nascimento", "aniversario", "nacimiento", "cumple")
MAIL_WORDS = ("mail", "correo")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Contacts that share something that people seldom share."""

    contacts: tuple[str, ...]
    """Their uuids."""
    reason: str
    """`same sender`, `weak phone`, `same e-mail`, `same name and city` or `same name and birthday`."""
    value: str


def duplicates(session: Session) -> list[Candidate]:
    """Candidates for merging, the surest reasons first."""
    fields = [field for _, field in session.catalogue.fields.values()]
    cities = [_property(field) for field in fields if _is_one(field.key, CITY_WORDS)]
    birthdays = [_property(field) for field in fields if _is_one(field.key, BIRTHDAY_WORDS)]
    mails = [_property(field) for field in fields if _is_one(field.key, MAIL_WORDS)]
    details = [*cities, *birthdays, *mails]
    everyone = session.store.matching(EVERYONE)
    table = session.store.arrow(everyone, [attribute("name"), attribute("urn"), *details])
    uuids, names, paths = (table.column(index).to_pylist() for index in range(3))
    columns = {property: table.column(3 + index).to_pylist() for index, property in enumerate(details)}
    shared: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    phones: dict[str, set[str]] = defaultdict(set)
    for row, uuid in enumerate(uuids):
        for path in paths[row] or ():
            urn = _phone_urn(path)
            if urn:
                shared["weak phone"][weak_key(urn)].add(uuid)
                phones[weak_key(urn)].add(urn)
            elif "@" in path:
                shared["same e-mail"][fold(path)].add(uuid)
        for property in mails:
            if columns[property][row]:
                shared["same e-mail"][fold(str(columns[property][row]))].add(uuid)
        name = fold_accents(names[row] or "")
        for reason, properties in (("same name and city", cities), ("same name and birthday", birthdays)):
            for property in properties:
                value = columns[property][row]
                if name and value is not None:
                    shared[reason][f"{name} · {fold_accents(str(value))}"].add(uuid)
    for key, urns in phones.items():
        # Some numbers share a weak key only because each could have been one old number; they are different people.
        if not any(may_be_same(one, other) for one, other in combinations(sorted(urns), 2)):
            del shared["weak phone"][key]
    told = [Candidate(contacts, "same sender", reason) for contacts, reason in suggestions(session)]
    found = [*told, *_candidates(shared, {candidate.contacts for candidate in told})]
    if not session.catalogue.redact_urns:
        return found
    return [replace(one, value=HIDDEN) if one.reason in IDENTITIES else one for one in found]


def _candidates(shared: dict[str, dict[str, set[str]]], seen: set[tuple[str, ...]]) -> Iterator[Candidate]:
    for reason in ("weak phone", "same e-mail", "same name and birthday", "same name and city"):
        for value, uuids in shared[reason].items():
            group = tuple(sorted(uuids))
            if 1 < len(group) <= MOST_PER_REASON and group not in seen:
                seen.add(group)
                yield Candidate(group, reason, value)


def _phone_urn(path: str) -> str:
    urn = f"tel:{path}" if path.startswith("+") else f"whatsapp:{path}"
    return urn if is_phone(urn) and match_key(urn) else ""


def _property(field: object) -> Property:
    return Property("field", field.key, field.type)  # type: ignore[attr-defined]


def _is_one(key: str, words: Iterable[str]) -> bool:
    return any(word in key for word in words)
