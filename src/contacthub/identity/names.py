"""Names of people: how they are kept, which part greets, and what must not greet anybody."""

from __future__ import annotations

from typing import Any

import regex

from contacthub.model.text import clean_line, fold_accents, words
from contacthub.model.values import NAME_LENGTH, contact_name

ODD_NAMES = {
    "phone": "The name is a phone number.",
    "test": "The name looks like a test.",
    "at_sign": "The name has an @ in it, like an address or a handle.",
    "brackets": "The name has brackets in it, like a note to oneself.",
    "digits": "The name has digits in it.",
    "all_capitals": "The name is all in capitals.",
}
"""Why a name is odd, by code: the first that holds is told."""

PARTICLES = frozenset(
    ("al", "bin", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "i",
     "ibn", "la", "las", "le", "les", "los", "ter", "van", "von", "y")
)  # fmt: skip
"""Words that many names share and that tell nobody apart."""

_TESTS = frozenset(
    ("asdf", "asdfg", "prueba", "pruebas", "qwerty", "testando", "teste", "tester", "testes", "testing", "test",
     "tests", "xxx", "xxxx")
)  # fmt: skip
_PHONE_DIGITS = 7
_PART = regex.compile(r"[^-'’]+")
_IN_BRACKETS = regex.compile(r"\([^)]*\)|\[[^\]]*\]")
_CHARACTER = regex.compile(r"\X")
_AROUND_WORDS = regex.compile(r"^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}.)]+$")


def clean_name(value: Any, *, cut: bool = False) -> str:
    """A name as it is kept: one trimmed line in NFC, without control characters and lone surrogates.

    A name of more than 128 code points raises InvalidValue (`too_long`); with `cut`, as for the profile names that
    WhatsApp sends along, it loses its end instead.
    """
    return contact_name(clean_line(str(value))[:NAME_LENGTH] if cut else str(value))


def first_name(name: str) -> str:
    """The word that greets: the first one that has a letter, title-cased where the whole name is in capitals.

    Empty if the name has no such word.
    """
    for word in map(_bare, name.split()):
        if any(map(str.isalpha, word)):
            return _titled(word) if name.isupper() else word
    return ""


def other_first_name(one: str, other: str) -> bool:
    """Whether two names begin with first names that the other has nowhere: those of João Silva and Maria Silva, not of
    Ana and Dr. Ana Lima."""
    mine, yours = (fold_accents(first_name(name)).casefold().rstrip(".") for name in (one, other))
    if not (mine and yours) or mine.startswith(yours) or yours.startswith(mine):  # J. Silva may be João
        return False
    return mine not in words(other) and yours not in words(one)


def odd_name(name: str) -> str | None:
    """Why a name must not greet anybody: a code of `ODD_NAMES`, None for a good name and for no name at all."""
    digits = sum(map(str.isdigit, name))
    letters = sum(map(str.isalpha, name))
    if digits >= _PHONE_DIGITS and letters < digits:
        return "phone"
    if not _TESTS.isdisjoint(words(fold_accents(name))):
        return "test"
    if "@" in name:
        return "at_sign"
    if any(bracket in name for bracket in "()[]{}<>"):
        return "brackets"
    if digits:
        return "digits"
    return "all_capitals" if letters > 1 and name.isupper() else None


def share_a_word(one: str, other: str) -> bool:
    """Whether two names have a word in common, accents and case aside; particles such as *da* do not count.

    Names that are the same but for spaces share a word too, so that scripts without spaces are served. An empty name
    shares nothing.
    """
    return not telling_words(one).isdisjoint(telling_words(other))


def telling_words(name: str) -> frozenset[str]:
    """The words of a name that tell people apart, and the whole without spaces after a `=`: two names share a word if
    they share one of these."""
    folded = fold_accents(name)
    whole = "=" + "".join(folded.split())
    return frozenset(words(folded)) - PARTICLES | ({whole} if folded else set())


def initials(name: str) -> str:
    """One or two capitals for an avatar: of the first and of the last word, notes in brackets aside.

    Empty if no word begins with a letter.
    """
    letters = [letter for word in _IN_BRACKETS.sub(" ", name).split() if (letter := _initial(_bare(word)))]
    return letters[0] + letters[-1] if len(letters) > 1 else "".join(letters)


def _bare(word: str) -> str:
    """A word without what stands around it: quotes, commas, pictures."""
    return str(_AROUND_WORDS.sub("", word))


def _initial(word: str) -> str:
    """The first character as people see it, with its marks, in capitals if that is one character too."""
    match = _CHARACTER.match(word)
    first = str(match[0]) if match else ""
    if not first[:1].isalpha():
        return ""
    capital = first.upper()
    return capital if len(capital) == len(first) else first


def _titled(word: str) -> str:
    """`ANA-MARIA` as `Ana-Maria`, `D'ÁVILA` as `D'Ávila`."""
    return str(_PART.sub(lambda part: part[0][:1] + part[0][1:].lower(), word))
