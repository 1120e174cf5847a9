"""A report on the state of an audience: what is filled, what looks wrong, what could be tidied."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from contacthub.analysis.duplicates import Candidate, duplicates
from contacthub.engine.port import CONTACTS, SetKey
from contacthub.identity.phones import is_valid
from contacthub.model.text import fold_accents
from contacthub.operations.snapshots import group_meaning
from contacthub.query.meaning import EVERYONE, Equals, IsSet
from contacthub.query.properties import Property, attribute
from contacthub.session import Session

ALIKE = 0.88
"""Tags more alike than this, accents and punctuation aside, are probably one."""
MOST_TAGS = 2_000
"""Comparing every tag with every other grows with the square of their number."""


@dataclass(frozen=True)
class Quality:
    """What the report found. `rows()` gives it as lines of (finding, count, detail)."""

    contacts: int
    coverage: dict[str, int]
    """Property → contacts that have a value."""
    unverified: int
    """Contacts with a phone number that its country's plan does not know."""
    unreachable: int
    """Active contacts without any identity."""
    duplicates: list[Candidate]
    alike_tags: list[tuple[str, str]]
    unused_fields: list[str]
    unused_tags: list[str]
    equal_groups: list[tuple[str, ...]]
    """Groups that hold exactly the same contacts."""

    def rows(self) -> list[tuple[str, int, str]]:
        total = max(self.contacts, 1)
        rows = [(f"{name} filled", count, f"{100 * count / total:.0f}%") for name, count in self.coverage.items()]
        rows.append(("unverified phone numbers", self.unverified, ""))
        rows.append(("active without any identity", self.unreachable, ""))
        reasons: dict[str, int] = defaultdict(int)
        for candidate in self.duplicates:
            reasons[candidate.reason] += 1
        rows += [(f"may be one person: {reason}", count, "") for reason, count in reasons.items()]
        rows.append(("tags that look alike", len(self.alike_tags), "; ".join(" ~ ".join(p) for p in self.alike_tags)))
        rows.append(("fields nobody uses", len(self.unused_fields), ", ".join(self.unused_fields)))
        rows.append(("tags nobody has", len(self.unused_tags), ", ".join(self.unused_tags)))
        rows.append(
            ("groups with equal members", len(self.equal_groups), "; ".join(" = ".join(g) for g in self.equal_groups))
        )
        return rows

    def to_pandas(self) -> Any:
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["finding", "count", "detail"])

    def __repr__(self) -> str:
        return "\n".join(f"{count:>10,}  {finding}  {detail}".rstrip() for finding, count, detail in self.rows())


def quality(session: Session) -> Quality:
    """Look the whole audience over."""
    store, catalogue = session.store, session.catalogue
    fields = {key: Property("field", key, field.type) for key, (_, field) in catalogue.fields.items()}  # type: ignore[arg-type]
    properties = {key: attribute(key) for key in ("name", "urn", "language", "country", "tag", "assignee")} | fields
    counts = store.counts([IsSet(property) for property in properties.values()])
    coverage = dict(zip(properties, counts, strict=True))
    active = store.matching(Equals(attribute("status"), frozenset({"active"})))
    tags = {document["name"]: id for id, document in catalogue.documents["tags"].items()}
    return Quality(
        contacts=store.count(CONTACTS),
        coverage=coverage,
        unverified=_unverified(session),
        unreachable=len(active - store.matching(IsSet(attribute("urn")))),
        duplicates=duplicates(session),
        alike_tags=_alike(sorted(tags)),
        unused_fields=[key for key in fields if not coverage[key]],
        unused_tags=[name for name, id in tags.items() if not store.members(SetKey("tags", id))],
        equal_groups=_equal_groups(session),
    )


def _unverified(session: Session) -> int:
    """Numbers are judged once each; a million numbers of contacts are seldom a million countries' plans."""
    table = session.store.arrow(session.store.matching(EVERYONE), [attribute("phone")])
    return sum(
        any(not is_valid(path.removeprefix("+")) for path in paths) for paths in table.column(1).to_pylist() if paths
    )


def _alike(names: list[str]) -> list[tuple[str, str]]:
    plain = [("".join(c for c in fold_accents(name) if c.isalnum()), name) for name in names[:MOST_TAGS]]
    plain.sort()
    pairs = []
    for index, (one, name) in enumerate(plain):
        matcher = SequenceMatcher(b=one)
        for other, another in plain[index + 1 :]:
            matcher.set_seq1(other)
            if one == other or (matcher.real_quick_ratio() > ALIKE and matcher.ratio() > ALIKE):
                pairs.append((name, another))
    return pairs


def _equal_groups(session: Session) -> list[tuple[str, ...]]:
    now, same = session.now(), defaultdict(list)
    for document in session.catalogue.documents["groups"].values():
        members = session.store.matching(group_meaning(session, document["name"], now))
        if members:
            same[members.serialize()].append(document["name"])
    return [tuple(sorted(names)) for names in same.values() if len(names) > 1]
