"""The Python that does what a widget shows."""

from __future__ import annotations


class Script(str):
    """Python source that shows itself as it is, so that the last line of a cell needs no `print`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    @classmethod
    def of(cls, *lines: str) -> Script:
        return cls("\n".join(lines))
