"""Request headers of upload URLs, and the responses of tus 1.0.0."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from mycenas.core.http.errors import Refused
from mycenas.core.http.wellformed import can_be_parsed
from mycenas.uploads import tus
from submissions.models import Upload


def check_origin(request: HttpRequest) -> None:
    """Refuse pages of other sites (403): a leaked URL is of no use there."""
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and not _is_own(request, origin)
    if is_foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        detail = _("Files are sent from this site's own pages, or by programs.")
        raise Refused(detail, status=403, code="foreign_origin")


def _is_own(request: HttpRequest, origin: str) -> bool:
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return can_be_parsed(origin) and urlsplit(origin).netloc == request.get_host()


def check_version(request: HttpRequest) -> None:
    """Refuse other versions of the protocol (412)."""
    if request.headers.get("Tus-Resumable") != tus.VERSION:
        raise Refused(
            _("This is tus 1.0.0."),
            status=412,
            code="tus_version",
            headers={"Tus-Version": tus.VERSION},
        )


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
