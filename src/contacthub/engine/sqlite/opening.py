"""Opening a file as a hub: is it one, is it whole enough, is it of this program's form."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from contacthub.engine.sqlite import place, schema
from contacthub.engine.sqlite.connections import connect
from contacthub.engine.sqlite.failures import Translated, corrupt, not_a_hub
from contacthub.errors import StoreError

HEADER = b"SQLite format 3\x00"


def prepare(path: Path, *, create: bool, read_only: bool, group: str | None) -> tuple[Path, bool]:
    """The real path of a hub that is ready for use, and whether it lies on a medium that nobody can write."""
    new = create and not read_only and not path.exists()
    real = place.make(path, group) if new else place.existing(path)
    place.check_file_system(real.parent)
    immutable = False
    with Translated(real):
        if real.stat().st_size == 0 and not Path(f"{real}-wal").exists():
            if not create or read_only:
                raise not_a_hub(path)
        else:
            _check_header(real)
        try:
            connection = connect(real, read_only=read_only)
            _check_form(connection, real)
        except sqlite3.OperationalError as error:
            if not (read_only and _nobody_writes(real, error)):
                raise
            immutable = True
            connection = connect(real, read_only=True, immutable=True)
            _check_form(connection, real)
        try:
            if not read_only:
                _make_ready(connection, real)
        finally:
            connection.close()
    return real, immutable


def _check_header(path: Path) -> None:
    try:
        with open(path, "rb") as file:
            header = file.read(100)
    except PermissionError as error:
        raise StoreError(f"{path} cannot be read: you have no right to it.", code="cannot_open") from error
    if header[:16] != HEADER[: len(header)]:
        raise not_a_hub(path)
    if len(header) < 100:
        raise corrupt(path, "it is cut off")


def _check_form(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is no hub, and a hub of a newer program."""
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != schema.APPLICATION_ID and (tables or application):
            raise not_a_hub(path)
        if version > schema.VERSION:
            raise StoreError(
                f"{path} was written by a newer contacthub (form {version}; this program knows {schema.VERSION}). "
                "Update contacthub to open it.",
                code="newer_hub",
            )
    except BaseException:
        connection.close()
        raise


def _make_ready(connection: sqlite3.Connection, path: Path) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise place.no_wal(path.parent, place.file_system(path.parent) or "of an unknown kind")
    if connection.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
            schema.create(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _nobody_writes(path: Path, error: sqlite3.Error) -> bool:
    """Whether a file cannot be opened only because WAL's side files cannot be made on a medium without writers."""
    return (
        error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
        and not os.access(path.parent, os.W_OK)
        and not Path(f"{path}-wal").exists()
    )
