"""Where a hub may lie, and with which rights its files are made."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from contacthub.engine.sqlite.failures import not_a_hub
from contacthub.errors import NotFound, StoreError

SIDE_FILES = ("-wal", "-shm", "-journal")

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "afpfs", "webdav", "davfs", "fuse.sshfs",
     "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.gvfsd-fuse", "fuse", "ceph", "fuse.ceph",
     "lustre", "gpfs", "vboxsf", "virtiofs", "prl_fs", "drvfs"}
)  # fmt: skip
"""Where two machines, or two processes, do not share memory through a file, which SQLite's WAL needs."""


def existing(path: Path) -> Path:
    """The real path of a hub that must be there."""
    try:
        real = path.resolve(strict=True)
        kind = real.stat().st_mode
    except FileNotFoundError:
        raise NotFound(
            f"There is no hub at {path}. Create one with `contacthub --hub {path} init`, "
            "or in Python open(…, create=True)."
        ) from None
    except (OSError, RuntimeError) as error:
        raise StoreError(f"{path} cannot be opened: {_reason(error)}.", code="cannot_open") from error
    if not stat.S_ISREG(kind):
        raise not_a_hub(path)
    return real


def check_names(path: Path) -> None:
    """Refuse a file that has a second name: each would have a log of its own. A hub that is just being made has one
    for a moment."""
    from contacthub.engine.sqlite.appearing import sweep

    deadline = time.monotonic() + 1
    while path.stat().st_nlink > 1:
        sweep(path)
        if time.monotonic() > deadline:
            raise StoreError(
                f"{path} has a second name (a hard link), and programs that open it by one and by the other would "
                "damage it. Delete one of the names, or make a copy instead, with `contacthub backup`.",
                code="cannot_open",
            )
        time.sleep(0.01)


def check_side_files(path: Path) -> None:
    """Refuse what is in the place of SQLite's own files and is none of them."""
    for suffix in SIDE_FILES:
        try:
            kind = os.lstat(f"{path}{suffix}").st_mode
        except OSError:
            continue
        if not stat.S_ISREG(kind):
            what = "a link" if stat.S_ISLNK(kind) else "a folder" if stat.S_ISDIR(kind) else "no file"
            raise StoreError(
                f"{path}{suffix} is {what}, where SQLite keeps a file of the hub. Somebody has put it there: look at "
                "it, and move it away.",
                code="cannot_open",
            )


def for_new(path: Path) -> Path:
    """The real path at which a new hub may be made."""
    real = _in_folder(path)
    check_nothing_left(real)
    check_file_system(real.parent)
    return real


def check_nothing_left(path: Path) -> None:
    """Refuse to make a file beside the log of another, which SQLite would take for the log of the new one."""
    for suffix in SIDE_FILES:
        if os.path.lexists(f"{path}{suffix}"):
            raise StoreError(
                f"{path}{suffix} is left from a hub that is no longer there, and holds the newest of it. Bring that "
                "hub back and open it once, or move all of its files away together; or choose another name.",
                code="cannot_open",
            )


def private_file(path: Path, group: str | None = None) -> Path:
    """Make an empty file, readable by its owner only, or by a Unix group too; its real path. Nothing that is already
    there is followed or touched: FileExistsError."""
    real = _in_folder(path)
    try:
        file = os.open(real, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        raise
    except OSError as error:
        code = "read_only" if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM) else "cannot_open"
        raise StoreError(f"{path} cannot be created: {_reason(error)}.", code=code) from error
    os.close(file)
    if group is not None:
        try:
            make_private(real, group)
        except StoreError:
            os.unlink(real)
            raise
    return real


def make_private(path: Path, group: str | None) -> None:
    """Let only its owner read and write a file, or a Unix group too."""
    try:
        if group is None:
            os.chmod(path, 0o600)
        else:
            os.chown(path, -1, _group_id(group))
            os.chmod(path, 0o660)
    except OSError as error:
        if group is None:
            raise StoreError(f"{path} cannot be made private: {_reason(error)}.", code="cannot_open") from error
        raise StoreError(f"{path} cannot be given to the group {group}: {_reason(error)}.", code="group") from error


def _in_folder(path: Path) -> Path:
    """The real path of a file that is to be made."""
    if path.is_symlink():
        raise StoreError(
            f"{path} is a link to a file that does not exist. Give the path of the file itself.", code="cannot_open"
        )
    try:
        return path.parent.resolve(strict=True) / path.name
    except (OSError, RuntimeError) as error:
        raise NotFound(f"There is no folder {path.parent}. Create it first.") from error


def is_own_folder(folder: Path) -> bool:
    """Whether derived files may be kept in a folder: it is none yet, or a real one that only its owner may write, who
    is this user or the owner of the folder around it."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    if not stat.S_ISDIR(found.st_mode):
        return False
    if not hasattr(os, "geteuid"):
        return True
    return not found.st_mode & 0o022 and found.st_uid in (os.geteuid(), folder.parent.stat().st_uid)


def remove_folder(folder: Path) -> None:
    """Delete a folder of derived files. Raises `StoreError` where something of it is left, or where it is a link,
    behind which something may be."""
    try:
        while os.path.lexists(folder):
            with suppress(FileNotFoundError):  # another process was faster with one of the files
                shutil.rmtree(folder)
    except OSError as error:
        what = "it is a link" if folder.is_symlink() else _reason(error)
        raise StoreError(
            f"{folder} cannot be deleted ({what}); what was deleted from the hub may still be read in it. Delete it, "
            "then try again.",
            code="cannot_write",
        ) from error


def check_file_system(folder: Path) -> None:
    """Refuse places where SQLite's WAL cannot work."""
    kind = file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise no_wal(folder, kind)


def no_wal(folder: Path, kind: str) -> StoreError:
    return StoreError(
        f"{folder} is on a file system ({kind}) on which a hub is not safe, since programs cannot lock it together. "
        "Keep the hub on a disk of this machine.",
        code="no_wal",
    )


def file_system(folder: Path) -> str:
    """The kind of file system of a folder, or "" where the machine does not tell."""
    if sys.platform == "darwin":
        return _file_system_of_mac(folder)
    if not sys.platform.startswith("linux"):
        return ""
    try:
        device = os.stat(folder).st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            mounts = [line.split() for line in lines]
    except OSError:
        return ""
    kinds = [mount[mount.index("-") + 1] for mount in mounts if "-" in mount and mount[2] == wanted]
    return kinds[-1] if kinds else ""


def _file_system_of_mac(folder: Path) -> str:
    """As `mount` tells it, of the innermost mount that the folder is in."""
    import subprocess

    try:
        told = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return kind_of_mount(told, folder.resolve())


def kind_of_mount(told: str, folder: Path) -> str:
    """The kind in lines such as `//me@server/share on /Volumes/share (smbfs, nodev, mounted by me)`."""
    kinds: dict[Path, str] = {}
    for line in told.splitlines():
        found = re.fullmatch(r".+? on (/.*) \(([^,)]+).*\)", line)
        if found:
            kinds[Path(found[1])] = found[2].strip()
    return next((kinds[place] for place in (folder, *folder.parents) if place in kinds), "")


def _group_id(group: str) -> int:
    import grp

    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise StoreError(f"There is no group {group} on this machine.", code="group") from None


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error)
