"""The rows of an entry's renditions, written once and never changed."""

from __future__ import annotations

from mycenas.core.http.errors import MOVED_ON, LostRace
from mycenas.imaging.rendering import RenderedImage
from submissions.models import Rendition, Submission
from submissions.states import SubmissionState


def names_of(submission: Submission, picture: RenderedImage) -> dict[int, str]:
    """Storage names by width class; each contains the public id and the attempt."""
    start = f"{submission.public_id[:2]}/{submission.public_id}-{submission.attempt}"
    return {
        rendition.width_class: f"{start}-{rendition.width_class}.webp"
        for rendition in picture.renditions
    }


def write_renditions(
    submission: Submission, picture: RenderedImage, names: dict[int, str]
) -> None:
    """Insert the rows if this attempt holds the lease; raises LostRace otherwise.

    Call it in a transaction before the entry moves: PostgreSQL accepts renditions only
    while the entry is in *processing*.
    """
    _hold(submission)
    Rendition.objects.bulk_create(
        Rendition(
            submission=submission,
            width_class=rendition.width_class,
            name=names[rendition.width_class],
            width=rendition.width,
            height=rendition.height,
            size=rendition.size,
            sha256=rendition.sha256,
        )
        for rendition in picture.renditions
    )


def _hold(submission: Submission) -> None:
    """Lock the row until the transaction ends, if this attempt holds the lease."""
    rows = Submission.objects.select_for_update().filter(
        pk=submission.pk,
        state=SubmissionState.PROCESSING,
        attempt=submission.attempt,
    )
    if not rows.values_list("pk", flat=True):
        raise LostRace(MOVED_ON)
