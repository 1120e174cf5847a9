"""Taking an operation back, value by value.

What still is as the operation left it goes back to what it was; what was changed since is kept; what cannot go back
(its contact is gone, its identity belongs to somebody else) has failed. The undo is an operation too, so undoing it
is the redo.
"""

from __future__ import annotations

from contacthub.errors import NotFound, Refused
from contacthub.model.member import MAY
from contacthub.operations.commit import commit
from contacthub.operations.effects import Effects
from contacthub.operations.history import Operation, operation, operations
from contacthub.operations.reversal import reversal
from contacthub.operations.undo_report import UndoReport, original
from contacthub.session import Session

__all__ = ["UndoReport", "preview", "redo", "undo"]


def undo(session: Session, id: int | None = None) -> UndoReport:
    """Take back an operation, by default this actor's newest that is neither undone nor itself an undo. It takes the
    role that the operation itself took. Raises NotFound, NotAllowed, Refused."""
    target = operation(session, id) if id is not None else _newest(session, undone=False)
    _require(session, target)
    reports: list[UndoReport] = []

    def effects() -> Effects:
        current = operation(session, target.id)
        _refuse(current)
        report, reverse = reversal(session, current)
        reports.append(report)
        return reverse

    kind = "redo" if target.kind == "undo" else "undo"
    done = commit(
        session,
        kind=kind,
        summary=f"{kind} {original(target)}",
        effects=effects,
        undoes=target.id,
        action=target.action,
    )
    reports[0].operation = done
    return reports[0]


def preview(session: Session, id: int) -> UndoReport:
    """What taking back an operation would do now. Raises NotFound, Refused."""
    target = operation(session, id)
    _refuse(target)
    return reversal(session, target)[0]


def redo(session: Session) -> UndoReport:
    """Undo this actor's newest undo."""
    return undo(session, _newest(session, undone=True).id)


def _newest(session: Session, *, undone: bool) -> Operation:
    for candidate in operations(session):
        if (
            candidate.actor != session.actor
            or candidate.undone_by is not None
            or not candidate.undoable
            or candidate.pruned
        ):
            continue
        if (candidate.kind == "undo") if undone else candidate.undoes is None:
            return candidate
    raise NotFound(f"There is nothing that {session.actor} could {'redo' if undone else 'undo'}.")


def _require(session: Session, target: Operation) -> None:
    session.require("undo" if target.actor == session.actor else "undo_others")
    if target.action in MAY:
        session.require(target.action)
    _refuse(target)


def _refuse(target: Operation) -> None:
    if target.pruned:
        raise Refused(
            f"Operation {target.id} ({target.summary}) is older than the hub keeps what operations changed (setting "
            "history_days), so it cannot be undone any more.",
            code="pruned",
        )
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
