"""The summary of a preview: counts by outcome, and what the import would bring beside contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from contacthub.imports import membership
from contacthub.imports.planning import OUTCOMES, SKIPPED, Plan, Planner

KEYS = (
    *OUTCOMES, "skipped_because", "created_contacts", "updated_contacts", "new_fields", "new_tags", "new_lists",
    "new_groups", "identities_attached", "opted_in", "opted_out", "reactivated",
)  # fmt: skip


class Summary(Mapping[str, Any]):
    """Keys: the outcomes, with counts of rows; `skipped_because` (code → rows); `created_contacts` and
    `updated_contacts`; `new_fields`, `new_tags`, `new_lists`, `new_groups` (names); `identities_attached`,
    `opted_in`, `opted_out`, `reactivated` (contacts).

    `summary["groups"]` tells of each dynamic group how many would enter and leave it. It is worked out when asked for,
    before the commit, and is not among the keys."""

    def __init__(self, planner: Planner, plan: Plan) -> None:
        self._planner = planner
        self._plan = plan
        self._counts = np.bincount(plan.outcome, minlength=len(OUTCOMES)).tolist()

    def __getitem__(self, key: str) -> Any:
        if key in OUTCOMES:
            return self._counts[OUTCOMES.index(key)]
        if key not in KEYS and key != "groups":
            raise KeyError(key)
        return getattr(self, f"_{key}")

    def __iter__(self) -> Iterator[str]:
        return iter(KEYS)

    def __len__(self) -> int:
        return len(KEYS)

    def __repr__(self) -> str:
        return repr({key: value for key in KEYS if (value := self[key])})

    @cached_property
    def _skipped_because(self) -> dict[str, int]:
        skipped = self._plan.outcome == SKIPPED
        because = Counter(
            problem.code for index, problem in self._plan.problems if skipped[index] and problem.code in _REASONS
        )
        return dict(because)

    @cached_property
    def _created_contacts(self) -> int:
        return self._plan.counts()[0]

    @cached_property
    def _updated_contacts(self) -> int:
        return self._plan.counts()[1]

    @cached_property
    def _new_fields(self) -> list[str]:
        return self._plan.new_fields(self._planner.mapping)

    def _new(self, kind: str) -> list[str]:
        return self._plan.new_labels(kind)

    @cached_property
    def _new_tags(self) -> list[str]:
        return self._new("tags")

    @cached_property
    def _new_lists(self) -> list[str]:
        return self._new("lists")

    @cached_property
    def _new_groups(self) -> list[str]:
        return self._new("groups")

    @cached_property
    def _identities_attached(self) -> int:
        return sum(len(set(c.after) - set(c.before)) for c in self._plan.changes if c.path == "urns")

    @cached_property
    def _consents(self) -> Counter[str]:
        """Contacts that opt in and out, by `yes` and `no`: known and new ones, each once."""
        plan = self._plan
        pairs = [*zip(plan.change_targets, plan.changes, strict=True)]
        if plan.rules.consents and self._created_contacts:
            pairs += self._planner.changes_of_new(plan)
        said = {(contact, change.after) for contact, change in pairs if change.path.startswith("opt_in.")}
        return Counter(after for _, after in said)

    @cached_property
    def _groups(self) -> dict[str, tuple[int, int]]:
        return membership.moves(self._planner, self._plan)

    @cached_property
    def _opted_in(self) -> int:
        return self._consents["yes"]

    @cached_property
    def _opted_out(self) -> int:
        return self._consents["no"]

    @cached_property
    def _reactivated(self) -> int:
        return sum(1 for change in self._plan.changes if change.path == "status" and change.after == "active")


_REASONS = frozenset(
    {"no_identity", "skipped_by_hand", "only_update", "only_create", "duplicate_row", "asked_to_be_forgotten"}
)
