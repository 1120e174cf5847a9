"""contacthub: one place for an organisation's audience.

`open(path)` gives a `Hub`; everything else is reached from there. Names are loaded when they are first used, so that
a terminal never waits for pandas.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contacthub import channels as channels
    from contacthub import errors as errors
    from contacthub import query as query
    from contacthub.engine.columns import mask
    from contacthub.errors import (
        AudienceChanged,
        Busy,
        Cancelled,
        FileError,
        HubError,
        InvalidValue,
        NotAllowed,
        NotFound,
        PlanOutdated,
        QueryError,
        Refused,
        StoreError,
    )
    from contacthub.hub import Audience, Contact, Hub, open
    from contacthub.hub.care import rescue, restore
    from contacthub.operations.history import Operation
    from contacthub.operations.undo import UndoReport

__version__ = "0.1.0"

_HOME = {
    **dict.fromkeys(("Audience", "Contact", "Hub", "open"), "contacthub.hub"),
    **dict.fromkeys(
        (
            "AudienceChanged", "Busy", "Cancelled", "FileError", "HubError", "InvalidValue", "NotAllowed", "NotFound",
            "PlanOutdated", "QueryError", "Refused", "StoreError",
        ),
        "contacthub.errors",
    ),
    "load_ipython_extension": "contacthub.notebook",
    **dict.fromkeys(("rescue", "restore"), "contacthub.hub.care"),
    "Operation": "contacthub.operations.history",
    "UndoReport": "contacthub.operations.undo",
    "mask": "contacthub.engine.columns",
}  # fmt: skip
_MODULES = ("channels", "errors", "query")

__all__ = [
    "Audience", "AudienceChanged", "Busy", "Cancelled", "Contact", "FileError", "Hub", "HubError", "InvalidValue",
    "NotAllowed", "NotFound", "Operation", "PlanOutdated", "QueryError", "Refused", "StoreError", "UndoReport",
    "channels", "errors", "mask", "open", "query", "rescue", "restore",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        if name == "mask":
            _give_frames_contacts()
    elif name in _MODULES:
        value = import_module(f"contacthub.{name}")
    else:
        raise AttributeError(f"contacthub has no {name!r}")
    globals()[name] = value
    return value


def _give_frames_contacts() -> None:
    """`.contacts` on every DataFrame, for those who work with frames: asked for only where pandas is in use."""
    import_module("contacthub.notebook").register_accessor()


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


if "pandas" in sys.modules:
    _give_frames_contacts()
