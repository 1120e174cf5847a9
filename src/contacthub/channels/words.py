"""Words that opt out and in: a message that says nothing else.

*YES* and *SIM* are no opt-in words: people answer questions with them.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from contacthub.model.settings import Settings
from contacthub.model.text import fold_accents

OPT_OUT = (
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE",
    "SAIR", "PARAR", "PARE", "DESCADASTRAR", "REMOVER", "BAJA", "SALIR",
)  # fmt: skip
OPT_IN = ("START", "UNSTOP", "SUBSCRIBE")


def statement(text: str | None, settings: Settings) -> str | None:
    """What a message says about consent: `no` for an opt-out word of the hub, `yes` for an opt-in word, else None.

    The whole message counts: trimmed, without punctuation, case and accents aside.
    """
    said = bare(text or "")
    if not said:
        return None
    if said in _words(settings.opt_out_words, OPT_OUT):
        return "no"
    return "yes" if said in _words(settings.opt_in_words, OPT_IN) else None


def bare(text: str) -> str:
    """A message as it is compared: folded, without punctuation and what cannot be seen, single spaces."""
    spaced = " ".join(text.split())
    kept = (character for character in fold_accents(spaced) if unicodedata.category(character)[0] not in "PC")
    return " ".join("".join(kept).split())


@lru_cache
def _words(own: str, default: tuple[str, ...]) -> frozenset[str]:
    words = own.split(",") if own.strip() else default
    return frozenset(said for word in words if (said := bare(word)))
