"""The text that clears a value in an import, and its escape.

`--` in a cell takes the contact's value away. A value that is itself `--` is exported with `'` in front, which an
import takes away again; a value of `'` and `--` is escaped the same way, so that it comes back. This is so in every
format, and in frames; csv does not take such a text for a formula (`tables.formulas`).
"""

from __future__ import annotations

import re
from typing import Any, Final

CLEAR: Final = "--"
"""The text that clears a value."""

_LOOKS_CLEARING = re.compile(r"'*--")


def looks_clearing(text: str) -> bool:
    """Whether a text is `--`, plain or escaped."""
    return text.endswith(CLEAR) and _LOOKS_CLEARING.fullmatch(text) is not None


def escaped(text: str) -> str:
    """A value as it is written, so that it clears nothing."""
    return "'" + text if looks_clearing(text) else text


def unescaped(text: str) -> str:
    """A value as it was before `escaped`."""
    plain = text.strip()
    return plain[1:] if plain.startswith("'") and looks_clearing(plain) else text


def escaped_array(texts: Any) -> Any:
    """An Arrow array of texts, or one in chunks, each as `escaped` writes it."""
    import pyarrow.compute as pc

    # Hardly any text ends so, which is told much faster than what it begins with.
    if not pc.any(pc.ends_with(texts, CLEAR)).as_py():
        return texts
    clearing = pc.match_substring_regex(texts, rf"^'*{CLEAR}\z")
    return pc.if_else(clearing, pc.binary_join_element_wise("'", texts, ""), texts)
