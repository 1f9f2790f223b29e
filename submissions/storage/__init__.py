"""The only voice to file storage: staging, originals, renditions, creatives.

Everything lies below one root on one file system. A *name* is relative to its folder
and uses forward slashes; only this package turns names into paths.

What is acknowledged must outlive a power cut, so bytes take one way: a fresh file in
``staging/``, fsync, a link or rename into place, fsync of the folder.
"""

from __future__ import annotations

import functools
from pathlib import Path

from django.conf import settings

from submissions.storage.files import BadName, NameTaken, StorageFailed
from submissions.storage.parts import PartTaken, PartWriter
from submissions.storage.staging import StagedFile, StagingWriter
from submissions.storage.store import Store

__all__ = [
    "BadName",
    "NameTaken",
    "PartTaken",
    "PartWriter",
    "StagedFile",
    "StagingWriter",
    "StorageFailed",
    "Store",
    "store",
]

_store_at = functools.cache(Store)


def store() -> Store:
    """The site's store, below ``settings.DATA_DIR``."""
    return _store_at(Path(settings.DATA_DIR))
