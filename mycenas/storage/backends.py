"""The interface of storage backends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mycenas.storage.staging import StagedFile


class NotLocal(Exception):
    """The file is not on this machine; fetch it first."""


@dataclass(frozen=True)
class StoredFile:
    """One line of a listing; ``size`` is in bytes, ``changed_at`` is Unix time."""

    key: str
    size: int
    changed_at: float


class StorageBackend(Protocol):
    """Permanent files by key. Every failure is raised as StorageFailed.

    Synchronous and safe to use from several threads and processes at once.
    """

    def keep(self, staged: StagedFile, key: str) -> None:
        """Store a staged file under a new key; durable when it returns.

        The same bytes, stored by an earlier attempt, are verified and reused; other
        bytes stay and raise NameTaken. The staged file is consumed.
        """

    def save(self, staged: StagedFile, key: str) -> None:
        """Store a file that can be made again; an older one is replaced."""

    def read(self, key: str) -> Iterator[bytes]:
        """The bytes in blocks; FileNotFoundError at the first if there is no file."""

    def path(self, key: str) -> Path:
        """The file's path on this machine, for reading; raises NotLocal otherwise."""

    def remove(self, key: str) -> None:
        """Remove a file; a missing file is no error."""

    def list_files(self, prefix: str) -> Iterator[StoredFile]:
        """All files below a prefix, in the order of their keys."""

    def url(self, key: str, *, file_name: str) -> str:
        """A URL valid for one minute; '' if the backend has none."""

    def problem(self) -> str:
        """Why files can be neither stored nor read now, as a sentence; else ''."""
