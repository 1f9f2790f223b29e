"""Reservations for programs: the fields first, the file follows to the upload URL."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from competitions.access import visible_or_404
from mycenas.accounts.people import signed_in
from mycenas.core.http.errors import Refused
from mycenas.core.http.problems import problem
from mycenas.core.http.wellformed import read_json
from submissions.intake import workflow
from submissions.intake.addresses import LengthFixed, new_upload, upload_for
from submissions.intake.api import api_view
from submissions.intake.file_checks import check_size
from submissions.intake.forms import TicketForm
from submissions.models import Submission, Upload

JSON_TYPE = "application/json"


@never_cache
@require_POST
@api_view
def take_ticket(request: HttpRequest, slug: str) -> HttpResponse:
    """Reserve an entry; never rate limited. The same key gives the same reservation."""
    competition, person = visible_or_404(request.user, slug), signed_in(request)
    form = TicketForm(_fields(request), competition=competition)
    if not form.is_valid():
        return invalid(form)
    size, file_name = form.cleaned_data["size"], form.cleaned_data["filename"]
    check_size(competition, size or 0)
    fresh = new_upload(length=size, file_name=file_name, by=person)
    submission = workflow.reserve(competition, form.entry(), by=person, upload=fresh)
    try:
        upload = upload_for(
            submission, length=submission.declared_size or size, file_name=file_name
        )
    except LengthFixed as other:
        # The ticket declared no size, but its upload has declared one since.
        raise workflow.other_file() from other
    return JsonResponse(_facts(request, submission, upload), status=201)


def invalid(form: TicketForm) -> HttpResponse:
    """The fields that are missing or wrong (422)."""
    errors = form.errors.get_json_data()
    detail = " ".join(item["message"] for items in errors.values() for item in items)
    return problem(422, "invalid_entry", detail, errors=errors)


def _fields(request: HttpRequest) -> Any:
    """The fields of a form or of a JSON object."""
    if request.content_type != JSON_TYPE:
        return request.POST
    fields = read_json(request.body)
    if not isinstance(fields, dict) or any(
        isinstance(value, dict | list) for value in fields.values()
    ):
        detail = _("The body is not an object of plain values.")
        raise Refused(detail, status=400, code="bad_json")
    return {name: value for name, value in fields.items() if value is not None}


def _facts(
    request: HttpRequest, submission: Submission, upload: Upload | None
) -> dict[str, Any]:
    address = upload and reverse("submissions:upload", args=[upload.name])
    withdraw = reverse("submissions:withdraw", args=[submission.token])
    return {
        "token": submission.token,
        "upload_url": address and request.build_absolute_uri(address),
        "receipt_url": request.build_absolute_uri(submission.receipt_url),
        "withdraw_url": request.build_absolute_uri(withdraw),
        "state": submission.state,
        "arrived_at": submission.arrived_at,
        "upload_until": submission.upload_until,
        "refusal": submission.refusal or None,
    }
