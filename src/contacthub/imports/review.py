"""Review: a preview that one person submits and another looks at, comments, approves or rejects, and commits.

Submissions are kept in the hub with the table as it was read and mended, so that nobody needs the file again. They
change no contact and are no operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from contacthub.engine.port import ChangeSet, Document, Progress
from contacthub.errors import NotFound, Refused
from contacthub.imports import packing
from contacthub.imports.matching import Decision
from contacthub.imports.planning import OUTCOMES, Options
from contacthub.model.member import may
from contacthub.model.values import instant_text
from contacthub.operations.traces import Traces
from contacthub.session import Session
from contacthub.tables.cells import Table, text_of

if TYPE_CHECKING:
    from contacthub.imports.committing import ImportResult
    from contacthub.imports.preview import Preview

SUBMISSIONS = "submissions"
STATES = ("pending", "approved", "rejected", "committed")


@dataclass(frozen=True)
class Submission:
    """A preview that waits, or waited, for somebody. A picture of one moment: `get` it again to see news."""

    session: Session
    id: int
    document: Document

    @property
    def file(self) -> str:
        return str(self.document["file"])

    @property
    def sha256(self) -> str:
        return str(self.document["sha256"])

    @property
    def hash(self) -> str:
        """The hash of the preview as it was submitted."""
        return str(self.document["hash"])

    @property
    def state(self) -> str:
        """pending, approved, rejected or committed."""
        return str(self.document["state"])

    @property
    def actor(self) -> str:
        """Who submitted it."""
        return str(self.document["actor"])

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.document["at"])

    @property
    def note(self) -> str:
        return str(self.document["note"])

    @property
    def summary(self) -> dict[str, int]:
        """Rows by outcome, as they were when it was submitted."""
        return dict(self.document["summary"])

    @property
    def comments(self) -> list[dict[str, str]]:
        """`actor`, `at`, `text`, the oldest first; decisions are among them."""
        return list(self.document["comments"])

    @property
    def decisions(self) -> list[tuple[str, str, datetime]]:
        """What was decided, by whom and when: approved, rejected, committed; the oldest first."""
        said = self.document["comments"]
        return [(one["state"], one["actor"], datetime.fromisoformat(one["at"])) for one in said if "state" in one]

    @property
    def decided(self) -> tuple[str, datetime]:
        """Who brought it into its state, and when."""
        return next(((actor, at) for _, actor, at in reversed(self.decisions)), (self.actor, self.at))

    @property
    def operation(self) -> int | None:
        """The id of the operation, once it is committed."""
        return self.document.get("operation")

    @property
    def is_open(self) -> bool:
        """Whether somebody can still decide about it; afterwards its table is no longer kept."""
        return self.state in ("pending", "approved")

    @property
    def needs_approval(self) -> bool:
        """Whether somebody else has to approve it before it is committed: not where nobody else of the team could."""
        return self.state == "pending" and _others_may(self.session)

    def is_outdated(self, progress: Progress | None = None) -> bool:
        """Whether the hub has changed so that it would now do something else than was submitted; a commit is refused
        then. As much work as `preview`, and raises as it does."""
        return self.preview(progress).hash != self.hash

    def preview(self, progress: Progress | None = None) -> Preview:
        """The preview, worked out anew on the hub as it is now; its `hash` tells whether that differs from what was
        submitted. Raises NotFound once it is committed or rejected."""
        return _reopened(self, progress)

    def comment(self, text: str) -> Submission:
        return self._noted(text)

    def approve(self, note: str = "") -> Submission:
        """Let it be committed. Raises Refused for one's own, where somebody else may approve it."""
        if self.actor == self.session.actor and _others_may(self.session):
            raise Refused("Your own import is approved by somebody else of the team.", code="own_submission")
        return self._noted(note or "approved", state="approved", needs=("pending",))

    def reject(self, note: str = "") -> Submission:
        return self._noted(note or "rejected", state="rejected", needs=("pending", "approved"))

    def commit(self, progress: Progress | None = None) -> ImportResult:
        """Commit it, exactly as submitted. Raises Refused if it is not approved, or if it would now do something else
        than what was looked at."""
        if not get(self.session, self.id).is_open:
            raise self._decided_already()
        if self.state != "approved" and _others_may(self.session):
            raise Refused(
                f"The import of {self.file!r} is {self.state}; it is committed once approved.", code="not_approved"
            )
        preview = self.preview(progress)
        if preview.hash != self.hash:
            raise Refused(
                f"The hub has changed since {self.file!r} was submitted, and the import would now do something else. "
                "Look at its preview, and submit it again.",
                code="submission_outdated",
            )
        result = preview.commit(progress)
        self._noted("committed", state="committed", operation=result.id or None, check=False)
        return result

    def _noted(
        self, text: str, state: str | None = None, needs: tuple[str, ...] = (), operation: int | None = None, *,
        check: bool = True,
    ) -> Submission:  # fmt: skip
        session, store = self.session, self.session.store
        session.require("import")
        with store.transaction():
            current = get(session, self.id)
            if check and state and current.state not in needs:
                raise current._decided_already()
            comment = {"actor": session.actor, "at": instant_text(session.now()), "text": text}
            document = {**current.document, "comments": [*current.document["comments"], comment]}
            if state:
                document["state"] = comment["state"] = state
            if operation is not None:
                document["operation"] = operation
            changes = ChangeSet(put={SUBMISSIONS: {self.id: document}})
            if state in ("committed", "rejected"):  # nobody opens it again, and it holds people
                changes.blobs[SUBMISSIONS, self.id, "table"] = None
            store.apply(changes)
        return Submission(session, self.id, document)

    def _decided_already(self) -> Refused:
        state = get(self.session, self.id).state
        return Refused(f"The import of {self.file!r} is {state} already.", code="already_decided")

    def __repr__(self) -> str:
        return f"<Submission {self.id}: {self.file}, {self.state}, by {self.actor}>"


def submit(preview: Preview, note: str = "") -> Submission:
    """Put a preview into the hub for somebody else."""
    session, store = preview.session, preview.session.store
    session.require("import")
    planner, table = preview._planner, preview.table
    document = {
        "file": table.source.name,
        "sha256": table.source.sha256,
        "hash": preview.hash,
        "rows": len(table),
        "summary": {outcome: preview.summary[outcome] for outcome in OUTCOMES},
        "state": "pending",
        "actor": session.actor,
        "at": instant_text(session.now()),
        "note": note,
        "comments": [],
        "operation": None,
        "language": preview.language,
        "mapping": [
            {"target": str(c.target), "policy": c.policy, "type": c.type if c.new else "", "values": c.values,
             "guessed": c.guessed}
            for c in preview.mapping
        ],
        "options": {
            "duplicates": preview.options.duplicates, "only": preview.options.only,
            "reactivate": preview.options.reactivate, "group": preview.options.group,
            "add": {kind: list(names) for kind, names in preview.options.add.items()},
            "area_code": preview.options.area_code,
        },
        "reading": preview.reading,
        "decisions": [[index, one.choice, one.contact] for index, one in planner.decisions.items()],
        "resolutions": [list(one) for one in preview.resolutions],
    }  # fmt: skip
    id = store.reserve(SUBMISSIONS, 1)[0]
    store.apply(ChangeSet(put={SUBMISSIONS: {id: document}}, blobs={(SUBMISSIONS, id, "table"): packing.pack(table)}))
    return Submission(session, id, document)


def get(session: Session, id: int) -> Submission:
    """A submission by its id. Raises NotFound."""
    document = session.store.get(SUBMISSIONS, [id]).get(id)
    if document is None:
        raise NotFound(f"There is no submitted import {id}.")
    return Submission(session, id, document)


def submissions(session: Session, state: str | None = None) -> list[Submission]:
    """Submitted imports, the newest first; of one state, or all."""
    found = [Submission(session, id, document) for id, document in session.store.scan(SUBMISSIONS)]
    return [one for one in reversed(found) if state is None or one.state == state]


def pending(session: Session) -> list[Submission]:
    """What waits for somebody: pending, and approved but not committed."""
    return [one for one in submissions(session) if one.is_open]


HISTORY = (
    "id", "operation", "file", "sha256", "state", "actor", "at", "submitted_by", "approved_by", "created", "updated",
)  # fmt: skip


def history(session: Session) -> list[dict[str, Any]]:
    """All imports, the newest first, each once: `id` of the submission and `operation` once committed (None where
    there is none), `file`, `sha256`, `state` (pending, approved, rejected, committed or undone), `actor` and `at` (who
    brought it there, and when), `submitted_by`, `approved_by`, `created`, `updated`."""
    from contacthub.operations.history import operations

    known = {one.id: one for one in operations(session)}
    submitted = {one.operation: one for one in submissions(session)}
    found = []
    for one in known.values():
        if one.kind == "import":
            last = known.get(one.undone_by, one) if one.undone_by is not None else one
            submission = submitted.pop(one.id, None)
            found.append(
                {
                    **_of_submission(submission), "operation": one.id, "file": one.arguments.get("file"),
                    "sha256": one.arguments.get("sha256"), "state": "undone" if one.undone_by else "committed",
                    "actor": last.actor, "at": last.at, "created": one.arguments.get("created"),
                    "updated": one.arguments.get("updated"),
                }
            )  # fmt: skip
    others = (one for one in submissions(session) if one.operation not in known)
    return sorted([*found, *map(_of_submission, others)], key=lambda one: one["at"], reverse=True)


def _of_submission(submission: Submission | None) -> dict[str, Any]:
    entry = dict.fromkeys(HISTORY)
    if submission is None:
        return entry
    actor, at = submission.decided
    written = 0 if submission.state == "committed" else None  # one that had nothing to write is no operation
    approved_by = next((actor for state, actor, _ in reversed(submission.decisions) if state == "approved"), None)
    return entry | {
        "id": submission.id, "file": submission.file, "sha256": submission.sha256, "state": submission.state,
        "actor": actor, "at": at, "submitted_by": submission.actor, "approved_by": approved_by,
        "created": written, "updated": written,
    }  # fmt: skip


def withdraw(session: Session, traces: Traces) -> list[str]:
    """Take back what waits and holds a person who is being forgotten: it is rejected, and its table no longer kept.
    Returns the names of the files."""
    changes, withdrawn = ChangeSet(), []
    for one in submissions(session):
        document = one.document
        data = session.store.blob(SUBMISSIONS, one.id, "table")
        if data is not None and _holds(packing.unpack(data), traces):
            comment = {
                "actor": session.actor, "at": instant_text(session.now()), "text": "a person in it was forgotten",
                "state": "rejected",
            }  # fmt: skip
            document = {
                **document, "state": "rejected", "comments": [*one.comments, comment], "decisions": [],
                "resolutions": [],
            }  # fmt: skip
            changes.blobs[SUBMISSIONS, one.id, "table"] = None
            withdrawn.append(one.file)
        document = traces.scrubbed(document)
        if document != one.document:
            changes.put.setdefault(SUBMISSIONS, {})[one.id] = document
    if changes:
        session.store.apply(changes)
    return withdrawn


def _holds(table: Table, traces: Traces) -> bool:
    """Whether a person stands anywhere in a table, or in the lines around it."""
    texts = [*table.headers, *(text for _, line in (*table.source.above, *table.source.below) for text in line)]
    cells = (text_of(cell) for column in table.columns for cell in column.values)
    return any(traces.name_her(text) for text in chain(texts, cells))


def _others_may(session: Session) -> bool:
    """Whether somebody else of the team could approve an import."""
    members = session.catalogue.documents["members"].values()
    return any(may(member["role"], "import") and member["handle"] != session.actor for member in members)


def _reopened(submission: Submission, progress: Progress | None) -> Preview:
    from contacthub.imports.mapping import propose
    from contacthub.imports.preview import Preview

    session, document = submission.session, submission.document
    data = session.store.blob(SUBMISSIONS, submission.id, "table")
    if data is None:
        raise NotFound(f"The file of the submitted import {submission.id} is no longer kept.")
    table = packing.unpack(data)
    options = dict(document["options"])
    options["add"] = {kind: tuple(names) for kind, names in options["add"].items()}
    mapping = propose(table, session, dict(enumerate(document["mapping"])))
    decisions = {index: Decision(choice, contact) for index, choice, contact in document["decisions"]}
    return Preview(
        session,
        table,
        mapping,
        Options(**options),
        language=document["language"],
        decisions=decisions,
        resolutions=[tuple(one) for one in document["resolutions"]],
        reading=document.get("reading"),
        progress=progress,
    )
