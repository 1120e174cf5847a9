"""Identities hidden: from viewers always, from everybody where the hub or the opening says so.

What is shown keeps the scheme, so that people see that there is a phone, and nothing by which one could be told from
another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from contacthub.engine.port import Document
from contacthub.errors import QueryError
from contacthub.identity.urns import SCHEMES
from contacthub.operations.effects import Effects
from contacthub.query import parse
from contacthub.session import Session

if TYPE_CHECKING:
    from contacthub.operations.merge import MergePlan

HIDDEN = "••••"
FEWEST_DIGITS = 7
"""So many digits in a text may be a telephone number."""

_SCHEMES = "|".join(map(re.escape, SCHEMES))
_URN = re.compile(rf"\b({_SCHEMES}):(?=\S)[^\s\"',\])]+", re.IGNORECASE)
_CONDITION = re.compile(
    rf"(\b(?:urns\.)?(?:urns?|phone|{_SCHEMES})\s*(?:!=|=|~|\bhas\b|\bis\b)\s*)(\"(?:[^\"\\]|\\.)+\"|[^\s()\"]+)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[^\s\"'()=~<>]+@[^\s\"'()]+")
_RUN = re.compile(r"[+(]*\d(?:\d|[^\w\"']{1,3}(?=\d))*")
_NO_PHONE = re.compile(
    r"\d{4}-\d\d?-\d\d?|\d\d?[-./]\d\d?[-./]\d{4}|\d{1,3}(,\d{3})+|\d\d:\d\d(:\d\d([.,]\d+)?)?([+-]\d\d:?\d\d)?"
)
"""Dates, times and counts with their thousands apart."""


def urn(value: str) -> str:
    """An identity with its scheme alone."""
    return f"{value.partition(':')[0]}:{HIDDEN}"


def value(path: str, value: Any) -> Any:
    """A property's value: identities are hidden, everything else is as it is."""
    if path == "urns":
        return [urn(one) for one in value or ()]
    return {} if path == "identities" else value


def document(document: Mapping[str, Any]) -> Document:
    """A contact's document whose identities show their scheme only."""
    return {key: value(key, item) for key, item in document.items()}


def text(text: str) -> str:
    """A text, such as a query, without what may be an identity."""
    text = _CONDITION.sub(rf"\1{HIDDEN}", text)
    text = _URN.sub(rf"\1:{HIDDEN}", text)
    return _RUN.sub(_number, _MAIL.sub(HIDDEN, text))


def _number(run: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in run.group())
    return run.group() if digits < FEWEST_DIGITS or _NO_PHONE.fullmatch(run.group()) else HIDDEN


def query(session: Session, query: str) -> str:
    """A query that is kept, as it is shown: whole, unless it names identities and these are hidden."""
    if session.catalogue.redact_urns:
        try:
            parse(query, session.resolver)
        except QueryError as error:
            return text(query) if error.code == "redacted_urns" else query
    return query


def arguments(arguments: Document) -> Document:
    """What an operation was called with. Hashes and columns are no texts of people."""
    return {key: item if key in ("sha256", "hash", "contact") else _texts(item) for key, item in arguments.items()}


def effects(effects: Effects) -> Effects:
    """What an operation changed."""
    return Effects(
        created=effects.created,
        deleted={id: document(gone) for id, gone in effects.deleted.items()},
        values={
            path: {id: (value(path, before), value(path, after)) for id, (before, after) in by_id.items()}
            for path, by_id in effects.values.items()
        },
        sets=effects.sets,
        catalogue=[
            replace(change, before=_query_hidden(change.before), after=_query_hidden(change.after))
            for change in effects.catalogue
        ],
        ledger=[
            {**event, "identity": urn(event["identity"])} if event.get("identity") else event
            for event in effects.ledger
        ],
    )


def merge_plan(plan: MergePlan) -> MergePlan:
    """What a merge would do."""
    lines = [
        replace(line, **{side: value(line.path, getattr(line, side)) for side in ("keep", "other", "result")})
        for line in plan.lines
    ]
    return replace(plan, lines=lines, effects=effects(plan.effects))


def _query_hidden(document: Document | None) -> Document | None:
    return {**document, "query": text(document["query"])} if document and document.get("query") else document


def _texts(value: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else value
