"""Who of a file turns out to be one person, where only the last of several rows for a contact counts.

The others are passed over, and their identities go nowhere. So that the same file leads to the same contact again, all
rows that lead to one another are about one contact, unless their names tell of different people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from functools import reduce

from contacthub.identity.names import telling_words

Words = frozenset[str] | None
"""The words that all names in question have; None where there was none yet."""


class People:
    """The new contacts of a file, and those who exist, as sets that are joined (union-find)."""

    def __init__(self, name_of_row: Callable[[int], str], name_of_contact: Callable[[int], str]) -> None:
        """The functions give the name of a row and that of a contact of the hub, "" where it says nothing."""
        self._name_of_row = name_of_row
        self._name_of_contact = name_of_contact
        self._same: dict[int, int] = {}
        """A contact → one that it turned out to be."""
        self._rows: dict[int, list[int]] = {}
        """A contact → those of its rows whose names are not in `_words` yet."""
        self._words: dict[int, Words] = {}
        self._decided: set[int] = set()

    def who(self, contact: int) -> int:
        """Whom a contact turned out to be."""
        last = contact
        while last in self._same:
            last = self._same[last]
        while contact != last:
            self._same[contact], contact = last, self._same[contact]
        return last

    def settle(self, owners: MutableMapping[str, int], keys: Iterable[str]) -> None:
        """Put those in the place of owners whom they turned out to be."""
        if self._same:
            owners.update((key, self.who(owners[key])) for key in keys if owners.get(key) in self._same)

    def met(self, contact: int, index: int, *, decided: bool) -> None:
        """Note that a row is about a contact. Whom a person or a UUID named is nobody else from then on."""
        if decided:
            self._decided.add(contact)
        else:
            self._rows.setdefault(contact, []).append(index)

    def join(self, contacts: set[int], name: str) -> bool:
        """Make several contacts, to whom a row of this name leads, one. Not two that exist, none that was decided, and
        none whose names share no word."""
        if sorted(contacts)[-2] > 0 or not self._decided.isdisjoint(contacts):
            return False
        words = common_words([name], map(self._words_of, contacts))
        if words is not None and not words:
            return False
        kept = max(contacts)  # who exists, or else the first of the file
        self._same.update(dict.fromkeys(contacts - {kept}, kept))
        self._words[kept] = words
        return True

    def _words_of(self, contact: int) -> Words:
        if contact not in self._words:
            self._words[contact] = common_words([self._name_of_contact(contact)] if contact > 0 else [])
        if rows := self._rows.pop(contact, None):
            self._words[contact] = common_words(map(self._name_of_row, rows), [self._words[contact]])
        return self._words[contact]


def common_words(names: Iterable[str], words: Iterable[Words] = ()) -> Words:
    """The words that all these names, and those names of which such words are given, have in common. Blank names
    count for nothing; None if there is no other."""
    found = [*words, *(telling_words(name) for name in dict.fromkeys(names) if name)]
    return reduce(_both, found, None)


def _both(one: Words, other: Words) -> Words:
    return other if one is None else one if other is None else one & other
