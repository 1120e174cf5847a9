"""The commit: from a plan to effects, checked under the writers' lock against what has changed since it was made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap

from contacthub.engine.batches import batched
from contacthub.engine.garbage import without_collection
from contacthub.engine.port import CONTACTS, Document, Progress, SetChange, SetKey, SetKind
from contacthub.errors import NotFound
from contacthub.identity.urns import country_of
from contacthub.imports.applying import SET_PATHS, Applied, Change, State
from contacthub.imports.checking import check, plan_outdated
from contacthub.imports.converted import CLEARED
from contacthub.imports.mapping import check_room
from contacthub.imports.planning import Plan, Planner
from contacthub.model.contact import new_document, new_uuid
from contacthub.model.text import fold
from contacthub.model.values import instant_text
from contacthub.operations import commit as commits
from contacthub.operations import ledger
from contacthub.operations.catalogue import spelled_out
from contacthub.operations.effects import CatalogueChange, Effects
from contacthub.operations.history import Operation
from contacthub.session import Session
from contacthub.tables.cells import text_of

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a commit did. `id` is that of the operation, for `hub.undo`. Where nothing was to be done (the same file
    again), nothing was written: there is no operation, and `id` is 0, which cannot be undone."""

    id: int
    created: int
    updated: int
    operation: Operation | None
    key: str
    """What its contacts carry as `import`; "" where nothing was written."""

    @property
    def contacts(self) -> Any:
        return self.operation.contacts if self.operation else []


def commit(
    session: Session, planner: Planner, plan: Plan, *, hash: str, progress: Progress | None = None
) -> ImportResult:
    """Commit a plan. Raises PlanOutdated, NotAllowed, Cancelled, Busy, StoreError."""
    session.require("import")
    name = planner.table.source.name
    built: list[_Builder] = []

    def effects() -> Effects:
        check(session, planner, plan)
        builder = _Builder(session, planner, plan, progress)
        built.append(builder)
        return builder.build()

    created, updated = plan.counts()
    if not (created or updated or plan.new_fields(planner.mapping)):
        check(session, planner, plan)
        return ImportResult(0, 0, 0, None, "")
    arguments = {
        "file": name,
        "sha256": planner.table.source.sha256,
        "rows": len(planner.table),
        "hash": hash,
        "mapping": planner.mapping.as_dict(),
        "created": created,
        "updated": updated,
    }
    summary = f"import {name}: {created:,} created, {updated:,} updated"
    with without_collection():
        operation = commits.commit(session, kind="import", summary=summary, effects=effects, arguments=arguments)
    return ImportResult(operation.id, created, updated, operation, built[-1].key)


# -- building ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Builder:
    """The effects of a plan."""

    session: Session
    planner: Planner
    plan: Plan
    progress: Progress | None
    effects: Effects = field(default_factory=Effects)
    key: str = ""
    _sets: dict[tuple[str, str], SetKey] = field(default_factory=dict)
    _members: dict[SetKey, tuple[list[int], list[int]]] = field(default_factory=dict)
    _done: int = 0
    _total: int = 0

    def build(self) -> Effects:
        self._total = sum(self.plan.counts())
        self._catalogues()
        self._create()
        self._update()
        touched = self.effects.contacts | BitMap(
            id for added, removed in self._members.values() for id in added + removed
        )
        self._members.setdefault(self._import_set(), ([], []))[0].extend(touched)
        for key, (added, removed) in self._members.items():
            both = BitMap(added) & BitMap(removed)
            self.effects.sets[key] = SetChange(BitMap(added) - both, BitMap(removed) - both)
        return self.effects

    def _tell(self, count: int) -> None:
        self._done += count
        if self.progress:
            self.progress(self._done, self._total)

    def _new_document(self, table: str, document: Document) -> int:
        id = -1 - len(self.effects.catalogue)
        self.effects.catalogue.append(CatalogueChange(table, id, None, document))
        return id

    def _catalogues(self) -> None:
        """Fields, tags, lists and groups that the import brings."""
        catalogue = self.session.catalogue
        check_room(self.session, "fields", sum(column.new for column in self.planner.mapping))
        check_room(self.session, "groups", len(self.plan.new_labels("groups")))
        position = max((known.position for _, known in catalogue.fields.values()), default=-1)
        for column in self.planner.mapping:
            if column.new:
                position += 1
                document = {
                    "key": column.key, "name": column.target.argument, "type": column.type, "featured": False,
                    "position": position,
                }  # fmt: skip
                self._new_document("fields", document)
        # A new field takes the name of an attribute: stored queries go on asking for the attribute.
        self.effects.catalogue += spelled_out(self.session, [one.key for one in self.planner.mapping if one.new])
        labels = self.plan.rules.labels
        for kind in SET_PATHS:
            for key, id in labels.known[kind].items():
                self._sets[kind, key] = SetKey(kind, id)  # type: ignore[arg-type]
            for name in self.plan.new_labels(kind):
                document = {"name": name, "key": fold(name)}
                if kind == "groups":
                    now = instant_text(self.session.now())
                    document = {"uuid": new_uuid(), "name": name, "query": None, "created_on": now}
                self._sets[kind, fold(name)] = SetKey(kind, self._new_document(kind, document))  # type: ignore[arg-type]

    def _import_set(self) -> SetKey:
        """The set of the contacts of this import, named after its file."""
        source = self.planner.table.source
        taken = {document["key"] for _, document in self.session.store.scan("imports")}
        self.key, number = source.name, 2
        while self.key in taken:
            self.key, number = f"{source.name} ({number})", number + 1
        document = {
            "key": self.key,
            "file": source.name,
            "sha256": source.sha256,
            "actor": self.session.actor,
            "at": instant_text(self.session.now()),
        }
        kind: SetKind = "imports"
        return SetKey(kind, self._new_document("imports", document))

    def _note_sets(self, contact: int, kind: str, before: frozenset[str], after: frozenset[str]) -> None:
        for key in after - before:
            self._members.setdefault(self._sets[kind, key], ([], []))[0].append(contact)
        for key in before - after:
            self._members.setdefault(self._sets[kind, key], ([], []))[1].append(contact)

    # -- new contacts ------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        new = list(self.planner.new_contacts(self.plan))
        ids = iter(self.session.store.reserve(CONTACTS, len(new)))
        for batch in batched(new, _BATCH):
            for contact, rows in batch:
                self._create_one(next(ids), contact, rows)
            self._tell(len(batch))

    def _create_one(self, id: int, contact: int, rows: list[int]) -> None:
        state = State(None, self.plan.rules.labels)
        consents: list[tuple[int, str, str, str | None, str | None]] = []
        applied_rows: list[int] = []
        for index, applied in self.planner.applied(self.plan, contact, None, rows, state):
            if isinstance(applied, Applied) and not (applied.conflict or applied.error):
                consents.extend((index, *consent) for consent in applied.consent)
                applied_rows.append(index)
        if not applied_rows:  # a contact of nothing
            raise plan_outdated([int(self.planner.table.rows[index]) for index in rows])
        now = dict(state.now)
        urns = now.pop("urns", [])
        fields = {path[7:]: now[path] for path in now if path.startswith("fields.") and now[path] is not None}
        for kind in SET_PATHS:
            if kind in now:
                self._note_sets(id, kind, frozenset(), now[kind])
        document = new_document(
            now=self.session.now(),
            source="import",
            urns=urns,
            identities=self._notes(urns, applied_rows),
            country=_country(urns),
            fields=fields,
            **{
                key: now[key] for key in ("name", "language", "status", "assignee", "remarks", "avatar") if now.get(key)
            },
        )
        for consent in consents:
            self._consent(document, consent)
        self.effects.created[id] = document

    # -- contacts that exist -----------------------------------------------------------------------------------------

    def _update(self) -> None:
        by_contact: dict[int, list[Change]] = {}
        for contact, change in zip(self.plan.change_targets, self.plan.changes, strict=True):
            by_contact.setdefault(contact, []).append(change)
        for batch in batched(by_contact, _BATCH):
            documents = self.session.store.get(CONTACTS, batch)
            for contact in batch:
                if contact not in documents:
                    raise NotFound("A contact of this import has been deleted; look at the preview again.")
                self._update_one(contact, documents[contact], by_contact[contact])
            self._tell(len(batch))

    def _update_one(self, id: int, document: Document, changes: list[Change]) -> None:
        final: dict[str, tuple[Any, Any]] = {}
        for change in changes:
            before = final[change.path][0] if change.path in final else change.before
            final[change.path] = before, change.after
        for path, (before, after) in final.items():
            if path in SET_PATHS:
                self._note_sets(id, path, frozenset(map(fold, before)), frozenset(map(fold, after)))
            elif path == "urns":
                self._update_urns(id, document, after, [change.position for change in changes])
            elif not path.startswith("opt_in."):
                self.effects.set_value(id, path, before, after)
        if "name" in final:
            source = "import" if final["name"][1] else None
            self.effects.set_value(id, "name_source", document.get("name_source"), source)
        for consent in self.plan.consent.get(id, ()):
            self._consent(document, consent)

    def _update_urns(self, id: int, document: Document, urns: list[str], rows: list[int]) -> None:
        new = [urn for urn in urns if urn not in document["urns"]]
        known = document["identities"].items()
        notes = {urn: note for urn, note in known if (urn in urns) != ("superseded" in note)}
        self.effects.set_value(id, "urns", document["urns"], urns)
        self.effects.set_value(id, "identities", document["identities"], notes | self._notes(new, rows))
        self.effects.set_value(id, "country", document["country"], _country(urns))

    # -- both --------------------------------------------------------------------------------------------------------

    def _notes(self, urns: list[str], rows: list[int]) -> dict[str, Document]:
        """What is kept of identities: how they were received, and that a number is merely possible."""
        notes: dict[str, Document] = {}
        wanted = set(urns)
        for column in self.plan.rules.identity_columns:
            for index in rows:
                code = column.codes[index]
                value = column.results[code]
                if value is None or value is CLEARED:
                    continue
                for urn in (value,) if isinstance(value, str) else value:
                    if urn not in wanted:
                        continue
                    note = notes.setdefault(urn, {})
                    scheme, _, path = urn.partition(":")
                    text = text_of(column.cells[code]).strip()
                    if text not in (path, urn):
                        note["received"] = text if text.startswith(f"{scheme}:") else f"{scheme}:{text}"
                    if urn in column.unverified:
                        note["unverified"] = True
        return {urn: note for urn, note in notes.items() if note}

    def _consent(self, document: Document, consent: tuple[int, str, str, str | None, str | None]) -> None:
        """Note a consent in the ledger, which decides what the contact says. Its proof is the file and row, unless the
        row has one."""
        index, purpose, state, when, proof = consent
        source = self.planner.table.source
        occurred = when or instant_text(self.session.now())
        proof = proof or f"{source.name}, row {int(self.planner.table.rows[index])}, SHA-256 {source.sha256}"
        uuid, *merged = ledger.uuids_of(document)
        self.effects.ledger.append(
            ledger.event(
                self.session, uuid, state, purpose,
                source="import", proof=proof, occurred_at=occurred, merged=merged,
            )
        )  # fmt: skip


def _country(urns: Iterable[str]) -> str | None:
    return next((country for urn in urns if (country := country_of(urn))), None)
