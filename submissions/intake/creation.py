"""POST /uploads/: the upload URL of a reservation, as clients of tus ask for it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from mycenas.accounts.people import signed_in
from mycenas.core.http.errors import Refused
from mycenas.core.http.problems import problem, problem_of
from mycenas.uploads import tus
from submissions.intake import addresses
from submissions.intake.api import api_view
from submissions.intake.file_checks import check_size, empty_file
from submissions.intake.headers import abilities, check_version, offset_response
from submissions.intake.refusing import noting
from submissions.intake.workflow import ticket_of
from submissions.models import Submission


@csrf_exempt
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """Answer OPTIONS for everybody, and POST for a signed-in participant."""
    if request.method == "OPTIONS":
        return abilities()
    try:
        check_version(request)
    except Refused as refused:
        return problem_of(refused)
    return _create(request)


@api_view
def _create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        response: HttpResponse = problem(405, "method", _("Not possible here."))
        response["Allow"] = "OPTIONS, POST"
        return response
    if "Upload-Concat" in request.headers:
        raise tus.BadHeader("Upload-Concat is not possible: send one upload.")
    metadata = _metadata(request)
    submission = ticket_of(metadata.get("ticket", ""), by=signed_in(request))
    if submission is None:
        detail = _("Upload-Metadata must carry the ticket of a reservation of yours.")
        raise Refused(detail, status=404, code="no_ticket")
    with noting(submission):
        length = _length(request)
        return _created(request, submission, length, metadata.get("filename", ""))


def _metadata(request: HttpRequest) -> dict[str, str]:
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > tus.MAX_METADATA:
        detail = _("Upload-Metadata is too long.")
        raise Refused(detail, status=431, code="metadata_too_large")
    return tus.metadata(text)


def _length(request: HttpRequest) -> int:
    """The declared bytes of the file."""
    length = tus.number("Upload-Length", request.headers.get("Upload-Length", ""))
    if length == 0:
        raise empty_file()
    if length > settings.MAX_UPLOAD_BYTES:
        detail = _("The limit for a file is %d bytes.") % settings.MAX_UPLOAD_BYTES
        raise Refused(detail, status=413, code="upload_too_large")
    return length


def _created(
    request: HttpRequest, submission: Submission, length: int, file_name: str
) -> HttpResponse:
    declared = submission.declared_size
    if declared not in (None, length):
        detail = _("The ticket announced %d bytes.") % declared
        raise Refused(detail, status=422, code="size_mismatch")
    check_size(submission.competition, length)
    upload = addresses.upload_for(submission, length=length, file_name=file_name)
    if upload is None:
        detail = _("The file of this ticket was received.")
        raise Refused(detail, code="received")
    upload.submission = submission
    addresses.check_open(upload)
    response = offset_response(upload, status=201)
    address = reverse("submissions:upload", args=[upload.name])
    response["Location"] = request.build_absolute_uri(address)
    return response
