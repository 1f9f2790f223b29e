"""A generated image that is sent through both phases at intervals.

Running processes prove nothing: a worker can be up without finishing anything. A
finished canary proves that beat, broker, worker, storage, decoder and database work
together. It takes the way of an entry as far as one can without being one.
"""

from __future__ import annotations

import logging
import struct
import tempfile
import zlib
from datetime import timedelta
from pathlib import Path

from django.db.models import F

from mycenas.core.db import database
from mycenas.core.db.database import DatabaseNow
from mycenas.core.queue.publisher import enqueue
from mycenas.imaging.rendering import DecoderDied, UnreadableImage, render
from mycenas.storage import Store, store
from submissions.models import Canary, Submission

logger = logging.getLogger(__name__)

# By then its file or its message is lost for good, and another one begins.
GIVEN_UP = timedelta(minutes=10)
SIDE = 48


def begin() -> None:
    """Phase one: store the bytes, write the row, enqueue the task.

    While a canary is in progress, no other starts; its task is enqueued again.
    """
    canary, _ = Canary.objects.get_or_create(pk=Canary.ONLY)
    is_lost = canary.began_at is None or canary.began_at < database.now() - GIVEN_UP
    if is_lost or not canary.is_on_its_way:
        _release(canary)
    enqueue("submissions.process_canary")


def _release(canary: Canary) -> None:
    """Start the next canary; of two concurrent calls one does."""
    files = store()
    number = canary.attempt + 1
    writer = files.stage()
    writer.write(picture(number))
    staged = writer.seal()
    name = files.keep(staged, suffix=f"canary-{number}")
    rows = Canary.objects.filter(pk=canary.pk, attempt=canary.attempt).update(
        attempt=number,
        began_at=DatabaseNow(),
        original=name,
        sha256=staged.sha256,
        size=staged.size,
    )
    if rows and canary.is_on_its_way:
        _remove_file(canary, files)


def _remove_file(canary: Canary, files: Store) -> None:
    """Remove the file of a canary, whatever its row says: never one of an entry."""
    name = canary.original
    if canary.has_own_name and not Submission.objects.filter(original=name).exists():
        files.remove_original(name)
    else:
        logger.error("The canary names the file %s of another; it stays.", name)


def process() -> None:
    """Phase two: verify the bytes, render in the child, store, commit, clean up.

    Errors are logged; the canary stays in progress, and the health page shows its age.
    """
    canary = Canary.objects.filter(finished__lt=F("attempt")).first()
    if canary is None:
        return
    try:
        _render_and_commit(canary, store())
    except (UnreadableImage, DecoderDied) as error:
        logger.error("The canary did not get through: %s", error)


def _render_and_commit(canary: Canary, files: Store) -> None:
    with (
        files.local_copy(
            canary.original, sha256=canary.sha256, size=canary.size
        ) as original,
        tempfile.TemporaryDirectory(prefix="mycenas-") as folder,
    ):
        if original is None:
            logger.error("The canary's file is gone or was changed.")
            return
        names = []
        for rendition in render(original, Path(folder)).renditions:
            names.append(f"canary/{canary.attempt}-{rendition.width_class}.webp")
            files.save_rendition(rendition.path, names[-1])
    if _commit(canary):
        _remove_file(canary, files)
        for name in names:
            files.remove_rendition(name)


def _commit(canary: Canary) -> bool:
    """Record that it finished, unless another canary began or a call was first."""
    rows = Canary.objects.filter(attempt=canary.attempt, finished__lt=canary.attempt)
    return rows.update(finished=canary.attempt, finished_at=DatabaseNow()) == 1


def seconds_since_last() -> int | None:
    """Seconds since a canary finished; None if none ever has."""
    canary = Canary.objects.exclude(finished_at=None).first()
    if canary is None or canary.finished_at is None:
        return None
    return int((database.now() - canary.finished_at).total_seconds())


def picture(number: int) -> bytes:
    """A small PNG, different for each number, made without an image library."""
    line = b"\0" + bytes((number + step) % 256 for step in range(3 * SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(line * SIDE)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check
