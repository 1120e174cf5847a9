"""New files that appear whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contacthub.engine.sqlite import place
from contacthub.engine.sqlite.failures import cannot_write
from contacthub.engine.sqlite.holder import alive
from contacthub.errors import Refused, StoreError


@contextmanager
def appearing(target: Path, group: str | None = None) -> Iterator[Path]:
    """A new, private file to fill, which gets its name when the block ends, and is gone if it fails.

    What a process that was killed has left of one is swept away by the next. Errors name the file that was wanted.
    """
    target = Path(target)
    if target.exists() or target.is_symlink():
        raise _exists(target)
    place.check_nothing_left(target)
    sweep(target)
    part = target.with_name(f"{target.name}.part-{socket.gethostname()}-{os.getpid()}")
    try:
        part = place.private_file(part, group)
    except StoreError as error:
        raise _named(error, part, target) from error
    try:
        yield part
        place.check_nothing_left(target)
        _rename(part, target)
        sync(target.parent)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        raise cannot_write(target, error) from error
    except StoreError as error:
        raise _named(error, part, target) from error
    finally:
        for suffix in ("", *place.SIDE_FILES):
            Path(f"{part}{suffix}").unlink(missing_ok=True)


def _named(error: StoreError, part: Path, target: Path) -> StoreError:
    """An error with the name of the file that was wanted."""
    return StoreError(error.message.replace(str(part), str(target)), code=error.code)


def _exists(target: Path) -> Refused:
    return Refused(f"{target} exists already. Choose another name, or move it away.")


def sweep(target: Path) -> None:
    """Delete what processes of this machine that are no more have left of files to come at `target`."""
    ours = re.compile(rf"{re.escape(f'{target.name}.part-{socket.gethostname()}-')}(\d+)([-.].*)?")
    with suppress(OSError):  # a folder that cannot be listed, or a file of somebody else: no reason not to go on
        for path in target.parent.iterdir():
            found = ours.fullmatch(path.name)
            if found and not alive(int(found[1])):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)


def _rename(part: Path, target: Path) -> None:
    """Give a file its name, unless another has come there meanwhile."""
    try:
        os.link(part, target)  # unlike a rename, this never replaces a file
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if target.exists():
            raise FileExistsError from None
        part.rename(target)


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
