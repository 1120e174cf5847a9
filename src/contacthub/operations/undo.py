"""Taking an operation back, value by value.

What still is as the operation left it goes back to what it was; what was changed since is kept; what cannot go back
(its contact is gone, its identity belongs to somebody else) has failed. The undo is an operation too, so undoing it
is the redo.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, NATURAL_KEY, Document, SetKey
from contacthub.errors import NotFound, Refused
from contacthub.identity.keys import match_key
from contacthub.model.contact import SET_PROPERTIES
from contacthub.operations import paths
from contacthub.operations.commit import commit
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation, operation, operations
from contacthub.query.meaning import EVERYONE, IsSet
from contacthub.query.properties import Property
from contacthub.session import Session

SET_CATALOGUES = ("tags", "lists", "groups")


class Bucket(Sequence[str]):
    """What went one way in an undo: its length is the number of values and memberships, its items are lines of text.

    The lines are made when they are read, since a bulk change has a hundred thousand.
    """

    def __init__(self) -> None:
        self._parts: list[tuple[str, BitMap]] = []

    def add(self, what: str, ids: BitMap) -> None:
        if ids:
            self._parts.append((what, ids))

    def note(self, what: str) -> None:
        """A line that is about no contact."""
        self._parts.append((what, BitMap([0])))

    @property
    def contacts(self) -> BitMap:
        found = BitMap()
        for _, ids in self._parts:
            found |= ids
        return found - BitMap([0])

    def __len__(self) -> int:
        return sum(len(ids) for _, ids in self._parts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return list(self)[index]

    def __iter__(self) -> Iterator[str]:
        for what, ids in self._parts:
            for id in ids:
                yield f"#{id}: {what}" if id else what

    def __repr__(self) -> str:
        return f"<{len(self)}: {', '.join(f'{what} × {len(ids)}' for what, ids in self._parts)}>"


@dataclass(repr=False)
class UndoReport:
    """What an undo did, or would do."""

    of: Operation
    """The operation that is taken back."""
    reversed: Bucket = field(default_factory=Bucket)
    kept: Bucket = field(default_factory=Bucket)
    failed: Bucket = field(default_factory=Bucket)
    operation: Operation | None = None
    """The undo itself, once it is done."""

    @property
    def summary(self) -> str:
        done = ("redone" if self.of.kind == "undo" else "undone") if self.operation else "would be taken back"
        parts = [f"{_original(self.of)}: {len(self.reversed):,} {done}"]
        if self.kept:
            parts.append(f"{len(self.kept):,} kept, changed since")
        if self.failed:
            parts.append(f"{len(self.failed):,} failed")
        return ", ".join(parts)

    def __repr__(self) -> str:
        return f"<{self.summary}>"


def undo(session: Session, id: int | None = None) -> UndoReport:
    """Take back an operation, by default this actor's newest that is neither undone nor itself an undo."""
    target = operation(session, id) if id is not None else _newest(session, undone=False)
    _require(session, target)
    reports: list[UndoReport] = []

    def effects() -> Effects:
        current = operation(session, target.id)
        _refuse_undone(current)
        report, reverse = plan_undo(session, current)
        reports.append(report)
        return reverse

    kind = "redo" if target.kind == "undo" else "undo"
    done = commit(session, kind=kind, summary=f"{kind} {_original(target)}", effects=effects, undoes=target.id)
    reports[0].operation = done
    return reports[0]


def _original(target: Operation) -> str:
    """The summary of the operation at the end of a chain of undos and redos."""
    return target.summary.removeprefix("undo ").removeprefix("redo ")


def redo(session: Session) -> UndoReport:
    """Undo this actor's newest undo."""
    return undo(session, _newest(session, undone=True).id)


def _newest(session: Session, *, undone: bool) -> Operation:
    for candidate in operations(session):
        if candidate.actor != session.actor or candidate.undone_by is not None or not candidate.undoable:
            continue
        if (candidate.kind == "undo") if undone else candidate.undoes is None:
            return candidate
    raise NotFound(f"There is nothing that {session.actor} could {'redo' if undone else 'undo'}.")


def _require(session: Session, target: Operation) -> None:
    session.require("undo" if target.actor == session.actor else "undo_others")
    _refuse_undone(target)


def _refuse_undone(target: Operation) -> None:
    if not target.undoable:
        raise Refused(
            f"Operation {target.id} ({target.summary}) cannot be undone: there is nothing to take back.",
            code="cannot_be_undone",
        )
    if target.undone_by is not None:
        raise Refused(
            f"Operation {target.id} ({target.summary}) is undone already, by operation {target.undone_by}; "
            "undo that one to have it again.",
            code="already_undone",
        )


def plan_undo(session: Session, target: Operation) -> tuple[UndoReport, Effects]:
    """What taking back an operation would do now."""
    report, past, reverse = UndoReport(target), target.effects, Effects()
    # Documents are read only where values are compared: taking back 100,000 tags reads none.
    read = {id for by_id in past.values.values() for id in by_id} | past.created.keys()
    documents = session.store.get(CONTACTS, read)
    stay = _created(session, target, past, documents, report, reverse)
    _values(session, past, documents, report, reverse)
    _deleted(session, past, report, reverse)
    _sets(session, past, report, reverse)
    _sets_of_created(session, stay, reverse)
    _catalogue(session, past, report, reverse)
    for event in past.ledger:
        if "void" not in event:
            reverse.ledger.append({"void": event["key"], "recorded_at": session.now().isoformat()})
    return report, reverse


def _values(
    session: Session, past: Effects, documents: dict[int, Document], report: UndoReport, reverse: Effects
) -> None:
    blocked = _taken_identities(session, past, documents, leaving=BitMap(reverse.deleted))
    for path, by_id in past.values.items():
        buckets = {"reversed": BitMap(), "kept": BitMap(), "failed": BitMap()}
        for id, (before, after) in by_id.items():
            document = documents.get(id)
            if document is None:
                buckets["failed"].add(id)
            elif paths.get(document, path) != after:
                buckets["kept"].add(id)
            elif id in blocked and path in ("urns", *paths.INTERNAL):
                buckets["failed"].add(id)
            else:
                reverse.set_value(id, path, after, before)
                buckets["reversed"].add(id)
        if path not in paths.INTERNAL:
            for name, ids in buckets.items():
                getattr(report, name).add(path, ids)


def _taken_identities(session: Session, past: Effects, documents: dict[int, Document], leaving: BitMap) -> BitMap:
    """Contacts that cannot have an identity back, because it belongs to another contact by now, and to one that does
    not leave."""
    wanted: dict[str, int] = {}
    for id, (before, after) in past.values.get("urns", {}).items():
        if id in documents and documents[id]["urns"] == after:
            wanted.update({match_key(urn): id for urn in before or ()})
    owners = session.store.owners(wanted)
    return BitMap(id for key, id in wanted.items() if (owner := owners.get(key, id)) != id and owner not in leaving)


def _deleted(session: Session, past: Effects, report: UndoReport, reverse: Effects) -> None:
    if not past.deleted:
        return
    keys = {match_key(urn): id for id, document in past.deleted.items() for urn in document["urns"]}
    released = {
        match_key(urn) for before, _ in reverse.values.get("urns", {}).values() for urn in before or ()
    }  # by the survivor of a merge that comes apart
    taken = BitMap(keys[key] for key in session.store.owners(keys.keys() - released))
    there = BitMap(session.store.get(CONTACTS, past.deleted))
    for id, document in past.deleted.items():
        if id not in taken and id not in there:
            reverse.created[id] = document
    report.reversed.add("contact is back", BitMap(reverse.created))
    report.failed.add("another contact has its identity by now", taken - there)
    report.kept.add("contact is back already", there)


def _sets(session: Session, past: Effects, report: UndoReport, reverse: Effects) -> None:
    if not past.sets:
        return
    alive = session.store.matching(EVERYONE) | BitMap(reverse.created)
    returning = {SetKey(c.table, c.id) for c in past.catalogue if c.after is None}  # type: ignore[arg-type]
    for key, change in past.sets.items():
        document = session.store.get(key.kind, [key.id]).get(key.id)
        name = f"{key.kind} {document['name'] if document and 'name' in document else key.id}"
        if document is None and key not in returning:
            report.failed.add(f"{name}: deleted since", change.added | change.removed)
            continue
        members = session.store.members(key) if document else BitMap()
        leave, come = change.added & members, (change.removed - members) & alive
        reverse.remove_from_set(key, leave)
        reverse.add_to_set(key, come)
        report.reversed.add(name, leave | come)
        report.kept.add(name, (change.added - members) & alive | change.removed & members)
        report.failed.add(f"{name}: contact deleted since", (change.added | change.removed) - alive)


def _created(
    session: Session,
    target: Operation,
    past: Effects,
    documents: dict[int, Document],
    report: UndoReport,
    reverse: Effects,
) -> BitMap:
    """Contacts that the operation created go, unless somebody changed them since or they have written in. Returns
    those that stay."""
    created = BitMap(past.created)
    if not created:
        return created
    changed = created & _changed_since(session, target)
    at = target.at.isoformat()
    wrote = BitMap(id for id in created & BitMap(documents) if _was_in_touch(documents[id], at))
    gone = created - BitMap(documents)
    deleted = created - changed - wrote - gone
    for id in deleted:
        reverse.deleted[id] = {key: value for key, value in documents[id].items() if key not in SET_PROPERTIES}
    report.reversed.add("contact deleted again", deleted)
    report.kept.add("contact changed since", changed - gone - wrote)
    report.kept.add("contact has exchanged messages since", wrote)
    report.kept.add("contact is deleted already", gone)
    return created - deleted


def _was_in_touch(document: Document, since: str) -> bool:
    """Whether events of a channel have changed a contact since. They leave no operation, but the time of the change;
    the messages themselves may be older, since they also come late."""
    exchanged = document.get("last_message_on") or any(document["engagement"].values())
    return bool(exchanged or "no" in document["opt_in"].values()) and document["modified_on"] > since


def _sets_of_created(session: Session, stay: BitMap, reverse: Effects) -> None:
    """Who goes leaves every set, also those entered since; who stays keeps what it was created with."""
    for key, ids in session.store.memberships(BitMap(reverse.deleted)).items():
        already = reverse.sets[key].removed if key in reverse.sets else BitMap()
        reverse.remove_from_set(key, ids - already)
    for change in reverse.sets.values():
        change.removed -= stay
    for key in [key for key, change in reverse.sets.items() if not change.added and not change.removed]:
        del reverse.sets[key]


def _changed_since(session: Session, target: Operation) -> BitMap:
    """Contacts that later operations changed which are still in effect."""
    changed = BitMap()
    for candidate in operations(session):
        if candidate.id <= target.id:
            break
        if candidate.undoes is None and candidate.undone_by is None:
            changed |= candidate.contact_ids
    return changed


def _catalogue(session: Session, past: Effects, report: UndoReport, reverse: Effects) -> None:
    store = session.store
    for change in past.catalogue:
        name = (change.after or change.before or {}).get("name") or change.table
        what = f"{change.table}: {name}"
        current: Any = store.get(change.table, [change.id]).get(change.id)
        if current != change.after:
            report.kept.note(f"{what} was changed since")
        elif change.before is None and _in_use(session, change, reverse):
            report.kept.note(f"{what} is in use")
        elif change.after is None and _key_taken(session, change):
            report.failed.note(f"{what}: there is another one by now")
        else:
            reverse.catalogue.append(CatalogueChange(change.table, change.id, change.after, change.before))
            report.reversed.note(what)


def _in_use(session: Session, change: CatalogueChange, reverse: Effects) -> bool:
    """Whether a tag, list, group or field that an operation made has come to be used by contacts beyond it."""
    if change.table in SET_CATALOGUES:
        key = SetKey(change.table, change.id)  # type: ignore[arg-type]
        leaving = reverse.sets[key].removed if key in reverse.sets else BitMap()
        return bool(session.store.members(key) - leaving)
    if change.table == "fields" and change.after:
        property = Property("field", change.after["key"], change.after["type"])
        emptied = {id for id, (_, after) in reverse.values.get(property.label, {}).items() if after is None}
        return bool(session.store.matching(IsSet(property)) - BitMap(emptied) - BitMap(reverse.deleted))
    return False


def _key_taken(session: Session, change: CatalogueChange) -> bool:
    natural = NATURAL_KEY.get(change.table)
    if natural is None or change.before is None:
        return False
    return bool(session.store.ids(change.table, [change.before[natural]]))
