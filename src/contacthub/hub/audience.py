"""An audience: the contacts of a query, pinned when they are first looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import and_, or_, sub
from typing import TYPE_CHECKING, Any

from pyroaring import BitMap

from contacthub.engine.port import Progress, Sort
from contacthub.errors import InvalidValue
from contacthub.hub.contact import Contact
from contacthub.hub.verbs import Verbs
from contacthub.query import sort_named
from contacthub.query.properties import attribute
from contacthub.query.query import Query

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from contacthub.hub.front import Hub
    from contacthub.operations.history import Operation

NEWEST_FIRST = Sort(attribute("created_on"), descending=True)
SHARES = 2**64


class Audience(Verbs):
    """Contacts that one works on: they stay the same while one does, until `refresh()`.

    So `people = hub.find("NOT tag = x"); people.tag("x")` still holds the people who were tagged. Audiences combine
    with `&`, `|` and `-`.
    """

    def __init__(
        self,
        hub: Hub,
        evaluate: Callable[[], BitMap],
        *,
        query: str = "",
        parsed: Query | None = None,
        sort: Sort = NEWEST_FIRST,
        now: datetime | None = None,
    ) -> None:
        self.hub = hub
        self.evaluate = evaluate
        """Determines the contacts anew, as the engine's ids."""
        self.query = query
        """The ContactQL, canonical; empty for everybody. A combination tells its parts in words."""
        self.sort = sort
        self._parsed = parsed
        self._now = now
        self._pinned: BitMap | None = None

    # -- who ---------------------------------------------------------------------------------------------------------
    @property
    def ids(self) -> BitMap:
        """The contacts by the engine's ids; looked up at first use, and pinned."""
        if self._pinned is None:
            self._pinned = self.evaluate()
        return self._pinned

    def refresh(self) -> Audience:
        """Evaluate the query again; returns this audience."""
        self._pinned = None
        self.__dict__.pop("order", None)
        return self

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def count(self) -> int:
        return len(self.ids)

    def __bool__(self) -> bool:
        return bool(self.ids)

    @cached_property
    def order(self) -> list[int]:
        """All of them by the engine's ids, in the audience's order."""
        return self.hub.store.ordered(self.ids, self.sort)

    @property
    def uuids(self) -> list[str]:
        """The uuids, in the audience's order."""
        uuids = dict(self.hub.store_uuids(self.ids))
        return [uuids[id] for id in self.order if id in uuids]

    def page(self, offset: int = 0, limit: int = 50) -> list[Contact]:
        """Contacts from a position on, in the audience's order; those deleted meanwhile are left out."""
        if offset < 0 or limit < 0:
            raise InvalidValue(
                "A page begins at 0 or later and has a limit of 0 or more.",
                code="invalid_page", property="offset", value=(offset, limit),
            )  # fmt: skip
        if "order" in self.__dict__:
            ids = self.order[offset : offset + limit]
        else:
            ids = self.hub.store.ordered(self.ids, self.sort, offset, limit)
        return self.hub.contacts.of_ids(ids)

    def at(self, index: int) -> Contact:
        """The contact at a position of the audience's order. Raises IndexError."""
        return self.page(index, 1)[0]

    def __iter__(self) -> Iterator[Contact]:
        for start in range(0, len(self), 1_000):
            yield from self.page(start, 1_000)

    def __contains__(self, contact: object) -> bool:
        return isinstance(contact, Contact) and contact.id in self.ids

    # -- sets --------------------------------------------------------------------------------------------------------
    def __and__(self, other: Audience) -> Audience:
        return self._combined(other, "AND", and_)

    def __or__(self, other: Audience) -> Audience:
        return self._combined(other, "OR", or_)

    def __sub__(self, other: Audience) -> Audience:
        return self._combined(other, "AND NOT", sub)

    def _combined(self, other: Audience, word: str, combine: Callable[[BitMap, BitMap], BitMap]) -> Audience:
        """The combination of what is pinned; looked at again, of what the two give then."""
        combined = Audience(
            self.hub,
            lambda: combine(self.evaluate(), other.evaluate()),
            query=f"({self.query or 'everyone'}) {word} ({other.query or 'everyone'})",
            sort=self.sort,
        )
        combined._pinned = combine(self.ids, other.ids)
        return combined

    def sorted(self, sort: str) -> Audience:
        """The same contacts in another order, such as `-last_seen_on`."""
        pinned = self.ids
        again = Audience(self.hub, self.evaluate, query=self.query, parsed=self._parsed, sort=sort_of(self.hub, sort))
        again._pinned = pinned
        return again

    def sample(self, size: int, seed: str = "") -> Audience:
        """So many of them, by a hash of the uuid: the same people each time for one seed."""
        ranked = sorted(self._shares(seed))[: max(size, 0)]
        return self._part(BitMap(id for _, id in ranked), f"a sample of {size} of")

    def split(self, seed: str = "", **shares: float) -> dict[str, Audience]:
        """Parts by name, such as `split(test=.9, control=.1, seed="promo-47")`: by a hash of the uuid, so the same
        people are in the same part every week. The shares add up to at most 1; raises InvalidValue."""
        if not shares or min(shares.values()) < 0 or sum(shares.values()) > 1 + 1e-9:
            raise InvalidValue(
                "Give each part its share, between 0 and 1, together at most 1, such as test=0.9, control=0.1.",
                code="invalid_shares", property="split", value=shares,
            )  # fmt: skip
        parts: dict[str, BitMap] = {name: BitMap() for name in shares}
        limits: list[tuple[float, str]] = []
        total = 0.0
        for name, share in shares.items():
            total += share
            limits.append((total * SHARES if total < 1 - 1e-9 else float(SHARES), name))
        for value, id in self._shares(seed):
            part = next((name for limit, name in limits if value < limit), None)
            if part is not None:
                parts[part].add(id)
        return {name: self._part(ids, f"part {name} of") for name, ids in parts.items()}

    def _shares(self, seed: str) -> Iterator[tuple[int, int]]:
        for id, uuid in self.hub.store_uuids(self.ids):
            digest = hashlib.blake2b(f"{seed}:{uuid}".encode(), digest_size=8).digest()
            yield int.from_bytes(digest, "big"), id

    def _part(self, ids: BitMap, what: str) -> Audience:
        return Audience(self.hub, lambda: ids, query=f"{what} {self.query or 'everyone'}", sort=self.sort)

    # -- frames ------------------------------------------------------------------------------------------------------
    def to_arrow(self, columns: list[str] | None = None) -> pyarrow.Table:
        """A typed Arrow table, a row a contact in the audience's order, preceded by the column `uuid`."""
        return self.hub.frame_table(self.order, columns)

    def to_pandas(self, columns: list[str] | None = None, wide: bool = False) -> pandas.DataFrame:
        """A typed DataFrame indexed by uuid, in the audience's order.

        Nullable numbers, timezone-aware datetimes, categoricals where values repeat; tags, lists and groups as
        tuples, or with `wide` one boolean column a tag. `columns` are names as in a query; by default the profile,
        the segmentation and all custom fields. `df.attrs["query"]` tells where it came from. Raises QueryError.
        """
        from contacthub.hub.frames import to_pandas

        return to_pandas(self, columns, wide)

    def counts(self, *properties: str) -> pandas.DataFrame:
        """How many have each value, or combination of values, most frequent first; a contact counts under each of
        its tags. Raises QueryError for an unknown property, NotAllowed for identities where they are hidden."""
        from contacthub.hub.frames import counts

        return counts(self, properties)

    # -- looking closer ----------------------------------------------------------------------------------------------
    def explain(self) -> Any:
        """Counts per condition: each alone, the funnel in order, and how many have no value."""
        from contacthub.analysis.explain import Explanation, explain

        if self._parsed is None:
            return Explanation(self.query, len(self.hub.contacts), len(self), [], is_funnel=True)
        return explain(self.hub.session, self._parsed, self._now)

    def reachable(self, scheme: str | None = None, purpose: str = "marketing") -> Reachable:
        """Who of them can be written to, and why the others cannot."""
        from contacthub.analysis.reach import reach

        found = reach(self.hub.session, self.ids, scheme, purpose)
        return Reachable(
            self._part(found.reachable, "reachable of"), {reason: len(ids) for reason, ids in found.reasons.items()}
        )

    # -- verbs -------------------------------------------------------------------------------------------------------
    def _change(
        self, kind: str, *arguments: Any, expect: int | None, progress: Progress | None, **options: Any
    ) -> Operation:
        return self.hub.plan.make(kind, self, *arguments, **options).apply_at_once(expect, progress)

    def __repr__(self) -> str:
        return f"<Audience of {len(self):,}: {self.query or 'everyone'}>"

    def _repr_html_(self) -> str:
        from contacthub.hub.frames import to_html

        return to_html(self)


@dataclass(frozen=True)
class Reachable:
    """Who can be written to, and how many cannot for which reason."""

    audience: Audience
    reasons: dict[str, int]

    @property
    def count(self) -> int:
        return len(self.audience)

    def __len__(self) -> int:
        return len(self.audience)

    def __repr__(self) -> str:
        others = "".join(f", {count:,} {reason}" for reason, count in self.reasons.items())
        return f"<Reachable: {self.count:,}{others}>"


def sort_of(hub: Hub, text: str | Sort | None) -> Sort:
    """An order by its text: any property of queries, with `-` in front for descending. Raises QueryError."""
    if text is None or text == "":
        return NEWEST_FIRST
    if isinstance(text, Sort):
        return text
    return Sort(*sort_named(text, hub.session.resolver))


def find(hub: Hub, query: str | Query, sort: str | Sort | None, now: datetime | None) -> Audience:
    """The audience of a query. Raises QueryError at once, for the query and for the order; InvalidValue for what is
    no text and no instant."""
    text = str(query) if isinstance(query, Query) else query
    for name, value, kind in (("query", text, str), ("now", now, datetime)):
        if (value is not None and not isinstance(value, kind)) or (value is None and name == "query"):
            raise InvalidValue(
                f"{name} is {'a text' if kind is str else 'a datetime'}, not {value!r}.",
                code="invalid_option", property=name, value=value,
            )  # fmt: skip
    parsed = hub.parse(text)

    def evaluate() -> BitMap:
        return hub.store.matching(hub.parse(text).meaning(now or hub.session.now()))

    return Audience(hub, evaluate, query=str(parsed), parsed=parsed, sort=sort_of(hub, sort), now=now)
