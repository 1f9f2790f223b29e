"""POST /uploads/: begin an upload for a ticket, or for an entry's words."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from competitions.access import visible_or_404
from mycenas.accounts.people import signed_in
from mycenas.core.problems import problem
from submissions.intake.forms import TicketForm
from submissions.intake.pace import sender_of, would_wait
from submissions.intake.programs import Problem, for_programs
from submissions.intake.refusing import noting
from submissions.intake.tickets import check_size, invalid, reserve
from submissions.intake.tus import headers as tus
from submissions.intake.tus import workflow
from submissions.intake.tus.views import later, location, speaks_tus, standing
from submissions.intake.workflow import ticket_of
from submissions.models import Submission


@speaks_tus
@for_programs
def create(request: HttpRequest) -> HttpResponse:
    """Make an upload, or find the one that the ticket has already."""
    if request.method != "POST":
        response: HttpResponse = problem(405, "method", _("Not possible here."))
        response["Allow"] = "OPTIONS, POST"
        return response
    if "Upload-Concat" in request.headers:
        raise tus.BadHeader("Upload-Concat is not possible: send one upload.")
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > tus.MAX_METADATA:
        raise Problem(431, "metadata_too_large", _("Upload-Metadata is too long."))
    said = tus.metadata(text)
    if "ticket" in said:
        ticket = _reserved(request, said["ticket"])
        with noting(ticket):
            length = _length(request)
    else:
        length = _length(request)
        form = _form(request, said, length)
        if not form.is_valid():
            return invalid(form)
        ticket = reserve(form.competition, form, by=signed_in(request))
    if "ticket" in said or said.get("idempotency_key"):
        _check_pace(request, ticket)
    with noting(ticket):
        return _created(request, ticket, length, said.get("filename", ""))


def _check_pace(request: HttpRequest, ticket: Submission) -> None:
    """Spare who must wait an upload in vain; the same request finds the same ticket.

    Without ticket or key it would make another one: then the first bytes are told.
    """
    refused = would_wait(sender_of(request), ticket.competition_id)
    if refused:
        raise later(refused)


def _length(request: HttpRequest) -> int | None:
    """The announced bytes; None if the ticket must tell them."""
    told = request.headers.get("Upload-Length")
    deferred = request.headers.get("Upload-Defer-Length")
    if (told is None) == (deferred is None) or deferred not in (None, "1"):
        raise tus.BadHeader("Send Upload-Length, or Upload-Defer-Length: 1.")
    if told is None:
        return None
    length = tus.number("Upload-Length", told)
    if length == 0:
        raise Problem(422, "empty_file", _("This file is empty (0 bytes)."))
    if length > settings.MAX_UPLOAD_BYTES:
        detail = _("The limit for a file is %d bytes.") % settings.MAX_UPLOAD_BYTES
        raise Problem(413, "upload_too_large", detail)
    return length


def _reserved(request: HttpRequest, token: str) -> Submission:
    ticket = ticket_of(token, by=signed_in(request))
    if ticket is None:
        raise Problem(404, "no_ticket", _("You have no ticket with this token."))
    return ticket


def _form(request: HttpRequest, said: dict[str, str], length: int | None) -> TicketForm:
    if length is None:
        raise tus.BadHeader("Only a ticket that tells the size may defer the length.")
    if "competition" not in said:
        detail = _(
            "Upload-Metadata must carry a ticket, or a competition and the words of "
            "an entry."
        )
        raise Problem(422, "metadata_missing", detail)
    competition = visible_or_404(request.user, said["competition"])
    return TicketForm({**said, "size": length}, competition=competition)


def _created(
    request: HttpRequest,
    ticket: Submission,
    length: int | None,
    file_name: str,
) -> HttpResponse:
    length = length or ticket.declared_size
    if length is None:
        raise tus.BadHeader("Only a ticket that tells the size may defer the length.")
    if length != (ticket.declared_size or length):
        detail = _("The ticket announced %d bytes.") % (ticket.declared_size or 0)
        raise Problem(422, "size_mismatch", detail)
    check_size(ticket.competition, length)
    upload = workflow.upload_for(ticket, length=length, file_name=file_name)
    if upload is None:
        raise Problem(409, "received", _("The file of this ticket was received."))
    upload.submission = ticket
    workflow.check_open(upload)
    response = standing(upload, status=201)
    response["Location"] = location(request, upload)
    return response
