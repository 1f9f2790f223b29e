"""Folders for Unix sockets, whose paths may not be long."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from mycenas.embedded.errors import CannotStart

# 104 bytes with the final zero on macOS, 108 on Linux; the smaller one for both.
LONGEST_PATH = 103
# The system's temporary folder itself can be a long path, so this one is named.
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - created closed, and refused if foreign


def socket_folder(wanted: Path, name: str, owner: int) -> Path:
    """`wanted` if a socket called `name` fits there, else a short private folder.

    `owner` is the account that makes the socket. The short folder's name is derived
    from `wanted`, so that a later start finds a server that is still running.
    """
    if len(os.fsencode(wanted / name)) <= LONGEST_PATH:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted.resolve())).hexdigest()[:12]
    folder = SHORT_FOLDER / f"mycenas-{digest}"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        os.chown(folder, owner, -1)
    _refuse_foreign(folder, owner)
    return folder


def release(folder: Path, wanted: Path) -> None:
    """Remove the short folder, if there was one, after its server has stopped."""
    if folder != wanted:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _refuse_foreign(folder: Path, owner: int) -> None:
    status = folder.lstat()
    is_ours = status.st_uid == owner and stat.S_IMODE(status.st_mode) == 0o700
    if not (stat.S_ISDIR(status.st_mode) and is_ours):
        message = f"{folder} is not ours. Remove it or choose a shorter DATA_DIR."
        raise CannotStart(message)
