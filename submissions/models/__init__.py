"""What was entered: entries, their pictures, uploads, awards and receipts."""

from __future__ import annotations

from submissions.models.artist import NAMING
from submissions.models.award import Award, AwardQuerySet
from submissions.models.canary import Canary
from submissions.models.entry import (
    LEDGER_NAME_DIGITS,
    PUBLIC_ID_PATTERN,
    SETTLED,
    SHA256,
    TOKEN_PATTERN,
    Picture,
    Submission,
    SubmissionQuerySet,
    new_public_id,
    new_token,
)
from submissions.models.rendition import FileMetadata, Receipt, Rendition
from submissions.models.upload import Upload

__all__ = [
    "LEDGER_NAME_DIGITS",
    "NAMING",
    "PUBLIC_ID_PATTERN",
    "SETTLED",
    "SHA256",
    "TOKEN_PATTERN",
    "Award",
    "AwardQuerySet",
    "Canary",
    "FileMetadata",
    "Picture",
    "Receipt",
    "Rendition",
    "Submission",
    "SubmissionQuerySet",
    "Upload",
    "new_public_id",
    "new_token",
]
