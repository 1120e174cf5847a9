"""`df.contacts`: any DataFrame, asked in ContactQL or compared with a hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import contacthub as ch

if TYPE_CHECKING:
    import pandas as pd

    from contacthub.hub import Hub


class ContactsAccessor:
    """Contacts in a DataFrame: columns are properties by their name, a row is a contact."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def mask(self, query: str) -> pd.Series[bool]:
        """Which rows a query matches. Raises QueryError."""
        return ch.mask(self._frame, query)

    def find(self, query: str) -> pd.DataFrame:
        """The rows that a query matches. Raises QueryError."""
        return self._frame[self.mask(query)]

    def match(self, hub: Hub, **columns: Any) -> pd.DataFrame:
        """Who of a hub each row is; `columns` are those of `hub.match`: `phone=`, `email=`."""
        return hub.match(self._frame, **columns)


def register() -> None:
    """Give every DataFrame `.contacts`; doing so again changes nothing."""
    import pandas as pd

    if getattr(pd.DataFrame, "contacts", None) is not ContactsAccessor:
        pd.api.extensions.register_dataframe_accessor("contacts")(ContactsAccessor)
