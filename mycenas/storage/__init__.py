"""Stored files: staging, originals, renditions, creatives and covers.

A *name* is relative to its prefix and uses forward slashes; only this package turns
names into paths and keys.

Acknowledged bytes must survive a power failure, so every file takes one way: a new file
in ``staging/``, fsync, then the backend. On a disk that is a link or rename to the
permanent name and fsync of the folder; in a bucket a PUT that overwrites nothing, read
back.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from django.conf import settings

from mycenas.storage.files import BadName, StorageFailed, StoredFile
from mycenas.storage.names import suffix_of
from mycenas.storage.staging import (
    PartialFile,
    PartialFileLocked,
    StagedFile,
    StagingWriter,
)
from mycenas.storage.store import Store

__all__ = [
    "BadName",
    "PartialFile",
    "PartialFileLocked",
    "StagedFile",
    "StagingWriter",
    "StorageFailed",
    "Store",
    "StoredFile",
    "store",
    "suffix_of",
]


def store() -> Store:
    """The site's store: ``DATA_DIR``, with permanent files in ``S3_BUCKET`` if set."""
    bucket = (settings.S3_BUCKET, settings.S3_ENDPOINT_URL)
    return _make(os.fspath(settings.DATA_DIR), *bucket)


@functools.cache
def _make(data_dir: str, bucket: str, endpoint: str) -> Store:
    root = Path(data_dir)
    if not bucket:
        return Store(root)
    # Importing the S3 client takes as long as importing the rest of the site.
    from mycenas.storage.bucket import BucketBackend  # noqa: PLC0415

    return Store(root, backend=BucketBackend())
