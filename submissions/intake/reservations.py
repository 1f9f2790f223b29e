"""Reservations for programs: the fields first, the file follows to the upload URL.

The views require session and CSRF token; their errors are problem+json.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from competitions.access import visible_or_404
from mycenas.accounts.access import signed_in
from mycenas.core.http.errors import ProblemError, problem, problem_of, refusal
from mycenas.core.http.wellformed import read_json
from mycenas.core.text import shown
from mycenas.uploads import tus
from mycenas.uploads.ordinary import check_ordinary
from submissions.intake import upload_urls, workflow
from submissions.intake.entry import other_file
from submissions.intake.file_checks import check_size, empty_file, named_digest
from submissions.intake.forms import TicketForm
from submissions.intake.own_entries import named_entry, own_reservation
from submissions.intake.pages import (
    invalid_entry,
    note_other_words,
    receipt_address,
)
from submissions.intake.refusals import recording_refusal
from submissions.intake.tus import (
    abilities,
    check_extensions,
    check_no_digest,
    check_version,
    file_received,
    metadata_of,
    offset_response,
)
from submissions.intake.upload_urls import LengthFixed, new_upload, upload_for
from submissions.models import Submission, Upload
from submissions.states import NOT_COUNTED, SubmissionState

View = Callable[..., HttpResponse]


def api_view(view: View) -> View:
    """Refuse anonymous requests (401) and forged ones (403), always in JSON.

    Every unsafe method needs the CSRF token in a field or in the header
    ``X-CSRFToken``. Without a session there is nothing to forge: 401 comes first.
    """

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return problem(401, "sign_in", _("Sign in to enter a work."))
        if _csrf_checked(request).status_code != 204:
            return problem(403, "csrf", _("The CSRF token is missing or wrong."))
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return problem(404, "not_found", _("There is nothing at this address."))
        except IntegrityError as error:
            refused = refusal(error)
            if refused is None:
                raise
            return problem_of(refused)
        except ProblemError as refused:
            return problem_of(refused)

    return csrf_exempt(answer)


@csrf_protect
def _csrf_checked(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


JSON_TYPE = "application/json"


@never_cache
@require_POST
@api_view
def reserve_entry(request: HttpRequest, slug: str) -> HttpResponse:
    """Reserve an entry; never rate limited. The same key gives the same reservation."""
    competition, person = visible_or_404(request.user, slug), signed_in(request)
    fields = _fields(request)
    named = str(fields.get("replaces") or "")
    replaced = named_entry(competition, named, by=person) if named else None
    form = TicketForm(fields, competition=competition, replaced=replaced)
    if not form.is_valid():
        return invalid_entry(form)
    _check_query(request, form)
    _check_digests(form.unknown(fields))
    if not (form.cleaned_data["size"] or form.cleaned_data["sha256"]):
        check_ordinary(request, [*request.GET, *form.unknown(fields)])
    size, file_name = form.cleaned_data["size"], form.cleaned_data["filename"]
    check_size(competition, size or 0)
    fresh = new_upload(length=size, file_name=file_name, by=person)
    submission = workflow.reserve(competition, form.entry(), by=person, upload=fresh)
    _check_goes_on(submission)
    note_other_words(request, submission, form.entry())
    try:
        upload = upload_for(
            submission,
            length=submission.declared_size or size,
            sha256=form.cleaned_data["sha256"] or None,
            file_name=file_name,
        )
    except LengthFixed as other:
        # The reservation declared no size, but its upload has declared one since.
        raise other_file() from other
    is_open = submission.state == SubmissionState.RESERVED
    if upload and is_open and form.cleaned_data["rotate"]:
        upload_urls.rotate(upload)
    response = JsonResponse(_facts(request, submission, upload), status=201)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _check_goes_on(submission: Submission) -> None:
    """Refuse (410) the key of an entry that has ended."""
    if submission.state in NOT_COUNTED:
        detail = _(
            "The entry with this idempotency key has ended: it was withdrawn, or its "
            "file did not come in time. Send another key to enter again."
        )
        raise upload_urls.Gone(
            detail, code="idempotency_key_ended", state=submission.state
        )


def _fields(request: HttpRequest) -> Any:
    """The fields of a form or of a JSON object."""
    if request.content_type != JSON_TYPE:
        _check_once(request)
        _check_no_file(request)
        return request.POST
    try:
        fields = read_json(request.body)
    except RequestDataTooBig as error:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        detail = _("The body has more than %(limit)s bytes; send the fields alone.")
        numbers = {"limit": f"{limit:,}"}
        raise ProblemError(
            detail % numbers, status=413, code="body_too_large"
        ) from error
    if not isinstance(fields, dict) or any(
        isinstance(value, dict | list) for value in fields.values()
    ):
        detail = _("The body is not an object of plain values.")
        raise ProblemError(detail, status=400, code="bad_json")
    return {name: value for name, value in fields.items() if value is not None}


def _check_once(request: HttpRequest) -> None:
    """Refuse a form with two values of a field: readers differ in which they take."""
    twice = [name for name, values in request.POST.lists() if len(values) > 1]
    if twice:
        detail = _("The form carries “%(name)s” twice. Send each field once.")
        names = {"name": shown(twice[0])}
        raise ProblemError(detail % names, status=400, code="field_twice")


def _check_no_file(request: HttpRequest) -> None:
    """Refuse files, also fields that are sent as files: their values are not read."""
    if request.FILES:
        detail = _("The form carries “%(name)s” as a file. Send the fields alone.")
        names = {"name": shown(next(iter(request.FILES)))}
        raise ProblemError(detail % names, status=400, code="file_in_ticket")


def _check_query(request: HttpRequest, form: TicketForm) -> None:
    """Refuse fields in the address, which no code reads."""
    if found := [name for name in request.GET if name in form.fields]:
        detail = _("Send “%(name)s” in the body, not in the address.")
        names = {"name": found[0]}
        raise ProblemError(detail % names, status=400, code="field_in_query")


def _check_digests(names: Iterable[str]) -> None:
    """Refuse digests by another name than the one that is compared."""
    if name := named_digest(names):
        detail = _("“%(name)s” is not compared. Send the file’s SHA-256 as “sha256”.")
        names_it = {"name": shown(name)}
        raise ProblemError(detail % names_it, status=400, code="unused_digest")


def _facts(
    request: HttpRequest, submission: Submission, upload: Upload | None
) -> dict[str, Any]:
    site = request.build_absolute_uri("/").removesuffix("/")
    address = upload and reverse("submissions:upload", args=[upload.name])
    withdraw = reverse("submissions:withdraw", args=[submission.token])
    return {
        "token": submission.token,
        "upload_url": address and site + address,
        "receipt_url": site + receipt_address(request, submission),
        "withdraw_url": site + withdraw,
        "state": submission.state,
        "arrived_at": submission.arrived_at,
        "upload_until": submission.upload_until,
        "refusal": submission.refusal or None,
    }


@csrf_exempt
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """Answer OPTIONS for everybody, and POST for a signed-in participant."""
    if request.method == "OPTIONS":
        return abilities()
    try:
        check_version(request)
    except ProblemError as refused:
        return problem_of(refused)
    return _create(request)


@api_view
def _create(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        response: HttpResponse = problem(405, "method", _("Not possible here."))
        response["Allow"] = "OPTIONS, POST"
        return response
    check_extensions(request)
    check_no_digest(request)
    metadata = metadata_of(request)
    submission = own_reservation(metadata.get("ticket", ""), by=signed_in(request))
    if submission is None:
        detail = _("Upload-Metadata must carry the ticket of a reservation of yours.")
        raise ProblemError(detail, status=404, code="no_ticket")
    with recording_refusal(submission):
        length = _length(request)
        return _created(request, submission, length, metadata.get("filename", ""))


def _length(request: HttpRequest) -> int:
    """The declared bytes of the file."""
    length = tus.number("Upload-Length", request.headers.get("Upload-Length", ""))
    if length == 0:
        raise empty_file()
    if length > settings.MAX_UPLOAD_BYTES:
        detail = _("The limit for a file is %d bytes.") % settings.MAX_UPLOAD_BYTES
        raise ProblemError(detail, status=413, code="upload_too_large")
    return length


def _created(
    request: HttpRequest, submission: Submission, length: int, file_name: str
) -> HttpResponse:
    declared = submission.declared_size
    if submission.size not in (None, length):
        raise file_received()
    if declared not in (None, length):
        detail = _("The ticket announced %d bytes.") % declared
        raise ProblemError(detail, status=422, code="size_mismatch")
    check_size(submission.competition, length)
    upload = upload_urls.upload_for(submission, length=length, file_name=file_name)
    if upload is None:
        raise file_received()
    upload.submission = submission
    upload_urls.check_open(upload)
    response = offset_response(upload, status=201)
    address = reverse("submissions:upload", args=[upload.name])
    response["Location"] = request.build_absolute_uri(address)
    return response
