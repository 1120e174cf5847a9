"""The hub: one organisation's audience, opened by somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, UNREADABLE, Problem, Progress, Sort
from contacthub.errors import NotFound
from contacthub.hub.audience import Audience, find
from contacthub.hub.catalogues import Fields, Groups, Lists, Members, Settings, Tags
from contacthub.hub.channels import Channels, ingest
from contacthub.hub.contact import Contact
from contacthub.hub.contacts import Contacts
from contacthub.hub.flows import Flows
from contacthub.hub.imports import Imports
from contacthub.hub.plans import Planner, ids_of
from contacthub.hub.searches import Searches
from contacthub.hub.views import VIEWS, Section, View, Watcher, tree
from contacthub.model.member import may
from contacthub.operations.history import Operation, operation, operations
from contacthub.operations.undo import UndoReport, redo, undo
from contacthub.session import Session
from contacthub.tables.targets import spare_hub

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from contacthub.analysis.quality import Quality
    from contacthub.channels import Event, IngestReport, Receipt
    from contacthub.engine.tiny import TinyStore
    from contacthub.exports import ExportResult
    from contacthub.query import Completion, Inspection, Query


def open(
    path: str | Path,
    *,
    create: bool = False,
    actor: str | None = None,
    read_only: bool = False,
    redact: bool | None = None,
    surface: str = "api",
    clock: Callable[[], datetime] | None = None,
    group: str | None = None,
    progress: Progress | None = None,
) -> Hub:
    """Open a hub: a file, or `":memory:"` for one that ends with the program.

    `create` makes it where there is none. `actor` is who works, by default the operating-system user. `redact` hides
    identities. `surface` and `clock` are for programs: where changes come from, and what time it is. `group` is a Unix
    group that may use a hub that is made, too. `progress` is told while a search waits for the columns of a large hub,
    which are made before the first one. Raises NotFound (no hub there), StoreError (`not_a_hub`, `corrupt_hub`,
    `newer_hub`, `group`, …; `older_hub` for one of an older form that only a writer can bring up to date, opened
    `read_only`), NotAllowed (unknown actor).
    """
    from contacthub.engine.tiny import open as open_store

    if "://" in str(path):
        raise NotFound(
            f"{str(path).partition('://')[0]}:// is no hub that this version opens; give the path of a file.",
            code="unknown_engine",
        )
    store = open_store(
        path if str(path) == ":memory:" else Path(path),
        create=create, read_only=read_only, group=group, progress=progress,
    )  # fmt: skip
    try:
        home = None if str(path) == ":memory:" else str(path)
        return Hub(Session(store, actor=actor, surface=surface, redact=redact, clock=clock, home=home), str(path))
    except BaseException:
        store.close()
        raise


class Hub:
    """One organisation's audience. A context manager; safe to use from several threads."""

    def __init__(self, session: Session, path: str) -> None:
        self.session = session
        self.path = path
        self.contacts = Contacts(self)
        self.fields = Fields(self)
        self.groups: Groups = Groups(self)
        self.tags: Tags = Tags(self)
        self.lists = Lists(self)
        self.members = Members(self)
        self.searches = Searches(self)
        self.flows = Flows(self)
        self.settings = Settings(self)
        self.imports = Imports(self)
        self.channels = Channels(self)
        self.plan = Planner(self)
        self.views: tuple[View, ...] = VIEWS

    # -- opening and closing -----------------------------------------------------------------------------------------
    @property
    def store(self) -> TinyStore:
        """The engine. `hub.store.db` is a TinyDB over the same documents, to read with TinyDB's own queries."""
        return self.session.store  # type: ignore[return-value]

    @property
    def actor(self) -> str:
        """The handle of who works."""
        return self.session.actor

    @property
    def role(self) -> str:
        return self.session.role

    def close(self) -> None:
        """Give the file back; closing twice is fine."""
        self.session.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- finding -----------------------------------------------------------------------------------------------------
    def find(self, query: str | Query = "", sort: str | Sort | None = None, now: datetime | None = None) -> Audience:
        """The contacts that a ContactQL query matches; `""` is everybody, whatever the status.

        `sort` is any property, with `-` in front for descending; newest first unless said. `now` is the instant that
        relative dates count from. Raises QueryError.
        """
        return find(self, query, sort, now)

    def audience(self, contacts: Any) -> Audience:
        """Exactly these contacts: contacts, uuids, or a DataFrame indexed by uuid. Raises NotFound."""
        ids = ids_of(self, contacts)
        return Audience(self, lambda: ids, query=f"{len(ids)} chosen contacts")

    def parse(self, query: str) -> Query:
        """A query checked against this hub's fields, groups and members. Raises QueryError."""
        from contacthub.query import parse

        return parse(query, self.session.resolver)

    def check(self, query: str) -> Inspection:
        """What a query is: canonical text, what it uses, whether it may define a group, whether RapidPro would take
        it. Raises QueryError."""
        return self.parse(query).inspect()

    def why(self, contact: Contact | str | UUID, query: str) -> Any:
        """Each condition of a query for one contact: true or false, and the value that decided."""
        from contacthub.analysis.explain import why

        return why(self.session, self.contacts.id_of(contact), self.parse(query))

    def complete(self, text: str, cursor: int | None = None) -> list[Completion]:
        """What could stand at a place of a query: properties, operators, values by frequency, names."""
        from contacthub.query import complete

        position = len(text) if cursor is None else cursor
        return complete(text, position, self.session.resolver, values=self.store.values)

    def tree(self) -> list[Section]:
        """Views, groups, tags, lists and assignees with their counts."""
        return tree(self)

    def watch(self) -> Watcher:
        """A watch for changes by anybody, in any process."""
        return Watcher(self)

    # -- history -----------------------------------------------------------------------------------------------------
    def undo(self, id: int | None = None) -> UndoReport:
        """Take back an operation; without an id, this actor's newest that is neither undone nor itself an undo.
        What was changed since is kept. Raises NotFound, Refused (`already_undone`), NotAllowed."""
        return undo(self.session, getattr(id, "id", id))

    def redo(self) -> UndoReport:
        """Take back this actor's newest undo. Raises NotFound."""
        return redo(self.session)

    def operation(self, id: int) -> Operation:
        """One operation. Raises NotFound."""
        return operation(self.session, id)

    def operations(self, limit: int | None = 50, offset: int = 0, **filters: Any) -> list[Operation]:
        """Operations, newest first; `actor`, `kind`, `since`, `until` and `contact` narrow them. Times are datetimes or
        texts as queries read them (`-7d`, `2026-05-01`); the contact may be one that was deleted, and those merged into
        it are told along. Raises NotFound, InvalidValue."""
        if filters.get("contact") is not None:
            filters["contact"] = self.contacts.person_ids(filters["contact"])
        for key in ("since", "until"):
            if filters.get(key) is not None:
                filters[key] = self.instant(filters[key])
        return list(islice(operations(self.session, **filters), offset, None if limit is None else offset + limit))

    def history(self, **filters: Any) -> pandas.DataFrame:
        """Operations as a DataFrame, newest first: id, at, actor, surface, kind, summary, count, undoes, undone_by.
        Narrowed as `operations`; saved with `.to_csv(...)`."""
        from contacthub.hub.frames import history

        return history(self, **filters)

    def export_history(self, path: str | Path, **filters: Any) -> int:
        """Write the history to a file whose ending says the format, as `export` does: the operations, or with `contact`
        the changes of that contact with old and new values. Narrowed as `operations`; returns how many lines. Raises
        FileError, NotFound, NotAllowed."""
        from contacthub.exports.history import export_changes, export_operations

        if "contact" not in filters:
            return export_operations(self.session, self.operations(limit=None, **filters), path)
        contact = filters.pop("contact")
        who = contact if isinstance(contact, Contact) else self.contacts.get(contact)
        return export_changes(self.session, who.history(**filters), path)

    def instant(self, when: str | date) -> datetime:
        """The instant that `-7d`, `yesterday`, a date or a datetime means now, as queries read it: a day begins at
        midnight in the hub's time zone, in which a datetime without a zone is too. Raises InvalidValue."""
        from contacthub.operations.snapshots import instant_of

        return instant_of(self.session, when)

    def match(self, table: pandas.DataFrame, phone: str | None = None, email: str | None = None) -> pandas.DataFrame:
        """Per row of a DataFrame, by its columns of phone numbers and e-mail addresses: `uuid` and `how` (matched,
        weak, unknown, invalid, several). Raises InvalidValue for a column that is not there."""
        from contacthub.hub.frames import match

        return match(self, table, phone, email)

    def quality(self) -> Quality:
        """The state of the audience: what is filled, what looks wrong, what could be tidied."""
        from contacthub.analysis.quality import quality

        return quality(self.session)

    # -- in and out --------------------------------------------------------------------------------------------------
    def export(
        self,
        path: str | Path,
        query: str | Audience = "",
        columns: list[str] | None = None,
        *,
        for_sending: bool = False,
        sort: str | None = None,
        progress: Progress | None = None,
    ) -> ExportResult:
        """Write contacts to a file whose ending says the format: xlsx, csv, tsv, jsonl, parquet.

        `query` is a ContactQL query or an audience; `columns` are headers (`Field:Age`) or properties (`age`), by
        default all that an import reads back. `for_sending` writes one reachable number each, the first name and the
        language, and leaves out who cannot be written to. It is recorded in the history. Raises QueryError,
        FileError, NotFound, InvalidValue, NotAllowed, Cancelled.
        """
        from contacthub.exports import export

        people = query if isinstance(query, Audience) else self.find(query, sort)
        return export(
            self.session, people.order, path, columns=columns, for_sending=for_sending, query=people.query,
            progress=progress,
        )  # fmt: skip

    def receive(self, event: Event) -> Receipt:
        """Take in something that happened on a channel: a message, its delivery, a preference, a changed identity.
        The contact is found or made; an event seen before changes nothing. Raises InvalidValue, NotFound
        (`unknown_channel`), NotAllowed, Busy, StoreError."""
        from contacthub.channels.receive import receive

        return receive(self.session, event)

    def ingest(self, source: str | Path | Iterable[str | bytes], progress: Progress | None = None) -> IngestReport:
        """Replay WhatsApp payloads, one a line, from a file or from lines; again without effect. Raises NotFound,
        FileError, NotAllowed, Busy, StoreError, Cancelled."""
        return ingest(self, source, progress)

    def backup(self, path: str | Path, progress: Progress | None = None) -> None:
        """A copy as of one moment, while the hub is in use: of everything, so where identities are hidden it takes an
        admin. Raises StoreError, NotAllowed, Refused (`exists`), Cancelled."""
        self.session.require("export")
        if not may(self.role, "settings"):
            self.session.require_identities()
        spare_hub(Path(path), self.session.home)
        self.store.backup(Path(path), progress)

    def dump(self, path: str | Path, progress: Progress | None = None) -> None:
        """Everything as a JSON file that plain TinyDB opens. Raises StoreError, NotAllowed, Refused (`exists`),
        Cancelled."""
        self.session.require("export")
        self.session.require_identities()
        spare_hub(Path(path), self.session.home)
        self.store.dump(Path(path), progress)

    def verify(self) -> list[Problem]:
        """Everything that is wrong with the hub: the file's integrity, sets and identities, the history, groups and
        consent. An empty list is a hub that is whole. What rests on something that cannot be read is not looked at."""
        from contacthub.operations.integrity import check

        problems = self.store.check()
        return problems if any(one.code in UNREADABLE for one in problems) else [*problems, *check(self.session)]

    def explore(self, query: str = "") -> Any:
        """The segment explorer, in a notebook."""
        from contacthub.notebook import explore

        return explore(self, query)

    # -- for frames --------------------------------------------------------------------------------------------------
    def store_uuids(self, ids: BitMap) -> Iterator[tuple[int, str]]:
        """Ids with their uuids, from the columns."""
        table = self.store.arrow(ids, [])
        return zip(ids, table.column("uuid").to_pylist(), strict=True)

    def frame_table(self, order: Iterable[int], columns: list[str] | None) -> pyarrow.Table:
        from contacthub.hub.frames import arrow

        return arrow(self, list(order), columns)

    def __repr__(self) -> str:
        return f"<Hub {self.path} · {self.store.count(CONTACTS):,} contacts · as {self.actor} ({self.role})>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<b>{escape(Path(self.path).name)}</b> · {self.store.count(CONTACTS):,} contacts"


__all__ = ["Hub", "NotFound", "open"]
