"""PUT to an upload's address: the whole file at once, its body the bytes themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from mycenas.storage import store
from submissions.intake import workflow
from submissions.intake.acknowledging import Came
from submissions.intake.declared import check_declared, check_digest
from submissions.intake.digests import declared_sha256
from submissions.intake.errors import Delayed, DifferentRepeat
from submissions.intake.handover import ENVIRON_KEY, Intake
from submissions.intake.pace import check_pace, sender_of
from submissions.intake.programs import Problem
from submissions.intake.refusing import noting
from submissions.intake.room import wish
from submissions.intake.signals import MAX_BYTES, ROOM, TICKET
from submissions.intake.tickets import check_size
from submissions.intake.views import acknowledged_facts, fault_of_content
from submissions.models import Upload


def take_whole(request: HttpRequest, found: Upload) -> HttpResponse:
    """Decide before the bytes and keep them afterwards; 202 is the acknowledgment."""
    intake = request.META.get(ENVIRON_KEY) or Intake(phase="complete")
    if intake.delay:
        raise Delayed(intake.delay)
    act = _begin if intake.phase == "begin" else _complete
    with noting(found.submission, intake.staged):
        return act(request, found, intake)


def _begin(request: HttpRequest, found: Upload, intake: Intake) -> HttpResponse:
    """Refuse by headers alone what cannot become this ticket's file."""
    ticket = found.submission
    length = intake.content_length or 0
    if length == 0:
        raise Problem(422, "empty_file", _("This file is empty (0 bytes)."))
    check_size(ticket.competition, length)
    check_declared(ticket, length, declared_sha256(request))
    check_pace(sender_of(request), length, has_entered=found.has_entered)
    response = HttpResponse(status=204)
    response[MAX_BYTES] = str(ticket.competition.max_bytes)
    response[TICKET] = ticket.token
    response[ROOM] = wish(request, ticket.competition_id, length)
    return response


def _complete(request: HttpRequest, found: Upload, intake: Intake) -> HttpResponse:
    staged = intake.staged
    if staged is None:
        raise Problem(422, "empty_file", _("No file came with this request."))
    ticket = found.submission
    check_digest(declared_sha256(request), staged.sha256)
    check_digest(ticket.declared_sha256, staged.sha256)
    fault = fault_of_content(staged, found.file_name)
    if fault:
        raise Problem(422, "invalid_entry", fault)
    name = found.file_name or ticket.public_id
    try:
        workflow.receive(
            ticket, staged, name=name, files=store(), came=Came(found.name)
        )
    except DifferentRepeat as other:
        raise Problem(409, other.code, str(other.sentence)) from other
    if found.offset:
        store().remove_partial_file(found.part)
    return JsonResponse(acknowledged_facts(request, ticket), status=202)
