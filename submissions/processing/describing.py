"""Read the metadata of files that were checked before their metadata were kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.db.models import QuerySet

from mycenas.core.queue.slices import run_slice
from mycenas.imaging.describing import describe
from mycenas.imaging.rendering import DecoderDied, UnreadableImage
from mycenas.storage import StorageFailed, Store, store
from submissions.models import FileMetadata, Submission

logger = logging.getLogger(__name__)

TASK = "submissions.describe"
ROWS_AT_ONCE = 200


def describe_slice(after: int = 0) -> bool:
    """Describe the entries behind a key for one slice; True once all were tried.

    A file that cannot be read is tried again in the next night.
    """
    try:
        return run_slice(TASK, _describe_all(store(), after))
    except StorageFailed:
        logger.exception("Metadata were not read: the storage failed.")
        return False


def undescribed(after: int = 0) -> QuerySet[Submission]:
    """Entries whose file was checked and whose metadata are not known."""
    return Submission.objects.filter(
        pk__gt=after, processed_at__isnull=False, file_metadata=None
    ).order_by("pk")


def _describe_all(files: Store, after: int) -> Iterator[int]:
    # The next rows by key: no cursor stays open while files are read.
    while rows := list(
        undescribed(after).only("original", "sha256", "size")[:ROWS_AT_ONCE]
    ):
        for row in rows:
            _describe(files, row)
            after = row.pk
            yield after


def _describe(files: Store, row: Submission) -> None:
    name, sha256, size = row.original or "", row.sha256 or "", row.size or 0
    with files.local_copy(name, sha256=sha256, size=size) as original:
        # The audit reports files that are missing or damaged.
        if original is None:
            return
        try:
            found = describe(original)
        except (DecoderDied, UnreadableImage) as error:
            logger.warning("The metadata of entry %s were not read: %s", row.pk, error)
            return
    # Another worker may have been faster.
    FileMetadata.objects.bulk_create(
        [FileMetadata(submission=row, facts=found)], ignore_conflicts=True
    )
