"""The port: all that the floors above know of an engine.

There is no SQL here, no file, and no version number that could be counted with: a `Cursor` is opaque, since an
engine of many writers has no single counter. Every change is a `ChangeSet`, applied in one transaction.

Contacts have integer ids inside the engine (never reused, 1 to 2³²-1), so that a set of contacts is a bitmap. People
and programs know contacts by uuid; `Store.ids("contacts", uuids)` translates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NewType, Protocol, runtime_checkable

from pyroaring import BitMap

if TYPE_CHECKING:
    import numpy as np
    import pyarrow
    from numpy.typing import NDArray

    from contacthub.query.meaning import Meaning
    from contacthub.query.properties import Property

Document = dict[str, Any]
Cursor = NewType("Cursor", str)
SetKind = Literal["tags", "lists", "groups", "imports"]
Subject = str | int
"""Whom a document is about: a uuid, or an id."""

CONTACTS = "contacts"
SET_KINDS: tuple[SetKind, ...] = ("tags", "lists", "groups", "imports")

NATURAL_KEY: Mapping[str, str] = {
    "contacts": "uuid",
    "fields": "key",
    "groups": "uuid",
    "tags": "key",
    "lists": "key",
    "members": "handle",
    "imports": "key",
    "channels": "uuid",
    "events": "key",
    "merges": "key",
}
"""The property of a document by which `Store.ids` finds it, unique in its table. Other tables have none."""

ABOUT: Mapping[str, tuple[str, ...]] = {"consent": ("contact", "merged"), "operations": ("about",)}
"""The properties of a document that say whom it is about, each one subject or a list of them, by which `Store.about`
finds it. Other tables are not asked."""

SET_LABEL: Mapping[SetKind, str] = {"tags": "name", "lists": "name", "groups": "uuid", "imports": "key"}
"""The property of a catalogue document that stands in a contact's document for being in that set."""


class SetKey(NamedTuple):
    """A set of contacts: a tag, a list, a static group, or those an import touched.

    `kind` is also the name of the table of its catalogue, `id` the id of its document there; renaming a tag changes
    one catalogue document and no set.
    """

    kind: SetKind
    id: int


@dataclass(slots=True)
class SetChange:
    """Contacts that enter and leave one set. No contact is in both."""

    added: BitMap = field(default_factory=BitMap)
    removed: BitMap = field(default_factory=BitMap)


@dataclass(slots=True)
class ChangeSet:
    """One change of the hub, whole: applied in one transaction, or not at all.

    Contact documents are put *without* `tags`, `lists`, `groups` and `imports`, which are sets. Ids of new documents
    come from `Store.reserve`.
    """

    put: dict[str, dict[int, Document]] = field(default_factory=dict)
    """Table → id → the whole document, new or replaced."""
    deleted: dict[str, set[int]] = field(default_factory=dict)
    """Table → ids. A deleted contact leaves every set and gives up every identity; a deleted catalogue document
    takes its set along."""
    sets: dict[SetKey, SetChange] = field(default_factory=dict)
    identities_given_up: dict[str, int] = field(default_factory=dict)
    """Match key → the contact that had it. Given up before any is taken."""
    identities_taken: dict[str, int] = field(default_factory=dict)
    """Match key → the contact that has it from now on. One that another contact has raises `IdentityTaken`."""
    blobs: dict[tuple[str, int, str], bytes | None] = field(default_factory=dict)
    """(table, id, name) → bytes kept beside a document, such as the effects of an operation; None removes."""
    at: datetime | None = None
    """The instant of the change: what `modified_on` becomes for contacts that only entered or left sets."""

    def __bool__(self) -> bool:
        return bool(
            self.put or self.deleted or self.sets or self.identities_given_up or self.identities_taken or self.blobs
        )


class IdentityTaken(Exception):
    """A ChangeSet takes an identity that another contact has. `operations` turns it into an error for people."""

    def __init__(self, key: str, owner: int, wanted_by: int) -> None:
        super().__init__(f"{key} belongs to contact {owner}, wanted by {wanted_by}")
        self.key = key
        self.owner = owner
        self.wanted_by = wanted_by


@dataclass(slots=True)
class Changes:
    """What changed since a cursor, by whoever, in whichever process."""

    cursor: Cursor
    """The state these changes lead to."""
    everything: bool = False
    """True when the feed no longer reaches back to the cursor: anything may have changed, the rest is empty."""
    put: dict[str, BitMap] = field(default_factory=dict)
    """Table → ids of documents put. Of contacts, also those that only entered or left a set are *not* here."""
    deleted: dict[str, BitMap] = field(default_factory=dict)
    sets: dict[SetKey, SetChange] = field(default_factory=dict)
    """Net changes of sets."""
    touched: BitMap = field(default_factory=BitMap)
    """All contacts that differ in any way: put, deleted, entered or left a set."""

    def __bool__(self) -> bool:
        return self.everything or bool(self.put or self.deleted or self.sets)


class Sort(NamedTuple):
    """An order of contacts: by one property, those without a value last both ways, ties by uuid ascending."""

    property: Property
    descending: bool = False


class Problem(NamedTuple):
    """Something of a hub that is not as it must be. `code` is stable, `message` is for people."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


UNREADABLE = frozenset({"damaged_file", "lost_table", "unreadable_document", "unreadable_rows"})
"""Codes of problems after which nothing can be asked of the hub above its engine."""

Progress = Callable[[int, int | None], None]
"""Told (done, total or None) now and then during long work; it may raise `Cancelled` to stop it."""


@runtime_checkable
class Searcher(Protocol):
    """Finds contacts. A `Meaning` is a checked query at an instant (`contacthub.query.meaning`)."""

    def matching(self, meaning: Meaning) -> BitMap:
        """Ids of all contacts that the query matches."""

    def counts(self, meanings: Sequence[Meaning]) -> list[int]:
        """How many contacts each query matches; one pass where that is cheaper."""

    def ordered(self, ids: BitMap, sort: Sort, offset: int = 0, limit: int | None = None) -> list[int]:
        """A page of `ids` in an order, without sorting all of them where that can be avoided."""

    def tally(self, ids: BitMap, properties: Sequence[Property]) -> list[tuple[tuple[Any, ...], int]]:
        """How many of `ids` have each combination of values, most frequent first. None stands for unset; of a
        property with several values a contact counts under each."""

    def arrow(self, ids: BitMap, properties: Sequence[Property]) -> pyarrow.Table:
        """A typed table, a row a contact in the order of `ids`, a column a property (named by `Property.label`),
        preceded by the column `uuid`."""

    def values(self, property: Property, prefix: str = "", limit: int = 20) -> list[tuple[str, int]]:
        """The values of a text property that start with `prefix` (folded), most frequent first, with counts."""


@runtime_checkable
class Store(Searcher, Protocol):
    """Documents, sets, identities, and the feed of their changes. Safe to use from several threads."""

    read_only: bool

    # -- reading -----------------------------------------------------------------------------------------------------
    def get(self, table: str, ids: Iterable[int]) -> dict[int, Document]:
        """Documents by id; an id that is not there is left out. Contacts come with their sets merged in: `tags` and
        `lists` (names, sorted), `groups` (uuids), `imports` (keys), and the `modified_on` of the newest change."""

    def scan(self, table: str) -> Iterator[tuple[int, Document]]:
        """Every document by rising id, as of one moment, in bounded memory."""

    def bodies(self, table: str, ids: BitMap | None = None) -> Iterator[dict[int, bytes | str]]:
        """Documents as they were put, as JSON: contacts without their sets, and with the `modified_on` of their last
        put. Of some ids or all, by rising id, some thousands at a time, for who reads very many. A body is a str where
        only Python's own `json` reads it (lone surrogates, NaN)."""

    def touched(self, ids: BitMap) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Those of some contacts that ever entered or left a set at a known instant, rising, and the newest instant of
        each, in microseconds since 1970, UTC. Their `modified_on` is that, unless they were put later."""

    def newest(self, table: str) -> Iterator[tuple[int, Document]]:
        """Every document by falling id; reads no more than what is taken."""

    def about(self, table: str, subjects: Iterable[Subject]) -> BitMap:
        """The ids of the documents of a table of ABOUT that are about any of these, and of those that do not say whom
        they are about; costs what is found."""

    def count(self, table: str) -> int:
        """Number of documents."""

    def ids(self, table: str, keys: Iterable[str]) -> dict[str, int]:
        """Ids by natural key (see NATURAL_KEY); a key that is not there is left out."""

    def owners(self, match_keys: Iterable[str]) -> dict[str, int]:
        """The contact that has each identity; one that nobody has is left out."""

    def identities(self, contacts: Iterable[int]) -> dict[int, set[str]]:
        """The identities that each contact has, by match key; a contact without any is left out."""

    def members(self, key: SetKey) -> BitMap:
        """The contacts in a set (a copy)."""

    def memberships(self, ids: BitMap) -> dict[SetKey, BitMap]:
        """The sets that any of these contacts are in, each cut to these contacts."""

    def blob(self, table: str, id: int, name: str) -> bytes | None:
        """Bytes kept beside a document."""

    # -- changing ----------------------------------------------------------------------------------------------------
    def transaction(self) -> AbstractContextManager[None]:
        """The writers' lock, until the block ends: committed at its end, rolled back by an exception. Nested blocks
        join the outer one. Reads inside see what was applied inside. Raises `Busy`, `StoreError`, `NotAllowed`."""

    def apply(self, changes: ChangeSet) -> None:
        """Apply a change as a whole, in a transaction of its own or in the one that is open. Raises `IdentityTaken`;
        `Busy`, `StoreError`, `NotAllowed` as above. When it returns outside a transaction, the change is durable."""

    def reserve(self, table: str, count: int) -> range:
        """Ids for new documents, never handed out twice, whatever the processes. Unused ones leave gaps."""

    # -- the feed ----------------------------------------------------------------------------------------------------
    def cursor(self) -> Cursor:
        """The present state."""

    def changes(self, since: Cursor) -> Changes:
        """What changed since; costs what changed. Cheap enough to be asked once a second."""

    # -- the whole ---------------------------------------------------------------------------------------------------
    def backup(self, target: Path, progress: Progress | None = None) -> None:
        """A copy as of one moment, while the hub is in use."""

    def dump(self, target: Path, progress: Progress | None = None) -> None:
        """Everything as of one moment as plain TinyDB JSON, in a new file, from which a hub can be made again."""

    def check(self) -> list[Problem]:
        """Everything that is wrong with what the engine keeps; an empty list is a hub that is whole."""

    def check_pages(self) -> None:
        """A quick look at whether what it lies in is whole. Raises `StoreError` (`corrupt_hub`) where it is not."""

    def purge(self) -> None:
        """Make what was deleted unreadable: freed pages, logs and derived files. Takes as long as rewriting it all."""

    def close(self) -> None:
        """Give everything back. Closing twice is fine."""
