"""Which format a file has: by its content, never by its name."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path
from typing import IO

from contacthub.errors import FileError, NotFound

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_JSON_ARRAY = re.compile(rb'\[\s*(?:[\[{]|"[^"]*"\s*(?:,\s*["\[{]|\])|\]\s*$)')
_JSON_LINE = re.compile(rb'\{\s*(?:["}]|[^{}\r\n]*\}\s*(?:[\r\n]|$))')  # the second is one that is broken
_NO_TABLE = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "a text document (RTF)",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"SQLite format 3": "a database",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


def existing(path: str | Path) -> Path:
    """The path of a file that is there and can be read. Raises NotFound, FileError."""
    path = Path(path).expanduser()
    if not path.exists():
        raise NotFound(f"There is no file {str(path)!r}. Check the name and the folder.")
    if path.is_dir():
        raise FileError(f"{str(path)!r} is a folder, not a file of contacts.", code="unknown_format", path=str(path))
    if not path.is_file():  # it is read more than once, and from a pipe nothing can be read twice
        raise FileError(
            f"{path.name!r} is a pipe or a device. Save what it gives to a file, and import that.",
            code="unknown_format", path=str(path),
        )  # fmt: skip
    return path


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def format_of(path: Path) -> str:
    """xlsx, xls, xlsb, ods, parquet, jsonl or text. Raises FileError: what the file is, where it is no table."""
    try:
        with path.open("rb") as file:
            return _format(file, path)
    except PermissionError as error:
        raise FileError(
            f"{path.name!r} cannot be opened: no permission to read it.", code="corrupt_file", path=str(path)
        ) from error


def _format(file: IO[bytes], path: Path) -> str:
    head = file.read(4096)
    if not head.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe\x00") and path.stat().st_size <= len(head):
        raise FileError(f"{path.name!r} is empty.", code="empty_file", path=str(path))
    if head.startswith(b"PK"):
        return _zipped(file, path)
    if head.startswith(_OLE):
        return _compound(file, path)
    if head.startswith(b"PAR1"):
        return "parquet"
    for signature, what in _NO_TABLE.items():
        if head.startswith(signature) and not (signature == b"MZ" and head.isascii()):
            raise _unknown(path, what)
    # Without its zero bytes UTF-16 reads as far as its letters are ASCII.
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")) or (start.startswith(b"<") and b"<table" in start[:2048]):
        raise _unknown(path, "a web page (HTML) under a spreadsheet's name; open it and save it as xlsx")
    if start.startswith(b"<?xml") and b"excel" in start:
        raise _unknown(path, "an XML spreadsheet of 2003; open it and save it as xlsx")
    if _JSON_ARRAY.match(start):
        raise _unknown(
            path, "one JSON array; write an object a line, in pandas by df.to_json(path, orient='records', lines=True)"
        )
    if _JSON_LINE.match(start):
        return "jsonl"
    return "text"


def _zipped(file: IO[bytes], path: Path) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, KeyError) as error:
        raise FileError(
            f"{path.name!r} is damaged: it starts like a workbook but cannot be unpacked. Ask for a new copy.",
            code="corrupt_file", path=str(path),
        ) from error  # fmt: skip
    if b"opendocument.spreadsheet" in kind or (not kind and "content.xml" in names):
        return "ods"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.lower() == "xl/workbook.xml" for name in names) or "[Content_Types].xml" in names:
        if any(name.startswith(("word/", "ppt/")) for name in names):
            raise _unknown(path, "a text document or a presentation")
        return "xlsx"
    raise _unknown(path, "a zip archive; unpack it first")


def _compound(file: IO[bytes], path: Path) -> str:
    """An OLE file: an old workbook, or an encrypted new one."""
    file.seek(0)
    content = file.read(4 * 1024**2)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise FileError(
            f"{path.name!r} is protected by a password. Save a copy without one.",
            code="encrypted_file", path=str(path),
        )  # fmt: skip
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return "xls"
    return "xls" if path.stat().st_size > len(content) else _raise(_unknown(path, "an old Office document"))


def _raise(error: FileError) -> str:
    raise error


def _unknown(path: Path, what: str) -> FileError:
    return FileError(
        f"{path.name!r} is {what}. Files of contacts are xlsx, xls, xlsb, ods, csv, tsv, JSON lines or Parquet.",
        code="unknown_format", path=str(path),
    )  # fmt: skip
