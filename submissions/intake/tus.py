"""The headers and methods of tus 1.0.0 on an upload URL."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from mycenas.core.http.errors import ProblemError
from mycenas.storage import StagedFile, store
from mycenas.uploads import tus
from mycenas.uploads.application import Accepted
from mycenas.uploads.rate_limit import RateLimited, Sender, check_rate
from submissions.intake import upload_urls
from submissions.intake.file_checks import (
    TUS_FIELD,
    check_content,
    check_digest,
    disk_claim,
    named_digest,
)
from submissions.intake.refusals import EnteredBefore
from submissions.models import Upload


def check_version(request: HttpRequest) -> None:
    """Refuse other versions of the protocol (412)."""
    if request.headers.get("Tus-Resumable") != tus.VERSION:
        raise ProblemError(
            _("This is tus 1.0.0."),
            status=412,
            code="tus_version",
            headers={"Tus-Version": tus.VERSION},
        )


# Headers of extensions that are not offered, and of the IETF's resumable uploads: the
# bytes of such an upload are a part of another one, or of unknown length.
NOT_OFFERED = (
    "Upload-Concat", "Upload-Defer-Length", "Upload-Complete", "Upload-Incomplete",
)  # fmt: skip


def check_extensions(request: HttpRequest) -> None:
    """Refuse uploads of extensions that are not offered (400)."""
    for name in NOT_OFFERED:
        if name in request.headers:
            raise tus.BadHeader(
                f"{name} is not possible here: declare the whole length and send one "
                "upload."
            )


def check_no_digest(request: HttpRequest) -> None:
    """Refuse digests that tus does not compare (400); it has its own.

    Those in ``Upload-Metadata`` are among them: who sends one relies on it.
    """
    found = named_digest(set(request.headers).difference([TUS_FIELD]))
    if name := named_digest(metadata_of(request)):
        found = f"The {name} in Upload-Metadata"
    if found:
        raise tus.BadHeader(
            f"{found} is not compared here: send Upload-Checksum, or declare the "
            "file's sha256 with its reservation."
        )


def metadata_of(request: HttpRequest) -> dict[str, str]:
    """``Upload-Metadata`` of a request; none is an empty one."""
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > tus.MAX_METADATA:
        detail = _("Upload-Metadata is too long.")
        raise ProblemError(detail, status=431, code="metadata_too_large")
    return tus.metadata(text)


def file_received() -> ProblemError:
    """The refusal of anything but what was received."""
    return ProblemError(_("The file of this ticket was received."), code="received")


def abilities() -> HttpResponse:
    """The protocol's version and extensions, without a look-up."""
    response = HttpResponse(status=204)
    response["Tus-Version"] = tus.VERSION
    response["Tus-Extension"] = tus.EXTENSIONS
    response["Tus-Max-Size"] = str(settings.MAX_UPLOAD_BYTES)
    response["Tus-Checksum-Algorithm"] = ",".join(tus.ALGORITHMS)
    return response


def offset_response(upload: Upload, *, status: int) -> HttpResponse:
    """Offset and length; a received file has all of its bytes."""
    response = HttpResponse(status=status)
    submission = upload.submission
    if submission.received_at is not None:
        response["Upload-Offset"] = response["Upload-Length"] = str(submission.size)
        return response
    response["Upload-Offset"] = str(upload.offset)
    response["Upload-Expires"] = http_date(submission.upload_until.timestamp())
    if upload.length is not None:
        response["Upload-Length"] = str(upload.length)
    return response


# Faults of the file itself: its bytes are of no use.
CONTENT_FAULTS = (
    "sha256_mismatch",
    "size_mismatch",
    "invalid_entry",
    EnteredBefore.code,
)
MISMATCHES = ("sha256_mismatch", "size_mismatch")


def begin_patch(
    request: HttpRequest,
    upload: Upload,
    sender: Sender,
    length: int | None,
    found: int | None,
) -> Accepted | HttpResponse:
    """Accept ``length`` bytes at the offset that the row and the request name.

    ``found`` is how many bytes the partial file has, once it is open: bytes that the
    row counts and the file lacks must come again.
    """
    check_version(request)
    check_extensions(request)
    check_no_digest(request)
    if request.content_type != tus.BODY_TYPE:
        detail = _("Send the bytes as %s.") % tus.BODY_TYPE
        raise ProblemError(detail, status=415, code="content_type")
    is_received = upload.submission.received_at is not None
    if found is not None and found < upload.offset and not is_received:
        upload_urls.start_again(upload)
    response = offset_response(upload, status=204)
    present = response["Upload-Offset"]
    offset = tus.number("Upload-Offset", request.headers.get("Upload-Offset", ""))
    if offset != int(present):
        detail = _("This upload is at %s.") % present
        raise ProblemError(detail, code="offset", headers={"Upload-Offset": present})
    total = _total(upload, offset, length)
    _check_length(request, total)
    if length == 0:
        return response
    if offset == 0:
        _check_rate(upload, sender)
    left = total - offset
    competition_id = upload.submission.competition_id
    claim = disk_claim(sender, competition_id, length or left, left)
    return Accepted(total, claim, offset, upload.part)


def _total(upload: Upload, offset: int, length: int | None) -> int:
    """The whole length; refused for bytes beyond it, or without one."""
    submission = upload.submission
    if submission.received_at is not None and length != 0:
        raise file_received()
    total = submission.size or upload.length
    if total is None:
        detail = _("Declare the size first: POST with Upload-Length and ticket.")
        raise ProblemError(detail, status=400, code="length_unknown")
    if offset + (length or 0) > total:
        detail = _("These bytes go beyond the upload's %d.") % total
        raise ProblemError(detail, status=413, code="beyond_length")
    return total


def _check_length(request: HttpRequest, total: int) -> None:
    """Refuse another whole length than the upload has (409)."""
    said = request.headers.get("Upload-Length")
    if said is not None and tus.number("Upload-Length", said) != total:
        raise upload_urls.LengthFixed(
            _("This upload has %(length)d bytes; that cannot be changed any more.")
            % {"length": total}
        )


def _check_rate(upload: Upload, sender: Sender) -> None:
    """By status 503: common clients of tus give up at 429."""
    try:
        check_rate(sender, upload.length or 0, has_entered=upload.has_entered)
    except RateLimited as refused:
        raise refused.as_unavailable() from refused


def complete_patch(
    request: HttpRequest, upload: Upload, staged: StagedFile, before: int
) -> HttpResponse:
    """Acknowledge the whole file; ``before`` of its bytes were durable already."""
    submission = upload.submission
    try:
        check_digest(submission.declared_sha256, staged.sha256)
        upload_urls.check_late(upload, staged.size, staged.sha256)
        check_content(staged, upload.file_name)
        upload_urls.finish(upload, staged, store(), before=before)
    except ProblemError as refused:
        if refused.code in CONTENT_FAULTS:
            upload_urls.start_again(upload)
            store().remove_partial_file(upload.part)
        if refused.code in MISMATCHES:
            refused.status = tus.CHECKSUM_MISMATCH
        raise
    response = offset_response(upload, status=204)
    response["Mycenas-Token"] = submission.token
    address = request.build_absolute_uri(submission.receipt_url)
    response["Mycenas-Receipt"] = address
    return response
