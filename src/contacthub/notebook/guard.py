"""Errors in callbacks, made visible.

A front end loses what a callback prints or raises: `on_click` swallows it, and a Lab cell shows no traceback of a
message. So every callback of this room carries `@shown`: the person reads the error in the widget, and whoever wants
to know more reads `.last_error` in the next cell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast

from contacthub.errors import HubError


class Shows(Protocol):
    """A widget with a place for errors."""

    last_error: Exception | None

    def show_error(self, message: str) -> None: ...


P = ParamSpec("P")
W = TypeVar("W", bound=Shows)


def explained(error: Exception) -> str:
    """What a person reads. An error of the hub is a sentence already; any other tells its kind, too."""
    return str(error) if isinstance(error, HubError) else f"{type(error).__name__}: {error}"


def shown(callback: Callable[Concatenate[W, P], None]) -> Callable[Concatenate[W, P], None]:
    """A method as callback: its errors are shown in its widget and kept as `.last_error`, with their traceback."""

    @wraps(callback)
    def guarded(self: W, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 – shown and kept, see above
            self.last_error = error
            self.show_error(explained(error))

    return cast("Callable[Concatenate[W, P], None]", guarded)
