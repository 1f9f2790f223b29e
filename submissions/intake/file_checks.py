"""Checks of a file: its size, its content, what was declared for it, and its room."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from competitions.models import MEBIBYTE, Competition
from competitions.states import CompetitionState
from mycenas.core.http.errors import ProblemError
from mycenas.core.text import shown
from mycenas.imaging.formats import accepts
from mycenas.storage import StagedFile, StorageFailed, store
from mycenas.uploads.capacity import DiskClaim
from mycenas.uploads.ordinary import check_ordinary
from mycenas.uploads.rate_limit import Sender
from submissions.models import Submission, Upload

# Header fields of RFC 9530 that are compared, and the one that tus compares.
DIGEST_FIELDS = ("Content-Digest", "Repr-Digest")
TUS_FIELD = "Upload-Checksum"
ALGORITHM = "sha-256"
# How programs call the digest of a file, in headers and in fields, without hyphens.
DIGEST_NAME = re.compile(
    r"(x|amz|goog|oc|bz|upload|file|content|repr)*"
    r"(md5|sha\d*|crc(32c?|64(nvme)?)|checksum|digest|hash)+(sum|hex|base64)?",
    re.ASCII | re.IGNORECASE,
)
# How both fields are asked for (RFC 9530, section 4).
WANTED = {f"Want-{name}": f"{ALGORITHM}=10" for name in DIGEST_FIELDS}


def check_size(competition: Competition, size: int) -> None:
    """Refuse more bytes than the competition takes (413)."""
    if size > competition.max_bytes:
        detail = _(
            "This file has %(size)s; the limit here is %(limit)s. Save it smaller, for "
            "example as a JPEG."
        ) % {
            "size": filesizeformat(size),
            "limit": filesizeformat(competition.max_bytes),
        }
        raise ProblemError(detail, status=413, code="upload_too_large")


def empty_file() -> ProblemError:
    """The refusal of a file without bytes (422)."""
    sentence = _("This file is empty (0 bytes). Choose the picture again.")
    return ProblemError(sentence, status=422, code="empty_file")


def check_content(staged: StagedFile, name: str) -> None:
    """Refuse bytes that are no picture of an accepted format (422)."""
    if accepts(staged.head):
        return
    if name:
        sentence = _(
            "“%(name)s” is not a JPEG, PNG or WebP picture by its content, whatever "
            "its name says. Export the picture in one of these formats."
        ) % {"name": shown(name)}
    else:
        sentence = _(
            "This file is not a JPEG, PNG or WebP picture by its content. Export the "
            "picture in one of these formats."
        )
    raise ProblemError(sentence, status=422, code="invalid_entry")


def check_declared(submission: Submission, size: int, sha256: str | None) -> None:
    """Refuse a file that cannot be the one that the reservation declared."""
    if submission.declared_size not in (None, size):
        raise ProblemError(
            _(
                "The file should have %(declared)d bytes and has %(found)d. Send the "
                "file that was announced."
            )
            % {"declared": submission.declared_size, "found": size},
            code="size_mismatch",
        )
    check_digest(submission.declared_sha256, sha256)


def check_digest(declared: str | None, found: str | None) -> None:
    """Refuse bytes whose SHA-256 is not the declared one."""
    if declared and found and declared != found:
        sentence = _(
            "The file arrived damaged: its SHA-256 should be %(declared)s and is "
            "%(found)s. Send it again."
        ) % {"declared": declared, "found": found}
        raise ProblemError(sentence, code="sha256_mismatch")


def declared_sha256(request: HttpRequest) -> str | None:
    """The SHA-256 that the headers declare (hex), None if they declare none.

    Refuses what cannot be compared (400): a client that sends a digest relies on it.
    """
    if named_digest(set(request.headers).difference(DIGEST_FIELDS)):
        raise _unusable()
    fields = [request.headers[n] for n in DIGEST_FIELDS if n in request.headers]
    digests = {_digest(field) for field in fields}
    if len(digests) > 1:
        raise _unusable()
    return digests.pop() if digests else None


def named_digest(names: Iterable[str]) -> str:
    """The first name that means a digest of the file; '' without one."""
    for name in names:
        if DIGEST_NAME.fullmatch(re.sub("[-_. ]", "", name)):
            return name
    return ""


def check_undeclared(request: HttpRequest, upload: Upload) -> None:
    """Refuse a PUT that may be a part, if nothing was declared before that shows it.

    A digest that comes with the bytes may be that of a part.
    """
    entry = upload.submission
    declared = entry.declared_size or entry.declared_sha256
    if not (declared or upload.length or upload.sha256):
        check_ordinary(request)


def _digest(field: str) -> str:
    """The value of ``sha-256`` in a dictionary of byte sequences (RFC 8941)."""
    members = (part.strip().partition("=") for part in field.split(","))
    found = {
        _hexadecimal(value) for name, _equals, value in members if name == ALGORITHM
    }
    if len(found) != 1:
        raise _unusable()
    return found.pop()


def _hexadecimal(value: str) -> str:
    if len(value) < 2 or not value.startswith(":") or not value.endswith(":"):
        raise _unusable()
    try:
        digest = base64.b64decode(value[1:-1].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _unusable() from error
    if len(digest) != hashlib.sha256().digest_size:
        raise _unusable()
    return digest.hex()


def _unusable() -> ProblemError:
    detail = _(
        "Content-Digest and Repr-Digest need one SHA-256 here, written as "
        "sha-256=:…: with Base64 between the colons. No other header with a digest "
        "is compared."
    )
    return ProblemError(detail, status=400, code="bad_digest", headers=WANTED)


# --- room on the disk


def free_bytes() -> int:
    """What files may take: pictures, databases and logs need some as well."""
    return max(0, store().free_bytes() - settings.STORAGE_RESERVE)


def disk_claim(
    sender: Sender, competition_id: int, coming: int, whole: int | None = None
) -> DiskClaim | None:
    """The space that a file needs; ``coming`` of its bytes come in this request.

    None if the disk does not answer: then it will not take the file either.
    """
    with suppress(StorageFailed):
        return DiskClaim(
            free=free_bytes(),
            coming=coming,
            whole=whole or coming,
            participant=str(sender.participant_id),
            network=sender.network,
            competition=str(competition_id),
        )
    return None


def room_problems() -> list[str]:
    """Why files are refused for lack of room, for operators."""
    open_now = Competition.objects.filter(
        state=CompetitionState.OPEN, cancelled_at=None
    )
    largest = open_now.aggregate(most=Max("max_megabytes"))["most"] or 0
    try:
        free = free_bytes()
    except StorageFailed:
        return []
    if free > largest * MEBIBYTE:
        return []
    return [
        f"Room for files: {free / MEBIBYTE:,.0f} MB beside STORAGE_RESERVE; open "
        f"competitions take files of up to {largest:,} MB. Larger uploads are refused "
        "until there is room. Arrivals are recorded."
    ]
