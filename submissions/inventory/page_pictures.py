"""Pictures of pages, which staff upload: files that no row names, and lost ones.

Apps register theirs. No size or digest of them is stored: they are drawn anew from an
upload, and a lost one is uploaded again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import NamedTuple

from competitions.covers.workflow import file_name
from competitions.models import Competition
from mycenas.imaging.rendering import WIDTHS
from mycenas.storage import Store, StoredFile


class PagePictures(NamedTuple):
    """Files of one kind: those in the storage, and those that rows name now.

    ``of_none`` is said of a file that no row names.
    """

    name: str
    stored: Callable[[Store], Iterator[StoredFile]]
    named: Callable[[], set[str]]
    remove: Callable[[Store, str], None]
    of_none: str


class PictureFindings(NamedTuple):
    """Files that no row names, and names without a file."""

    unnamed: list[str]
    missing: list[str]


def find(
    pictures: PagePictures, files: Store, older_than: timedelta
) -> PictureFindings:
    """Compare files and rows; a file that comes or goes meanwhile is not reported."""
    limit = time.time() - older_than.total_seconds()
    named = pictures.named()
    stored = {one.key: one.changed_at for one in pictures.stored(files)}
    old = (key for key, changed_at in stored.items() if changed_at < limit)
    return PictureFindings(
        unnamed=[key for key in old if key not in named],
        missing=sorted((named & pictures.named()) - stored.keys()),
    )


def _files_of_covers() -> set[str]:
    names = Competition.objects.exclude(cover="").values_list("cover", flat=True)
    return {file_name(name, width) for name in names for width in WIDTHS}


COVERS = PagePictures(
    "covers",
    Store.covers,
    _files_of_covers,
    Store.remove_cover,
    "is of no competition's cover",
)
kinds = [COVERS]
