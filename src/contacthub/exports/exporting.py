"""Writing contacts to a file, in bounded memory, and recording that it was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contacthub.engine.port import CONTACTS, Document, Progress
from contacthub.errors import InvalidValue, NotAllowed
from contacthub.exports import columns as columns_of
from contacthub.exports.columns import ExportColumn
from contacthub.exports.people import People
from contacthub.operations import commit
from contacthub.operations.effects import Effects
from contacthub.session import Session
from contacthub.tables import columnar, sniff, write
from contacthub.tables.targets import spare_hub

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written."""

    path: Path
    count: int
    """Contacts in the file."""
    columns: list[str]
    sha256: str
    left_out: dict[str, int]
    """Why contacts were left out (of an export for sending) → how many."""


def export(
    session: Session,
    ids: Sequence[int],
    path: str | Path,
    *,
    columns: Sequence[str] | None = None,
    for_sending: bool = False,
    query: str = "",
    progress: Progress | None = None,
) -> ExportResult:
    """Write contacts, in the order of `ids`, to a file whose ending says the format: xlsx, csv, tsv, jsonl, parquet.

    `columns` are headers (`Field:Age`) or properties (`age`), by default all that an import reads back. `for_sending`
    writes one reachable number each, the first name and the language instead, and leaves out who cannot be written
    to. `query` is kept in the history. A file that is there already is replaced, unless it is the hub. Raises
    FileError, NotFound, InvalidValue, NotAllowed, Refused (`exists`), Cancelled.
    """
    session.require("export")
    path = Path(path).expanduser()
    if for_sending and session.catalogue.redact_urns:
        raise NotAllowed(
            "Identities are hidden here, and a list for sending is one of phone numbers. An admin shows them by the "
            "setting redact_urns=no; a hub that was opened with redact=True is opened without it.",
            code="redacted_urns",
        )
    spare_hub(path, session.home)
    format = write.format_of(path)
    left_out: dict[str, int] = {}
    if for_sending:
        if columns is not None:
            raise InvalidValue(
                "A list for sending has columns of its own: phone, first name, language and UUID. Leave the columns "
                "out, or export without for_sending.",
                code="wrong_columns", property="columns", value=list(columns),
            )  # fmt: skip
        from contacthub.exports.sending import SENDING_COLUMNS, sending_rows

        names = list(SENDING_COLUMNS)
        rows: Iterator[Sequence[Any]] = sending_rows(_documents(session, ids, progress), left_out)
    else:
        table, wanted = _layout(session, ids, columns)
        names = [column.header for column in wanted]
        cells = [columnar.without_clearing(column.cells(table)) for column in wanted]
        order = table.order(ids)
    with write.beside(path) as temporary:
        if for_sending:
            write.write(temporary, format, names, rows)
        elif format in write.DELIMITERS:
            columnar.write_csv(temporary, names, cells, order, delimiter=write.DELIMITERS[format], progress=progress)
        else:
            write.write(temporary, format, names, _told(columnar.rows(cells, order), len(order), progress))
        sha256 = sniff.sha256_of(temporary)
    count = len(ids) - sum(left_out.values())
    if not session.store.read_only:
        _record(session, path, query, names, count, sha256)
    return ExportResult(path, count, names, sha256, left_out)


def _layout(session: Session, ids: Sequence[int], names: Sequence[str] | None) -> tuple[People, list[ExportColumn]]:
    layout = columns_of.default_layout(session, ids) if names is None else columns_of.chosen_layout(session, names, ids)
    hidden = session.catalogue.redact_urns
    columns = [column for column in layout.columns if not (hidden and column.identity)]
    if not columns:
        raise InvalidValue(
            "Identities are hidden in this hub, and no other column is asked for. Name one, such as Name."
            if layout.columns
            else "An export needs a column at least. Name one, such as Name, or none at all for those that an import "
            "reads back.",
            code="wrong_columns", property="columns", value=list(names or ()),
        )  # fmt: skip
    return layout.people, columns


def _told(rows: Iterator[Sequence[Any]], count: int, progress: Progress | None) -> Iterator[Sequence[Any]]:
    """The rows, and every now and then word of how many there were."""
    for number, row in enumerate(rows, 1):
        yield row
        if progress and (number % _BATCH == 0 or number == count):
            progress(number, count)


def _documents(session: Session, ids: Sequence[int], progress: Progress | None) -> Iterator[Document]:
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        documents = session.store.get(CONTACTS, batch)
        for id in batch:
            if id in documents:
                yield {**documents[id], "id": id}
        if progress:
            progress(min(start + _BATCH, len(ids)), len(ids))


def _record(session: Session, path: Path, query: str, columns: list[str], count: int, sha256: str) -> None:
    commit.commit(
        session,
        kind="export",
        summary=f"export {count:,} contacts to {path.name}",
        effects=Effects(),
        arguments={"file": path.name, "query": query, "columns": columns, "count": count, "sha256": sha256},
    )
