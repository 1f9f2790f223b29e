"""Secrets that are made on the first start and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

# No letters and digits that are read for one another.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def secret_key(folder: Path) -> str:
    """The signing key, made once."""
    return _kept(folder / "secret_key", secrets.token_urlsafe(50))


def demo_password(folder: Path, given: str | None) -> str:
    """The password of the demo logins: the given one, else one that is made once."""
    path = folder / "demo_password"
    if given:
        path.unlink(missing_ok=True)
    return _kept(path, given or _readable())


def _readable() -> str:
    letters = [secrets.choice(LETTERS) for _ in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def _kept(path: Path, fresh: str) -> str:
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
        unfinished.rename(path)
    return path.read_text().strip()
