"""Folders in staging for temporary files of libraries."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mycenas.storage.files import storage_errors

PREFIX = "scratch-"


@contextlib.contextmanager
def scratch(staging: Path) -> Iterator[Path]:
    """A new folder, removed at the end; what a dead process leaves, the sweep finds."""
    with (
        storage_errors("use a scratch folder"),
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=staging) as folder,
    ):
        yield Path(folder)


def is_scratch(path: Path) -> bool:
    return path.name.startswith(PREFIX)


def remove(path: Path) -> None:
    """Remove a file of staging or a scratch folder; a missing one is no error."""
    if is_scratch(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
