"""A refused file ends its upload, never its arrival: another file may follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mycenas.core.db.clock import DatabaseNow
from mycenas.core.http.errors import LostRace, Refused
from mycenas.storage import StagedFile
from submissions.models import Submission
from submissions.states import SubmissionState as S

# What is said of a file itself. Whatever else is refused (a lost line, a full house, a
# checksum of one piece) leaves it free to come again.
OF_FILES = (
    "empty_file",
    "upload_too_large",
    "size_mismatch",
    "sha256_mismatch",
    "invalid_entry",
)
LONGEST = 1000


@contextmanager
def noting(
    ticket: Submission | None, staged: StagedFile | None = None
) -> Iterator[None]:
    """Keep with ``ticket`` why its file is refused inside; the refusal goes on.

    ``staged`` is what came, if all of it did.
    """
    try:
        yield
    except Refused as refused:
        if ticket and refused.code in OF_FILES:
            refuse_file(ticket, str(refused.sentence), staged)
        raise


def refuse_file(ticket: Submission, why: str, staged: StagedFile | None = None) -> None:
    """Note why; the arrival stays, unless it has announced this very file."""
    if ticket.state != S.RESERVED:
        return
    noted: dict[str, Any] = {"refused_at": DatabaseNow(), "refusal": why[:LONGEST]}
    if staged is not None and staged.sha256 == ticket.declared_sha256:
        with suppress(LostRace):
            ticket.move(S.EXPIRED, **noted)
        return
    Submission.objects.filter(pk=ticket.pk, state=S.RESERVED).update(**noted)
