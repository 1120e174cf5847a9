"""A change looked at before it happens: how many change, how many are so already, who cannot and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Cursor, Document, Progress
from contacthub.errors import AudienceChanged, PlanOutdated, Refused
from contacthub.operations.commit import commit
from contacthub.operations.effects import Effects
from contacthub.operations.history import Operation, newest_id, operations
from contacthub.query.meaning import EVERYONE
from contacthub.session import Session

COUNT_REQUIRED = 1_000
"""Deleting, blocking and opting in more contacts than this needs the count that was seen (`expect`)."""


@dataclass
class Draft:
    """What a verb would do to some contacts now."""

    change: BitMap
    already: BitMap = field(default_factory=BitMap)
    cannot: dict[str, BitMap] = field(default_factory=dict)
    """Reason → contacts."""
    effects: Callable[[BitMap, Progress | None], Effects] = lambda ids, progress: Effects()
    """The effects on (some of) the contacts that change; reads their documents where it must."""


@dataclass
class Plan:
    """A verb, its contacts and its arguments, worked out and not applied."""

    session: Session
    kind: str
    what: str
    """The change in words, such as "tag summer"."""
    arguments: Document
    ids: BitMap
    """The contacts that were seen."""
    current: Callable[[], BitMap]
    """Determines the contacts again, for `expect`."""
    draft: Callable[[BitMap], Draft]

    def __post_init__(self) -> None:
        self._cursor: Cursor = self.session.store.cursor()
        self._newest = newest_id(self.session)
        self._draft = self._drafted()

    def _drafted(self) -> Draft:
        alive = self.ids & self.session.store.matching(EVERYONE)
        draft = self.draft(alive)
        if gone := self.ids - alive:
            draft.cannot["deleted since"] = gone
        return draft

    @property
    def change(self) -> BitMap:
        """The contacts that would change, by the engine's ids."""
        return self._draft.change

    @property
    def will_change(self) -> int:
        return len(self._draft.change)

    @property
    def already(self) -> int:
        """Contacts that are so already."""
        return len(self._draft.already)

    @property
    def cannot(self) -> dict[str, int]:
        """Reason → number of contacts that cannot be changed."""
        return {reason: len(ids) for reason, ids in self._draft.cannot.items() if ids}

    @property
    def summary(self) -> str:
        """One line: what, how many, how many already, who cannot."""
        parts = [f"{self.what}: {self.will_change:,} will change"]
        if self.already:
            parts.append(f"{self.already:,} already so")
        parts.extend(f"{count:,} cannot ({reason})" for reason, count in self.cannot.items())
        return ", ".join(parts)

    def sample_ids(self, size: int = 5) -> list[int]:
        """Some of the contacts that would change: the first, the last, and those between at equal distances."""
        change = self._draft.change
        if len(change) <= size:
            return list(change)
        return [change[round(i * (len(change) - 1) / (size - 1))] for i in range(size)]

    def apply(self, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Do exactly what was planned, in one transaction.

        With `expect`, the contacts are determined again, and if they are not that many, or not those that
        were seen, nothing changes. Raises AudienceChanged, PlanOutdated, NotAllowed, Busy, StoreError, Cancelled.
        """
        return self._commit(expect, progress, exactly=True)

    def apply_at_once(self, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """As `apply`, for a plan that nobody has looked at: what has changed meanwhile is planned anew."""
        return self._commit(expect, progress, exactly=False)

    def _commit(self, expect: int | None, progress: Progress | None, *, exactly: bool) -> Operation:
        session = self.session
        session.require(self.kind)
        if expect is None and self.kind in ("delete", "block", "opt_in") and self.will_change > COUNT_REQUIRED:
            raise Refused(
                f"To {self.kind.replace('_', ' ')} {self.will_change:,} contacts, give the count that you saw: "
                f"expect={len(self.ids)}.",
                code="count_required",
            )
        # Reading documents takes the time; it is done before the lock, and again only if something changed meanwhile.
        prepared = self._draft.effects(self._draft.change, progress)

        def effects() -> Effects:
            if expect is not None:
                self._check(expect)
            changes = session.store.changes(self._cursor)
            if not changes:
                return prepared
            fresh = self._drafted()
            differ = (fresh.change ^ self._draft.change) | self._overtaken(prepared)
            if exactly and differ:
                raise PlanOutdated(
                    f"{len(differ):,} of the contacts have changed since this was planned; plan it again.",
                    rows=_uuids(session, differ),
                )
            return fresh.effects(fresh.change, None)

        return commit(session, kind=self.kind, summary=self.what, effects=effects, arguments=self.arguments)

    def _overtaken(self, prepared: Effects) -> BitMap:
        """Contacts of which somebody has changed a value that this plan writes, since it was looked at."""
        overtaken = BitMap()
        if prepared.values:
            for operation in operations(self.session):
                if operation.id <= self._newest:
                    break
                for path in prepared.values.keys() & operation.effects.values.keys():
                    overtaken |= BitMap(operation.effects.values[path]) & self._draft.change
        return overtaken

    def _check(self, expect: int) -> None:
        now = self.current()
        if len(now) == expect and now == self.ids:
            return
        entered, left = now - self.ids, self.ids - now
        moved = f"{len(entered):,} entered and {len(left):,} left" if entered or left else f"not {expect:,}"
        raise AudienceChanged(
            f"There are {len(now):,} contacts now, {moved}; nothing was changed. Look at it again.",
            entered=_uuids(self.session, entered),
            left=_uuids(self.session, left),
        )


def _uuids(session: Session, ids: BitMap) -> list[str]:
    documents = session.store.get(CONTACTS, ids)
    return [documents[id]["uuid"] for id in ids if id in documents]
