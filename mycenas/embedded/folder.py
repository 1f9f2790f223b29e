"""The data folder: locked by one run at a time, with the secrets that it keeps."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from pathlib import Path

from mycenas.embedded.guard import is_running
from mycenas.embedded.server import Say
from mycenas.embedded.terminal import CannotStart

LOCK = "lock"
STEP = 0.2
# The guard of a killed run stops programs, then servers, each with its own patience.
CLEARING_SECONDS = 60
# No letters and digits that are read for one another.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def prepare(folder: Path) -> Path:
    """Make the folder, closed to others, and return its full path."""
    full = folder.expanduser().absolute()
    try:
        full.mkdir(parents=True, exist_ok=True)
        # Root's servers run under another account that has to get through.
        full.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise CannotStart(
            f"The data folder {full} cannot be used: {error.strerror}."
            " Choose another one: DATA_DIR=/some/folder"
        ) from error
    return full


def claim(folder: Path, say: Say) -> int:
    """Lock the folder; the lock lives as long as the returned descriptor is open."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + CLEARING_SECONDS
    said = False
    while not _locks(descriptor):
        _refuse_live_owner(folder, overdue=time.monotonic() > deadline)
        if not said:
            say("run", "waiting until what an earlier run left behind has stopped")
            said = True
        time.sleep(STEP)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def is_claimed(folder: Path) -> bool:
    """Whether a run holds the folder right now."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _locks(descriptor)
    finally:
        os.close(descriptor)


def _locks(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refuse_live_owner(folder: Path, *, overdue: bool) -> None:
    owner = (folder / LOCK).read_text().strip()
    if overdue or (owner.isdigit() and is_running(int(owner))):
        raise CannotStart(
            f"{folder} is in use by another run (process {owner or 'unknown'})."
            " Stop that one, or choose another folder and port:"
            " make run DATA_DIR=/some/folder PORT=8001"
        )


def secret_key(folder: Path) -> str:
    """The signing key, made once."""
    return _kept(folder / "secret_key", secrets.token_urlsafe(50))


def demo_password(folder: Path, given: str | None) -> str:
    """The password of the demo logins: the given one, else one that is made once."""
    path = folder / "demo_password"
    if given:
        path.unlink(missing_ok=True)
    parts = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    return _kept(path, given or "-".join(parts))


def _kept(path: Path, fresh: str) -> str:
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
        unfinished.rename(path)
    return path.read_text().strip()
