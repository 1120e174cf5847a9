"""Opening a file as a hub: is it one, is it whole enough, is it of this program's form."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from contacthub.engine.sqlite import place, schema
from contacthub.engine.sqlite.connections import connect
from contacthub.engine.sqlite.failures import Translated, cannot_write, corrupt, name_of, newer, not_a_hub
from contacthub.engine.sqlite.opened import gate, is_open
from contacthub.errors import Refused, StoreError

HEADER = b"SQLite format 3\x00"


class Ready(NamedTuple):
    """A file that has been looked at and can be used."""

    file: Path
    temporary: Path | None = None
    """The folder to remove after use, where the file is in one."""
    immutable: bool = False
    """On a medium that nobody can write."""
    copied_from: Path | None = None
    """The hub that people know, where the file is a private copy of it."""


def prepare(path: Path, *, create: bool, read_only: bool, group: str | None) -> Ready:
    """Look at a file, and make or migrate it if that is asked for and called for."""
    if create and not read_only and not path.exists():
        _create(path, group)
    real = place.existing(path)
    place.check_file_system(real.parent)
    place.check_side_files(real)
    if not read_only:
        place.check_names(real)
    with Translated(real):
        if real.stat().st_size == 0 and not Path(f"{real}-wal").exists():
            if not create or read_only:
                raise not_a_hub(path)
            place.make_private(real, group)
        else:
            _check_header(real)
        ready = Ready(real)
        try:
            connection = connect(real, read_only=read_only)
            _check_form(connection, real, read_only)
        except sqlite3.OperationalError as error:
            if not (read_only and _cannot_share(real, error)):
                raise
            ready = _alone(real)
            connection = connect(ready.file, read_only=True, immutable=ready.immutable)
            _check_form(connection, real, read_only)
        try:
            if not read_only:
                _make_ready(connection, real)
        finally:
            connection.close()
    return ready


def _create(path: Path, group: str | None) -> None:
    """Make a new hub beside its place, which it takes when it is whole: a disk that is full, or the end of this
    process, leaves no half of one."""
    from contacthub.engine.sqlite.appearing import appearing, sync

    real = place.for_new(path)
    with suppress(Refused), appearing(real, group) as part:  # another process was faster: it is the same hub
        with Translated(part), closing(connect(part, read_only=False)) as connection:
            _make_ready(connection, part)
        sync(part)


def in_memory() -> Ready:
    """A new hub in a private temporary folder: SQLite's own memory databases make readers wait for writers."""
    folder = Path(tempfile.mkdtemp(prefix="contacthub-"))
    return prepare(folder / "memory.hub", create=True, read_only=False, group=None)._replace(temporary=folder)


def _alone(path: Path) -> Ready:
    """A hub to read in a folder where WAL's side files cannot be made: as it is where nobody can write it, else a
    private copy, since its owner may begin to write at any time."""
    if os.statvfs(path).f_flag & getattr(os, "ST_RDONLY", 1):
        return Ready(path, immutable=True)
    folder = Path(tempfile.mkdtemp(prefix="contacthub-"))
    try:
        return Ready(Path(shutil.copyfile(path, folder / path.name)), temporary=folder, copied_from=path)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise cannot_write(folder / path.name, error) from error


def _cannot_share(path: Path, error: sqlite3.Error) -> bool:
    """Whether a file cannot be opened only because WAL's side files cannot be made beside it, since its folder may not
    be written or the disk is full, and nobody uses it."""
    name, effective = name_of(error), os.access in os.supports_effective_ids
    return not has_log(path) and (
        name in ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE")
        or (
            name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
            and not os.access(path.parent, os.W_OK, effective_ids=effective)
        )
    )


def has_log(path: Path) -> bool:
    """Whether there is anything in the write-ahead log of a hub."""
    log = Path(f"{path}-wal")
    return log.exists() and log.stat().st_size > 0


def header_of(path: Path) -> bytes | None:
    """The first 100 bytes of a file; None for a database that this process has open: it has been looked at, and to
    close a handle of it would end the locks of its connections."""
    try:
        with gate:
            if is_open(path):
                return None
            with open(path, "rb") as file:
                return file.read(100)
    except PermissionError as error:
        raise StoreError(f"{path} cannot be read: you have no right to it.", code="cannot_open") from error


def _check_header(path: Path) -> None:
    header = header_of(path)
    if header is None:
        return
    if header[: len(HEADER)] != HEADER:
        raise not_a_hub(path)
    if len(header) < 100:
        raise corrupt(path, "it is cut off")


def _check_form(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    """Refuse what is no hub, and a hub of a newer program."""
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != schema.APPLICATION_ID and (tables or application):
            raise not_a_hub(path)
        if read_only and version < schema.READABLE and tables:
            raise StoreError(
                f"{path} was written by an older contacthub (form {version}). Open it once for writing, which brings "
                f"it to form {schema.VERSION} and keeps a backup; a hub that is opened read-only stays as it is.",
                code="older_hub",
            )
        if version > schema.VERSION:
            raise newer(path, version, schema.VERSION)
    except BaseException:
        connection.close()
        raise


def bring_up(path: Path) -> None:
    """Bring a copy of a hub, which nobody else knows yet, to the form of this program."""
    with Translated(path), closing(connect(path, read_only=False)) as connection:
        _make_ready(connection, path, keep=False)


def _make_ready(connection: sqlite3.Connection, path: Path, *, keep: bool = True) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise place.no_wal(path.parent, place.file_system(path.parent) or "of an unknown kind")
    while (form := _form(connection)) != schema.VERSION:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _form(connection) == form:  # else another process was faster
                if form and keep:
                    _keep(connection, path, form)
                _next_form(connection, form)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _form(connection: sqlite3.Connection) -> int:
    """The form of the hub; 0 for a file that is still empty."""
    form: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return form


def _next_form(connection: sqlite3.Connection, form: int) -> None:
    if form == 0:
        schema.create(connection)
        return
    schema.MIGRATIONS[form](connection)
    connection.execute(f"PRAGMA user_version = {form + 1}")


def _keep(connection: sqlite3.Connection, path: Path, form: int) -> None:
    """A backup beside the hub before its form changes, under the lock of the migration, so that nothing is written in
    between. One that an attempt before this has left serves again if it is of the same state."""
    from contacthub.engine.sqlite.appearing import appearing
    from contacthub.engine.sqlite.backup import copy

    for number in count(1):
        kept = path.with_name(f"{path.name}.form-{form}{f'-{number}' if number > 1 else ''}.backup")
        if not kept.exists():
            with appearing(kept) as part, closing(connect(path, read_only=True)) as source:
                copy(source, part, path)
            return
        with suppress(sqlite3.Error), closing(sqlite3.connect(kept)) as earlier:
            if _state(earlier) == _state(connection):
                return


def _state(connection: sqlite3.Connection) -> tuple[int, int]:
    """The newest entry of the feed: its version, and the mark that tells it from that of another copy."""
    newest: tuple[int, int] = connection.execute("SELECT version, mark FROM feed ORDER BY version DESC").fetchone()
    return newest
