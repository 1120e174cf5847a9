"""`%hub` opens a hub, `%%contacts` asks it, or a DataFrame, in a cell of ContactQL."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pandas as pd
from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

import contacthub as ch
from contacthub.errors import HubError

if TYPE_CHECKING:
    from contacthub.hub import Hub

CONTACTS_USAGE = "%%contacts [-o name] [frame], and below it a query"


@magics_class
class ContactMagics(Magics):
    """Errors of a hub and of a query are one plain line, as IPython shows a wrong use."""

    @property
    def _names(self) -> dict[str, Any]:
        """The notebook's variables."""
        assert self.shell is not None
        return self.shell.user_ns

    @line_magic
    def hub(self, line: str) -> Hub:
        """`%hub PATH` opens a hub as the variable `hub`, and makes it where there is none; `%hub` alone shows it."""
        if not line.strip():
            return self._hub()
        try:
            self._names["hub"] = ch.open(" ".join(shlex.split(line)), create=True)
        except HubError as error:
            raise UsageError(str(error)) from None
        return self._hub()

    @cell_magic
    def contacts(self, line: str, cell: str) -> Any:
        """`%%contacts` gives the audience of the query in the cell; with the name of a DataFrame, its rows that match.

        `-o name` keeps the answer as a variable.
        """
        words = shlex.split(line)
        name = None
        if words[:1] == ["-o"]:
            name, words = (words[1] if len(words) > 1 else ""), words[2:]
        if len(words) > 1 or (name is not None and not name.isidentifier()):
            raise UsageError(CONTACTS_USAGE)
        try:
            answer = self._find(words[0] if words else None, " ".join(cell.split()))
        except HubError as error:
            raise UsageError(str(error)) from None
        if name:
            self._names[name] = answer
        return answer

    def _find(self, frame: str | None, query: str) -> Any:
        if frame is None:
            return self._hub().find(query)
        table = self._names.get(frame)
        if not isinstance(table, pd.DataFrame):
            raise UsageError(f"There is no DataFrame {frame}. {CONTACTS_USAGE}.")
        return table[ch.mask(table, query)]

    def _hub(self) -> Hub:
        hub = self._names.get("hub")
        if not isinstance(hub, ch.Hub):
            raise UsageError("There is no hub yet: open one with %hub PATH, or as a variable called hub.")
        return hub
