"""The verbs of an audience, a contact and `hub.plan`: one list of names, each in three places."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contacthub.engine.port import Progress

if TYPE_CHECKING:
    from contacthub.operations.history import Operation


class Verbs(ABC):
    """What can be done to contacts. Each verb is one transaction, recorded, and undone by `hub.undo()`.

    `expect` is the number of contacts that was seen: if the query gives another number by now, or others than those
    that were seen, nothing changes and `AudienceChanged` tells the difference. Each raises `NotAllowed`, `Busy` and
    `StoreError`, and what its own line says.
    """

    @abstractmethod
    def _change(
        self, kind: str, *arguments: Any, expect: int | None, progress: Progress | None, **options: Any
    ) -> Operation:
        """Plan and apply at once."""

    def tag(self, *names: str, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Put tags on; new ones enter the hub's catalogue. Raises InvalidValue."""
        return self._change("tag", *names, expect=expect, progress=progress)

    def untag(self, *names: str, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Take tags off."""
        return self._change("untag", *names, expect=expect, progress=progress)

    def add_to_group(self, *names: str, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Add to static groups; only active contacts can be. Raises NotFound, Refused (`dynamic_group`)."""
        return self._change("add_to_group", *names, expect=expect, progress=progress)

    def remove_from_group(self, *names: str, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Remove from static groups. Raises NotFound, Refused (`dynamic_group`)."""
        return self._change("remove_from_group", *names, expect=expect, progress=progress)

    def add_to_list(self, *names: str, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Add to lists (inbox tabs); new ones are made. Raises InvalidValue."""
        return self._change("add_to_list", *names, expect=expect, progress=progress)

    def remove_from_list(self, *names: str, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Remove from lists."""
        return self._change("remove_from_list", *names, expect=expect, progress=progress)

    def assign(
        self,
        to: str | Iterable[str],
        *,
        balanced: bool = False,
        expect: int | None = None,
        progress: Progress | None = None,
    ) -> Operation:
        """Give an owner, by handle, name or e-mail (`me` is oneself); several with `balanced` share the contacts out
        evenly. Raises NotFound."""
        to = to if isinstance(to, str) else list(to)
        return self._change("assign", to, balanced=balanced, expect=expect, progress=progress)

    def unassign(self, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Leave without an owner."""
        return self._change("unassign", expect=expect, progress=progress)

    def set_field(
        self, field: str, value: Any, *, expect: int | None = None, progress: Progress | None = None
    ) -> Operation:
        """Set a custom field, by key or name. Raises NotFound, InvalidValue."""
        return self._change("set_field", field, value, expect=expect, progress=progress)

    def clear_field(self, field: str, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Take a custom field's value away. Raises NotFound."""
        return self._change("clear_field", field, expect=expect, progress=progress)

    def set_language(self, language: str, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Set the language, an ISO 639-3 code. Raises InvalidValue."""
        return self._change("set_language", language, expect=expect, progress=progress)

    def edit(self, *, expect: int | None = None, progress: Progress | None = None, **properties: Any) -> Operation:
        """Set several properties at once: `language`, `status`, `assignee`, `remarks`, `avatar`, `fields`; None
        clears. Raises InvalidValue."""
        return self._change("edit", expect=expect, progress=progress, **properties)

    def opt_in(
        self,
        purpose: str = "marketing",
        *,
        proof: str,
        occurred_at: datetime | str | None = None,
        source: str = "form",
        note: str | None = None,
        expect: int | None = None,
        progress: Progress | None = None,
    ) -> Operation:
        """Note that they agreed to be written to. `proof` says how one knows. Raises InvalidValue."""
        return self._change(
            "opt_in", purpose, proof=proof, occurred_at=occurred_at, source=source, note=note, expect=expect,
            progress=progress,
        )  # fmt: skip

    def opt_out(
        self,
        purpose: str = "marketing",
        *,
        occurred_at: datetime | str | None = None,
        source: str = "member",
        note: str | None = None,
        expect: int | None = None,
        progress: Progress | None = None,
    ) -> Operation:
        """Note that they want no more messages for a purpose. Raises InvalidValue."""
        return self._change(
            "opt_out", purpose, occurred_at=occurred_at, source=source, note=note, expect=expect, progress=progress
        )

    def block(self, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Status blocked: nothing is sent or received. Groups are kept for when they come back."""
        return self._change("block", expect=expect, progress=progress)

    def stop(self, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Status stopped: they asked for no messages; writing in makes them active again."""
        return self._change("stop", expect=expect, progress=progress)

    def archive(self, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Status archived: out of the way."""
        return self._change("archive", expect=expect, progress=progress)

    def reactivate(self, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Status active again, with the static groups they had."""
        return self._change("reactivate", expect=expect, progress=progress)

    def delete(self, *, expect: int | None = None, progress: Progress | None = None) -> Operation:
        """Delete; an undo brings them back."""
        return self._change("delete", expect=expect, progress=progress)
