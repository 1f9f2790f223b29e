"""What was announced of a file, held against what came."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from mycenas.core.errors import Refused
from submissions.models import Submission


def check_declared(ticket: Submission, size: int, sha256: str | None) -> None:
    """Refuse a file that cannot be the one that ``ticket`` announced."""
    if ticket.declared_size not in (None, size):
        raise Refused(
            _(
                "The file should have %(declared)d bytes and has %(found)d. Send the "
                "file that was announced."
            )
            % {"declared": ticket.declared_size, "found": size},
            code="size_mismatch",
        )
    check_digest(ticket.declared_sha256, sha256)


def check_digest(declared: str | None, found: str | None) -> None:
    """Refuse bytes whose SHA-256 is another one than was announced."""
    if declared and found and declared != found:
        sentence = _(
            "The file arrived damaged: its SHA-256 should be %(declared)s and is "
            "%(found)s. Send it again."
        ) % {"declared": declared, "found": found}
        raise Refused(sentence, code="sha256_mismatch")
