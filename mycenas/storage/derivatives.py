"""Pictures that are made of others: public, and made again if they are lost."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mycenas.storage.disk import DiskBackend
from mycenas.storage.files import (
    FileFacts,
    Files,
    NotLocal,
    StorageFailed,
    StoredFile,
    storage_errors,
)
from mycenas.storage.names import derivative_key
from mycenas.storage.staging import StagingWriter

if TYPE_CHECKING:
    from mycenas.storage.bucket import BucketBackend

RENDITIONS, CREATIVES, COVERS = "renditions", "creatives", "covers"
DERIVED = 0o644
# Files read from a bucket for a page stay in memory up to this size.
SPOOL_BYTES = 2 * 1024 * 1024


class Derivatives:
    """The part of `Store` with files that a later attempt may replace."""

    _files: Files
    _backend: DiskBackend | BucketBackend

    def stage(self) -> StagingWriter:
        """A writer for a new file under a random name."""
        raise NotImplementedError

    def save_rendition(self, path: Path, name: str) -> None:
        """Copy a file from any file system to a rendition's name; durable."""
        self._save(path, derivative_key(RENDITIONS, name))

    def open_rendition(self, name: str) -> IO[bytes]:
        """A rendition, opened for reading; FileNotFoundError if it is missing."""
        return self._open(derivative_key(RENDITIONS, name))

    def facts_of_rendition(self, name: str) -> FileFacts | None:
        """Size and SHA-256 of a rendition, read again; None if it is missing."""
        return self._facts_at(derivative_key(RENDITIONS, name))

    def remove_rendition(self, name: str) -> None:
        """Remove a rendition; a missing one is no error."""
        self._backend.remove(derivative_key(RENDITIONS, name))

    def save_creative(self, path: Path, name: str) -> None:
        """Copy a creative's file to its name; durable."""
        self._save(path, derivative_key(CREATIVES, name))

    def open_creative(self, name: str) -> IO[bytes]:
        """A creative, opened for reading; FileNotFoundError if it is missing."""
        return self._open(derivative_key(CREATIVES, name))

    def remove_creative(self, name: str) -> None:
        """Remove a creative; a missing one is no error."""
        self._backend.remove(derivative_key(CREATIVES, name))

    def creatives(self) -> Iterator[StoredFile]:
        """All creatives, for audits; ``key`` holds the file's name."""
        return self._listed(CREATIVES)

    def save_cover(self, path: Path, name: str) -> None:
        """Copy a file of a competition's cover to its name; durable."""
        self._save(path, derivative_key(COVERS, name))

    def open_cover(self, name: str) -> IO[bytes]:
        """A file of a cover, opened for reading; FileNotFoundError if it is missing."""
        return self._open(derivative_key(COVERS, name))

    def remove_cover(self, name: str) -> None:
        """Remove a file of a cover; a missing one is no error."""
        self._backend.remove(derivative_key(COVERS, name))

    def covers(self) -> Iterator[StoredFile]:
        """All files of covers, for audits; ``key`` holds the file's name."""
        return self._listed(COVERS)

    def _listed(self, prefix: str) -> Iterator[StoredFile]:
        for stored in self._backend.list_files(prefix):
            name = stored.key.removeprefix(f"{prefix}/")
            yield StoredFile(name, stored.size, stored.changed_at)

    def _facts_at(self, key: str) -> FileFacts | None:
        try:
            return FileFacts.of(self._backend.read(key))
        except FileNotFoundError:
            return None

    def _save(self, path: Path, key: str) -> None:
        writer = self.stage()
        try:
            with storage_errors("save a derivative"):
                for block in self._files.blocks(path):
                    writer.write(block)
            self._backend.save(writer.seal(DERIVED), key)
        finally:
            writer.discard()

    def _open(self, key: str) -> IO[bytes]:
        try:
            path = self._backend.path(key)
        except NotLocal:
            return self._spooled(key)
        with storage_errors(f"open {key}", missing=True):
            return os.fdopen(self._files.open(path), "rb")

    def _spooled(self, key: str) -> IO[bytes]:
        spool = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115  handed on
        try:
            for block in self._backend.read(key):
                spool.write(block)
        except (FileNotFoundError, StorageFailed):
            spool.close()
            raise
        spool.seek(0)
        return spool
