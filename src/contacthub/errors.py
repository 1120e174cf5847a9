"""Every error a user can meet.

An error of the hub says what is wrong, where, and what would be right, in one or two plain sentences (`str(error)`).
What a program needs to react is in attributes, never in the text: `code` is stable and documented in `docs/errors.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class HubError(Exception):
    """Base of all errors of contacthub. `code` is stable; `str(error)` is for people."""

    code = "hub_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotFound(HubError):
    """A hub, contact, field, group, tag, list, member, operation or file that does not exist."""

    code = "not_found"


class NotAllowed(HubError):
    """The actor's role may not do this, or the hub was opened read-only."""

    code = "not_allowed"


class Refused(HubError):
    """What was asked contradicts a rule of the hub (a name in use, a limit reached, a precondition not met)."""

    code = "refused"


class Cancelled(HubError):
    """The person cancelled a long operation; nothing was changed."""

    code = "cancelled"

    def __init__(self, message: str = "This was cancelled. Nothing was changed.", *, code: str | None = None) -> None:
        super().__init__(message, code=code)


class InvalidValue(HubError):
    """A value that a property cannot hold.

    `code` tells the rule, `property` the property (`name`, `urns`, `fields.age`), `value` what was given.
    """

    def __init__(self, message: str, *, code: str, property: str, value: Any) -> None:
        super().__init__(message, code=code)
        self.property = property
        self.value = value


class QueryError(HubError):
    """A text that is no query, or a query that asks the impossible.

    `code` and `extra` are those of RapidPro's ContactQL where it has one; `start` and `end` are offsets into the
    query, in characters.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        extra: Mapping[str, str] | None = None,
        start: int = 0,
        end: int = 0,
        query: str = "",
    ) -> None:
        super().__init__(message, code=code)
        self.extra = dict(extra or {})
        self.start = start
        self.end = end
        self.query = query

    @property
    def line(self) -> int:
        """Line of the error in the query, counted from 1."""
        return self.query.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """Column of the error in its line, counted from 1."""
        return self.start - (self.query.rfind("\n", 0, self.start) + 1) + 1


class FileError(HubError):
    """A file that cannot be read as a table of contacts. `code` tells why, see `docs/errors.md`."""

    def __init__(self, message: str, *, code: str, path: str | None = None) -> None:
        super().__init__(message, code=code)
        self.path = path


class StoreError(HubError):
    """The hub's file cannot be used: damaged, too new, on a disk that is full or that cannot lock. `code` tells."""

    code = "store_error"


class Busy(HubError):
    """Another process has held the hub for longer than the time-out. The message says who."""

    code = "busy"


class AudienceChanged(HubError):
    """The set of contacts is no longer the one that was seen. `entered` and `left` are the uuids that differ."""

    code = "audience_changed"

    def __init__(self, message: str, *, entered: list[str], left: list[str]) -> None:
        super().__init__(message)
        self.entered = entered
        self.left = left


class PlanOutdated(HubError):
    """A value that the plan reads or writes has changed since. `rows` are the file rows concerned, or contact uuids."""

    code = "plan_outdated"

    def __init__(self, message: str, *, rows: list[Any]) -> None:
        super().__init__(message)
        self.rows = rows
