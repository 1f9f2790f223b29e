"""The only voice to file storage: staging, originals, renditions, creatives.

A *name* is relative to its shelf and uses forward slashes; only this package turns
names into paths and keys.

What is acknowledged must outlive a power cut, so bytes take one way: a fresh file in
``staging/``, fsync, then into the vault. On a disk that is a link or rename into place
and fsync of the folder; in a bucket a PUT that overwrites nothing, read back.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from django.conf import settings

from submissions.storage.files import BadName, NameTaken, StorageFailed
from submissions.storage.names import key_of
from submissions.storage.parts import PartTaken, PartWriter
from submissions.storage.staging import StagedFile, StagingWriter
from submissions.storage.store import Store
from submissions.storage.vault import Elsewhere, Stored

__all__ = [
    "BadName",
    "Elsewhere",
    "NameTaken",
    "PartTaken",
    "PartWriter",
    "StagedFile",
    "StagingWriter",
    "StorageFailed",
    "Store",
    "Stored",
    "key_of",
    "problems",
    "store",
]


def store() -> Store:
    """The site's store: below ``DATA_DIR``, what lasts perhaps in ``S3_BUCKET``."""
    bucket = (settings.S3_BUCKET, settings.S3_ENDPOINT_URL)
    return _make(os.fspath(settings.DATA_DIR), *bucket)


def problems() -> list[str]:
    """Why the site's store cannot take anything in, in sentences."""
    return store().problems()


@functools.cache
def _make(data_dir: str, bucket: str, endpoint: str) -> Store:
    root = Path(data_dir)
    if not bucket:
        return Store(root)
    # Loading the client takes as long as loading the rest of the site.
    from submissions.storage.bucket import site_vault  # noqa: PLC0415

    return Store(root, vault=site_vault())
