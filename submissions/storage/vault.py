"""What a place for lasting files must be able to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from submissions.storage.staging import StagedFile


class Elsewhere(Exception):
    """The file is not on this machine; it has to be fetched."""


@dataclass(frozen=True)
class Stored:
    """A file as a listing tells it: its ``place``, ``size`` in bytes, Unix time."""

    place: str
    size: int
    changed_at: float


class Vault(Protocol):
    """Lasting files, by their places. Every failure is raised as StorageFailed.

    Synchronous and safe to use from several threads and processes at once.
    """

    def keep(self, staged: StagedFile, place: str) -> None:
        """Give a staged file a new place for good; durable when it returns.

        The same bytes, put there by an earlier attempt, are checked and taken over;
        other bytes raise NameTaken and stay. The staged file is used up.
        """

    def save(self, staged: StagedFile, place: str) -> None:
        """The same for what can be made again: an older file there is replaced."""

    def read(self, place: str) -> Iterator[bytes]:
        """The bytes, in blocks; FileNotFoundError, at the first, if there are none."""

    def path(self, place: str) -> Path:
        """Where the file lies on this machine, for reading; else Elsewhere."""

    def remove(self, place: str) -> None:
        """Remove a file; one that is not there is no error."""

    def listed(self, shelf: str) -> Iterator[Stored]:
        """Everything on a shelf, in the order of places."""

    def address(self, place: str, *, file_name: str) -> str:
        """Where a browser may fetch the file for a minute; '' if nowhere."""

    def problem(self) -> str:
        """Why nothing can be kept or read now, as a sentence; '' if all is well."""
