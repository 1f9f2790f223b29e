"""Whether a file is the one that its ticket announced."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mycenas.core.errors import Refused
from submissions.models import Submission
from submissions.storage import StagedFile


def check_declared(submission: Submission, staged: StagedFile) -> None:
    """Refuse bytes whose size or SHA-256 differs from what was declared."""
    if submission.declared_size not in (None, staged.size):
        raise Refused(
            _(
                "The file should have %(declared)d bytes and has %(found)d. Send the "
                "file that was announced."
            )
            % {"declared": submission.declared_size, "found": staged.size},
            code="size_mismatch",
        )
    declared = submission.declared_sha256
    if declared and declared != staged.sha256:
        raise Refused(
            _(
                "The file arrived damaged: its SHA-256 should be %(declared)s and is "
                "%(found)s. Send it again."
            )
            % {"declared": declared, "found": staged.sha256},
            code="sha256_mismatch",
        )
