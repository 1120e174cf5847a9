"""Who is writing: noted beside the hub while a transaction is open, so that whoever waits in vain can be told.

This is a courtesy to people. What keeps writers apart is SQLite's own lock, which ends with its process.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

LENGTH = 512


class Holder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._who = {
            "pid": os.getpid(),
            "program": Path(sys.argv[0]).name if sys.argv and sys.argv[0] not in ("", "-c", "-m") else "python",
            "host": socket.gethostname(),
        }

    def note(self) -> None:
        """This process has begun to write."""
        self._write(json.dumps(self._who | {"since": datetime.now(UTC).isoformat(timespec="seconds")}))

    def clear(self) -> None:
        """It has done."""
        self._write("")

    def who(self) -> str:
        """Who is writing, in words."""
        try:
            noted = json.loads(self._path.read_text(encoding="utf-8").strip("\0 \n"))
            who = f"{noted['program']} (process {noted['pid']} on {noted['host']}, since {noted['since']})"
        except (OSError, ValueError, TypeError, KeyError):
            return "a program that did not say who it is"
        if noted["host"] == self._who["host"] and not alive(noted["pid"]):
            return f"a program that did not say who it is; the last that did, {who}, is no longer running"
        return who

    def _write(self, text: str) -> None:
        try:
            if self._file is None:
                hub = self._path.with_name(self._path.name.removesuffix("-writer"))
                mode = hub.stat().st_mode & 0o660
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
                self._file = os.open(self._path, flags, mode)
                os.fchmod(self._file, mode)
            os.pwrite(self._file, text.encode()[:LENGTH].ljust(LENGTH, b"\0"), 0)
        except OSError:  # a full disk, or the file of another member of the group: the hub works without the note
            return

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def remove(self) -> None:
        """Leave no file behind."""
        self.close()
        self._path.unlink(missing_ok=True)


def alive(pid: int) -> bool:
    """Whether a process of this machine is running."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
