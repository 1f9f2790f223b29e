"""Arrival tickets for programs: a few words now, the file later, in pieces."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from competitions.access import visible_or_404
from competitions.models import Competition
from mycenas.accounts.models import User
from mycenas.accounts.people import signed_in
from mycenas.core.problems import problem
from mycenas.core.wellformed import read_json
from submissions.intake import workflow
from submissions.intake.forms import TicketForm
from submissions.intake.programs import Problem, for_programs
from submissions.intake.tus.workflow import LengthFixed, new_upload, upload_for
from submissions.models import Submission, Upload

JSON_TYPE = "application/json"


@never_cache
@require_POST
@for_programs
def take_ticket(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a ticket, never held back by a pace; the same key gives the same one."""
    competition = visible_or_404(request.user, slug)
    form = TicketForm(_said(request), competition=competition)
    if not form.is_valid():
        return invalid(form)
    size, file_name = form.cleaned_data["size"], form.cleaned_data["filename"]
    fresh = new_upload(length=size, file_name=file_name, by=signed_in(request))
    ticket = reserve(competition, form, by=signed_in(request), upload=fresh)
    try:
        upload = upload_for(
            ticket, length=ticket.declared_size or size, file_name=file_name
        )
    except LengthFixed as other:
        # The ticket declared no size, but its upload has declared one since.
        raise workflow.other_file() from other
    return JsonResponse(_facts(request, ticket, upload), status=201)


def reserve(
    competition: Competition,
    form: TicketForm,
    *,
    by: User,
    upload: Upload | None = None,
) -> Submission:
    """The ticket for a valid form; Problem (413) if the file would be too large."""
    entry = form.entry()
    check_size(competition, entry.size or 0)
    return workflow.reserve(competition, entry, by=by, upload=upload)


def check_size(competition: Competition, size: int) -> None:
    """Refuse more bytes than the competition takes (Problem, 413)."""
    if size > competition.max_bytes:
        detail = _("This file has %(size)s; the limit here is %(limit)s.") % {
            "size": filesizeformat(size),
            "limit": filesizeformat(competition.max_bytes),
        }
        raise Problem(413, "upload_too_large", detail)


def invalid(form: TicketForm) -> HttpResponse:
    """Which words are missing or wrong."""
    errors = form.errors.get_json_data()
    detail = " ".join(item["message"] for items in errors.values() for item in items)
    return problem(422, "invalid_entry", detail, errors=errors)


def _said(request: HttpRequest) -> Any:
    """The fields of a form or of a JSON object."""
    if request.content_type != JSON_TYPE:
        return request.POST
    said = read_json(request.body)
    if not isinstance(said, dict) or any(
        isinstance(value, dict | list) for value in said.values()
    ):
        raise Problem(400, "bad_json", _("The body is not an object of plain values."))
    return {name: value for name, value in said.items() if value is not None}


def _facts(
    request: HttpRequest, ticket: Submission, upload: Upload | None
) -> dict[str, Any]:
    address = upload and reverse("submissions:upload", args=[upload.name])
    return {
        "token": ticket.token,
        "upload_url": address and request.build_absolute_uri(address),
        "receipt_url": request.build_absolute_uri(ticket.receipt_url),
        "withdraw_url": request.build_absolute_uri(
            reverse("submissions:withdraw", args=[ticket.token])
        ),
        "state": ticket.state,
        "arrived_at": ticket.arrived_at,
        "upload_until": ticket.upload_until,
        "refusal": ticket.refusal or None,
    }
