"""What an operation left, turned round: which values go back, which were changed since, which cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pyroaring import BitMap

from contacthub.engine.port import CONTACTS, Document, SetKey
from contacthub.model.contact import COUNTS, SET_PROPERTIES, TIMES, ref_of
from contacthub.model.values import instant_text
from contacthub.operations import ledger, paths
from contacthub.operations.catalogue import labels
from contacthub.operations.commit import SUPERSEDED, identity_key, keys_of
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.fields import fits
from contacthub.operations.history import Operation, operation, operations
from contacthub.operations.undo_report import CHANGED, NOBODY, Bucket, UndoReport
from contacthub.operations.usage import holders, label, users
from contacthub.query.meaning import EVERYONE
from contacthub.session import Session


def reversal(session: Session, target: Operation) -> tuple[UndoReport, Effects]:
    """What taking back an operation would do now."""
    return _Reversal(session, target).worked_out()


class _Reversal:
    """Effects turned round. What comes back to the catalogues is decided first, since values and memberships need their
    fields and sets; what leaves them last, since it stays while anything uses it."""

    def __init__(self, session: Session, target: Operation) -> None:
        self.session = session
        self.store = session.store
        self.target = target
        self.past = target.recorded
        self.reverse = Effects()
        self.report = UndoReport(target, Bucket(self._named), Bucket(self._named), Bucket(self._named))
        # Documents are read only where values are compared: taking back 100,000 tags reads none.
        read = {id for by_id in self.past.values.values() for id in by_id} | self.past.created.keys()
        self.documents = self.store.get(CONTACTS, read)
        self.names_stay = False
        """Whether something keeps its new name, so that the queries which follow it do too."""
        self.stay = BitMap()
        """Contacts that the operation created and that are there to stay."""

    def _named(self, ids: BitMap) -> dict[int, str]:
        """Contacts by name; those without one by the code that shows no identity."""
        gone = {**self.documents, **self.past.deleted, **self.reverse.deleted}
        found = {id: gone[id] for id in ids if id in gone} | self.store.get(CONTACTS, ids)
        if missing := ids - BitMap(found) - BitMap([NOBODY]):
            for since in operations(self.session, contact=missing):
                if since.id <= self.target.id or missing.issubset(BitMap(found)):
                    break
                found |= {id: document for id, document in since.recorded.deleted.items() if id in missing}
        return {
            id: document.get("name") or document.get("profile_name") or document.get("ref") or ref_of(document["uuid"])
            for id, document in found.items()
        }

    def worked_out(self) -> tuple[UndoReport, Effects]:
        self._created()
        for change in sorted(self.past.catalogue, key=_follows):
            if change.before is not None:
                self._catalogue_back(change, change.before)
        self._types = self._field_types()
        self._deleted()
        self._values()
        self._sets()
        self._sets_of_deleted()
        for change in self.past.catalogue:
            if change.before is None:
                self._catalogue_gone(change)
        self._ledger()
        return self.report, self.reverse

    # -- contacts ------------------------------------------------------------------------------------------------------
    def _created(self) -> None:
        """Contacts that the operation created go, unless somebody changed them since or they have written in."""
        created = BitMap(self.past.created)
        if not created:
            return
        there = BitMap(self.documents) & created
        wrote = self._in_touch_since(there)
        changed = (there & _changed_since(self.session, self.target)) - wrote
        said = self._said_since(there - wrote - changed)
        self.stay = wrote | changed | said
        deleted = there - self.stay
        for id in deleted:
            self.reverse.deleted[id] = _to_store(self.documents[id])
        self.report.reversed.add("", deleted, "deleted again")
        self.report.kept.add("", changed, CHANGED)
        self.report.kept.add("", wrote, "has exchanged messages since")
        self.report.kept.add("", said, "has opted in or out since")
        self.report.kept.add("", created - there, "is deleted already")

    def _in_touch_since(self, ids: BitMap) -> BitMap:
        """Who has exchanged messages since the operation made them. Events of a channel leave no operation; and when a
        contact was changed does not tell, since every undo and redo changes it too. Who comes back has the counts with
        which it went; who is new has none."""
        undoes = self.target.undoes
        went = operation(self.session, undoes).recorded.deleted if undoes is not None else {}
        return BitMap(id for id in ids if _exchanged(self.documents[id]) != _exchanged(went.get(id, {})))

    def _said_since(self, ids: BitMap) -> BitMap:
        """Who has said since, by way of a channel, whether they may be written to."""
        uuids = {id: ledger.uuids_of(self.documents[id]) for id in ids if self.documents[id].get("opt_in_on")}
        if not uuids:
            return BitMap()
        said = ledger.by_contact(self.store, wanted={uuid for each in uuids.values() for uuid in each})
        at = instant_text(self.target.at)
        return BitMap(
            id for id, each in uuids.items() if any(one["recorded_at"] > at for uuid in each for one in said[uuid])
        )

    def _deleted(self) -> None:
        """Contacts that the operation deleted come back, unless somebody else has their identity."""
        if not self.past.deleted:
            return
        keys = {key: id for id, document in self.past.deleted.items() for key in _binding_keys(document)}
        released = {key for id in self.past.values.get("urns", ()) for key in self._released(id)}
        taken = BitMap(keys[key] for key in self.store.owners(keys.keys() - released))
        there = BitMap(self.store.get(CONTACTS, self.past.deleted))
        for id, document in self.past.deleted.items():
            if id not in taken and id not in there:
                self.reverse.created[id] = self._with_fields_that_fit(id, document)
        self.report.reversed.add("", self.reverse.created, "is back")
        self.report.failed.add("", taken - there, "another contact has its identity by now")
        self.report.kept.add("", there, "is back already")

    def _released(self, id: int) -> set[str]:
        """The identities that the survivor of a merge gives up as it comes apart."""
        before, after = self.past.values["urns"][id]
        document = self.documents.get(id)
        if document is None or document["urns"] != after:
            return set()
        merged = self.past.values.get("merged", {}).get(id)
        back = {**document, "urns": before or [], "merged": merged[0] if merged else document.get("merged")}
        return keys_of(document) - keys_of(back)

    def _with_fields_that_fit(self, id: int, document: Document) -> Document:
        """A contact that comes back finds its fields deleted, or of another type."""
        kept = {}
        for key, value in document["fields"].items():
            if self._fits(f"fields.{key}", value):
                kept[key] = value
            else:
                self.report.failed.add(f"fields.{key}", [id], "the field has changed since")
        return {**document, "fields": kept}

    # -- values --------------------------------------------------------------------------------------------------------
    def _values(self) -> None:
        blocked = self._taken_identities()
        for path, by_id in self.past.values.items():
            if path.partition(".")[0] in ledger.FOLDED:  # follows from the ledger
                continue
            there = {id: values for id, values in by_id.items() if id in self.documents}
            back, kept, taken, unfit = BitMap(), BitMap(), BitMap(), BitMap()
            for id, (before, after) in there.items():
                if paths.get(self.documents[id], path) != after:
                    kept.add(id)
                elif id in blocked and path in ("urns", *paths.INTERNAL):
                    taken.add(id)
                elif not self._fits(path, before):
                    unfit.add(id)
                else:
                    self.reverse.set_value(id, path, after, before)
                    back.add(id)
            if path not in paths.INTERNAL:
                self.report.reversed.add(path, back)
                self.report.kept.add(path, kept, CHANGED)
                self.report.failed.add(path, taken, "another contact has the identity by now")
                self.report.failed.add(path, unfit, "the field has changed since")
                self.report.failed.add(path, by_id.keys() - there.keys(), "contact deleted since")

    def _taken_identities(self) -> BitMap:
        """Contacts that cannot have an identity back, because it belongs to another contact by now, and to one that
        does not leave."""
        wanted: dict[str, int] = {}
        for id, (before, after) in self.past.values.get("urns", {}).items():
            if id in self.documents and self.documents[id]["urns"] == after:
                notes = self.past.values.get("identities", {}).get(id, (self.documents[id]["identities"],))[0] or {}
                wanted.update({identity_key(urn, notes.get(urn)): id for urn in before or ()})
        owners = self.store.owners(wanted)
        return BitMap(
            id
            for key, id in wanted.items()
            if (owner := owners.get(key, id)) != id and owner not in self.reverse.deleted
        )

    def _fits(self, path: str, value: Any) -> bool:
        """Whether a value can stand at a path: that of a custom field, if the field is there and of its type."""
        outer, _, key = path.partition(".")
        if outer != "fields" or value is None:
            return True
        type = self._types.get(key)
        return type is not None and fits(value, type, self.session.settings.timezone)

    def _field_types(self) -> dict[str, str]:
        """The types of fields as they will be."""
        fields = dict(self.session.catalogue.documents["fields"])
        for change in self.reverse.catalogue:
            if change.table == "fields" and change.after is not None:
                fields[change.id] = change.after
        return {document["key"]: document["type"] for document in fields.values()}

    # -- sets ----------------------------------------------------------------------------------------------------------
    def _sets(self) -> None:
        alive = self.store.matching(EVERYONE) | BitMap(self.reverse.created)
        returning = {(change.table, change.id) for change in self.reverse.catalogue if change.before is None}
        for key, change in self.past.sets.items():
            document = self.store.get(key.kind, [key.id]).get(key.id)
            name = f"{key.kind} {(document or {}).get('name') or (document or {}).get('key') or key.id}"
            if document is None and key not in returning:
                self.report.failed.add(name, change.added | change.removed, "deleted since")
                continue
            members = self.store.members(key) if document else BitMap()
            leave, come = (change.added & members) - self.stay, (change.removed - members) & alive
            self.reverse.remove_from_set(key, leave)
            self.reverse.add_to_set(key, come)
            self.report.reversed.add(name, leave | come)
            stays = change.added & members & self.stay
            kept = ((change.added - members) & alive) | (change.removed & members)
            self.report.kept.add(name, kept, CHANGED)
            self.report.kept.add(name, stays, "the contact stays")
            self.report.failed.add(name, (change.added | change.removed) - alive, "contact deleted since")

    def _sets_of_deleted(self) -> None:
        """Who goes leaves every set, also those entered since."""
        for key, ids in self.store.memberships(BitMap(self.reverse.deleted)).items():
            already = self.reverse.sets[key].removed if key in self.reverse.sets else BitMap()
            self.reverse.remove_from_set(key, ids - already)

    # -- catalogues ----------------------------------------------------------------------------------------------------
    def _catalogue_back(self, change: CatalogueChange, before: Document) -> None:
        """What was changed or deleted is again as it was, property by property."""
        what = _what(change)
        current = self._current(change)
        if (current is None) != (change.after is None):
            self.report.kept.note(what, CHANGED)
            return
        back = before
        if current is not None and change.after is not None:
            differ = {key for key in before.keys() | change.after.keys() if before.get(key) != change.after.get(key)}
            as_left = {key for key in differ if current.get(key) == change.after.get(key)}
            if differ - as_left or not as_left:
                self.report.kept.note(what, CHANGED)
            if not as_left:
                return
            back = {key: value for key, value in current.items() if key not in as_left}
            back |= {key: before[key] for key in as_left if key in before}
        if self._is_taken(change, back):
            self.report.failed.note(what, "there is another one by now")
            self.names_stay = True
        elif self.names_stay and _follows(change):
            self.report.kept.note(what, "names what keeps its name")
        elif current is not None and change.table == "fields" and not self._values_fit(current, back):
            self.report.kept.note(what, f"has got values since that are no {back['type']}")
        else:
            self.reverse.catalogue.append(CatalogueChange(change.table, change.id, current, back))
            self.report.reversed.note(what)

    def _catalogue_gone(self, change: CatalogueChange) -> None:
        """What was made goes, unless something has come to use it."""
        what, current = _what(change), self._current(change)
        if current is None or current != change.after:
            self.report.kept.note(what, CHANGED)
        elif self._is_used(change, current):
            self.report.kept.note(what, "is in use")
        else:
            self.reverse.catalogue.append(CatalogueChange(change.table, change.id, current, None))
            self.report.reversed.note(what)

    def _current(self, change: CatalogueChange) -> Document | None:
        return self.store.get(change.table, [change.id]).get(change.id)

    def _is_taken(self, change: CatalogueChange, back: Document) -> bool:
        """Whether something else is called as this would be again."""
        others = dict(self.store.scan(change.table))
        for other in (*self.reverse.catalogue, *(one for one in self.past.catalogue if one.before is None)):
            if other.table == change.table:
                others.pop(other.id, None)
        others |= {
            other.id: other.after
            for other in self.reverse.catalogue
            if other.table == change.table and other.after is not None
        }
        others.pop(change.id, None)
        mine = labels(change.table, back)
        return any(not mine.isdisjoint(labels(change.table, document)) for document in others.values())

    def _values_fit(self, current: Document, back: Document) -> bool:
        """Whether a field can have its former type again: all its values go back too, or are of that type."""
        if current["type"] == back["type"]:
            return True
        path = f"fields.{current['key']}"
        past = self.past.values.get(path, {})
        timezone = self.session.settings.timezone
        for id, document in self.store.get(CONTACTS, holders(self.session, "fields", 0, current)).items():
            value = paths.get(document, path)
            if id in past and past[id][1] == value:
                value = past[id][0]
            if value is not None and not fits(value, back["type"], timezone):
                return False
        return True

    def _is_used(self, change: CatalogueChange, current: Document) -> bool:
        """Whether contacts or queries beyond what goes use what an operation made."""
        if change.table in ("tags", "lists", "groups") and not current.get("query"):
            key = SetKey(change.table, change.id)  # type: ignore[arg-type]
            leaving = self.reverse.sets[key].removed if key in self.reverse.sets else BitMap()
            if self.store.members(key) - leaving:
                return True
        elif change.table in ("fields", "members"):
            path = f"fields.{current['key']}" if change.table == "fields" else "assignee"
            emptied = BitMap(id for id, (_, after) in self.reverse.values.get(path, {}).items() if after is None)
            if holders(self.session, change.table, change.id, current) - emptied - BitMap(self.reverse.deleted):
                return True
        if change.table not in ("fields", "groups", "members"):
            return False
        going = {(other.table, other.id) for other in self.past.catalogue if other.before is None}
        return any(
            (kind, id) not in going
            for kind in ("groups", "searches")
            for id, _ in users(self.session, kind, change.table, current)
        )

    # -- consent -------------------------------------------------------------------------------------------------------
    def _ledger(self) -> None:
        """What was said is void, and what was void is said again. Contacts follow from that when it is committed."""
        if not self.past.ledger:
            return
        said, live = self._statements()
        ids = ledger.contacts_of(self.store, {uuid for one in self.past.ledger for uuid in ledger.records_of(one)})
        ids |= {document["uuid"]: id for id, document in self.reverse.created.items()}
        told = {name: defaultdict[str, BitMap](BitMap) for name in ("reversed", "kept", "failed")}
        going = BitMap(self.reverse.deleted) | BitMap(self.reverse.created)
        for one in self.past.ledger:
            statement = said.get(one.get("void") or one["key"])
            if statement is None:  # the person was forgotten
                continue
            about = BitMap(ids[uuid] for uuid in ledger.records_of(statement) if uuid in ids)
            what = f"opt_in.{statement['purpose']}"
            if not about:
                told["failed"][what].add(NOBODY)
            elif about & self.stay or ("void" in one) == (statement["key"] in live):
                told["kept"][what] |= about
            else:
                back = statement if "void" in one else ledger.void(self.session, statement)
                self.reverse.ledger.append(back)
                told["reversed"][what] |= about - going
        for name, lines in told.items():
            for what, contacts in lines.items():
                why = {"reversed": "", "kept": CHANGED, "failed": "contact deleted since"}[name]
                getattr(self.report, name).add(what, contacts, why)

    def _statements(self) -> tuple[dict[str, Document], set[str]]:
        """The statements that the operation made or voided, by key, and which of them count now."""
        keys = {one.get("void") or one["key"] for one in self.past.ledger}
        said: dict[str, Document] = {}
        live: set[str] = set()
        about = {uuid for one in self.past.ledger for uuid in ledger.records_of(one)}
        for one in self.store.get(ledger.LEDGER, self.store.about(ledger.LEDGER, about)).values():
            if one.get("void") in keys:
                live.discard(one["void"])
            elif one.get("key") in keys:
                said[one["key"]] = one
                live.add(one["key"])
        return said, live


def _what(change: CatalogueChange) -> str:
    document = change.after or change.before or {}
    return f"{change.table} {label(document) if document.get('name') or document.get('handle') else change.table}"


def _follows(change: CatalogueChange) -> bool:
    """Whether only a query changed: in an operation on something else, because it names that."""
    if change.before is None or change.after is None:
        return False
    return {key for key in change.before if change.before[key] != change.after.get(key)} == {"query"}


def _to_store(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in SET_PROPERTIES}


def _binding_keys(document: Document) -> Iterable[str]:
    return (key for key in keys_of(document) if not key.startswith(SUPERSEDED))


def _exchanged(document: Document) -> list[Any]:
    """What messages to and from a contact change in it."""
    return [(document.get("engagement") or {}).get(name) or 0 for name in COUNTS] + [
        document.get(time) for time in TIMES
    ]


def _changed_since(session: Session, target: Operation) -> BitMap:
    """Contacts that later operations changed which are still in effect."""
    changed = BitMap()
    for candidate in operations(session):
        if candidate.id <= target.id:
            break
        if candidate.undoes is None and candidate.undone_by is None:
            changed |= candidate.contact_ids
    return changed
